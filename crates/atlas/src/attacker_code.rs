//! Code that attacked before: whoever copies an attack, or comes again, brings much the same instructions.

use alloy_primitives::B256;
use serde::Deserialize;

use crate::{
    Bytecode, Taxonomy,
    bytecode::Fingerprint,
    config::{ConfigError, Spanned, Text},
};

/// How many codes are kept. Each costs about a microsecond for every contract that is deployed.
const CODES_MAX: usize = 10_000;
/// Fives of instructions below which code says too little of itself to be compared: minimal proxies, plain forwarders.
const FIVES_MIN: u32 = 96;

/// The codes of attackers that are known, in the order in which they came to be known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttackerCode {
    known: Vec<KnownCode>,
}

/// One code that attacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCode {
    /// The attack, for people.
    pub name: String,
    /// What kind of attack it was, an id of the taxonomy.
    pub kind: String,
    /// keccak-256 of the deployed code.
    pub hash: B256,
    /// What its instructions look like, whatever constants stand among them.
    pub fingerprint: Fingerprint,
    /// Where it is known from.
    pub source: String,
}

/// How like a known code another one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness<'a> {
    /// The known code.
    pub known: &'a KnownCode,
    /// Which share of what stands in either stands in both, in basis points: 10,000 for the same instructions.
    pub share_bp: u16,
}

impl AttackerCode {
    /// The codes in the binary.
    pub fn embedded() -> Self {
        Self::default()
            .with_toml("attacker-code.toml", include_str!("../../../data/attacker-code.toml"))
            .expect("a test reads the codes in the binary")
    }

    /// Adds the codes of a file. One whose hash is known already is replaced.
    ///
    /// # Errors
    /// For what is not as it should be, with its place.
    pub fn with_toml(mut self, file: &str, text: &str) -> Result<Self, ConfigError> {
        let text = Text { file, text };
        let rows: File = text.parse()?;
        let taxonomy = Taxonomy::embedded();
        for row in rows.code {
            if !taxonomy.contains(row.kind.get_ref()) {
                let hint = taxonomy.suggest(row.kind.get_ref()).unwrap_or("see `data/taxonomy.toml`").to_owned();
                return Err(text.error(row.kind.span(), "this kind of attack is not in the taxonomy").hint(&hint));
            }
            let fingerprint = row.fingerprint.get_ref().parse::<Fingerprint>();
            let fingerprint = fingerprint.map_err(|error| text.error(row.fingerprint.span(), error.to_string()))?;
            if self.known.len() >= CODES_MAX {
                return Err(text.error(row.fingerprint.span(), format!("more than {CODES_MAX} codes are not compared")));
            }
            let known = KnownCode {
                name: row.name,
                kind: row.kind.into_inner(),
                hash: row.hash,
                fingerprint,
                source: row.source,
            };
            self = self.with(known);
        }
        Ok(self)
    }

    /// Adds one. Beyond the most that are kept the oldest is forgotten.
    #[must_use]
    pub fn with(mut self, known: KnownCode) -> Self {
        self.known.retain(|old| old.hash != known.hash);
        if self.known.len() >= CODES_MAX {
            self.known.remove(0);
        }
        self.known.push(known);
        self
    }

    /// The known code that this one is most like; none where it says too little of itself to be compared.
    pub fn closest(&self, code: &Bytecode) -> Option<Likeness<'_>> {
        if let Some(known) = self.known.iter().find(|known| known.hash == code.hash) {
            return Some(Likeness { known, share_bp: 10_000 });
        }
        if code.fingerprint.fives() < FIVES_MIN {
            return None;
        }
        let like = |known| Likeness { known, share_bp: known.fingerprint.similarity(&code.fingerprint) };
        self.known.iter().map(like).max_by_key(|like| like.share_bp)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &KnownCode> {
        self.known.iter()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    code: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    kind: Spanned<String>,
    hash: B256,
    fingerprint: Spanned<String>,
    source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight code whose instructions follow from a seed; constants from another.
    fn program(seed: u64, constants: u8, len: usize) -> Vec<u8> {
        const OPCODES: [u8; 10] = [0x01, 0x02, 0x03, 0x50, 0x51, 0x52, 0x54, 0x55, 0x80, 0x90];
        let mut code = Vec::new();
        let mut state = seed;
        for _ in 0..len {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let [kind, one, other, ..] = state.to_be_bytes();
            match OPCODES.get(usize::from(kind >> 4)) {
                Some(opcode) => code.push(*opcode),
                None => code.extend([0x61, one ^ constants, other]),
            }
        }
        code
    }

    fn known(code: &[u8]) -> AttackerCode {
        let read = Bytecode::read(code);
        AttackerCode::default().with(KnownCode {
            name: "first".to_owned(),
            kind: "logic/accounting".to_owned(),
            hash: read.hash,
            fingerprint: read.fingerprint,
            source: "a test".to_owned(),
        })
    }

    #[test]
    fn a_copy_with_other_constants_is_the_same_and_other_code_is_not() {
        let known = known(&program(1, 7, 2_000));
        let share = |code: &[u8]| known.closest(&Bytecode::read(code)).map(|like| like.share_bp);
        assert_eq!(share(&program(1, 99, 2_000)), Some(10_000));
        assert!(share(&program(2, 7, 2_000)).unwrap() < 4_000, "{:?}", share(&program(2, 7, 2_000)));
        // A tenth of it was written anew.
        let patched = [&program(1, 5, 1_800)[..], &program(3, 5, 200)].concat();
        assert!(share(&patched).unwrap() > 6_500, "{:?}", share(&patched));
        // Too little to be like anything, unless it is the very same.
        assert_eq!(share(&program(1, 7, 20)), None);
    }

    #[test]
    fn the_codes_in_the_binary_are_read_and_known_again() {
        let known = AttackerCode::embedded();
        assert!(known.iter().count() >= 2);
        assert!(known.iter().all(|code| !code.fingerprint.is_empty() && !code.source.is_empty()));
    }

    #[test]
    fn a_row_with_a_slip_is_refused_at_its_place() {
        let hash = B256::ZERO;
        let row = |kind: &str, fingerprint: &str| {
            format!(
                "[[code]]\nname = 'a'\nkind = '{kind}'\nhash = '{hash}'\nfingerprint = '{fingerprint}'\nsource = 'b'\n"
            )
        };
        let told = |text: &str| AttackerCode::default().with_toml("a.toml", text).unwrap_err().to_string();
        assert!(told(&row("logic/acounting", "v1:0:")).contains("a.toml:3:8"), "{}", told(&row("logic/x", "v1:0:")));
        assert!(told(&row("logic/accounting", "v1:2:zz")).contains("a.toml:5:15"));
    }
}
