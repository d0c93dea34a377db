//! What a rule is, in words: when it fires, what wakes it, what it costs and what would blind it.

mod looks;
mod words;

use std::sync::Arc;

use facts::Sight;

use crate::{
    DetectError, FlowShape, RuleCard, Wake, Whose,
    card::{Subject, Where},
    data_rule,
    keeping::on_bench,
    workshop::Workshop,
};

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// When it fires; none for a rule in Rust, whose page says it.
    pub condition: Option<ConditionWords>,
    /// What wakes it, each by itself enough.
    pub wakes: Vec<String>,
    /// What it costs.
    pub costs: Vec<String>,
    /// What would blind it, and what happens then.
    pub blinded_by: Vec<String>,
}

/// The condition of a rule in data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionWords {
    /// Its text, as it is written.
    pub text: String,
    /// What it looks at, such as `every call`.
    pub on: String,
    /// About whom it speaks.
    pub place: String,
    /// What has to hold, all of it, with the card's parameters filled in.
    pub all_of: Vec<String>,
    /// What it says then, with values in braces.
    pub message: String,
}

/// Explains a rule.
///
/// # Errors
/// [`DetectError::Rule`] if its condition is not right.
pub fn explain(card: &Arc<RuleCard>) -> Result<Explanation, DetectError> {
    let mut workshop = Workshop::default();
    let detector = data_rule::build(&mut workshop, card)?;
    let wakes = detector.wakes();
    let state = on_bench(&mut workshop, card, |_, keeping| Ok::<_, DetectError>(keeping.bytes_max()))?;
    let condition = match &card.condition {
        None => None,
        Some(text) => {
            let bound = on_bench(&mut workshop, card, |bench, _| bench.condition(&text.when, text.on))?;
            let (expr, values) = bound.parts();
            let all_of = words::all_of(expr, &words::Tell { on: text.on.record(), values, card });
            Some(ConditionWords {
                text: text.when.text.trim().to_owned(),
                on: looks_at(text.on).to_owned(),
                place: match text.place {
                    Where::Protected => {
                        "only about contracts of the protocol; silent when no protocol is given".to_owned()
                    }
                    Where::Everything => "about anyone".to_owned(),
                },
                all_of,
                message: text.message.text.to_string(),
            })
        }
    };
    Ok(Explanation {
        condition,
        wakes: shortened(wakes.iter().map(Wake::in_words).collect()),
        costs: costs(card, &wakes, state),
        blinded_by: blinded_by(card),
    })
}

impl Wake {
    /// What wakes a rule, in words.
    pub fn in_words(&self) -> String {
        match self {
            Wake::Tx => "every transaction".to_owned(),
            Wake::Work => "every transaction but plain payments".to_owned(),
            Wake::Address(address) => format!("a call, log or movement of value at {address}"),
            Wake::Protected => "a call, log or movement of value at a protected contract".to_owned(),
            Wake::InScope => {
                "the same at a protected contract, or any transaction when no protocol is given".to_owned()
            }
            Wake::Party(whose) => format!("a transaction from or to {}", whose.in_words()),
            Wake::Call(whose, selector) => {
                let of =
                    selector.map_or_else(|| "a call".to_owned(), |of| format!("a call of {}", words::function(of)));
                whose.map_or_else(|| format!("{of}, wherever it goes"), |whose| format!("{of} at {}", whose.in_words()))
            }
            Wake::Log(whose, topic) => {
                let of = topic.map_or_else(|| "a log".to_owned(), |of| format!("a log of {}", words::event(of)));
                whose.map_or_else(|| of.clone(), |whose| format!("{of}, by {}", whose.in_words()))
            }
            Wake::Moved { whose, at_least } if at_least.is_zero() => {
                format!("value to, from or of {}", whose.in_words())
            }
            Wake::Moved { whose, at_least } => {
                format!("at least {at_least} base units to, from or of {}", whose.in_words())
            }
            Wake::Changed(whose) => format!("a change of who may do what at {}", whose.in_words()),
            Wake::Selector(selector) => format!("a call of {}, wherever it goes", words::function(*selector)),
            Wake::Topic(topic) => format!("a log of {}", words::event(*topic)),
            Wake::Flow(FlowShape::Any) => "any movement of value".to_owned(),
            Wake::Flow(FlowShape::AtWork) => "any movement of value but that of a plain payment".to_owned(),
            Wake::Flow(FlowShape::Native { at_least }) => {
                format!("a movement of at least {at_least} wei of the native coin")
            }
            Wake::Flow(FlowShape::MintOrBurn) => "a token that comes into being or ceases to be".to_owned(),
            Wake::Failure => "a call that fails, even one whose caller goes on".to_owned(),
            Wake::Change => "a change of who may do what".to_owned(),
            Wake::Code => "deployed code".to_owned(),
            Wake::Delegation => "code delegated to an account (EIP-7702)".to_owned(),
            Wake::Block => "the end of every block".to_owned(),
        }
    }
}

impl Whose {
    fn in_words(self) -> String {
        match self {
            Whose::Account(address) => address.to_string(),
            Whose::Protected => "a protected contract".to_owned(),
        }
    }
}

/// Lines of a list that a person reads.
const LINES: usize = 8;

fn shortened(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES);
    if more > 0 {
        lines.truncate(LINES);
        lines.push(format!("and {more} more of the kind"));
    }
    lines
}

fn looks_at(on: Subject) -> &'static str {
    match on {
        Subject::Tx => "every transaction as a whole",
        Subject::Call => "every call and creation, failed ones too",
        Subject::Log => "every log that lasted",
        Subject::Flow => "every movement of value that lasted",
        Subject::Change => "every change of who may do what",
        Subject::Observed => "the answers to its standing questions, after every block",
        Subject::Block => "every block, after its transactions, with the answers to its standing questions",
    }
}

fn costs(card: &RuleCard, wakes: &[Wake], state: u64) -> Vec<String> {
    let mut costs = Vec::new();
    let rare = |wake: &Wake| {
        let is_common = matches!(wake, Wake::Tx | Wake::Work | Wake::InScope | Wake::Block);
        !is_common && !matches!(wake, Wake::Flow(FlowShape::Any | FlowShape::AtWork))
    };
    costs.push(if wakes.iter().all(rare) {
        "nothing for a transaction that does not wake it: the look-ups are shared by all rules".to_owned()
    } else if wakes.contains(&Wake::Block) && wakes.len() == 1 {
        "a look at every block, none at transactions".to_owned()
    } else {
        "a look at many or all transactions: name an address, a function or an event to make it rarer".to_owned()
    });
    if card.is_data() {
        costs.push(format!(
            "at most {},000 items looked at in one transaction; beyond that it says that it could not judge",
            crate::condition::expr::STEPS / 1_000
        ));
    }
    if !card.sections.is_empty() {
        costs.push(format!("at most {state} bytes of memory for what it keeps in mind"));
    }
    if !card.questions.is_empty() {
        let (asked, each) = (card.questions.len(), if card.questions.len() == 1 { "" } else { " each" });
        costs.push(format!(
            "{asked} standing question{}: an execution after every block,{each} at most 10,000,000 gas and 200 reads",
            if asked == 1 { "" } else { "s" }
        ));
    }
    costs
}

fn blinded_by(card: &RuleCard) -> Vec<String> {
    let mut blind = Vec::new();
    match card.described.needs.sight {
        Sight::Executed => blind.push(
            "a block that could not be executed: it is then seen from call traces or logs only, and the blind spot says \
             that this rule was hampered"
                .to_owned(),
        ),
        Sight::Calls => blind.push("a block seen from logs only, which the blind spot tells".to_owned()),
        Sight::Logs => blind.push("a block of which only the header was seen, which the blind spot tells".to_owned()),
        Sight::Header => blind.push("a block that could not be had at all, which the blind spot tells".to_owned()),
    }
    if card.is_data() {
        blind.push(
            "a value of the condition that was not seen, is null, or would not fit into 256 bits: an alert of its own, \
             `sight/blind`, says so"
                .to_owned(),
        );
    }
    for question in &card.questions {
        blind.push(format!("no answer to `{}` at {} on {}", question.name, question.address, question.chain));
    }
    blind
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::{built_in, read_rules};

    fn told(id: &str) -> String {
        let cards = read_rules(built_in()).unwrap();
        let explained = explain(cards.iter().find(|card| card.id == id).unwrap()).unwrap();
        let condition = explained.condition.map_or_else(String::new, |words| {
            format!("looks at {}\n{}\nif {}\n", words.on, words.place, words.all_of.join("\nand "))
        });
        let wakes = explained.wakes.join("\n");
        format!("{condition}woken by {wakes}\n{}\n{}\n", explained.costs.join("\n"), explained.blinded_by.join("\n"))
    }

    #[test]
    fn a_rule_is_told_in_words_with_its_parameters_filled_in() {
        expect![[r#"
            looks at every movement of value that lasted
            only about contracts of the protocol; silent when no protocol is given
            if the flow’s asset is “native”
            and the flow’s amount is at least 100,000,000,000,000,000,000
            and the flow’s recipient is not protected
            woken by value to, from or of a protected contract
            nothing for a transaction that does not wake it: the look-ups are shared by all rules
            at most 200,000 items looked at in one transaction; beyond that it says that it could not judge
            a block seen from logs only, which the blind spot tells
            a value of the condition that was not seen, is null, or would not fit into 256 bits: an alert of its own, `sight/blind`, says so
        "#]].assert_eq(&told("large-native-outflow"));
        expect![[r#"
            looks at every log that lasted
            only about contracts of the protocol; silent when no protocol is given
            if the log’s event is Approval(address,address,uint256)
            and the log’s third indexed argument is absent
            and the size of the log’s data is 32
            and word 0 of the log is 2^256-1
            and the address in the log’s second indexed argument is not protected
            woken by a log of Approval(address,address,uint256)
            nothing for a transaction that does not wake it: the look-ups are shared by all rules
            at most 200,000 items looked at in one transaction; beyond that it says that it could not judge
            a block of which only the header was seen, which the blind spot tells
            a value of the condition that was not seen, is null, or would not fit into 256 bits: an alert of its own, `sight/blind`, says so
        "#]].assert_eq(&told("unlimited-approval"));
        expect![[r#"
            looks at every change of who may do what
            only about contracts of the protocol; silent when no protocol is given
            if the change’s kind is one of “implementation”, “beacon”
            and the change’s before is there
            and the change’s before is not the change’s after
            woken by a change of who may do what at a protected contract
            nothing for a transaction that does not wake it: the look-ups are shared by all rules
            at most 200,000 items looked at in one transaction; beyond that it says that it could not judge
            a block that could not be executed: it is then seen from call traces or logs only, and the blind spot says that this rule was hampered
            a value of the condition that was not seen, is null, or would not fit into 256 bits: an alert of its own, `sight/blind`, says so
        "#]].assert_eq(&told("implementation-upgraded"));
        expect![[r#"
            woken by any movement of value but that of a plain payment
            a look at many or all transactions: name an address, a function or an event to make it rarer
            a block that could not be executed: it is then seen from call traces or logs only, and the blind spot says that this rule was hampered
        "#]].assert_eq(&told("drain"));
    }
}
