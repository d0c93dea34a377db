//! Every number that keeps one client from hurting the others.

use std::time::Duration;

use jiff::SignedDuration;

/// How much the desk gives to whom.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once. A responder's browser keeps one or two; 256 leaves room for scripts and scrapers.
    pub connections: usize,
    /// Time for a client to send its request head.
    pub head: Duration,
    /// Time for a request to be answered, its body included. The live stream is answered at once and then runs.
    pub request: Duration,
    /// A client that takes nothing for this long is cut off. It resumes where it was by the id of its last event.
    pub stall: Duration,
    /// Time between signs of life on the live stream, below the 30 to 60 seconds at which proxies lose patience.
    pub heartbeat: Duration,
    /// How long a live stream runs before its client has to come back and show again who it is.
    pub stream: Duration,
    /// Entries read ahead for one client of the live stream.
    pub ahead: u32,
    /// Time that open requests get to finish when the service stops.
    pub farewell: Duration,
    /// How long a log-in in the browser lasts: one shift.
    pub session: SignedDuration,
    /// The status is no longer trusted when nobody renewed it for this long.
    pub status_stale: SignedDuration,
}

/// Bytes of a request body. The longest is a note, which has a limit of its own below this.
pub const BODY_BYTES: usize = 64 * 1024;
/// Bytes of a request head.
pub const HEAD_BYTES: usize = 32 * 1024;
/// Characters of a note, so that one note cannot drown a case.
pub const NOTE_CHARS: usize = 8_000;
/// Items on a page when the client does not say.
pub const PAGE_DEFAULT: u32 = 50;
/// Items on a page at most.
pub const PAGE_MAX: u32 = 500;
/// Announcements whose windows have not ended: a team that changes more than that at once needs another plan.
pub const ANNOUNCEMENTS_OPEN: usize = 256;
/// Snoozes at once.
pub const SNOOZES_OPEN: usize = 64;
/// Characters of a reason.
pub const WHY_CHARS: usize = 300;
/// Sessions at once; the oldest goes when there are more.
pub const SESSIONS: usize = 1_024;
/// Tokens of an installation.
pub const TOKENS: usize = 256;
/// Alerts whose state the desk keeps at hand, about 200 bytes each; older ones stand in the book.
pub const ALERTS: usize = 250_000;
/// Incidents kept folded.
pub const FOLDS: usize = 256;
/// Times a decision is tried again when somebody else wrote to the same case in between.
pub const WRITE_TRIES: usize = 4;

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            stream: Duration::from_secs(60 * 60),
            ahead: 64,
            farewell: Duration::from_secs(5),
            session: SignedDuration::from_hours(12),
            status_stale: SignedDuration::from_secs(60),
        }
    }
}
