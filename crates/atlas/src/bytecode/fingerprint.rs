//! How alike two codes are, whatever constants stand in them.
//!
//! Five instructions at a time are hashed, without what they push and without which slot of the stack they move; the
//! 256 smallest hashes are kept (bottom-k sketch, Cohen 1997). Two of these say how many of such fives two codes share,
//! exactly for small code and within a few in a hundred for large code.

use std::{fmt, str::FromStr};

use super::{
    opcode::op,
    walk::{Code, Lately, Marks},
};

/// How many hashes are kept.
const KEPT: usize = 256;
/// How many instructions are hashed together.
const GRAM: usize = 5;

/// A sketch of code. Its text is a number and the kept hashes, and can be kept in a rule.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Fingerprint {
    /// The smallest hashes, ascending.
    kept: Vec<u32>,
    /// How many different ones there were.
    count: u32,
}

/// A text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint; copy the whole of what the program wrote: `v1:`, a count, `:` and hex digits")]
pub struct FingerprintError;

impl Fingerprint {
    pub(super) fn of(code: &Code<'_>, live: &Marks) -> Self {
        let (mut hashes, mut lately) = (Vec::with_capacity(code.bytes.len() / 2), Lately::default());
        let (mut row, mut len) = (0_u64, 0);
        for step in code.steps(0).filter(|step| live.has(step.at)) {
            row = row << 8 & 0xff_ffff_ffff | u64::from(KINDS[usize::from(step.byte)]);
            len += 1;
            if len >= GRAM && lately.is_new(row.wrapping_mul(0x9e37_79b9_7f4a_7c15), row) {
                hashes.push(mixed(row));
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        let count = u32::try_from(hashes.len()).unwrap_or(u32::MAX);
        hashes.truncate(KEPT);
        Self { count, kept: hashes.as_slice().into() }
    }

    /// Whether nothing can be compared: code of fewer than five instructions, or none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many different fives there were.
    pub fn fives(&self) -> u32 {
        self.count
    }

    /// How many of the fives of both are in both, in basis points: 10,000 for the same code with other constants. 0
    /// where one of them is empty.
    pub fn similarity(&self, other: &Self) -> u16 {
        let (both, all) = self.shared(other);
        (both * 10_000).checked_div(all).and_then(|share| u16::try_from(share).ok()).unwrap_or(0)
    }

    /// How much of `self` is in `other`, in basis points: 10,000 where `other` only has more. Rougher than
    /// [`Fingerprint::similarity`] when `other` is much larger.
    pub fn contained_in(&self, other: &Self) -> u16 {
        let (both, all) = self.shared(other);
        if both == 0 {
            return 0;
        }
        // From the share of both in the union, j, and the sizes: |a and b| = j / (1 + j) * (|a| + |b|).
        let (both, all) = (both as u128, all as u128);
        let sizes = u128::from(self.count) + u128::from(other.count);
        let share = both * sizes * 10_000 / ((all + both) * u128::from(self.count).max(1));
        u16::try_from(share.min(10_000)).unwrap_or(10_000)
    }

    /// Of the smallest hashes of the union: how many are in both, and how many there are.
    fn shared(&self, other: &Self) -> (usize, usize) {
        let (mut a, mut b) = (self.kept.iter().peekable(), other.kept.iter().peekable());
        if a.peek().is_none() || b.peek().is_none() {
            return (0, 0);
        }
        let (mut both, mut all) = (0, 0);
        // A sketch that was cut says nothing of larger hashes.
        while all < KEPT {
            match (a.peek(), b.peek()) {
                (Some(x), Some(y)) => {
                    let order = x.cmp(y);
                    both += usize::from(order.is_eq());
                    if order.is_le() {
                        a.next();
                    }
                    if order.is_ge() {
                        b.next();
                    }
                }
                (Some(_), None) => drop(a.next()),
                (None, Some(_)) => drop(b.next()),
                (None, None) => break,
            }
            all += 1;
        }
        (both, all)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{}:", self.count)?;
        self.kept.iter().try_for_each(|hash| write!(f, "{hash:08x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({} fives, {} kept)", self.count, self.kept.len())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let (count, hex) = text.strip_prefix("v1:").and_then(|rest| rest.split_once(':')).ok_or(FingerprintError)?;
        let count: u32 = count.parse().map_err(|_| FingerprintError)?;
        let plain = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !plain || hex.len() % 8 != 0 || hex.len() > 8 * KEPT {
            return Err(FingerprintError);
        }
        let hash = |at: usize| u32::from_str_radix(&hex[at..at + 8], 16).map_err(|_| FingerprintError);
        let kept: Vec<u32> = (0..hex.len()).step_by(8).map(hash).collect::<Result<_, _>>()?;
        let ascending = kept.windows(2).all(|pair| pair[0] < pair[1]);
        let counted = count as usize == kept.len() || count as usize > KEPT && kept.len() == KEPT;
        if ascending && counted { Ok(Self { kept, count }) } else { Err(FingerprintError) }
    }
}

/// All pushes are one kind, and so are all copies and all exchanges on the stack: other constants and another order of
/// variables move those.
static KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let (mut kinds, mut byte) = ([0; 256], 0_u8);
    loop {
        kinds[byte as usize] = match byte {
            op::PUSH0..=op::PUSH32 => op::PUSH1,
            0x80..=0x8f => 0x80,
            0x90..=0x9f => 0x90,
            other => other,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014), its upper half. Written down in rules: it may not change.
fn mixed(row: u64) -> u32 {
    let mut hash = row.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((hash ^ hash >> 31) >> 32).unwrap_or_default()
}
