//! A person's notices: what happened to their applications. Written by `records::notices` in the transaction in which it happened.

pub mod http;
