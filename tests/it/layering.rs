//! The layers of `docs/architecture.md`, checked on the paths that the sources name.
//!
//! The top folders of `src/` and of the core import each other in one direction; problems are made at the edge alone;
//! `http -> service -> {rules, store}`; rules and models know no actix, no diesel and no clock; a slice calls another slice's
//! service or facts, never its store; the rows of a table are written by one slice.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::generated::root;

/// Names that belong to the edge: a problem, a row of the problem table, a header.
const EDGE_NAMES: &[&str] = &["Problem", "Code", "IfMatch"];

/// Top folders that are the edge, besides every `http.rs` and `http/` of a slice.
const EDGE: &[&str] = &["http", "problem", "server"];

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
        self.is_in("rules") || self.is_in("model")
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
                if path.starts_with(&["title_review_core", "clock"]) && path.get(2).is_some_and(|name| name.ends_with("Clock"))
                    || path.ends_with(&["now"])
                {
                    forbid("pure code takes the instant as a parameter");
                }
                if own && path[2..].iter().any(|part| ["service", "store", "http"].contains(part)) {
                    forbid("pure code calls nothing that reads or writes");
                }
            }
            if own && path[1..].contains(&"store") && !shares_store(&self.module, &path[1..]) {
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

    /// Whether the file may make a problem of an error.
    fn is_edge(&self) -> bool {
        EDGE.contains(&self.slice()) || self.is_in("http")
    }

    /// Names of the edge in a file that is none.
    fn edge_names(&self) -> Vec<String> {
        if self.is_edge() {
            return Vec::new();
        }
        let words: BTreeSet<&str> = self.text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        EDGE_NAMES
            .iter()
            .filter(|name| words.contains(*name))
            .map(|name| format!("{}: `{name}` belongs to the edge", self.name))
            .collect()
    }

    /// Top folders that the file imports.
    fn imports(&self) -> BTreeSet<String> {
        let own = |path: Vec<String>| if path.first().is_some_and(String::is_empty) { path.into_iter().nth(1) } else { None };
        self.paths().into_iter().filter_map(own).filter(|folder| folder != self.slice()).collect()
    }

    /// Types that the file names as the one argument of this generic function, by their own names.
    fn type_arguments(&self, function: &str) -> BTreeSet<String> {
        let name = |call: &str| {
            let mut depth = 1;
            let end = call.char_indices().find(|(_, c)| {
                depth += i32::from(*c == '<') - i32::from(*c == '>');
                depth == 0
            });
            let argument = &call[..end.map_or(call.len(), |(at, _)| at)];
            argument.rsplit("::").next().unwrap_or_default().to_owned()
        };
        self.text.split(&format!("{function}::<")).skip(1).map(name).collect()
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

/// A store is used by the folder that it stands in and by what is below that folder: `records::orders::store` by `records::orders::*`; and a
/// record's store by the slice whose rows they are.
fn shares_store(module: &[String], path: &[&str]) -> bool {
    let at = path.iter().position(|part| *part == "store").unwrap_or(0);
    let within = module.len() >= at && module.iter().zip(&path[..at]).all(|(a, b)| a == b);
    within || path.len() > 2 && path[0] == "records" && owner(path[1]) == module[0] && !module.iter().any(|part| part == "http")
}

/// The slice whose rows a folder of `records/` keeps.
fn owner(record: &str) -> &str {
    match record {
        "evidence" => "attachments",
        "orders" => "payments",
        "certificates" => "results",
        same => same,
    }
}

/// Folders that reach each other: each list is a circle.
fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let folders: BTreeSet<&str> = sources.iter().map(Source::slice).collect();
    let mut reach: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        reach.entry(source.slice()).or_default().extend(source.imports().into_iter().filter(|to| folders.contains(to.as_str())));
    }
    loop {
        let longer: Vec<(&str, BTreeSet<String>)> = folders
            .iter()
            .map(|from| {
                let near = reach.get(from).cloned().unwrap_or_default();
                let far = near.iter().filter_map(|to| reach.get(to.as_str())).flatten().cloned();
                (*from, far.chain(near.iter().cloned()).collect::<BTreeSet<String>>())
            })
            .collect();
        let grown = longer.iter().any(|(from, all)| reach.get(from).map_or(0, BTreeSet::len) != all.len());
        reach.extend(longer);
        if !grown {
            break;
        }
    }
    let reaches = |from: &str, to: &str| reach.get(from).is_some_and(|all| all.contains(to));
    let mut found = BTreeSet::new();
    for folder in folders.iter().filter(|folder| reaches(folder, folder)) {
        let circle: Vec<String> = folders
            .iter()
            .filter(|other| reaches(folder, other) && reaches(other, folder))
            .map(|name| (*name).to_owned())
            .collect();
        found.insert(circle);
    }
    found.into_iter().collect()
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

/// The sources below a folder of the repository, without the tests that stand beside them.
fn sources(below: &str) -> Vec<Source> {
    fn walk(base: &Path, folder: &Path, into: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(base, &entry, into);
            } else if entry.extension().is_some_and(|e| e == "rs") && !entry.ends_with("tests.rs") {
                let name = entry.strip_prefix(base).expect("below the base").to_string_lossy().replace('\\', "/");
                into.push(Source::new(&name, &std::fs::read_to_string(&entry).expect("a text")));
            }
        }
    }
    let (base, mut found) = (root().join(below), Vec::new());
    walk(&base, &base, &mut found);
    assert!(found.len() > 10, "{below} has {} sources", found.len());
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
fn imports_within_a_slice_go_down() {
    let sources = sources("src");
    let found: Vec<String> = sources.iter().flat_map(Source::violations).chain(shared_tables(&sources)).collect();
    assert!(found.is_empty(), "against docs/architecture.md:\n{}", found.join("\n"));
}

#[test]
fn folders_import_each_other_in_one_direction() {
    for below in ["src", "crates/core/src"] {
        let found = circles(&sources(below));
        assert!(found.is_empty(), "folders of {below} that import each other: {found:#?}");
    }
}

/// The row of `docs/architecture.md` in which each folder of `src/` stands, the highest first.
fn documented_layers() -> BTreeMap<String, usize> {
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let folders = |row: &str| -> Vec<String> {
        let cell = row.split('|').nth(2).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(|name| name.trim_end_matches('/').trim_end_matches(".rs").to_owned()).collect()
    };
    rows.enumerate().flat_map(|(at, row)| folders(row).into_iter().map(move |name| (name, at))).collect()
}

/// Imports of a folder that does not stand in a lower row, and folders that stand in none.
fn upward(sources: &[Source], layers: &BTreeMap<String, usize>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        let Some(at) = layers.get(source.slice()) else {
            found.insert(format!("`{}` stands in no row", source.slice()));
            continue;
        };
        for to in source.imports() {
            if layers.get(&to).is_some_and(|lower| lower <= at) {
                found.insert(format!("{} imports `{to}`, which does not stand below", source.name));
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn folders_stand_in_a_layer_and_import_lower_ones() {
    let (mut sources, layers) = (sources("src"), documented_layers());
    sources.retain(|source| source.slice() != "lib");
    assert!(layers.len() > 40, "{layers:?}");
    let found = upward(&sources, &layers);
    assert!(found.is_empty(), "against the table of docs/architecture.md:\n{}", found.join("\n"));
    let planted = [
        Source::new("db/mod.rs", "use crate::http::Page;"),
        Source::new("events/mod.rs", "use crate::jobs;"),
        Source::new("attic/mod.rs", ""),
    ];
    assert_eq!(upward(&planted, &layers).len(), 3);
}

/// States that a slice reads and that no `Routes::require` of its own asks for: the server would start without them. The composition root, which
/// fills them, may read all.
fn unrequired(sources: &[Source]) -> Vec<String> {
    let mut required: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for source in sources {
        required.entry(source.slice()).or_default().extend(source.type_arguments(".require"));
    }
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.slice() != "server") {
        let read = source.type_arguments(".state");
        let missing = read.difference(&required[source.slice()]);
        found.extend(missing.map(|name| format!("{} reads the state `{name}`, which its slice does not require", source.name)));
    }
    found
}

#[test]
fn every_state_that_a_slice_reads_is_required_by_its_routes() {
    let sources = sources("src");
    let read: usize = sources.iter().map(|source| source.type_arguments(".state").len()).sum();
    assert!(read > 10, "{read} reads of states");
    let found = unrequired(&sources);
    assert!(found.is_empty(), "without `list.require`:\n{}", found.join("\n"));
    let planted = [
        Source::new("machines/http.rs", "fn routes() { list.require::<super::Cache>(); }"),
        Source::new("machines/bearer.rs", "fn f() { app.state::<Cache>().get(); app.state::<Box<dyn Clock>>(); }"),
        Source::new("authn/mod.rs", "fn f() { app.state::<Cache>() }"),
    ];
    assert_eq!(
        unrequired(&planted),
        [
            "machines/bearer.rs reads the state `Box<dyn Clock>`, which its slice does not require",
            "authn/mod.rs reads the state `Cache`, which its slice does not require",
        ]
    );
}

#[test]
fn problems_are_made_at_the_edge() {
    let found: Vec<String> = sources("src").iter().flat_map(Source::edge_names).collect();
    assert!(found.is_empty(), "a service answers with an error of its own:\n{}", found.join("\n"));
}

#[test]
fn planted_circles_are_found() {
    let file = |name, text| Source::new(name, text);
    let downwards = [
        file("payments/service.rs", "use crate::{applications::apply, records::orders};"),
        file("applications/apply.rs", "use crate::records::orders;"),
        file("records/orders.rs", "use title_review_core::ids::OrderId;"),
    ];
    assert!(circles(&downwards).is_empty());
    let mut around: Vec<Source> = downwards.into_iter().collect();
    around.push(file("records/effects.rs", "fn f() { crate::payments::service::open() }"));
    assert_eq!(circles(&around), [["applications", "payments", "records"]]);
    let nested = [file("http/mod.rs", "pub use super::server::Server;"), file("server/bind.rs", "use crate::http;")];
    assert_eq!(circles(&nested), [["http", "server"]]);
}

#[test]
fn planted_problems_are_found() {
    let named = |name, text| Source::new(name, text).edge_names().len();
    assert_eq!(named("payments/service.rs", "use crate::problem::{Code, Finding, Problem};"), 2);
    assert_eq!(named("payments/rules/late.rs", "fn f(tag: IfMatch) {}"), 1);
    assert_eq!(named("payments/http.rs", "use crate::problem::Problem;"), 0);
    assert_eq!(named("payments/http/problems.rs", "use crate::problem::Problem;"), 0);
    assert_eq!(named("payments/service.rs", "// a Problem is made at the edge\nuse crate::words::CodeOfConduct;"), 0);
}

#[test]
fn planted_imports_are_found() {
    let caught = |name: &str, text: &str| Source::new(name, text).violations().len();
    for (name, text) in [
        ("payments/rules.rs", "use crate::db::Conn;"),
        ("payments/rules.rs", "fn f() { let now = chrono::Utc::now(); }"),
        ("payments/rules/late.rs", "use title_review_core::{\n    vocabulary::Stage,\n    clock::{Clock, Instant},\n};"),
        ("payments/rules/late.rs", "use crate::{\n    records::orders,\n    db::Conn,\n};"),
        ("meetings/service.rs", "use crate::records::orders::store;"),
        ("payments/http.rs", "use crate::records::orders::store;"),
        ("records/orders/facts.rs", "use crate::records::originals::store::find;"),
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
        ("records/orders/facts.rs", "use super::store;\nuse crate::records::originals::facts;"),
        ("payments/service.rs", "use crate::records::orders::store;"),
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
