//! The integration suite, by capability, through the same doors as a client.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod generated;
mod workflow;
