//! The table of problem codes: closed, published, and never changed in silence.

use title_review::problem::Code;
use title_review_core::workflow::Guard;

use crate::generated::{assert_generated, root};

const GOLDEN: &str = "tests/golden/problems.txt";

#[test]
fn published_codes_stay() {
    let published = std::fs::read_to_string(root().join(GOLDEN)).unwrap_or_default();
    for line in published.lines() {
        let (code, status) = line.split_once(' ').unwrap();
        let found = Code::find(code).unwrap_or_else(|| panic!("`{code}` was published and is gone"));
        assert_eq!(found.status().to_string(), status, "the status of `{code}` was published");
    }
    let mut lines: Vec<String> = Code::ALL.iter().map(|code| format!("{} {}\n", code.as_str(), code.status())).collect();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), Code::ALL.len(), "a code is listed twice");
    assert_generated(GOLDEN, &lines.concat());
}

#[test]
fn the_problem_page_is_up_to_date() {
    assert_generated("docs/problems.md", &title_review::problem::problem_page());
}

#[test]
fn every_guard_is_in_the_table() {
    for guard in Guard::ALL {
        let text = guard.text();
        let code = Code::find(text.code).unwrap_or_else(|| panic!("{guard:?}: `{}` is not in the problem table", text.code));
        // Guards that share a code may come from different clauses; the table names that of one of them.
        let mut clauses = Guard::ALL.iter().map(|guard| guard.text()).filter(|other| other.code == text.code);
        assert!(clauses.any(|other| other.clause == code.clause()), "{guard:?}: the table names another clause");
        assert!(matches!(code.status(), 409 | 422), "{guard:?}: {}", code.status());
    }
}
