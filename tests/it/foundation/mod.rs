//! The ground that every slice stands on.

mod configuration;
mod job_queue;
mod schema_parity;
mod upgrade;
mod writer;
