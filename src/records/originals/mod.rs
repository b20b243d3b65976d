//! Paper originals that the committee's office has received (4.4a).

mod facts;
mod rows;
pub(crate) mod store;

pub use facts::{complete, received};
pub use rows::ReceivedRow;
