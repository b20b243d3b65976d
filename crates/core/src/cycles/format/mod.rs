//! The format of a cycle file as data: its types with their descriptions in both languages, a JSON Schema for editors, the page
//! `docs/cycle-format.md`, a skeleton, and what differs between two definitions.

mod diff;
mod page;
mod schema;
mod skeleton;
mod terms;
#[cfg(test)]
mod tests;
mod types;

pub use diff::{Change, diff, diff_text};
pub use page::format_page;
pub use schema::json_schema;
pub use skeleton::skeleton;
