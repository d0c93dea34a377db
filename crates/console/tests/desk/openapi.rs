//! The API's description is part of the API: it changes only on purpose.

use expect_test::expect_file;

#[test]
fn the_openapi_document() {
    expect_file!["./golden/openapi.json"].assert_eq(&console::openapi().unwrap());
}
