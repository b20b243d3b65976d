//! The ground that every slice stands on.

mod schema_parity;
mod writer;
