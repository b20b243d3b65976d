//! The places of a dossier that a correction can be about, and what differs at them between two submissions (R1).

use super::record::{Dossier, SeenEvidence};
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

title_review_core::wire_enum! {
    /// What became of a place of a dossier.
    DifferenceKind {
        Changed = "changed", "更改", "something else stands there";
        Added = "added", "增加", "nothing stood there";
        Removed = "removed", "删除", "nothing stands there any more";
    }
}

/// A dossier as a reviewer had it before them.
#[derive(Debug)]
pub struct Content {
    dossier: Option<Value>,
    evidence: Option<Vec<SeenEvidence>>,
}

/// A place at which a dossier differs from what it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// JSON pointer of the place as it is now; of an entry that was taken out of a list, the list.
    pub pointer: String,
    /// What became of it.
    pub kind: DifferenceKind,
    /// What stood there; null of documents.
    pub before: Value,
    /// What stands there; null of documents.
    pub after: Value,
    /// Hashes of the documents that were taken out.
    pub files_removed: Vec<String>,
    /// Hashes of the documents that were added.
    pub files_added: Vec<String>,
    origin: Origin,
}

/// Where a place was before.
#[derive(Debug, Clone, PartialEq)]
enum Origin {
    /// At this pointer.
    Place(String),
    /// It is a new entry of a list; `open`: no other entry stood there before.
    New { open: bool },
    /// It was an entry of the list, at this pointer; `open`: no other entry stands there now.
    Entry { was_at: String, index: usize, open: bool },
}

impl Difference {
    fn of_place(pointer: &str, origin: Origin, before: Option<&Value>, after: Option<&Value>) -> Self {
        let kind = match (before, after) {
            (None, _) => DifferenceKind::Added,
            (_, None) => DifferenceKind::Removed,
            _ => DifferenceKind::Changed,
        };
        Self {
            pointer: pointer.to_owned(),
            kind,
            before: before.cloned().unwrap_or_default(),
            after: after.cloned().unwrap_or_default(),
            files_removed: Vec::new(),
            files_added: Vec::new(),
            origin,
        }
    }

    /// Whether the difference is at this place of the dossier as it is now, in it, or around it.
    fn is_at(&self, pointer: &str) -> bool {
        match &self.origin {
            Origin::Place(_) | Origin::New { .. } => touch(&self.pointer, pointer),
            // The other entries of the list are what they were.
            Origin::Entry { index, open, .. } => {
                lies_in(&self.pointer, pointer) || (*open && touch(&format!("{}/{index}", self.pointer), pointer))
            }
        }
    }

    /// Whether a correction that names this place of the dossier as it was asked for the difference.
    #[must_use]
    pub fn is_asked_at(&self, pointer: &str) -> bool {
        match &self.origin {
            Origin::Place(was_at) | Origin::Entry { was_at, .. } => touch(was_at, pointer),
            Origin::New { open } => {
                let of_list = self.pointer.rsplit_once('/').is_some_and(|(list, _)| lies_in(list, pointer));
                of_list || (*open && touch(&self.pointer, pointer))
            }
        }
    }
}

/// Whether a place lies in another one, or is the same.
fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether one of two places lies in the other.
fn touch(one: &str, other: &str) -> bool {
    lies_in(one, other) || lies_in(other, one)
}

impl Content {
    /// Of a dossier and its documents.
    pub fn of(dossier: &Dossier, evidence: Vec<SeenEvidence>) -> Self {
        Self::known(Some(dossier), Some(evidence))
    }

    /// As far as it is known: what is not known of one of two is not compared.
    pub fn known(dossier: Option<&Dossier>, evidence: Option<Vec<SeenEvidence>>) -> Self {
        let of_profile = |dossier: &Dossier| serde_json::to_value(&dossier.profile).unwrap_or_default();
        Self { dossier: dossier.map(of_profile), evidence }
    }

    /// Everything that differs from what was `before`: the fields of the profile, then the documents by their category. What is empty and what is not
    /// there say the same; an entry of a list that only moved is the same.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        if let (Some(now), Some(then)) = (&self.dossier, &before.dossier) {
            compare((Some(now), "/profile"), (Some(then), "/profile"), &mut found);
        }
        if let (Some(now), Some(then)) = (&self.evidence, &before.evidence) {
            compare_documents(now, then, &mut found);
        }
        found
    }

    /// Whether the place at this JSON pointer differs from what it was `before`.
    pub fn changed_at(&self, pointer: &str, before: &Self) -> bool {
        self.differences(before).iter().any(|difference| difference.is_at(pointer))
    }
}

/// A value and the pointer to it.
type At<'a> = (Option<&'a Value>, &'a str);

fn compare((now, here): At<'_>, (then, there): At<'_>, found: &mut Vec<Difference>) {
    match (now.filter(|value| !is_empty(value)), then.filter(|value| !is_empty(value))) {
        (now, then) if now == then => {}
        (Some(Value::Object(now)), Some(Value::Object(then))) => {
            let names: BTreeSet<&String> = now.keys().chain(then.keys()).collect();
            for name in names {
                let token = name.replace('~', "~0").replace('/', "~1");
                let (here, there) = (format!("{here}/{token}"), format!("{there}/{token}"));
                compare((now.get(name), &here), (then.get(name), &there), found);
            }
        }
        (now, then) => match (list(now), list(then)) {
            (Some(now), Some(then)) => compare_lists((now, here), (then, there), found),
            _ => found.push(Difference::of_place(here, Origin::Place(there.to_owned()), then, now)),
        },
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// The entries of a list; none of what is not there, `None` of something else.
fn list(value: Option<&Value>) -> Option<&[Value]> {
    match value {
        None => Some(&[]),
        Some(Value::Array(list)) => Some(list),
        Some(_) => None,
    }
}

fn compare_lists((now, here): (&[Value], &str), (then, there): (&[Value], &str), found: &mut Vec<Difference>) {
    let mut new: Vec<usize> = (0..now.len()).collect();
    let mut gone: Vec<usize> = (0..then.len()).collect();
    // What is the same stands for itself, wherever it stands.
    gone.retain(|was| match new.iter().position(|is| now[*is] == then[*was]) {
        Some(at) => {
            new.remove(at);
            false
        }
        None => true,
    });
    // Of the others, those that are most alike are one entry with other fields.
    let pairs = new.iter().flat_map(|is| gone.iter().map(move |was| (*is, *was)));
    let mut alike: Vec<(Reverse<usize>, usize, usize, usize)> = pairs
        .filter_map(|(is, was)| {
            let same = fields_in_common(&now[is], &then[was]);
            (same.is_some() || is == was).then(|| (Reverse(same.unwrap_or(0)), is.abs_diff(was), is, was))
        })
        .collect();
    alike.sort_unstable();
    let mut paired: BTreeMap<usize, usize> = BTreeMap::new();
    for (.., is, was) in alike {
        if new.contains(&is) && gone.contains(&was) {
            paired.insert(is, was);
            new.retain(|one| *one != is);
            gone.retain(|one| *one != was);
        }
    }
    for (is, entry) in now.iter().enumerate() {
        let place = format!("{here}/{is}");
        if let Some(was) = paired.get(&is) {
            compare((Some(entry), &place), (Some(&then[*was]), &format!("{there}/{was}")), found);
        } else if new.contains(&is) {
            found.push(Difference::of_place(&place, Origin::New { open: is >= then.len() }, None, Some(entry)));
        }
    }
    for index in gone {
        let origin = Origin::Entry { was_at: format!("{there}/{index}"), index, open: index >= now.len() };
        found.push(Difference::of_place(here, origin, Some(&then[index]), None));
    }
}

/// How many fields of two entries are the same, where that is at least half of those of the longer one.
fn fields_in_common(one: &Value, other: &Value) -> Option<usize> {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return None };
    let said = |fields: &Map<String, Value>| fields.values().filter(|value| !is_empty(value)).count();
    let same = one.iter().filter(|(name, value)| !is_empty(value) && other.get(*name) == Some(*value)).count();
    (same > 0 && same * 2 >= said(one).max(said(other))).then_some(same)
}

fn compare_documents(now: &[SeenEvidence], then: &[SeenEvidence], found: &mut Vec<Difference>) {
    let categories: BTreeSet<&str> = now.iter().chain(then).map(|file| file.category.as_str()).collect();
    for category in categories {
        let hashes = |files: &[SeenEvidence]| -> Vec<String> {
            files.iter().filter(|file| file.category == category).map(|file| file.sha256.clone()).collect()
        };
        let (had, has) = (hashes(then), hashes(now));
        let (files_removed, files_added) = (beyond(&had, &has), beyond(&has, &had));
        if files_removed.is_empty() && files_added.is_empty() {
            continue;
        }
        let pointer = format!("/evidence/{category}");
        let kind = match (had.is_empty(), has.is_empty()) {
            (true, _) => DifferenceKind::Added,
            (_, true) => DifferenceKind::Removed,
            _ => DifferenceKind::Changed,
        };
        let place = Difference::of_place(&pointer, Origin::Place(pointer.clone()), None, None);
        found.push(Difference { kind, files_removed, files_added, ..place });
    }
}

/// The hashes of one list that the other does not have, each as often as it has more of them.
fn beyond(one: &[String], other: &[String]) -> Vec<String> {
    let mut other: Vec<&String> = other.iter().collect();
    one.iter()
        .filter(|hash| match other.iter().position(|kept| kept == hash) {
            Some(at) => {
                other.remove(at);
                false
            }
            None => true,
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn content(profile: Value, files: &[(&str, &str)]) -> Content {
        let file = |(category, sha256): &(&str, &str)| SeenEvidence { category: (*category).into(), sha256: (*sha256).into() };
        Content { dossier: Some(profile), evidence: Some(files.iter().map(file).collect()) }
    }

    /// Pointer, kind, before and after of everything that differs.
    fn told(now: Value, then: Value) -> Vec<(String, &'static str, Value, Value)> {
        let found = content(now, &[]).differences(&content(then, &[]));
        found.into_iter().map(|one| (one.pointer, one.kind.as_str(), one.before, one.after)).collect()
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
        // Of three the first is taken out: the list has changed, the others have not.
        let shorter = content(json!({ "name": "甲", "sex": "male", "education": [{ "school": "a" }, { "school": "b" }] }), &[]);
        for (place, changed) in [("", true), ("/0", false), ("/1/school", false), ("/2", false)] {
            assert_eq!(shorter.changed_at(&format!("/profile/education{place}"), &after), changed, "{place}");
        }
    }

    // clauses: R1
    #[test]
    fn differences_name_each_field_and_leave_out_what_only_moved() {
        let entry = |school: &str, from: &str| json!({ "school": school, "from": from, "to": "2010", "degree": null });
        let then =
            json!({ "name": "甲", "email": null, "education": [entry("a", "2000"), entry("b", "2004")], "former_names": ["乙"] });
        let moved =
            json!({ "name": "甲", "education": [entry("b", "2004"), entry("a", "2000")], "former_names": ["乙"], "titles": [] });
        assert_eq!(told(moved, then.clone()), []);
        // One is put in front of the others, and one of those is corrected: that one is told by its field, at its new place.
        let now = json!({ "name": "丙", "education": [entry("c", "1990"), entry("a", "2001"), entry("b", "2004")], "former_names": ["丁", "乙"] });
        let expected = [
            ("/profile/education/0", "added", json!(null), entry("c", "1990")),
            ("/profile/education/1/from", "changed", json!("2000"), json!("2001")),
            ("/profile/former_names/0", "added", json!(null), json!("丁")),
            ("/profile/name", "changed", json!("甲"), json!("丙")),
        ];
        assert_eq!(
            told(now, then.clone()),
            expected.map(|(pointer, kind, before, after)| (pointer.to_owned(), kind, before, after))
        );
        let now = json!({ "name": "甲", "education": [entry("b", "2004")], "former_names": ["乙"] });
        assert_eq!(told(now, then), [("/profile/education".to_owned(), "removed", entry("a", "2000"), json!(null))]);
    }

    // clauses: R1
    #[test]
    fn correction_asks_for_what_differs_at_its_place_as_it_was() {
        let then = json!({ "education": [{ "school": "a", "to": "1" }, { "school": "b", "to": "2" }] });
        let now = json!({ "education": [{ "school": "b", "to": "3" }, { "school": "c", "to": "9" }] });
        let found = content(now, &[("photo", "2")]).differences(&content(then, &[("photo", "1")]));
        let asked = |pointer: &str| -> Vec<&str> {
            found.iter().filter(|one| one.is_asked_at(pointer)).map(|one| one.pointer.as_str()).collect()
        };
        let pointers: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        let places = ["/profile/education/0/to", "/profile/education/1", "/profile/education", "/evidence/photo"];
        assert_eq!(pointers, places);
        // The second of before is the first now; the first of before was taken out.
        assert_eq!(asked("/profile/education/1/to"), ["/profile/education/0/to"]);
        assert_eq!(asked("/profile/education/2"), [""; 0]);
        assert_eq!(asked("/profile/education/0"), ["/profile/education"]);
        assert_eq!(asked("/profile/education").len(), 3);
        assert_eq!(asked("/evidence/photo"), ["/evidence/photo"]);
        assert_eq!(asked("/evidence/photograph"), [""; 0]);
        assert_eq!((&found[3].files_removed, &found[3].files_added), (&vec!["1".to_owned()], &vec!["2".to_owned()]));
    }

    // clauses: R1
    #[test]
    fn what_is_not_known_of_one_side_is_not_compared() {
        let now = content(json!({ "name": "甲" }), &[("photo", "1")]);
        let unknown = Content { dossier: None, evidence: None };
        assert_eq!(now.differences(&unknown), []);
        let files = Content { dossier: None, evidence: Some(Vec::new()) };
        assert_eq!(now.differences(&files).len(), 1);
    }

    fn entries() -> impl Strategy<Value = Vec<Value>> {
        prop::collection::vec((0..4_u8, 0..3_u8).prop_map(|(school, to)| json!({ "school": school, "to": to })), 0..6)
    }

    proptest! {
        /// Whatever is told can be named in a return, and nothing is told of what only stands in another order.
        #[test]
        fn every_difference_is_a_changed_place(then in entries(), now in entries(), turn in 0..6_usize) {
            let (before, after) = (content(json!({ "education": then }), &[]), content(json!({ "education": now }), &[]));
            for one in after.differences(&before) {
                prop_assert!(after.changed_at(&one.pointer, &before), "{one:?}");
            }
            let mut turned = now.clone();
            turned.rotate_left(turn.min(now.len()));
            prop_assert_eq!(content(json!({ "education": turned }), &[]).differences(&after), vec![]);
            prop_assert_eq!(after.differences(&before).is_empty(), before.differences(&after).is_empty());
        }
    }
}
