//! `[crossing]`: what is locked on one chain, and what was issued against it on another.

use facts::{Address, Bytes, ChainId, U256};
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{parse_decimal, standing::QuestionFile};
use crate::{Fault, place::File};

/// Decimals of a token: one digit more than 256 bits hold would be too many, and nobody uses half of them.
const DECIMALS_MAX: u8 = 36;
/// Seconds of a window: a week, which is what an optimistic rollup takes.
const LAG_MAX: u64 = 7 * 86_400;
/// Seconds after which a silent side is told, where the card does not say.
const STALE: u64 = 3_600;
/// `balanceOf(address)`.
const BALANCE_OF: [u8; 4] = [0x70, 0xa0, 0x82, 0x31];

/// The section, as a card has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrossingFile {
    lag_seconds: Spanned<u64>,
    stale_seconds: Option<Spanned<u64>>,
    slack_bp: Option<Spanned<u64>>,
    in_transit_max: Option<Spanned<String>>,
    backing: Spanned<SideFile>,
    issue: Spanned<SideFile>,
}

/// One side: what is asked there, as in a standing question.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SideFile {
    chain: ChainId,
    address: Address,
    holder: Option<Address>,
    slot: Option<Spanned<String>>,
    call: Option<Spanned<String>>,
    input: Option<Bytes>,
    decimals: Spanned<u8>,
}

/// How the two sides are held against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CrossingText {
    /// For so long the issue has to stand above all that the backing was meanwhile.
    pub(crate) lag_s: u64,
    /// After so long a side that says nothing new is told.
    pub(crate) stale_s: u64,
    /// How far the backing may fall short, in basis points of it.
    pub(crate) slack_bp: u64,
    /// What no crossing under way explains, in the finer of both units: it is told at once.
    pub(crate) in_transit: Option<U256>,
    /// Decimals of the backing and of the issue.
    pub(crate) decimals: [u8; 2],
}

impl CrossingFile {
    /// The names of the questions, backing first.
    const SIDES: [&str; 2] = ["backing", "issue"];

    /// Where it stands.
    pub(super) fn at(&self) -> usize {
        self.lag_seconds.span().start
    }

    /// What is asked on both chains, and how the answers are compared.
    pub(super) fn read(self, file: &File<'_>) -> Result<(Vec<QuestionFile>, CrossingText), Fault> {
        let seconds = |given: &Spanned<u64>, max: u64| match *given.get_ref() {
            given if (1..=max).contains(&given) => Ok(given),
            other => {
                let what = format!("`{other}` seconds are out of range");
                Err(file.fault(given.span().start, what, format!("give 1 to {max}")))
            }
        };
        let lag_s = seconds(&self.lag_seconds, LAG_MAX)?;
        let stale_s = self.stale_seconds.as_ref().map(|given| seconds(given, 10 * LAG_MAX)).transpose()?;
        let slack_bp = self.slack_bp.as_ref().map_or(Ok(0), |given| match *given.get_ref() {
            slack @ 0..=10_000 => Ok(slack),
            other => Err(file.fault(given.span().start, format!("`{other}` is not a share"), "give 0 to 10000")),
        })?;
        if self.backing.get_ref().chain == self.issue.get_ref().chain {
            let what = "both sides are on one chain";
            let hint = "use the invariant `backing-covers-issue`, which judges at once";
            return Err(file.fault(self.issue.span().start, what, hint));
        }
        let (mut decimals, mut questions) = ([0; 2], Vec::new());
        for (held, (side, name)) in [self.backing, self.issue].into_iter().zip(Self::SIDES).enumerate() {
            let at = side.span().start;
            let side = side.into_inner();
            if *side.decimals.get_ref() > DECIMALS_MAX {
                let what = format!("`{}` decimals are too many", side.decimals.get_ref());
                return Err(file.fault(side.decimals.span().start, what, format!("give 0 to {DECIMALS_MAX}")));
            }
            decimals[held] = side.decimals.into_inner();
            let input = match (side.holder, side.input) {
                (Some(_), Some(_)) => {
                    let hint = "keep `holder` for what an account holds of the token, or the whole `input`";
                    return Err(file.fault(at, "it is asked in two ways", hint));
                }
                (Some(holder), None) => Some([&BALANCE_OF[..], holder.into_word().as_slice()].concat().into()),
                (None, input) => input,
            };
            questions.push(QuestionFile {
                name: Spanned::new(at..at, name.to_owned()),
                chain: side.chain,
                address: side.address,
                slot: side.slot,
                call: side.call,
                input,
            });
        }
        let finest = usize::from(decimals[0].max(decimals[1]));
        let in_transit = |given: &Spanned<String>| {
            parse_decimal(given.get_ref(), finest)
                .map_err(|why| file.fault(given.span().start, why, "write whole tokens as a text, such as \"250000\""))
        };
        let in_transit = self.in_transit_max.as_ref().map(in_transit).transpose()?;
        Ok((
            questions,
            CrossingText { lag_s, stale_s: stale_s.unwrap_or(STALE.max(lag_s)), slack_bp, in_transit, decimals },
        ))
    }
}
