//! Look-ups and arithmetic on a definition. No number of any notice is a constant here.

use std::ops::RangeInclusive;

use chrono::{DateTime, FixedOffset, Months, NaiveDate, TimeZone};

use super::chain::{ChainStep, Track, Way};
use super::common::WindowName;
use super::cycle::{Clause, CycleDefinition, CycleWindow, LevelTitle, Series, Specialty, Template};
use super::evidence::{EvidenceAlternatives, EvidenceCategory, EvidenceCondition, EvidenceFact};
use super::meeting::{CertificateRule, CommitteeRule, Fraction, FraudRule, PassRateCap};
use super::people::{BarredPersons, DisciplinaryKind, LevelConditions, RetirementAge, SkillRoute, SkilledWorkerRule};
use super::rules::{PublicityRule, StudyExemptionGround, StudyRule};
use crate::open_terms::ChainStepId;
use crate::vocabulary::{
    Level, LevelGroup, OrganisationKind, Ownership, PostKind, PutonghuaLevel, Qualification, Sex, SkillGrade, StudyKind,
    TechnicalSchoolClass,
};

impl CycleDefinition {
    /// A clause by its id.
    #[must_use]
    pub fn clause(&self, id: &str) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.id == id)
    }

    /// The words of a clause; empty for an id that the cycle does not have (the loader refuses references to such ids).
    #[must_use]
    pub fn clause_words(&self, id: &str) -> &str {
        self.clause(id).map_or("", |clause| clause.words.as_str())
    }

    /// The cycle's own id for a mechanism that code names by the clause of the first notice (`docs/clauses.md`): another notice numbers its clauses its
    /// own way. An id that is no mechanism's stays as it is.
    #[must_use]
    pub fn own_clause<'a>(&'a self, mechanism: &'a str) -> &'a str {
        match mechanism {
            "2.1" => &self.windows.application.clause,
            "2.2" => &self.windows.formal_review.clause,
            "2.3" => &self.windows.payment.clause,
            "2.4" => &self.mechanisms.results_clause,
            "3.1" => &self.mechanisms.conditions_clause,
            "4.1a" => &self.mechanisms.online_only_clause,
            "4.1d" => &self.one_application.clause,
            "4.2.1a" => &self.mechanisms.completeness_clause,
            "4.2.1b" => &self.correction.clause,
            "4.2.6" => &self.mechanisms.other_materials_clause,
            "4.3a" => &self.checklist.clause,
            "4.3b" => &self.checklist.opinion_clause,
            "4.3c" => &self.employer_publicity.clause,
            "4.3d" => &self.seniority.clause,
            "4.4a" => &self.originals.clause,
            "4.4b" => &self.fixed_sentence.clause,
            "4.5" => &self.defence.clause,
            "4.6" => &self.fees.clause,
            "5.1" => &self.mechanisms.accountability_clause,
            "5.2" => &self.mechanisms.publication_clause,
            "A3" => &self.fraud.clause,
            "R1" => &self.correction.told_once_clause,
            "R3" => &self.committee.quorum.clause,
            "R4" => &self.committee.pass.clause,
            "R6" => &self.mechanisms.minutes_clause,
            "R7" => &self.result_publicity.clause,
            "R8" => &self.mechanisms.recheck_clause,
            "R9" => &self.mechanisms.expert_secrecy_clause,
            "R10" => &self.mechanisms.revocation_clause,
            other => other,
        }
    }

    /// A track by its id.
    #[must_use]
    pub fn track(&self, id: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The rule of the publicity that a step asks for; `None` where it asks for none.
    #[must_use]
    pub fn publicity_of<'a>(&'a self, step: &'a ChainStep) -> Option<&'a PublicityRule> {
        step.publicity_required.then(|| step.publicity.as_ref().unwrap_or(&self.employer_publicity))
    }

    /// A step by its id, of whichever track: tracks that share an id share the step.
    #[must_use]
    pub fn chain_step(&self, id: ChainStepId) -> Option<&ChainStep> {
        self.tracks.iter().find_map(|track| track.step(id))
    }

    /// A specialty by its id.
    #[must_use]
    pub fn specialty(&self, id: &str) -> Option<&Specialty> {
        self.specialties.iter().find(|specialty| specialty.id == id)
    }

    /// A series by its id.
    #[must_use]
    pub fn series(&self, id: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.id == id)
    }

    /// The title that a level gives.
    #[must_use]
    pub fn level_title(&self, level: Level) -> Option<&LevelTitle> {
        self.levels.iter().find(|title| title.level == level)
    }

    /// The level is open in the cycle and in this specialty, and no state exam stands in for its review (1.1b).
    #[must_use]
    pub fn is_open(&self, specialty: &str, level: Level) -> bool {
        self.level_title(level).is_some_and(|title| title.open)
            && self
                .specialty(specialty)
                .is_some_and(|found| found.levels.contains(&level) && !found.exam_replaces_review.contains(&level))
    }

    /// Conditions of a level in a specialty: the specialty's own row, else the row for all (3.1a).
    #[must_use]
    pub fn conditions_for(&self, specialty: &str, level: Level) -> Option<&LevelConditions> {
        let mut rows = self.conditions.iter().filter(|row| row.level == level);
        rows.clone()
            .find(|row| row.specialties.iter().any(|id| id == specialty))
            .or_else(|| rows.find(|row| row.specialties.is_empty()))
    }

    /// The fee of a level in minor units (fen), 4.6. `None` only for a level that is not open.
    #[must_use]
    pub fn fee(&self, level: Level) -> Option<i64> {
        self.fees.amounts.iter().find(|fee| fee.level_group == level.group()).map(|fee| fee.amount_minor)
    }

    /// Whether the level defends in person (4.5).
    #[must_use]
    pub fn defence_required(&self, level: Level) -> bool {
        self.defence.required_for.contains(&level.group())
    }

    /// The cap on the pass rate of a level; `None`: no cap (4.8).
    #[must_use]
    pub fn pass_rate_cap(&self, level: Level) -> Option<&PassRateCap> {
        self.pass_rate_caps.iter().find(|cap| cap.level == level)
    }

    /// How many of `reviewed` may pass at this level: rounded down; all of them where there is no cap (4.8). What is counted
    /// together is told by the scope of [`Self::pass_rate_cap`].
    #[must_use]
    pub fn cap_of(&self, level: Level, reviewed: usize) -> usize {
        self.pass_rate_cap(level).map_or(reviewed, |cap| cap.of(reviewed))
    }

    /// The education that a technical-school class counts as (4.7c).
    #[must_use]
    pub fn school_qualification(&self, class: TechnicalSchoolClass) -> Option<Qualification> {
        self.school_equivalences.iter().find(|row| row.class == class).map(|row| row.qualification)
    }

    /// The skilled-worker rule when the specialty's series takes part in it (4.7a).
    #[must_use]
    pub fn skilled_worker_for(&self, specialty: &str) -> Option<&SkilledWorkerRule> {
        let series = self.series(&self.specialty(specialty)?.series)?;
        self.skilled_worker.as_ref().filter(|_| series.skilled_worker_route)
    }

    /// Whether staff of this kind of employer need a Putonghua certificate, and which level is the lowest (4.2.5).
    #[must_use]
    pub fn putonghua_needed(&self, employer: OrganisationKind) -> Option<PutonghuaLevel> {
        self.putonghua.as_ref().filter(|rule| rule.employer_kinds.contains(&employer)).map(|rule| rule.lowest)
    }

    /// The code is the region of the cycle or one of its counties.
    #[must_use]
    pub fn in_region(&self, code: &str) -> bool {
        self.region_name(code).is_some()
    }

    /// Name of the region or county with this code.
    #[must_use]
    pub fn region_name(&self, code: &str) -> Option<&str> {
        if self.region.code == code {
            return Some(&self.region.name);
        }
        self.region.counties.iter().find(|county| county.code == code).map(|county| county.name.as_str())
    }

    /// A window by its name.
    #[must_use]
    pub const fn window(&self, name: WindowName) -> &CycleWindow {
        match name {
            WindowName::Application => &self.windows.application,
            WindowName::FormalReview => &self.windows.formal_review,
            WindowName::Payment => &self.windows.payment,
        }
    }

    /// A category of the evidence list.
    #[must_use]
    pub fn evidence_category(&self, id: &str) -> Option<&EvidenceCategory> {
        self.evidence.iter().find(|category| category.id == id)
    }

    /// The evidence list as it applies to one application, in the order of the cycle: every category with whether it is required
    /// on its own, and every group of alternatives that is required.
    #[must_use]
    pub fn evidence_for(&self, application: &Applicability<'_>) -> EvidenceNeed<'_> {
        EvidenceNeed {
            categories: self
                .evidence
                .iter()
                .map(|category| (category, category.required_when.iter().any(|when| when.holds(application))))
                .collect(),
            groups: self
                .evidence_alternatives
                .iter()
                .filter(|group| group.required_when.iter().any(|when| when.holds(application)))
                .collect(),
        }
    }

    /// A template by its id.
    #[must_use]
    pub fn template(&self, id: &str) -> Option<&Template> {
        self.templates.iter().find(|template| template.id == id)
    }

    /// The offset of the cycle's local time. An offset that cannot be read, which the loader refuses, counts as UTC.
    #[must_use]
    pub fn offset(&self) -> FixedOffset {
        parse_offset(&self.utc_offset).unwrap_or(chrono::Offset::fix(&chrono::Utc))
    }

    /// The local date of an instant.
    #[must_use]
    pub fn local_date<Z: TimeZone>(&self, instant: DateTime<Z>) -> NaiveDate {
        instant.with_timezone(&self.offset()).date_naive()
    }

    /// The last local day with an instant before this one: what ends at 00:00 ends with the day before.
    #[must_use]
    pub fn last_day_before<Z: TimeZone>(&self, end: DateTime<Z>) -> NaiveDate {
        self.local_date(end - chrono::TimeDelta::nanoseconds(1))
    }

    /// 00:00 local time of a day.
    #[must_use]
    pub fn start_of_day(&self, date: NaiveDate) -> DateTime<FixedOffset> {
        let offset = self.offset();
        DateTime::from_naive_utc_and_offset(date.and_time(chrono::NaiveTime::MIN) - offset, offset)
    }

    /// 24:00 local time of a day, the exclusive end of it.
    #[must_use]
    pub fn end_of_day(&self, date: NaiveDate) -> DateTime<FixedOffset> {
        self.start_of_day(date) + chrono::TimeDelta::days(1)
    }
}

/// Reads `+08:00`.
pub(in crate::cycles) fn parse_offset(text: &str) -> Option<FixedOffset> {
    let well_formed = text.len() == 6 && text.as_bytes().get(3) == Some(&b':');
    text.parse::<FixedOffset>().ok().filter(|_| well_formed)
}

impl Track {
    /// A step by its id.
    #[must_use]
    pub fn step(&self, id: ChainStepId) -> Option<&ChainStep> {
        self.chain.iter().find(|step| step.id == id)
    }

    /// Reviewers that an application meets, in order.
    pub fn steps(&self, way: Way) -> impl Iterator<Item = &ChainStep> {
        self.chain.iter().filter(move |step| !step.left_out.applies(way))
    }
}

/// The facts of an application on which the list of evidence depends.
#[derive(Debug, Clone, Copy)]
pub struct Applicability<'a> {
    /// Track id.
    pub track: &'a str,
    /// Level applied for.
    pub level: Level,
    /// Kind of the employer (or of the agency in its place).
    pub employer_kind: OrganisationKind,
    /// Ownership of the employer.
    pub employer_ownership: Ownership,
    /// Facts that hold.
    pub facts: &'a [EvidenceFact],
}

/// The evidence list for one application.
#[derive(Debug, Clone)]
pub struct EvidenceNeed<'a> {
    /// Every category, and whether it is required on its own.
    pub categories: Vec<(&'a EvidenceCategory, bool)>,
    /// Required groups of which one category is enough.
    pub groups: Vec<&'a EvidenceAlternatives>,
}

impl EvidenceCondition {
    /// All that the condition names holds.
    #[must_use]
    pub fn holds(&self, application: &Applicability<'_>) -> bool {
        fn any_of<T: PartialEq>(list: &[T], value: &T) -> bool {
            list.is_empty() || list.contains(value)
        }
        (self.tracks.is_empty() || self.tracks.iter().any(|track| track == application.track))
            && any_of(&self.level_groups, &application.level.group())
            && any_of(&self.employer_kinds, &application.employer_kind)
            && any_of(&self.employer_ownerships, &application.employer_ownership)
            && self.facts.iter().all(|fact| application.facts.contains(fact))
            && !self.without_facts.iter().any(|fact| application.facts.contains(fact))
    }
}

impl BarredPersons {
    /// The statutory age for this sex, post and birth date: the first row that fits.
    #[must_use]
    pub fn retirement_age(&self, sex: Sex, post: PostKind, born: NaiveDate) -> Option<&RetirementAge> {
        self.retired.ages.iter().find(|row| {
            row.sex == sex
                && row.post == post
                && row.born_from.is_none_or(|from| from <= born)
                && row.born_to.is_none_or(|to| born <= to)
        })
    }

    /// A kind of sanction by its id.
    #[must_use]
    pub fn sanction_kind(&self, id: &str) -> Option<&DisciplinaryKind> {
        self.sanctioned.kinds.iter().find(|kind| kind.id == id)
    }
}

impl RetirementAge {
    /// The day on which somebody born on `born` reaches the age; `None` beyond the calendar.
    #[must_use]
    pub fn reached_on(&self, born: NaiveDate) -> Option<NaiveDate> {
        born.checked_add_months(Months::new(u32::from(self.years) * 12 + u32::from(self.months)))
    }
}

impl SkilledWorkerRule {
    /// Routes open to a grade, those of lower grades included, in the order of the cycle.
    pub fn routes_of(&self, grade: SkillGrade) -> impl Iterator<Item = &SkillRoute> {
        self.routes.iter().filter(move |route| route.grade <= grade && grade >= self.lowest_grade)
    }
}

impl StudyRule {
    /// Certificates of this kind and year count only from the system (4.2.4b).
    #[must_use]
    pub fn system_only(&self, kind: StudyKind, year: u16) -> bool {
        self.system_from.iter().any(|start| start.kind == kind && start.year <= year)
    }

    /// A ground of exemption by its id.
    #[must_use]
    pub fn exemption(&self, id: &str) -> Option<&StudyExemptionGround> {
        self.exemptions.iter().find(|exemption| exemption.id == id)
    }
}

impl PassRateCap {
    /// How many of `reviewed` may pass, rounded down.
    #[must_use]
    pub fn of(&self, reviewed: usize) -> usize {
        // In 128 bits the product cannot overflow, and a share of a usize fits a usize.
        usize::try_from(reviewed as u128 * u128::from(self.percent) / 100).unwrap_or(reviewed)
    }
}

impl Fraction {
    /// The smallest whole number that is at least this share of `whole`. Exact.
    #[must_use]
    pub fn at_least_of(self, whole: usize) -> usize {
        let share = (whole as u128 * u128::from(self.numerator)).div_ceil(u128::from(self.denominator.max(1)));
        usize::try_from(share).unwrap_or(usize::MAX)
    }
}

impl CommitteeRule {
    /// Yes votes that a candidate needs of the experts present; who is recused for the candidate is not present (R4, R5).
    #[must_use]
    pub fn votes_needed(&self, present: usize) -> usize {
        self.pass.fraction.at_least_of(present)
    }

    /// Members that have to be present for a meeting (R3).
    #[must_use]
    pub fn quorum_needed(&self, members: usize) -> usize {
        self.quorum.fraction.at_least_of(members)
    }

    /// Experts that the committee needs at least to review this level (R2); `None`: the cycle does not say.
    #[must_use]
    pub fn members_needed(&self, group: LevelGroup) -> Option<u16> {
        self.sizes.iter().find(|size| size.level_group == group && size.scope == self.scope).map(|size| size.members)
    }
}

impl FraudRule {
    /// Years barred by fraud in an application of `year` (A3); `None` when the cycle bars nobody.
    #[must_use]
    pub fn barred_years(&self, year: u16) -> Option<RangeInclusive<u16>> {
        (self.ban_years > 0).then(|| year + 1..=year + u16::from(self.ban_years))
    }
}

impl CertificateRule {
    /// The number of a certificate. `sequence` counts from 1.
    #[must_use]
    pub fn number(&self, cycle: &CycleDefinition, specialty: &str, level: Level, sequence: u32) -> String {
        let code = self.specialty_codes.iter().find(|code| code.id == specialty).map_or(specialty, |code| code.name.as_str());
        let level = Level::ALL.iter().position(|known| *known == level).unwrap_or_default() + 1;
        self.number_format
            .replace("{year}", &cycle.year.to_string())
            .replace("{region}", &cycle.region.code)
            .replace("{specialty}", code)
            .replace("{level}", &level.to_string())
            .replace("{sequence}", &format!("{sequence:0width$}", width = usize::from(self.sequence_digits)))
    }
}
