//! What a draft asks for: each condition in the language of rules, with the words that explain it.

use super::{Asks, Attack, Harm, Shape, harm::Price};

/// Blocks over which the steps of one attack are drawn together.
pub(super) const BLOCKS: u64 = 100;
/// Entries and keys of a window: seven of these sizes stay within what a rule may keep.
const ENTRIES: u64 = 100;
/// Different functions of one sender, over all these blocks.
const FUNCTIONS: u64 = 128;
const KEYS: u64 = 700;
/// What senders gave to and took from accounts: there are more of these, and few that go on for long.
const DEALINGS: u64 = 3_000;
const DEALING_ENTRIES: u64 = 24;

/// One condition.
pub(super) struct Asked {
    /// In the language of rules.
    pub(super) when: String,
    /// What it means and why it is asked.
    pub(super) says: String,
}

/// The conditions of a draft, and the windows that they ask.
pub(super) struct Asking {
    pub(super) all: Vec<Asked>,
    pub(super) windows: String,
}

/// A movement in a transaction that calls one of the steps.
const MOVES: &str = "flow.amount > 0 && tx.called(list.steps)";

impl Asking {
    /// In the order in which they are cheapest to compute.
    pub(super) fn of(attack: &Attack<'_>, shape: &Shape, harm: &Harm, asks: Asks, functions: &str) -> Self {
        let mut asking = Self { all: Vec::new(), windows: String::new() };
        let step = step(shape, asks);
        asking.functions(shape, asks, &step, functions);
        let by_insiders = is_of_insiders(&attack.kind);
        asking.payer(harm, &step);
        // Where many pay, what each of them was given is more than a rule can keep.
        if harm.payers.is_none() {
            asking.loss(harm, &put_in(shape, asks, by_insiders));
        }
        asking.manner(harm, by_insiders);
        if shape.steps.len() < 2 && harm.gained {
            asking.ask(
                "(flow.to == tx.from || entity(flow.to) == tx.from)",
                "**Gain.** It goes to the sender, or to a contract of the sender's: one function says little by itself.",
            );
        }
        if asks.times {
            asking.window("times", "call", &step, &["tx.from"], "", "count");
            let times = shape.times;
            asking.ask(
                format!("window.times(tx.from) >= {times}"),
                format!("**Often.** The sender has these functions called {times} times or more."),
            );
        }
        asking
    }

    fn ask(&mut self, when: impl Into<String>, says: impl Into<String>) {
        self.all.push(Asked { when: when.into(), says: says.into() });
    }

    fn window(&mut self, name: &str, on: &str, when: &str, key: &[&str], value: &str, measure: &str) {
        let key = key.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>().join(", ");
        let value = if value.is_empty() { String::new() } else { format!("value = \"{value}\"\n") };
        let (keys, entries) = match measure {
            "sum" => (DEALINGS, DEALING_ENTRIES),
            "distinct" => (KEYS, FUNCTIONS),
            _ => (KEYS, ENTRIES),
        };
        self.windows += &format!(
            "[window.{name}]\non = \"{on}\"\nwhen = '''\n{when}\n'''\nkey = [{key}]\n{value}measure = \"{measure}\"\n\
             blocks = {BLOCKS}\nentries_max = {entries}\nkeys_max = {keys}\n\n"
        );
    }

    fn functions(&mut self, shape: &Shape, asks: Asks, step: &str, functions: &str) {
        let whose =
            if asks.targets { "the contracts that were attacked, or of ones with their code" } else { "any contract" };
        let tools = if asks.tools { ", through contracts that the sender had made" } else { "" };
        self.ask(
            MOVES,
            format!("**Functions.** Value moves in a transaction that calls one of these functions: {functions}."),
        );
        if shape.is_plain && shape.steps.len() < 2 && !asks.targets && !asks.tools {
            return;
        }
        self.window("functions", "call", step, &["tx.from"], "call.selector", "distinct");
        self.ask(
            format!("window.functions(tx.from) >= {}", shape.steps.len()),
            format!(
                "**All of them.** Within {BLOCKS} blocks the sender has all of these functions of {whose} called{tools}. \
                 In which order, and in how many transactions, makes no difference."
            ),
        );
    }

    /// Who pays.
    fn payer(&mut self, harm: &Harm, step: &str) {
        if harm.direct {
            self.window("called", "call", step, &["call.to"], "", "count");
            self.ask(
                "window.called(flow.from) > 0",
                "**Victim.** Who pays is one of the contracts that were called so.",
            );
        } else if harm.issued {
            self.ask(
                "flow.from == address(\"0x0000000000000000000000000000000000000000\")",
                "**Issued.** What moves is issued in that transaction and taken from nobody.",
            );
        } else {
            self.ask(
                "flow.from != tx.from",
                "**Victim.** Who pays is not the sender, nor, as is asked below, a contract of the sender's.",
            );
        }
        if let Some(payers) = harm.payers {
            let mut when = format!("{MOVES} && entity(flow.from) != tx.from && !flow.booked()");
            if let Some(share) = harm.share_bp {
                when += &format!("\n  && {}", at_least(share));
            }
            self.window("payers", "flow", &when, &["tx.from"], "flow.from", "distinct");
            self.ask(
                format!("window.payers(tx.from) >= {payers}"),
                format!("**Many.** It comes from {payers} accounts or more, half as many as in the attack."),
            );
        }
    }

    /// What who pays is left with.
    fn loss(&mut self, harm: &Harm, put_in: &str) {
        let key = |who: &'static str| ["tx.from", who, "flow.token"];
        let taken = &format!("{MOVES} && flow.from != tx.from");
        self.window("left", "flow", taken, &key("flow.from"), "flow.amount", "sum");
        let left = "window.left(tx.from, flow.from, flow.token)";
        if harm.net {
            self.window("came", "flow", put_in, &key("flow.to"), "flow.amount", "sum");
            self.ask(
                format!("{left} > window.came(tx.from, flow.from, flow.token)"),
                "**Loss.** In such transactions of this sender, more of it left who pays than came there. Whoever puts in \
                 first what he takes out does not answer to this.",
            );
        }
        let given = "window.given(tx.from, flow.from)";
        let (when, says) = match harm.price {
            Price::Taken(times) => (
                format!("{left} / {times} >= {given}"),
                format!(
                    "**For little.** For each base unit of anything that was given for it, {times} or more left: half of what \
                     the attack got, or a hundred where it gave nothing."
                ),
            ),
            Price::Given(per) => (
                format!("{left} >= {given} / {per}"),
                format!(
                    "**For little.** For each base unit that left, {per} or fewer of anything were given: twice as many as \
                     in the attack."
                ),
            ),
            Price::Unsaid => return,
        };
        self.window("given", "flow", put_in, &["tx.from", "flow.to"], "flow.amount", "sum");
        self.ask(when, says);
    }

    /// How it was taken.
    fn manner(&mut self, harm: &Harm, by_insiders: bool) {
        if harm.reentered {
            self.ask(
                "tx.reentered()",
                "**Re-entry.** A contract is entered again before it has finished, and is misled by that.",
            );
        }
        if harm.unbooked && !harm.issued {
            self.ask(
                "!flow.booked()",
                "**Unbooked.** Who pays takes this amount off nobody's balance and puts it on nobody's debt, as it would \
                 for a withdrawal or a loan.",
            );
        }
        if let Some(share) = harm.share_bp {
            self.ask(
                at_least(share),
                format!(
                    "**Share.** It is {} % or more of what who pays held, a quarter of what the attack took at once.",
                    share / 100
                ),
            );
        }
        if by_insiders {
            return;
        }
        if harm.issued {
            self.ask(
                "flow.token != null && entity(flow.token) != tx.from",
                "**Stranger.** The sender is not who made the token, as far as that was seen.",
            );
        } else {
            self.ask(
                "entity(flow.from) != tx.from",
                "**Stranger.** The sender is not who made the contract that pays, as far as that was seen.",
            );
        }
    }
}

fn at_least(share_bp: u16) -> String {
    format!("flow.share_bp() != null && flow.share_bp() >= {share_bp}")
}

/// A movement by which somebody may have put something in. Those who made a contract put much in themselves, and rob it
/// all the same.
fn put_in(shape: &Shape, asks: Asks, by_insiders: bool) -> String {
    let own = match asks.targets && !by_insiders {
        true => format!("(tx.called(list.steps) || {})", is_target("flow.to", shape)),
        false => "tx.called(list.steps)".to_owned(),
    };
    format!("flow.amount > 0 && flow.to != tx.from && {own}")
}

fn is_target(account: &str, shape: &Shape) -> String {
    if shape.codes.is_empty() {
        return format!("{account} in list.targets");
    }
    format!("({account} in list.targets || codeshape({account}) != null && codeshape({account}) in list.codes)")
}

/// A call that counts.
fn step(shape: &Shape, asks: Asks) -> String {
    let mut step =
        "call.effective && call.kind != 'static-call' && call.selector != null && call.selector in list.steps"
            .to_owned();
    if asks.tools {
        step += "\n  && call.from != tx.from && entity(call.from) == tx.from";
    }
    if asks.targets {
        step += "\n  && ";
        step += &is_target("call.to", shape);
    }
    step
}

/// Whether attacks of this kind are done by those who made the contracts, or with their keys.
pub(super) fn is_of_insiders(kind: &str) -> bool {
    ["rug/", "key/", "token/hidden-backdoor", "token/blacklist-abuse"].iter().any(|insiders| kind.starts_with(insiders))
}
