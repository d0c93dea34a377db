//! A transaction of a recorded block: a real exploit, from the files that the tests share.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::breakglass;

/// The recorded exploit of CREAM Finance, where the files are.
pub fn exploit() -> Option<PathBuf> {
    corpus("exploits")
}

/// A recorded block of the main chain, where the files are.
pub fn mainnet() -> Option<PathBuf> {
    let mut files: Vec<PathBuf> = corpus("mainnet")?.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().find(|file| file.to_string_lossy().ends_with(".json.gz"))
}

fn corpus(part: &str) -> Option<PathBuf> {
    let Some(corpus) = std::env::var_os("BREAKGLASS_CORPUS") else {
        println!("skipped: BREAKGLASS_CORPUS does not say where the recorded blocks are");
        return None;
    };
    let folder = Path::new(&corpus).join(part);
    assert!(folder.is_dir(), "{} is not there", folder.display());
    Some(folder)
}

#[test]
fn a_recorded_exploit_is_told() {
    let Some(files) = exploit() else { return };
    let folder = TempDir::new().unwrap();
    let files = files.to_str().unwrap();
    let report = breakglass(folder.path(), &["replay", files, "--json"]).json();
    let critical = report["incidents"].as_array().unwrap().iter().find(|incident| incident["severity"] == "critical");
    let tx = critical.unwrap()["txs"][0].as_str().unwrap().to_owned();
    let told = breakglass(folder.path(), &["trace", &tx, files, "--json"]).json();
    assert_eq!((&told["sight"], &told["blind"], &told["status"]), (&json!("executed"), &json!([]), &json!("success")));
    assert_eq!(told["chain"], "eip155:1");
    let calls = told["calls"].as_array().unwrap();
    let known = calls.iter().filter(|call| call["function"].is_string()).count();
    assert!(calls.len() > 100 && known * 4 > calls.len(), "{known} of {} calls have names", calls.len());
    let victim = &critical.unwrap()["victims"][0];
    let lost = |row: &&Value| row["account"] == *victim && row["lost"] != "0";
    assert!(told["net"].as_array().unwrap().iter().any(|row| lost(&row)), "{victim} lost nothing");

    let text = breakglass(folder.path(), &["trace", &tx, files]);
    assert!(text.text().contains("status, gas and logs are the chain's own"), "{}", text.out);
    assert!(text.out.contains("SUSPECTED WEAKNESS"), "{}", text.out);
    breakglass(folder.path(), &["trace", &format!("0x{}", "7".repeat(64)), files]).refused("holds transaction");
    breakglass(folder.path(), &["trace", &tx, "absent.json"]).refused("cannot be opened");
}
