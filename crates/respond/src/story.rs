//! Stories for tests: lines of what happens, and the timeline that comes of them. Entries are written and folded as in the
//! book, and what `next_actions` says is carried out as the engine would.

use std::collections::{BTreeMap, BTreeSet};

use atlas::Protocol;
use case::{
    Actor, Alert, AlertId, AlertWithdrawn, Approved, Attached, CaseClosed, CaseId, CaseOpened, Confidence, Confirmed,
    Ctx, Digest, Draft, Entry, Event, Evidence, EvidenceKind, Failed, Fingerprint, Gone, IdempotencyKey, Incident,
    Intent, Loss, Mark, Marked, PlanProposed, Raised, Receipt, Refused, Rehearsal, Rehearsed, Resolution, RuleRef,
    Severity, Stream, Timestamp, Unsettled, Verdict,
};
use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, ChainId, U256};

use crate::*;

const PROTOCOL: &str = r#"
schema = 1
name = "Story"
[[contract]]
name = "Vault"
chain = "eip155:31337"
address = "0x0000000000000000000000000000000000000001"
pause = "pause()"
unpause = "unpause()"
signer = "guardian"
[[contract]]
name = "Router"
chain = "eip155:31337"
address = "0x0000000000000000000000000000000000000002"
pause = "halt()"
unpause = "resume()"
signer = "guardian"
[[contract]]
name = "Oracle"
chain = "eip155:31337"
address = "0x0000000000000000000000000000000000000003"
pause = "stop()"
signer = "guardian"
[[contract]]
name = "Token"
chain = "eip155:31337"
address = "0x0000000000000000000000000000000000000004"
[[contract]]
name = "Bridge"
chain = "eip155:31337"
address = "0x0000000000000000000000000000000000000005"
pause = "pause()"
unpause = "unpause()"
signer = "council"
"#;
const NAMES: [&str; 6] = ["", "Vault", "Router", "Oracle", "Token", "Bridge"];

/// What has happened so far, and what was said about it.
pub(crate) struct Story {
    cases: Vec<(CaseId, Vec<Entry>)>,
    alerts: BTreeMap<String, (AlertId, Alert)>,
    suppressed: Vec<Alert>,
    pub(crate) rules: TriageRules,
    pub(crate) policy: Policy,
    pub(crate) installation: Installation,
    pub(crate) playbooks: Vec<Playbook>,
    heads: BTreeMap<ChainId, BlockRef>,
    pub(crate) now: Timestamp,
    verdict: Verdict,
    said: String,
}

/// Runs a story and gives its timeline.
pub(crate) fn tell(story: &str) -> String {
    let mut told = Story::begin();
    story.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| told.happens(line));
    told.said
}

pub(crate) fn chain() -> ChainId {
    ChainId::eip155(31337)
}

/// The account of this name; `nobody` is the zero address.
pub(crate) fn account(name: &str) -> AccountId {
    let address = match NAMES.iter().position(|known| *known == name) {
        Some(n) => Address::left_padding_from(&[u8::try_from(n).unwrap()]),
        None if name == "nobody" => Address::ZERO,
        None => Address::from_slice(&Digest::of_bytes(name.as_bytes()).0[..20]),
    };
    AccountId { chain: chain(), address }
}

pub(crate) fn block(number: u64, branch: &str) -> BlockRef {
    let hash = |number: u64| B256::from(Digest::of_bytes(format!("{number}{branch}").as_bytes()).0);
    BlockRef { chain: chain(), number, hash: hash(number), parent: hash(number.saturating_sub(1)) }
}

/// An alert from `key=value` words over a usual one: a drain of the vault by mallory in block 10.
pub(crate) fn alert(words: &str) -> Alert {
    let given: BTreeMap<&str, &str> = words.split_whitespace().map(|word| word.split_once('=').unwrap()).collect();
    let known = [
        "rule", "family", "kind", "sev", "conf", "block", "branch", "tx", "by", "on", "fp", "share", "evidence",
        "subject", "secs", "basis",
    ];
    given.keys().for_each(|key| assert!(known.contains(key), "`{key}` is no word of a story"));
    let word = |key: &str, usual: &'static str| -> String { given.get(key).copied().unwrap_or(usual).to_owned() };
    let list = |text: String| -> Vec<AccountId> { text.split(',').filter(|name| *name != "-").map(account).collect() };
    let number: u64 = word("block", "10").parse().unwrap();
    let tx = Some(word("tx", "t1")).filter(|tx| tx != "-").map(|tx| B256::from(Digest::of_bytes(tx.as_bytes()).0));
    let rule = word("rule", "drain");
    let victims = list(word("on", "Vault"));
    let subject =
        given.get("subject").map(|name| account(name)).or(victims.first().cloned()).unwrap_or(account("nobody"));
    let kinds = word("evidence", "flow,balance");
    let evidence = |kind: &str| Evidence {
        kind: serde_json::from_value::<EvidenceKind>(kind.into()).unwrap(),
        tx,
        frame: None,
        says: format!("a {kind}"),
    };
    let share_bp = given.get("share").map(|share| share.parse().unwrap());
    let loss = |account: &AccountId| Loss {
        account: account.clone(),
        asset: AssetId::of(&chain(), &Asset::Native, 60),
        amount: U256::from(100),
        share_bp,
    };
    Alert {
        family: word("family", "value"),
        kind: word("kind", "logic/accounting"),
        severity: word("sev", "high").parse().unwrap(),
        confidence: Confidence::new(word("conf", "85").parse().unwrap()),
        seen_at: block(number, &word("branch", "")),
        block_time: given.get("secs").map_or(number * 12, |secs| secs.parse().unwrap()),
        tx,
        basis: serde_json::from_value(word("basis", "mined").into()).unwrap(),
        fingerprint: Fingerprint(given.get("fp").map_or_else(|| format!("{rule}|{subject}"), |fp| (*fp).to_owned())),
        evidence: kinds.split(',').filter(|kind| *kind != "-").map(evidence).collect(),
        attackers: list(word("by", "mallory")),
        losses: if share_bp.is_some() { victims.iter().map(loss).collect() } else { Vec::new() },
        victims,
        subject,
        message: format!("{rule} says so"),
        rule: RuleRef { id: rule, hash: Digest::ZERO },
        announcement: None,
    }
}

/// The kinds of fact on the cards of the rules in force.
pub(crate) fn cards(rule: &str) -> Option<BTreeSet<EvidenceKind>> {
    use EvidenceKind::*;
    Some(match rule {
        "drain" => [Flow, Balance].into(),
        "reentrancy" => [Call, Storage].into(),
        "flash-gain" => [Flow, Call].into(),
        "outflow" => [Balance].into(),
        "takeover" => [Log, Storage].into(),
        "blind-spot" => [Blind].into(),
        "sure" => [Observed].into(),
        _ => return None,
    })
}

impl Story {
    pub(crate) fn begin() -> Self {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let installation = Installation {
            protocol: Protocol::parse("protocol.toml", PROTOCOL).unwrap(),
            signers: names(&["guardian"]),
            webhooks: names(&["war-room"]),
        };
        Self {
            cases: Vec::new(),
            alerts: BTreeMap::new(),
            suppressed: Vec::new(),
            rules: TriageRules { protected: installation.protected(), ..TriageRules::default() },
            policy: Policy { automatic: Automatic::Reversible, ..Policy::default() },
            installation,
            playbooks: Playbook::embedded(),
            heads: [(chain(), block(11, ""))].into(),
            now: "2026-11-21T03:00:00Z".parse().unwrap(),
            verdict: Verdict::Succeeds,
            said: String::new(),
        }
    }

    pub(crate) fn happens(&mut self, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "alert" => self.alert(first, alert(more)),
            "again" => self.alert(first, self.alerts[first].1.clone()),
            "withdraw" => self.withdraw(first),
            "false" => self.mark_false(first),
            "close" => self.write_to(first, Event::CaseClosed(CaseClosed { resolution: Resolution::Resolved })),
            "wait" => self.now = self.now.checked_add(jiff::SignedDuration::from_secs(first.parse().unwrap())).unwrap(),
            "head" => drop(self.heads.insert(chain(), block(first.parse().unwrap(), more))),
            "headless" => self.heads.clear(),
            "never" => self.policy.automatic = Automatic::Never,
            "early" => self.policy.before_mined = Automatic::Reversible,
            "rehearsals" => {
                self.verdict = match first {
                    "fail" => Verdict::Fails(more.to_owned()),
                    "blind" => Verdict::Blind(more.to_owned()),
                    _ => Verdict::Succeeds,
                }
            }
            "signers" => self.installation.signers = rest.split_whitespace().map(str::to_owned).collect(),
            "webhooks" => self.installation.webhooks = rest.split_whitespace().map(str::to_owned).collect(),
            "approve" => self.approve(first, more),
            "next" => drop(self.next()),
            "run" => {
                let rounds = (0..12).take_while(|_| self.next()).count();
                assert!(rounds < 12, "it does not come to rest:\n{}", self.said);
            }
            "done" | "sent" | "failed" | "lost" => self.world(verb, first),
            "leave" => {
                let incident = self.incident();
                let plan = incident.plan().unwrap().clone();
                let step = plan.plan.step(first).unwrap().clone();
                let leave = self.leave(&incident, &plan, &step);
                self.say(format!("leave for {first}: {}", leave_in_words(&leave)));
            }
            "phase" => {
                let incident = self.incident();
                self.say(format!("{} is {:?}, severity {}", incident.title, incident.phase, incident.severity));
            }
            _ => panic!("`{verb}` is no verb of a story"),
        }
    }

    pub(crate) fn leave(&self, incident: &Incident, plan: &case::PlanState, step: &case::Step) -> Leave {
        let scene = Scene { heads: &self.heads, cards: &cards, now: self.now };
        self.policy.leave(incident, plan, step, &scene)
    }

    /// The timeline so far.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    pub(crate) fn clear(&mut self) {
        self.said.clear();
    }

    pub(crate) fn head(&self) -> &BlockRef {
        &self.heads[&chain()]
    }
    pub(crate) fn incidents(&self) -> Vec<Incident> {
        self.cases.iter().map(|(id, entries)| Incident::fold(id, entries).unwrap()).collect()
    }

    pub(crate) fn incident(&self) -> Incident {
        self.incidents().remove(0)
    }

    pub(crate) fn alert(&mut self, name: &str, alert: Alert) {
        let (id, cases) = (alert.id().unwrap(), self.incidents());
        let (rules, now, suppressed) = (&self.rules, self.now, &self.suppressed[..]);
        let decision = Desk { cases: &cases, snoozes: &[], suppressed, rules, now }.decide(&id, &alert);
        self.alerts.insert(name.to_owned(), (id, alert.clone()));
        let attached = |because: &str| {
            Event::Attached(Box::new(Attached { id, alert: alert.clone(), because: because.to_owned() }))
        };
        match decision {
            Decision::Open { title, severity, kind } => {
                let case = CaseId::opened_by(&id);
                assert!(!self.cases.iter().any(|(held, _)| *held == case), "one alert opened two cases");
                self.cases.push((case.clone(), Vec::new()));
                let (subject, block_time) = (alert.subject.clone(), alert.block_time);
                let opened = CaseOpened { title, severity, kind: kind.clone(), subject, block_time, drill: false };
                self.write(&case, Actor::machine("respond"), Event::CaseOpened(opened));
                self.write(&case, Actor::machine("respond"), attached("opened the case"));
                self.say(format!("{name} opens {case}: {severity} {kind}"));
            }
            Decision::Attach { case, because, raise_to } => {
                let from = cases.iter().find(|held| held.id == case).unwrap().severity;
                self.write(&case, Actor::machine("respond"), attached(&because));
                let raised = raise_to.map(|to| format!(", which rises to {to}")).unwrap_or_default();
                if let Some(to) = raise_to {
                    self.write(&case, Actor::machine("respond"), Event::Raised(Raised { from, to }));
                }
                self.say(format!("{name} belongs to {case}: {because}{raised}"));
            }
            Decision::Suppress { reason } | Decision::HoldBack { reason, .. } => {
                if !self.suppressed.contains(&alert) {
                    self.suppressed.push(alert);
                }
                self.say(format!("{name} is suppressed: {reason}"));
            }
        }
    }

    fn withdraw(&mut self, name: &str) {
        let (id, alert) = self.alerts[name].clone();
        for withdrawal in withdraw(&self.incidents(), &id, &Gone::Lost(alert.seen_at)) {
            let event = Event::CaseAlertWithdrawn(AlertWithdrawn { id, why: withdrawal.why });
            self.write(&withdrawal.case, Actor::machine("respond"), event);
            self.say(format!("{name} is withdrawn from {}: {}", withdrawal.case, withdrawal.because));
        }
    }

    fn mark_false(&mut self, name: &str) {
        let id = self.alerts[name].0;
        self.write_to("1", Event::Marked(Marked { id, mark: Mark::False }));
    }

    fn approve(&mut self, person: &str, step: &str) {
        let (case, plan) = (self.cases[0].0.clone(), self.incident().plan().unwrap().digest);
        let event = Event::Approved(Approved { plan, step: step.to_owned() });
        self.write(&case, Actor::Person(person.to_owned()), event);
    }

    /// Carries out what comes next; whether anything was written.
    fn next(&mut self) -> bool {
        let incident = self.incident();
        let scene = Scene { heads: &self.heads, cards: &cards, now: self.now };
        let actions = next_actions(&incident, &self.playbooks, &self.installation, &self.policy, &scene);
        if actions.is_empty() {
            self.say("nothing to do".to_owned());
        }
        let mut wrote = false;
        for action in actions {
            let machine = Actor::machine("engine");
            let event = match action {
                Action::MakePlan { plan, why } => {
                    let steps: Vec<String> = plan.steps.iter().map(step_in_words).collect();
                    self.say(format!("plan, as {why}:\n    {}", steps.join("\n    ")));
                    let digest = plan.digest().unwrap();
                    Some((machine, Event::PlanProposed(Box::new(PlanProposed { digest, plan: *plan }))))
                }
                Action::Rehearse { plan, step } => {
                    let on = self.heads.get(&chain()).cloned();
                    let verdict = self.verdict.clone();
                    self.say(format!("rehearse {step} on {}", on.as_ref().map_or(0, |on| on.number)));
                    let rehearsal = Rehearsal { on, verdict, gas_used: 30_000, effects: Vec::new() };
                    Some((machine, Event::Rehearsed(Rehearsed { plan, step, rehearsal })))
                }
                Action::Approve { plan, step, policy, why } => {
                    self.say(format!("policy `{policy}` approves {step}: {why}"));
                    Some((Actor::Policy(policy), Event::Approved(Approved { plan, step })))
                }
                Action::Intend { plan, step, why } => {
                    self.say(format!("take {step}: {why}"));
                    let (key, binding) = (IdempotencyKey::of(&plan, &step), serde_json::json!({ "nonce": 7 }));
                    Some((machine, Event::Intent(Intent { plan, step, key, binding })))
                }
                Action::Refuse { plan, step, reason } => {
                    self.say(format!("refuse {step}: {reason}"));
                    Some((machine, Event::Refused(Refused { plan, step, reason })))
                }
                Action::NoPlan { why } => self.note(format!("no plan: {why}")),
                Action::AskPeople { step, needed, agreed, why, .. } => {
                    self.note(format!("ask people about {step}, {agreed} of {needed}: {why}"))
                }
                Action::AwaitOutcome { step, .. } => self.note(format!("await the outcome of {step}")),
                Action::Wait { step, why, .. } => self.note(format!("{step} waits: {why}")),
            };
            if let Some((who, event)) = event {
                self.write(&incident.id, who, event);
                wrote = true;
            }
        }
        wrote
    }

    /// What the world does to a step that was intended.
    fn world(&mut self, verb: &str, step: &str) {
        let incident = self.incident();
        let states = incident.plans.iter().rev().flat_map(|plan| &plan.steps);
        let state = states.into_iter().find(|state| state.step == step && state.intent.is_some()).unwrap();
        let key = state.intent.as_ref().unwrap().0;
        let (step, tx) = (step.to_owned(), Some(B256::repeat_byte(7)));
        let event = match verb {
            "sent" => Event::Receipt(Receipt { key, step, tx, says: String::new() }),
            "done" => Event::Confirmed(Confirmed { key, step, block: Some(block(12, "")), tx }),
            "lost" => Event::Unsettled(Unsettled { key, step, lost: block(12, "") }),
            _ => Event::Failed(Failed { key, step, reason: "reverted".to_owned() }),
        };
        self.write_to("1", event);
    }

    fn note(&mut self, text: String) -> Option<(Actor, Event)> {
        self.say(text);
        None
    }

    fn write_to(&mut self, number: &str, event: Event) {
        let case = self.cases[number.parse::<usize>().unwrap() - 1].0.clone();
        self.write(&case, Actor::Person("alice".to_owned()), event);
    }

    fn write(&mut self, case: &CaseId, who: Actor, event: Event) {
        let ctx = Ctx::new(who, "story", self.now);
        let entries = &mut self.cases.iter_mut().find(|(held, _)| held == case).unwrap().1;
        let last = entries.last().map(|last| (last.seq, last.digest().unwrap()));
        entries.push(Entry::after(last, Draft::new(Stream::Case(case.clone()), ctx, &event).unwrap()));
    }

    /// A line of the timeline, with names where there are hashes.
    fn say(&mut self, mut text: String) {
        for (n, (case, _)) in self.cases.iter().enumerate() {
            text = text.replace(case.as_str(), &format!("case {}", n + 1));
        }
        for name in ["Vault", "Router", "Oracle", "Token", "Bridge", "mallory", "eve", "bob"] {
            let account = account(name);
            text = text.replace(&account.to_string(), name).replace(&account.address.to_string(), name);
        }
        let text = text.replace("@000000000000", "");
        self.said.push_str(&format!("{text}\n"));
    }
}

pub(crate) fn leave_in_words(leave: &Leave) -> String {
    match leave {
        Leave::Granted { by: Grantor::People(_), why } => format!("granted by people: {why}"),
        Leave::Granted { by: Grantor::Policy(_), why } => format!("granted by policy: {why}"),
        Leave::People { needed, agreed, why } => format!("{} of {needed} people: {why}", agreed.len()),
        Leave::Never { why } => format!("never: {why}"),
    }
}

/// Severities for strategies.
pub(crate) fn severities() -> impl proptest::strategy::Strategy<Value = Severity> {
    proptest::sample::select(Severity::ALL.to_vec())
}
