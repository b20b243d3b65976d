//! The table of rules: id, clauses, parameters of the cycle, steps at which it blocks, and the function that answers it.

use super::{
    derived::Derived,
    model::Step,
    outcome::Outcome,
    rules::{evidence, information, persons, seniority, skilled, study, tracks},
};
use crate::vocabulary::wire_enum;

wire_enum! {
    /// Families of rules, one file each.
    Family {
        Persons = "persons", "人员范围", "who may apply";
        Tracks = "tracks", "申报方式", "tracks and specialties";
        Seniority = "seniority", "评审条件", "conditions and years";
        Skilled = "skilled", "高技能人才贯通", "skilled workers";
        Study = "study", "继续教育与普通话", "study and Putonghua";
        Evidence = "evidence", "申报材料", "dossier and evidence";
        Information = "information", "告知事项", "to be known";
    }
}

/// First and last step at which a verdict blocks an application; `None`: never.
#[derive(Debug, Clone, Copy)]
pub struct Blocks {
    /// For `unmet`.
    pub unmet: Option<(Step, Step)>,
    /// For `needs_evidence`.
    pub needs_evidence: Option<(Step, Step)>,
}

impl Blocks {
    const fn both(first: Step, last: Step) -> Self {
        Self { unmet: Some((first, last)), needs_evidence: Some((first, last)) }
    }
}

/// While the dossier is under review. What was accepted is not reviewed again.
const UNTIL_ACCEPTED: Blocks = Blocks::both(Step::Submission, Step::FormalReview);
/// Until the confirmation.
const ALWAYS: Blocks = Blocks::both(Step::Submission, Step::Confirmation);
/// When the applicant submits. Somebody whose account is corrected later is not held up by it: reviewers see that the dossier has the old name.
const AT_SUBMISSION: Blocks = Blocks::both(Step::Submission, Step::Submission);
/// From the employer's decision on: the employer adds these documents during its review.
const FROM_EMPLOYER: Blocks = Blocks::both(Step::EmployerReview, Step::FormalReview);
/// Reported, never blocking.
const NEVER: Blocks = Blocks { unmet: None, needs_evidence: None };

/// A rule.
#[derive(Debug)]
pub struct RuleInfo {
    /// Stable id, as in [`super::RuleResult::rule`].
    pub id: &'static str,
    /// Clauses that it implements (docs/clauses.md).
    pub clauses: &'static [&'static str],
    /// Family.
    pub family: Family,
    /// Paths of its parameters in the cycle definition.
    pub parameters: &'static [&'static str],
    /// Needs documents, records or formalities, so that it is left out without an account.
    pub needs_account: bool,
    /// When it blocks an application.
    pub blocks: Blocks,
    /// Answers it: one outcome, or one per subject; none if the cycle has no such rule or it does not apply.
    pub(super) evaluate: fn(&Derived<'_>) -> Vec<Outcome>,
}

/// Every rule, in the order of a report. Bars come first, since they take precedence (1.1d).
pub const RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "recorded_bar",
        clauses: &["1.1d"],
        family: Family::Persons,
        parameters: &["barred.recorded_bars"],
        needs_account: true,
        blocks: ALWAYS,
        evaluate: persons::recorded_bar,
    },
    RuleInfo {
        id: "fraud_ban",
        clauses: &["A3", "1.1d"],
        family: Family::Persons,
        parameters: &["fraud.ban_years"],
        needs_account: true,
        blocks: ALWAYS,
        evaluate: persons::fraud_ban,
    },
    RuleInfo {
        id: "civil_servant",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.civil_servants"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: persons::civil_servant,
    },
    RuleInfo {
        id: "retired",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.retired"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: persons::retired,
    },
    RuleInfo {
        id: "sanctioned",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.sanctioned"],
        needs_account: false,
        blocks: ALWAYS,
        evaluate: persons::sanctioned,
    },
    RuleInfo {
        id: "one_application",
        clauses: &["4.1d"],
        family: Family::Tracks,
        parameters: &["one_application"],
        needs_account: true,
        blocks: ALWAYS,
        evaluate: tracks::one_application,
    },
    RuleInfo {
        id: "specialty_open",
        clauses: &["3.1"],
        family: Family::Tracks,
        parameters: &["series", "specialties", "levels"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: tracks::specialty_open,
    },
    RuleInfo {
        id: "exam_replaces_review",
        clauses: &["1.1b"],
        family: Family::Tracks,
        parameters: &["specialties.exam_replaces_review"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: tracks::exam_replaces_review,
    },
    RuleInfo {
        id: "track_admission",
        clauses: &["1.1a", "1.2a", "1.2b", "1.2c", "4.3d"],
        family: Family::Tracks,
        parameters: &["tracks.admissions", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: tracks::admission,
    },
    RuleInfo {
        id: "level_held",
        clauses: &["3.1a"],
        family: Family::Seniority,
        parameters: &["barred.level_held"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: seniority::level_held,
    },
    RuleInfo {
        id: "conditions",
        clauses: &["3.1", "3.1a", "4.3d", "4.7a"],
        family: Family::Seniority,
        parameters: &["conditions", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: seniority::conditions,
    },
    RuleInfo {
        id: "school_equivalence",
        clauses: &["4.7c"],
        family: Family::Skilled,
        parameters: &["school_equivalences"],
        needs_account: false,
        blocks: NEVER,
        evaluate: skilled::school_equivalence,
    },
    RuleInfo {
        id: "skilled_appraisals",
        clauses: &["4.7a"],
        family: Family::Skilled,
        parameters: &["skilled_worker.lowest_grade", "skilled_worker.appraisals", "skilled_worker.passing_results"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: skilled::appraisals,
    },
    RuleInfo {
        id: "skilled_grade_years",
        clauses: &["4.7b", "4.3d"],
        family: Family::Skilled,
        parameters: &["skilled_worker.routes", "skilled_worker.lowest_grade", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: skilled::grade_years,
    },
    RuleInfo {
        id: "skilled_waivers",
        clauses: &["4.7a"],
        family: Family::Skilled,
        parameters: &["skilled_worker.waives"],
        needs_account: false,
        blocks: NEVER,
        evaluate: skilled::waivers,
    },
    RuleInfo {
        id: "study_hours",
        clauses: &["4.2.4a", "4.2.4c", "4.2.4d"],
        family: Family::Study,
        parameters: &["study.years", "study.hours_total", "study.hours_specialty", "study.certificates", "study.waivers"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: study::hours,
    },
    RuleInfo {
        id: "study_source",
        clauses: &["4.2.4b"],
        family: Family::Study,
        parameters: &["study.system_from"],
        needs_account: false,
        blocks: NEVER,
        evaluate: study::source,
    },
    RuleInfo {
        id: "study_exemption",
        clauses: &["4.2.4d", "A4"],
        family: Family::Study,
        parameters: &["study.exemptions"],
        needs_account: false,
        blocks: NEVER,
        evaluate: study::exemption,
    },
    RuleInfo {
        id: "putonghua",
        clauses: &["4.2.5"],
        family: Family::Study,
        parameters: &["putonghua"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        evaluate: study::putonghua,
    },
    RuleInfo {
        id: "profile_complete",
        clauses: &["4.2.1a"],
        family: Family::Evidence,
        parameters: &[],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        evaluate: evidence::profile_complete,
    },
    RuleInfo {
        id: "registered_name",
        clauses: &["4.2.1a"],
        family: Family::Evidence,
        parameters: &[],
        needs_account: true,
        blocks: AT_SUBMISSION,
        evaluate: evidence::registered_name,
    },
    RuleInfo {
        id: "commitment",
        clauses: &["A3"],
        family: Family::Evidence,
        parameters: &[],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        evaluate: evidence::commitment,
    },
    RuleInfo {
        id: "evidence",
        clauses: &["4.2.2", "4.2.4d", "4.2.5", "4.2.6"],
        family: Family::Evidence,
        parameters: &["evidence"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        evaluate: evidence::categories,
    },
    RuleInfo {
        id: "evidence_alternatives",
        clauses: &["4.2.2"],
        family: Family::Evidence,
        parameters: &["evidence_alternatives"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        evaluate: evidence::alternatives,
    },
    RuleInfo {
        id: "employer_evidence",
        clauses: &["4.2.6"],
        family: Family::Evidence,
        parameters: &["evidence"],
        needs_account: true,
        blocks: FROM_EMPLOYER,
        evaluate: evidence::from_employer,
    },
    RuleInfo {
        id: "declassification",
        clauses: &["4.2.3b"],
        family: Family::Evidence,
        parameters: &["blind_review.declassification_required"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        evaluate: evidence::declassification,
    },
    RuleInfo {
        id: "defence",
        clauses: &["4.5"],
        family: Family::Information,
        parameters: &["defence"],
        needs_account: false,
        blocks: NEVER,
        evaluate: information::defence,
    },
    RuleInfo {
        id: "fee",
        clauses: &["4.6"],
        family: Family::Information,
        parameters: &["fees"],
        needs_account: false,
        blocks: NEVER,
        evaluate: information::fee,
    },
];

/// The page `docs/checks.md`, generated from the table.
#[must_use]
pub fn checks_page() -> String {
    let span = |span: Option<(Step, Step)>| match span {
        None => "never".to_owned(),
        Some((first, last)) => format!("`{first}` to `{last}`"),
    };
    let code = |items: &[&str]| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
    let mut page = String::from(
        "# The rules of an application\n\n\
         Generated from the table of rules in `crates/core/src/checks/table.rs`; `just generate` writes it anew.\n\n\
         A rule answers `met`, `unmet`, `needs_evidence` or `waived`. The last two columns name the steps at \
         which `unmet` and `needs_evidence` block an application. Parameters are read from the cycle definition, at the paths in `reads`.\n\n\
         | rule | family | clauses | reads | without an account | unmet blocks | needs evidence blocks |\n|---|---|---|---|---|---|---|\n",
    );
    for info in RULES {
        let row = [
            format!("`{}`", info.id),
            info.family.en().to_owned(),
            info.clauses.join(", "),
            code(info.parameters),
            (if info.needs_account { "no" } else { "yes" }).to_owned(),
            span(info.blocks.unmet),
            span(info.blocks.needs_evidence),
        ];
        page.push_str("| ");
        page.push_str(&row.join(" | ").replace("|  |", "| - |"));
        page.push_str(" |\n");
    }
    page
}
