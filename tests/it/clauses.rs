//! `docs/clauses.md`: each clause, where it is kept, and what proves it.
//!
//! A clause is kept where its id stands as a text in the product's sources (the tables of rules, transitions and problems)
//! or in a cycle file; failing that, where a comment names it. It is proved by the tests that say so in a comment
//! `clauses: 2.1, 4.3c` on a line of its own above them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::generated::{assert_generated, root};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clauses {
    clause: Vec<Clause>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    id: String,
    zh: String,
    en: String,
    roadmap: Option<String>,
    later: Option<String>,
}

fn clauses() -> Vec<Clause> {
    let text = std::fs::read_to_string(root().join("docs/clauses.toml")).unwrap();
    toml::from_str::<Clauses>(&text).unwrap().clause
}

/// A text file and its name from the root of the repository.
struct File {
    name: String,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.name.starts_with("tests/") || self.name.ends_with("/tests.rs") || self.name.contains("/tests/")
    }
}

/// The files below a folder with one of these endings, by name.
fn files(folder: &str, endings: &[&str]) -> Vec<File> {
    fn walk(folder: &Path, endings: &[&str], into: &mut Vec<File>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                walk(&path, endings, into);
            } else if path.extension().is_some_and(|e| endings.iter().any(|ending| e == *ending)) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                into.push(File { name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The part of a source that is product, without its tests.
fn product(file: &File) -> &str {
    if file.is_test() { "" } else { file.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default() }
}

/// Whether the id stands there as a whole text: `"4.3c"`. Examples of a schema and comments do not count.
fn is_named(text: &str, id: &str) -> bool {
    let literal = format!("\"{id}\"");
    text.lines().any(|line| !line.trim_start().starts_with("//") && !line.contains("example = ") && line.contains(&literal))
}

/// Whether a comment names the id: `(4.3c, R7)`.
fn is_mentioned(text: &str, id: &str) -> bool {
    text.lines()
        .filter(|line| line.trim_start().starts_with("//"))
        .any(|line| line.split(|c: char| !(c.is_alphanumeric() || c == '.')).any(|word| word.trim_end_matches('.') == id))
}

/// The tests of a file with the clauses they say they prove, or the first comment that belongs to no test.
fn proofs(file: &File) -> Result<Vec<(String, Vec<String>)>, String> {
    let mut found = Vec::new();
    let lines: Vec<&str> = file.text.lines().map(str::trim_start).collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(ids) = line.strip_prefix("// clauses:") else { continue };
        let ids = ids.split(',').map(|id| id.trim().to_owned()).collect();
        let name = lines[at + 1..].iter().take(12).find_map(|line| {
            let after = line.split("fn ").nth(1).filter(|_| !line.starts_with("//"))?;
            Some(after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
        });
        let name = name.ok_or_else(|| format!("{}:{}: no test follows `{line}`", file.name, at + 1))?;
        found.push((format!("{}::{name}", file.name.trim_end_matches(".rs")), ids));
    }
    Ok(found)
}

/// The page, and everything that is wrong with it.
fn page(clauses: &[Clause], sources: &[File], cycles: &[File]) -> (String, Vec<String>) {
    let mut wrong = Vec::new();
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in sources {
        match proofs(file) {
            Ok(found) => {
                for (test, ids) in found {
                    for id in ids {
                        if !clauses.iter().any(|clause| clause.id == id) {
                            wrong.push(format!("{test}: `{id}` is no clause of docs/clauses.toml"));
                        }
                        tests.entry(id).or_default().push(test.clone());
                    }
                }
            }
            Err(dangling) => wrong.push(dangling),
        }
    }
    let mut rows = String::new();
    for clause in clauses {
        let in_sources = |holds: fn(&str, &str) -> bool| sources.iter().filter(move |file| holds(product(file), &clause.id));
        let mut kept: Vec<&str> = in_sources(is_named).map(|file| file.name.as_str()).collect();
        kept.extend(cycles.iter().filter(|file| is_named(&file.text, &clause.id)).map(|file| file.name.as_str()));
        if kept.is_empty() {
            kept = in_sources(is_mentioned).map(|file| file.name.as_str()).collect();
        }
        let proved = tests.get(&clause.id).map(Vec::as_slice).unwrap_or_default();
        if proved.is_empty() && clause.roadmap.is_none() {
            wrong.push(format!("{}: no test says that it proves it, and it waits for no part of the roadmap", clause.id));
        }
        if !proved.is_empty() && clause.roadmap.is_some() {
            wrong.push(format!("{}: it is proved: take `roadmap` out, or say what of it comes `later`", clause.id));
        }
        let list = |names: Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>");
        let _ = writeln!(
            rows,
            "| {} | {}<br>{} | {} | {} | {} |",
            clause.id,
            clause.zh,
            clause.en,
            list(kept.into_iter().map(str::to_owned).collect()),
            list(proved.to_vec()),
            clause.roadmap.as_deref().or(clause.later.as_deref()).unwrap_or_default()
        );
    }
    let text = format!(
        "# The clauses\n\n\
         Each clause of the notice (1.1a to A4) and of the ministry's rules (R1 to R10): where it is kept, which tests prove it, and what of it waits for a\n\
         later part of the roadmap. Written by `tests/it/clauses.rs` from `docs/clauses.toml`, the sources and the `// clauses:` comments above the tests;\n\
         `just generate` writes it anew.\n\n\
         | clause | what | kept in | proved by | waits for |\n|---|---|---|---|---|\n{rows}"
    );
    (text, wrong)
}

/// The page as it has to be now.
fn present() -> (String, Vec<String>) {
    let sources: Vec<File> =
        ["src", "crates"].into_iter().flat_map(|folder| files(folder, &["rs"])).chain(files("tests", &["rs"])).collect();
    page(&clauses(), &sources, &files("cycles", &["toml", "json", "yaml"]))
}

#[test]
fn the_clause_page_is_up_to_date() {
    assert_generated("docs/clauses.md", &present().0);
}

#[test]
fn every_clause_is_proved_or_waits_for_the_roadmap() {
    let (_, wrong) = present();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn missing_clauses_unknown_ids_and_dangling_comments_are_reported() {
    let clause = |id: &str, roadmap: Option<&str>| Clause {
        id: id.to_owned(),
        zh: String::new(),
        en: String::new(),
        roadmap: roadmap.map(str::to_owned),
        later: None,
    };
    let file = |name: &str, text: &str| File { name: name.to_owned(), text: text.to_owned() };
    let clauses = [clause("2.1", None), clause("2.2", None), clause("R9", Some("the review meeting"))];
    let sources = [
        file("src/late/rules.rs", "const CLAUSE: &str = \"2.1\";\n/// Formal review (2.2).\n#[cfg(test)]\nmod tests { \"R9\" }"),
        file("src/late/tests.rs", "// clauses: 2.1, 2.11\n#[test]\nfn late() {}\n"),
        file("tests/it/experts.rs", "// clauses: R9\nstory! {\n    fn names_stay_inside(db) {}\n}"),
        file("tests/it/lost.rs", "// clauses: 2.2\n\n"),
    ];
    let (text, wrong) = page(&clauses, &sources, &[]);
    assert!(text.contains("| 2.1 | <br> | `src/late/rules.rs` | `src/late/tests::late` |  |"), "{text}");
    assert!(text.contains("| 2.2 | <br> | `src/late/rules.rs` |  |  |"), "{text}");
    assert_eq!(
        wrong,
        [
            "src/late/tests::late: `2.11` is no clause of docs/clauses.toml",
            "tests/it/lost.rs:1: no test follows `// clauses: 2.2`",
            "2.2: no test says that it proves it, and it waits for no part of the roadmap",
            "R9: it is proved: take `roadmap` out, or say what of it comes `later`",
        ]
    );
}
