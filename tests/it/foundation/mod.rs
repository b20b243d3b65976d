//! The ground that every slice stands on.

mod after_commit;
mod configuration;
mod job_queue;
mod schema_parity;
pub mod upgrade;
mod writer;
