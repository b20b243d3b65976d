//! The sandbox: demo data and a clock that the client may set, for developers of client applications and for tests.
//!
//! It belongs to the database: a database made for the sandbox is never served without it, one made without is never served with it.

mod clock;
pub mod demo;
mod error;
mod greeting;
pub mod http;
mod profiles;
mod seed;

pub use clock::restore_clock;
pub use error::Error;
pub use greeting::greeting;
pub use profiles::Story;
pub use seed::seed;

#[cfg(test)]
mod tests;
