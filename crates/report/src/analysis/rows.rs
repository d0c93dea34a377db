//! From what was gathered to the document.

use atlas::Taxonomy;
use facts::{Asset, Frame, FrameKind, FrameStatus, Log, NetChange, Steps, TxFacts, U256};

use super::{
    borrowed::{self, Loan},
    cast::Cast,
    failure::failed_in,
    material::{Material, Sender},
    model::{
        Analysis, Borrowed, CallRow, ChangeRow, Coin, CreatedRow, DelegationRow, EventRow, Fees, FlowRow, NetRow,
        ReentryRow, SCHEMA, SenderRow, StepRow, StepsRow, Told, Weakness, WeaknessEvidence, WriteRow,
    },
    observed, pools,
    reentry::{self, Reentry},
    sides::Sides,
    storage, story,
};

/// Tells everything that the material shows.
pub fn analyse(material: &Material<'_>) -> Analysis {
    let mut blind: Vec<String> = material.blind.iter().map(|blind| blind.why.clone()).collect();
    if let Sender::Contradicted { named, signed } = material.sender {
        blind.push(format!(
            "the sender is not who the source names: it names `{named}`, and the signature is of `{signed}`; whatever \
             was executed as `{named}` is not proved, and the source is not to be trusted"
        ));
    }
    Analysis {
        schema: SCHEMA,
        chain: material.chain.id.clone(),
        chain_name: material.chain.name.clone(),
        block: material.block.number,
        block_hash: material.block.hash,
        timestamp: material.timestamp,
        tx: material.hash,
        sight: material.sight,
        cannot_see: material.sight.cannot_see().to_vec(),
        blind,
        coin: Coin {
            asset: facts::AssetId::of(&material.chain.id, &Asset::Native, material.chain.slip44),
            symbol: material.chain.symbol.clone(),
            decimals: material.chain.decimals,
        },
        told: material.facts.map(|facts| told(material, facts)),
    }
}

/// Everything that the story is told from.
pub(super) struct Findings<'a> {
    pub(super) material: &'a Material<'a>,
    pub(super) facts: &'a TxFacts,
    pub(super) net: &'a [NetChange],
    pub(super) cast: &'a Cast<'a>,
    pub(super) sides: &'a Sides,
    pub(super) loans: &'a [Loan],
    pub(super) reentries: &'a [Reentry],
    pub(super) prices: &'a [super::PriceRow],
    pub(super) readings: &'a [super::ReadingRow],
    pub(super) storage: &'a [super::SlotRow],
    pub(super) fees: &'a Fees,
    pub(super) failed_in: Option<u32>,
}

impl Findings<'_> {
    /// The function that a frame runs, by its name without arguments.
    pub(super) fn function(&self, frame: u32) -> Option<String> {
        let frame = self.facts.frames.get(frame as usize)?;
        let selector = frame.selector()?;
        let known = self.material.selectors.selector(selector).map(|known| known.name().to_owned());
        Some(known.unwrap_or_else(|| selector.to_string()))
    }
}

fn told(material: &Material<'_>, facts: &TxFacts) -> Told {
    let mut cast = Cast::of(material, facts);
    let loans = borrowed::loans(facts);
    let sides = Sides::of(material, facts, &loans);
    let reentries = reentry::reentries(facts);
    let prices = pools::prices(material, &mut cast, facts);
    let readings = observed::readings(material, &cast, facts);
    let fees = fees(material, facts, &sides);
    let failed_in = failed_in(facts);
    let storage = storage::slots(material, &cast, facts);
    let net = facts.net();
    let findings = Findings {
        material,
        facts,
        net: &net,
        cast: &cast,
        sides: &sides,
        loans: &loans,
        reentries: &reentries,
        prices: &prices,
        readings: &readings,
        storage: &storage,
        fees: &fees,
        failed_in,
    };
    let story = story::tell(&findings);
    let reentries = reentries.iter().map(|held| reentry_row(&findings, held)).collect();
    let named = match material.sender {
        Sender::Contradicted { named, .. } => named,
        sender => sender.account(),
    };
    let signed = match material.sender {
        Sender::Unproved(_) => None,
        sender => Some(cast.id(sender.account())),
    };
    let root = facts.frames.first();
    Told {
        index: facts.index,
        kind: material.tx.map(|tx| tx.kind),
        from: cast.id(material.sender.account()),
        sender: SenderRow { named: cast.id(named), signed },
        to: facts.to.map(|to| cast.id(to)),
        nonce: facts.nonce,
        value: root.map_or(U256::ZERO, |root| root.value).to_string(),
        status: facts.status(),
        reason: root.and_then(|frame| reason(material, frame)),
        failed_in,
        gas_limit: facts.gas_limit,
        gas_used: facts.gas_used,
        gas_price: facts.gas_price.to_string(),
        story,
        weaknesses: weaknesses(material),
        borrowed: loans.iter().map(|loan| borrowed_row(&cast, loan)).collect(),
        prices,
        readings,
        reentries,
        calls: facts.frames.iter().map(|frame| call(material, &cast, frame)).collect(),
        flows: facts
            .flows
            .iter()
            .map(|flow| FlowRow {
                asset: cast.asset(&flow.asset),
                from: cast.id(flow.from),
                to: cast.id(flow.to),
                amount: flow.amount,
                kind: flow.kind,
                frame: flow.frame,
            })
            .collect(),
        net: net
            .iter()
            .filter(|net| net.gain() != net.loss())
            .map(|net| NetRow {
                account: cast.id(net.account),
                asset: cast.asset(&net.asset),
                gained: net.gain(),
                lost: net.loss(),
                before: facts.holding(net.account, &net.asset).map(|(before, _)| before),
                own_side: sides.is_own(net.account),
            })
            .collect(),
        storage,
        writes: facts
            .writes
            .iter()
            .map(|write| WriteRow {
                account: cast.id(write.address),
                slot: write.slot.into(),
                before: write.before.into(),
                after: write.after.into(),
                frame: write.frame,
            })
            .collect(),
        events: facts.logs.iter().map(|log| event(material, &cast, log)).collect(),
        changes: facts
            .changes
            .iter()
            .map(|change| ChangeRow {
                contract: cast.id(change.contract),
                kind: change.kind,
                before: change.before,
                after: change.after,
                announced: change.announced,
                frame: change.frame,
            })
            .collect(),
        created: facts
            .codes
            .iter()
            .map(|code| CreatedRow {
                account: cast.id(code.address),
                creator: cast.id(code.creator),
                code_hash: code.hash,
                bytes: code.size,
                frame: code.frame,
            })
            .collect(),
        delegations: facts
            .delegations
            .iter()
            .map(|given| DelegationRow {
                account: cast.id(given.account),
                code: (!given.code.is_zero()).then(|| cast.id(given.code)),
            })
            .collect(),
        steps: material.steps.iter().map(steps).collect(),
        accounts: cast.accounts(),
        tokens: cast.tokens(),
        fees,
    }
}

/// Gas and blobs by their prices, and what calls paid to whoever receives the block's fees.
fn fees(material: &Material<'_>, facts: &TxFacts, sides: &Sides) -> Fees {
    let blobs = material.tx.map_or(0, |tx| tx.blob_hashes.len() as u64);
    let builder = facts
        .flows
        .iter()
        .filter(|flow| flow.asset == Asset::Native && Some(flow.to) == material.builder && sides.is_own(flow.from));
    Fees {
        gas: U256::from(facts.gas_used) * U256::from(facts.gas_price),
        // Each blob takes 131,072 of blob gas (EIP-4844).
        blobs: U256::from(blobs * 131_072) * U256::from(material.blob_price.unwrap_or_default()),
        builder: builder.fold(U256::ZERO, |sum, flow| sum.saturating_add(flow.amount)),
    }
}

fn borrowed_row(cast: &Cast<'_>, loan: &Loan) -> Borrowed {
    Borrowed {
        lender: cast.id(loan.lender),
        borrower: cast.id(loan.borrower),
        asset: cast.asset(&loan.asset),
        amount: loan.amount,
        fee: loan.fee,
        frame: loan.frame,
    }
}

fn reentry_row(findings: &Findings<'_>, held: &Reentry) -> ReentryRow {
    ReentryRow {
        account: findings.cast.id(held.account),
        frame: held.frame,
        outer: held.outer,
        by: findings.cast.id(held.by),
        outer_function: findings.function(held.outer),
        function: findings.function(held.frame),
        read_only: held.read_only,
        stale_slot: held.stale_slot,
    }
}

fn call(material: &Material<'_>, cast: &Cast<'_>, frame: &Frame) -> CallRow {
    let creates = matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    let decoded = if creates { None } else { material.selectors.decode_call(&frame.input) };
    CallRow {
        depth: frame.depth,
        parent: frame.parent,
        end: frame.end,
        kind: frame.kind,
        from: cast.id(frame.caller),
        to: cast.id(frame.target),
        code: (frame.code != frame.target && !creates).then(|| cast.id(frame.code)),
        value: frame.value.to_string(),
        function: decoded.map(|call| call.to_string()),
        selector: frame.selector(),
        input_bytes: frame.input.len(),
        input: frame.input.clone(),
        output: (!creates).then(|| frame.output.clone()),
        cut: frame.clipped,
        status: frame.status,
        reason: reason(material, frame),
        gas_limit: frame.gas_limit,
        gas_used: frame.gas_used,
        effective: frame.effective,
    }
}

fn reason(material: &Material<'_>, frame: &Frame) -> Option<String> {
    (frame.status == FrameStatus::Revert).then(|| material.selectors.decode_revert(&frame.output).to_string())
}

fn event(material: &Material<'_>, cast: &Cast<'_>, log: &Log) -> EventRow {
    let known = log.topics.first().and_then(|topic| material.selectors.topic(*topic));
    EventRow {
        account: cast.id(log.address),
        event: known.map(ToString::to_string),
        told: None,
        topics: log.topics.clone(),
        data: log.data.clone(),
        frame: log.frame,
    }
}

/// What the rules suspect, the worst first. What could not be seen is said elsewhere.
fn weaknesses(material: &Material<'_>) -> Vec<Weakness> {
    let taxonomy = Taxonomy::embedded();
    let known = material.alerts.iter().filter(|alert| taxonomy.contains(&alert.kind));
    let mut rows: Vec<Weakness> = known
        .map(|alert| Weakness {
            kind: alert.kind.clone(),
            says: taxonomy.describe(&alert.kind).map(str::to_owned),
            rule: alert.rule.to_string(),
            severity: alert.severity,
            confidence: alert.confidence.percent(),
            subject: alert.subject.clone(),
            message: alert.message.clone(),
            evidence: alert
                .evidence
                .iter()
                .map(|one| WeaknessEvidence { says: one.says.clone(), frame: one.frame })
                .collect(),
            attackers: alert.attackers.clone(),
            victims: alert.victims.clone(),
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.severity, row.confidence)));
    rows
}

fn steps(held: &Steps) -> StepsRow {
    let word = |number: &U256| format!("{number:#x}");
    StepsRow {
        frame: held.frame,
        of: held.of,
        steps: held
            .steps
            .iter()
            .map(|step| StepRow {
                pc: step.pc,
                op: step.name.clone(),
                gas: step.gas,
                cost: step.cost,
                stack: step.stack.iter().map(word).collect(),
                stack_len: step.stack_len,
                memory_len: step.memory_len,
                memory: step.memory.clone(),
                storage: step.storage.map(|(slot, value)| (word(&slot), word(&value))),
            })
            .collect(),
    }
}
