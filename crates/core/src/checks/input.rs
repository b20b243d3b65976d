//! What the rules read, worked out once: the day that counts, how the person is admitted, on what basis they apply, which
//! documents follow from that.

use chrono::NaiveDate;

use super::{
    arithmetic::Bilingual,
    evidence,
    model::{DefenceState, EmployerFacts, EvidenceItem, Facts, NamedValue},
    seniority::{self, Assessment},
    skilled::{self, SkilledCase},
    study,
    tracks::{self, Attempt},
};
use crate::{
    cycles::{
        CycleDefinition,
        definition::{AdmissionKind, Applicability, EvidenceCondition, EvidenceFact, EvidenceNeed},
    },
    profiles::model::Employment,
    vocabulary::{PostKind, Verdict},
};

/// What one rule answers, before the cycle's words are put to it.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub subject: Option<String>,
    pub clause: String,
    pub verdict: Verdict,
    pub pointers: Vec<String>,
    pub values: Vec<NamedValue>,
    pub arithmetic: Bilingual,
    /// Told, but not in the way: the application stands on something else.
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

    /// Met where `holds`, else unmet.
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

/// Facts, cycle, and what follows from the two.
pub struct Input<'a> {
    pub facts: &'a Facts,
    pub cycle: &'a CycleDefinition,
    /// Facts are given without an account: nothing has to be proven.
    pub given: bool,
    /// The day by which age, employment and admission are judged.
    pub day: NaiveDate,
    /// Ways in which the person may be admitted to the track, in the order of the cycle.
    pub attempts: Vec<Attempt>,
    /// The conditions of the level; `None` where the cycle has none for it.
    pub assessment: Option<Assessment<'a>>,
    /// The person as a skilled worker; `None` where they are none or the route does not exist.
    pub skilled: Option<SkilledCase<'a>>,
    /// Facts on which evidence depends.
    pub evidence_facts: Vec<EvidenceFact>,
}

impl<'a> Input<'a> {
    pub fn new(facts: &'a Facts, cycle: &'a CycleDefinition, given: bool) -> Self {
        let mut input = Self {
            facts,
            cycle,
            given,
            day: facts.submitted_on.unwrap_or(facts.on),
            attempts: Vec::new(),
            assessment: None,
            skilled: None,
            evidence_facts: Vec::new(),
        };
        input.attempts = tracks::attempts(&input);
        input.assessment = seniority::assess(&input);
        input.skilled = skilled::case(&input);
        input.evidence_facts = input.find_evidence_facts();
        input
    }

    fn find_evidence_facts(&self) -> Vec<EvidenceFact> {
        let profile = &self.facts.profile;
        let admitted = |kind| self.admitted().is_some_and(|attempt| attempt.kind == kind);
        [
            (EvidenceFact::HasQualification, !profile.education.is_empty()),
            (EvidenceFact::HasTitle, !profile.titles.is_empty()),
            (EvidenceFact::SkilledWorkerRoute, self.on_skilled_route()),
            (EvidenceFact::StudyExempted, study::claims_exemption(self)),
            (EvidenceFact::StudyUploads, study::has_uploads(self)),
            (EvidenceFact::StudyWaived, study::waiver(self).is_some()),
            (EvidenceFact::Hosted, admitted(AdmissionKind::Hosted)),
            (EvidenceFact::Stationed, admitted(AdmissionKind::Stationed)),
        ]
        .into_iter()
        .filter_map(|(fact, holds)| holds.then_some(fact))
        .collect()
    }

    /// The first way of admission that holds.
    pub fn admitted(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.holds)
    }

    /// The application stands on the skilled-worker route: the ordinary conditions are not met, and there is a grade for it.
    pub fn on_skilled_route(&self) -> bool {
        self.skilled.is_some() && !self.assessment.as_ref().is_some_and(Assessment::holds)
    }

    pub const fn employer(&self) -> Option<&'a EmployerFacts> {
        self.facts.employer.as_ref()
    }

    /// Posts held on the day that counts, with their places in the profile.
    pub fn current_employments(&self) -> impl Iterator<Item = (usize, &'a Employment)> {
        let day = self.day;
        self.facts.profile.employments.iter().enumerate().filter(move |(_, post)| covers(post.from, post.to, day))
    }

    /// Kind of the present post; a professional post where none is told.
    pub fn post_kind(&self) -> (PostKind, Option<usize>) {
        self.current_employments().next().map_or((PostKind::Professional, None), |(i, post)| (post.post_kind, Some(i)))
    }

    pub fn defence(&self) -> &'a DefenceState {
        &self.facts.defence
    }

    pub fn items_of(&self, category: &str) -> impl Iterator<Item = &'a EvidenceItem> {
        let category = category.to_owned();
        self.facts.evidence.iter().filter(move |item| item.category == category)
    }

    /// The evidence list as it applies; `None` where the employer is not known yet.
    pub fn need(&self) -> Option<EvidenceNeed<'a>> {
        let employer = self.employer()?;
        Some(self.cycle.evidence_for(&Applicability {
            track: &self.facts.choice.track,
            level: self.facts.choice.level,
            employer_kind: employer.kind,
            employer_ownership: employer.ownership,
            facts: &self.evidence_facts,
        }))
    }

    /// Documents that are required, not there, and belong to what `concerns` names. None where nothing has to be proven.
    pub fn missing(&self, concerns: impl Fn(&str, &[EvidenceCondition]) -> bool) -> Vec<String> {
        let Some(need) = self.need().filter(|_| !self.given) else { return Vec::new() };
        let categories = need
            .categories
            .iter()
            .filter(|(category, required)| *required && concerns(&category.clause, &category.required_when))
            .filter(|(category, _)| self.items_of(&category.id).next().is_none())
            .map(|(category, _)| category.id.clone());
        let groups = need
            .groups
            .iter()
            .filter(|group| concerns(&group.clause, &group.required_when) && !evidence::group_is_met(self, group))
            .filter_map(|group| group.any_of.first().cloned());
        categories.chain(groups).collect()
    }

    /// Missing documents that are required because of a fact.
    pub fn missing_for(&self, fact: EvidenceFact) -> Vec<String> {
        self.missing(|_, conditions| conditions.iter().any(|condition| condition.facts.contains(&fact)))
    }
}

/// The day lies in the period; both its ends count.
pub fn covers(from: NaiveDate, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from <= day && to.is_none_or(|to| day <= to)
}
