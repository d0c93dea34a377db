//! What a person may ask about rules.

use std::path::PathBuf;

use case::{CaseId, EvidenceKind, Severity};
use clap::{Args, Subcommand, ValueEnum};
use detect::Maturity;
use serde::{Deserialize, de::IntoDeserializer as _, de::value::Error};

use super::{Height, LabelArgs, blocks::BlocksArgs, case::DeskArgs, evidence::SourceArgs};

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Look through rules and say all that is wrong, with the place and what to do; exits with 1 if anything is.
    Check(CheckRulesArgs),
    /// Play the cases of rules and show what came instead of what was expected; exits with 1 if anything differs.
    Test(TestRulesArgs),
    /// List rules: what they look for, how sure they are, and what wakes them.
    List(ListRulesArgs),
    /// Tell one rule in words: its page, when it fires, what wakes it, what it costs, what would blind it.
    Explain(ExplainArgs),
    /// Write the pages of all rules as a site that needs no network.
    Docs(DocsArgs),
    /// Play rules over blocks that have been: how often they would have woken somebody, how early, at what cost, and what
    /// they could not see.
    Backtest(BacktestArgs),
    /// Take over what another monitor watched for, as rules; what cannot be carried over is told with the reason.
    Import(ImportArgs),
    /// Propose exceptions and other values of parameters from what people thought of alerts, with the evidence. Nothing is
    /// changed by it.
    Tune(TuneArgs),
    /// Make a rule from a confirmed attack, and try it on honest traffic: the most general one that is silent there is
    /// written down as incubating; exits with 1 if none is.
    Learn(LearnArgs),
    /// Begin a rule: a folder that passes `check` and `test`, to be filled in.
    New(NewArgs),
}

/// Which rules: folders of rules, of a family or of one rule. Without any, the folder `rules` if there is one here, and
/// otherwise the rules in the program.
#[derive(Debug, Args)]
pub struct WhichRules {
    /// Folders of rules, of a family, or of one rule; without any, `rules` if it is here, else the built-in rules.
    pub paths: Vec<PathBuf>,
}

/// What to check.
#[derive(Debug, Args)]
pub struct CheckRulesArgs {
    #[command(flatten)]
    pub which: WhichRules,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to test.
#[derive(Debug, Args)]
pub struct TestRulesArgs {
    #[command(flatten)]
    pub which: WhichRules,
    /// Write what came into the cases that expected something else.
    #[arg(long)]
    pub update: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "update")]
    pub json: bool,
}

/// What to list.
#[derive(Debug, Args)]
pub struct ListRulesArgs {
    #[command(flatten)]
    pub over: OverBuiltIn,
    /// Only of this family.
    #[arg(long)]
    pub family: Option<String>,
    /// Only of this kind of attack, or of this family of the taxonomy: `price/rounding`, `price`.
    #[arg(long)]
    pub kind: Option<String>,
    /// Only of this severity or worse.
    #[arg(long)]
    pub severity: Option<Severity>,
    /// Only of this maturity: sandbox, incubating, stable, deprecated.
    #[arg(long, value_parser = maturity)]
    pub maturity: Option<Maturity>,
    /// Only those that rest on this kind of fact: flow, balance, call, storage, log, code, observed.
    #[arg(long, value_parser = evidence)]
    pub needs: Option<EvidenceKind>,
    /// Only those with this word in their id, title or tags.
    #[arg(long)]
    pub word: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// A person's own rules, read over those in the program.
#[derive(Debug, Args)]
pub struct OverBuiltIn {
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
}

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule's id.
    pub rule: String,
    #[command(flatten)]
    pub over: OverBuiltIn,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Where to write the site.
#[derive(Debug, Args)]
pub struct DocsArgs {
    /// The folder to write into; it has to be new or empty, or a site that was written before.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    pub over: OverBuiltIn,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Written {
    /// For a terminal.
    Text,
    /// For a program.
    Json,
    /// For a pull request.
    Markdown,
}

/// What to play rules over.
#[derive(Debug, Args)]
pub struct BacktestArgs {
    #[command(flatten)]
    pub blocks: BlocksArgs,
    /// What is protected. Without it every contract is in scope for the generic rules.
    #[arg(long, value_name = "FILE")]
    pub protocol: Option<PathBuf>,
    /// Rules to read over the built-in ones: a folder of `family/rule-id` folders.
    #[arg(long, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Other rules to read over the built-in ones, to be compared with: what alerts appear and disappear.
    #[arg(long, value_name = "DIR", conflicts_with = "against_built_in")]
    pub against: Option<PathBuf>,
    /// Compare with the built-in rules alone.
    #[arg(long)]
    pub against_built_in: bool,
    #[command(flatten)]
    pub labels: LabelArgs,
    /// What had been announced: the `announcements.json` of an evidence bundle.
    #[arg(long, value_name = "FILE")]
    pub announcements: Option<PathBuf>,
    /// Attacks that are known to be in the blocks: a TOML file of `[[attack]]` with `tx` or `block`, and `kind`.
    #[arg(long, value_name = "FILE")]
    pub attacks: Option<PathBuf>,
    /// How the report is written.
    #[arg(long, value_enum, default_value = "text", conflicts_with = "json")]
    pub format: Written,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Exit with 1 if anybody would have been woken without need, or a labelled attack had woken nobody.
    #[arg(long)]
    pub gate: bool,
}

/// Who watched before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Foreign {
    /// OpenZeppelin Defender: exported sentinels and monitors, or a serverless.yml.
    Defender,
    /// OpenZeppelin Monitor: monitors, networks and triggers.
    Monitor,
    /// Forta: bot configurations, alerts, subscriptions.
    Forta,
    /// Tenderly: exported alerts, or a tenderly.yaml.
    Tenderly,
}

/// What to import.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Who watched before.
    pub format: Foreign,
    /// The files.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The folder of rules to write into; `imported/…` within it.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// ABIs that say where the arguments are that a monitor only names: artifacts of Foundry or Hardhat, or bare lists.
    #[arg(long, value_name = "FILE")]
    pub abi: Vec<PathBuf>,
    /// Import what was paused or switched off as well.
    #[arg(long)]
    pub paused: bool,
    /// Write over rules that were imported before.
    #[arg(long)]
    pub replace: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What to draw together.
#[derive(Debug, Args)]
pub struct TuneArgs {
    #[command(flatten)]
    pub over: OverBuiltIn,
    /// Only this rule.
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// A folder to write what is proposed into, new or empty: `exceptions.toml`, and `rules` with the cards that change. It
    /// comes into force when a person puts it in place.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    #[command(flatten)]
    pub desk: DeskArgs,
}

/// What to learn from.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// The case of the attack.
    #[arg(required_unless_present = "bundle", conflicts_with = "bundle")]
    pub case: Option<CaseId>,
    /// An evidence bundle of it, instead of a book.
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Honest traffic to try it on: witness files or folders of them. Blocks that hold the attack may be among them.
    #[arg(long, value_name = "PATH", num_args = 1.., required_unless_present = "from")]
    pub honest: Vec<PathBuf>,
    /// The first of the blocks to try it on, read from the node.
    #[arg(long, value_name = "N", requires = "rpc", conflicts_with = "honest")]
    pub from: Option<u64>,
    /// The last of these blocks, or `latest`.
    #[arg(long, value_name = "M", requires = "from", default_value = "latest")]
    pub to: Height,
    /// What the rule is called, after `learnt-`; the kind of attack and the case when absent.
    #[arg(long, value_name = "WORDS")]
    pub name: Option<String>,
    /// The folder of rules to write into; `learnt/…` within it.
    #[arg(long, value_name = "DIR", default_value = "rules")]
    pub out: PathBuf,
    #[command(flatten)]
    pub source: SourceArgs,
}

/// What to begin.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Family and id of the rule, such as `value/fee-drain`.
    #[arg(value_name = "FAMILY/ID")]
    pub name: String,
    /// The folder of rules.
    #[arg(long, value_name = "DIR", default_value = "rules")]
    pub rules: PathBuf,
}

fn maturity(text: &str) -> Result<Maturity, String> {
    word(text)
}

fn evidence(text: &str) -> Result<EvidenceKind, String> {
    word(text)
}

/// A word of a list, as the files write it.
fn word<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    let read: Result<T, Error> = T::deserialize(text.into_deserializer());
    read.map_err(|error| error.to_string())
}
