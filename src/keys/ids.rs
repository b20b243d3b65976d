//! Ids with random bits.

use super::fill_random;
use title_review_core::clock::Instant;
use title_review_core::ids::{IdSource, version_7};
use uuid::Uuid;

/// Ids with 62 random bits after the time: what a server uses.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn uuid(&self, at: Instant) -> Uuid {
        let mut low = [0_u8; 8];
        fill_random(&mut low);
        version_7(at, low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_ids_are_version_7_and_sort_by_microsecond() {
        let first = SystemIds.uuid(at());
        assert_eq!(first.get_version_num(), 7);
        assert!(first < SystemIds.uuid(at().plus(chrono::TimeDelta::microseconds(1))));
        assert_ne!(first, SystemIds.uuid(at()));
    }

    fn at() -> Instant {
        "2024-08-30T18:00:00.000001+08:00".parse().unwrap()
    }
}
