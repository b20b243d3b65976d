//! What an applicant changed on a return, asked for or not, for everybody who reviews afterwards (4.3a, R1).

use crate::applications::basis::Basis;
use crate::applications::error::Error;
use crate::applications::places::{Content, Difference};
use crate::applications::record::{ApplicationRow, CorrectionRow, Dossier, SeenEvidence, StepRow};
use crate::applications::store;
use crate::context::Cx;
use crate::db;
use crate::records::evidence::{self, FileName};
use std::collections::HashMap;
use std::sync::Arc;
use title_review_core::checks::EmployerChange;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, CorrectionId, StepId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Action, Stage};

/// What is otherwise in an application than a reviewer had it before them.
#[derive(Debug)]
pub struct DifferencesView {
    /// The application.
    pub row: ApplicationRow,
    /// Of each resubmission, in their order.
    pub differences: Vec<DifferenceView>,
    /// What of the employer is otherwise than at the first submission.
    pub employer_changes: Vec<EmployerChange>,
    /// Names of the files that were taken out or added.
    pub files: Vec<FileName>,
}

/// A place that was another when the application came back.
#[derive(Debug)]
pub struct DifferenceView {
    /// The place.
    pub difference: Difference,
    /// The correction that asked for it.
    pub correction: Option<CorrectionId>,
    /// The step that had returned the application.
    pub returned_by: Option<ChainStepId>,
    /// When.
    pub returned_at: Instant,
    /// When it came back.
    pub resubmitted_at: Instant,
}

/// A return and the act by which the application came back from it.
struct Round<'a> {
    returned: &'a StepRow,
    back: &'a StepRow,
    /// The return after it, which kept the dossier as it had come back.
    next: Option<StepId>,
}

/// The returns from which the application has come back. A submission that was recalled is none.
fn rounds(history: &[StepRow]) -> Vec<Round<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(&StepRow, Option<&StepRow>)> = None;
    for step in history {
        match (step.action, &mut open) {
            (Action::Return, _) => {
                if let Some((returned, Some(back))) = open.replace((step, None)) {
                    found.push(Round { returned, back, next: Some(step.id) });
                }
            }
            (Action::Resubmit | Action::Transfer, Some((_, back))) if step.from_stage == Stage::Returned => *back = Some(step),
            (Action::Recall, Some((_, back))) if step.to_stage == Stage::Returned => *back = None,
            _ => {}
        }
    }
    if let Some((returned, Some(back))) = open {
        found.push(Round { returned, back, next: None });
    }
    found
}

/// The evidence that was there at an act; `None` of a transfer of which that was not noted.
fn evidence_at(step: &StepRow) -> Option<Vec<SeenEvidence>> {
    let seen = &step.detail.0.evidence;
    (step.action != Action::Transfer || !seen.is_empty()).then(|| seen.clone())
}

/// Everything that differs in an application that the principal may read from what those had before them who returned it, and what of its employer is
/// otherwise than at the first submission.
pub fn list_differences(cx: &mut Cx<'_>, id: ApplicationId) -> Result<DifferencesView, Error> {
    let row = super::find(cx, id)?;
    let employer_changes = super::employer_changes(cx, &row)?;
    let history = store::list_steps(cx.conn, id)?;
    let rounds = rounds(&history);
    let mut differences = Vec::new();
    if !rounds.is_empty() {
        let kept = dossiers(cx, id)?;
        let corrections = store::list_corrections(cx.conn, id)?;
        // Nobody edits an application that has come back until it is returned again.
        let current = Basis::default().dossier(cx, id)?;
        for Round { returned, back, next } in rounds {
            let came_back = next.map_or(Some(&current), |next| kept.get(&next));
            let now = Content::known(came_back.map(Arc::as_ref), evidence_at(back));
            let then = Content::known(kept.get(&returned.id).map(Arc::as_ref), evidence_at(returned));
            let asked = |difference: &Difference| {
                let of_return = |row: &&CorrectionRow| row.step_id == returned.id && difference.is_asked_at(&row.pointer);
                corrections.iter().find(of_return).map(|row| row.id)
            };
            differences.extend(now.differences(&then).into_iter().map(|difference| DifferenceView {
                correction: asked(&difference),
                difference,
                returned_by: returned.from_step,
                returned_at: returned.at,
                resubmitted_at: back.at,
            }));
        }
    }
    let any_file = differences.iter().any(|DifferenceView { difference, .. }| difference.pointer.starts_with("/evidence/"));
    let files = if any_file { evidence::file_names(cx.conn, id)? } else { Vec::new() };
    Ok(DifferencesView { row, differences, employer_changes, files })
}

/// The dossiers that the returns of an application kept, as far as they can be read.
fn dossiers(cx: &mut Cx<'_>, id: ApplicationId) -> Result<HashMap<StepId, Arc<Dossier>>, db::Error> {
    let kept = store::list_returned_dossiers(cx.conn, id)?;
    let read = kept.into_iter().filter_map(|(step, text)| Some((step, Arc::new(serde_json::from_str(&text).ok()?))));
    Ok(read.collect())
}
