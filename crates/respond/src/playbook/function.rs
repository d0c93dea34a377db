//! Call data for the functions that stop things: none or a few plain arguments, all of them written in the file.
//!
//! Not a full ABI encoder, on purpose: what is sent in an emergency has to be readable where it is declared. Anything
//! that needs arrays, text or structs is refused here and belongs in a contract of its own.

use alloy_primitives::{Address, B256, Bytes, U256};
use atlas::{Signature, SignatureKind};

/// Arguments of one function.
const ARGUMENTS_MAX: usize = 4;

/// A function with its arguments, ready to be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    signature: Signature,
    arguments: Vec<[u8; 32]>,
}

impl Function {
    /// Reads a signature and the arguments that go with it.
    ///
    /// # Errors
    /// What is wrong, a semicolon, and what to write instead.
    pub(crate) fn parse(signature: &str, arguments: &[String]) -> Result<Self, String> {
        let signature = Signature::parse(SignatureKind::Function, signature)
            .map_err(|why| format!("{why}; write a signature such as `pause()` or `setPaused(bool)`"))?;
        let shown: String = signature.text().chars().take(80).collect();
        let types: Vec<String> = signature.inputs().iter().map(|kind| kind.sol_type_name().into_owned()).collect();
        if types.len() > ARGUMENTS_MAX {
            return Err(format!(
                "`{shown}` takes more than {ARGUMENTS_MAX} arguments; call a contract of your own instead"
            ));
        }
        if let Some(kind) = types.iter().find(|kind| !is_plain(kind)) {
            let kind: String = kind.chars().take(40).collect();
            return Err(format!(
                "`{shown}` takes a `{kind}`; only address, bool, bytes32 and uint8 to uint256 can be written here"
            ));
        }
        if types.len() != arguments.len() {
            let (takes, given) = (types.len(), arguments.len());
            return Err(format!(
                "`{shown}` takes {takes} arguments and {given} are written; give `args` a text for each"
            ));
        }
        let words = types.iter().zip(arguments).map(|(kind, argument)| {
            encode(kind, argument).ok_or_else(|| {
                let argument: String = argument.chars().take(80).collect();
                format!(
                    "`{argument}` is no {kind}; write decimal digits, `true`, `false`, or `0x` and all its hex digits"
                )
            })
        });
        let arguments = words.collect::<Result<_, _>>()?;
        Ok(Self { signature, arguments })
    }

    /// The function that the inventory declares; it takes no arguments, the inventory sees to that.
    pub(crate) fn declared(signature: &Signature) -> Self {
        Self { signature: signature.clone(), arguments: Vec::new() }
    }

    /// Its signature in words.
    pub(crate) fn text(&self) -> String {
        self.signature.text().to_owned()
    }

    /// The call data: four bytes of the signature's hash, then the arguments.
    pub(crate) fn data(&self) -> Bytes {
        let mut data = self.signature.selector().to_vec();
        self.arguments.iter().for_each(|word| data.extend_from_slice(word));
        data.into()
    }
}

/// The number of bits of an unsigned number type.
fn uint_bits(kind: &str) -> Option<usize> {
    let digits = kind.strip_prefix("uint")?;
    let bits: usize = digits.parse().ok()?;
    (bits.to_string() == digits && (8..=256).contains(&bits) && bits.is_multiple_of(8)).then_some(bits)
}

fn is_plain(kind: &str) -> bool {
    matches!(kind, "address" | "bool" | "bytes32") || uint_bits(kind).is_some()
}

fn encode(kind: &str, text: &str) -> Option<[u8; 32]> {
    match kind {
        "bool" => match text {
            "true" => Some(U256::ONE.to_be_bytes()),
            "false" => Some(U256::ZERO.to_be_bytes()),
            _ => None,
        },
        // All lower case carries no checksum; mixed case has to be the right one.
        "address" if text.starts_with("0x") => {
            let address: Address = text.parse().ok()?;
            let plain = text.bytes().all(|byte| !byte.is_ascii_uppercase());
            (plain || address.to_checksum(None) == text).then(|| address.into_word().0)
        }
        "bytes32" if text.starts_with("0x") => text.parse::<B256>().ok().map(|word| word.0),
        _ => {
            let bits = uint_bits(kind)?;
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            let number = U256::from_str_radix(text, 10).ok()?;
            (number.bit_len() <= bits).then(|| number.to_be_bytes())
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(signature: &str, arguments: &[&str], expected: Expect) {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let found = Function::parse(signature, &arguments).map(|function| function.data().to_string());
        expected.assert_eq(&found.unwrap_or_else(|why| why));
    }

    #[test]
    fn selectors_are_those_of_the_standards() {
        check("pause()", &[], expect!["0x8456cb59"]);
        check("unpause()", &[], expect!["0x3f4ba83a"]);
        check(
            "setPaused(bool)",
            &["true"],
            expect!["0x16c38b3c0000000000000000000000000000000000000000000000000000000000000001"],
        );
        check(
            "transfer(address,uint256)",
            &["0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045", "255"],
            expect![
                "0xa9059cbb000000000000000000000000d8da6bf26964af9d7eed9e03e53415d37aa9604500000000000000000000000000000000000000000000000000000000000000ff"
            ],
        );
    }

    #[test]
    fn what_cannot_be_called_says_what_to_write() {
        check(
            "pause(string)",
            &["x"],
            expect![
                "`pause(string)` takes a `string`; only address, bool, bytes32 and uint8 to uint256 can be written here"
            ],
        );
        check(
            "pause(bool)",
            &[],
            expect!["`pause(bool)` takes 1 arguments and 0 are written; give `args` a text for each"],
        );
        check(
            "pause(bool)",
            &["yes"],
            expect!["`yes` is no bool; write decimal digits, `true`, `false`, or `0x` and all its hex digits"],
        );
        check(
            "setCap(uint8)",
            &["256"],
            expect!["`256` is no uint8; write decimal digits, `true`, `false`, or `0x` and all its hex digits"],
        );
        check(
            "setCap(uint8)",
            &["-1"],
            expect!["`-1` is no uint8; write decimal digits, `true`, `false`, or `0x` and all its hex digits"],
        );
        check(
            "f(address)",
            &["0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045"],
            expect![
                "`0xD8dA6BF26964aF9D7eEd9e03E53415D37aA96045` is no address; write decimal digits, `true`, `false`, or `0x` and all its hex digits"
            ],
        );
        check(
            "f(bool,bool,bool,bool,bool)",
            &[],
            expect!["`f(bool,bool,bool,bool,bool)` takes more than 4 arguments; call a contract of your own instead"],
        );
    }

    /// How a signature is wrong is for the atlas to say; here it is that one is refused, and that the remedy stands with it.
    #[test]
    fn what_is_no_signature_is_refused_with_an_example_of_one() {
        let long = format!("{}()", "a".repeat(1000));
        for text in ["pause", "pause() returns (bool)", "9pause()", "pause(uint7)", "", "()", "pause( )", &long] {
            let why = Function::parse(text, &[]).unwrap_err();
            assert!(why.ends_with("; write a signature such as `pause()` or `setPaused(bool)`"), "{text}: {why}");
        }
    }
}
