//! What every use case stands on, whichever slice it belongs to.

mod version;

pub use version::{Version, VersionMismatch};
