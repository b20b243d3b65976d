//! The audit log: every act (4.1a, 5.1), written in the transaction of the act and chained by hash from the first row on.
//!
//! Each row's hash covers the row and the hash of the row before it, so that an edited, removed or moved row breaks the chain; the last
//! row is sealed with a key that is not in the database, so that rows cut off at the end are missed too; and every ten minutes the end is
//! signed and exported ([`heads`]), so that who holds the keys as well cannot write the end anew. [`verify`] names the first
//! bad row. What a row tells beyond its fixed fields (`detail`) enters the chain as a salted hash: it can be erased, the chain stays.
//!
//! `docs/audit-chain.md` describes the encoding for whoever wants to check it with other tools.

mod chain;
pub mod heads;
mod model;
pub mod rows;
mod sign;
mod store;
mod verify;
mod views;
mod walk;

pub use model::{Entry, Outcome};
pub use sign::sign_head;
pub use store::{
    AuditFilter, ChainEnd, HEAD, LogPosition, Row, append, append_after, erase_detail, find_head, find_reached, list_onwards,
    list_rows, reach, seq_of_head, set_reached,
};
pub use verify::{Fault, Verified, Witnesses, verify, verify_against};
pub use views::{ViewFilter, ViewRow, list_views};
