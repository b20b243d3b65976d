//! The problems that credentials are refused with.

use super::error::{StepUpError, TokenError};
use super::hasher::HashingError;
use crate::problem::{Code, Problem};

/// Seconds after which to try again when too many wait for the hasher.
const RETRY_SECONDS: u32 = 2;

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Invalid => Code::TokenInvalid.into(),
            TokenError::Expired => Code::TokenExpired.into(),
            TokenError::Suspended => Code::AccountSuspended.into(),
            TokenError::AddressNotAllowed => Code::AddressNotAllowed.into(),
            TokenError::Db(error) => error.into(),
        }
    }
}

impl From<StepUpError> for Problem {
    fn from(error: StepUpError) -> Self {
        match error {
            StepUpError::Required => Code::StepUpRequired.into(),
            StepUpError::Db(error) => error.into(),
        }
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::QueueFull => {
                let mut problem = Self::new(Code::Unavailable);
                problem.retry_after = Some(RETRY_SECONDS);
                problem
            }
            HashingError::Parameters(_) | HashingError::Hash(_) | HashingError::Task(_) => Self::internal(&error),
        }
    }
}
