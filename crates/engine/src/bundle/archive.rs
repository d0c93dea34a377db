//! The middle layer of a bundle: a tar archive (POSIX ustar) of plain files in one order, with nothing in it that tells
//! who made it or when: mode 0644, owner 0, time 0. The manifest comes first, the rest in the order of their names.

use std::{collections::BTreeMap, io::Read as _};

use anyhow::{Context as _, Result};
use tar::{Archive, Builder, EntryType, Header};

use super::Problem;

/// The file that names all others.
pub(super) const MANIFEST: &str = "manifest.json";
/// Files of one bundle.
const FILES_MAX: usize = 100_000;

/// The files of a bundle by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Writes an archive: the same files give the same bytes.
///
/// # Errors
/// If a name does not fit.
pub(super) fn write(files: &Files) -> Result<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    let manifest = files.get_key_value(MANIFEST);
    for (name, bytes) in manifest.into_iter().chain(files.iter().filter(|(name, _)| *name != MANIFEST)) {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_path(name).with_context(|| format!("`{name}` cannot be the name of a file in a bundle"))?;
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_cksum();
        builder.append(&header, bytes.as_slice())?;
    }
    Ok(builder.into_inner()?)
}

/// Reads an archive, and says where it is not as this program writes one.
pub(super) fn read(bytes: &[u8], problems: &mut Vec<Problem>) -> Files {
    let mut files = Files::new();
    let mut last = "its beginning".to_owned();
    let mut archive = Archive::new(bytes);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::new("the archive", format!("cannot be read: {error}")));
            return files;
        }
    };
    for entry in entries {
        let read = entry.and_then(|mut entry| {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut content = Vec::new();
            // The archive is in memory as a whole: an entry that claims more than there is ends with it.
            entry.read_to_end(&mut content)?;
            Ok((name, content))
        });
        match read {
            Ok((name, _)) if files.len() >= FILES_MAX => {
                let says = format!("`{name}` and what follows is not read: a bundle has at most {FILES_MAX} files");
                problems.push(Problem::new("the archive", says));
                break;
            }
            Ok((name, content)) => {
                if files.insert(name.clone(), content).is_some() {
                    problems.push(Problem::new(&name, "is in the archive twice"));
                }
                last = format!("`{name}`");
            }
            Err(error) => {
                problems.push(Problem::new("the archive", format!("cannot be read after {last}: {error}")));
                break;
            }
        }
    }
    // Whatever of the archive is not content has one form: names, order, sizes, and the padding between files.
    match write(&files) {
        Ok(own) => {
            if let Some(at) = differs(&own, bytes) {
                let says = format!("byte {at} is not as a bundle is written, {}", place(&files, at));
                problems.push(Problem::new("the archive", says));
            }
        }
        Err(error) => problems.push(Problem::new("the archive", format!("{error:#}"))),
    }
    files
}

fn differs(own: &[u8], given: &[u8]) -> Option<usize> {
    let at = own.iter().zip(given).position(|(own, given)| own != given);
    at.or_else(|| (own.len() != given.len()).then(|| own.len().min(given.len())))
}

/// Which file a byte of the archive belongs to.
fn place(files: &Files, at: usize) -> String {
    const BLOCK: usize = 512;
    let mut end = 0;
    let manifest = files.get_key_value(MANIFEST);
    for (name, bytes) in manifest.into_iter().chain(files.iter().filter(|(name, _)| *name != MANIFEST)) {
        let head = end + BLOCK;
        end = head + bytes.len().div_ceil(BLOCK) * BLOCK;
        if at < head {
            return format!("before the content of `{name}`");
        }
        if at < end {
            return format!("after the content of `{name}`");
        }
    }
    "at the end".to_owned()
}
