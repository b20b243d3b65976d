//! What one person proposes and another confirms (双人复核): reinstating an application that ended by a mistake, keeping a window open longer.
//!
//! The committee's office proposes, the supervisor confirms or rejects, and nobody confirms what they proposed. A confirmation acts at once, in the same
//! transaction: the application stands where it stood before its end, with the window that it needs; the window is extended.

pub mod http;
pub mod model;
mod record;
mod service;
mod store;
