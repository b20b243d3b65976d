//! The reference page of the configuration, made from the commented defaults.

use std::fmt::Write as _;

use super::{DEFAULT, ENVIRONMENT};

/// `docs/configuration.md`.
#[must_use]
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Configuration\n\nGenerated from `src/config/default.toml`.\n\nDefaults, then the file named by `--config` (or `TITLE_REVIEW_CONFIG`), then the \
         environment, then flags: the later wins. An unknown key or a bad value stops the start and is named. `title-review config` prints what is in effect, \
         without secrets.\n\nFlags: `--data` (`data`), `--listen` (`server.listen`), `--database` (`database.url`), `--sandbox` (`sandbox.enabled`).\n",
    );
    let mut section = String::new();
    let mut comment = Vec::new();
    let mut in_table = false;
    for line in DEFAULT.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push(text);
        } else if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
            in_table = false;
            // Writing to a String never fails.
            let _ = write!(page, "\n## {name}\n\n{}\n", comment.join(" "));
            comment.clear();
        } else if let Some((key, value)) = line.split_once(" = ") {
            if !in_table {
                page.push_str("\n| key | default | environment | |\n|---|---|---|---|\n");
                in_table = true;
            }
            let variable = format!("{ENVIRONMENT}{}", format!("{section}{key}").replace('.', "__").to_uppercase());
            let _ = writeln!(page, "| `{section}{key}` | `{value}` | `{variable}` | {} |", comment.join(" "));
            comment.clear();
        }
    }
    page
}
