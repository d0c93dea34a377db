//! Whether facts that were kept are those that are seen now. A later program may see more; what it saw then it has to see
//! now as it was.

use serde_json::Value;

/// The first place at which `kept` says something that `now` does not; none if all of it stands.
pub(super) fn differs(kept: &Value, now: &Value) -> Option<String> {
    let mut path = String::new();
    at(kept, now, &mut path).then_some(path)
}

/// Whether something differs; `path` is then where.
fn at(kept: &Value, now: &Value, path: &mut String) -> bool {
    let length = path.len();
    let found = match (kept, now) {
        (Value::Object(kept), Value::Object(now)) => kept.iter().any(|(key, value)| {
            path.truncate(length);
            path.push('.');
            path.push_str(key);
            now.get(key).is_none_or(|now| at(value, now, path))
        }),
        (Value::Array(kept), Value::Array(now)) if kept.len() == now.len() => {
            kept.iter().zip(now).enumerate().any(|(index, (kept, now))| {
                path.truncate(length);
                path.push_str(&format!("[{index}]"));
                at(kept, now, path)
            })
        }
        (kept, now) => kept != now,
    };
    if !found {
        path.truncate(length);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn more_may_be_seen_now_and_nothing_less_or_else() {
        let kept = json!({ "a": 1, "b": [{ "c": "x" }, { "c": "y" }] });
        assert_eq!(differs(&kept, &kept), None);
        assert_eq!(differs(&kept, &json!({ "a": 1, "b": [{ "c": "x", "d": 0 }, { "c": "y" }], "e": 2 })), None);
        assert_eq!(differs(&kept, &json!({ "a": 1, "b": [{ "c": "x" }, { "c": "z" }] })).as_deref(), Some(".b[1].c"));
        assert_eq!(differs(&kept, &json!({ "a": 1, "b": [{ "c": "x" }] })).as_deref(), Some(".b"));
        assert_eq!(differs(&kept, &json!({ "b": [] })).as_deref(), Some(".a"));
    }
}
