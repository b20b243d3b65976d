//! The NUL character: refused in every text that a client sends, so that both databases answer alike. PostgreSQL cannot store it, SQLite can.
//!
//! Headers need no check: the parser refuses it there.

use super::extract;
use crate::problem::{Code, Finding, Problem, Text};
use actix_web::http::Uri;
use serde_json::Value;

/// Findings about one body at most.
const MOST: usize = 20;

/// Whether the text has a NUL character.
pub fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// What is said about a text with a NUL character.
pub fn nul_text() -> Text {
    Text::new("不得含有 NUL 字符（U+0000）", "contains the NUL character (U+0000)")
}

/// Refuses an address: nothing has a path with a NUL character (404), and no parameter a value (400).
pub(super) fn check_address(uri: &Uri) -> Result<(), Problem> {
    const ENCODED: &str = "%00";
    if uri.path().contains(ENCODED) {
        return Err(Code::NotFound.into());
    }
    let Some(query) = uri.query().filter(|query| query.contains(ENCODED)) else { return Ok(()) };
    let parameters = form_urlencoded::parse(query.as_bytes()).filter(|(name, value)| has_nul(name) || has_nul(value));
    let findings =
        parameters.map(|(name, _)| Finding::parameter(printable(&name), Code::InvalidParameter.as_str(), nul_text())).take(MOST);
    Err(Problem::new(Code::InvalidParameter).findings(findings))
}

/// Refuses a JSON text with a NUL character in a string or a name, with its places. What is no JSON is left to the parser, which also refuses a NUL
/// byte.
pub(super) fn check_json(text: &[u8]) -> Result<(), Problem> {
    const ESCAPED: &[u8] = br"\u0000";
    if !text.windows(ESCAPED.len()).any(|window| window == ESCAPED) {
        return Ok(());
    }
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return Ok(()) };
    let mut places = Vec::new();
    collect(&value, String::new(), &mut places);
    if places.is_empty() {
        return Ok(());
    }
    let findings = places.into_iter().map(|place| Finding::field(place, Code::InvalidField.as_str(), nul_text()));
    Err(Problem::new(Code::InvalidBody).findings(findings))
}

fn collect(value: &Value, place: String, places: &mut Vec<String>) {
    if places.len() == MOST {
        return;
    }
    match value {
        Value::String(text) if has_nul(text) => places.push(place),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{index}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let inner = format!("{place}/{}", extract::escaped(&printable(name)));
                if has_nul(name) { places.push(inner) } else { collect(field, inner, places) }
            }
        }
        _ => {}
    }
}

/// A name without the character itself.
fn printable(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::At;

    #[test]
    fn nul_in_address_is_refused() {
        let code = |uri: &str| check_address(&uri.parse().unwrap()).map_err(|problem| problem.code);
        for uri in ["/v1/cycles", "/v1/cycles?a=b", "/v1/%2500?a=%2500", "/?a=%0"] {
            assert_eq!(code(uri), Ok(()), "{uri}");
        }
        assert_eq!(code("/v1/cycles/a%00b"), Err(Code::NotFound));
        for uri in ["/v1/cycles?q=%00", "/v1/cycles?a=1&q=a%00b", "/v1/cycles?%00=1"] {
            assert_eq!(code(uri), Err(Code::InvalidParameter), "{uri}");
        }
    }

    #[test]
    fn nul_in_json_is_refused_with_its_places() {
        let places = |text: &str| match check_json(text.as_bytes()) {
            Ok(()) => Vec::new(),
            Err(problem) => problem
                .errors
                .into_iter()
                .map(|finding| match finding.at {
                    At::Body(pointer) => pointer,
                    other => panic!("{other:?}"),
                })
                .collect(),
        };
        // An escaped backslash before `u0000` is no NUL.
        for text in [r#"{"a": "b"}"#, r#"{"a": "\\u0000"}"#, r#"{"a": "\u0000"#, r"\u0000"] {
            assert_eq!(places(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(places(r#"{"a": {"b/c": [1, "x\u0000y"]}}"#), ["/a/b~1c/1"]);
        assert_eq!(places(r#"{"a": "\u0000", "b\u0000": "\u0000", "c": "\\\u0000"}"#), ["/a", "/b\u{fffd}", "/c"]);
        assert_eq!(places(r#""\u0000""#), [""]);
        assert_eq!(places(&format!("[{}1]", r#""\u0000","#.repeat(1000))).len(), MOST);
    }
}
