//! The figures as a person reads them.

use std::fmt;

use super::{Count, Generated, Honest, Past, Rate, Report, stories::Figures};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Intervals are Clopper-Pearson at 95 %. An alarm is an alert at `high` or above.\n")?;
        self.honest.iter().try_for_each(|honest| honest_rows(f, honest))?;
        stories_rows(f, "Stories without any configuration", &self.stories.bare)?;
        stories_rows(f, "Stories with contracts and invariants declared", &self.stories.declared)?;
        writeln!(f, "{}", self.lessons)?;
        self.past.iter().try_for_each(|past| past_rows(f, past))?;
        writeln!(f, "took {} s", self.seconds)
    }
}

fn honest_rows(f: &mut fmt::Formatter<'_>, honest: &Honest) -> fmt::Result {
    writeln!(f, "Honest traffic: {}", honest.name)?;
    writeln!(f, "  transactions          {}", honest.transactions)?;
    let alerts: Vec<String> = honest.alerts.iter().map(|(severity, n)| format!("{severity} {n}")).collect();
    writeln!(f, "  alerts                {}", if alerts.is_empty() { "none".to_owned() } else { alerts.join(", ") })?;
    writeln!(f, "  alarms                {}", honest.alarms)?;
    let n = honest.transactions;
    for (name, hits) in BASELINES.iter().zip(honest.baselines) {
        writeln!(f, "  {name:<22}{}", Rate::of(hits, n))?;
    }
    honest.mistakes.iter().take(60).try_for_each(|mistake| writeln!(f, "    {mistake}"))?;
    if let Some(generated) = &honest.generated {
        mix_rows(f, generated)?;
    }
    writeln!(f)
}

fn mix_rows(f: &mut fmt::Formatter<'_>, generated: &Generated) -> fmt::Result {
    writeln!(f, "  {} towns of seed {}:", generated.towns, generated.seed)?;
    writeln!(f, "  {:>10} {:>10} {:>8} {:>8}  kind", "sent", "succeeded", "alerts", "alarms")?;
    for (kind, count) in &generated.mix {
        let Count { transactions, succeeded, alerts, alarms } = count;
        writeln!(f, "  {transactions:>10} {succeeded:>10} {alerts:>8} {alarms:>8}  {kind}")?;
    }
    generated.quiet.iter().try_for_each(|(what, n)| writeln!(f, "    quiet {n} x {what}"))
}

const BASELINES: [&str; 3] = ["large transfer", "any flash loan", "single event"];

fn stories_rows(f: &mut fmt::Formatter<'_>, title: &str, figures: &Figures) -> fmt::Result {
    writeln!(f, "{title}")?;
    writeln!(
        f,
        "  {:<12}{:>8}  {:<28}{:<28}{:<28}{:<24}baselines: large, flash, event (twins)",
        "class", "stories", "caught", "twins alarmed", "kind right", "at once"
    )?;
    for (class, row) in &figures.classes {
        let show = |rate: &Option<Rate>| rate.map(|rate| rate.to_string()).unwrap_or_default();
        let short = |rate: &Option<Rate>| rate.map(|rate| format!("{}/{}", rate.hits, rate.n)).unwrap_or_default();
        let percents = |rates: &Option<[Rate; 3]>| {
            let rates = rates.iter().flatten().map(|rate| rate.percent().map_or("-".to_owned(), |p| format!("{p:.0}")));
            rates.collect::<Vec<_>>().join(", ")
        };
        writeln!(
            f,
            "  {class:<12}{:>8}  {:<28}{:<28}{:<28}{:<24}{} ({})",
            row.stories,
            show(&row.caught),
            show(&row.twins),
            show(&row.named),
            short(&row.at_once),
            percents(&row.baselines),
            percents(&row.baseline_twins),
        )?;
    }
    if let Some(all) = figures.classes.get("all")
        && let Some([read, tried]) = all.staged
    {
        writeln!(f, "  contracts put in place before the harm: {read} told by their code, {tried} by trying them out")?;
        let leads: Vec<String> = all.lead_blocks.iter().map(|(blocks, n)| format!("{blocks}: {n}")).collect();
        writeln!(f, "  blocks from that to the harm: {}", leads.join(", "))?;
    }
    if let Some(precision) = figures.classes.get("all").and_then(|all| all.precision) {
        writeln!(f, "  precision   {precision}")?;
    }
    figures.missed.iter().take(60).try_for_each(|missed| writeln!(f, "    missed   {missed}"))?;
    figures.mistakes.iter().take(40).try_for_each(|mistake| writeln!(f, "    mistaken {mistake}"))?;
    writeln!(f)
}

fn past_rows(f: &mut fmt::Formatter<'_>, past: &Past) -> fmt::Result {
    writeln!(f, "Attacks of the past, {}", past.name)?;
    writeln!(f, "  caught                {}", past.caught)?;
    writeln!(f, "  with any alert        {}", past.mentioned)?;
    for (name, rate) in BASELINES.iter().zip(past.baselines) {
        writeln!(f, "  {name:<22}{rate}")?;
    }
    for attack in past.attacks.iter().filter(|attack| !attack.caught) {
        let why = attack.why_missed.as_deref().unwrap_or_default();
        let category = attack.category.as_deref().unwrap_or("-");
        writeln!(
            f,
            "    missed {} ({category}), {} frames, {} flows: {why}",
            attack.name, attack.frames, attack.flows
        )?;
    }
    writeln!(f)
}
