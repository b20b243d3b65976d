//! The table as a page.

use super::Code;
use std::fmt::Write as _;

/// `docs/problems.md`: every code with its status, clause and titles.
#[must_use]
pub fn problem_page() -> String {
    let mut page = String::from(
        "# Problem codes\n\nGenerated from `src/problem/table.rs` by the tests. A code and its status never change once published (`tests/golden/problems.txt`).\nBodies are RFC 9457, `application/problem+json`; `type` is `/problems/<code>`.\n\n| code | status | clause | 含义 | meaning |\n|---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let clause = code.clause().unwrap_or_default();
        let _ = writeln!(page, "| `{}` | {} | {clause} | {} | {} |", code.as_str(), code.status(), code.zh(), code.en());
    }
    page
}
