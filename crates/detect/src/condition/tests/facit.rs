//! Our language against CEL's own interpreter, on the part they share.

use cel::{Context, Env, Value as Cel};
use proptest::prelude::*;

use super::run;
use crate::card::Subject;

/// Numbers and texts that both know; a leading truth keeps it from being folded on one side only.
fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![(0u32..50).prop_map(|n| n.to_string()), Just("size('abcd')".to_owned())];
    leaf.prop_recursive(3, 12, 2, |inner| {
        let both = (inner.clone(), inner, prop::sample::select(vec!["+", "-", "*", "/", "%"]));
        both.prop_map(|(one, two, op)| format!("({one} {op} {two})"))
    })
}

fn condition() -> impl Strategy<Value = String> {
    let compare = (number(), number(), prop::sample::select(vec!["<", "<=", ">", ">=", "==", "!="]))
        .prop_map(|(one, two, op)| format!("{one} {op} {two}"));
    let text = prop::sample::select(vec!["contains", "startsWith", "endsWith"])
        .prop_map(|method| format!("'abcab'.{method}('ab')"));
    let within = number().prop_map(|number| format!("{number} in [1, 2, 3 + 4]"));
    let leaf = prop_oneof![compare, text, within, Just("true".to_owned()), Just("false".to_owned())];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one} && {two})")),
            (inner.clone(), inner.clone()).prop_map(|(one, two)| format!("({one} || {two})")),
            inner.clone().prop_map(|of| format!("!({of})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(test, yes, no)| format!("({test} ? {yes} : {no})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Where both have an answer it is the same, and where CEL finds an error we do not find an answer that CEL
    /// would not allow. Ours refuses more: what is always in trouble is refused when it is read.
    #[test]
    fn what_both_can_compute_is_the_same(source in condition()) {
        let env = Env::stdlib();
        let program = env.compile(&source).unwrap();
        let theirs = program.execute(&Context::with_env(std::sync::Arc::new(env)));
        let Ok(ours) = run(&source, Subject::Tx) else { return Ok(()) };
        if let (Ok(Cel::Bool(theirs)), [Ok(ours)]) = (&theirs, &ours[..]) {
            prop_assert_eq!(theirs, ours, "{}", source);
        }
        if let [Ok(_)] = &ours[..] {
            prop_assert!(theirs.is_ok(), "{}: {:?}", source, theirs);
        }
    }
}

#[test]
fn the_comparison_is_not_about_nothing() {
    for (source, expected) in [("(3 - 4) < 2 || true", None), ("(7 / 2) == 3 && 'abcab'.endsWith('ab')", Some(true))] {
        let ours = run(source, Subject::Tx).ok().and_then(|ours| ours[0].ok());
        assert_eq!(ours, expected, "{source}");
    }
}
