//! One writer at a time: a lock of the operating system on a file beside the database.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use crate::StoreError;

/// Held as long as the process may write. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock(#[expect(dead_code, reason = "held, not used")] File);

/// Takes the lock beside `database`, or says who has it.
pub(crate) fn take(database: &Path, now: Timestamp) -> Result<Lock, StoreError> {
    // Two names of one file must meet at one lock.
    let database = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let path = beside(&database);
    let failed = |source| StoreError::File { path: path.display().to_string(), source };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            Read::by_ref(&mut file).take(256).read_to_string(&mut holder).map_err(failed)?;
            let holder = holder.trim();
            let holder = if holder.is_empty() { "another process" } else { holder }.to_owned();
            return Err(StoreError::Locked { path: database.display().to_string(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).map_err(failed)?;
    file.rewind().map_err(failed)?;
    writeln!(file, "{}", holder(now)).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    Ok(Lock(file))
}

/// Who writes, in words: it is shown to whoever comes second.
pub(crate) fn holder(now: Timestamp) -> String {
    let host = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|host| host.trim().chars().take(80).collect::<String>())
        .filter(|host| !host.is_empty())
        .unwrap_or_else(|| "a host without a name".to_owned());
    format!("process {} on {host} since {now}", std::process::id())
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
