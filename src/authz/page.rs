//! The table as a page.

use super::Permission;
use std::fmt::Write as _;
use title_review_core::vocabulary::Role;

/// `docs/authorization.md`: permission x role, with whose rows.
#[must_use]
pub fn authorization_page() -> String {
    let mut page = String::from(
        "# Authorization\n\nGenerated from `src/authz/table.rs` by the tests; `tests/golden/authorization.txt` shows what each operation answers.\n\nA cell says whose rows the role reaches with the permission: its own, those of its organisation, of the organisations below it, of its\nregion, of its committee's cycles, or all. What one may not see is absent (404). An empty cell: the role does not have the permission (403).\n\n| permission | |",
    );
    for role in Role::ALL {
        let _ = write!(page, " {}<br>{role} |", role.zh());
    }
    page.push_str("\n|---|---|");
    page.push_str(&"---|".repeat(Role::ALL.len()));
    page.push('\n');
    for permission in Permission::ALL {
        let _ = write!(page, "| `{}` | {} |", permission.as_str(), permission.zh());
        for role in Role::ALL {
            let held = permission.holders().iter().find(|(holder, _)| holder == role);
            let _ = match held {
                Some((_, scope)) => write!(page, " {}<br>{scope} |", scope.zh()),
                None => write!(page, " |"),
            };
        }
        page.push('\n');
    }
    page
}
