//! One parser under libFuzzer: the one of the program's own name, or, in the program for all, the one named in
//! `BREAKGLASS_PARSER`.
#![no_main]

use std::sync::LazyLock;

use breakglass_fuzz::Parser;
use libfuzzer_sys::fuzz_target;

static PARSER: LazyLock<Parser> = LazyLock::new(|| match env!("CARGO_BIN_NAME") {
    "parsers" => breakglass_fuzz::parser(&std::env::var("BREAKGLASS_PARSER").unwrap_or_default()),
    name => breakglass_fuzz::parser(name),
});

fuzz_target!(|data: &[u8]| PARSER(data));
