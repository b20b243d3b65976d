//! Cycles over HTTP: what everybody may read of a notice, and how it is kept.

mod manage;
mod public;

pub use manage::CycleVersion;

use super::service::Error;
use crate::http::Routes;
use crate::problem::{Code, Finding, Problem, Text};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let field = |pointer: &str, zh: &str, en: &str| Self::field(Code::InvalidField, pointer, zh, en);
        match error {
            // The places are lines and columns of the text, which is one field of the body.
            Error::Invalid(errors) => Self::new(Code::InvalidCycle).findings(errors.into_iter().map(|error| {
                let place = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path) };
                let (line, column, message, todo) = (error.line, error.column, error.message, error.todo);
                let text = Text::new(
                    format!("第 {line} 行第 {column} 列：{place}{} → {}", message.zh, todo.zh),
                    format!("line {line}, column {column}: {place}{} -> {}", message.en, todo.en),
                );
                let finding = Finding::field("/definition", Code::InvalidCycle.as_str(), text);
                match error.clause {
                    Some(clause) => finding.clause(clause, None),
                    None => finding,
                }
            })),
            Error::NotFound => Code::NotFound.into(),
            Error::ReasonMissing => {
                field("/reason", "修订已发布的年度须说明理由", "an amendment of a published cycle has a reason")
            }
            Error::YearChanged => field("/definition", "修订不得更改年度", "an amendment keeps the year of its cycle"),
            Error::NotLater(closes) => Self::field(
                Code::InvalidField,
                "/until",
                format!("须晚于现截止时间 {closes}"),
                format!("has to be later than the window closes now, {closes}"),
            ),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::service::Cache>();
    list.require::<title_review_core::cycles::Calendars>();
    public::routes(list);
    manage::routes(list);
}
