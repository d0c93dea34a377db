//! What a baseline learns, and what nobody can teach it.

use super::kept::{flows, rule};
use crate::{RuleText, Scene, built_in, read_rules};

/// A rule that tells its median and spread whenever somebody pays `1`, and fires from a score of 5.00 upwards.
fn watcher(more: &str) -> RuleText {
    rule(&format!(
        r#"
[baseline.paid]
on = "flow"
when = "flow.amount != 1"
key = ["flow.to"]
value = "flow.amount"
keep = 40
least = 24
drift_bp_per_day = 500
{more}
[condition]
on = "flow"
where = "everything"
when = "flow.amount == 1 || baseline.paid(flow.to).above(flow.amount, 500)"
subject = "flow.to"
message = "{{flow.amount}}: {{baseline.paid(flow.to).median}} {{baseline.paid(flow.to).spread}}"
"#
    ))
}

/// Blocks an hour apart, each with these flows.
fn hours(count: u64, of: &[&str]) -> String {
    flows(of).replace("[[block]]", &format!("[[block]]\nrepeat = {count}\nstep = 300"))
}

/// Hours in which payments are 100 and 104 by turns.
fn usual(days: u64) -> String {
    [hours(1, &["a v 100"]), hours(1, &["a v 104"])].concat().repeat(12 * usize::try_from(days).unwrap())
}

/// What follows the colon of each message.
fn told(rules: impl IntoIterator<Item = RuleText>, blocks: &[String]) -> Vec<String> {
    let blind_spot = built_in().into_iter().filter(|text| text.folder.ends_with("blind-spot"));
    let cards = read_rules(blind_spot.chain(rules)).unwrap();
    let scene = Scene::read("x", &format!("about = 'x'\nexpect = {{ alerts = [] }}\n{}", blocks.concat())).unwrap();
    let told = scene.play(cards, "it").unwrap();
    told.iter().map(|line| line.rsplit_once("{v}: ").map_or(line.as_str(), |(_, says)| says).to_owned()).collect()
}

fn ask() -> String {
    flows(&["a v 1"])
}

fn median(line: &str) -> u64 {
    line.split(' ').nth(1).unwrap().parse().unwrap_or_else(|_| panic!("{line}"))
}

#[test]
fn it_says_nothing_before_it_has_seen_enough_for_long_enough() {
    let few = told([watcher("")], &[hours(23, &["a v 100"]), ask(), flows(&["a v 9000"])]);
    assert_eq!(few, ["1: none none"]);
    // As many within one hour are not enough: they say nothing about a day.
    let quick = flows(&["a v 100"; 8]);
    assert_eq!(told([watcher("")], &[quick.repeat(10), ask(), flows(&["a v 9000"])]), ["1: none none"]);
    assert_eq!(told([watcher("")], &[usual(2), ask()]), ["1: 100 0"]);
}

#[test]
fn what_is_far_from_usual_fires_and_teaches_nothing() {
    let spike = hours(30, &["a v 9000"]);
    let told = told([watcher("")], &[usual(2), spike, ask(), hours(1, &["a v 104"])]);
    assert_eq!(told.len(), 31, "thirty in a row do not make it usual: {told:?}");
    assert!(told[..30].iter().all(|line| line.starts_with("9000: 100 ")), "{told:?}");
    assert_eq!(median(&told[30]), 100);
}

#[test]
fn what_another_rule_finds_grave_is_not_learnt() {
    let mut grave = rule(
        "[condition]\non = 'flow'\nwhere = 'everything'\nwhen = 'flow.amount == 106'\nsubject = 'flow.to'\nmessage = 'x'",
    );
    grave.folder = "x/grave".into();
    grave.card = grave
        .card
        .replace("id = \"it\"", "id = \"grave\"")
        .replace("severity_elsewhere = \"medium\"", "severity_elsewhere = \"high\"");
    // The score of 106 is within what is usual; only the other rule objects to it.
    let blocks = [usual(2), hours(200, &["a v 106"]), ask()];
    let alone = told([watcher("spread_min = '4'")], &blocks);
    let warned = told([watcher("spread_min = '4'"), grave], &blocks);
    assert_eq!((median(&alone[0]), median(&warned[0])), (106, 100));
}

/// Whoever raises a little every hour, always just below what would fire, gets no further than the drift allows.
#[test]
fn patience_teaches_it_no_faster_than_its_drift() {
    let days = 20;
    let mut blocks = vec![usual(2)];
    let mut amount = 104u64;
    for _ in 0..days {
        blocks.push(hours(24, &[&format!("a v {amount}")]));
        blocks.push(ask());
        amount += amount / 7;
    }
    let told = told([watcher("spread_min = '10'")], &blocks);
    let mut highest = 104u64;
    let mut most = 0;
    for line in told.iter().filter(|line| line.starts_with("1: ")) {
        let median = median(line);
        // A twentieth a day and the rounding of it; the marker of a day may stand in the next one.
        highest += highest / 20 + 1;
        assert!(median <= highest + highest / 20 + 1, "{median} > {highest}: {told:?}");
        most = most.max(median);
    }
    assert!(most > 110, "an honest trend is followed: {told:?}");
    assert!(told.iter().any(|line| !line.starts_with("1: ")), "and the impatient are found out: {told:?}");
}

#[test]
fn a_flood_within_a_day_moves_it_by_a_days_drift() {
    let flood = flows(&["a v 130"; 8]).repeat(60);
    let told = told([watcher("spread_min = '100'")], &[usual(2), flood, ask()]);
    assert!(median(&told[0]) <= 110, "{told:?}");
}

#[test]
fn each_hour_of_the_day_has_its_own_usual() {
    // By day 1000 an hour, by night 10; five weeks, so that each hour has been seen often enough.
    let day = [hours(12, &["a v 1000"]), hours(12, &["a v 10"])].concat();
    let blocks = [day.repeat(30), hours(13, &["a v 1000"]), hours(1, &["a v 10"])];
    let told = told([watcher("season = 'hour-of-day'")], &blocks);
    assert_eq!(told, ["1000: 10 0"], "a day's payment at night, and no other");
}

#[test]
fn hourly_sums_count_silent_hours_too_and_not_spoilt_ones() {
    let more = "every_seconds = 3600";
    // Two payments of 50 in each hour are one observation of 100.
    let hour = flows(&["a v 50"]).replace("[[block]]", "[[block]]\nstep = 150").repeat(2);
    let told_busy = told([watcher(more)], &[hour.repeat(40), ask()]);
    assert_eq!(median(&told_busy[0]), 100);
    // Mostly silent: zero is usual.
    let seldom = flows(&["a v 50"]).replace("[[block]]", "[[block]]\nstep = 1500");
    let told_seldom = told([watcher(more)], &[seldom.repeat(12), ask()]);
    assert_eq!(median(&told_seldom[0]), 0);
    // Blind blocks spoil their hour: what was not seen is no silence.
    let blind = "[[block]]\nstep = 300\nblind = [{ scope = { part = \"block\" }, why = \"x\" }]\n";
    let told_blind = told([watcher(more)], &[hour.repeat(30), blind.repeat(30), hour.repeat(2), ask()]);
    assert_eq!(median(&told_blind[0]), 100);
}

#[test]
fn small_steps_in_one_direction_add_up() {
    let creeping = rule(
        r#"
[baseline.paid]
on = "flow"
key = ["flow.to"]
value = "flow.amount"
keep = 40
least = 24
spread_min = "4"
[condition]
on = "flow"
where = "everything"
when = "baseline.paid(flow.to).rise(flow.amount) >= 500 && !baseline.paid(flow.to).above(flow.amount, 200)"
subject = "flow.to"
message = "{flow.amount}: {baseline.paid(flow.to).rise(flow.amount)} {baseline.paid(flow.to).fall(flow.amount)}"
"#,
    );
    // Each is 1.34 deviations above the median, which nobody would look at.
    let told = told([creeping], &[usual(2), hours(40, &["a v 112"])]);
    assert!(!told.is_empty() && told[0].starts_with("112: 5") && told[0].ends_with(" 0"), "{told:?}");
}
