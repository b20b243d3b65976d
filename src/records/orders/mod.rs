//! Orders over the fee (4.6) and the ledger of payments, to which rows are only added.

mod effects;
mod model;
mod rows;
pub(crate) mod store;

pub use effects::{close_order, open_order, reopen_order};
pub use model::{Money, OrderState};
pub use rows::{NamedOrderRow, OrderRow, PaymentId, PaymentRow};
