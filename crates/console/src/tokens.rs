//! Who may come in: bearer tokens, known here only by their hash.

use case::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::limits::TOKENS;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Read everything.
    Viewer,
    /// Read everything, approve, close, mark and note.
    Responder,
}

/// A person at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// The name that stands in the book behind what they decide.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// One token, by the hash of its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Whose it is.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// SHA-256 of the token's text, 64 lower-case hex digits. The text must be random: a hash hides no weak word.
    pub sha256: Digest,
    /// From this moment on it is refused, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// A file of tokens: `schema = 1` and one `[[token]]` each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokensFile {
    /// The version of this form: 1.
    pub schema: u32,
    /// The tokens.
    #[serde(default)]
    pub token: Vec<Token>,
}

/// Tokens that cannot be used together.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// A file of another version.
    #[error("tokens file has `schema = {0}`, this version reads `schema = 1`")]
    Schema(u32),
    /// A name that cannot stand in the book.
    #[error("token name `{0}` cannot be used: give 1 to 64 characters without control characters")]
    Name(String),
    /// Two tokens with one name: the book could not tell who decided.
    #[error("two tokens are named `{0}`: give each person a name of their own")]
    Twice(String),
    /// Two names for one token.
    #[error("`{0}` and `{1}` share a token: give each person a token of their own")]
    Shared(String, String),
    /// More than an installation can have.
    #[error("{0} tokens are more than {TOKENS}: remove those of people who have left")]
    TooMany(usize),
    /// The system gave no randomness.
    #[error("the system gave no randomness for a token: {0}")]
    Randomness(getrandom::Error),
}

/// The tokens of an installation.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// The tokens, checked against each other.
    ///
    /// # Errors
    /// If two share a name or a hash, or a name cannot stand in the book.
    pub fn new(tokens: Vec<Token>) -> Result<Self, TokensError> {
        if tokens.len() > TOKENS {
            return Err(TokensError::TooMany(tokens.len()));
        }
        for (index, token) in tokens.iter().enumerate() {
            let fits = (1..=64).contains(&token.name.chars().count()) && !token.name.chars().any(char::is_control);
            if !fits || token.name.trim() != token.name {
                return Err(TokensError::Name(token.name.chars().take(64).collect()));
            }
            for other in &tokens[..index] {
                if other.name == token.name {
                    return Err(TokensError::Twice(token.name.clone()));
                }
                if other.sha256 == token.sha256 {
                    return Err(TokensError::Shared(other.name.clone(), token.name.clone()));
                }
            }
        }
        Ok(Self(tokens))
    }

    /// The tokens of a file.
    ///
    /// # Errors
    /// As [`Tokens::new`], and if the file is of another version.
    pub fn from_file(file: TokensFile) -> Result<Self, TokensError> {
        if file.schema != 1 {
            return Err(TokensError::Schema(file.schema));
        }
        Self::new(file.token)
    }

    /// A new random token and its text, which is to be shown once and kept nowhere.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn generate(name: &str, role: Role) -> Result<(Token, String), TokensError> {
        let text = format!("bgt_{}", random_hex().map_err(TokensError::Randomness)?);
        let sha256 = Digest::of_bytes(text.as_bytes());
        Ok((Token { name: name.to_owned(), role, sha256, expires: None }, text))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token this is. Takes the same time whichever token it is, and whether it is one.
    pub(crate) fn owner(&self, text: &str, now: Timestamp) -> Option<Person> {
        let given = Digest::of_bytes(text.as_bytes());
        let mut found = None;
        for token in &self.0 {
            if bool::from(given.0.ct_eq(&token.sha256.0)) {
                found = Some(token);
            }
        }
        let token = found.filter(|token| token.expires.is_none_or(|expires| now < expires))?;
        Some(Person { name: token.name.clone(), role: token.role })
    }
}

/// 256 random bits.
pub(crate) fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Digest(bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, text: &str) -> Token {
        Token { name: name.into(), role: Role::Viewer, sha256: Digest::of_bytes(text.as_bytes()), expires: None }
    }

    #[test]
    fn a_token_opens_for_its_owner_until_it_expires() {
        let expires = Some("2026-01-01T00:00:00Z".parse().unwrap());
        let tokens = Tokens::new(vec![Token { expires, ..token("ana", "a") }, token("bo", "b")]).unwrap();
        let who = |text, now: &str| tokens.owner(text, now.parse().unwrap()).map(|person| person.name);
        assert_eq!(who("a", "2025-12-31T23:59:59Z").as_deref(), Some("ana"));
        assert_eq!(who("a", "2026-01-01T00:00:00Z"), None);
        assert_eq!(who("b", "2026-01-01T00:00:00Z").as_deref(), Some("bo"));
        assert_eq!(who("", "2025-01-01T00:00:00Z"), None);
        assert_eq!(who("A", "2025-01-01T00:00:00Z"), None);
    }

    #[test]
    fn tokens_that_would_blur_who_decided_are_refused() {
        let refused = |tokens| Tokens::new(tokens).unwrap_err().to_string();
        assert!(refused(vec![token("ana", "a"), token("ana", "b")]).contains("two tokens are named `ana`"));
        assert!(refused(vec![token("ana", "a"), token("bo", "a")]).contains("share a token"));
        assert!(refused(vec![token("", "a")]).contains("cannot be used"));
        assert!(refused(vec![token("a\nb", "a")]).contains("cannot be used"));
    }

    #[test]
    fn a_file_with_a_strange_key_or_version_is_refused() {
        let hash = Digest::of_bytes(b"a");
        let text = format!("schema = 1\n[[token]]\nname = \"ana\"\nrole = \"responder\"\nsha256 = \"{hash}\"\n");
        let file: TokensFile = toml::from_str(&text).unwrap();
        assert!(!Tokens::from_file(file).unwrap().is_empty());
        assert!(toml::from_str::<TokensFile>(&format!("{text}token = \"a\"\n")).is_err());
        let other = toml::from_str(&text.replace("schema = 1", "schema = 2")).unwrap();
        assert!(Tokens::from_file(other).unwrap_err().to_string().contains("schema = 2"));
    }

    #[test]
    fn generated_tokens_differ_and_open() {
        let (one, text) = Tokens::generate("ana", Role::Responder).unwrap();
        let (two, _) = Tokens::generate("bo", Role::Viewer).unwrap();
        assert_ne!(one.sha256, two.sha256);
        let tokens = Tokens::new(vec![one, two]).unwrap();
        assert_eq!(tokens.owner(&text, Timestamp::UNIX_EPOCH).unwrap().role, Role::Responder);
    }
}
