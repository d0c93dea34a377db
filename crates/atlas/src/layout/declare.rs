//! Layouts as a person declares them, in Solidity's own words, for contracts without a compiler's output.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use alloy_primitives::U256;

use super::{DEPTH_MAX, Language, Layout, Leaf, Shape, TYPES_MAX, Type, Variable, erc7201_slot};
use crate::config::{ConfigError, Text, one_line};

static OPENZEPPELIN: LazyLock<Layout> = LazyLock::new(|| {
    let text = include_str!("../../../../data/layouts/openzeppelin.txt");
    Layout::declare("openzeppelin.txt", text).expect("a test reads the layouts in the binary")
});

const WORD: usize = 32;

impl Layout {
    /// The namespaces of OpenZeppelin's upgradeable contracts, version 5: owner, roles, pause, initialiser, tokens.
    pub fn openzeppelin() -> &'static Self {
        &OPENZEPPELIN
    }

    /// Reads declarations, each ended by `;`, and lays them out as Solidity does:
    ///
    /// ```text
    /// enum Status;                        // one byte
    /// type Price is uint128;
    /// contract IERC20;                    // an address
    /// struct Account { uint128 amount; uint64 since; bool closed; }
    /// mapping(address => Account) accounts;
    /// uint256[50] __gap;
    /// @slot 0x65;                         // what follows begins there
    /// @namespace my.storage.Vault;        // ERC-7201
    /// address owner;
    /// ```
    pub fn declare(file: &str, text: &str) -> Result<Self, ConfigError> {
        let text = Text { file, text };
        if text.text.len() > crate::config::TEXT_BYTES_MAX {
            let message = format!("{} bytes are too many", text.text.len());
            return Err(text.error(0..0, message).hint("declare one contract in a file"));
        }
        let layout = Self { language: Language::Solidity, ..Self::default() };
        let mut reader = Reader { text, words: words(text.text), at: 0, layout, named: BTreeMap::new() };
        let mut place = Packing::default();
        while let Some(word) = reader.peek() {
            match word {
                "@slot" => {
                    reader.next();
                    let written = reader.expect("a slot")?;
                    let slot = written
                        .parse()
                        .map_err(|_| reader.slip("this is no slot", "write a number, or `0x` and hex digits"))?;
                    place = Packing { slot, used: 0 };
                    reader.take(";")?;
                }
                "@namespace" => {
                    reader.next();
                    let id = reader.expect("a namespace")?;
                    place = Packing { slot: erc7201_slot(id).into(), used: 0 };
                    reader.take(";")?;
                }
                "struct" | "enum" | "type" | "contract" => reader.named()?,
                _ => {
                    let variable = reader.variable(&mut place)?;
                    reader.layout.variables.extend(variable);
                }
            }
        }
        Ok(reader.layout)
    }
}

/// Where the next variable begins.
#[derive(Default)]
struct Packing {
    slot: U256,
    used: usize,
}

impl Packing {
    fn put(&mut self, ty: &Type) -> (U256, usize) {
        let small = match ty.shape {
            Shape::Leaf(_) => usize::try_from(ty.bytes).ok(),
            _ => None,
        };
        let begin = |packing: &mut Self| {
            if packing.used > 0 {
                packing.slot = packing.slot.wrapping_add(U256::ONE);
                packing.used = 0;
            }
        };
        match small {
            Some(bytes) => {
                if self.used + bytes > WORD {
                    begin(self);
                }
                let place = (self.slot, self.used);
                self.used += bytes;
                place
            }
            None => {
                begin(self);
                let place = (self.slot, 0);
                self.slot = self.slot.wrapping_add(ty.slots());
                place
            }
        }
    }

    /// The slots that were begun.
    fn slots(&self) -> U256 {
        self.slot.saturating_add(U256::from(u8::from(self.used > 0)))
    }
}

struct Reader<'a> {
    text: Text<'a>,
    words: Vec<Range<usize>>,
    at: usize,
    layout: Layout,
    named: BTreeMap<String, usize>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).map(|word| &self.text.text[word.clone()])
    }

    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek();
        self.at += 1;
        word
    }

    /// An error at the word that was read last.
    fn slip(&self, message: impl AsRef<str>, hint: impl Into<String>) -> ConfigError {
        let end = self.text.text.len()..self.text.text.len();
        let span = self.words.get(self.at.saturating_sub(1)).cloned().unwrap_or(end);
        self.text.error(span, message).hint(hint)
    }

    fn expect(&mut self, what: &str) -> Result<&'a str, ConfigError> {
        self.next().ok_or_else(|| self.slip(format!("the text ends where {what} should be"), "finish the declaration"))
    }

    fn take(&mut self, wanted: &str) -> Result<(), ConfigError> {
        match self.expect(wanted)? {
            word if word == wanted => Ok(()),
            word => {
                let message = format!("`{}` where `{wanted}` should be", one_line(word, 80));
                Err(self.slip(message, format!("write `{wanted}`")))
            }
        }
    }

    /// A type that is given a name.
    fn named(&mut self) -> Result<(), ConfigError> {
        let kind = self.expect("a declaration")?;
        let name = self.expect("a name")?.to_owned();
        if self.named.contains_key(&name) {
            return Err(self.slip(format!("`{}` is declared twice", one_line(&name, 80)), "remove one of them"));
        }
        let ty = match kind {
            "struct" => {
                self.take("{")?;
                let (mut members, mut place) = (Vec::new(), Packing::default());
                while self.peek() != Some("}") {
                    members.extend(self.variable(&mut place)?);
                }
                self.take("}")?;
                let bytes = place.slots().saturating_mul(U256::from(WORD));
                self.type_of(format!("struct {name}"), bytes, Shape::Struct(members))?
            }
            "enum" => self.type_of(format!("enum {name}"), U256::ONE, Shape::Leaf(Leaf::Uint))?,
            "contract" => self.type_of(format!("contract {name}"), U256::from(20), Shape::Leaf(Leaf::Address))?,
            _ => {
                self.take("is")?;
                let below = self.ty(0)?;
                let Type { bytes, shape: Shape::Leaf(leaf), .. } = &self.layout.types[below] else {
                    return Err(self.slip("only a simple type can be given another name", "use the type itself"));
                };
                let (bytes, shape) = (*bytes, Shape::Leaf(*leaf));
                self.type_of(name.clone(), bytes, shape)?
            }
        };
        if kind != "struct" || self.peek() == Some(";") {
            self.take(";")?;
        }
        self.named.insert(name, ty);
        Ok(())
    }

    /// A type and a name; none for what takes no storage.
    fn variable(&mut self, place: &mut Packing) -> Result<Option<Variable>, ConfigError> {
        let ty = self.ty(0)?;
        let mut stored = true;
        loop {
            let word = self.expect("a name")?;
            match word {
                "public" | "private" | "internal" | "override" => {}
                "constant" | "immutable" | "transient" => stored = false,
                name if crate::signature::is_identifier(name) => {
                    self.take(";")?;
                    if !stored {
                        return Ok(None);
                    }
                    let (slot, offset) = place.put(&self.layout.types[ty]);
                    return Ok(Some(Variable { name: name.to_owned(), slot, offset, ty }));
                }
                other => {
                    let message = format!("`{}` is no name", one_line(other, 80));
                    return Err(self.slip(message, "write a type, a name and `;`"));
                }
            }
        }
    }

    fn ty(&mut self, depth: usize) -> Result<usize, ConfigError> {
        if depth > DEPTH_MAX {
            return Err(self.slip(format!("types lie deeper than {DEPTH_MAX} in each other"), "name the inner one"));
        }
        let word = self.expect("a type")?;
        let mut ty = if word == "mapping" {
            self.take("(")?;
            let key = self.mapped(depth)?;
            self.take("=>")?;
            let value = self.mapped(depth)?;
            self.take(")")?;
            let label = format!("mapping({} => {})", self.layout.types[key].label, self.layout.types[value].label);
            self.type_of(label, U256::from(WORD), Shape::Mapping { key, value })?
        } else if let Some(named) = self.named.get(word) {
            *named
        } else {
            let label = match word {
                "uint" => "uint256",
                "int" => "int256",
                other => other,
            };
            match Leaf::of(label) {
                leaf @ (Leaf::Bytes | Leaf::Text) => {
                    self.type_of(label.to_owned(), U256::from(WORD), Shape::Text(leaf))?
                }
                leaf => {
                    let Some(bytes) = leaf.bytes(label) else {
                        let message = format!("the type `{}` is not known", one_line(word, 80));
                        return Err(self.slip(message, "declare it first: `contract`, `enum`, `type` or `struct`"));
                    };
                    self.type_of(label.to_owned(), U256::from(bytes), Shape::Leaf(leaf))?
                }
            }
        };
        if word == "address" && self.peek() == Some("payable") {
            self.next();
        }
        while self.peek() == Some("[") {
            self.next();
            let before = &self.layout.types[ty];
            let (label, slots, bytes) = (before.label.clone(), before.slots(), before.bytes);
            let small = match before.shape {
                Shape::Leaf(_) => usize::try_from(bytes).ok().filter(|bytes| *bytes <= WORD / 2),
                _ => None,
            };
            if self.peek() == Some("]") {
                self.next();
                let label = format!("{label}[]");
                ty = self.type_of(label, U256::from(WORD), Shape::Dynamic { element: ty })?;
                continue;
            }
            let written = self.expect("a length")?;
            let Some(len) = written.parse::<u64>().ok().filter(|len| *len > 0) else {
                return Err(self.slip("this is no length", "write a number"));
            };
            self.take("]")?;
            let slots = match small {
                Some(bytes) => U256::from(len.div_ceil((WORD / bytes) as u64)),
                None => slots.saturating_mul(U256::from(len)),
            };
            let bytes = slots.saturating_mul(U256::from(WORD));
            ty = self.type_of(format!("{label}[{len}]"), bytes, Shape::Array { element: ty })?;
        }
        Ok(ty)
    }

    /// The key or value of a mapping, which may have a name.
    fn mapped(&mut self, depth: usize) -> Result<usize, ConfigError> {
        let ty = self.ty(depth + 1)?;
        if self.peek().is_some_and(crate::signature::is_identifier) {
            self.next();
        }
        Ok(ty)
    }

    fn type_of(&mut self, label: String, bytes: U256, shape: Shape) -> Result<usize, ConfigError> {
        self.layout.types.push(Type { label: one_line(&label, 200), bytes, shape });
        let at = self.layout.types.len() - 1;
        if at >= TYPES_MAX || !self.layout.ends(at, DEPTH_MAX) {
            let hint = "declare one contract in a file, and name what lies deep";
            return Err(self.slip(format!("more than {TYPES_MAX} types, or deeper than {DEPTH_MAX}"), hint));
        }
        Ok(at)
    }
}

/// Words and signs, without comments.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"_$.@-".contains(&byte);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        if byte == b'#' || bytes[at..].starts_with(b"//") {
            at += bytes[at..].iter().take_while(|byte| **byte != b'\n').count();
            continue;
        }
        if bytes[at..].starts_with(b"=>") {
            at += 2;
        } else if part(byte) {
            at += bytes[at..].iter().take_while(|byte| part(**byte)).count();
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            if byte.is_ascii_whitespace() {
                continue;
            }
        }
        words.push(start..at);
    }
    words
}
