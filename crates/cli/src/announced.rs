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
