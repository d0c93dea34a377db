use case::Severity;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::story::severities;

fn check(weight: &str, expected: Expect) {
    let words: Vec<&str> = weight.split_whitespace().collect();
    let weight = Weight {
        alert: words[0].parse().unwrap(),
        confidence: Confidence::new(words[1].parse().unwrap()),
        share_bp: words[2].parse().ok(),
        is_protected: words.contains(&"protected"),
        is_ongoing: words.contains(&"ongoing"),
    };
    expected.assert_eq(SeverityMatrix::default().rate(&weight).as_str());
}

#[test]
fn the_matrix_in_the_binary_rates_as_it_says() {
    check("critical 85 unknown", expect!["critical"]);
    check("critical 40 unknown", expect!["high"]);
    check("high 49 unknown", expect!["medium"]);
    check("high 50 unknown", expect!["high"]);
    check("high 85 unknown protected", expect!["high"]);
    check("high 85 999 protected", expect!["high"]);
    check("high 85 1000 protected", expect!["critical"]);
    check("high 85 1000", expect!["high"]);
    check("high 85 300 protected ongoing", expect!["critical"]);
    check("high 85 299 protected ongoing", expect!["high"]);
    check("high 10 unknown protected ongoing", expect!["high"]);
    check("medium 10 unknown", expect!["medium"]);
    check("medium 99 10000", expect!["medium"]);
    check("low 100 10000 protected ongoing", expect!["low"]);
    check("info 100 unknown protected ongoing", expect!["info"]);
}

/// A matrix with one change.
fn refusal(find: &str, put: &str, expected: Expect) {
    assert!(SEVERITY_TOML.contains(find), "{find}");
    let found = SeverityMatrix::parse("severity.toml", &SEVERITY_TOML.replacen(find, put, 1));
    expected.assert_eq(&found.map_or_else(|why| why.to_string(), |_| "is taken".to_owned()));
}

#[test]
fn a_matrix_that_makes_more_look_like_less_is_refused() {
    refusal(
        r#"["high",   "critical", "critical"]"#,
        r#"["high", "critical", "low"]"#,
        expect![
            "severity falls where the alert is worse or the rule surer at severity.toml:15:1; let each row rise from left to right and each column from top to bottom"
        ],
    );
    refusal(
        r#"["high",   "critical", "critical"]"#,
        r#"["low", "critical", "critical"]"#,
        expect![
            "severity falls where the alert is worse or the rule surer at severity.toml:15:1; let each row rise from left to right and each column from top to bottom"
        ],
    );
    refusal(
        r#"["high",   "critical", "critical"]"#,
        r#"["high", "critical"]"#,
        expect!["invalid length 2, expected an array of length 3 at severity.toml:21:12"],
    );
    refusal(
        r#"["high",   "critical", "critical"]"#,
        r#"["high", "critical", "catastrophic"]"#,
        expect![
            "unknown value `catastrophic` at severity.toml:21:33; known are `info`, `low`, `medium`, `high`, `critical`"
        ],
    );
    refusal(
        "likely = 50",
        "likely = 90",
        expect![
            "`likely = 90` and `sure = 80` do not rise from 0 to 100 at severity.toml:8:1; write, say, `likely = 50` and `sure = 80`"
        ],
    );
    refusal("likely = 50", "likly = 50", expect!["unknown key `likly` at severity.toml:9:1; did you mean `likely`?"]);
    refusal(
        "share_bp_min = 1000",
        "share_bp_min = 10001",
        expect!["`share_bp_min` is more than all there is at severity.toml:26:1; basis points go from 0 to 10000"],
    );
    refusal("schema = 1", "schema = 9", expect!["schema `9` is not known at severity.toml:5:10; write `schema = 1`"]);
    refusal("\n[base]", "\n[base", expect!["unclosed table, expected `]` at severity.toml:15:6"]);
    let many = format!("{SEVERITY_TOML}{}", "[[floor]]\nat_least = \"high\"\n".repeat(40));
    expect!["more than 32 floors at severity.toml:109:1; leave out those that another floor already covers"]
        .assert_eq(&SeverityMatrix::parse("severity.toml", &many).unwrap_err().to_string());
}

fn weights() -> impl Strategy<Value = Weight> {
    let confidence = (0_u8..=100).prop_map(Confidence::new);
    let share = prop::option::of(0_u16..=10_000);
    (severities(), confidence, share, any::<bool>(), any::<bool>()).prop_map(
        |(alert, confidence, share_bp, is_protected, is_ongoing)| Weight {
            alert,
            confidence,
            share_bp,
            is_protected,
            is_ongoing,
        },
    )
}

proptest! {
    /// Total, and more of anything never makes it milder.
    #[test]
    fn more_is_never_milder(one in weights(), other in weights()) {
        let matrix = SeverityMatrix::default();
        let both = Weight {
            alert: one.alert.max(other.alert),
            confidence: one.confidence.max(other.confidence),
            share_bp: one.share_bp.max(other.share_bp),
            is_protected: one.is_protected || other.is_protected,
            is_ongoing: one.is_ongoing || other.is_ongoing,
        };
        prop_assert!(matrix.rate(&both) >= matrix.rate(&one).max(matrix.rate(&other)));
    }

    /// What may open a case by its alert is never hidden by doubt.
    #[test]
    fn nothing_medium_falls_below_medium(weight in weights()) {
        let rated = SeverityMatrix::default().rate(&weight);
        prop_assert!(weight.alert < Severity::Medium || rated >= Severity::Medium);
    }
}
