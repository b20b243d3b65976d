//! Why a sandbox is not made.

use crate::db;

/// Why a sandbox is not made. The start of the server ends with it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// A cycle that comes with the product cannot be loaded.
    #[error("{0}")]
    Cycle(String),
    /// A use case refuses the demo data: it does not meet the product's own rules.
    #[error("the demo data is refused: {0}")]
    Refused(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The demo data is refused.
    pub(super) fn refused(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Refused(Box::new(error))
    }
}
