//! The version that a client has read: a write on another one is refused (RFC 9110 section 13).

use crate::context::Version;
use crate::problem::Problem;

/// The versions that the client has read, from If-Match; `*` is none in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub(super) Version);

impl IfMatch {
    /// What a service compares.
    #[must_use]
    pub fn version(self) -> Version {
        self.0
    }

    /// Refuses (412) unless the row still has a version that the client has read. `*` matches any.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        Ok(self.version().check(version)?)
    }
}
