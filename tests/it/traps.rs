//! The page of traps: every row names tests, and the tests are there.

use crate::generated::root;

/// Tests that a row names, as `path/of/file.rs::name`.
fn named(row: &str) -> Vec<(&str, &str)> {
    let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    cell.split('`').skip(1).step_by(2).filter_map(|name| name.split_once("::")).collect()
}

/// What is wrong with the rows of a page.
fn findings(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| area ")) {
        let tests = named(row);
        if tests.is_empty() {
            found.push(format!("no test: {row}"));
        }
        for (file, name) in tests {
            let text = std::fs::read_to_string(root().join(file)).unwrap_or_default();
            if !text.contains(&format!("fn {name}(")) {
                found.push(format!("{file} has no test {name}"));
            }
        }
    }
    found
}

#[test]
fn every_trap_has_its_tests() {
    let page = std::fs::read_to_string(root().join("docs/traps.md")).unwrap();
    let found = findings(&page);
    assert!(found.is_empty(), "docs/traps.md:\n{}", found.join("\n"));
    assert!(page.lines().filter(|line| line.starts_with("| ")).count() > 20);
}

#[test]
fn trap_without_a_test_is_reported() {
    let row = |cell: &str| findings(&format!("| area | trap | tests |\n|---|---|---|\n| x | y | {cell} |\n"));
    assert_eq!(row("none").len(), 1);
    assert_eq!(row("`tests/it/traps.rs::trap_without_a_test_is_reported`, `tests/it/traps.rs::no_such_test`").len(), 1);
    assert_eq!(row("`tests/it/nowhere.rs::every_trap_has_its_tests`").len(), 1);
    assert!(row("`tests/it/traps.rs::every_trap_has_its_tests`").is_empty());
}
