//! The closed table of problem codes and their RFC 9457 form.
//!
//! Slices speak their own errors; the edge turns each into a [`Problem`] once. A problem carries both languages; the
//! response middleware writes the one the client asked for and adds `instance` and `trace_id`.

mod oauth;
mod page;
mod response;
mod table;
mod text;

pub use oauth::{OAuthErrorBody, speaks_oauth};
pub use page::problem_page;
pub use response::{FieldErrorBody, ProblemBody, render_page};
pub use table::Code;
pub use text::describe;

use crate::authz::NotSignedIn;
use crate::context::VersionMismatch;
use crate::db;
pub use title_review_core::findings::{At, Finding, Text};

/// What a client is told when a request is refused.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Row of the problem table.
    pub code: Code,
    /// This occurrence, for a person; the table's general sentence when absent.
    pub detail: Option<Text>,
    /// Every finding.
    pub errors: Vec<Finding>,
    /// Clause of the cycle; the table's when absent.
    pub clause: Option<String>,
    /// State of the object that made the act impossible, for conflicts.
    pub state: Option<String>,
    /// Version the object has now, for failed preconditions; sent as `ETag`.
    pub current_version: Option<i64>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// Methods that the resource has, for 405.
    pub allow: Option<String>,
    /// Bytes that the content has, for 416.
    pub content_size: Option<u64>,
}

impl Problem {
    /// The table's row without more to say.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            clause: None,
            state: None,
            current_version: None,
            retry_after: None,
            allow: None,
            content_size: None,
        }
    }

    /// With a sentence about this occurrence.
    #[must_use]
    pub fn detail(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.detail = Some(Text::new(zh, en));
        self
    }

    /// With one more finding.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.errors.push(finding);
        self
    }

    /// With all of these findings.
    #[must_use]
    pub fn findings(mut self, findings: impl IntoIterator<Item = Finding>) -> Self {
        self.errors.extend(findings);
        self
    }

    /// With the state that made the act impossible.
    #[must_use]
    pub fn state(mut self, state: impl ToString) -> Self {
        self.state = Some(state.to_string());
        self
    }

    /// 422 with one finding about one body field.
    pub fn field(code: Code, pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(code).finding(Finding::field(pointer, code.as_str(), Text::new(zh, en)))
    }

    /// 400 with one finding about one parameter.
    pub fn parameter(name: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let code = Code::InvalidParameter;
        Self::new(code).finding(Finding::parameter(name, code.as_str(), Text::new(zh, en)))
    }

    /// An unknown error: the client learns nothing, the log gets the chain.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        tracing::error!(error = %chain, "internal error");
        Self::new(Code::Internal)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<NotSignedIn> for Problem {
    fn from(NotSignedIn: NotSignedIn) -> Self {
        Self::new(Code::Unauthenticated)
    }
}

impl From<VersionMismatch> for Problem {
    fn from(VersionMismatch { current }: VersionMismatch) -> Self {
        let mut problem = Self::new(Code::StaleVersion);
        problem.current_version = Some(current);
        problem
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Busy | db::Error::Unavailable(_) => {
                tracing::warn!(error = %error, "database not available");
                let mut problem = Self::new(Code::Unavailable);
                problem.retry_after = Some(1);
                problem
            }
            db::Error::NotFound => Self::new(Code::NotFound),
            other => Self::internal(&other),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.as_str())?;
        for finding in &self.errors {
            let place = match &finding.at {
                At::Body(pointer) => format!("{pointer}: "),
                At::Parameter(name) => format!("{name}: "),
                At::Whole => String::new(),
            };
            write!(f, "; {place}{} / {}", finding.detail.zh, finding.detail.en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::{Code, Problem};
    use crate::context::VersionMismatch;
    use crate::db;

    #[test]
    fn version_mismatch_is_412_with_the_current_version() {
        let problem = Problem::from(VersionMismatch { current: 4 });
        assert_eq!(problem.code.status(), 412);
        assert_eq!(problem.current_version, Some(4));
    }

    #[test]
    fn database_fault_is_503_or_500_and_never_the_clients() {
        assert_eq!(Problem::from(db::Error::Busy).code, Code::Unavailable);
        assert_eq!(Problem::from(db::Error::Unavailable("no connection".to_owned())).code, Code::Unavailable);
        let fault = diesel::result::Error::RollbackTransaction;
        assert_eq!(Problem::from(db::Error::from(fault)).code, Code::Internal);
    }
}
