//! Lists of signatures, as people and public directories write them: one a line, with or without a kind and an id.

use std::sync::Arc;

use alloy_primitives::hex;

use super::{ABI_BYTES_MAX, Abi};
use crate::{
    AtlasError, Signature, SignatureKind,
    config::{Text, one_line},
};

/// The most signatures of one list. Public directories have more than a million; whoever needs one names what is used.
const LINES_MAX: usize = 200_000;

impl Abi {
    /// Reads a list of signatures: `transfer(address,uint256)`, or with a kind (`event Transfer(…)`), or as a line of a
    /// table with the id before it (`0xa9059cbb,"transfer(address,uint256)",function`). `#` begins a comment. An id that
    /// is not that of its signature is refused: a list that lies about one lies about others.
    ///
    /// # Errors
    /// Names the line.
    pub fn list(file: &str, text: &str) -> Result<Self, AtlasError> {
        const REMEDY: &str =
            "write one signature a line, such as `transfer(address,uint256)` or `event Paused(address)`";
        let place = Text { file, text };
        if text.len() > ABI_BYTES_MAX {
            let message = format!("a list of {} bytes is longer than {ABI_BYTES_MAX}", text.len());
            Err(place.error(0..0, message).hint("cut it to what is used"))?;
        }
        let mut signatures = Vec::new();
        let mut start = 0;
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let span = start..start + line.len();
            start = span.end;
            let said = line.split('#').next().unwrap_or_default().trim();
            // A table may begin with the names of its columns.
            if said.is_empty() || (number == 0 && !said.contains('(')) {
                continue;
            }
            if signatures.len() >= LINES_MAX {
                Err(place.error(span, format!("more than {LINES_MAX} signatures")).hint("cut it to what is used"))?;
            } else {
                let read = signature(said).map_err(|message| place.error(span, message).hint(REMEDY))?;
                signatures.push(Arc::new(read));
            }
        }
        Ok(Self { signatures, items: Vec::new() })
    }
}

fn signature(line: &str) -> Result<Signature, String> {
    let shown = || one_line(line, 120);
    let open = line.find('(').ok_or_else(|| format!("`{}` is no signature", shown()))?;
    let name = line[..open].rfind(|char: char| !(char.is_ascii_alphanumeric() || char == '_' || char == '$'));
    let from = name.map_or(0, |at| at + 1);
    let to = closing(line, open).ok_or_else(|| format!("`{}` has no closing parenthesis", shown()))?;
    let around = [&line[..from], &line[to..]];
    let words = || around.iter().flat_map(|part| part.split(|char: char| !char.is_ascii_alphanumeric()));
    let id = words().find(|word| word.starts_with("0x"));
    let kind = words().find_map(|word| match word {
        "function" => Some(SignatureKind::Function),
        "event" => Some(SignatureKind::Event),
        "error" => Some(SignatureKind::Error),
        _ => None,
    });
    let by_id = id.filter(|id| id.len() == 66).map(|_| SignatureKind::Event);
    let kind = kind.or(by_id).unwrap_or(SignatureKind::Function);
    let read = Signature::parse(kind, &line[from..to]).map_err(|error| error.to_string())?;
    if let Some(id) = id {
        let own = hex::encode_prefixed(read.topic());
        let expected = if kind == SignatureKind::Event { own.as_str() } else { &own[..10] };
        if !id.eq_ignore_ascii_case(expected) {
            return Err(format!("`{}` is not the id of `{read}`, which is `{expected}`", one_line(id, 70)));
        }
    }
    Ok(read)
}

/// One past the parenthesis that closes the one at `open`.
fn closing(line: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, byte) in line.bytes().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let list = Abi::list("names.txt", text).map_err(|error| error.to_string())?;
        Ok(list.signatures().iter().map(|signature| format!("{signature:?}")).collect())
    }

    #[test]
    fn every_way_to_write_a_list() {
        let text = "id,signature,kind,source\n\
                    transfer(address,uint256) # plain\n\n\
                    event Paused(address)\n\
                    0x095ea7b3,\"approve(address,uint256)\",function,somewhere\n\
                    0xcf479181: InsufficientBalance(uint256,uint256) error\n\
                    swap((uint256,address)[],bytes)\n";
        assert_eq!(
            read(text).unwrap(),
            [
                "Function transfer(address,uint256)",
                "Event Paused(address)",
                "Function approve(address,uint256)",
                "Error InsufficientBalance(uint256,uint256)",
                "Function swap((uint256,address)[],bytes)",
            ]
        );
    }

    #[test]
    fn a_list_that_is_wrong_says_where() {
        for (text, says) in [
            ("a(uint256)\n0x095ea7b3 transfer(address,uint256)\n", "is not the id of `transfer(address,uint256)`"),
            ("a(uint256)\nnothing here\n", "is no signature"),
            ("a(uint256", "has no closing parenthesis"),
            ("a(uint257)", "does not end with Solidity's types"),
            ("(uint256)", "does not begin with a name"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(says) && said.contains("names.txt:"), "{said}");
        }
    }
}
