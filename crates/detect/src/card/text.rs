use std::{
    hash::{Hash, Hasher},
    ops::Range,
    sync::{Arc, Weak},
};

use serde::Serialize;
use toml::Spanned;

use crate::{Fault, place::File};

/// A card's file as it was read. It is kept until the rule is built: afterwards nothing in it can be wrong any more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// A text of the card that knows where in the file each of its bytes stands, as long as there is the file.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Text {
    pub(crate) text: Arc<str>,
    #[serde(skip)]
    origin: Weak<Source>,
    /// Where the whole text stands in the file, quotes included; empty for one that stands there as it is.
    #[serde(skip)]
    span: Range<usize>,
    /// For a part: the whole, and where in it the part begins.
    #[serde(skip)]
    within: Option<(Arc<str>, usize)>,
}

/// Two texts are the same wherever they stand.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Text {
    /// A fault at one of its bytes.
    pub(crate) fn fault(&self, at: usize, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        let Some(source) = self.origin.upgrade() else {
            return File { name: "a rule that was read before", text: "" }.fault(0, what, hint);
        };
        let file = File { name: &source.name, text: &source.text };
        let (whole, before) = self.within.as_ref().map_or((&self.text, 0), |(whole, before)| (whole, *before));
        if self.span.is_empty() {
            return file.fault(self.span.start + before + at, what, hint);
        }
        let map = file.map_string(self.span.clone(), whole);
        let at = map.get(before + at).or(map.last()).copied().unwrap_or(self.span.start);
        file.fault(at, what, hint)
    }

    /// A part of it, which still knows its place.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let (whole, before) = self.within.clone().unwrap_or_else(|| (Arc::clone(&self.text), 0));
        let text = self.text.get(range.clone()).unwrap_or_default().into();
        Self {
            text,
            origin: Weak::clone(&self.origin),
            span: self.span.clone(),
            within: Some((whole, before + range.start)),
        }
    }

    /// A place without a text.
    pub(super) fn at(origin: &Arc<Source>, at: usize) -> Self {
        Self { text: "".into(), origin: Arc::downgrade(origin), span: at..at, within: None }
    }

    /// A text that is a whole file of its own; for tests of conditions.
    #[cfg(test)]
    pub(crate) fn bare(text: &str) -> Self {
        // Nobody lets go of it: a test ends soon.
        let origin = Arc::new(Source { name: "rule.cel".to_owned(), text: text.to_owned() });
        let kept = Arc::downgrade(&origin);
        std::mem::forget(origin);
        Self { text: text.into(), origin: kept, span: 0..0, within: None }
    }
}

/// A text of the card that is not too long.
pub(super) fn text(file: &File<'_>, origin: &Arc<Source>, spanned: Spanned<String>, max: usize) -> Result<Text, Fault> {
    let span = spanned.span();
    let text = spanned.into_inner();
    if text.len() > max {
        let what = format!("`{}` bytes are more than the `{max}` allowed here", text.len());
        return Err(file.fault(span.start, what, "split it into several rules"));
    }
    Ok(Text { text: text.into(), origin: Arc::downgrade(origin), span, within: None })
}
