//! A person's notices: what happened to their applications. `records::notices` writes them in the transaction in which it happened.

pub mod http;
mod service;
