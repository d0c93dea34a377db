//! What a protocol declares of itself, as a responder would write it down: caps, owners, books that have to balance.

use alloy_dyn_abi::DynSolValue;
use facts::{Address, U256};

use crate::{Stage, call_data};

/// Something that has to be so after every block.
pub(super) struct Invariant<'a> {
    /// Its id, in kebab case.
    pub id: &'a str,
    /// The kind of attack that breaks it.
    pub kind: &'a str,
    /// What is looked at: `flow`, `log`, `call`, `change`, `tx`, `observed`.
    pub on: &'a str,
    /// When it is broken.
    pub broken: String,
    /// About which contract it is.
    pub about: Address,
    /// A standing question: `slot = '…'`, `call = '…'` or `input = '…'`.
    pub asks: Option<String>,
}

impl Invariant<'_> {
    /// Says it.
    pub(super) fn declare(self, stage: &mut Stage<'_>) {
        self.declare_with(stage, "");
    }

    /// Says it, with what has to be kept in mind for it.
    fn declare_with(self, stage: &mut Stage<'_>, sections: &str) {
        let Self { id, kind, on, broken, about, asks } = self;
        let evidence = match on {
            "observed" => "'observed'",
            "flow" if broken.contains("tx.calls") => "'flow', 'call'",
            "flow" => "'flow'",
            "log" => "'log'",
            "change" => "'storage'",
            _ => "'call'",
        };
        let question = asks.map_or(String::new(), |asks| {
            format!("[[question]]\nname = 'it'\nchain = 'eip155:31337'\naddress = '{about:#x}'\n{asks}\n")
        });
        let card = format!(
            "schema = 1\nid = '{id}'\ntitle = 'What the protocol declares of itself: {id}'\nfamily = 'invariant'\n\
             kind = '{kind}'\nseverity = 'critical'\nseverity_elsewhere = 'critical'\nconfidence = 90\n\
             maturity = 'incubating'\nneeds = {{ sight = 'executed', evidence = [{evidence}] }}\n\
             [condition]\non = '{on}'\nwhere = 'everything'\nwhen = '''{broken}'''\n\
             subject = 'address(\"{about:#x}\")'\nmessage = '{id} is broken'\n{question}{sections}"
        );
        stage.declare(id, card);
    }
}

/// A slot of a contract holds one of these accounts, once it holds any.
pub(super) fn slot_holds(stage: &mut Stage<'_>, id: &str, kind: &str, about: Address, slot: &str, any_of: &[Address]) {
    let asks = Some(format!("slot = '{slot}'"));
    Invariant { id, kind, on: "observed", broken: not_among(any_of), about, asks }.declare(stage);
}

/// A view without arguments says one of these accounts, once it says any.
pub(super) fn view_says(stage: &mut Stage<'_>, id: &str, kind: &str, about: Address, call: &str, any_of: &[Address]) {
    let asks = Some(format!("call = '{call}'"));
    Invariant { id, kind, on: "observed", broken: not_among(any_of), about, asks }.declare(stage);
}

/// What a view with these arguments says is never so: a condition on `observed.value`, which is a number there.
pub(super) fn view_never(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    about: Address,
    (signature, args): (&str, Vec<DynSolValue>),
    broken: &str,
) {
    let asks = Some(format!("input = '{}'", call_data(signature, args)));
    // A contract that does not stand yet says nothing.
    let broken = format!("observed.value != null && ({broken})");
    Invariant { id, kind, on: "observed", broken, about, asks }.declare(stage);
}

/// No movement of a token out of a contract is larger than this.
pub(super) fn leaves_at_most(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (about, token): (Address, Option<Address>),
    most: U256,
) {
    let broken = format!("{} && flow.amount > amount(\"{most}\")", leaves(about, token));
    Invariant { id, kind, on: "flow", broken, about, asks: None }.declare(stage);
}

/// So much of a token leaves a contract within a day, and no more.
pub(super) fn leaves_in_a_day_at_most(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (about, token): (Address, Option<Address>),
    most: U256,
) {
    let leaves = leaves(about, token);
    let broken = format!("{leaves} && window.out(flow.from) > amount(\"{most}\")");
    let window = format!(
        "[window.out]\non = 'flow'\nwhen = '''{leaves}'''\nkey = ['flow.from']\nvalue = 'flow.amount'\n\
         measure = 'sum'\nseconds = 86400\nkeys_max = 10\n"
    );
    Invariant { id, kind, on: "flow", broken, about, asks: None }.declare_with(stage, &window);
}

/// An event happens so many times within a day for whoever its first indexed argument names, and no more.
pub(super) fn happens_in_a_day_at_most(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (about, event): (Address, &str),
    most: u64,
) {
    let happens = format!("log.address == address(\"{about:#x}\") && log.topic0 == topic(\"{event}\")");
    let broken = format!("{happens} && window.times(log.topic1) > {most}");
    let window = format!(
        "[window.times]\non = 'log'\nwhen = '''{happens}'''\nkey = ['log.topic1']\nmeasure = 'count'\n\
         seconds = 86400\nkeys_max = 1000\n"
    );
    Invariant { id, kind, on: "log", broken, about, asks: None }.declare_with(stage, &window);
}

fn leaves(about: Address, token: Option<Address>) -> String {
    let is_token = token.map_or("flow.token == null".to_owned(), |token| {
        format!("flow.token != null && flow.token == address(\"{token:#x}\")")
    });
    format!("flow.from == address(\"{about:#x}\") && {is_token}")
}

/// Nothing of a token leaves a contract but for these accounts.
pub(super) fn leaves_only_for(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (about, token): (Address, Address),
    any_of: &[Address],
) {
    let others = any_of.iter().map(|to| format!(" && flow.to != address(\"{to:#x}\")")).collect::<String>();
    let broken = format!("{}{others}", leaves(about, Some(token)));
    Invariant { id, kind, on: "flow", broken, about, asks: None }.declare(stage);
}

/// A function of a contract succeeds for these callers only.
pub(super) fn called_only_by(
    stage: &mut Stage<'_>,
    id: &str,
    kind: &str,
    (about, signature): (Address, &str),
    any_of: &[Address],
) {
    let others = any_of.iter().map(|from| format!(" && call.from != address(\"{from:#x}\")")).collect::<String>();
    let broken = format!(
        "call.effective && call.to == address(\"{about:#x}\") && call.selector == selector(\"{signature}\"){others}"
    );
    Invariant { id, kind, on: "call", broken, about, asks: None }.declare(stage);
}

/// The slot of the implementation (EIP-1967).
pub(super) const IMPLEMENTATION: &str = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

fn not_among(any_of: &[Address]) -> String {
    let others = any_of.iter().map(|account| format!(" && observed.value != {}", number(*account))).collect::<String>();
    // What does not stand yet says nothing.
    format!("observed.value != null && observed.value != 0{others}")
}

fn number(account: Address) -> String {
    format!("amount(\"{}\")", U256::from_be_slice(account.as_slice()))
}
