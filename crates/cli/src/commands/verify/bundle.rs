//! An evidence bundle, proved with nothing but itself.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use case::Digest;
use engine::{Bundle, Proof, Verdict, VerdictLine};
use serde_json::json;
use store::Known;

use crate::{args::VerifyArgs, commands::evidence::INCOMPLETE, output};

pub fn run(args: &VerifyArgs, bytes: &[u8], known: &Known) -> Result<ExitCode> {
    let asked = args.id.as_deref().map(str::parse::<Digest>).transpose()?;
    let (bundle, problems) = Bundle::from_bytes(bytes)
        .with_context(|| format!("`{}` is no bundle that can be read", args.path.display()))?;
    let mut verdict = bundle.prove(known, problems);
    if let Some(asked) = asked.filter(|asked| *asked != verdict.bundle) {
        let at = "the bundle".to_owned();
        verdict.broken.push(VerdictLine { at, says: format!("is {}, not {asked}: it is another one", verdict.bundle) });
    }
    let outcome = verdict.outcome();
    if args.json {
        output::json(&json!({ "outcome": outcome, "verdict": verdict }))?;
    } else {
        print(&verdict, outcome);
    }
    Ok(match outcome {
        Proof::Holds => ExitCode::SUCCESS,
        Proof::Broken => ExitCode::FAILURE,
        Proof::Incomplete => ExitCode::from(INCOMPLETE),
    })
}

fn print(verdict: &Verdict, outcome: Proof) {
    let lists = [
        ("proved  ", &verdict.proved),
        ("attested", &verdict.attested),
        ("MISSING ", &verdict.missing),
        ("BROKEN  ", &verdict.broken),
    ];
    for (word, list) in lists {
        list.iter().for_each(|line| output::line(format!("{word}  {}: {}", line.at, line.says)));
    }
    if verdict.more > 0 {
        output::line(format!("and {} lines more", verdict.more));
    }
    output::line(format!("\nbundle {} of case {}, made by {}", verdict.bundle, verdict.case, verdict.made_by));
    let (proved, attested) = (verdict.proved.len(), verdict.attested.len());
    let (missing, broken) = (verdict.missing.len(), verdict.broken.len());
    output::line(format!("{proved} proved, {attested} by somebody's word, {missing} missing, {broken} broken"));
    output::line(match outcome {
        Proof::Holds => "this bundle holds",
        Proof::Incomplete => "what is here holds, and something is missing",
        Proof::Broken => "this bundle does not hold",
    });
}
