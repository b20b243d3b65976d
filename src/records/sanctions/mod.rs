//! Sanctions and fraud decisions on record (A3, 1.1c, 1.1d, 5.1).

mod effects;
mod facts;
mod model;
mod rows;
pub(crate) mod store;

pub use effects::{bar_applicant, record_sanction};
pub use facts::{is_fraud_decided, on_record};
pub use model::{Period, SanctionKind};
pub use rows::{FraudRow, SanctionRow};
