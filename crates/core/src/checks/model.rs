//! Facts and reports.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::arithmetic::Bilingual;
use crate::{
    profiles::{
        Profile,
        model::{Sanction, Stationing},
    },
    vocabulary::{Level, OrganisationKind, Ownership, Sex, StudyKind, Verdict, wire_enum},
};

wire_enum! {
    /// The point in the life of an application at which the rules are asked, in order. A draft is asked for its submission.
    Step {
        Submission = "submission", "提交", "submission";
        EmployerReview = "employer_review", "用人单位审核", "employer's decision";
        ChainReview = "chain_review", "逐级审核", "decision of a department or service";
        FormalReview = "formal_review", "形式审核", "committee's formal review";
        Meeting = "meeting", "评审会议", "meeting";
        Confirmation = "confirmation", "确认", "confirmation";
    }
}

wire_enum! {
    /// Why somebody is barred on record (1.1d, A3).
    BarGround {
        Fraud = "fraud", "弄虚作假", "fraud";
        Bar = "bar", "不得申报", "barred by the conditions";
        Delay = "delay", "延迟申报", "delayed by the conditions";
    }
}

/// The organisation that acts as the applicant's employer: the employer itself, or the agency that hosts the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmployerFacts {
    /// The organisation, where it is registered in this system.
    #[schema(required = true)]
    pub organisation_id: Option<Uuid>,
    /// Its name: posts and stationings that do not name the organisation are told by it.
    #[serde(default)]
    #[schema(required = true, max_length = 100)]
    pub name: Option<String>,
    /// Its unified social credit code.
    #[serde(default)]
    #[schema(required = true, min_length = 18, max_length = 18, pattern = "^[0-9A-HJ-NPQRTUWXY]{18}$")]
    pub credit_code: Option<String>,
    /// Kind.
    pub kind: OrganisationKind,
    /// Ownership; `none` for what is not an enterprise.
    pub ownership: Ownership,
    /// Region of registration (GB/T 2260).
    #[schema(pattern = "^[0-9]{6}$", example = "652901")]
    pub region: String,
    /// Managed like the civil service (1.1c).
    #[serde(default)]
    #[schema(required = true)]
    pub managed_like_civil_service: bool,
    /// The local day on which an application took these facts over; none for an employer as it is now, and in what older programs took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    pub taken_over_on: Option<NaiveDate>,
}

/// A fact of an employer that is another now than at the first submission. The application is judged by what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmployerChange {
    /// Which: `name`, `kind`, `ownership`, `region`, `managed_like_civil_service`.
    #[schema(example = "ownership")]
    pub field: &'static str,
    /// At the first submission.
    #[schema(example = "private")]
    pub at_submission: String,
    /// Now.
    #[schema(example = "state")]
    pub now: String,
}

impl EmployerFacts {
    /// What a person tells of an organisation speaks of this one: by its id, else its credit code, else its name. An employer of which nothing but
    /// kind and place is known is the one that is told of.
    #[must_use]
    pub fn is_told_by(&self, organisation_id: Option<Uuid>, credit_code: Option<&str>, name: Option<&str>) -> bool {
        fn compared<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<bool> {
            Some(one? == other?)
        }
        compared(self.organisation_id, organisation_id)
            .or_else(|| compared(self.credit_code.as_deref(), credit_code))
            .or_else(|| compared(self.name.as_deref().map(str::trim), name.map(str::trim)))
            .unwrap_or(self.organisation_id.is_none())
    }

    /// What is otherwise now than it was.
    #[must_use]
    pub fn changes(&self, now: &Self) -> Vec<EmployerChange> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let fields = [
            ("name", text(&self.name), text(&now.name)),
            ("kind", self.kind.to_string(), now.kind.to_string()),
            ("ownership", self.ownership.to_string(), now.ownership.to_string()),
            ("region", self.region.clone(), now.region.clone()),
            ("managed_like_civil_service", self.managed_like_civil_service.to_string(), now.managed_like_civil_service.to_string()),
        ];
        let changed = fields.into_iter().filter(|(_, then, now)| then != now);
        changed.map(|(field, at_submission, now)| EmployerChange { field, at_submission, now }).collect()
    }

    /// The stationing is by this employer.
    #[must_use]
    pub fn stations(&self, stationing: &Stationing) -> bool {
        self.is_told_by(None, stationing.credit_code.as_deref(), Some(&stationing.enterprise_name))
    }
}

/// What the applicant applies for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Track id of the cycle.
    pub track: String,
    /// Series id of the cycle.
    pub series: String,
    /// Specialty id of the cycle.
    pub specialty: String,
    /// Level.
    pub level: Level,
}

/// An uploaded document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceItem {
    /// Category of the cycle's evidence list.
    pub category: String,
    /// SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// Verification code that came with it (4.2.2).
    pub verification_code: Option<String>,
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
}

/// A record of continuing education in the registry (4.2.4b): entered by staff, not by the applicant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredStudy {
    /// Its id.
    pub id: Uuid,
    /// Year for which it counts.
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours.
    pub hours: u32,
    /// Number of the certificate.
    pub certificate_number: String,
}

/// A title that this system issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedTitle {
    /// Number of its certificate.
    pub number: String,
    /// Level.
    pub level: Level,
    /// Series id.
    pub series: String,
    /// Its name.
    pub name: String,
    /// The day on which it was obtained; seniority counts from it (4.3d).
    pub obtained_on: NaiveDate,
    /// The certificate was revoked (R10): the title does not hold.
    pub revoked: bool,
}

/// For how long a bar lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarSpan {
    /// Cycles of these years, both included.
    Years {
        /// First year barred.
        first: u16,
        /// Last year barred.
        last: u16,
    },
    /// These days, both included; without an end where there is none.
    Days {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: Option<NaiveDate>,
    },
}

/// A bar or delay on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedBar {
    /// Its record.
    pub id: String,
    /// Ground.
    pub ground: BarGround,
    /// Reason, in words.
    pub reason: String,
    /// For how long.
    pub span: BarSpan,
}

impl RecordedBar {
    /// It is in force for the cycle of this year, or on this day.
    #[must_use]
    pub fn in_force(&self, year: u16, on: NaiveDate) -> bool {
        match self.span {
            BarSpan::Years { first, last } => (first..=last).contains(&year),
            BarSpan::Days { from, to } => from <= on && to.is_none_or(|to| on <= to),
        }
    }
}

/// Another application of the same person and year that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherApplication {
    /// Its id.
    pub id: String,
    /// Its track.
    pub track: String,
}

/// Where the defence stands (4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DefenceState {
    /// Not held yet.
    Open,
    /// Held.
    Held,
    /// Exempted on a ground of the cycle.
    Exempted {
        /// The ground.
        ground: String,
    },
}

/// Everything that is known of one application when the rules are asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// What the applicant declares.
    pub profile: Profile,
    /// Name of the account, which notices, forms and the certificate say.
    pub name: Option<String>,
    /// Sex out of the resident ID; wins over the profile's.
    pub sex: Option<Sex>,
    /// Birth date out of the resident ID; wins over the profile's.
    pub birth_date: Option<NaiveDate>,
    /// Who acts as the employer.
    pub employer: Option<EmployerFacts>,
    /// What is applied for.
    pub choice: Choice,
    /// What is uploaded.
    pub evidence: Vec<EvidenceItem>,
    /// The commitment is signed (A3).
    pub commitment_signed: bool,
    /// Sanctions on record, besides those declared.
    pub sanctions: Vec<Sanction>,
    /// Bars and delays on record.
    pub bars: Vec<RecordedBar>,
    /// What the registry holds of the person's continuing education.
    pub study: Vec<RegisteredStudy>,
    /// Titles of the person that this system issued.
    pub titles: Vec<IssuedTitle>,
    /// Other live applications of the person in the cycle's year (4.1d).
    pub other_applications: Vec<OtherApplication>,
    /// Applications of the person in earlier cycles that reached a committee; somebody who has one is no first-timer.
    pub earlier_applications: u32,
    /// Where the defence stands.
    pub defence: DefenceState,
    /// The local day on which it is asked.
    pub on: NaiveDate,
    /// The local day of the first submission, once there was one: age, employment and sanctions of the application are judged
    /// by it, so that nobody who applied in time grows out of a review that takes its time. Admission is judged by the day on which the employer
    /// was taken over.
    pub submitted_on: Option<NaiveDate>,
    /// The step at which it is asked.
    pub step: Step,
}

/// What a person without an account tells to ask whether they may apply. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GivenFacts)]
pub struct AnonymousFacts {
    /// Track id of the cycle.
    #[schema(max_length = 50, example = "directed")]
    pub track: String,
    /// Specialty id of the cycle.
    #[schema(max_length = 50, example = "surveying")]
    pub specialty: String,
    /// Level.
    pub level: Level,
    /// Who acts as the employer.
    #[schema(required = true)]
    pub employer: Option<EmployerFacts>,
    /// The facts about the person; no name is needed.
    pub profile: Profile,
}

/// A value that a rule used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedValue {
    /// Its name.
    pub name: &'static str,
    /// It, as text: dates as `2024-12-31`, numbers in digits, closed values by their wire value.
    pub value: String,
}

/// What one rule says of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleResult {
    /// Stable id of the rule.
    #[schema(example = "study_hours")]
    pub rule: &'static str,
    /// What of several like things it speaks of: a year, an evidence category; null where there is only one.
    #[schema(required = true, example = "2021")]
    pub subject: Option<String>,
    /// Clause that decided.
    #[schema(example = "4.2.4a")]
    pub clause: String,
    /// Words of the notice.
    pub words: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Stops the application at the step at which it was asked.
    pub blocks: bool,
    /// Places concerned, as JSON pointers: `/profile/…`, `/track`, `/specialty`, `/level`, `/employer`, `/commitment`,
    /// `/evidence/{category}`.
    #[schema(example = json!(["/profile/study_records/0"]))]
    pub pointers: Vec<String>,
    /// Values that were used.
    pub values: Vec<NamedValue>,
    /// How the verdict comes about.
    pub arithmetic: Bilingual,
    /// The notice is silent on a parameter used here: the cycle assumes it.
    pub assumed: bool,
}

/// What all rules say of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// The step at which it was asked.
    pub step: Step,
    /// In the order of the table of rules.
    pub results: Vec<RuleResult>,
}

impl Report {
    /// The results that stop the application at the step at which it was asked.
    pub fn blocking(&self) -> impl Iterator<Item = &RuleResult> {
        self.results.iter().filter(|result| result.blocks)
    }

    /// Something stops the application at the step at which it was asked.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocking().next().is_some()
    }

    /// The report was asked for a submission, and something stops it.
    #[must_use]
    pub fn blocks_submission(&self) -> bool {
        self.step == Step::Submission && self.is_blocked()
    }

    /// Results of one rule.
    pub fn of<'a>(&'a self, rule: &'a str) -> impl Iterator<Item = &'a RuleResult> {
        self.results.iter().filter(move |result| result.rule == rule)
    }
}
