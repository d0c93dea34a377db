//! Evidence that somebody hands over.

use engine::{BlockRecord, Bundle};
use store::{CaseExport, verify_export};

/// Bytes that a small file may unpack to before it is not looked at here: the limits of the reader are far higher, and
/// reaching them takes all the time there is.
const PACKED_MAX: usize = 4_096;

pub fn bundle(data: &[u8]) {
    if let Some(record) = BlockRecord::from_bytes(data) {
        drop(record.block());
    }
    if data.len() <= PACKED_MAX {
        drop(Bundle::from_bytes(data));
    }
}

pub fn export(data: &[u8]) {
    let Ok(export) = CaseExport::from_json(data) else { return };
    drop(verify_export(&export, None));
}

pub fn entry(data: &[u8]) {
    let Ok(entry) = serde_json::from_slice::<case::Entry>(data) else { return };
    drop(case::check_chain(&entry.stream, [&entry]));
    drop(case::canonical(&entry));
}
