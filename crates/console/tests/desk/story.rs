//! A realistic incident, entry by entry, for tests and for the showcase: a vault is drained through re-entrancy, two
//! rules of different families notice, a plan is made, rehearsed, approved, carried out and confirmed.
#![allow(dead_code, reason = "each test tells only the part of the story that it needs")]

use case::{
    Actor, Alert, AlertId, AlertRaised, Approved, Attached, Call, CaseId, CaseOpened, Confidence, Confirmed, Ctx,
    DataFile, Digest, Draft, Event, Evidence, EvidenceKind, Fingerprint, Harm, IdempotencyKey, Intent, Limits, Loss,
    Plan, PlanProposed, Precondition, Raised, Receipt, Rehearsal, Rehearsed, RuleRef, Severity, Step, Stream,
    Suppressed, Timestamp, Verdict,
};
use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, ChainId, U256};
use jiff::SignedDuration;
use serde_json::json;

/// What is told: everything else follows from it.
#[derive(Clone)]
pub struct Tale {
    /// Seconds before `now` at which the attack's block was mined.
    pub began_s_ago: i64,
    /// Makes hashes and addresses differ between tales.
    pub salt: u8,
    pub title: String,
    pub message: String,
    pub severity: Severity,
    pub block: u64,
    pub ether: u64,
    pub kind: &'static str,
}

impl Tale {
    pub fn vault() -> Self {
        Self {
            began_s_ago: 148,
            salt: 0xa1,
            title: "Demo Vault is being drained through re-entrancy".into(),
            message: "Demo Vault lost 41.20 % of its holdings in one transaction and got nothing back".into(),
            severity: Severity::Critical,
            block: 21_438_902,
            ether: 1_843,
            kind: "reentrancy/classic",
        }
    }
}

/// The storyteller: drafts in the order in which they were written.
pub struct Story {
    pub tale: Tale,
    pub case: CaseId,
    pub drain: Alert,
    pub reentry: Alert,
    pub plan: Plan,
    pub digest: Digest,
    now: Timestamp,
    clock_ms: i64,
    drafts: Vec<Draft>,
}

pub fn chain() -> ChainId {
    ChainId::eip155(1)
}

pub fn account(byte: u8) -> AccountId {
    AccountId { chain: chain(), address: Address::repeat_byte(byte) }
}

pub fn ether() -> AssetId {
    AssetId::of(&chain(), &Asset::Native, 60)
}

pub fn token() -> AssetId {
    AssetId::of(&chain(), &Asset::Erc20(Address::repeat_byte(0xda)), 60)
}

fn digest(text: &str) -> Digest {
    Digest::of_bytes(text.as_bytes())
}

fn hash(text: &str, salt: u8) -> B256 {
    B256::from(Digest::of_bytes(format!("{text} {salt}").as_bytes()).0)
}

impl Story {
    pub fn new(tale: Tale, now: Timestamp) -> Self {
        let began = now - SignedDuration::from_secs(tale.began_s_ago);
        let seen_at = BlockRef {
            chain: chain(),
            number: tale.block,
            hash: hash("block", tale.salt),
            parent: hash("parent", tale.salt),
        };
        let (vault, attacker) = (account(tale.salt), account(tale.salt.wrapping_add(1)));
        let wei = U256::from(tale.ether) * U256::from(10).pow(U256::from(18)) + U256::from(204_117_000_000_000_000u64);
        let tx = hash("attack", tale.salt);
        let fact = |kind, frame, says: &str| Evidence { kind, tx: Some(tx), frame, says: says.into() };
        let drain = Alert {
            rule: RuleRef { id: "drain".into(), hash: digest("drain rule") },
            family: "value".into(),
            kind: "drain/unreturned".into(),
            subject: vault.clone(),
            severity: tale.severity,
            confidence: Confidence::new(96),
            block_time: began.as_second().unsigned_abs(),
            seen_at,
            tx: Some(tx),
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(format!("drain/{vault}")),
            evidence: vec![
                fact(EvidenceKind::Flow, Some(4), "1843.204117 ETH left the vault in 7 transfers to one account"),
                fact(EvidenceKind::Balance, None, "the vault held 4473.6 ETH before and 2630.4 ETH after"),
            ],
            attackers: vec![attacker.clone()],
            victims: vec![vault.clone()],
            losses: vec![
                Loss { account: vault.clone(), asset: ether(), amount: wei, share_bp: Some(4_120) },
                Loss { account: vault.clone(), asset: token(), amount: U256::from(912_000_450_000u64), share_bp: None },
            ],
            message: tale.message.clone(),
            announcement: None,
        };
        let reentry = Alert {
            rule: RuleRef { id: "reentrancy".into(), hash: digest("reentrancy rule") },
            family: "calls".into(),
            kind: "reentrancy/classic".into(),
            confidence: Confidence::new(92),
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(format!("reentrancy/{vault}")),
            evidence: vec![
                fact(EvidenceKind::Call, Some(9), "withdraw(uint256) was entered again 6 times before it had finished"),
                fact(EvidenceKind::Storage, Some(9), "the balance slot was written after the money had left"),
            ],
            losses: Vec::new(),
            message: "withdraw(uint256) was re-entered with effect".into(),
            ..drain.clone()
        };
        let id = drain.id().expect("an alert has an id");
        let case = CaseId::opened_by(&id);
        let plan = plan(&case, &vault, now, began);
        let digest = plan.digest().expect("a plan has a digest");
        let clock_ms = began.as_millisecond() + 240;
        Self { tale, case, drain, reentry, plan, digest, now, clock_ms, drafts: Vec::new() }
    }

    /// Everything told since the last time.
    pub fn take(&mut self) -> Vec<Draft> {
        std::mem::take(&mut self.drafts)
    }

    pub fn drain_id(&self) -> AlertId {
        self.drain.id().expect("an alert has an id")
    }

    pub fn reentry_id(&self) -> AlertId {
        self.reentry.id().expect("an alert has an id")
    }

    fn tell(&mut self, after_ms: i64, stream: Stream, who: Actor, why: &str, event: Event) -> &mut Self {
        self.clock_ms = (self.clock_ms + after_ms).min(self.now.as_millisecond());
        let now = Timestamp::from_millisecond(self.clock_ms).expect("a time of this century");
        let draft = Draft::new(stream, Ctx::new(who, why, now), &event).expect("an event can be written");
        self.drafts.push(draft);
        self
    }

    fn of_case(&mut self, after_ms: i64, who: Actor, why: &str, event: Event) -> &mut Self {
        let stream = Stream::Case(self.case.clone());
        self.tell(after_ms, stream, who, why, event)
    }

    /// Both rules notice; the case opens and becomes what it is.
    pub fn noticed(&mut self) -> &mut Self {
        let (drain, reentry) = (self.drain.clone(), self.reentry.clone());
        for alert in [drain.clone(), reentry.clone()] {
            let id = alert.id().expect("an alert has an id");
            let received_at = Timestamp::from_millisecond(self.clock_ms).ok();
            let event = Event::AlertRaised(Box::new(AlertRaised { id, alert, received_at }));
            self.tell(6, Stream::Chain(chain()), Actor::machine("detect"), "a rule noticed", event);
        }
        let opened = CaseOpened {
            title: self.tale.title.clone(),
            severity: Severity::High.min(self.tale.severity),
            kind: self.tale.kind.into(),
            subject: drain.subject.clone(),
            block_time: drain.block_time,
            drill: false,
        };
        let triage = Actor::machine("triage");
        self.of_case(21, triage.clone(), "no open case fits", Event::CaseOpened(opened));
        for (alert, because) in [(drain, "it opened this case"), (reentry, "same transaction, another family")] {
            let id = alert.id().expect("an alert has an id");
            let attached = Attached { id, alert, because: because.into() };
            self.of_case(2, triage.clone(), because, Event::Attached(Box::new(attached)));
        }
        if self.tale.severity == Severity::Critical {
            let raised = Raised { from: Severity::High, to: Severity::Critical };
            self.of_case(1, triage, "two families agree and funds are moving", Event::Raised(raised));
        }
        self
    }

    /// A plan is made and its steps rehearsed.
    pub fn planned(&mut self) -> &mut Self {
        let planner = Actor::machine("plan");
        let proposed = PlanProposed { digest: self.digest, plan: self.plan.clone() };
        self.of_case(38, planner.clone(), "playbook fits the kind", Event::PlanProposed(Box::new(proposed)));
        let on = self.drain.seen_at.clone();
        let pause = Rehearsal {
            on: Some(on),
            verdict: Verdict::Succeeds,
            gas_used: 46_118,
            effects: vec![
                "paused() becomes true".into(),
                "withdraw(uint256) reverts with `EnforcedPause()`".into(),
                "the attack's next transaction, tried on the same state, fails".into(),
            ],
        };
        let tell = Rehearsal { on: None, verdict: Verdict::Succeeds, gas_used: 0, effects: Vec::new() };
        for (step, rehearsal) in [("tell", tell), ("pause", pause)] {
            let rehearsed = Rehearsed { plan: self.digest, step: step.into(), rehearsal };
            self.of_case(44, planner.clone(), "rehearsed on the head", Event::Rehearsed(rehearsed));
        }
        self
    }

    /// The message goes out by policy; nobody has to be asked.
    pub fn told(&mut self) -> &mut Self {
        let approved = Approved { plan: self.digest, step: "tell".into() };
        self.of_case(3, Actor::Policy("harmless".into()), "nothing on chain changes", Event::Approved(approved));
        let key = IdempotencyKey::of(&self.digest, "tell");
        self.act("tell", json!({ "endpoint": "war-room" }), None, "answered 200");
        let confirmed = Confirmed { key, step: "tell".into(), block: None, tx: None };
        self.of_case(180, Actor::machine("act"), "the receiver answered", Event::Confirmed(confirmed))
    }

    /// A person lets the pause go ahead.
    pub fn approved(&mut self, who: &str) -> &mut Self {
        let approved = Approved { plan: self.digest, step: "pause".into() };
        self.of_case(31_000, Actor::Person(who.into()), "approved at the console", Event::Approved(approved))
    }

    /// The pause is sent and seen.
    pub fn paused(&mut self) -> &mut Self {
        let tx = hash("pause", self.tale.salt);
        let block = BlockRef {
            chain: chain(),
            number: self.tale.block + 4,
            hash: hash("pause block", self.tale.salt),
            parent: hash("pause parent", self.tale.salt),
        };
        self.act("pause", json!({ "nonce": 17, "from": account(0x9a).address }), Some(tx), "accepted by 2 nodes");
        let key = IdempotencyKey::of(&self.digest, "pause");
        let confirmed = Confirmed { key, step: "pause".into(), block: Some(block), tx: Some(tx) };
        self.of_case(9_400, Actor::machine("confirm"), "seen on chain", Event::Confirmed(confirmed))
    }

    fn act(&mut self, step: &str, binding: serde_json::Value, tx: Option<B256>, says: &str) {
        let key = IdempotencyKey::of(&self.digest, step);
        let act = Actor::machine("act");
        let intent = Intent { plan: self.digest, step: step.into(), key, binding };
        self.of_case(52, act.clone(), "approved and rehearsed", Event::Intent(intent));
        let receipt = Receipt { key, step: step.into(), tx, says: says.into() };
        self.of_case(77, act, "the driver answered", Event::Receipt(receipt));
    }

    /// A rule notices something that needs no case.
    pub fn suppressed(&mut self, message: &str, severity: Severity, reason: &str) -> &mut Self {
        let alert = Alert {
            rule: RuleRef { id: "privileged-change".into(), hash: digest("privileged rule") },
            family: "privilege".into(),
            kind: "privilege/role-granted".into(),
            severity,
            confidence: Confidence::new(71),
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(format!("privileged-change/{message}")),
            evidence: Vec::new(),
            losses: Vec::new(),
            attackers: Vec::new(),
            message: message.into(),
            ..self.drain.clone()
        };
        let id = alert.id().expect("an alert has an id");
        let stream = Stream::Chain(chain());
        let raised = Event::AlertRaised(Box::new(AlertRaised { id, alert, received_at: None }));
        self.tell(5, stream.clone(), Actor::machine("detect"), "a rule noticed", raised);
        let suppressed = Event::Suppressed(Suppressed { id, reason: reason.into(), snoozed: None });
        self.tell(5, stream, Actor::machine("triage"), reason, suppressed)
    }
}

fn plan(case: &CaseId, vault: &AccountId, now: Timestamp, began: Timestamp) -> Plan {
    let until = now + SignedDuration::from_mins(30);
    let pause = |function: &str, data: [u8; 4]| Call::Contract {
        chain: chain(),
        to: vault.address,
        function: function.into(),
        data: data.into(),
        value: U256::ZERO,
        signer: "guardian".into(),
    };
    let limits =
        |gas, gwei: u64| Limits { gas, fee_per_gas: U256::from(gwei) * U256::from(1_000_000_000u64), bumps: 3, until };
    let message = json!({ "case": case, "text": "Demo Vault is being drained. A pause is rehearsed and waits." });
    let tell = Step::new(
        "tell".into(),
        "Tell the war room".into(),
        "webhook".into(),
        Call::Webhook { endpoint: "war-room".into(), body: message },
        Vec::new(),
        Harm::None,
        None,
        0,
        limits(0, 0),
    );
    let stop = Step::new(
        "pause".into(),
        "Pause Demo Vault".into(),
        "contract-call".into(),
        pause("pause()", [0x84, 0x56, 0xcb, 0x59]),
        vec![Precondition::RehearsalSucceeds],
        Harm::Reversible,
        Some(pause("unpause()", [0x3f, 0x4b, 0xa8, 0x3a])),
        1,
        limits(120_000, 180),
    );
    Plan {
        case: case.clone(),
        playbook: DataFile { id: "playbooks/pause-protocol".into(), hash: digest("playbook") },
        steps: vec![tell, stop],
        based_on: digest("case head"),
        made_at: began + SignedDuration::from_millis(310),
    }
}
