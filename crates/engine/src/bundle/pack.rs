//! The outermost layer of a bundle: gzip (RFC 1952), read by every tool, with the digest of the packed bytes in its
//! header, because a changed bit in packed bytes may unpack to the same content.
//!
//! ```text
//! 1f 8b 08 04 00000000 00 ff   gzip, deflate, one extra field, no time, no flags, no system
//! 24 00                        36 bytes of it
//! 42 47 20 00 <32 bytes>       "BG", 32 bytes: SHA-256 of all that follows in the file
//! <deflate> <CRC-32> <size>
//! ```

use std::io::{Read as _, Write as _};

use anyhow::{Result, bail};
use case::Digest;
use flate2::{Compression, Crc, bufread::DeflateDecoder, write::DeflateEncoder};

use super::Problem;

const HEAD: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 36, 0, b'B', b'G', 32, 0];
const DIGEST: usize = HEAD.len() + 32;
const TAIL: usize = 8;
/// A bundle unpacks to this many bytes at most.
pub(super) const UNPACKED_MAX: u64 = 1 << 30;
/// How well it is packed. Another number gives other bytes for the same content.
const LEVEL: u32 = 6;

/// Packs an archive.
///
/// # Errors
/// If it is larger than what is read again.
pub(super) fn pack(archive: &[u8]) -> Result<Vec<u8>> {
    if archive.len() as u64 > UNPACKED_MAX {
        bail!("the bundle has {} bytes: at most {UNPACKED_MAX} are read again; bundle fewer blocks", archive.len());
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder.write_all(archive)?;
    let mut body = encoder.finish()?;
    body.extend(tail(archive));
    let mut out = HEAD.to_vec();
    out.extend(Digest::of_bytes(&body).0);
    out.extend(body);
    Ok(out)
}

/// Whether these bytes begin as a bundle does, as far as somebody who asks what a file is may want to know.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&HEAD[..2])
}

/// Unpacks an archive, and says what is not as it was packed. What can be unpacked is looked at all the same: it tells
/// which file was changed.
///
/// # Errors
/// If nothing can be unpacked.
pub(super) fn unpack(bytes: &[u8], problems: &mut Vec<Problem>) -> Result<Vec<u8>> {
    let Some((head, body)) = bytes.split_at_checked(DIGEST).filter(|(_, body)| body.len() > TAIL) else {
        bail!("{} bytes are no bundle", bytes.len());
    };
    let mut broken = |at: String, says: &str| problems.push(Problem::new(format!("the file, {at}"), says));
    if let Some(at) = head.iter().zip(&HEAD).position(|(given, own)| given != own) {
        broken(format!("byte {at}"), "is not that of a bundle's head: it was changed");
    }
    if Digest::of_bytes(body).0 != head[HEAD.len()..] {
        let at = format!("bytes {} to {}", HEAD.len(), bytes.len());
        broken(at, "do not have the digest they were packed with: a byte was changed, here or in the digest");
    }
    let (packed, given_tail) = body.split_at(body.len() - TAIL);
    let mut decoder = DeflateDecoder::new(packed);
    let mut archive = Vec::new();
    let end = (&mut decoder).take(UNPACKED_MAX + 1).read_to_end(&mut archive);
    if archive.len() as u64 > UNPACKED_MAX {
        bail!("it unpacks to more than {UNPACKED_MAX} bytes: it is no bundle of ours");
    }
    let used = DIGEST as u64 + decoder.total_in();
    match end {
        Err(error) => broken(format!("about byte {used}"), &format!("cannot be unpacked any further: {error}")),
        Ok(_) if tail(&archive) != given_tail || decoder.total_in() < packed.len() as u64 => {
            broken(format!("byte {used}"), "what was unpacked up to here is not what was packed");
        }
        Ok(_) => {}
    }
    Ok(archive)
}

fn tail(archive: &[u8]) -> [u8; TAIL] {
    let mut crc = Crc::new();
    crc.update(archive);
    let mut tail = [0; TAIL];
    tail[..4].copy_from_slice(&crc.sum().to_le_bytes());
    tail[4..].copy_from_slice(&crc.amount().to_le_bytes());
    tail
}
