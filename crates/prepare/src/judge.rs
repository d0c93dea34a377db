//! From answers to how ready each contract is.

use std::collections::BTreeMap;

use atlas::{Contract, Protocol, Selectors, Signature};
use case::{Readiness, ReadinessCheck, ReadinessFinding, ReadinessState};
use facts::{Address, Answer, U256};

use crate::{
    Asked,
    questions::STRANGER,
    verdict::{balance, gap, has_effect, ran, ready, reason, unknown, words},
};

/// How ready every contract of a protocol is, in the protocol's order. `answers` belong to [`crate::questions`] about the
/// same protocol and signers; what was not asked or not answered is not known.
pub fn judge(
    protocol: &Protocol,
    signers: &BTreeMap<String, Address>,
    answers: &[(Asked, Answer)],
    selectors: &Selectors,
) -> Vec<Readiness> {
    let of = |contract: &Contract| {
        let own: Vec<&(Asked, Answer)> =
            answers.iter().filter(|(asked, _)| asked.contract == contract.account).collect();
        let on = own.first().map(|(asked, _)| asked.question.at.clone());
        let bench = Bench { contract, signers, own, selectors };
        let mut findings = vec![
            bench.finding(ReadinessCheck::Code, Bench::code),
            bench.finding(ReadinessCheck::Implementation, Bench::implementation),
            bench.finding(ReadinessCheck::Pause, Bench::pause),
            bench.finding(ReadinessCheck::Unpause, Bench::unpause),
            bench.finding(ReadinessCheck::Stranger, Bench::stranger),
            bench.finding(ReadinessCheck::Gas, Bench::gas),
        ];
        if contract.pause.is_none() {
            // Without a brake there is nothing more to say about it.
            findings.truncate(3);
        }
        Readiness { contract: contract.account.clone(), name: contract.name.clone(), on, findings }
    };
    protocol.contracts().iter().map(of).collect()
}

/// One contract with the answers about it. A check that cannot be made says why in place of its result.
struct Bench<'a> {
    contract: &'a Contract,
    signers: &'a BTreeMap<String, Address>,
    own: Vec<&'a (Asked, Answer)>,
    selectors: &'a Selectors,
}

type Judged = Result<ReadinessState, ReadinessState>;

impl Bench<'_> {
    fn finding(&self, check: ReadinessCheck, judge: impl Fn(&Self) -> Judged) -> ReadinessFinding {
        let state = judge(self).unwrap_or_else(|instead| instead);
        ReadinessFinding { check, state }
    }

    fn answer(&self, check: ReadinessCheck) -> Result<&Answer, ReadinessState> {
        let found = self.own.iter().find(|(asked, _)| asked.check == check);
        found.map(|(_, answer)| answer).ok_or_else(|| {
            let chain = &self.contract.account.chain;
            unknown(format!("nothing could be asked on chain `{chain}`: see that it is followed, and look again"))
        })
    }

    fn code(&self) -> Judged {
        let [size] = words(self.answer(ReadinessCheck::Code)?)?;
        Ok(if size.is_zero() {
            let remedy = "compare address and chain in `protocol.toml` with the deployment";
            gap(format!("there is no code at {}", self.contract.account), remedy)
        } else {
            ready(format!("{size} bytes of code"))
        })
    }

    fn implementation(&self) -> Judged {
        let [code, code_size, beacon, beacon_size] = words(self.answer(ReadinessCheck::Implementation)?)?;
        let at = |word: U256| Address::from_word(word.into());
        let judge = |what: &str, word: U256, size: U256| {
            if size.is_zero() {
                let remedy = "whoever may upgrade has to point the proxy at the right code";
                gap(format!("the proxy's {what} {} has no code", at(word)), remedy)
            } else {
                ready(format!("the proxy's {what} is {}, with {size} bytes of code", at(word)))
            }
        };
        Ok(match (code.is_zero(), beacon.is_zero()) {
            (false, _) => judge("implementation", code, code_size),
            (true, false) => judge("beacon", beacon, beacon_size),
            (true, true) => ready("it names no other code in the slots of EIP-1967"),
        })
    }

    /// The pause and the one who may call it.
    fn brake(&self) -> Result<(&Signature, &str, Address), ReadinessState> {
        let Contract { name, pause, signer, .. } = self.contract;
        let Some(pause) = pause else {
            let remedy = "name the function that stops it as `pause` in `protocol.toml`, or say who else can stop it";
            return Err(gap(format!("nothing is named that stops {name}"), remedy));
        };
        let Some(signer) = signer else {
            let remedy = "name who may pause as `signer` in `protocol.toml`";
            return Err(gap(format!("nobody is named who may call `{pause}`"), remedy));
        };
        let Some(address) = self.signers.get(signer) else {
            let remedy = format!("add `[signer.{signer}]` to `breakglass.toml`");
            return Err(gap(format!("signer `{signer}` has no key here"), remedy));
        };
        Ok((pause, signer, *address))
    }

    fn pause(&self) -> Judged {
        let (pause, signer, address) = self.brake()?;
        let tried = &ran(self.answer(ReadinessCheck::Pause)?, 1)?.txs[0];
        Ok(if has_effect(tried) {
            ready(format!("`{pause}` takes effect when `{signer}` sends it, for {} gas", tried.gas_used))
        } else if tried.succeeded() {
            let remedy =
                "compare the function in `protocol.toml` with the contract: a call that nobody answers succeeds";
            gap(format!("`{pause}` succeeds and changes nothing"), remedy)
        } else {
            let why = reason(tried, self.selectors);
            let remedy =
                format!("give {address} the right to pause; if it is paused already, look again when it is not");
            gap(format!("`{pause}` fails when `{signer}` sends it: {why}"), remedy)
        })
    }

    fn unpause(&self) -> Judged {
        let (pause, signer, address) = self.brake()?;
        let Some(unpause) = &self.contract.unpause else {
            let remedy = "name the function that lets it go on as `unpause` in `protocol.toml`";
            return Ok(gap(format!("nothing is named that undoes `{pause}`: no machine may pause alone"), remedy));
        };
        let tried = &ran(self.answer(ReadinessCheck::Unpause)?, 2)?.txs;
        Ok(match &tried[..] {
            [paused, _] if !has_effect(paused) => {
                unknown(format!("`{pause}` has no effect, so that there is nothing to undo"))
            }
            [_, undone] if has_effect(undone) => {
                ready(format!("`{unpause}` undoes `{pause}` when `{signer}` sends it"))
            }
            [_, undone] if undone.succeeded() => {
                let remedy = "compare the function in `protocol.toml` with the contract";
                gap(format!("`{unpause}` succeeds after `{pause}` and changes nothing"), remedy)
            }
            [_, undone] => {
                let why = reason(undone, self.selectors);
                let remedy = format!(
                    "see that whoever may call `{unpause}` can be reached: once paused, {address} cannot take it back"
                );
                gap(format!("`{unpause}` fails when `{signer}` sends it after `{pause}`: {why}"), remedy)
            }
            _ => unknown("the question was answered as another one"),
        })
    }

    fn stranger(&self) -> Judged {
        let Some(pause) = &self.contract.pause else { return Err(unknown("nothing is named that stops it")) };
        let tried = &ran(self.answer(ReadinessCheck::Stranger)?, 1)?.txs[0];
        if has_effect(tried) {
            let remedy = "let only those pause who are trusted with it: whoever can pause can hold everybody's money";
            return Ok(gap(format!("anybody can call `{pause}`: {STRANGER} did"), remedy));
        }
        if tried.succeeded() {
            return Ok(unknown(format!("a stranger's `{pause}` succeeds and changes nothing, which shows nothing")));
        }
        // A pause that fails for everybody says nothing about who may call it.
        let works = self.answer(ReadinessCheck::Pause).and_then(|answer| ran(answer, 1));
        Ok(match works {
            Ok(ran) if has_effect(&ran.txs[0]) => {
                ready(format!("a stranger's `{pause}` fails: {}", reason(tried, self.selectors)))
            }
            _ => unknown(format!("a stranger's `{pause}` fails, and that of the signer was not seen to work")),
        })
    }

    fn gas(&self) -> Judged {
        let (pause, signer, address) = self.brake()?;
        let ran = ran(self.answer(ReadinessCheck::Pause)?, 1)?;
        let Some(held) = balance(ran, address) else {
            return Ok(unknown(format!("the balance of {address} was not seen")));
        };
        let used = U256::from(ran.txs[0].gas_used.max(1));
        Ok(if held.is_zero() {
            gap(format!("`{signer}` has no coin to pay for gas"), format!("send {address} enough for many `{pause}`"))
        } else {
            ready(format!("`{signer}` can pay for `{pause}` up to {} wei a gas", held / used))
        })
    }
}
