//! THE table of rules: id, clauses, what of the cycle it reads, when it stops an application, and the function that asks it.

use super::{
    evidence, information,
    input::{Input, Outcome},
    model::Step,
    persons, seniority, skilled, study, tracks,
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

/// From which to which step, both included, a verdict stops an application; `None`: never.
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

/// As long as the dossier is under review: what was accepted then is not asked again.
const UNTIL_ACCEPTED: Blocks = Blocks::both(Step::Submission, Step::FormalReview);
/// To the very end.
const ALWAYS: Blocks = Blocks::both(Step::Submission, Step::Confirmation);
/// From the employer's decision on: these documents come to be while the employer has the dossier.
const FROM_EMPLOYER: Blocks = Blocks::both(Step::EmployerReview, Step::FormalReview);
/// Told, never in the way.
const NEVER: Blocks = Blocks { unmet: None, needs_evidence: None };

/// A rule.
#[derive(Debug)]
pub struct RuleInfo {
    /// Stable id, as in [`super::RuleResult::rule`].
    pub id: &'static str,
    /// Clauses of domain.md that it carries out.
    pub clauses: &'static [&'static str],
    /// Family.
    pub family: Family,
    /// Paths of the cycle definition from which its numbers come.
    pub parameters: &'static [&'static str],
    /// Asked only of an application: it needs documents, records or formalities.
    pub needs_account: bool,
    /// When it stops an application.
    pub blocks: Blocks,
    /// Asks it. One result, or one per subject; none where the cycle has no such rule or it does not concern the application.
    pub(super) ask: fn(&Input<'_>) -> Vec<Outcome>,
}

/// Every rule, in the order in which a report tells them. Bars come first: they win over everything (1.1d).
pub const RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "recorded_bar",
        clauses: &["1.1d"],
        family: Family::Persons,
        parameters: &["barred.recorded_bars"],
        needs_account: true,
        blocks: ALWAYS,
        ask: persons::recorded_bar,
    },
    RuleInfo {
        id: "fraud_ban",
        clauses: &["A3", "1.1d"],
        family: Family::Persons,
        parameters: &["fraud.ban_years"],
        needs_account: true,
        blocks: ALWAYS,
        ask: persons::fraud_ban,
    },
    RuleInfo {
        id: "civil_servant",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.civil_servants"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: persons::civil_servant,
    },
    RuleInfo {
        id: "retired",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.retired"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: persons::retired,
    },
    RuleInfo {
        id: "sanctioned",
        clauses: &["1.1c"],
        family: Family::Persons,
        parameters: &["barred.sanctioned"],
        needs_account: false,
        blocks: ALWAYS,
        ask: persons::sanctioned,
    },
    RuleInfo {
        id: "one_application",
        clauses: &["4.1d"],
        family: Family::Tracks,
        parameters: &["one_application"],
        needs_account: true,
        blocks: ALWAYS,
        ask: tracks::one_application,
    },
    RuleInfo {
        id: "specialty_open",
        clauses: &["3.1"],
        family: Family::Tracks,
        parameters: &["series", "specialties", "levels"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: tracks::specialty_open,
    },
    RuleInfo {
        id: "exam_replaces_review",
        clauses: &["1.1b"],
        family: Family::Tracks,
        parameters: &["specialties.exam_replaces_review"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: tracks::exam_replaces_review,
    },
    RuleInfo {
        id: "track_admission",
        clauses: &["1.1a", "1.2a", "1.2b", "1.2c", "4.3d"],
        family: Family::Tracks,
        parameters: &["tracks.admissions", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: tracks::admission,
    },
    RuleInfo {
        id: "conditions",
        clauses: &["3.1", "3.1a", "4.3d", "4.7a"],
        family: Family::Seniority,
        parameters: &["conditions", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: seniority::conditions,
    },
    RuleInfo {
        id: "school_equivalence",
        clauses: &["4.7c"],
        family: Family::Skilled,
        parameters: &["school_equivalences"],
        needs_account: false,
        blocks: NEVER,
        ask: skilled::school_equivalence,
    },
    RuleInfo {
        id: "skilled_appraisals",
        clauses: &["4.7a"],
        family: Family::Skilled,
        parameters: &["skilled_worker.lowest_grade", "skilled_worker.appraisals", "skilled_worker.passing_results"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: skilled::appraisals,
    },
    RuleInfo {
        id: "skilled_grade_years",
        clauses: &["4.7b", "4.3d"],
        family: Family::Skilled,
        parameters: &["skilled_worker.routes", "seniority"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: skilled::grade_years,
    },
    RuleInfo {
        id: "skilled_waivers",
        clauses: &["4.7a"],
        family: Family::Skilled,
        parameters: &["skilled_worker.waives"],
        needs_account: false,
        blocks: NEVER,
        ask: skilled::waivers,
    },
    RuleInfo {
        id: "study_hours",
        clauses: &["4.2.4a", "4.2.4c", "4.2.4d"],
        family: Family::Study,
        parameters: &["study.years", "study.hours_total", "study.hours_specialty", "study.waivers"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: study::hours,
    },
    RuleInfo {
        id: "study_source",
        clauses: &["4.2.4b"],
        family: Family::Study,
        parameters: &["study.system_from"],
        needs_account: false,
        blocks: NEVER,
        ask: study::source,
    },
    RuleInfo {
        id: "study_exemption",
        clauses: &["4.2.4d", "A4"],
        family: Family::Study,
        parameters: &["study.exemptions"],
        needs_account: false,
        blocks: NEVER,
        ask: study::exemption,
    },
    RuleInfo {
        id: "putonghua",
        clauses: &["4.2.5"],
        family: Family::Study,
        parameters: &["putonghua"],
        needs_account: false,
        blocks: UNTIL_ACCEPTED,
        ask: study::putonghua,
    },
    RuleInfo {
        id: "profile_complete",
        clauses: &["4.2.1a"],
        family: Family::Evidence,
        parameters: &[],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        ask: evidence::profile_complete,
    },
    RuleInfo {
        id: "commitment",
        clauses: &["A3"],
        family: Family::Evidence,
        parameters: &[],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        ask: evidence::commitment,
    },
    RuleInfo {
        id: "evidence",
        clauses: &["4.2.2", "4.2.4d", "4.2.5", "4.2.6"],
        family: Family::Evidence,
        parameters: &["evidence"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        ask: evidence::categories,
    },
    RuleInfo {
        id: "evidence_alternatives",
        clauses: &["4.2.2"],
        family: Family::Evidence,
        parameters: &["evidence_alternatives"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        ask: evidence::alternatives,
    },
    RuleInfo {
        id: "employer_evidence",
        clauses: &["4.2.6"],
        family: Family::Evidence,
        parameters: &["evidence"],
        needs_account: true,
        blocks: FROM_EMPLOYER,
        ask: evidence::from_employer,
    },
    RuleInfo {
        id: "declassification",
        clauses: &["4.2.3b"],
        family: Family::Evidence,
        parameters: &["blind_review.declassification_required"],
        needs_account: true,
        blocks: UNTIL_ACCEPTED,
        ask: evidence::declassification,
    },
    RuleInfo {
        id: "defence",
        clauses: &["4.5"],
        family: Family::Information,
        parameters: &["defence"],
        needs_account: false,
        blocks: NEVER,
        ask: information::defence,
    },
    RuleInfo {
        id: "fee",
        clauses: &["4.6"],
        family: Family::Information,
        parameters: &["fees"],
        needs_account: false,
        blocks: NEVER,
        ask: information::fee,
    },
];

/// The table as a page of the documentation.
#[must_use]
pub fn checks_page() -> String {
    let span = |span: Option<(Step, Step)>| match span {
        None => "never".to_owned(),
        Some((first, last)) => format!("`{first}` to `{last}`"),
    };
    let code = |items: &[&str]| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
    let mut page = String::from(
        "# The rules that are asked of an application\n\n\
         Written from the table of rules in `crates/core/src/checks/table.rs`; `UPDATE_GENERATED=1 cargo test --locked --test it` writes it anew.\n\n\
         A rule answers `met`, `unmet`, `needs_evidence` or `waived`. The last columns say at which steps the second and the third stop \
         an application; a result marked as told only never does. Numbers are read from the cycle definition, at the paths named.\n\n\
         | rule | family | clauses | reads | without an account | unmet stops | needs evidence stops |\n|---|---|---|---|---|---|---|\n",
    );
    for info in RULES {
        let row = [
            format!("`{}`", info.id),
            info.family.en().to_owned(),
            info.clauses.join(", "),
            code(info.parameters),
            (if info.needs_account { "not asked" } else { "asked" }).to_owned(),
            span(info.blocks.unmet),
            span(info.blocks.needs_evidence),
        ];
        page.push_str("| ");
        page.push_str(&row.join(" | ").replace("|  |", "| - |"));
        page.push_str(" |\n");
    }
    page
}
