//! The version that a client has read: a write on another one is refused (RFC 9110 section 13).

use crate::problem::{Code, Problem};

/// The version that the client has read, from If-Match; `*` is none in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

impl IfMatch {
    /// Refuses (412) unless the row still has the version that the client has read. `*` matches any.
    pub fn check(self, version: i64) -> Result<(), Problem> {
        match self.0 {
            None => Ok(()),
            Some(read) if read == version => Ok(()),
            Some(_) => {
                let mut problem = Problem::new(Code::StaleVersion);
                problem.current_etag = Some(etag(version));
                Err(problem)
            }
        }
    }
}

/// The entity tag of a version.
#[must_use]
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}
