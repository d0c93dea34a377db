//! From a comparison of theirs to one of ours that is true of exactly the same, or a refusal.

use facts::{Address, U256};

use super::{
    abi::{Entry, head_words},
    expression::{Expression, How, Literal},
};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operand {
    /// In our language, of the type that `kind` needs.
    pub(super) cel: String,
    pub(super) kind: Kind,
}

/// What kind of value it is, and so how it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number of ours.
    Number,
    /// A number of ours that stands for one below zero in its upper half.
    Signed,
    /// An address of ours.
    Address,
    /// A number of ours: zero or not.
    Truth,
    /// A hash of ours of which the first bytes count.
    Bytes(usize),
    /// True or false of ours, called by words: (true, false).
    Words(&'static [&'static str], &'static [&'static str]),
    /// Cannot be compared here, and why.
    No(&'static str),
}

/// Who knows the names of an expression.
pub(super) trait Names {
    /// What a name stands for, or why that is not known.
    fn look_up(&self, name: &str) -> Result<Operand, String>;
}

/// An expression in our language. `AND` and `OR` keep their order, and each part its brackets.
///
/// # Errors
/// Why it cannot be said exactly.
pub(super) fn translate(expression: &Expression, names: &dyn Names) -> Result<String, String> {
    let all = |parts: &[Expression]| -> Result<Vec<String>, String> {
        parts.iter().map(|part| translate(part, names)).collect()
    };
    Ok(match expression {
        Expression::And(parts) => all(parts)?.join(" && "),
        Expression::Or(parts) => format!("({})", all(parts)?.join(" || ")),
        Expression::Not(of) => format!("!({})", translate(of, names)?),
        Expression::Compare { left, how, right } => {
            let operand = names.look_up(left)?;
            compare(&operand, *how, right).map_err(|why| format!("`{left}` {why}"))?
        }
    })
}

/// One comparison.
///
/// # Errors
/// Why it cannot be said exactly.
pub(super) fn compare(operand: &Operand, how: How, right: &Literal) -> Result<String, String> {
    let cel = &operand.cel;
    let is_equality = matches!(how, How::Equal | How::NotEqual);
    let not_ordered = || Err(format!("cannot be compared with `{}`", how.sign()));
    match &operand.kind {
        Kind::No(why) => Err((*why).to_owned()),
        Kind::Number => {
            let (false, amount) = number(right)? else { return Err("is never below zero".to_owned()) };
            Ok(format!("{cel} {} {}", how.sign(), written(amount)))
        }
        Kind::Signed => signed(cel, how, number(right)?),
        _ if !is_equality => not_ordered(),
        Kind::Address => {
            let Literal::Text(text) = right else {
                return Err("is compared with something that is no address".to_owned());
            };
            let address: Address =
                text.to_lowercase().parse().map_err(|_| "is compared with something that is no address".to_owned())?;
            Ok(format!("{cel} {} address(\"{address}\")", how.sign()))
        }
        Kind::Truth => {
            let is = match right {
                Literal::Bool(is) => *is,
                Literal::Text(text) if text.eq_ignore_ascii_case("true") => true,
                Literal::Text(text) if text.eq_ignore_ascii_case("false") => false,
                _ => return Err("is true or false, and compared with something else".to_owned()),
            };
            let is = is == (how == How::Equal);
            Ok(format!("{cel} {} 0", if is { "!=" } else { "==" }))
        }
        Kind::Bytes(length) => {
            let Literal::Text(text) = right else { return Err("is compared with something that is no hex".to_owned()) };
            let digits = text.strip_prefix("0x").unwrap_or_default().to_lowercase();
            if digits.len() != length * 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(format!("has `{length}` bytes, and is compared with something else"));
            }
            Ok(format!("{cel} {} hash(\"0x{digits:0<64}\")", how.sign()))
        }
        Kind::Words(yes, no) => {
            let Literal::Text(text) = right else {
                return Err("is compared with something that is no word".to_owned());
            };
            let among = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
            match (among(yes), among(no)) {
                (true, _) => Ok(if how == How::Equal { cel.clone() } else { format!("!{cel}") }),
                (_, true) => Ok(if how == How::Equal { format!("!{cel}") } else { cel.clone() }),
                _ => Err(format!("is never `{}`", text.chars().take(40).collect::<String>())),
            }
        }
    }
}

fn number(literal: &Literal) -> Result<(bool, U256), String> {
    match literal {
        Literal::Number { negative, amount } => Ok((*negative, *amount)),
        Literal::Text(text) => {
            let hex = text.strip_prefix("0x").ok_or("is a number, and compared with a text")?;
            let amount =
                U256::from_str_radix(hex, 16).map_err(|_| "is compared with hex that does not fit into 256 bits")?;
            Ok((false, amount))
        }
        Literal::Bool(_) => Err("is a number, and compared with a truth".to_owned()),
    }
}

/// A comparison of numbers in two's complement, whose upper half is below zero.
fn signed(cel: &str, how: How, (negative, amount): (bool, U256)) -> Result<String, String> {
    let half = U256::from(1) << 255;
    if amount > half || (!negative && amount == half) {
        return Err("is compared with a number that does not fit into its type".to_owned());
    }
    let word = if negative { U256::ZERO.wrapping_sub(amount) } else { amount };
    let (half, word, sign) = (written(half), written(word), how.sign());
    Ok(match (how, negative) {
        (How::Equal | How::NotEqual, _) => format!("{cel} {sign} {word}"),
        // Above what is not below zero: the lower half from there on.
        (How::Greater | How::GreaterOrEqual, false) => format!("({cel} {sign} {word} && {cel} < {half})"),
        // Below it: the lower half up to there, and the whole upper half.
        (How::Less | How::LessOrEqual, false) => format!("({cel} {sign} {word} || {cel} >= {half})"),
        (How::Greater | How::GreaterOrEqual, true) => format!("({cel} {sign} {word} || {cel} < {half})"),
        (How::Less | How::LessOrEqual, true) => format!("({cel} {sign} {word} && {cel} >= {half})"),
    })
}

/// A number as our language writes it.
pub(super) fn written(amount: U256) -> String {
    match i64::try_from(amount) {
        Ok(_) => amount.to_string(),
        Err(_) => format!("amount(\"{amount}\")"),
    }
}

/// The arguments of an event or a call, by name or by place.
pub(super) struct Arguments<'a> {
    pub(super) of: &'a Entry,
    /// Under what name our rule sees the log or the call.
    pub(super) item: &'a str,
}

impl Arguments<'_> {
    /// What has to hold before an argument can be read: the layout that the ABI says. A log of the same event with another
    /// layout is another contract's, and whoever decodes it by this ABI fails.
    pub(super) fn guards(&self) -> Vec<String> {
        let item = self.item;
        let words: usize =
            self.of.inputs.iter().filter(|input| !input.indexed).map(|input| head_words(&input.ty)).sum();
        if self.of.kind == atlas::SignatureKind::Function {
            let bytes = 4 + 32 * words;
            return if words > 0 { vec![format!("size({item}.input) >= {bytes}")] } else { Vec::new() };
        }
        let indexed = self.of.inputs.iter().filter(|input| input.indexed).count();
        let mut guards = Vec::new();
        if indexed > 0 {
            guards.push(format!("{item}.topic{indexed} != null"));
        }
        if indexed < 3 {
            guards.push(format!("{item}.topic{} == null", indexed + 1));
        }
        if words > 0 {
            guards.push(format!("size({item}.data) >= {}", 32 * words));
        }
        guards
    }

    fn place(&self, wanted: usize) -> String {
        let input = &self.of.inputs[wanted];
        let before = &self.of.inputs[..wanted];
        if input.indexed {
            return format!("{}.topic{}", self.item, before.iter().filter(|input| input.indexed).count() + 1);
        }
        let words: usize = before.iter().filter(|input| !input.indexed).map(|input| head_words(&input.ty)).sum();
        format!("{}.word({words})", self.item)
    }
}

impl Names for Arguments<'_> {
    fn look_up(&self, name: &str) -> Result<Operand, String> {
        if name.contains(['.', '[']) {
            return Err(format!("`{name}` looks into an argument, which our rules cannot"));
        }
        let by_place = name.strip_prefix('$').and_then(|place| place.parse::<usize>().ok());
        let mut by_name = self.of.inputs.iter().enumerate().filter(|(_, input)| input.name == name).map(|(at, _)| at);
        let at = by_place.filter(|at| *at < self.of.inputs.len()).or_else(|| by_name.next());
        let Some(at) = at else {
            let shown: String = name.chars().take(60).collect();
            return Err(format!("it is not known which argument of `{}` is called `{shown}`", self.of.signature));
        };
        if by_place.is_none() && by_name.next().is_some() {
            return Err(format!("two arguments are called `{name}`"));
        }
        let word = self.place(at);
        Ok(operand(&self.of.inputs[at].ty, self.of.inputs[at].indexed, word))
    }
}

/// A word of 32 bytes, read as the ABI says.
pub(super) fn operand(ty: &str, indexed: bool, word: String) -> Operand {
    let number = |kind| Operand { cel: format!("number({word})"), kind };
    match ty {
        "address" | "address payable" => Operand { cel: format!("address({word})"), kind: Kind::Address },
        "bool" => number(Kind::Truth),
        _ if is_sized(ty, "uint", 256) => number(Kind::Number),
        _ if is_sized(ty, "int", 256) => number(Kind::Signed),
        _ => match ty.strip_prefix("bytes").and_then(|length| length.parse::<usize>().ok()) {
            Some(length @ 1..=32) => Operand { cel: word, kind: Kind::Bytes(length) },
            _ if indexed => Operand { cel: word, kind: Kind::No("is indexed, and only its hash is in the log") },
            _ => Operand {
                cel: word,
                kind: Kind::No("is a text, bytes, a list or a tuple, which our rules cannot compare"),
            },
        },
    }
}

fn is_sized(ty: &str, prefix: &str, max: usize) -> bool {
    let size = ty.strip_prefix(prefix);
    size.is_some_and(|size| {
        size.is_empty() || size.parse().is_ok_and(|bits: usize| bits <= max && bits.is_multiple_of(8))
    })
}

/// The fields of a transaction, under the names that Defender and OpenZeppelin Monitor know them by.
pub(super) struct Transaction;

impl Names for Transaction {
    fn look_up(&self, name: &str) -> Result<Operand, String> {
        let operand = |cel: &str, kind| Ok(Operand { cel: cel.to_owned(), kind });
        match name {
            "value" => operand("tx.value", Kind::Number),
            "from" => operand("tx.from", Kind::Address),
            "to" => operand("tx.to", Kind::Address),
            "hash" => operand("tx.hash", Kind::Bytes(32)),
            "nonce" => operand("tx.nonce", Kind::Number),
            "gasPrice" | "gas_price" => operand("tx.gas_price", Kind::Number),
            "gasUsed" | "gas_used" => operand("tx.gas_used", Kind::Number),
            "transactionIndex" | "transaction_index" => operand("tx.index", Kind::Number),
            "status" => operand("tx.succeeded", Kind::Words(&["success"], &["failed", "failure"])),
            other => {
                let shown: String = other.chars().take(60).collect();
                Err(format!("our rules do not see `{shown}` of a transaction"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::import::{abi::written as signature, expression::read};
    use atlas::SignatureKind;

    fn told(expressions: &[&str]) -> String {
        let event = "Moved(address indexed from, uint256 value, int64 delta, bool done, bytes4 id, string memo, uint256[2] pair, \
                     address to)";
        let entry = signature(SignatureKind::Event, event).unwrap();
        let names = Arguments { of: &entry, item: "log" };
        let mut told = format!("{}\n", names.guards().join(" && "));
        for text in expressions {
            let result = read(text).and_then(|expression| translate(&expression, &names));
            told += &match result {
                Ok(cel) => format!("{text} => {cel}\n"),
                Err(why) => format!("{text} refused: {why}\n"),
            };
        }
        told
    }

    #[test]
    fn what_can_be_said_exactly_is_said_and_the_rest_is_refused() {
        expect![[r#"
            log.topic1 != null && log.topic2 == null && size(log.data) >= 256
            value > 1000 => number(log.word(0)) > 1000
            1000 <= value => number(log.word(0)) >= 1000
            value >= 1.5  refused: `1.5` is not a whole number
            value == 0xff => number(log.word(0)) == 255
            value > 2 * 10^18 * 5 => number(log.word(0)) > amount("10000000000000000000")
            value > 2 ** 3 ** 2 => number(log.word(0)) > 512
            value > -1 refused: `value` is never below zero
            value > 99999999999999999999999 => number(log.word(0)) > amount("99999999999999999999999")
            delta > 5 AND delta < -5 => (number(log.word(1)) > 5 && number(log.word(1)) < amount("57896044618658097711785492504343953926634992332820282019728792003956564819968")) && (number(log.word(1)) < amount("115792089237316195423570985008687907853269984665640564039457584007913129639931") && number(log.word(1)) >= amount("57896044618658097711785492504343953926634992332820282019728792003956564819968"))
            delta <= 5 or NOT (delta >= -5) => ((number(log.word(1)) <= 5 || number(log.word(1)) >= amount("57896044618658097711785492504343953926634992332820282019728792003956564819968")) || !((number(log.word(1)) >= amount("115792089237316195423570985008687907853269984665640564039457584007913129639931") || number(log.word(1)) < amount("57896044618658097711785492504343953926634992332820282019728792003956564819968"))))
            from == 0x0F06aB75c7DD497981b75CD82F6566e3a5CAd8f2 => address(log.topic1) == address("0x0f06aB75c7DD497981b75CD82F6566e3a5CAd8f2")
            from=0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2 && $1 != 3 => address(log.topic1) == address("0x0f06aB75c7DD497981b75CD82F6566e3a5CAd8f2") && number(log.word(0)) != 3
            from > 0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2 refused: `from` cannot be compared with `>`
            from == 'alice' refused: `from` is compared with something that is no address
            to != 0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2 => address(log.word(7)) != address("0x0f06aB75c7DD497981b75CD82F6566e3a5CAd8f2")
            done == true or done = false => (number(log.word(2)) != 0 || number(log.word(2)) == 0)
            id == 0x12345678 => log.word(3) == hash("0x1234567800000000000000000000000000000000000000000000000000000000")
            id == 0x1234 refused: `id` has `4` bytes, and is compared with something else
            memo == 'hi' refused: `memo` is a text, bytes, a list or a tuple, which our rules cannot compare
            memo contains 'hi' refused: `contains` looks into texts and lists, which our rules do not have
            pair[0] > 1 refused: `pair[0]` looks into an argument, which our rules cannot
            amount > 1 refused: it is not known which argument of `Moved(address,uint256,int64,bool,bytes4,string,uint256[2],address)` is called `amount`
            $9 == 1 refused: it is not known which argument of `Moved(address,uint256,int64,bool,bytes4,string,uint256[2],address)` is called `$9`
            value + 1 > 2 refused: it computes with `+`, whose result may not be the same here
            value > 1 value < 2 refused: it does not end where `value` stands
            (value > 1 refused: a bracket in it does not close
            value > refused: it ends in the middle of a comparison
            value > 'x refused: a text in it does not end
            5 > 3 refused: it compares two values, neither of them an argument
             refused: it ends in the middle of a comparison
        "#]].assert_eq(&told(&[
            "value > 1000",
            "1000 <= value",
            "value >= 1.5 ",
            "value == 0xff",
            "value > 2 * 10^18 * 5",
            "value > 2 ** 3 ** 2",
            "value > -1",
            "value > 99999999999999999999999",
            "delta > 5 AND delta < -5",
            "delta <= 5 or NOT (delta >= -5)",
            "from == 0x0F06aB75c7DD497981b75CD82F6566e3a5CAd8f2",
            "from=0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2 && $1 != 3",
            "from > 0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2",
            "from == 'alice'",
            "to != 0x0f06ab75c7dd497981b75cd82f6566e3a5cad8f2",
            "done == true or done = false",
            "id == 0x12345678",
            "id == 0x1234",
            "memo == 'hi'",
            "memo contains 'hi'",
            "pair[0] > 1",
            "amount > 1",
            "$9 == 1",
            "value + 1 > 2",
            "value > 1 value < 2",
            "(value > 1",
            "value >",
            "value > 'x",
            "5 > 3",
            "",
        ]));
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused() {
        let refused = |text: &str| read(text).unwrap_err();
        assert!(refused(&format!("{}a > 1{}", "(".repeat(100), ")".repeat(100))).contains("nest deeper"));
        assert!(refused(&"!".repeat(5_000)).contains("nest deeper"));
        assert!(refused(&format!("a > 2{}", "^2".repeat(2_000))).contains("fit"));
        assert!(refused(&vec!["a > 1"; 200].join(" AND ")).contains("comparisons"));
        assert!(refused(&"x".repeat(10_000)).contains("bytes"));
    }
}
