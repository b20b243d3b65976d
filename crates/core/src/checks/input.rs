//! What the rules are given: the facts of one application, the cycle, and the day that counts.

use chrono::NaiveDate;

use super::model::{DefenceState, EmployerFacts, EvidenceItem, Facts};
use crate::{cycles::CycleDefinition, profiles::model::Employment, vocabulary::PostKind};

/// The facts of one application and the cycle that it belongs to.
pub struct Input<'a> {
    pub facts: &'a Facts,
    pub cycle: &'a CycleDefinition,
    /// The facts come from somebody without an account: nothing has to be proven.
    pub anonymous: bool,
    /// The day by which age, sanctions and what a person is besides are judged.
    pub day: NaiveDate,
    /// The day by which admission is judged: a transfer takes its employer over later than the first submission (4.3c).
    pub employed_on: NaiveDate,
}

impl<'a> Input<'a> {
    pub fn new(facts: &'a Facts, cycle: &'a CycleDefinition, anonymous: bool) -> Self {
        let day = facts.submitted_on.unwrap_or(facts.on);
        let taken_over_on = facts.employer.as_ref().and_then(|employer| employer.taken_over_on).filter(|_| !anonymous);
        Self { facts, cycle, anonymous, day, employed_on: taken_over_on.unwrap_or(day) }
    }

    pub const fn employer(&self) -> Option<&'a EmployerFacts> {
        self.facts.employer.as_ref()
    }

    /// Posts held on the day that counts, with their places in the profile.
    pub fn current_employments(&self) -> impl Iterator<Item = (usize, &'a Employment)> {
        self.employments_on(self.day)
    }

    fn employments_on(&self, day: NaiveDate) -> impl Iterator<Item = (usize, &'a Employment)> + use<'a> {
        self.facts.profile.employments.iter().enumerate().filter(move |(_, post)| covers(post.from, post.to, day))
    }

    /// The post at the employer that is applied from, held on the day of admission (1.1a), with its place in the profile.
    pub fn present_post(&self) -> Option<(usize, &'a Employment)> {
        let employer = self.employer()?;
        self.employments_on(self.employed_on)
            .find(|(_, post)| employer.is_told_by(post.organisation_id, post.credit_code.as_deref(), post.employer_name.as_deref()))
    }

    /// Kind of the present post, at the employer that is applied from if there is one; a professional post if none is declared.
    pub fn post_kind(&self) -> (PostKind, Option<usize>) {
        self.present_post()
            .or_else(|| self.current_employments().next())
            .map_or((PostKind::Professional, None), |(i, post)| (post.post_kind, Some(i)))
    }

    pub fn defence(&self) -> &'a DefenceState {
        &self.facts.defence
    }

    pub fn items_of(&self, category: &str) -> impl Iterator<Item = &'a EvidenceItem> {
        let category = category.to_owned();
        self.facts.evidence.iter().filter(move |item| item.category == category)
    }
}

/// The day lies in the period; both its ends count.
pub fn covers(from: NaiveDate, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && to.is_none_or(|to| day <= to)
}
