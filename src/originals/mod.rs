//! Paper originals (4.4a): what the cycle asks for after formal review, and what the committee's office has received.

mod error;
pub mod http;
pub(crate) mod service;
