//! Rules on the dossier and its way: study, Putonghua, corrections, checklist, publicity, fees (4.2-4.6).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::common::{NamedItem, WindowName};
use crate::vocabulary::{LevelGroup, OrganisationKind, Ownership, PutonghuaLevel, StudyKind};

/// Continuing education asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyRule {
    /// Years, each judged on its own.
    pub years: Vec<u16>,
    /// Hours asked for in each year, both kinds together.
    pub hours_total: u16,
    /// Specialty hours among them.
    pub hours_specialty: u16,
    /// Kinds of which each year has a certificate of its own; empty: the hours alone count.
    #[serde(default)]
    #[schema(required = true)]
    pub certificates: Vec<StudyKind>,
    /// Clause of the hours.
    pub clause: String,
    /// From which year on certificates come from the system.
    pub system_from: Vec<StudySystemStart>,
    /// Clause of the sources.
    pub system_clause: String,
    /// Who is free of the requirement without a form.
    pub waivers: Vec<StudyWaiver>,
    /// Grounds of exemption by an approved form.
    pub exemptions: Vec<StudyExemptionGround>,
    /// Clause of the exemption.
    pub exemption_clause: String,
    /// Evidence category of the approved form.
    pub exemption_evidence: String,
    /// Clause by which there are no grounds but these; null: that of the exemption.
    #[serde(default)]
    #[schema(required = true)]
    pub other_exemptions_clause: Option<String>,
}

/// Certificates of a kind count only from the system since a year (4.2.4b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudySystemStart {
    /// Kind of study.
    pub kind: StudyKind,
    /// First year whose certificates come from the system.
    pub year: u16,
}

/// No hard requirement for these applicants (4.2.4c); all that is named has to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyWaiver {
    /// Tracks; empty: any.
    #[serde(default)]
    #[schema(required = true)]
    pub tracks: Vec<String>,
    /// Ownerships of the employer; empty: any.
    #[serde(default)]
    #[schema(required = true)]
    pub employer_ownerships: Vec<Ownership>,
    /// Only for who applies for the first time.
    pub first_application_only: bool,
    /// Clause id.
    pub clause: String,
}

/// A ground of study exemption and who approves it (4.2.4d, annex 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyExemptionGround {
    /// Name in the API.
    pub id: String,
    /// The ground, in words.
    pub name: String,
    /// Who may approve it.
    pub approvers: Vec<NamedItem>,
    /// Clause id.
    pub clause: String,
}

/// Putonghua certificate asked for (4.2.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutonghuaRule {
    /// Kinds of employer whose staff need it.
    pub employer_kinds: Vec<OrganisationKind>,
    /// Lowest level that is enough.
    pub lowest: PutonghuaLevel,
    /// Clause id.
    pub clause: String,
}

crate::vocabulary::wire_enum! {
    /// How days of a period are counted.
    DayCounting {
        CivilCode = "civil_code", "民法典第二百条至第二百零四条", "calendar days; the day of the event is day 0; a rest day at the end moves it on";
        WorkingDays = "working_days", "工作日", "working days only; the day of the event is day 0";
    }
}

crate::vocabulary::wire_enum! {
    /// Where a corrected application goes.
    ResubmitTo {
        ReturningStage = "returning_stage", "退回环节", "the reviewer who returned it";
        ChainStart = "chain_start", "首个审核环节", "the first reviewer of the chain";
    }
}

/// Returns and corrections (4.2.1b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionRule {
    /// How often an application may be put before the committee, the first time included.
    pub max_committee_submissions: u8,
    /// Days to correct and resubmit after a return by the committee.
    pub days: u8,
    /// How they are counted.
    pub counting: DayCounting,
    /// Window whose end the due instant never passes; null: none.
    #[schema(required = true)]
    pub capped_by: Option<WindowName>,
    /// Where an application goes that the committee had returned.
    pub resubmit_after_committee: ResubmitTo,
    /// Where an application goes that an earlier reviewer had returned.
    pub resubmit_before_committee: ResubmitTo,
    /// Clause of the days and of the number of submissions.
    pub clause: String,
    /// Clause of "told once, all of them" (R1).
    pub told_once_clause: String,
}

/// What a reviewer answers item by item (4.3a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// What each item is checked for.
    pub aspects: Vec<NamedItem>,
    /// The items.
    pub items: Vec<NamedItem>,
    /// Clause of the items.
    pub clause: String,
    /// Clause of the opinion (4.3b).
    pub opinion_clause: String,
}

/// The sentence that an approval carries (4.4b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedSentence {
    /// The sentence, verbatim.
    pub text: String,
    /// Clause id.
    pub clause: String,
}

crate::vocabulary::wire_enum! {
    /// Which days of a period count.
    PeriodCounting {
        WorkingDays = "working_days", "工作日", "working days";
        CalendarDays = "calendar_days", "自然日", "every day";
    }
}

/// A public notice of so many days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicityRule {
    /// Days at least, first and last day included.
    pub days: u8,
    /// Which days count.
    pub counting: PeriodCounting,
    /// What the period is called in the notice.
    pub name: String,
    /// The employer puts it up on its own premises too and confirms that.
    pub employer_confirms: bool,
    /// A result is not confirmed before the employer has confirmed that (2.4); for the publicity of results alone.
    #[serde(default)]
    #[schema(default = false)]
    pub await_posting: bool,
    /// Objections to what is publicised.
    pub objections: ObjectionRule,
    /// Clause id.
    pub clause: String,
}

/// What objections do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRule {
    /// How they may be raised.
    pub channels: Vec<NamedItem>,
    /// An objection that is not resolved keeps the application where it is.
    pub open_blocks: bool,
    /// An upheld objection ends the application.
    pub upheld_ends: bool,
    /// Clause id.
    pub clause: String,
}

crate::vocabulary::wire_enum! {
    /// What blind review hides.
    MaskedItem {
        Name = "name", "姓名", "name";
        Photo = "photo", "照片", "photo";
        Employer = "employer", "工作单位", "employer";
    }
}

/// Blind review (4.2.3a) and declassification (4.2.3b).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlindRule {
    /// What is masked in every field and attachment.
    pub masked: Vec<MaskedItem>,
    /// Clause id.
    pub clause: String,
    /// Each attachment is declared not to be classified, or declassified.
    pub declassification_required: bool,
    /// Clause of the declaration.
    pub declassification_clause: String,
}

/// Fees (4.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fees {
    /// ISO 4217 code.
    pub currency: String,
    /// Amount per level group.
    pub amounts: Vec<FeeAmount>,
    /// Ways to pay.
    pub methods: Vec<NamedItem>,
    /// Working days after the payment window in which money that was paid inside it is still booked: statements of banks come later than the money.
    /// Until then an unpaid application waits. None given: the window's end is the end.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 30, default = 0)]
    pub booking_days: u8,
    /// Clause id.
    pub clause: String,
}

/// The fee of a level group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeeAmount {
    /// The group.
    pub level_group: LevelGroup,
    /// Minor units of the currency (fen).
    pub amount_minor: i64,
}
