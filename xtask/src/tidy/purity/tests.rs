use super::*;
use crate::tidy::told;

fn say(code: &str) -> String {
    told(check(&Tree::of(&[("crates/detect/src/a.rs", code)]))).replace("crates/detect/src/a.rs:", "")
}

#[test]
fn judgement_passes() {
    let code = "
        use std::{collections::BTreeMap, time::Duration, fmt};
        use jiff::{Timestamp, Zoned};
        /// Not `std::fs::read`, and Timestamp::now() neither.
        pub fn judge(now: Timestamp, within: Duration) -> String { format!(\"std::fs {within:?} {now}\") }
        const TEXT: &str = include_str!(\"a.toml\");
        mod other { pub fn print() {} pub struct Instant; }
    ";
    assert_eq!(say(code), "");
}

#[test]
fn what_a_pure_room_does_not_do_is_named_with_its_line() {
    for (code, told) in [
        ("async fn a() {}", "1: a pure room has an async function: `a`\n"),
        ("trait A {\n async fn a();\n}", "2: a pure room has an async function: `a`\n"),
        ("fn a() { let b = async {}; }", "1: a pure room says `async`\n"),
        ("fn a() {\n std::fs::read(\"x\"); }", "2: a pure room uses `std::fs::read`\n"),
        ("use std::{fmt, fs as disk};", "1: a pure room uses `std::fs`\n"),
        (
            "use std::{fmt, net::{self, IpAddr}};",
            "1: a pure room uses `std::net::IpAddr`\n1: a pure room uses `std::net`\n",
        ),
        ("use std::time::{Duration, Instant};", "1: a pure room uses `std::time::Instant`\n"),
        ("use std::time;", "1: a pure room imports all of `std::time`: name the item\n"),
        ("use std::time::*;", "1: a pure room imports all of `std::time`: name the item\n"),
        ("use ::tokio::sync::Mutex;", "1: a pure room uses `tokio::sync::Mutex`\n"),
        ("fn a() -> u8 { rand::random() }", "1: a pure room uses `rand::random`\n"),
        ("fn a() { jiff::Timestamp::now(); }", "1: a pure room reads the clock: `jiff::Timestamp::now`\n"),
        ("fn a() { let now = Zoned::now; }", "1: a pure room reads the clock: `Zoned::now`\n"),
        ("fn a() { std::env::var(\"HOME\"); }", "1: a pure room uses `std::env::var`\n"),
        ("fn a() { std::process::exit(1) }", "1: a pure room uses `std::process::exit`\n"),
        ("fn a() { println!(\"a\"); }", "1: a pure room prints: `println!`\n"),
        ("fn a() {\n vec![std::fs::read(\"x\"), 1]; }", "2: a pure room uses `std::fs::read`\n"),
        ("fn a() { tell!({ b: Timestamp::now(), c }) }", "1: a pure room reads the clock: `Timestamp::now`\n"),
        ("mod tests;", "1: `mod tests` is part of the shipped code: put `#[cfg(test)]` before it\n"),
    ] {
        assert_eq!(say(code), told, "{code}");
    }
    assert!(say("fn a( {").starts_with("1: is not Rust: "));
}

#[test]
fn tests_may_do_what_they_like() {
    assert_eq!(say("#[cfg(test)]\nmod tests { fn a() { std::fs::read(\"x\"); println!(); } }"), "");
    assert_eq!(say("#[cfg(test)]\nmod tests;"), "");
    assert_eq!(say("#[cfg(all(test, unix))]\nuse std::fs;"), "");
    assert_ne!(say("#[cfg(not(test))]\nuse std::fs;"), "");
    assert_ne!(say("#[cfg(any(test, feature = \"x\"))]\nuse std::fs;"), "");
    assert_eq!(told(check(&Tree::of(&[("crates/detect/tests/a.rs", "use std::fs;")]))), "");
}

#[test]
fn other_rooms_may_do_it() {
    assert_eq!(told(check(&Tree::of(&[("crates/rpc/src/a.rs", "use std::fs;")]))), "");
    assert_ne!(told(check(&Tree::of(&[("crates/case/src/a.rs", "use std::fs;")]))), "");
}
