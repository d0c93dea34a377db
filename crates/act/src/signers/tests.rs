use expect_test::{Expect, expect};
use std::fs;

use super::*;

const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// One installation folder with a keystore and its password.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("guardian.json", include_str!("../../tests/keys/guardian.json"));
        folder.write("guardian.pass", "correct horse\n");
        folder
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    fn check(&self, config: &str, expected: Expect) {
        let shown = match toml_like(config)
            .and_then(|config| Signers::load(self.0.path(), &config).map_err(|e| e.to_string()))
        {
            Ok(signers) => format!("{signers:?}"),
            Err(error) => error,
        };
        assert!(!shown.contains("horse") && !shown.contains(&KEY[..16]), "{shown}");
        expected.assert_eq(&shown.replace(&self.0.path().display().to_string(), "."));
    }
}

fn toml_like(config: &str) -> Result<BTreeMap<String, SignerConfig>, String> {
    serde_json::from_str(config).map_err(|error| error.to_string())
}

const GUARDIAN: &str = r#"{"guardian": {"keystore": "guardian.json", "password_file": "guardian.pass"}}"#;

#[test]
fn a_signer_is_its_keystore_and_its_password() {
    let folder = Folder::new();
    folder.check(GUARDIAN, expect![[r#"{"guardian": 0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266}"#]]);
    folder.check(
        r#"{"guardian": {"keystore": "guardian.json", "password": "x"}}"#,
        expect![
            "unknown field `password`, expected one of `keystore`, `password_file`, `password_env` at line 1 column 53"
        ],
    );
}

#[test]
fn what_cannot_be_opened_is_named_with_its_remedy() {
    let folder = Folder::new();
    folder.check(
        r#"{"guardian": {"keystore": "gardian.json", "password_file": "guardian.pass"}}"#,
        expect!["signer.guardian: file `./gardian.json` does not exist; create it or correct the path"],
    );
    folder.write("guardian.pass", "wrong horse");
    folder.check(
        GUARDIAN,
        expect!["signer.guardian: the password does not open keystore `./guardian.json`; correct the password file or variable"],
    );
    folder.write("guardian.pass", "correct horse");
    folder.write("guardian.json", "{\"crypto\": ");
    folder.check(
        GUARDIAN,
        expect![
            "signer.guardian: keystore `./guardian.json` is not JSON (line 1, column 11); restore it from a backup"
        ],
    );
    let other = include_str!("../../tests/keys/guardian.json")
        .replace("f39fd6e51aad88f6f4ce6ab8827279cfffb92266", "70997970c51812dc3a010c7d01b50e0d17dc79c8");
    folder.write("guardian.json", &other);
    folder.check(
        GUARDIAN,
        expect!["signer.guardian: keystore `./guardian.json` says it is `0x70997970C51812dc3A010C7d01b50e0d17dc79C8` and holds the key of `0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266`; restore it from a backup"],
    );
}
