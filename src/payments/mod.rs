//! Payment of the fee: an order per application, confirmed once by finance, and its receipt.
//!
//! The transaction that accepts an application after formal review opens its order over the fee of its level (4.6). Finance confirms a scan or bank
//! payment with its reference; a conditional UPDATE on the order and a unique index on the reference let one confirmation win. Money stands in a
//! ledger to which rows are only added; one that was a slip is made void. What nobody has paid is closed when the application is withdrawn or its
//! payment window is over (2.3). Money that settles no order is entered as held, and refunded or booked on record (docs/decisions/0045).

mod error;
pub mod http;
pub mod model;
mod record;
mod rules;
pub(crate) mod service;
mod store;
