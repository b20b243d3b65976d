//! Meetings of a committee, first form: the office records who was there and how the vote went; the system decides by quorum, two thirds and cap.
//!
//! A meeting is formed for a cycle (R2), takes in applications that are ready (2.4), has its attendance recorded once (R3) and a tally per candidate
//! (R4), and is closed: every candidate is decided in one transaction and the meeting is frozen (R6). Who has enough votes at a level with a cap waits until
//! the office settles the caps over all meetings of the cycle (4.8). Secret ballots come later and will write the same tallies. Experts' names are seen by the office and the supervisor alone (R9).
//!
//! Slips are corrected on record: time, place and list until the meeting begins, attendance and tallies until it is closed.

mod corrections;
pub mod http;
pub mod model;
pub mod record;
pub mod rules;
pub(crate) mod service;
mod settlement;
mod store;

pub use service::Error;
