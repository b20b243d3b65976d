//! The places of a dossier that a correction can be about, and whether one changed between two submissions (R1).

use super::record::{Dossier, SeenEvidence};
use serde_json::Value;

/// A dossier as a reviewer had it before them.
#[derive(Debug)]
pub struct Content {
    dossier: Value,
    evidence: Vec<SeenEvidence>,
}

impl Content {
    /// Of a dossier and its documents.
    pub fn of(dossier: &Dossier, evidence: Vec<SeenEvidence>) -> Self {
        Self { dossier: serde_json::to_value(dossier).unwrap_or_default(), evidence }
    }

    /// Hashes of the documents of a category, in their order.
    fn documents(&self, category: &str) -> Vec<&str> {
        let of_category = self.evidence.iter().filter(|file| file.category == category);
        let mut hashes: Vec<&str> = of_category.map(|file| file.sha256.as_str()).collect();
        hashes.sort_unstable();
        hashes
    }

    /// Whether the place at this JSON pointer differs from what it was `before`. An entry of a list that only moved is the same.
    pub fn changed_at(&self, pointer: &str, before: &Self) -> bool {
        let tokens: Vec<String> = pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect();
        if let [place, category, ..] = tokens.as_slice()
            && place == "evidence"
        {
            return self.documents(category) != before.documents(category);
        }
        let (mut now, mut then) = (Some(&self.dossier), Some(&before.dossier));
        for token in &tokens {
            (now, then) = match (now, then) {
                (Some(Value::Array(list)), Some(Value::Array(listed))) => {
                    let at = token.parse::<usize>().ok();
                    let entry = at.and_then(|at| list.get(at));
                    let same = entry.and_then(|entry| listed.iter().find(|other| *other == entry));
                    (entry, same.or_else(|| at.and_then(|at| listed.get(at))))
                }
                (now, then) => (now.and_then(|value| child(value, token)), then.and_then(|value| child(value, token))),
            };
        }
        // What is empty and what is not there say the same.
        now.filter(|value| !value.is_null()) != then.filter(|value| !value.is_null())
    }
}

fn child<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(token),
        Value::Array(list) => list.get(token.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn content(profile: Value, files: &[(&str, &str)]) -> Content {
        let file = |(category, sha256): &(&str, &str)| SeenEvidence { category: (*category).into(), sha256: (*sha256).into() };
        Content { dossier: json!({ "profile": profile }), evidence: files.iter().map(file).collect() }
    }

    // clauses: R1
    #[test]
    fn place_changed_where_its_value_or_its_documents_differ() {
        let before = content(json!({ "name": "甲", "education": [{ "school": "a" }, { "school": "b" }] }), &[("photo", "1")]);
        let after = content(
            json!({ "name": "甲", "sex": "male", "education": [{ "school": "c" }, { "school": "a" }, { "school": "b" }] }),
            &[("photo", "1"), ("degree", "2")],
        );
        for changed in
            ["/profile/education/0", "/profile/education/0/school", "/profile/education", "/profile/sex", "/evidence/degree"]
        {
            assert!(after.changed_at(changed, &before), "{changed}");
        }
        for same in
            ["/profile/education/1", "/profile/education/2/school", "/profile/name", "/profile/titles/0", "/evidence/photo", "/x"]
        {
            assert!(!after.changed_at(same, &before), "{same}");
        }
        // Taken out.
        let without = content(json!({ "name": "甲" }), &[]);
        assert!(without.changed_at("/profile/education/0", &before) && without.changed_at("/evidence/photo", &before));
    }
}
