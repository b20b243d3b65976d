//! Refusals of acts on money as problems. Where money does not settle an order, the clerk is told how it is entered instead.

use crate::payments::error::Error;
use crate::problem::{Code, Problem};
use crate::records::orders::OrderState;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Paid => may_be_held(Self::new(Code::OrderPaid).state(OrderState::Paid)),
            Error::NotPaid => Code::OrderNotPaid.into(),
            Error::ReferenceUsed => {
                Self::field(Code::ReferenceUsed, "/reference", Code::ReferenceUsed.zh(), Code::ReferenceUsed.en())
            }
            Error::Settles => Code::MoneySettles.into(),
            Error::NotHeld(state) => Self::new(Code::MoneyNotHeld).state(state),
            Error::Own(_) => Code::SelfReview.into(),
            Error::Anonymous => Code::Unauthenticated.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::WindowClosed(stage) => may_be_held(Self::new(Code::PaymentWindowClosed).state(stage)),
            Error::Invalid(findings) => {
                let first = findings.first().map(|finding| finding.code.clone());
                let single = first.filter(|code| findings.iter().all(|finding| finding.code == *code));
                let code = single.and_then(|code| Code::find(&code)).unwrap_or(Code::InvalidBody);
                let problem = Self::new(code).findings(findings);
                if code == Code::AmountMismatch { may_be_held(problem) } else { problem }
            }
            Error::Accounts(error) => error.into(),
            Error::Application(error) => match Self::from(error) {
                // The application has ended, and money came in for it.
                problem if problem.code == Code::StageConflict => may_be_held(problem),
                problem => problem,
            },
            Error::Db(error) => error.into(),
        }
    }
}

/// Money is not sent away: it is entered and goes back on record.
fn may_be_held(problem: Problem) -> Problem {
    let (zh, en) = (problem.code.zh(), problem.code.en());
    problem.detail(
        format!("{zh}；款项已到账的，请登记为暂存款（POST /v1/held-money），再退款"),
        format!("{en}. Money that has come in is entered as held (POST /v1/held-money) and refunded"),
    )
}
