//! The definition as a whole, with the parts that have no file of their own.

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::chain::Track;
use super::common::ClauseRef;
use super::evidence::{EvidenceAlternatives, EvidenceCategory, Originals, ReviewForm};
use super::meeting::{CertificateRule, CommitteeRule, Defence, FraudRule, PassRateCap};
use super::people::{BarredPersons, LevelConditions, SchoolEquivalence, SkilledWorkerRule};
use super::rules::{BlindRule, Checklist, CorrectionRule, Fees, FixedSentence, PublicityRule, PutonghuaRule, StudyRule};
use crate::vocabulary::Level;

/// The only file format that this version of the software reads and writes.
pub const FORMAT: u16 = 1;

/// One notice: everything that the review of one cycle (年度/批次) is held to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CycleDefinition {
    /// Version of the file format; [`FORMAT`].
    pub format: u16,
    /// Name of the cycle, lower-case ASCII with hyphens, unique on a server (`aksu-2024`).
    pub id: String,
    /// Year of the review; "one application per person and year" (4.1d) and bans (A3) count by it.
    pub year: u16,
    /// Title of the notice, verbatim.
    pub title: String,
    /// Day on which the notice was issued.
    pub issued_on: NaiveDate,
    /// Who runs the review.
    pub authority: Authority,
    /// Offset of all local dates and deadlines from UTC, as `+08:00`.
    pub utc_offset: String,
    /// Name of that zone for calendars (`Asia/Shanghai`).
    pub zone: String,
    /// Region of the cycle and its counties (GB/T 2260).
    pub region: RegionTable,
    /// Calendar of working days.
    pub calendar: CalendarChoice,
    /// When things may be done.
    pub windows: CycleWindows,
    /// The day to which every "years of" is counted (4.3d).
    pub seniority: SeniorityRule,
    /// One live application per person and year (4.1d).
    pub one_application: ClauseRef,
    /// Series known to the notice (系列).
    pub series: Vec<Series>,
    /// Specialties under review (专业).
    pub specialties: Vec<Specialty>,
    /// The levels and the titles that they give.
    pub levels: Vec<LevelTitle>,
    /// Ways to apply, each with who is admitted and its chain of reviewers (申报方式).
    pub tracks: Vec<Track>,
    /// Who may not apply (1.1c, 1.1d).
    pub barred: BarredPersons,
    /// Conditions per level (3.1a).
    pub conditions: Vec<LevelConditions>,
    /// Technical-school classes as educations (4.7c).
    pub school_equivalences: Vec<SchoolEquivalence>,
    /// The skilled-worker route (4.7a, 4.7b); null when the notice has none.
    #[schema(required = true)]
    pub skilled_worker: Option<SkilledWorkerRule>,
    /// Continuing education (4.2.4); null when the notice asks for none.
    #[schema(required = true)]
    pub study: Option<StudyRule>,
    /// Putonghua (4.2.5); null when the notice asks for none.
    #[schema(required = true)]
    pub putonghua: Option<PutonghuaRule>,
    /// Returns, corrections and submissions to the committee (4.2.1b).
    pub correction: CorrectionRule,
    /// What a reviewer's decision answers item by item (4.3a).
    pub checklist: Checklist,
    /// The sentence on the employer's approval and on the form (4.4b).
    pub fixed_sentence: FixedSentence,
    /// The employer's publicity before it recommends (4.3c).
    pub employer_publicity: PublicityRule,
    /// The publicity of the result (2.4, R7).
    pub result_publicity: PublicityRule,
    /// Blind review and declassification (4.2.3).
    pub blind_review: BlindRule,
    /// Evidence list: what may and must be uploaded.
    pub evidence: Vec<EvidenceCategory>,
    /// Groups of evidence of which one is enough (4.2.2).
    pub evidence_alternatives: Vec<EvidenceAlternatives>,
    /// The printed review form (4.4a).
    pub review_form: ReviewForm,
    /// Paper originals handed in after formal review (4.4a).
    pub originals: Originals,
    /// Fees (4.6).
    pub fees: Fees,
    /// Who defends in person (4.5).
    pub defence: Defence,
    /// Caps of the pass rate (4.8); a level that is not named has none.
    pub pass_rate_caps: Vec<PassRateCap>,
    /// Committee, quorum and vote (R2-R5).
    pub committee: CommitteeRule,
    /// What fraud leads to (A3).
    pub fraud: FraudRule,
    /// The certificate (任职资格证书).
    pub certificate: CertificateRule,
    /// Clauses of mechanisms that have no parameter.
    pub mechanisms: MechanismClauses,
    /// Contacts (5.2).
    pub contacts: Vec<Contact>,
    /// Template texts, the annexes of the notice.
    pub templates: Vec<Template>,
    /// Every clause that an item of this definition refers to, with its words.
    pub clauses: Vec<Clause>,
    /// Parameters that the notice is silent about, by their path in this definition.
    pub assumptions: Vec<Assumption>,
}

/// Where the mechanisms come from that a cycle cannot change but has to give its own clause for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MechanismClauses {
    /// Everything is done online and is on record (4.1a).
    pub online_only_clause: String,
    /// Every field is filled, scans are upright, clear and of originals (4.2.1a).
    pub completeness_clause: String,
    /// Other materials; proofs are signed by the leader in charge and sealed (4.2.6).
    pub other_materials_clause: String,
    /// Meetings are announced, results publicised and confirmed (2.4).
    pub results_clause: String,
    /// Conditions are published (3.1).
    pub conditions_clause: String,
    /// Who reviews is responsible; outcomes of fraud are made known (5.1).
    pub accountability_clause: String,
    /// Contacts, templates and policy are published (5.2).
    pub publication_clause: String,
    /// Minutes are signed, then frozen (R6).
    pub minutes_clause: String,
    /// An applicant may ask for a re-check (R8).
    pub recheck_clause: String,
    /// Experts' names are not published (R9).
    pub expert_secrecy_clause: String,
    /// A title got by fraud is cancelled and recorded (R10).
    pub revocation_clause: String,
}

/// The office that runs the review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Name of the bureau (主办局).
    pub name: String,
    /// Name of its committee (评审委员会).
    pub committee: String,
    /// Where paper is handed in.
    #[schema(required = true)]
    pub originals_desk: Option<String>,
    /// Where fees are paid.
    #[schema(required = true)]
    pub payment_desk: Option<String>,
}

/// A region with its GB/T 2260 code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Six digits.
    pub code: String,
    /// Chinese name.
    pub name: String,
}

/// The region of a cycle and what lies in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionTable {
    /// Code of the prefecture, six digits ending in `00`.
    pub code: String,
    /// Chinese name.
    pub name: String,
    /// Counties and cities of the prefecture.
    pub counties: Vec<Region>,
}

/// Which working-day calendar the cycle counts by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarChoice {
    /// Id of the state calendar (`cn`).
    pub state: String,
    /// Ids of the calendars of regions (`xinjiang`), on top of the state's.
    #[serde(default)]
    #[schema(required = true)]
    pub regional: Vec<String>,
    /// Holidays on top of those calendars, day by day.
    #[serde(default)]
    #[schema(required = true)]
    pub regional_holidays: Vec<RegionalHoliday>,
}

/// One day off in the region only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionalHoliday {
    /// The day.
    pub date: NaiveDate,
    /// Its name.
    pub name: String,
}

/// The windows of the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CycleWindows {
    /// Submitting; what has not reached the committee at its close lapses (2.1).
    pub application: CycleWindow,
    /// The committee's formal review (2.2).
    pub formal_review: CycleWindow,
    /// Paying (2.3).
    pub payment: CycleWindow,
}

/// From when to when something may be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CycleWindow {
    /// First instant of the window; null when it opens with what comes before.
    #[schema(required = true)]
    pub opens: Option<DateTime<FixedOffset>>,
    /// End of the window.
    pub closes: DateTime<FixedOffset>,
    /// The instant `closes` itself is still inside ("截止18:00"). A window that ends with a day closes at 00:00 of the
    /// next, not inclusive.
    pub inclusive: bool,
    /// Clause id.
    pub clause: String,
}

/// The day to which years are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeniorityRule {
    /// The last day that counts.
    pub date: NaiveDate,
    /// Clause id.
    pub clause: String,
}

/// A series (系列) that the notice names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Name in the API.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// This cycle reviews specialties of it.
    pub open: bool,
    /// Skilled workers may apply in it (4.7a).
    pub skilled_worker_route: bool,
}

/// A specialty (专业) under review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Specialty {
    /// Name in the API.
    pub id: String,
    /// Its series.
    pub series: String,
    /// Chinese name.
    pub name: String,
    /// Levels that can be applied for.
    pub levels: Vec<Level>,
    /// Levels whose review is replaced by a state exam (1.1b).
    #[serde(default)]
    #[schema(required = true)]
    pub exam_replaces_review: Vec<Level>,
    /// Clause of that exception.
    pub exam_clause: String,
    /// Where the conditions are published (3.1).
    #[schema(required = true)]
    pub conditions_url: Option<String>,
    /// What the notice says of them (3.1).
    #[schema(required = true)]
    pub conditions_text: Option<String>,
}

/// The title that a level gives in this cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelTitle {
    /// The level.
    pub level: Level,
    /// Its title (工程师).
    pub title: String,
    /// It can be applied for in this cycle.
    pub open: bool,
    /// Clause id.
    pub clause: String,
}

/// A contact of the notice (5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name in the API.
    pub id: String,
    /// What it is for, in the words of the notice.
    pub name: String,
    /// Person named by the notice, if any.
    #[schema(required = true)]
    pub person: Option<String>,
    /// Telephone numbers with area code.
    pub phones: Vec<String>,
    /// Web page, if any.
    #[schema(required = true)]
    pub url: Option<String>,
    /// Clause id.
    pub clause: String,
}

/// An annex of the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Id of the annex, which is its clause too (`A1`).
    pub id: String,
    /// Title, verbatim.
    pub title: String,
    /// Text, verbatim; null when the copy of the notice does not have it.
    #[schema(required = true)]
    pub text: Option<String>,
    /// What a reader should know, such as that the text is missing.
    #[schema(required = true)]
    pub note: Option<String>,
    /// Clause id.
    pub clause: String,
}

/// A clause of the notice (or of the rules above it) with its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Id, such as `4.2.1b`.
    pub id: String,
    /// Where it stands, such as 四（二）1.
    pub section: String,
    /// The words, verbatim.
    pub words: String,
    /// The words are not the notice's own.
    pub assumed: bool,
}

/// A parameter that the notice is silent about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// Path of the parameter in this definition (`correction.counting`); an item of a list is named by its id (`evidence[commitment]`), or
    /// by its stage, grade, class, level, code, kind or clause where it has no id.
    pub path: String,
    /// What is assumed and why.
    pub note: String,
    /// Clause id.
    pub clause: String,
}
