use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Installation {
    console: Console,
    #[serde(default)]
    chain: Vec<ChainEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Console {
    listen: String,
    #[serde(default)]
    port: u16,
    #[serde(default)]
    mode: Option<Mode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct ChainEntry {
    id: facts::ChainId,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Never,
    Reversible,
}

fn check(text: &str, refused: Expect) {
    let error = parse::<Installation>("breakglass.toml", text).unwrap_err();
    refused.assert_eq(&error.to_string());
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_what_was_meant() {
    check(
        "\n[console]\n\nlistne = \"127.0.0.1:7300\"\n",
        expect!["unknown key `listne` at breakglass.toml:4:1; did you mean `listen`?"],
    );
    check(
        "[console]\nlisten = \"x\"\n[[chain]]\nid = \"eip155:1\"\n[[chain]]\nid = \"eip155:2\"\n  rcp = []\n",
        expect!["unknown key `rcp` at breakglass.toml:7:3; known are `id`"],
    );
    check(
        "[console]\n\"a `, expected one of `b`\" = 1\nlisten = \"x\"",
        expect!["unknown key `a `, expected one of `b`` at breakglass.toml:2:1; known are `listen`, `port`, `mode`"],
    );
}

#[test]
fn what_is_missing_or_of_another_kind_is_named() {
    check(
        "[console]\nport = 7300\n",
        expect!["missing key `listen` at breakglass.toml:1:1; add `listen` to this table"],
    );
    check("", expect!["missing key `console` at breakglass.toml:1:1; add `console` to this table"]);
    check(
        "[console]\nlisten = 7300\n",
        expect!["invalid type: integer `7300`, expected a string at breakglass.toml:2:10"],
    );
    check(
        "[console]\nlisten = \"x\"\nmode = \"revresible\"\n",
        expect!["unknown value `revresible` at breakglass.toml:3:8; did you mean `reversible`?"],
    );
    check(
        "[console]\nlisten = \"x\"\nport = 70000\n",
        expect!["invalid value: integer `70000`, expected u16 at breakglass.toml:3:8"],
    );
    check(
        "[console]\nlisten = \"x\"\n[[chain]]\nid = \"mainnet\"\n",
        expect!["`mainnet` is not a CAIP-2 chain id: expected `eip155:1` at breakglass.toml:4:6"],
    );
}

#[test]
fn what_is_not_toml_is_refused_at_its_character() {
    check(
        "[console]\nlisten = \"ü\" = 1\n",
        expect!["unexpected key or value, expected newline, `#` at breakglass.toml:2:14"],
    );
    check("[console]\nlisten = \"a\"\nlisten = \"b\"\n", expect!["duplicate key at breakglass.toml:3:1"]);
    check("[console\n", expect!["unclosed table, expected `]` at breakglass.toml:1:9"]);
}

#[test]
fn a_text_that_is_too_long_is_not_parsed() {
    check(
        &"#".repeat(TEXT_BYTES_MAX + 1),
        expect!["1048577 bytes are too many at breakglass.toml:1:1; keep the file below 1048576 bytes"],
    );
    let fits = format!("console.listen = \"x\" #{}", "x".repeat(TEXT_BYTES_MAX - 22));
    assert!(parse::<Installation>("breakglass.toml", &fits).is_ok());
}

#[test]
fn a_refusal_is_one_short_line_whatever_was_written() {
    let key = format!("\"\\u001b[31m\\nINFO all is well{}\" = 1", "x".repeat(10_000));
    let error = parse::<Installation>("breakglass.toml", &key).unwrap_err().to_string();
    assert!(!error.chars().any(char::is_control), "{error}");
    assert!(error.chars().count() < 600, "{}", error.len());
}

#[test]
fn a_word_far_from_all_known_is_answered_with_all_of_them() {
    for (word, says) in [
        ("lisen", "did you mean `listen`?"),
        ("Listen", "did you mean `listen`?"),
        ("cat", "known are `listen`, `port`"),
        ("", "known are `listen`, `port`"),
        ("prot", "did you mean `port`?"),
    ] {
        assert_eq!(suggest(word, &["listen", "port"]), says, "{word}");
    }
    assert_eq!(suggest("x", &[]), "nothing may be written here");
}

proptest! {
    #[test]
    fn no_text_brings_the_parser_down(text in any::<String>()) {
        let refused = parse::<Installation>("x.toml", &text);
        if let Err(error) = refused {
            prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1);
            prop_assert!(error.column >= 1 && error.column <= text.chars().count() + 1);
        }
    }

    #[test]
    fn no_near_miss_of_a_text_brings_the_parser_down(at in 0usize..60, byte in any::<char>()) {
        let mut text: Vec<char> = "[console]\nlisten = \"x\"\nport = 1\n[[chain]]\nid = \"eip155:1\"\n".chars().collect();
        let at = at % text.len();
        text[at] = byte;
        let text: String = text.into_iter().collect();
        if let Err(error) = parse::<Installation>("x.toml", &text) {
            prop_assert!(!error.to_string().chars().any(char::is_control));
        }
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse::<toml::Table>("x.toml", &deep).is_err());
}
