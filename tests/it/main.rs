//! The integration suite, by capability, through the same doors as a client, each story on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod attachments;
mod audit;
mod authorization;
mod checks;
mod clauses;
mod cli;
mod cycles;
mod defences;
mod dependencies;
mod examples;
mod foundation;
mod generated;
mod house;
mod http;
mod identity;
mod keys;
mod lists;
mod meetings;
mod openapi;
mod operation;
mod originals;
mod other_notice;
mod payments;
mod plans;
mod problems;
mod publicity;
mod results;
mod review;
mod safety;
mod sanctions;
mod support;
mod tokens;
mod tracks;
mod traps;
mod workflow;
