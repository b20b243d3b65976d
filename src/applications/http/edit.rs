//! Drafting, committing, submitting, withdrawing.

use super::view::{Application, application_view};
use super::write_application;
use crate::applications::service::{self, CorrectionAnswer, Filing};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, Created, IdempotencyKey, IfMatch, Outcome, Path, Routes, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::ids::{ApplicationId, CorrectionId, OrganisationId};
use title_review_core::vocabulary::Level;
use utoipa::ToSchema;
use validator::Validate;

/// A new application.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApplicationCreate {
    /// Cycle to apply in.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "aksu-2024")]
    pub cycle_id: String,
    /// Track id of the cycle.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "directed")]
    pub track: String,
    /// Specialty id of the cycle.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Employer, or the personnel agency in its place (1.2b); may be left for later.
    pub employer_id: Option<OrganisationId>,
}

/// What an edit replaces; the profile is taken over as it is at that moment.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ApplicationUpdate {
    /// Track id of the cycle.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "directed")]
    pub track: String,
    /// Specialty id of the cycle.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "surveying")]
    pub specialty: String,
    /// Level applied for.
    pub level: Level,
    /// Employer, or the personnel agency in its place (1.2b).
    pub employer_id: Option<OrganisationId>,
}

/// The signature under the commitment (A3).
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CommitmentSign {
    /// The commitment of the cycle's template is made. Has to be true.
    pub agreed: bool,
}

/// An answer to a correction.
#[derive(Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CorrectionAnswerCreate {
    /// Which correction.
    pub correction_id: CorrectionId,
    /// What was done about it.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "已重新上传清晰扫描件")]
    pub answer: String,
}

/// A submission.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SubmissionCreate {
    /// After a return: an answer to each correction.
    #[serde(default)]
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub answers: Vec<CorrectionAnswerCreate>,
}

/// A withdrawal, or the recall of a submission.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalCreate {
    /// Why, if the applicant wants to say.
    #[validate(length(max = 1000))]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

/// 新建申报 / File a draft
///
/// One application per person and year (4.1d). The profile is taken over as it is.
#[utoipa::path(post, path = "/v1/applications", tag = "applications",
    extensions(("x-problems" = json!(["window_closed", "barred", "one_application_per_year", "cycle_not_published", "committee_missing", "exam_replaces_review", "level_not_open"]))))]
pub async fn create_application(
    call: Allowed<perm::ApplicationCreate>,
    key: IdempotencyKey,
    body: Body<ApplicationCreate>,
) -> Outcome<Created<Application>> {
    let ApplicationCreate { cycle_id, track, specialty, level, employer_id } = body.value;
    let filing = Filing { track, specialty, level, employer_id };
    call.write_once(key, &body.fingerprint, move |cx| {
        let found = service::create(cx, &cycle_id, &filing)?;
        application_view(cx, found)
    })
    .await
}

/// 编辑申报 / Edit a draft or a returned application
///
/// Takes over the profile as it is now. A signed commitment has to be signed again.
#[utoipa::path(put, path = "/v1/applications/{application_id}", tag = "applications",
    extensions(("x-problems" = json!(["stage_conflict", "lapsed", "correction_overdue", "window_closed", "exam_replaces_review", "level_not_open"]))))]
pub async fn update_application(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<ApplicationUpdate>,
) -> Outcome<Answer<Application>> {
    let ApplicationUpdate { track, specialty, level, employer_id } = body.value;
    let filing = Filing { track, specialty, level, employer_id };
    write_application(&call, move |cx| service::edit(cx, id.0, if_match.version(), &filing)).await
}

/// 签署个人承诺书 / Sign the commitment
///
/// The text is the cycle's template A3. It speaks of the dossier as it is; an edit after it asks for it again.
#[utoipa::path(put, path = "/v1/applications/{application_id}/commitment", tag = "applications",
    extensions(("x-problems" = json!(["stage_conflict", "commitment_missing"]))))]
pub async fn sign_commitment(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<CommitmentSign>,
) -> Outcome<Answer<Application>> {
    if !body.value.agreed {
        return Err(Problem::field(Code::CommitmentMissing, "/agreed", "须同意承诺内容", "the commitment has to be made"));
    }
    write_application(&call, move |cx| service::sign_commitment(cx, id.0, if_match.version())).await
}

/// 提交 / Submit, or resubmit after a return
#[utoipa::path(post, path = "/v1/applications/{application_id}/submission", tag = "applications",
    extensions(("x-problems" = json!(["window_closed", "stage_conflict", "rules_unmet", "dossier_incomplete", "commitment_missing", "correction_overdue", "correction_unanswered", "submissions_exhausted", "exam_replaces_review", "level_not_open"]))))]
pub async fn submit_application(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<SubmissionCreate>,
) -> Outcome<Answer<Application>> {
    let answers: Vec<CorrectionAnswer> = body
        .value
        .answers
        .into_iter()
        .map(|one| CorrectionAnswer { correction_id: one.correction_id, answer: one.answer })
        .collect();
    write_application(&call, move |cx| service::submit(cx, id.0, if_match.version(), &answers)).await
}

/// 撤回 / Withdraw
///
/// Possible until the application enters a meeting. Before it has reached the committee, the year is free for another application; later it is not.
#[utoipa::path(post, path = "/v1/applications/{application_id}/withdrawal", tag = "applications", extensions(("x-problems" = json!(["stage_conflict"]))))]
pub async fn withdraw_application(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<WithdrawalCreate>,
) -> Outcome<Answer<Application>> {
    write_application(&call, move |cx| service::withdraw(cx, id.0, if_match.version(), body.value.reason)).await
}

/// 收回提交 / Recall a submission
///
/// While nobody has done anything about it since. What was uploaded and signed stays; a first submission is a draft again.
#[utoipa::path(post, path = "/v1/applications/{application_id}/recall", tag = "applications",
    extensions(("x-problems" = json!(["stage_conflict", "acted_on_since", "window_closed"]))))]
pub async fn recall_application(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<WithdrawalCreate>,
) -> Outcome<Answer<Application>> {
    write_application(&call, move |cx| service::recall(cx, id.0, if_match.version(), body.value.reason)).await
}

pub(super) fn routes(list: &mut Routes) {
    routes!(list; recall_application, create_application, update_application, sign_commitment, submit_application, withdraw_application);
}
