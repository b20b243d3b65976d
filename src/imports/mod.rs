//! Imports: a file sent by `curl -T` under a name that the client chooses, checked by the code that runs it, and run in batches.
//!
//! The file is read once, as it arrives: encoding, delimiter and header are found, and its rows are kept sealed until thirty days have passed. A leased job
//! checks them in transactions that are rolled back, then runs them: cursor, outcomes and effects of a batch are one write, so that a server that is killed
//! goes on where it was, exactly once. What the lines are is an `entity::Entity`.

mod entities;
mod entity;
mod error;
pub mod http;
mod ingest;
pub mod model;
mod record;
pub mod rules;
mod run;
pub(crate) mod service;
mod store;

pub use run::{ERASE, JOB, erase_job, run_job, start};
