//! What a lender calls on a borrower in the middle of a flash loan.

use std::collections::BTreeMap;

use alloy_primitives::Selector;
use serde::Deserialize;

use crate::{
    Bytecode, Signature, SignatureKind,
    config::{ConfigError, Spanned, Text},
};

/// The callbacks of flash loans by their selectors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Callbacks {
    known: BTreeMap<Selector, Callback>,
}

/// One callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The function that the borrower has.
    pub signature: Signature,
    /// Who calls it, for people.
    pub lender: String,
    /// What the borrower owes when it is called.
    pub kind: CallbackKind,
    /// Where the signature is declared.
    pub source: String,
}

/// What the borrower of a callback owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallbackKind {
    /// What was lent, by the end of the call.
    Loan,
    /// The price of what a pool paid out first. A router answers to these as well.
    Swap,
    /// Only what is due; nothing is lent by itself.
    Settle,
}

impl Callbacks {
    /// The callbacks in the binary.
    pub fn embedded() -> Self {
        Self::default()
            .with_toml("callbacks.toml", include_str!("../../../data/callbacks.toml"))
            .expect("a test reads the callbacks in the binary")
    }

    /// Adds the callbacks of a file. One that is known already is replaced.
    pub fn with_toml(mut self, file: &str, text: &str) -> Result<Self, ConfigError> {
        let text = Text { file, text };
        let rows: CallbacksToml = text.parse()?;
        let mut fresh = BTreeMap::new();
        for row in rows.callback {
            let written = row.signature.get_ref();
            let bad = |message: String| {
                text.error(row.signature.span(), message).hint("write a function's signature, such as `hook(bytes)`")
            };
            let signature =
                Signature::parse(SignatureKind::Function, written).map_err(|error| bad(error.to_string()))?;
            let callback =
                Callback { lender: row.lender, kind: row.kind, source: row.source, signature: signature.clone() };
            if fresh.insert(signature.selector(), callback).is_some() {
                return Err(bad(format!("`{signature}` is here twice")).hint("remove one of them"));
            }
        }
        self.known.append(&mut fresh);
        Ok(self)
    }

    /// The callback with this selector.
    pub fn get(&self, selector: Selector) -> Option<&Callback> {
        self.known.get(&selector)
    }

    /// The callbacks that this code answers to, by selector.
    pub fn in_code<'a>(&'a self, code: &'a Bytecode) -> impl Iterator<Item = &'a Callback> {
        code.functions.iter().filter_map(|(selector, _)| self.known.get(selector))
    }

    /// All callbacks, by selector.
    pub fn iter(&self) -> impl Iterator<Item = &Callback> {
        self.known.values()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallbacksToml {
    #[serde(default)]
    callback: Vec<CallbackToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CallbackToml {
    signature: Spanned<String>,
    lender: String,
    kind: CallbackKind,
    source: String,
}

#[cfg(test)]
mod tests {
    use alloy_primitives::hex;

    use super::*;

    /// Selectors as explorers and bindings print them, independent of our hashing of our own list.
    #[test]
    fn callbacks_have_the_selectors_that_lenders_call() {
        let known = Callbacks::embedded();
        assert!(known.iter().count() > 40);
        for (selector, name) in [
            (hex!("920f5c84"), "executeOperation"),
            (hex!("1b11d0ff"), "executeOperation"),
            (hex!("f04f2707"), "receiveFlashLoan"),
            (hex!("10d1e85c"), "uniswapV2Call"),
            (hex!("84800812"), "pancakeCall"),
            (hex!("5b3bc4fe"), "BiswapCall"),
            (hex!("22109682"), "nomiswapCall"),
            (hex!("e9cbafb0"), "uniswapV3FlashCallback"),
            (hex!("fa461e33"), "uniswapV3SwapCallback"),
            (hex!("91dd7346"), "unlockCallback"),
            (hex!("ab6291fe"), "lockAcquired"),
            (hex!("8b418713"), "callFunction"),
            (hex!("23e30c8b"), "onFlashLoan"),
            (hex!("31f57072"), "onMorphoFlashLoan"),
            (hex!("7ed1f1dd"), "DPPFlashLoanCall"),
            (hex!("d5b99797"), "DSPFlashLoanCall"),
        ] {
            assert_eq!(known.get(selector.into()).map(|callback| callback.signature.name()), Some(name));
        }
        assert_eq!(known.get(hex!("a9059cbb").into()), None);
    }

    #[test]
    fn a_row_with_a_slip_is_refused_at_its_place() {
        let row = |signature: &str| {
            format!("[[callback]]\nsignature = \"{signature}\"\nlender = \"a\"\nkind = \"loan\"\nsource = \"b\"\n")
        };
        let told = |text: &str| Callbacks::default().with_toml("a.toml", text).unwrap_err().to_string();
        assert!(told(&row("hook")).contains("at a.toml:2:13"), "{}", told(&row("hook")));
        assert!(told(&(row("a()") + &row("a()"))).contains("`a()` is here twice at a.toml:7:13"));
        assert!(told(&row("a()").replace("loan", "gift")).contains("unknown value `gift`"));
    }
}
