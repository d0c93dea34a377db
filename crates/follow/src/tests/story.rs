//! A case told in lines: transactions with what moved in them, what was taken, and what alerts say.
//!
//! ```text
//! tx 1
//!   vault -> thief 55 ETH
//!   taken vault 50 ETH                        (for `follow`: what `recover` found)
//!   alert vault lost 50 ETH to thief          (for `recover`; several amounts by `and`)
//! ```
//!
//! Names stand for addresses. `zero` is the zero address; a movement may end in `wrap` or `unwrap`.
#![allow(dead_code, reason = "each room needs only a part")]

use case::{
    Alert, CaseId, Confidence, Digest, Exhibit, Fingerprint, Incident, Ledger, Loss, Phase, RuleRef, Severity,
    Standing, Standpoint, Taken, Timestamp,
};
use facts::{AccountId, Address, Asset, AssetId, B256, BlockRef, ChainId, Flow, FlowKind, Frame, TxFacts, U256};

const NAMES: &[&str] =
    &["zero", "vault", "thief", "robber", "alice", "bob", "pool", "lender", "mixer", "weth", "usdc", "nft", "treasury"];

pub struct Story {
    pub incident: Incident,
    pub exhibits: Vec<Exhibit>,
    pub taken: Vec<Taken>,
}

pub fn chain() -> ChainId {
    ChainId::eip155(1)
}

pub fn address(name: &str) -> Address {
    let place = NAMES.iter().position(|known| *known == name).unwrap_or_else(|| panic!("`{name}` is nobody"));
    Address::repeat_byte(u8::try_from(place).unwrap())
}

pub fn account(name: &str) -> AccountId {
    AccountId { chain: chain(), address: address(name) }
}

/// The text with names in place of ids.
pub fn named(mut text: String) -> String {
    for name in NAMES {
        text = text.replace(&account(name).to_string(), name);
        text = text.replace(&format!("{}/erc20:{}", chain(), address(name)), &name.to_uppercase());
        text = text.replace(&format!("{}/erc721:{}/", chain(), address(name)), &format!("{}#", name.to_uppercase()));
    }
    text.replace(&format!("{}/slip44:60", chain()), "ETH")
}

pub fn asset(name: &str) -> Asset {
    match name.split_once('#') {
        None if name == "ETH" => Asset::Native,
        None => Asset::Erc20(address(&name.to_lowercase())),
        Some((collection, id)) => Asset::Erc721(address(&collection.to_lowercase()), id.parse().unwrap()),
    }
}

pub fn hash(number: &str) -> B256 {
    B256::from(U256::from_str_radix(number, 10).unwrap())
}

pub fn tell(lines: &str) -> Story {
    let mut story = Story { incident: incident(), exhibits: Vec::new(), taken: Vec::new() };
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        story.line(line);
    }
    story
}

impl Story {
    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["tx", number] => self.exhibits.push(exhibit(number)),
            ["unseen"] => self.exhibits.last_mut().unwrap().tx.frames.clear(),
            ["taken", victim, amount, of] => {
                let (tx, victim) = (self.exhibits.last().unwrap().tx.hash, account(victim));
                self.taken.push(Taken { tx, victim, asset: asset(of), amount: amount.parse().unwrap() });
            }
            ["alert", ..] | ["lost", ..] => self.alert(line),
            [from, "->", to, amount, of] => self.flow(from, to, amount, of, FlowKind::Event),
            [from, "->", to, amount, of, "wrap"] => self.flow(from, to, amount, of, FlowKind::Wrap),
            [from, "->", to, amount, of, "unwrap"] => self.flow(from, to, amount, of, FlowKind::Unwrap),
            _ => panic!("`{line}` means nothing"),
        }
    }

    fn flow(&mut self, from: &str, to: &str, amount: &str, of: &str, kind: FlowKind) {
        let flows = &mut self.exhibits.last_mut().unwrap().tx.flows;
        let at = u32::try_from(flows.len()).unwrap();
        let (from, to, asset, amount) = (address(from), address(to), asset(of), amount.parse().unwrap());
        flows.push(Flow { asset, from, to, amount, kind, frame: 0, at });
    }

    /// `alert vault lost 50 ETH and 3 USDC to thief`; `lost in 9` for a transaction that is not at hand.
    fn alert(&mut self, line: &str) {
        let (line, tx) = match line.split_once(" in ") {
            Some((line, tx)) => (line, hash(tx)),
            None => (line, self.exhibits.last().unwrap().tx.hash),
        };
        let (line, attackers) = match line.split_once(" to ") {
            Some((line, names)) => (line, names.split(" and ").map(account).collect()),
            None => (line, Vec::new()),
        };
        let (victim, losses) = line.trim_start_matches("alert ").split_once(" lost").unwrap();
        let victim = account(victim);
        let loss = |text: &str| {
            let (amount, of) = text.trim().split_once(' ').unwrap();
            let asset = AssetId::of(&chain(), &asset(of), 60);
            Loss { account: victim.clone(), asset, amount: amount.parse().unwrap(), share_bp: None }
        };
        let losses = losses.split(" and ").filter(|text| !text.trim().is_empty()).map(loss).collect();
        let number = self.incident.alerts.len();
        let alert = Alert {
            rule: RuleRef { id: format!("rule-{number}"), hash: Digest::ZERO },
            family: "value".into(),
            kind: "logic/accounting".into(),
            subject: victim.clone(),
            severity: Severity::Critical,
            confidence: Confidence::CERTAIN,
            seen_at: block(1),
            block_time: 1,
            tx: Some(tx),
            basis: case::Basis::Mined,
            fingerprint: Fingerprint(number.to_string()),
            evidence: Vec::new(),
            attackers,
            victims: vec![victim.clone()],
            losses,
            message: "it was noticed".into(),
            announcement: None,
        };
        let id = alert.id().unwrap();
        let attached_at = Timestamp::UNIX_EPOCH;
        self.incident.alerts.push(Standpoint { id, alert, attached_at, withdrawn: false, mark: None });
    }
}

fn block(number: u64) -> BlockRef {
    BlockRef { chain: chain(), number, hash: B256::with_last_byte(1), parent: B256::ZERO }
}

fn exhibit(number: &str) -> Exhibit {
    let at = block(number.parse().unwrap());
    let frame: Frame = serde_json::from_value(serde_json::json!({
        "parent": null, "end": 1, "depth": 0, "kind": "call", "caller": address("robber"), "target": address("thief"),
        "code": address("thief"), "value": "0x0", "input": "0x", "output": "0x", "gas_limit": 0, "gas_used": 0,
        "status": "success", "effective": true, "open": 0, "close": 1
    }))
    .unwrap();
    let tx = TxFacts { hash: hash(number), from: address("robber"), frames: vec![frame], ..TxFacts::default() };
    Exhibit { time: at.number, at, slip44: 60, tx }
}

fn incident() -> Incident {
    Incident {
        id: CaseId::opened_by(&Digest::ZERO),
        title: String::new(),
        severity: Severity::Critical,
        kind: "logic/accounting".into(),
        subject: account("vault"),
        opened_at: Timestamp::UNIX_EPOCH,
        block_time: 1,
        phase: Phase::Analysis,
        standing: Standing::Stands,
        resolution: None,
        drill: false,
        alerts: Vec::new(),
        plans: Vec::new(),
        ledger: Ledger::default(),
        entries: 1,
        head: Digest::ZERO,
    }
}
