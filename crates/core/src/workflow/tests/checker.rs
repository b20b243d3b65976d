//! `checks/invariants.py` checks a database in another language, with stages and transitions of its own. Here its lists are compared with
//! the vocabulary and the table.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::workflow::page::targets;

/// The tuples of names in a Python file, as `NAME = ("a", *OTHER)`, in the order of the file.
struct Lists(BTreeMap<String, Vec<String>>);

impl Lists {
    fn read(source: &str) -> Self {
        let mut lists = Self(BTreeMap::new());
        let mut rest = source;
        while let Some(at) = rest.find(" = (") {
            let name = rest[..at].rsplit('\n').next().unwrap_or_default();
            let body = &rest[at + " = (".len()..];
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                let end = body.find(')').expect("a closing parenthesis");
                let items = lists.items(&body[..end]);
                lists.0.insert(name.to_owned(), items);
            }
            rest = body;
        }
        lists
    }

    /// The names in `"a", *OTHER`.
    fn items(&self, body: &str) -> Vec<String> {
        body.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .flat_map(|item| match item.strip_prefix('*') {
                Some(name) => self.0[name].clone(),
                None => vec![item.trim_matches('"').to_owned()],
            })
            .collect()
    }

    fn set(&self, name: &str) -> BTreeSet<&str> {
        self.0[name].iter().map(String::as_str).collect()
    }

    /// The second and third item of a transition: each is a tuple or the name of one.
    fn stages(&self, text: &str) -> Vec<String> {
        let text = text.trim().trim_end_matches(',');
        text.strip_prefix('(').map_or_else(|| self.0[text].clone(), |body| self.items(body.trim_end_matches(')')))
    }
}

type Moves = BTreeMap<(String, String), BTreeSet<String>>;

/// The transitions of the checker: stages after, by action and stage before.
fn moves(source: &str, lists: &Lists) -> Moves {
    let body = source.split("MOVES = [\n").nth(1).and_then(|rest| rest.split("\n]").next()).expect("a list of transitions");
    let mut moves = Moves::new();
    for line in body.lines() {
        let line = line.trim().trim_start_matches('(').trim_end_matches(',').strip_suffix(')').expect("one transition per line");
        let (action, rest) = line.split_once(", ").expect("an action");
        let split = if rest.starts_with('(') { rest.find("), ").map(|at| at + 1) } else { rest.find(", ") };
        let (from, to) = rest.split_at(split.expect("stages before and after"));
        for from in lists.stages(from) {
            let key = (action.trim_matches('"').to_owned(), from);
            moves.entry(key).or_default().extend(lists.stages(to.trim_start_matches(", ")));
        }
    }
    moves
}

#[test]
fn lists_of_the_python_checker_match_vocabulary_and_table() {
    let source = std::fs::read_to_string(generated::root().join("checks/invariants.py")).expect("the checker");
    let lists = Lists::read(&source);
    let stages = |holds: fn(&Stage) -> bool| Stage::ALL.iter().filter(|stage| holds(stage)).map(|stage| stage.as_str()).collect();
    assert_eq!(lists.set("STAGES"), stages(|_| true));
    assert_eq!(lists.set("FINAL"), stages(|stage| stage.has_ended()));
    assert_eq!(lists.set("REVIEWS"), stages(|stage| *stage == Stage::InReview));

    let notified = |action: &Action| {
        TABLE.iter().filter(|row| row.action == *action).all(|row| row.effects.contains(&Effect::NotifyApplicant))
    };
    let told: BTreeSet<_> = Action::ALL.iter().filter(|action| notified(action)).map(|action| action.as_str()).collect();
    assert_eq!(lists.set("TOLD"), told);

    let moves = moves(&source, &lists);
    let pairs: BTreeSet<_> = TABLE
        .iter()
        .flat_map(|row| row.from.iter().map(|from| (row.action.as_str().to_owned(), from.as_str().to_owned())))
        .collect();
    assert_eq!(moves.keys().cloned().collect::<BTreeSet<_>>(), pairs);
    for row in TABLE {
        for from in row.from {
            let known = &moves[&(row.action.as_str().to_owned(), from.as_str().to_owned())];
            let missing: Vec<_> = targets(row, *from).into_iter().filter(|to| !known.contains(to.as_str())).collect();
            assert!(missing.is_empty(), "{} from {from}: {missing:?}", row.action);
        }
    }
}
