//! Sanctions and fraud decisions over HTTP.

use super::service::{self, Error, NewSanction};
use crate::applications::http::expire_due;
use crate::applications::http::view::{Application, application_view};
use crate::authz::perm;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::{Code, Problem};
use crate::records::sanctions::{Period, SanctionKind, SanctionRow};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, SanctionId};
use title_review_core::vocabulary::Stage;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Version(mismatch) => mismatch.into(),
            Error::Invalid(findings) => Self::new(Code::InvalidField).findings(findings),
            Error::Application(error) => error.into(),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A finding of fraud.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FraudDecisionCreate {
    /// What was found; the applicant is told it.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "业绩证明材料系伪造")]
    pub finding: String,
    /// Why it is fraud, and on what evidence.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "经出具单位书面核实，该证明并非其出具")]
    pub reason: String,
}

/// A fraud decision and what followed from it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FraudDecision {
    /// In which application.
    pub application_id: ApplicationId,
    /// Where the application stands now: disqualified, revoked, or where it had ended.
    pub stage: Stage,
    /// What was found.
    pub finding: String,
    /// Why it is fraud.
    pub reason: String,
    /// Who decided.
    pub decided_by: AccountId,
    /// When.
    pub decided_at: Instant,
    /// The bans that followed (A3).
    pub sanctions: Vec<Sanctioned>,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for FraudDecision {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Why an application is disqualified.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DisqualificationCreate {
    /// In words, for the record and the applicant.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000, example = "会议公示期间异议成立")]
    pub reason: String,
}

/// A sanction to be recorded: on one person or one organisation, for days or for years of cycles.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SanctionCreate {
    /// `bar`, `delay` or `disciplinary`; a ban by fraud follows from its decision.
    pub kind: SanctionKind,
    /// On which person.
    pub account_id: Option<AccountId>,
    /// On which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// The clause or document it rests on; for a disciplinary sanction its kind as the cycle names it.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "demerit")]
    pub ground: String,
    /// Reason, in words.
    #[validate(length(min = 1, max = 2000))]
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// First day.
    pub from_day: Option<NaiveDate>,
    /// Last day; without an end when omitted.
    pub until_day: Option<NaiveDate>,
    /// First year of cycles.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(minimum = 1990, maximum = 2200)]
    pub first_year: Option<i32>,
    /// Last year of cycles.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(minimum = 1990, maximum = 2200)]
    pub last_year: Option<i32>,
}

/// A sanction on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sanctioned {
    /// Its id.
    pub id: SanctionId,
    /// What it is.
    pub kind: SanctionKind,
    /// On which person.
    pub account_id: Option<AccountId>,
    /// On which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// The clause or document it rests on; for a disciplinary sanction its kind.
    pub ground: String,
    /// Reason, in words.
    pub reason: String,
    /// First day, for a period of days.
    pub from_day: Option<NaiveDate>,
    /// Last day; null where it has no end.
    pub until_day: Option<NaiveDate>,
    /// First year barred, for a period of cycles.
    pub first_year: Option<i32>,
    /// Last year barred.
    pub last_year: Option<i32>,
    /// The application that led to it.
    pub application_id: Option<ApplicationId>,
    /// Who recorded it.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Instant,
}

impl Resource for Sanctioned {}

impl From<SanctionRow> for Sanctioned {
    fn from(row: SanctionRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            account_id: row.account_id,
            organisation_id: row.organisation_id,
            ground: row.ground,
            reason: row.reason,
            from_day: row.from_day,
            until_day: row.until_day,
            first_year: row.first_year,
            last_year: row.last_year,
            application_id: row.application_id,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at,
        }
    }
}

page!(
    /// Sanctions, newest first.
    SanctionPage of Sanctioned
);

/// 认定弄虚作假 / Decide that an application was fraudulent
///
/// On any application that was ever submitted, once. Before its end it is disqualified; a confirmed one is revoked, and its certificate's public check
/// says so (R10); one that has ended stays where it is. The applicant is barred for the years that the cycle says (A3).
#[utoipa::path(post, path = "/v1/applications/{application_id}/fraud-decisions", tag = "results",
    extensions(("x-problems" = json!(["stage_conflict", "self_review", "never_submitted", "fraud_decided"]))))]
pub async fn create_fraud_decision(
    call: Allowed<perm::SanctionManage>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<FraudDecisionCreate>,
) -> Outcome<Created<FraudDecision>> {
    expire_due(&call).await?;
    let FraudDecisionCreate { finding, reason } = body.value;
    let decided_by = call.principal.signed_in()?;
    call.write(move |cx| {
        let (row, fraud) = service::decide_fraud(cx, decided_by, id.0, if_match.version(), finding, reason)?;
        let sanctions = service::list_of_application(cx, &row)?.into_iter().map(Sanctioned::from).collect();
        Ok::<_, Error>(FraudDecision {
            application_id: row.id,
            stage: row.stage,
            finding: fraud.finding,
            reason: fraud.reason,
            decided_by: fraud.decided_by,
            decided_at: fraud.decided_at,
            sanctions,
            version: row.version,
        })
    })
    .await
    .map(Into::into)
}

/// 取消资格 / Disqualify an application with an upheld objection
///
/// After an objection to one of its publicities was upheld (4.3c, R7). Nobody is barred by that alone.
#[utoipa::path(post, path = "/v1/applications/{application_id}/disqualification", tag = "results",
    extensions(("x-problems" = json!(["stage_conflict", "ground_missing", "self_review"]))))]
pub async fn disqualify_application(
    call: Allowed<perm::ResultManage>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DisqualificationCreate>,
) -> Outcome<Answer<Application>> {
    expire_due(&call).await?;
    call.write(move |cx| {
        let row = service::disqualify(cx, id.0, if_match.version(), body.value.reason)?;
        Ok::<_, Error>(application_view(cx, row)?)
    })
    .await
    .map(Into::into)
}

/// 登记处分、不得申报、延迟申报 / Record a sanction
#[utoipa::path(post, path = "/v1/sanctions", tag = "results")]
pub async fn create_sanction(
    call: Allowed<perm::SanctionManage>,
    key: IdempotencyKey,
    body: Body<SanctionCreate>,
) -> Outcome<Created<Sanctioned>> {
    let fingerprint = body.fingerprint;
    let SanctionCreate { kind, account_id, organisation_id, ground, reason, from_day, until_day, first_year, last_year } =
        body.value;
    let period = Period { from_day, until_day, first_year, last_year };
    let recorded_by = call.principal.signed_in()?;
    let new = NewSanction { kind, account_id, organisation_id, ground, reason, period };
    call.write_once(key, &fingerprint, move |cx| service::create(cx, recorded_by, new).map(Sanctioned::from)).await
}

/// Which sanctions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SanctionQuery {
    /// On this person.
    pub account_id: Option<AccountId>,
    /// On this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 处分记录 / List sanctions
///
/// An office sees what its committee recorded, the supervisor everything.
#[utoipa::path(get, path = "/v1/sanctions", tag = "results", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_sanctions(call: Allowed<perm::SanctionRead>, query: Query<SanctionQuery>) -> Outcome<Answer<SanctionPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("sanctions|{:?}|{:?}|{:?}", cx.principal.account, query.account_id, query.organisation_id);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, query.account_id, query.organisation_id, before, limit + 1)?;
        SanctionPage::of(rows, limit, keys, &filter, |row| row.id, Sanctioned::from)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_fraud_decision, disqualify_application, create_sanction, list_sanctions);
}
