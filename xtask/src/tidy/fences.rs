//! Heavy or dangerous dependencies, and the one place each may be used: a fence keeps a change of library in one
//! room, and a room's build small.

use super::{Violation, arrows::line_of, metadata::Package, purity::PURE, tree::Tree};

/// A library, or a family of them (`revm-*`), and who may use it.
struct Fence {
    libraries: &'static [&'static str],
    homes: &'static [&'static str],
}

const FENCES: &[Fence] = &[
    Fence { libraries: &["revm", "revm-*"], homes: &["trace"] },
    Fence { libraries: &["sqlx", "sqlx-*", "rusqlite", "libsqlite3-sys"], homes: &["store"] },
    Fence { libraries: &["axum", "axum-*", "tower-http", "utoipa-axum", "rust-embed"], homes: &["console"] },
    Fence { libraries: &["cel", "cel-*"], homes: &["detect"] },
    Fence { libraries: &["clap", "clap_*"], homes: &["cli", "lab", "xtask"] },
    Fence { libraries: &["alloy-signer", "alloy-signer-*"], homes: &["act", "lab"] },
    Fence {
        libraries: &[
            "alloy-provider",
            "alloy-rpc-client",
            "alloy-pubsub",
            "alloy-transport",
            "alloy-transport-*",
            "tokio-tungstenite",
        ],
        homes: &["rpc"],
    },
    Fence { libraries: &["reqwest", "hyper", "hyper-util"], homes: &["rpc", "act", "console", "cli"] },
    Fence { libraries: &["async-nats"], homes: &["watch"] },
    Fence { libraries: &["minijinja", "typst", "typst-*"], homes: &["report"] },
];

/// What a pure room has no use for: executors, connections, chance, files.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio-*",
    "async-*",
    "futures",
    "futures-*",
    "mio",
    "rand",
    "rand_*",
    "getrandom",
    "fastrand",
    "reqwest",
    "hyper",
    "hyper-*",
    "rustls",
    "url",
    "tempfile",
    "chrono",
    "time",
    "metrics",
    "tracing-subscriber",
];

/// Tests that may use what their crate may not: (crate, library, why).
const TESTS_MAY: &[(&str, &str, &str)] = &[
    ("watch", "reqwest", "its exam speaks to a real node in that node's own words, beside the door that is examined"),
    ("engine", "reqwest", "its stories set a real node up, and press Approve as a browser would"),
    ("engine", "alloy-signer-local", "its stories make the keystore that the hands will open"),
    ("engine", "alloy-signer", "its stories sign blobs and delegations, which no node signs for anybody"),
];

pub fn check(packages: &[Package], tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in packages {
        let (room, manifest) = (package.room(), package.manifest());
        for dependency in &package.dependencies {
            let library = dependency.name.as_str();
            if dependency.is_dev() && TESTS_MAY.iter().any(|(name, uses, _)| (*name, *uses) == (room, library)) {
                continue;
            }
            let line = || line_of(tree, &manifest, library);
            let fence = FENCES.iter().find(|fence| fence.libraries.iter().any(|pattern| is_like(library, pattern)));
            if let Some(fence) = fence.filter(|fence| !fence.homes.contains(&room)) {
                let what = format!("`{room}` uses `{library}`, whose place is {}", list(fence.homes));
                let remedy = "ask that crate to do it, and pass plain words of `facts` or `case` between them";
                found.push(Violation::new(&manifest, line(), what, remedy));
            }
            // Tests of a pure room may read files and draw lots.
            let impure = !dependency.is_dev() && IMPURE.iter().any(|pattern| is_like(library, pattern));
            if PURE.contains(&room) && impure {
                let what = format!("`{room}` is pure and uses `{library}`");
                let remedy = "take time, chance and bytes as arguments; `engine` has them";
                found.push(Violation::new(&manifest, line(), what, remedy));
            }
        }
    }
    found
}

fn is_like(library: &str, pattern: &str) -> bool {
    pattern.strip_suffix('*').map_or(library == pattern, |start| library.starts_with(start))
}

fn list(homes: &[&str]) -> String {
    homes.iter().map(|home| format!("`{home}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::told;

    fn say(package: Package) -> String {
        told(check(&[package], &Tree::of(&[("crates/store/Cargo.toml", "[dependencies]\nrevm.workspace = true\n")])))
    }

    #[test]
    fn a_library_at_home_passes() {
        assert_eq!(say(Package::of("breakglass-trace", &["revm", "revm-inspectors"], &[])), "");
        assert_eq!(say(Package::of("breakglass-store", &["sqlx", "tokio"], &[])), "");
        assert_eq!(say(Package::of("xtask", &["clap"], &[])), "");
    }

    #[test]
    fn a_library_abroad_is_named_with_its_home() {
        assert_eq!(
            say(Package::of("breakglass-store", &["revm"], &[])),
            "crates/store/Cargo.toml:2: `store` uses `revm`, whose place is `trace`\n"
        );
        assert!(say(Package::of("breakglass-engine", &["revm-context"], &[])).contains("whose place is `trace`"));
        assert!(say(Package::of("breakglass-engine", &["reqwest"], &[])).contains("`rpc` or `act` or `console`"));
    }

    #[test]
    fn tests_need_a_reason_to_climb_a_fence() {
        assert_eq!(say(Package::of("breakglass-watch", &[], &["reqwest"])), "");
        assert_ne!(say(Package::of("breakglass-watch", &["reqwest"], &[])), "");
        assert_ne!(say(Package::of("breakglass-case", &[], &["sqlx"])), "");
    }

    #[test]
    fn a_pure_room_has_no_executor_but_its_tests_may() {
        assert!(say(Package::of("breakglass-detect", &["tokio"], &[])).contains("`detect` is pure and uses `tokio`"));
        assert!(say(Package::of("breakglass-facts", &["async-trait"], &[])).contains("pure"));
        assert_eq!(say(Package::of("breakglass-detect", &["jiff", "cel"], &["proptest", "tempfile"])), "");
    }
}
