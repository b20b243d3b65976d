//! The answer of one rule, before the words of the cycle are added.

use super::{arithmetic::Bilingual, model::NamedValue};
use crate::vocabulary::Verdict;

/// The answer of one rule.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub subject: Option<String>,
    pub clause: String,
    pub verdict: Verdict,
    pub pointers: Vec<String>,
    pub values: Vec<NamedValue>,
    pub arithmetic: Bilingual,
    /// Never blocks: the application rests on another route.
    pub informative: bool,
}

impl Outcome {
    pub fn new(clause: &str, verdict: Verdict, arithmetic: Bilingual) -> Self {
        Self {
            subject: None,
            clause: clause.to_owned(),
            verdict,
            pointers: Vec::new(),
            values: Vec::new(),
            arithmetic,
            informative: false,
        }
    }

    /// Met if `holds`, else unmet.
    pub fn of(clause: &str, holds: bool, arithmetic: Bilingual) -> Self {
        Self::new(clause, if holds { Verdict::Met } else { Verdict::Unmet }, arithmetic)
    }

    pub fn on(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointers.push(pointer.into());
        self
    }

    pub fn all_at(mut self, pointers: impl IntoIterator<Item = String>) -> Self {
        self.pointers.extend(pointers);
        self
    }

    pub fn using(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push(NamedValue { name, value: value.to_string() });
        self
    }

    pub const fn informative(mut self, informative: bool) -> Self {
        self.informative = informative;
        self
    }

    /// Met becomes "needs evidence" where documents for it are missing.
    pub fn proven_by(mut self, missing: &[String]) -> Self {
        if self.verdict == Verdict::Met && !missing.is_empty() {
            self.verdict = Verdict::NeedsEvidence;
            self.pointers.extend(missing.iter().map(|category| format!("/evidence/{category}")));
        }
        self
    }
}
