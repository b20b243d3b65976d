//! The version of a row that somebody has read: a write on another one is refused.

/// The versions of a row on one of which a change was decided; the row must still have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(Option<[i64; MOST_VERSIONS]>);

/// A client that names more versions than this has not read any of them.
const MOST_VERSIONS: usize = 8;

/// The row has changed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row has changed since it was read: its version is {current} now")]
pub struct VersionMismatch {
    /// Version that the row has now.
    pub current: i64,
}

impl Version {
    /// Whatever version the row has: the change does not depend on what was read.
    pub const ANY: Self = Self(None);

    /// This version. Zero is the version of a row that does not exist yet.
    #[must_use]
    pub const fn of(read: i64) -> Self {
        Self(Some([read; MOST_VERSIONS]))
    }

    /// Any of these: the first eight, of no row where there are none.
    #[must_use]
    pub fn any_of(read: &[i64]) -> Self {
        let first = read.first().copied().unwrap_or_default();
        Self(Some(std::array::from_fn(|n| read.get(n).copied().unwrap_or(first))))
    }

    /// Compares with the version that the row has now.
    pub fn check(self, current: i64) -> Result<(), VersionMismatch> {
        match self.0 {
            Some(read) if !read.contains(&current) => Err(VersionMismatch { current }),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, VersionMismatch};

    #[test]
    fn version_that_was_read_is_the_only_one_that_passes() {
        assert_eq!(Version::of(3).check(3), Ok(()));
        assert_eq!(Version::of(3).check(4), Err(VersionMismatch { current: 4 }));
        assert_eq!(Version::of(0).check(1), Err(VersionMismatch { current: 1 }));
    }

    #[test]
    fn one_of_several_versions_passes() {
        let versions = Version::any_of(&[3, 5]);
        assert!(versions.check(3).is_ok() && versions.check(5).is_ok());
        assert_eq!(versions.check(4), Err(VersionMismatch { current: 4 }));
        assert!(Version::any_of(&[]).check(1).is_err());
    }

    #[test]
    fn any_version_passes_every_row() {
        assert_eq!(Version::ANY.check(0), Ok(()));
        assert_eq!(Version::ANY.check(7), Ok(()));
    }
}
