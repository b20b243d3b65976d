//! The directions of `docs/architecture.md`, read from the paths that the sources name.
//!
//! `http -> service -> {rules, store}`; rules, models and the pure slices know no actix, no diesel and no clock; a slice
//! calls another slice's service or reads, never its store; the rows of a table are written by one slice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::generated::root;

/// Folders and files of `src/` that decide without any outside world, besides every `rules` and `model`.
const PURE: &[&str] = &["workflow", "checks", "words", "identity_numbers"];

/// First segments of paths that mean the outside world.
const OUTSIDE: &[&str] =
    &["actix_web", "actix_multipart", "diesel", "diesel_migrations", "tokio", "object_store", "figment", "tracing"];

/// Modules of the crate that mean the outside world.
const OUTSIDE_MODULES: &[&str] = &["db", "http", "context", "server", "authn", "keys", "audit", "jobs", "config", "cli"];

/// A source file of `src/`, as the module path it stands for and its text without tests and comments.
struct Source {
    name: String,
    module: Vec<String>,
    text: String,
}

impl Source {
    fn new(name: &str, text: &str) -> Self {
        let mut module: Vec<String> = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let text = product.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        Self { name: name.to_owned(), module, text }
    }

    fn slice(&self) -> &str {
        &self.module[0]
    }

    fn is_in(&self, name: &str) -> bool {
        self.module.iter().any(|part| part == name)
    }

    fn is_pure(&self) -> bool {
        PURE.contains(&self.slice()) || self.is_in("rules") || self.is_in("model")
    }

    /// Every path that the file names, whole: `use` trees spread out, `super` and `self` resolved, `crate` left away from
    /// the front of the crate's own paths and marked by an empty first segment.
    fn paths(&self) -> BTreeSet<Vec<String>> {
        let mut found = BTreeSet::new();
        for statement in self.text.split("use ").skip(1) {
            let tree: String = statement.split(';').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
            if tree.contains("::") {
                spread("", &tree, &mut found);
            }
        }
        let separate = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
        found.extend(self.text.split(separate).filter(|word| word.contains("::") && !word.ends_with(':')).map(str::to_owned));
        found.iter().map(|path| self.resolve(path)).collect()
    }

    fn resolve(&self, path: &str) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path.split("::").map(str::trim).filter(|part| !part.is_empty()).peekable();
        match rest.peek().copied() {
            Some("crate") => {
                rest.next();
                base.clear();
            }
            Some("self") => {
                rest.next();
            }
            Some("super") => {
                while rest.next_if(|part| *part == "super").is_some() {
                    base.pop();
                }
            }
            _ => return rest.map(str::to_owned).collect(),
        }
        std::iter::once(String::new()).chain(base).chain(rest.map(str::to_owned)).collect()
    }

    fn violations(&self) -> Vec<String> {
        let mut found = Vec::new();
        for path in self.paths() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let mut forbid = |why: &str| found.push(format!("{}: `{}`: {why}", self.name, path.join("::")));
            let own = path.first() == Some(&"");
            let module = path.get(1).copied().filter(|_| own);
            if self.is_pure() {
                if path.first().is_some_and(|first| OUTSIDE.contains(first)) || module.is_some_and(|m| OUTSIDE_MODULES.contains(&m))
                {
                    forbid("pure code knows no outside world");
                }
                if path.starts_with(&["", "clock"]) && path.get(2).is_some_and(|name| name.ends_with("Clock"))
                    || path.ends_with(&["now"])
                {
                    forbid("pure code takes the instant as a parameter");
                }
                if own && path[2..].iter().any(|part| ["service", "store", "http"].contains(part)) {
                    forbid("pure code calls nothing that reads or writes");
                }
            }
            if own && path.get(2) == Some(&"store") && module != Some(self.slice()) {
                forbid("a slice calls another slice's service, never its store");
            }
            let web = path.first().is_some_and(|first| first.starts_with("actix")) || module == Some("http");
            if (self.is_in("service") || self.is_in("store")) && (web || own && path[2..].contains(&"http")) {
                forbid("services and stores do not know HTTP");
            }
            if self.is_in("store") && own && path[2..].contains(&"service") {
                forbid("a store does not call a service");
            }
        }
        found
    }

    /// Tables whose rows this file writes.
    fn written_tables(&self) -> BTreeSet<String> {
        let mut tables = BTreeSet::new();
        for verb in ["insert_into(", "update(", "delete(", "replace_into("] {
            for call in self.text.split(verb).skip(1) {
                let target: String = call.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect();
                let parts: Vec<&str> = target.split("::").collect();
                if let [.., table, "table"] = parts[..] {
                    tables.insert(table.to_owned());
                }
            }
        }
        tables
    }
}

/// Spreads `a::{b, c::{d, e as f}}` into `a::b`, `a::c::d`, `a::c::e`.
fn spread(prefix: &str, tree: &str, into: &mut BTreeSet<String>) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let leaf = tree.split(" as ").next().unwrap_or_default().trim();
        if !leaf.is_empty() {
            into.insert(format!("{prefix}{leaf}"));
        }
        return;
    };
    let close = tree.rfind('}').unwrap_or(tree.len());
    let prefix = format!("{prefix}{}", &tree[..open]);
    let (mut depth, mut start) = (0, open + 1);
    for (at, c) in tree[..close].char_indices().skip_while(|(at, _)| *at <= open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                spread(&prefix, &tree[start..at], into);
                start = at + 1;
            }
            _ => {}
        }
    }
    spread(&prefix, tree.get(start..close).unwrap_or_default(), into);
}

/// The sources of `src/` without the tests that stand beside them.
fn sources() -> Vec<Source> {
    fn walk(folder: &Path, into: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(&entry, into);
            } else if entry.extension().is_some_and(|e| e == "rs") && !entry.ends_with("tests.rs") {
                let name = entry.strip_prefix(root().join("src")).expect("below src").to_string_lossy().replace('\\', "/");
                into.push(Source::new(&name, &std::fs::read_to_string(&entry).expect("a text")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    found
}

/// Tables that more than one slice writes.
fn shared_tables(sources: &[Source]) -> Vec<String> {
    let mut writers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for source in sources {
        for table in source.written_tables() {
            writers.entry(table).or_default().insert(source.slice());
        }
    }
    writers
        .into_iter()
        .filter(|(_, slices)| slices.len() > 1)
        .map(|(table, slices)| format!("`{table}` is written by {slices:?}"))
        .collect()
}

#[test]
fn directions_are_kept() {
    let sources = sources();
    let found: Vec<String> = sources.iter().flat_map(Source::violations).chain(shared_tables(&sources)).collect();
    assert!(found.is_empty(), "docs/architecture.md is broken:\n{}", found.join("\n"));
}

#[test]
fn planted_violations_are_caught() {
    let caught = |name: &str, text: &str| Source::new(name, text).violations().len();
    for (name, text) in [
        ("workflow/decide.rs", "use diesel::prelude::*;"),
        ("payments/rules.rs", "use crate::db::Conn;"),
        ("payments/rules.rs", "fn f() { let now = chrono::Utc::now(); }"),
        ("payments/rules/late.rs", "use crate::{\n    vocabulary::Stage,\n    clock::{Clock, Instant},\n};"),
        ("payments/model.rs", "use super::store::Row;"),
        ("payments/model.rs", "#[derive(diesel::Queryable)]\nstruct Row;"),
        ("checks/rules.rs", "pub fn f(x: actix_web::HttpRequest) {}"),
        ("payments/service.rs", "use crate::http::Page;"),
        ("payments/service.rs", "use super::http::OrderBody;"),
        ("payments/service.rs", "use crate::accounts::store;"),
        ("payments/service.rs", "fn f() { crate::accounts::store::find_person(c) }"),
        ("payments/http.rs", "use super::super::accounts::store::find_person;"),
        ("payments/store.rs", "use super::service;"),
        ("payments/store.rs", "use actix_web::web;"),
    ] {
        assert_eq!(caught(name, text), 1, "{name}: {text}");
    }
    for (name, text) in [
        ("workflow/model.rs", "use title_review_core::clock::Instant;\nuse title_review_core::vocabulary::{Action, Stage};"),
        ("payments/service.rs", "use crate::db::Conn;\nuse crate::accounts;\nuse super::{rules, store};"),
        (
            "payments/service.rs",
            "use title_review_core::workflow::decide;\n// crate::accounts::store is not ours\n#[cfg(test)]\nmod tests { use crate::accounts::store; }",
        ),
        ("payments/http.rs", "use actix_web::web::Json;\nuse super::{service, store};"),
        ("payments/store/orders.rs", "use diesel::prelude::*;\nuse crate::payments::store::Row;"),
    ] {
        assert_eq!(caught(name, text), 0, "{name}: {:?}", Source::new(name, text).violations());
    }
    let writer = |name, text| Source::new(name, text);
    let shared = shared_tables(&[
        writer("payments/store.rs", "insert_into(orders::table)"),
        writer("meetings/store.rs", "diesel::update(schema::orders::table.filter(x))"),
        writer("payments/service.rs", "diesel::delete(orders::table)"),
    ]);
    assert_eq!(shared, ["`orders` is written by {\"meetings\", \"payments\"}"]);
}
