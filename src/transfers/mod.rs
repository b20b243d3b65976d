//! Transfers: the employer of an application changes while it is under review (4.3c). The applicant asks, the new employer's clerk accepts; the
//! application goes back to the first step of its chain.

mod error;
pub mod http;
mod record;
pub(crate) mod service;
mod store;

pub use error::Error;
pub use record::TransferState;
