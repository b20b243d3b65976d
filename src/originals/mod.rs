//! Paper originals (4.4a): what the cycle asks for after formal review, and what the committee's office has received.

pub mod http;
mod record;
pub(crate) mod service;
mod store;
