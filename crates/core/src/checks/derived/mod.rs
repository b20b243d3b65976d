//! What follows from the facts and the cycle, computed once for all rules: how the person is admitted, on which conditions the application
//! rests, and which documents that requires.

pub mod admission;
pub mod conditions;
pub mod documents;
pub mod skilled;
pub mod study;
pub mod titles;
pub mod work;

use super::input::Input;
use crate::cycles::definition::{AdmissionKind, Applicability, EvidenceCondition, EvidenceFact, EvidenceNeed};
use admission::AdmissionCheck;
use conditions::Assessment;
use skilled::SkilledCase;

/// The input with everything that is derived from it.
pub struct Derived<'a> {
    pub input: Input<'a>,
    /// Ways of admission to the track, in the order of the cycle.
    pub admissions: Vec<AdmissionCheck>,
    /// The conditions of the level; `None` if the cycle has none for it.
    pub assessment: Option<Assessment<'a>>,
    /// The person as a skilled worker; `None` if the route does not apply.
    pub skilled: Option<SkilledCase<'a>>,
    /// Records of study for the cycle's years, in the order of the profile, and what each counts for.
    pub study: Vec<study::Counted<'a>>,
    /// Facts on which the list of evidence depends.
    evidence_facts: Vec<EvidenceFact>,
}

impl<'a> Derived<'a> {
    pub fn new(input: Input<'a>) -> Self {
        let mut derived = Self {
            admissions: admission::check_all(&input),
            assessment: conditions::assess(&input),
            skilled: skilled::case(&input),
            study: study::records(&input),
            evidence_facts: Vec::new(),
            input,
        };
        derived.evidence_facts = derived.find_evidence_facts();
        derived
    }

    fn find_evidence_facts(&self) -> Vec<EvidenceFact> {
        let profile = &self.input.facts.profile;
        let admitted = |kind| self.admitted().is_some_and(|check| check.kind == kind);
        [
            (EvidenceFact::HasQualification, !profile.education.is_empty()),
            (EvidenceFact::HasTitle, !titles::all_on_record(&self.input)),
            (EvidenceFact::Probation, !profile.probations.is_empty()),
            (EvidenceFact::Appointed, profile.titles.iter().any(|title| title.appointed_on.is_some())),
            (EvidenceFact::Achievements, !profile.achievements.is_empty()),
            (EvidenceFact::SkilledWorkerRoute, self.on_skilled_route()),
            (EvidenceFact::StudyExempted, study::claims_exemption(&self.input)),
            (EvidenceFact::StudyUploads, study::has_uploads(&self.input, &self.study)),
            (EvidenceFact::StudyWaived, study::waiver(&self.input).is_some()),
            (EvidenceFact::Hosted, admitted(AdmissionKind::Hosted)),
            (EvidenceFact::Stationed, admitted(AdmissionKind::Stationed)),
        ]
        .into_iter()
        .filter_map(|(fact, holds)| holds.then_some(fact))
        .collect()
    }

    /// The first way of admission that holds.
    pub fn admitted(&self) -> Option<&AdmissionCheck> {
        self.admissions.iter().find(|check| check.holds)
    }

    /// The application rests on the skilled-worker route: the ordinary conditions are not met, and the person holds a grade.
    pub fn on_skilled_route(&self) -> bool {
        self.skilled.is_some() && !self.assessment.as_ref().is_some_and(Assessment::holds)
    }

    /// The list of evidence for the application; `None` if the employer is not known yet.
    pub fn need(&self) -> Option<EvidenceNeed<'a>> {
        let employer = self.input.employer()?;
        Some(self.input.cycle.evidence_for(&Applicability {
            track: &self.input.facts.choice.track,
            level: self.input.facts.choice.level,
            employer_kind: employer.kind,
            employer_ownership: employer.ownership,
            facts: &self.evidence_facts,
        }))
    }

    /// Categories of documents that are required and missing, among those that `concerns` selects. Empty if nothing has to be proven.
    pub fn missing(&self, concerns: impl Fn(&str, &[EvidenceCondition]) -> bool) -> Vec<String> {
        let Some(need) = self.need().filter(|_| !self.input.anonymous) else { return Vec::new() };
        let categories = need
            .categories
            .iter()
            .filter(|(category, required)| *required && concerns(&category.clause, &category.required_when))
            .filter(|(category, _)| self.input.items_of(&category.id).next().is_none())
            .map(|(category, _)| category.id.clone());
        let groups = need
            .groups
            .iter()
            .filter(|group| concerns(&group.clause, &group.required_when) && !documents::group_is_met(&self.input, group))
            .filter_map(|group| group.any_of.first().cloned());
        categories.chain(groups).collect()
    }

    /// Missing documents that are required because of a fact.
    pub fn missing_for(&self, fact: EvidenceFact) -> Vec<String> {
        self.missing(|_, conditions| conditions.iter().any(|condition| condition.facts.contains(&fact)))
    }
}
