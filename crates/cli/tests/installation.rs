//! A new installation, and one with mistakes, through the real program.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::{path::Path, process::Command};

use tempfile::TempDir;

/// Exit code, stdout and stderr of the program, run in `folder`.
fn breakglass(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_breakglass")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
}

#[test]
fn a_new_installation_can_be_checked_and_is_not_written_over() {
    let folder = TempDir::new().unwrap();
    let (code, out, _) = breakglass(folder.path(), &["init"]);
    assert_eq!((code, out.contains("wrote breakglass.toml and protocol.toml")), (0, true), "{out}");
    let (code, out, err) = breakglass(folder.path(), &["check", "--json"]);
    assert_eq!(code, 0, "{err}");
    let checked: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(checked["chains"], serde_json::json!(["eip155:1"]));
    assert_eq!(checked["contracts"], 1);
    let (code, _, err) = breakglass(folder.path(), &["init"]);
    assert_eq!((code, err.contains("is there already: nothing was written")), (2, true), "{err}");
}

#[test]
fn mistakes_are_named_with_their_place_and_remedy() {
    let stories = [
        ("breakglass.toml", "listen", "listne", "unknown key `listne` at breakglass.toml:8:1; did you mean `listen`?"),
        ("breakglass.toml", "# labels", "labels", "cannot read `./lists/sanctioned.csv`"),
        ("breakglass.toml", "schema = 1", "schema = 9", "has schema 9, this program reads 1"),
        ("breakglass.toml", "eip155:1\"", "mainnet\"", "is not a CAIP-2 chain id"),
        (
            "protocol.toml",
            "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
            "0xC02AAA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
            "protocol.toml:7:",
        ),
        ("protocol.toml", "# signer = \"guardian\"", "signer = \"guardian\"", "has no `[signer.guardian]`"),
        ("protocol.toml", "# abi = ", "abi = ", "the ABI of `Vault` cannot be read from"),
    ];
    for (file, from, to, says) in stories {
        let folder = TempDir::new().unwrap();
        breakglass(folder.path(), &["init"]);
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let (code, out, err) = breakglass(folder.path(), &["check"]);
        assert_eq!((code, err.contains(says)), (2, true), "{to}: {out}{err}");
    }
}

#[test]
fn what_is_neither_a_book_nor_a_case_is_not_proved() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    let (code, _, err) = breakglass(folder.path(), &["verify", "notes.txt"]);
    assert_eq!((code, err.contains("neither a database nor an exported case")), (2, true), "{err}");
    let (code, _, err) = breakglass(folder.path(), &["verify", "absent.db"]);
    assert_eq!((code, err.contains("cannot read `absent.db`")), (2, true), "{err}");
}
