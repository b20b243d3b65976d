//! A fault of the database is the server's, whichever slice of identity it passes through.

use title_review::credentials::{StepUpError, TokenError};
use title_review::db;
use title_review::problem::Problem;
use title_review::{accounts, authn, passwords, privacy, second_factor};

fn status_of(error: impl Into<Problem>) -> u16 {
    error.into().code.status()
}

#[test]
fn database_fault_in_identity_is_5xx() {
    let faults = [
        (db::Error::Busy, 503),
        (db::Error::Unavailable("gone".to_owned()), 503),
        (db::Error::Check("a rule of the table".to_owned()), 500),
        (db::Error::Unreadable("accounts.status".to_owned()), 500),
        (db::Error::Other("anything".to_owned()), 500),
    ];
    for (fault, status) in faults {
        let again = || fault.clone();
        let statuses = [
            status_of(accounts::Error::Db(again())),
            status_of(authn::Error::Db(again())),
            status_of(authn::Error::Token(TokenError::Db(again()))),
            status_of(authn::Error::SecondFactor(second_factor::Error::Db(again()))),
            status_of(second_factor::Error::StepUp(StepUpError::Db(again()))),
            status_of(passwords::Error::Db(again())),
            status_of(passwords::Error::SignIn(authn::Error::Db(again()))),
            status_of(passwords::Error::Account(accounts::Error::Db(again()))),
            status_of(privacy::Error::Account(accounts::Error::Db(again()))),
        ];
        assert_eq!(statuses, [status; 9], "{fault:?}");
    }
}
