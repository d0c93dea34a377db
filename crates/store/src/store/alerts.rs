//! Alerts, and what became of them.

use case::{AlertId, Digest, Entry, Stream};
use facts::ChainId;

use super::{Store, read::positioned};
use crate::StoreError;

/// Kinds of lines whose payload names an alert by `id`.
const ABOUT_ALERTS: [&str; 6] = [
    "alert.raised/1",
    "alert.withdrawn/1",
    "alert.suppressed/1",
    "alert.marked/1",
    "case.alert-attached/1",
    "case.alert-withdrawn/1",
];

/// The alert that a line speaks of.
pub(crate) fn mentioned(entry: &Entry) -> Option<AlertId> {
    if !ABOUT_ALERTS.contains(&entry.kind.as_str()) {
        return None;
    }
    entry.payload.get("id")?.as_str()?.parse::<Digest>().ok()
}

impl Store {
    /// Alerts that were raised before a position, newest first, with their positions; of one chain or of all.
    /// `before` of `u64::MAX` begins at the end. Withdrawn ones are among them: see [`Store::about`].
    ///
    /// # Errors
    /// If the database cannot be read, or a line not understood.
    pub async fn alerts(
        &self,
        chain: Option<&ChainId>,
        before: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Entry)>, StoreError> {
        let Some(chain) = chain else { return self.of_kind_before("alert.raised/1", before, limit).await };
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        let sql = "SELECT pos, body FROM entries WHERE stream = $1 AND kind = 'alert.raised/1' AND pos < $2 \
                   ORDER BY pos DESC LIMIT $3";
        let query =
            sqlx::query(sql).bind(Stream::Chain(chain.clone()).to_string()).bind(before).bind(self.page(limit)?);
        query.fetch_all(&mut *self.read().await?).await?.iter().map(positioned).collect()
    }

    /// All lines that speak of an alert, oldest first, with their positions: raised, suppressed, attached to a case,
    /// marked, withdrawn. None if there is no such alert.
    ///
    /// # Errors
    /// If the database cannot be read, or a line not understood.
    pub async fn about(&self, alert: &AlertId) -> Result<Vec<(u64, Entry)>, StoreError> {
        let sql = "SELECT e.pos, e.body FROM mentions m JOIN entries e ON e.pos = m.pos WHERE m.alert = $1 \
                   ORDER BY e.pos LIMIT $2";
        let query = sqlx::query(sql).bind(alert.0.as_slice()).bind(self.0.limits.page_lines);
        query.fetch_all(&mut *self.read().await?).await?.iter().map(positioned).collect()
    }
}
