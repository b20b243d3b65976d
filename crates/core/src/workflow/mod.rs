//! The life of an application: who may move it from which stage to which, and what must hold.
//!
//! Everything is in one table ([`TABLE`]): rows of stage, action, who, guards, target, effects and clause. [`decide`]
//! answers one act with its target and effects or with *all* the reasons against it, [`open_actions`] answers what
//! somebody could do now, and [`pending_lapse`] which deadline is running. `docs/workflow.md` is written from the same
//! rows. Pure: no database, no HTTP, no clock; the instant is one of the facts.
//!
//! The chain of reviewers, the number of submissions and the windows belong to the cycle and come in with [`State`] and
//! [`Windows`]. Left out on purpose: a formal review that is still undecided when the review window (2.2) ends does not
//! lapse, because the notice puts no fault on the applicant; the office extends the window on record.

mod decide;
mod guards;
mod model;
mod page;
mod table;

pub use decide::{OpenAction, allowed_actions, decide, due_lapse, next_lapse_at, open_actions, overdue, pending_lapse};
pub use guards::{Guard, GuardText};
pub use model::{Decision, Facts, Lapse, Outcome, PublicityFacts, Refusal, Relation, Span, State, Step, Windows, reviewer};
pub use page::workflow_page;
pub use table::{Effect, TABLE, To, Transition, Who};

#[cfg(test)]
mod tests;
