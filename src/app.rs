//! The former place of [`crate::context`].

pub use crate::context::{Act, App, Cx};
