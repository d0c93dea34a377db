//! The comparisons that Defender and its open-source successor write: `value > 1000 AND (from == 0x… OR NOT paused == true)`.

use facts::U256;

use crate::card::parse_decimal;

/// Bytes of one expression.
const BYTES: usize = 8_192;
/// Brackets and negations within each other.
const DEPTH: usize = 12;
/// Comparisons of one expression.
const PARTS: usize = 128;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Compare { left: String, how: How, right: Literal },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What something is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal {
    Number {
        negative: bool,
        amount: U256,
    },
    /// A text in quotes, a word, or hex of another length than a number's.
    Text(String),
    Bool(bool),
}

/// Reads an expression.
///
/// # Errors
/// What in it is not understood, in words.
pub(super) fn read(text: &str) -> Result<Expression, String> {
    if text.len() > BYTES {
        return Err(format!("it has `{}` bytes, more than `{BYTES}`", text.len()));
    }
    let mut reader = Reader { tokens: tokens(text)?, at: 0, parts: 0 };
    let read = reader.or(0)?;
    match reader.next() {
        None => Ok(read),
        Some(token) => Err(format!("it does not end where `{}` stands", token.shown())),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

impl Token {
    fn shown(&self) -> String {
        match self {
            Token::Word(text) | Token::Quoted(text) => text.chars().take(60).collect(),
            Token::Sign(sign) => (*sign).to_owned(),
        }
    }

    fn is_word(&self, words: &[&str]) -> bool {
        match self {
            Token::Word(text) => words.iter().any(|word| text.eq_ignore_ascii_case(word)),
            Token::Sign(sign) => words.contains(sign),
            Token::Quoted(_) => false,
        }
    }
}

/// Longer signs before shorter ones that they begin with.
const SIGNS: &[&str] =
    &["==", "!=", ">=", "<=", "&&", "||", ">", "<", "=", "!", "(", ")", "+", "-", "*", "/", "^", "%", ",", "?", ":"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut at) = (Vec::new(), 0);
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
        } else if matches!(next, '\'' | '"') {
            let end = rest[1..].find(next).ok_or("a text in it does not end")?;
            tokens.push(Token::Quoted(rest[1..=end].to_owned()));
            at += end + 2;
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            at += sign.len();
        } else {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '[' | ']');
            let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
            if length == 0 {
                return Err(format!("`{next}` is not part of an expression"));
            }
            tokens.push(Token::Word(rest[..length].to_owned()));
            at += length;
        }
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    parts: usize,
}

impl Reader {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|token| token.is_word(words));
        self.at += usize::from(is);
        is
    }

    fn or(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.and(depth)?];
        while self.take(&["or", "||"]) {
            parts.push(self.and(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Or(parts) })
    }

    fn and(&mut self, depth: usize) -> Result<Expression, String> {
        let mut parts = vec![self.not(depth)?];
        while self.take(&["and", "&&"]) {
            parts.push(self.not(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::And(parts) })
    }

    fn not(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > DEPTH {
            return Err(format!("brackets nest deeper than `{DEPTH}`"));
        }
        if self.take(&["not", "!"]) {
            return Ok(Expression::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.take(&["("]) {
            let inner = self.or(depth + 1)?;
            return if self.take(&[")"]) { Ok(inner) } else { Err("a bracket in it does not close".to_owned()) };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, String> {
        self.parts += 1;
        if self.parts > PARTS {
            return Err(format!("it has more than `{PARTS}` comparisons"));
        }
        let left = self.operand()?;
        let how = match self.next() {
            Some(Token::Sign("==" | "=")) => How::Equal,
            Some(Token::Sign("!=")) => How::NotEqual,
            Some(Token::Sign("<")) => How::Less,
            Some(Token::Sign("<=")) => How::LessOrEqual,
            Some(Token::Sign(">")) => How::Greater,
            Some(Token::Sign(">=")) => How::GreaterOrEqual,
            Some(Token::Word(word)) if ["contains", "starts_with", "ends_with"].contains(&word.as_str()) => {
                return Err(format!("`{word}` looks into texts and lists, which our rules do not have"));
            }
            Some(Token::Sign(sign @ ("+" | "-" | "*" | "/" | "^" | "%"))) => {
                return Err(format!("it computes with `{sign}`, whose result may not be the same here"));
            }
            Some(token) => return Err(format!("`{}` is no comparison", token.shown())),
            None => return Err("it ends in the middle of a comparison".to_owned()),
        };
        let right = self.operand()?;
        match (left, right) {
            (Operand::Name(left), Operand::Literal(right)) => Ok(Expression::Compare { left, how, right }),
            (Operand::Literal(right), Operand::Name(left)) => {
                Ok(Expression::Compare { left, how: how.turned(), right })
            }
            // An unquoted word on the right is a value to those who wrote it, such as `status == success`.
            (Operand::Name(left), Operand::Name(right)) => {
                Ok(Expression::Compare { left, how, right: Literal::Text(right) })
            }
            (Operand::Literal(_), Operand::Literal(_)) => {
                Err("it compares two values, neither of them an argument".to_owned())
            }
        }
    }

    /// A name, or a value; products and powers of whole numbers are computed.
    fn operand(&mut self) -> Result<Operand, String> {
        let mut value = self.power()?;
        while self.tokens.get(self.at) == Some(&Token::Sign("*")) {
            self.at += 1;
            let by = self.power()?;
            value = computed(value, by, U256::checked_mul)?;
        }
        Ok(value)
    }

    fn power(&mut self) -> Result<Operand, String> {
        let value = self.value()?;
        let is_double = |at: usize| [at, at + 1].iter().all(|at| self.tokens.get(*at) == Some(&Token::Sign("*")));
        let length = match self.tokens.get(self.at) {
            Some(Token::Sign("^")) => 1,
            // `**` is read as two signs.
            Some(_) if is_double(self.at) => 2,
            _ => return Ok(value),
        };
        self.at += length;
        // To the right first: 2 ^ 3 ^ 2 is 2 ^ 9.
        let by = self.power()?;
        computed(value, by, U256::checked_pow)
    }

    fn value(&mut self) -> Result<Operand, String> {
        let negative = self.take(&["-"]);
        match self.next() {
            Some(Token::Quoted(text)) if !negative => {
                Ok(Operand::Literal(literal(&text).unwrap_or(Literal::Text(text))))
            }
            Some(Token::Word(word)) => match (literal(&word), negative) {
                (Some(Literal::Number { amount, .. }), negative) => {
                    Ok(Operand::Literal(Literal::Number { negative: negative && !amount.is_zero(), amount }))
                }
                (Some(value), false) => Ok(Operand::Literal(value)),
                (None, false) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                    Err(format!("`{}` is not a whole number", word.chars().take(60).collect::<String>()))
                }
                (None, false) => Ok(Operand::Name(word)),
                (_, true) => Err("a minus stands before something that is no number".to_owned()),
            },
            Some(token) => Err(format!("`{}` stands where a name or a value is needed", token.shown())),
            None => Err("it ends in the middle of a comparison".to_owned()),
        }
    }
}

fn computed(one: Operand, two: Operand, how: fn(U256, U256) -> Option<U256>) -> Result<Operand, String> {
    let number = |of: &Operand| match of {
        Operand::Literal(Literal::Number { negative: false, amount }) => Some(*amount),
        _ => None,
    };
    let (Some(one), Some(two)) = (number(&one), number(&two)) else {
        return Err("it computes with arguments, whose result may not be the same here".to_owned());
    };
    let amount = how(one, two).ok_or("a number in it does not fit into 256 bits")?;
    Ok(Operand::Literal(Literal::Number { negative: false, amount }))
}

enum Operand {
    Name(String),
    Literal(Literal),
}

impl How {
    /// The same with both sides exchanged.
    fn turned(self) -> Self {
        match self {
            How::Less => How::Greater,
            How::LessOrEqual => How::GreaterOrEqual,
            How::Greater => How::Less,
            How::GreaterOrEqual => How::LessOrEqual,
            same => same,
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            How::Equal => "==",
            How::NotEqual => "!=",
            How::Less => "<",
            How::LessOrEqual => "<=",
            How::Greater => ">",
            How::GreaterOrEqual => ">=",
        }
    }

    /// A comparison by its sign.
    pub(super) fn of(sign: &str) -> Option<Self> {
        Some(match sign.trim() {
            "==" | "=" => How::Equal,
            "!=" => How::NotEqual,
            "<" => How::Less,
            "<=" => How::LessOrEqual,
            ">" => How::Greater,
            ">=" => How::GreaterOrEqual,
            _ => return None,
        })
    }
}

/// A number in digits or short hex, a truth, or hex that is an address, a word or bytes.
pub(super) fn literal(text: &str) -> Option<Literal> {
    match text {
        "true" => return Some(Literal::Bool(true)),
        "false" => return Some(Literal::Bool(false)),
        _ => {}
    }
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        if hex.is_empty() || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        // Whether it is a number or bytes is for the type it is compared with to say.
        return Some(Literal::Text(format!("0x{hex}")));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let amount = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| parse_decimal(digits, 0).ok()).flatten()?;
    Some(Literal::Number { negative: text.starts_with('-') && !amount.is_zero(), amount })
}
