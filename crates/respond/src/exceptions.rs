//! Exceptions: alerts that a person has found to be wrong or known often enough to say so once and for all. They are
//! written down by a person, in a file that is read at start; nothing adds one by itself.

use case::Alert;
use facts::AccountId;
use serde::{Deserialize, Serialize};

/// Exceptions that one file may hold. Whoever needs more has a rule that needs another condition.
const ITEMS_MAX: usize = 256;
/// Characters of a reason.
const WHY_MAX: usize = 300;

/// Alerts that open no case: of one rule, about one account, and by one account if that is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The rule's id, an instance by its own.
    pub rule: String,
    /// Whom the alert is about.
    pub subject: AccountId,
    /// Who does it: every account that the alert names as its doer is this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AccountId>,
    /// Why, for whoever reads the book.
    pub why: String,
}

impl Exception {
    /// Whether an alert is excepted.
    pub fn covers(&self, alert: &Alert) -> bool {
        let by = |by: &AccountId| !alert.attackers.is_empty() && alert.attackers.iter().all(|one| one == by);
        alert.rule.id == self.rule && alert.subject == self.subject && self.by.as_ref().is_none_or(by)
    }
}

/// A file of exceptions: `schema = 1` and one `[[exception]]` each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionsFile {
    /// The version of this form: 1.
    pub schema: u32,
    /// The exceptions.
    #[serde(default, rename = "exception")]
    pub exceptions: Vec<Exception>,
}

impl ExceptionsFile {
    /// Reads a file. `name` is the file's, for errors.
    ///
    /// # Errors
    /// With the place, for what is not right.
    pub fn parse(name: &str, text: &str) -> Result<Vec<Exception>, String> {
        let file: Self = atlas::config::parse(name, text).map_err(|error| error.to_string())?;
        if file.schema != 1 {
            return Err(format!("`{name}` has `schema = {}`, this version reads `schema = 1`", file.schema));
        }
        if file.exceptions.len() > ITEMS_MAX {
            let count = file.exceptions.len();
            return Err(format!("`{name}` has {count} exceptions, more than {ITEMS_MAX}: change the rules instead"));
        }
        for one in &file.exceptions {
            if !(1..=WHY_MAX).contains(&one.why.trim().chars().count()) {
                return Err(format!(
                    "`{name}`: the exception of `{}` needs a `why` of 1 to {WHY_MAX} characters",
                    one.rule
                ));
            }
        }
        Ok(file.exceptions)
    }
}
