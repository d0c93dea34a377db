//! What had been announced, read from a file.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result};
use case::HeldAnnouncement;
use detect::Announcements;

use crate::rules::text;

/// The announcements of a file as an evidence bundle holds them; none without a file.
///
/// # Errors
/// If it cannot be read, or says something else.
pub fn read(path: Option<&Path>) -> Result<Arc<Announcements>> {
    let Some(path) = path else { return Ok(Arc::default()) };
    let held: Vec<HeldAnnouncement> = serde_json::from_str(&text(path)?).with_context(|| {
        format!("`{}` holds no announcements: give the `announcements.json` of an evidence bundle", path.display())
    })?;
    Ok(Arc::new(Announcements::new(held)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_of_announcements_is_refused_by_its_name() {
        assert!(read(None).unwrap().is_empty());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("announcements.json");
        let told = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(Some(&path)).map(|held| held.held().len()).map_err(|error| error.to_string())
        };
        let one = r#"{"id":"an-0123456789ab","after":7,"who":{"person":"ada"},"at":"2026-03-01T09:00:00Z","announcement":{
            "title":"deposits move","chain":"eip155:1","by":["0x00000000000000000000000000000000000000aa"],
            "changes":[{"contract":"0x0000000000000000000000000000000000000011","what":{"payout":{
            "to":"0x0000000000000000000000000000000000000022","at_most":"5"}}}],
            "from":"2026-03-01T10:00:00Z","until":"2026-03-01T12:00:00Z"}}"#;
        assert_eq!(told("[]"), Ok(0));
        assert_eq!(told(&format!("[{one}]")), Ok(1));
        assert!(told(one).unwrap_err().contains("holds no announcements: give the `announcements.json`"));
    }
}
