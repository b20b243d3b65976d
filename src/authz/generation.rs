//! Whether a principal that was loaded some seconds ago still holds.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the changes of roles, accounts and sessions that were committed by this server. Caches keep beside a principal the number that stood before
/// they loaded it, and do not use it once the number is another: so neither a kept principal nor one that was on its way outlives a change.
#[derive(Debug, Default)]
pub struct PrincipalGeneration(AtomicU64);

impl PrincipalGeneration {
    /// The number now.
    #[must_use]
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Something has changed.
    pub fn advance(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}
