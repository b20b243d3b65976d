//! Transfers over HTTP.

use super::record::{SeenTransfer, TransferState};
use super::{Error, service};
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, OrganisationId, TransferId};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Pending => Code::TransferPending.into(),
            Error::Decided => Code::TransferDecided.into(),
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A transfer to ask for.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TransferCreate {
    /// The new employer, or the agency in its place.
    pub employer_id: OrganisationId,
    /// Why; the new employer reads it.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "已调入该单位工作")]
    pub reason: String,
}

/// The new employer's answer.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TransferDecision {
    /// It takes the application over.
    pub accept: bool,
    /// Why; the applicant reads it.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_length = 1, max_length = 1000, example = "本人已在我单位工作，同意接收")]
    pub reason: String,
}

/// A transfer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub applicant_name: Option<String>,
    /// The employer that it leaves.
    pub from_employer_id: Option<OrganisationId>,
    /// The new employer.
    pub employer_id: OrganisationId,
    /// Its name.
    pub employer_name: Option<String>,
    /// Why.
    pub reason: String,
    /// What became of it.
    pub state: TransferState,
    /// When it was asked for.
    pub proposed_at: Instant,
    /// When it was accepted, declined or withdrawn.
    pub decided_at: Option<Instant>,
    /// What the new employer said.
    pub decision_reason: Option<String>,
}

impl Resource for Transfer {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/transfers/{}", self.id))
    }
}

impl From<SeenTransfer> for Transfer {
    fn from(SeenTransfer { row, applicant_name, employer_name }: SeenTransfer) -> Self {
        Self {
            id: row.id,
            application_id: row.application_id,
            applicant_name,
            from_employer_id: row.from_employer_id,
            employer_id: row.employer_id,
            employer_name,
            reason: row.reason,
            state: row.state,
            proposed_at: row.proposed_at,
            decided_at: row.decided_at,
            decision_reason: row.decision_reason,
        }
    }
}

page!(
    /// Transfers, newest first.
    TransferPage of Transfer
);

/// 申请变更用人单位 / Ask for a transfer to another employer
///
/// While the application is under review (in review, formal review, returned) and no publicity of it runs. The new employer accepts it; until then
/// nothing changes.
#[utoipa::path(post, path = "/v1/applications/{application_id}/transfers", tag = "applications",
    extensions(("x-problems" = json!(["stage_conflict", "transfer_pending", "publicity_running", "window_closed", "correction_pending", "correction_overdue"]))))]
pub async fn create_transfer(
    call: Allowed<perm::ApplicationEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<TransferCreate>,
) -> Outcome<Created<Transfer>> {
    expire_due(&call).await?;
    let applicant = call.principal.signed_in()?;
    let TransferCreate { employer_id, reason } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        service::propose(cx, applicant, id.0, if_match.version(), employer_id, reason).map(Transfer::from)
    })
    .await
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TransferQuery {
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 用人单位变更 / List transfers
///
/// The applicant's own, and those to the organisations whose clerk one is.
#[utoipa::path(get, path = "/v1/transfers", tag = "applications", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_transfers(call: Allowed<perm::ApplicationRead>, query: Query<TransferQuery>) -> Outcome<Answer<TransferPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("transfers|{:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, before, limit + 1)?;
        TransferPage::of(rows, limit, keys, &filter, |seen| seen.row.id, Transfer::from)
    })
    .await
    .map(Into::into)
}

/// 一项用人单位变更 / Get a transfer
#[utoipa::path(get, path = "/v1/transfers/{transfer_id}", tag = "applications")]
pub async fn get_transfer(call: Allowed<perm::ApplicationRead>, id: Path<TransferId>) -> Outcome<Answer<Transfer>> {
    call.read(move |cx| service::find(cx, id.0).map(Transfer::from)).await.map(Into::into)
}

/// 接收或不予接收 / Accept or decline a transfer
///
/// By a clerk of the new employer. Accepted, the application goes back to the first step of its chain: new publicity, new documents of the employer,
/// new recommendation. The number of its submissions to the committee stays.
#[utoipa::path(post, path = "/v1/transfers/{transfer_id}/decision", tag = "applications",
    extensions(("x-problems" = json!(["transfer_decided", "stage_conflict", "publicity_running", "window_closed", "self_review", "correction_pending", "correction_overdue"]))))]
pub async fn decide_transfer(
    call: Allowed<perm::ApplicationDecide>,
    id: Path<TransferId>,
    body: Body<TransferDecision>,
) -> Outcome<Answer<Transfer>> {
    expire_due(&call).await?;
    let clerk = call.principal.signed_in()?;
    let TransferDecision { accept, reason } = body.value;
    call.write(move |cx| service::decide(cx, clerk, id.0, accept, reason).map(Transfer::from)).await.map(Into::into)
}

/// 撤回变更申请 / Withdraw a transfer
///
/// While the new employer has not answered.
#[utoipa::path(post, path = "/v1/transfers/{transfer_id}/withdrawal", tag = "applications",
    extensions(("x-problems" = json!(["transfer_decided"]))))]
pub async fn withdraw_transfer(call: Allowed<perm::ApplicationEdit>, id: Path<TransferId>) -> Outcome<Answer<Transfer>> {
    let applicant = call.principal.signed_in()?;
    call.write(move |cx| service::withdraw(cx, applicant, id.0).map(Transfer::from)).await.map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_transfer, list_transfers, get_transfer, decide_transfer, withdraw_transfer);
}
