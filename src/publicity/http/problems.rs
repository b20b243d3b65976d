//! Refusals of notices and objections as problems.

use crate::problem::{Code, Finding, Problem};
use crate::publicity::rules::Irreplaceable;
use crate::publicity::service::Error;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::OwnApplication(_) => Code::SelfReview.into(),
            Error::StageConflict(stage) => Self::new(Code::StageConflict).state(stage),
            Error::OutOfTurn => Code::OutOfTurn.into(),
            Error::DaysRefused(findings) => of_days(findings),
            Error::Irreplaceable(Irreplaceable::ObjectionUpheld, state) => Self::new(Code::ObjectionUpheld).state(state),
            Error::Irreplaceable(Irreplaceable::Running, state) => Self::new(Code::AlreadyExists).state(state),
            Error::AlreadyOpen => Code::AlreadyExists.into(),
            Error::NotCurrent(state) => Self::new(Code::PublicityNotCurrent).state(state),
            Error::NoPostingAwaited(state) => Self::new(Code::Conflict).state(state),
            Error::Closed(state) => Self::new(Code::PublicityClosed).state(state),
            Error::TooManyObjections(most) => Self::new(Code::TooManyObjections)
                .detail(format!("已有{most}件异议待处理，处理后方可再提"), format!("{most} objections wait: decide them first")),
            Error::OfAnotherNotice(at) => Self::field(
                Code::InvalidField,
                format!("/objection_ids/{at}"),
                "不是对该公示的异议",
                "is no objection to this notice",
            ),
            Error::NotResponsible => Code::Forbidden.into(),
            Error::Decided(status) => Self::new(Code::ObjectionDecided).state(status),
            Error::Keys(error) => Self::internal(&error),
            Error::Application(error) => error.into(),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// One kind of finding: its own code; several: the general one.
fn of_days(findings: Vec<Finding>) -> Problem {
    let code = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
    Problem::new(code.unwrap_or(Code::InvalidBody)).findings(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publicity::rules::PUBLICITY_TOO_SHORT;

    #[test]
    fn code_of_a_period_that_is_too_short_is_a_row_of_the_problem_table() {
        assert_eq!(Code::find(PUBLICITY_TOO_SHORT), Some(Code::PublicityTooShort));
    }
}
