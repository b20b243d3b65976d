//! Notices to people: what happened to their application, written in the transaction in which it happened.

mod effects;
pub(crate) mod store;

pub use effects::{insert, insert_all, is_unread};
