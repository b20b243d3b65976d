//! Configuration: one struct per concern.

mod database;
mod keys;

pub use database::{DatabaseConfig, Synchronous};
pub use keys::KeysConfig;
