//! Faults: what is left after a killed process, a full disk, a storm of writers, a database that restarts, races. What clients were told is kept
//! outside the server in a ledger; afterwards `audit verify` and a checker in another language (`checks/invariants.py`) look at what is there.
//! Every test has a variant that it catches. See docs/faults.md.

mod checker;
mod client;
mod full;
mod kill;
pub mod load;
pub mod place;
mod proxy;
mod races;
mod restart;
mod statements;
mod storm;
