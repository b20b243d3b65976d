//! Everything in a request that does not fit its type. serde stops at the first place that does not: such a place is mended by what the schema says
//! may stand there, and the request is read again, until all of it fits or nothing more can be mended. What was made up is never used.

use super::extract::{escaped, pointer_of, validation_findings};
use crate::problem::{At, Code, Finding, Problem, Text};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Parameter;
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

/// Findings of this kind in one answer, at most: each costs a reading of the body.
const MOST: usize = 50;

/// One place that does not fit.
pub(super) enum Misfit {
    /// There is a field that the type does not have.
    Unknown { pointer: String, field: String },
    /// There is no such field, and there has to be one.
    Missing { pointer: String, field: String },
    /// The value is of another kind.
    Value { pointer: String, expected: String },
}

impl Misfit {
    /// What serde says of a place. It repeats the refused value in its text: only what was expected is taken, values may be personal.
    pub(super) fn new(pointer: String, text: &str) -> Self {
        let quoted = |start: &str| text.strip_prefix(start).and_then(|rest| rest.split('`').next()).map(str::to_owned);
        if let Some(field) = quoted("unknown field `") {
            let end = format!("/{}", escaped(&field));
            let pointer = if pointer.ends_with(&end) { pointer } else { pointer + &end };
            Self::Unknown { pointer, field }
        } else if let Some(field) = quoted("missing field `") {
            Self::Missing { pointer: format!("{pointer}/{}", escaped(&field)), field }
        } else {
            let expected = expected_in(text).and_then(|rest| rest.split(" at line").next()).unwrap_or("another value");
            Self::Value { pointer, expected: expected.to_owned() }
        }
    }

    fn pointer(&self) -> &str {
        match self {
            Self::Unknown { pointer, .. } | Self::Missing { pointer, .. } | Self::Value { pointer, .. } => pointer,
        }
    }

    pub(super) fn finding(&self) -> Finding {
        let (code, zh, en) = match self {
            Self::Unknown { field, .. } => (Code::UnknownField, format!("未知字段 {field}"), format!("unknown field {field}")),
            Self::Missing { field, .. } => (Code::InvalidField, format!("缺少字段 {field}"), format!("{field} is required")),
            Self::Value { expected, .. } => {
                (Code::InvalidField, format!("值无效，应为 {expected}"), format!("invalid value, expected {expected}"))
            }
        };
        Finding::field(self.pointer(), code.as_str(), Text::new(zh, en))
    }

    /// Puts at the place what the type may have there.
    fn mend(&self, value: &mut Value, schema: &Schema) -> Option<()> {
        let (parent, name) = self.pointer().rsplit_once('/').unwrap_or_default();
        let name = name.replace("~1", "/").replace("~0", "~");
        match self {
            Self::Unknown { .. } => value.pointer_mut(parent)?.as_object_mut()?.remove(&name).map(drop),
            Self::Missing { pointer, .. } => {
                let made_up = schema.least(schema.at(pointer)?)?;
                value.pointer_mut(parent)?.as_object_mut()?.insert(name, made_up);
                Some(())
            }
            Self::Value { pointer, .. } => {
                *value.pointer_mut(pointer)? = schema.least(schema.at(pointer)?)?;
                Some(())
            }
        }
    }
}

/// What was expected, by serde's words: the last that they say. The refused value stands before it, and may hold the same words.
pub(super) fn expected_in(text: &str) -> Option<&str> {
    text.rsplit_once(", expected ").map(|(_, expected)| expected)
}

/// The problem of these findings: under their code where they share one.
fn problem(findings: Vec<Finding>, otherwise: Code) -> Problem {
    let shared = findings.first().filter(|first| findings.iter().all(|other| other.code == first.code));
    Problem::new(shared.and_then(|first| Code::find(&first.code)).unwrap_or(otherwise)).findings(findings)
}

/// Reads a body whose first reading found `first`. The body itself, where all that was wrong is a whole number written as `53.0`, which JSON Schema
/// takes for an integer; else a problem with all findings, also those of the rules for single values.
pub(super) fn read<T: DeserializeOwned + Validate + ToSchema>(mut value: Value, first: Problem) -> Result<T, Problem> {
    let rewritten = write_whole_numbers(&mut value);
    let schema = Schema::of::<T>();
    let (mut findings, mut mended): (Vec<Finding>, Vec<String>) = (Vec::new(), Vec::new());
    let is_mended = |mended: &[String], pointer: &str| {
        mended.iter().any(|place| pointer.strip_prefix(place.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    while mended.len() < MOST {
        match serde_path_to_error::deserialize::<_, T>(&value) {
            Ok(read) if findings.is_empty() && rewritten => return Ok(read),
            Ok(read) => {
                let others = read.validate().err().map(|errors| validation_findings(&errors)).unwrap_or_default();
                let is_real = |finding: &Finding| match &finding.at {
                    At::Body(pointer) => !is_mended(&mended, pointer),
                    At::Parameter(_) | At::Whole => true,
                };
                // A rule of the whole says nothing while parts of it are made up.
                findings.extend(others.into_iter().filter(is_real));
                break;
            }
            Err(error) => {
                let misfit = Misfit::new(pointer_of(error.path()), &error.inner().to_string());
                if is_mended(&mended, misfit.pointer()) {
                    break;
                }
                findings.push(misfit.finding());
                if misfit.mend(&mut value, &schema).is_none() {
                    break;
                }
                mended.push(misfit.pointer().to_owned());
            }
        }
    }
    if findings.is_empty() {
        return Err(first);
    }
    findings.sort_by(|a, b| format!("{:?}", a.at).cmp(&format!("{:?}", b.at)));
    Err(problem(findings, Code::InvalidBody))
}

/// Writes 53.0 as 53; whether there was any. Fields that are no integers take both.
fn write_whole_numbers(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items.iter_mut().fold(false, |any, item| any | write_whole_numbers(item)),
        Value::Object(fields) => fields.values_mut().fold(false, |any, item| any | write_whole_numbers(item)),
        Value::Number(number) if number.is_f64() => {
            // Up to 2^53 every whole number has a form of its own; its text has no fraction.
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0);
            let Some(whole) = whole.and_then(|number| format!("{number:.0}").parse::<i64>().ok()) else { return false };
            *value = whole.into();
            true
        }
        _ => false,
    }
}

/// Reads a query whose first reading failed, in the terms of its parameters: switches as `True` and `1` too, and all findings. `unknown` are those
/// about parameters that there are not.
pub(super) fn read_query<T: DeserializeOwned>(
    parameters: &[Parameter],
    mut pairs: Vec<(String, String)>,
    unknown: Vec<Finding>,
) -> Result<T, Problem> {
    let parameters: Map<String, Value> = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), serde_json::to_value(parameter).unwrap_or(Value::Null)))
        .collect();
    pairs.retain(|(name, _)| parameters.contains_key(name));
    for (name, value) in &mut pairs {
        if is_of(&parameters[name.as_str()]["schema"], "boolean")
            && let Some(switch) = boolean(value)
        {
            *value = switch.to_string();
        }
    }
    let mut findings = unknown;
    let mut mended: Vec<String> = Vec::new();
    let invalid = |name: &str, zh: String, en: String| Finding::parameter(name, Code::InvalidParameter.as_str(), Text::new(zh, en));
    while mended.len() < MOST {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
        let error = match serde_path_to_error::deserialize::<_, T>(reader) {
            Ok(read) if findings.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(error) => error,
        };
        let (path, inner) = (error.path().to_string(), error.into_inner().to_string());
        let missing = inner.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        let name = missing.unwrap_or(&path).to_owned();
        if mended.contains(&name) {
            break;
        }
        findings.push(if missing.is_some() {
            invalid(&name, format!("缺少参数 {name}"), format!("parameter {name} is required"))
        } else {
            // What was sent stays behind: only what was expected is said.
            let expected = expected_in(&inner).unwrap_or("another value");
            invalid(
                &name,
                format!("参数 {name} 无效，应为 {expected}"),
                format!("parameter {name} is invalid, expected {expected}"),
            )
        });
        pairs.retain(|(known, _)| *known != name);
        if parameters.get(&name).is_some_and(|parameter| parameter["required"] == true) {
            let schema = Schema { root: parameters[&name]["schema"].clone(), components: Map::new() };
            let Some(made_up) = schema.least(&schema.root) else { break };
            pairs.push((name.clone(), made_up.as_str().map_or_else(|| made_up.to_string(), str::to_owned)));
        }
        mended.push(name);
    }
    Err(problem(findings, Code::InvalidParameter))
}

/// A switch as programs write it: `true`, `True`, `1`.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => text.to_ascii_lowercase().parse().ok(),
    }
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind))
}

/// The schema of a type, with those that it refers to.
struct Schema {
    root: Value,
    components: Map<String, Value>,
}

impl Schema {
    fn of<T: ToSchema + PartialSchema>() -> Self {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        let value = |schema: &RefOr<utoipa::openapi::Schema>| serde_json::to_value(schema).unwrap_or(Value::Null);
        Self { root: value(&T::schema()), components: parts.iter().map(|(name, schema)| (name.clone(), value(schema))).collect() }
    }

    /// The schema itself, behind a reference and where it may be null.
    fn plain<'a>(&'a self, schema: &'a Value) -> Option<&'a Value> {
        if let Some(path) = schema["$ref"].as_str() {
            return self.plain(self.components.get(path.rsplit('/').next()?)?);
        }
        match schema["oneOf"].as_array() {
            Some(choices) => self.plain(choices.iter().find(|choice| choice["type"] != "null")?),
            None => Some(schema),
        }
    }

    /// The schema at a pointer into the value.
    fn at(&self, pointer: &str) -> Option<&Value> {
        let mut schema = &self.root;
        for part in pointer.split('/').skip(1) {
            let parent = self.plain(schema)?;
            schema = if is_of(parent, "array") { &parent["items"] } else { parent["properties"].get(part)? };
        }
        Some(schema)
    }

    /// A value of the schema, as small as it may be.
    fn least(&self, schema: &Value) -> Option<Value> {
        let may_be_null = schema["oneOf"].as_array().is_some_and(|choices| choices.iter().any(|choice| choice["type"] == "null"));
        if may_be_null || is_of(schema, "null") {
            return Some(Value::Null);
        }
        let schema = self.plain(schema)?;
        let given = [&schema["example"], &schema["enum"][0]].into_iter().find(|value| !value.is_null());
        if let Some(given) = given {
            return Some(given.clone());
        }
        Some(match schema["type"].as_str()? {
            "string" => match schema["format"].as_str() {
                Some("date") => json!("2000-01-01"),
                Some("date-time") => json!("2000-01-01T00:00:00+08:00"),
                Some("uuid") => json!("00000000-0000-7000-8000-000000000000"),
                _ => json!("a"),
            },
            "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(0)),
            "boolean" => json!(false),
            "array" => json!([]),
            _ => {
                let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields = required.map(|name| Some((name.to_owned(), self.least(&schema["properties"][name])?)));
                Value::Object(fields.collect::<Option<_>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, ToSchema, Validate, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Employer {
        #[validate(length(max = 3))]
        name: String,
        #[serde(default)]
        tags: Vec<String>,
        since: chrono::NaiveDate,
    }

    #[derive(Deserialize, ToSchema, Validate, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Draft {
        id: uuid::Uuid,
        hours: u16,
        share: Option<f64>,
        #[validate(nested)]
        employer: Employer,
        #[validate(length(min = 2))]
        word: String,
    }

    fn pointers(value: Value) -> (Code, Vec<(String, String)>) {
        let problem = read::<Draft>(value, Code::MalformedJson.into()).unwrap_err();
        let at = |finding: &Finding| match &finding.at {
            At::Body(pointer) => pointer.clone(),
            other => panic!("{other:?}"),
        };
        (problem.code, problem.errors.iter().map(|finding| (at(finding), finding.code.clone())).collect())
    }

    #[test]
    fn every_misfit_of_a_body_is_found() {
        let id = "01911111-1111-7111-8111-111111111111";
        let (code, found) = pointers(json!({}));
        let missing: Vec<_> = ["/employer", "/hours", "/id", "/word"].map(|at| (at.to_owned(), "invalid_field".to_owned())).into();
        assert_eq!((code, found), (Code::InvalidField, missing), "what stands in for a part is not judged");
        let (code, found) = pointers(json!({
            "id": "no", "hours": "53", "colour": 1, "a/b": 2, "word": "x",
            "employer": { "name": "long name", "since": "2024-02-30", "tags": ["a", 5], "other": null },
        }));
        let expected = [
            ("/a~1b", "unknown_field"),
            ("/colour", "unknown_field"),
            ("/employer/name", "invalid_field"),
            ("/employer/other", "unknown_field"),
            ("/employer/since", "invalid_field"),
            ("/employer/tags/1", "invalid_field"),
            ("/hours", "invalid_field"),
            ("/id", "invalid_field"),
            ("/word", "invalid_field"),
        ];
        assert_eq!((code, found), (Code::InvalidBody, expected.map(|(at, code)| (at.to_owned(), code.to_owned())).into()));
        assert_eq!(pointers(json!([])).1.len(), 1, "a body of another kind is one finding");
        let one = json!({ "id": id, "hours": 70000, "word": "ab", "employer": { "name": "a", "since": "2024-01-01" } });
        assert_eq!(pointers(one).1, [("/hours".to_owned(), "invalid_field".to_owned())]);
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction_of_zero() {
        let draft = |hours: f64| {
            json!({ "id": "01911111-1111-7111-8111-111111111111", "hours": hours, "share": 2.0, "word": "ab",
                "employer": { "name": "a", "since": "2024-01-01" } })
        };
        let read_draft = |value| read::<Draft>(value, Code::MalformedJson.into());
        let read = read_draft(draft(53.0)).unwrap();
        assert_eq!((read.hours, read.share), (53, Some(2.0)));
        for hours in [53.5, -1.0, 65536.0, 1e300] {
            assert_eq!(read_draft(draft(hours)).unwrap_err().code, Code::InvalidField, "{hours}");
        }
    }

    #[test]
    fn switches_are_read_as_programs_write_them() {
        for (text, switch) in [("true", true), ("True", true), ("1", true), ("FALSE", false), ("0", false)] {
            assert_eq!(boolean(text), Some(switch), "{text}");
        }
        for text in ["", "yes", "on", "2", "true "] {
            assert_eq!(boolean(text), None, "{text}");
        }
    }
}
