//! The problems that acts on programs are refused with.

use super::super::record::{Error, Refusal};
use crate::problem::{Code, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Invalid(findings) => Self::new(Code::InvalidBody).findings(findings),
            Error::ClientState(state) => Self::new(Code::ClientEnded).state(state),
            Error::OtherAuthentication => Code::OtherAuthentication.into(),
            Error::TooManyTokens => Code::TooManyTokens.into(),
            Error::NotProved(why) => Self::new(Code::InvalidClient).detail(Code::InvalidClient.zh(), why),
            Error::NotAuthorized(why) => Self::new(Code::UnauthorizedClient).detail(Code::UnauthorizedClient.zh(), why),
            Error::PersonRequired => Code::PersonRequired.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::ChangedMeanwhile => Code::StaleVersion.into(),
            Error::Account(error) => error.into(),
            Error::Signing(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::ScopeNotHeld => Code::InvalidScope.into(),
            Refusal::TokenOfAnother => {
                Self::new(Code::UnauthorizedClient).detail(Code::UnauthorizedClient.zh(), refusal.to_string())
            }
        }
    }
}
