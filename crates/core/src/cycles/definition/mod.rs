//! The notice as typed, immutable data. Another year, prefecture or series is another set of values.
//!
//! [`crate::cycles::loader`] reads a cycle file (TOML) into a [`CycleDefinition`], refuses unknown fields and checks what the types cannot
//! express. Every item names the clause that it comes from; [`CycleDefinition::clauses`] has the words of each clause. The same types are
//! published as JSON, in which every field is present and null if empty.

mod access;
mod chain;
mod common;
mod cycle;
mod evidence;
mod meeting;
mod people;
mod rules;
#[cfg(test)]
mod tests;

pub(in crate::cycles) use access::parse_offset;
pub use access::{Applicability, EvidenceNeed};
pub use chain::{
    Admission, AdmissionKind, AdmissionRule, ChainStep, EmployedAdmission, EmployerPlace, HostedAdmission, LeftOut,
    StationedAdmission, StepPlace, Track, Way,
};
pub use common::{ClauseRef, NamedItem, WindowName};
pub use cycle::{
    Assumption, Authority, CalendarChoice, Clause, Contact, CycleDefinition, CycleWindow, CycleWindows, FORMAT, LevelTitle,
    MechanismClauses, Region, RegionTable, RegionalHoliday, SeniorityRule, Series, Specialty, Template,
};
pub use evidence::{
    CodeForm, EvidenceAlternatives, EvidenceCategory, EvidenceCondition, EvidenceFact, Original, Originals, ReviewForm,
};
pub use meeting::{
    CapScope, CertificateRule, CommitteeRule, CommitteeScope, CommitteeSize, Defence, DefenceExemption, Fraction, FractionRule,
    FraudRule, PassRateCap, RecusalRule,
};
pub use people::{
    BarredPersons, ConditionAlternative, DisciplinaryKind, LevelConditions, RetirementAge, RetirementRule, SanctionRule,
    SchoolEquivalence, SkillRoute, SkilledWorkerRule, WaivedRequirement,
};
pub use rules::{
    BlindRule, Checklist, CorrectionRule, DayCounting, FeeAmount, Fees, FixedSentence, MaskedItem, ObjectionRule, PeriodCounting,
    PublicityRule, PutonghuaRule, ResubmitTo, StudyExemptionGround, StudyRule, StudySystemStart, StudyWaiver,
};
