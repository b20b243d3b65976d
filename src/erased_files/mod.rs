//! Files of people who were erased, from the erasure until their bytes are gone.
//!
//! As long as a file waits, and for requests that came before it went, nobody may make it part of a dossier: else it would be gone from under them. Rows
//! in, rows out: `privacy` queues and removes, `attachments` asks.

mod store;

pub use store::{forget_removed, is_being_removed, list_waiting, queue_object, set_removed, unqueue};
