//! What is otherwise in an application than who returned it had it before them.

use super::expire_due;
use crate::applications::places::DifferenceKind;
use crate::applications::service::{self, DifferenceView, DifferencesView};
use crate::authz::perm;
use crate::disclosures::http::log_disclosure;
use crate::disclosures::{View, ViewKind};
use crate::http::{Allowed, Answer, Outcome, Path, Resource, Routes, routes};
use crate::records::evidence::FileName;
use serde::Serialize;
use title_review_core::checks::EmployerChange;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, AttachmentId, CorrectionId};
use title_review_core::open_terms::ChainStepId;
use utoipa::ToSchema;

/// A file that was taken out of a dossier or added to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferingFile {
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its id; null where it is not kept any more.
    pub attachment_id: Option<AttachmentId>,
    /// Its name; null where it is not kept any more.
    #[schema(example = "毕业证书.pdf")]
    pub file_name: Option<String>,
}

/// A place of the dossier that was another when the application was returned.
#[derive(Debug, Serialize, ToSchema)]
pub struct DossierDifference {
    /// JSON pointer of the place as it is since; of an entry that was taken out of a list, the list. A return may name it as `new`.
    #[schema(example = "/profile/education/0/school")]
    pub pointer: String,
    /// What became of it.
    pub kind: DifferenceKind,
    /// What stood there; null of files, and where nothing did.
    pub before: serde_json::Value,
    /// What stands there since; null of files, and where nothing does.
    pub after: serde_json::Value,
    /// Files of the category that were taken out.
    pub files_removed: Vec<DifferingFile>,
    /// Files of the category that were added.
    pub files_added: Vec<DifferingFile>,
    /// A correction of the return asked for it.
    pub asked: bool,
    /// Which.
    pub correction_id: Option<CorrectionId>,
    /// The step of the chain that had returned it.
    pub returned_by: Option<ChainStepId>,
    /// When.
    pub returned_at: Instant,
    /// When it came back.
    pub resubmitted_at: Instant,
}

/// What is otherwise in an application than those had it before them who returned it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceReport {
    /// Of each resubmission, in their order.
    pub differences: Vec<DossierDifference>,
    /// How many of them no correction asked for.
    #[schema(example = 1)]
    pub unasked: usize,
    /// What of the employer is otherwise now than at the first submission, by which the application is judged (1.2a).
    pub employer_changes: Vec<EmployerChange>,
}

impl Resource for DifferenceReport {}

impl From<DifferencesView> for DifferenceReport {
    fn from(DifferencesView { differences, employer_changes, files, .. }: DifferencesView) -> Self {
        Self {
            unasked: differences.iter().filter(|one| one.correction.is_none()).count(),
            differences: differences.into_iter().map(|one| DossierDifference::of(one, &files)).collect(),
            employer_changes,
        }
    }
}

impl DossierDifference {
    fn of(
        DifferenceView { difference, correction, returned_by, returned_at, resubmitted_at }: DifferenceView,
        files: &[FileName],
    ) -> Self {
        let category = difference.pointer.strip_prefix("/evidence/").unwrap_or_default().to_owned();
        let named = |hashes: Vec<String>| -> Vec<DifferingFile> {
            let file = |sha256: String| {
                let found = files.iter().rfind(|file| file.category == category && file.sha256 == sha256);
                DifferingFile {
                    sha256,
                    attachment_id: found.map(|file| file.id),
                    file_name: found.map(|file| file.file_name.clone()),
                }
            };
            hashes.into_iter().map(file).collect()
        };
        Self {
            kind: difference.kind,
            before: difference.before,
            after: difference.after,
            files_removed: named(difference.files_removed),
            files_added: named(difference.files_added),
            pointer: difference.pointer,
            asked: correction.is_some(),
            correction_id: correction,
            returned_by,
            returned_at,
            resubmitted_at,
        }
    }
}

/// 修改对照 / List differences
///
/// What the applicant changed each time the application had been returned, field by field and file by file, whether a correction asked for it or not; and what
/// of the employer is otherwise than at the first submission. An entry of a list that only moved is no difference. Read by anybody but its applicant it is
/// on record, as a look at the dossier.
#[utoipa::path(get, path = "/v1/applications/{application_id}/differences", tag = "review")]
pub async fn list_differences(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<DifferenceReport>> {
    expire_due(&call).await?;
    let view = call.read(move |cx| service::list_differences(cx, id.0)).await?;
    log_disclosure(&call, view.row.applicant_id, View::of(ViewKind::Dossier, Some(id.0))).await?;
    Ok(DifferenceReport::from(view).into())
}

pub(super) fn routes(list: &mut Routes) {
    routes!(list; list_differences);
}
