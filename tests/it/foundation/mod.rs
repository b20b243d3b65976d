//! The ground that every slice stands on.

mod after_commit;
mod configuration;
mod job_queue;
mod schema_parity;
mod stored_data;
pub mod upgrade;
mod writer;
