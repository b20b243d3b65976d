//! Objections: raising one, asking for it by its receipt, looking into it.

use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, Outcome, Path, Public, Query, Resource, Routes, one_line, page,
    page_limit, routes,
};
use crate::publicity::Error;
use crate::publicity::objections::{self as service, NewObjection, ObjectionView, Receipt};
use crate::records::publicity::{ObjectionRow, ObjectionStatus, PublicityKind};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, ObjectionId, PublicityId};
use title_review_core::vocabulary::wire_enum;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// An objection. Who raises it may stay unnamed.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObjectionCreate {
    /// What is objected.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "工作年限与实际不符")]
    pub text: String,
    /// Who objects; kept encrypted, shown only to who decides.
    #[validate(length(min = 1, max = 50), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 50)]
    pub name: Option<String>,
    /// How to reach them; kept encrypted, shown only to who decides.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    pub contact: Option<String>,
}

/// What the holder of a receipt is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionReceipt {
    /// Receipt number: keep it, it is told once and is the only way to ask.
    #[schema(example = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")]
    pub receipt: String,
    /// To which notice.
    pub publicity_id: PublicityId,
    /// When.
    pub raised_at: Instant,
    /// What became of it.
    pub status: ObjectionStatus,
    /// Why, once decided.
    pub reason: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Instant>,
}

impl Resource for ObjectionReceipt {
    fn location(&self) -> Option<String> {
        Some(format!("/v1/objections/{}", self.receipt))
    }
}

impl From<Receipt> for ObjectionReceipt {
    fn from(receipt: Receipt) -> Self {
        let Receipt { number, row } = receipt;
        Self {
            receipt: number,
            publicity_id: row.publicity_id,
            raised_at: row.raised_at,
            status: row.status,
            reason: row.reason,
            decided_at: row.decided_at,
        }
    }
}

/// 提出异议 / Object to a public notice
///
/// Without an account, while the notice runs. The answer is a receipt number.
#[utoipa::path(post, path = "/v1/publicities/{publicity_id}/objections", tag = "publicity", extensions(("x-problems" = json!(["publicity_closed", "too_many_objections"]))))]
pub async fn create_objection(
    call: Public,
    id: Path<PublicityId>,
    key: IdempotencyKey,
    body: Body<ObjectionCreate>,
) -> Outcome<Created<ObjectionReceipt>> {
    expire_due(&call).await?;
    let ObjectionCreate { text, name, contact } = body.value;
    let new = NewObjection { text, name, contact };
    call.write_once(key, &body.fingerprint, move |cx| service::raise(cx, id.0, &new).map(ObjectionReceipt::from)).await
}

/// 查询异议处理结果 / Ask what became of an objection
///
/// For whoever holds the receipt number.
#[utoipa::path(get, path = "/v1/objections/{receipt}", tag = "publicity")]
pub async fn get_objection(call: Public, receipt: Path<String>) -> Outcome<Answer<ObjectionReceipt>> {
    call.read(move |cx| service::find_receipt(cx, &receipt.0).map(ObjectionReceipt::from)).await.map(Into::into)
}

/// An objection, for those who look into it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Objection {
    /// Its id.
    pub id: ObjectionId,
    /// About which application.
    pub application_id: ApplicationId,
    /// To which notice.
    pub publicity_id: PublicityId,
    /// Kind of that notice.
    pub kind: PublicityKind,
    /// What is objected.
    pub text: String,
    /// Who raised it gave neither name nor contact.
    pub anonymous: bool,
    /// Who raised it; only for who decides it.
    pub name: Option<String>,
    /// How to reach them; only for who decides it.
    pub contact: Option<String>,
    /// When.
    pub raised_at: Instant,
    /// What became of it.
    pub status: ObjectionStatus,
    /// Why, once decided.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
}

impl From<ObjectionView> for Objection {
    fn from(seen: ObjectionView) -> Self {
        let ObjectionView { row, kind, text, name, contact } = seen;
        Self {
            id: row.id,
            application_id: row.application_id,
            publicity_id: row.publicity_id,
            kind,
            text,
            anonymous: row.name_sealed.is_none() && row.contact_sealed.is_none(),
            name,
            contact,
            raised_at: row.raised_at,
            status: row.status,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        }
    }
}

page!(
    /// Objections about an application, in the order in which they were raised.
    ObjectionPage of Objection
);

/// Which objections.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ObjectionQuery {
    /// In this status.
    pub status: Option<ObjectionStatus>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 申报的异议 / List the objections about an application
///
/// A reviewer sees those to its own notice, the committee office all. Name and contact are shown only to who decides.
#[utoipa::path(get, path = "/v1/applications/{application_id}/objections", tag = "publicity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_objections(
    call: Allowed<perm::ObjectionResolve>,
    id: Path<ApplicationId>,
    query: Query<ObjectionQuery>,
) -> Outcome<Answer<ObjectionPage>> {
    expire_due(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let bound = format!("objections|{}|{:?}", id.0, query.status);
        let keys = &cx.app.clone().keys;
        let after = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list_objections(cx, id.0, query.status, after, limit + 1)?;
        ObjectionPage::of(rows, limit, keys, &bound, |seen| seen.row.id, Objection::from)
    })
    .await
    .map(Into::into)
}

wire_enum! {
    /// What can be found of an objection.
    ObjectionFinding {
        Upheld = "upheld", "异议成立", "found right";
        Rejected = "rejected", "异议不成立", "found wrong";
    }
}

/// A decision on an objection.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObjectionDecisionCreate {
    /// What was found.
    pub finding: ObjectionFinding,
    /// Why; the holder of the receipt reads it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "经核实，社保与劳动合同一致，异议不成立")]
    pub reason: String,
}

/// A decided objection, without who raised it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionDecision {
    /// The objection.
    pub objection_id: ObjectionId,
    /// About which application.
    pub application_id: ApplicationId,
    /// To which notice.
    pub publicity_id: PublicityId,
    /// Kind of that notice.
    pub kind: PublicityKind,
    /// What was found.
    pub status: ObjectionStatus,
    /// Why.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
}

impl Resource for ObjectionDecision {}

impl ObjectionDecision {
    fn of(row: ObjectionRow, kind: PublicityKind) -> Self {
        Self {
            objection_id: row.id,
            application_id: row.application_id,
            publicity_id: row.publicity_id,
            kind,
            status: row.status,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        }
    }
}

/// One decision on several objections to a notice.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObjectionDecisionsCreate {
    /// Which; each once.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_items = 1, max_items = 200)]
    pub objection_ids: Vec<ObjectionId>,
    /// What was found.
    pub finding: ObjectionFinding,
    /// Why; the holders of the receipts read it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "反映的问题相同，经核实均不成立")]
    pub reason: String,
}

/// Objections that were decided together, without who raised them.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObjectionDecisions {
    /// Each of them.
    pub items: Vec<ObjectionDecision>,
}

impl Resource for ObjectionDecisions {}

/// 处理异议 / Decide an objection
///
/// A reviewer decides what was objected to its own notice, the committee office what was objected to a result; once. The applicant is told.
#[utoipa::path(post, path = "/v1/objections/{objection_id}/decision", tag = "publicity", extensions(("x-problems" = json!(["objection_decided", "self_review"]))))]
pub async fn decide_objection(
    call: Allowed<perm::ObjectionResolve>,
    id: Path<ObjectionId>,
    key: IdempotencyKey,
    body: Body<ObjectionDecisionCreate>,
) -> Outcome<Answer<ObjectionDecision>> {
    expire_due(&call).await?;
    let ObjectionDecisionCreate { finding, reason } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        let (row, kind) = service::decide(cx, id.0, finding == ObjectionFinding::Upheld, &reason)?;
        Ok::<_, Error>(ObjectionDecision::of(row, kind))
    })
    .await
}

/// 一并处理异议 / Decide several objections together
///
/// Objections to one notice that say the same, by whoever decides each of them: all or none. The applicant is told once.
#[utoipa::path(post, path = "/v1/publicities/{publicity_id}/objection-decisions", tag = "publicity",
    extensions(("x-problems" = json!(["objection_decided", "self_review", "invalid_field"]))))]
pub async fn decide_objections(
    call: Allowed<perm::ObjectionResolve>,
    id: Path<PublicityId>,
    key: IdempotencyKey,
    body: Body<ObjectionDecisionsCreate>,
) -> Outcome<Answer<ObjectionDecisions>> {
    expire_due(&call).await?;
    let ObjectionDecisionsCreate { mut objection_ids, finding, reason } = body.value;
    objection_ids.sort_unstable();
    objection_ids.dedup();
    call.write_once(key, &body.fingerprint, move |cx| {
        let (rows, kind) = service::decide_together(cx, id.0, &objection_ids, finding == ObjectionFinding::Upheld, &reason)?;
        Ok::<_, Error>(ObjectionDecisions { items: rows.into_iter().map(|row| ObjectionDecision::of(row, kind)).collect() })
    })
    .await
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_objection, get_objection, list_objections, decide_objection, decide_objections);
}
