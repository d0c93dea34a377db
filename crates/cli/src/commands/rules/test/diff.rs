//! What was expected and what came, line against line, with a mark under what differs.

/// Lines of each side that are compared. A case beyond it has a table too large to be worth it, and is shown whole.
const COMPARED: usize = 400;

/// The difference as lines: ` ` stands in both, `-` was expected and did not come, `+` came and was not expected. A
/// line that only changed has a third one, `?`, with `^` under the part that did.
pub fn lines(expected: &[String], came: &[String]) -> Vec<String> {
    if expected.len().max(came.len()) > COMPARED {
        let mark = |sign: &'static str| move |line: &String| format!("{sign} {line}");
        return expected.iter().map(mark("-")).chain(came.iter().map(mark("+"))).collect();
    }
    let common = longest_common(expected, came);
    let (mut one, mut two) = (0, 0);
    let mut told = Vec::new();
    for (at_one, at_two) in common.into_iter().chain([(expected.len(), came.len())]) {
        changed(&expected[one..at_one], &came[two..at_two], &mut told);
        if let Some(same) = expected.get(at_one) {
            told.push(format!("  {same}"));
        }
        (one, two) = (at_one + 1, at_two + 1);
    }
    told
}

/// Lines that differ. Those that stand across from each other are taken for one line that changed.
fn changed(expected: &[String], came: &[String], told: &mut Vec<String>) {
    for at in 0..expected.len().max(came.len()) {
        match (expected.get(at), came.get(at)) {
            (Some(one), Some(two)) => {
                told.push(format!("- {one}"));
                told.push(format!("+ {two}"));
                told.push(format!("? {}", under(one, two)));
            }
            (Some(one), None) => told.push(format!("- {one}")),
            (None, Some(two)) => told.push(format!("+ {two}")),
            (None, None) => {}
        }
    }
}

/// Marks under the part of the second line that is not in the first.
fn under(one: &str, two: &str) -> String {
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let head = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
    let rest = (one.len() - head).min(two.len() - head);
    let tail = one.iter().rev().zip(two.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    format!("{}{}", " ".repeat(head), "^".repeat((two.len() - head - tail).max(1)))
}

/// Pairs of places of the longest common part.
fn longest_common(one: &[String], two: &[String]) -> Vec<(usize, usize)> {
    let mut table = vec![vec![0_usize; two.len() + 1]; one.len() + 1];
    for at_one in (0..one.len()).rev() {
        for at_two in (0..two.len()).rev() {
            table[at_one][at_two] = match one[at_one] == two[at_two] {
                true => table[at_one + 1][at_two + 1] + 1,
                false => table[at_one + 1][at_two].max(table[at_one][at_two + 1]),
            };
        }
    }
    let (mut at_one, mut at_two, mut pairs) = (0, 0, Vec::new());
    while at_one < one.len() && at_two < two.len() {
        if one[at_one] == two[at_two] {
            pairs.push((at_one, at_two));
            (at_one, at_two) = (at_one + 1, at_two + 1);
        } else if table[at_one + 1][at_two] >= table[at_one][at_two + 1] {
            at_one += 1;
        } else {
            at_two += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn told(expected: &str, came: &str) -> String {
        let split = |text: &str| text.split_terminator('\n').map(str::to_owned).collect::<Vec<_>>();
        lines(&split(expected), &split(came)).join("\n")
    }

    #[test]
    fn what_differs_is_marked_and_what_does_not_stays() {
        expect![[r#"
              1 high a
            - 2 low: 100 wei left
            + 2 low: 150 wei left
            ?         ^
              3 high c
            + 4 new"#]]
        .assert_eq(&told("1 high a\n2 low: 100 wei left\n3 high c", "1 high a\n2 low: 150 wei left\n3 high c\n4 new"));
        expect!["- a\n- b"].assert_eq(&told("a\nb", ""));
        expect!["+ a"].assert_eq(&told("", "a"));
        expect!["- ab\n+ a\n?  ^"].assert_eq(&told("ab", "a"));
    }
}
