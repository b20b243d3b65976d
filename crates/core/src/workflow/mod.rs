//! The workflow of an application: who may move it from which stage to which, and under which conditions.
//!
//! Every transition is a row of one table ([`TABLE`]). [`decide`] judges one action: it returns the target stage with the effects, or
//! *all* reasons against the action. [`open_actions`] lists what an actor could do now. [`pending_lapse`] returns the deadline that is
//! running. `docs/workflow.md` is generated from the same rows. The current instant is one of the facts.
//!
//! The chain of reviewers, the number of submissions and the windows belong to the cycle. They come in with [`State`] and
//! [`crate::cycles::Windows`]. A formal review that is undecided at the end of the review window (2.2) does not lapse, because the
//! applicant is not at fault. The office extends the window on record.

mod chain;
mod deadlines;
mod decide;
mod facts;
mod guards;
mod judge;
mod page;
mod refusal;
mod state;
mod table;

pub use chain::{ChainRecord, Recorded, StepName, unapproved};
pub use deadlines::{Lapse, due_lapse, next_lapse_at, pending_lapse, window_for, window_that_ends};
pub use decide::{Decision, OpenAction, allowed_actions, decide, open_actions, overdue};
pub use facts::{Document, Facts, Outcome, PublicityFacts, Relation, ToldLate};
pub use guards::{Guard, GuardText};
pub use page::workflow_page;
pub use refusal::Refusal;
pub use state::{Arrival, Position, State, Step};
pub use table::{Actor, Effect, TABLE, To, Transition};

#[cfg(test)]
mod tests;
