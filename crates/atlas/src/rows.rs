//! Files of many rows, of which some may be bad.

use crate::config::ConfigError;

/// How many bad rows are told one by one.
const TOLD_MAX: usize = 100;

/// What becomes of a file with a row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRows {
    /// The file is refused.
    Refuse,
    /// They are left out, counted and told.
    Skip,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsRead {
    /// How many rows it has, bad ones included.
    pub rows: usize,
    /// How many labels or signatures were taken. A row may hold several.
    pub taken: usize,
    /// How many rows were left out.
    pub skipped: usize,
    /// The first hundred of them, each with what is wrong with it.
    pub told: Vec<ConfigError>,
}

/// What is wrong with a row, and what to do.
pub(crate) type Slip = (String, String);

/// A file while it is read.
pub(crate) struct Rows<'a> {
    pub(crate) file: &'a str,
    pub(crate) bad: BadRows,
    pub(crate) found: RowsRead,
}

impl Rows<'_> {
    pub(crate) fn error(&self, line: usize, message: String, hint: String) -> ConfigError {
        ConfigError { file: self.file.to_owned(), line, column: 1, message, hint: Some(hint) }
    }

    /// Counts a row, and tells what is wrong with it.
    pub(crate) fn row(&mut self, line: impl FnOnce() -> usize, read: Result<usize, Slip>) -> Result<(), ConfigError> {
        self.found.rows += 1;
        let (message, hint) = match read {
            Ok(taken) => {
                self.found.taken += taken;
                return Ok(());
            }
            Err(slip) => slip,
        };
        if self.bad == BadRows::Refuse {
            return Err(self.error(line(), message, hint));
        }
        self.found.skipped += 1;
        // To find a line costs as much as reading the file.
        if self.found.told.len() < TOLD_MAX {
            let error = self.error(line(), message, hint);
            self.found.told.push(error);
        }
        Ok(())
    }
}

/// The line on which a JSON text first stands, from 1.
pub(crate) fn line_of(text: &str, what: &str) -> usize {
    let at = text.find(&format!("\"{what}\"")).unwrap_or_default();
    text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1
}
