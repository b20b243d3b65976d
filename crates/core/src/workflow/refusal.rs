//! Why an action is refused: a guard, the values for its sentences, and the clause as the cycle numbers it.

use super::guards::Guard;
use crate::cycles::CycleDefinition;
use crate::cycles::definition::ChainStep;

/// One reason against an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The guard that does not hold. [`Guard::text`] has its code, clause and sentences.
    pub guard: Guard,
    /// Values for the placeholders in the guard's sentences.
    pub args: Vec<(&'static str, String)>,
    /// Clause of the first notice that it comes from; `None` where no clause applies.
    pub mechanism: Option<&'static str>,
    /// The cycle's own clause and its words, set by [`Self::of_cycle`].
    pub own_clause: Option<(String, String)>,
}

impl Refusal {
    /// Code of this reason.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.guard.text().code
    }

    /// Clause that it comes from, by the cycle's own id once that is known; `None` where no clause applies.
    #[must_use]
    pub fn clause(&self) -> Option<&str> {
        self.own_clause.as_ref().map_or(self.mechanism, |(id, _)| Some(id))
    }

    /// Words of that clause in the cycle's notice.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.own_clause.as_ref().map(|(_, words)| words.as_str())
    }

    /// The same with the clause as this cycle numbers and words it; `step` is the one at which the application waits.
    #[must_use]
    pub fn of_cycle(self, cycle: &CycleDefinition, step: Option<&ChainStep>) -> Self {
        let of_publicity = step.and_then(|step| cycle.publicity_of(step)).filter(|_| self.guard.is_about_a_step_publicity());
        let own_clause = self.mechanism.map(|mechanism| {
            let id = of_publicity.map_or_else(|| cycle.own_clause(mechanism), |rule| rule.clause.as_str());
            (id.to_owned(), cycle.clause_words(id).to_owned())
        });
        Self { own_clause, ..self }
    }

    /// The reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        self.fill(self.guard.text().zh)
    }

    /// The reason in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.fill(self.guard.text().en)
    }

    fn fill(&self, sentence: &str) -> String {
        self.args.iter().fold(sentence.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}
