//! Findings: the problems of a request, each with its location, its code and a sentence in both languages.

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Makes a sentence from its two forms.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }
}

/// The location that a finding refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// JSON pointer into the body, without the leading `#`: `/education/0/to`.
    Body(String),
    /// Name of a query parameter, path parameter or header.
    Parameter(String),
    /// The request as a whole.
    Whole,
}

/// Code of a finding about a field whose value cannot be taken, where no rule has a code of its own: a row of the problem table.
pub const INVALID_FIELD: &str = "invalid_field";

/// One finding. All findings of a request are in one response.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Location.
    pub at: At,
    /// Stable code, from the problem table or of a rule.
    pub code: String,
    /// The problem in words.
    pub detail: Text,
    /// Clause of the notice, for rules of the notice.
    pub clause: Option<String>,
    /// The clause's words in the notice.
    pub words: Option<String>,
}

impl Finding {
    /// A finding about a body field; `pointer` without `#`.
    pub fn field(pointer: impl Into<String>, code: impl Into<String>, detail: Text) -> Self {
        Self { at: At::Body(pointer.into()), code: code.into(), detail, clause: None, words: None }
    }

    /// A finding about a body field whose value cannot be taken: code [`INVALID_FIELD`].
    pub fn invalid_field(pointer: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::field(pointer, INVALID_FIELD, Text::new(zh, en))
    }

    /// A finding about a query parameter, path parameter or header.
    pub fn parameter(name: impl Into<String>, code: impl Into<String>, detail: Text) -> Self {
        Self { at: At::Parameter(name.into()), code: code.into(), detail, clause: None, words: None }
    }

    /// A finding about the request as a whole, usually by a rule.
    pub fn whole(code: impl Into<String>, detail: Text) -> Self {
        Self { at: At::Whole, code: code.into(), detail, clause: None, words: None }
    }

    /// Names the clause and its words.
    #[must_use]
    pub fn clause(mut self, clause: impl Into<String>, words: Option<String>) -> Self {
        self.clause = Some(clause.into());
        self.words = words;
        self
    }
}
