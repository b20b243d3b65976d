//! Proposals over HTTP.

use super::model::{ProposalKind, ProposalRuling, ProposalState, ReinstatementGround};
use super::record::ProposalRow;
use super::service::{self, Error, NewReinstatement};
use super::store::Filter;
use crate::applications::http::expire_due;
use crate::authz::{Permission, perm};
use crate::cycles::model::NewExtension;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, RecentlyAuthenticated, Resource, Routes,
    page, page_limit, routes,
};
use crate::problem::{Code, Finding, Problem, Text};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, ProposalId};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::NotSignedIn(error) => error.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::OwnApplication(_) => Code::SelfReview.into(),
            Error::SamePerson => Code::SecondPersonRequired.into(),
            Error::Decided(state) => Self::new(Code::ProposalDecided)
                .detail(format!("该提议{}", state.zh()), format!("the proposal is {}", state.as_str()))
                .state(state.as_str()),
            Error::Fraud => Code::FraudDecided.into(),
            Error::Open => {
                Self::new(Code::AlreadyExists).detail("该申报已有待确认的提议", "a proposal about the application is open")
            }
            Error::WindowNeeded { closed, clause } => {
                let text = Text::new(
                    format!("原环节的时间窗口已于 {closed} 结束，须写明延长至何时"),
                    format!("the window in which it would go on closed at {closed}: say until when it is to be open"),
                );
                Self::new(Code::InvalidField)
                    .finding(Finding::field("/until", Code::InvalidField.as_str(), text).clause(clause, None))
            }
            Error::UntilInvalid => Self::field(
                Code::InvalidField,
                "/until",
                "须为尚未到来的时间，且该环节须有时间窗口",
                "lies in the past, or no window holds there",
            ),
            Error::Cycles(error) => error.into(),
            Error::Application(error) => error.into(),
            Error::Extension(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// An application that ended by a mistake.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReinstatementPropose {
    /// By which mistake.
    pub ground: ReinstatementGround,
    /// Why, in words; the applicant is told it.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "银行回单显示9月13日已缴费，到账延迟")]
    pub reason: String,
    /// How long the window is kept open for this person in which the application goes on; asked for where it has closed.
    pub until: Option<Instant>,
}

/// A window that is to be kept open longer.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExtensionPropose {
    /// Which.
    pub window: WindowName,
    /// For whom; everyone when omitted.
    pub account_id: Option<AccountId>,
    /// New close, later than the one that holds.
    pub until: Instant,
    /// Why.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What the second person says.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProposalDecide {
    /// Confirm or reject.
    pub decision: ProposalRuling,
    /// Why, for the record.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "已核对银行回单")]
    pub statement: String,
}

/// Why a proposal is withdrawn.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProposalWithdraw {
    /// In words, for the record.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A proposal and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// What is proposed.
    pub kind: ProposalKind,
    /// Where it stands.
    pub state: ProposalState,
    /// In which cycle.
    pub cycle_id: String,
    /// By the office of which committee.
    pub committee_id: OrganisationId,
    /// Which application is to be reinstated.
    pub application_id: Option<ApplicationId>,
    /// By which mistake it ended.
    pub ground: Option<ReinstatementGround>,
    /// Which window is to be kept open longer; null where it is still open.
    pub window: Option<WindowName>,
    /// For whom; null: for everyone.
    pub account_id: Option<AccountId>,
    /// Until when.
    pub until: Option<Instant>,
    /// Why, in words.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: AccountId,
    /// When.
    pub proposed_at: Instant,
    /// Who confirmed, rejected or withdrew it.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// What they said.
    pub statement: Option<String>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Proposal {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/proposals/{}", self.id))
    }
}

impl From<ProposalRow> for Proposal {
    fn from(row: ProposalRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            cycle_id: row.cycle_id,
            committee_id: row.committee_id,
            application_id: row.application_id,
            ground: row.ground,
            window: row.window_name,
            account_id: row.account_id,
            until: row.until,
            reason: row.reason,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
            statement: row.statement,
            version: row.version,
        }
    }
}

page!(
    /// Proposals, newest first.
    ProposalPage of Proposal
);

/// 提议恢复申报 / Propose to reinstate an application
///
/// One that lapsed, was not recommended, not accepted or found ineligible by a mistake. Nothing changes until the supervisor confirms it; then it stands
/// where it stood before its end, with the window that it needs.
#[utoipa::path(post, path = "/v1/applications/{application_id}/reinstatement-proposals", tag = "applications",
    extensions(("x-problems" = json!(["stage_conflict", "already_exists", "fraud_decided", "self_review"]))))]
pub async fn propose_reinstatement(
    call: Allowed<perm::ProposalMake>,
    id: Path<ApplicationId>,
    key: IdempotencyKey,
    body: Body<ReinstatementPropose>,
) -> Outcome<Created<Proposal>> {
    expire_due(&call).await?;
    let ReinstatementPropose { ground, reason, until } = body.value;
    let new = NewReinstatement { ground, reason, until };
    call.write_once(key, &body.fingerprint, move |cx| service::propose_reinstatement(cx, id.0, new).map(Proposal::from)).await
}

/// 提议延长时间窗口 / Propose to keep a window open longer
///
/// For everyone or for one person. Nothing changes until the supervisor confirms it; then what has lapsed by the old close lives again.
#[utoipa::path(post, path = "/v1/cycles/{cycle}/extension-proposals", tag = "cycles", extensions(("x-problems" = json!(["self_review"]))))]
pub async fn propose_extension(
    call: Allowed<perm::ProposalMake>,
    cycle: Path<String>,
    key: IdempotencyKey,
    body: Body<ExtensionPropose>,
) -> Outcome<Created<Proposal>> {
    let ExtensionPropose { window, account_id, until, reason } = body.value;
    let new = NewExtension { window, account: account_id, until, reason };
    call.write_once(key, &body.fingerprint, move |cx| service::propose_extension(cx, &cycle.0, new).map(Proposal::from)).await
}

/// Which proposals.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProposalQuery {
    /// That stand there.
    pub state: Option<ProposalState>,
    /// Of this kind.
    pub kind: Option<ProposalKind>,
    /// About this application.
    pub application_id: Option<ApplicationId>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 提议列表 / List proposals
///
/// The office sees those of its committee, the supervisor all.
#[utoipa::path(get, path = "/v1/proposals", tag = "applications", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_proposals(call: Allowed<perm::ProposalRead>, query: Query<ProposalQuery>) -> Outcome<Answer<ProposalPage>> {
    let ProposalQuery { state, kind, application_id, limit, cursor } = query.0;
    let limit = page_limit(limit)?;
    call.read(move |cx| {
        let scope = format!("proposals|{:?}|{state:?}|{kind:?}|{application_id:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &scope, cursor.as_deref())?;
        let filter = Filter { committees: None, state, kind, application: application_id };
        let rows = service::list(cx, filter, before, limit + 1)?;
        ProposalPage::of(rows, limit, keys, &scope, |row| row.id, Proposal::from)
    })
    .await
    .map(Into::into)
}

/// 提议 / Get a proposal
#[utoipa::path(get, path = "/v1/proposals/{proposal_id}", tag = "applications")]
pub async fn get_proposal(call: Allowed<perm::ProposalRead>, id: Path<ProposalId>) -> Outcome<Answer<Proposal>> {
    call.read(move |cx| service::find(cx, id.0, Permission::ProposalRead).map(Proposal::from)).await.map(Into::into)
}

/// 确认提议 / Confirm or reject a proposal
///
/// By a person other than who proposed it (5.1). A confirmation acts at once.
#[utoipa::path(post, path = "/v1/proposals/{proposal_id}/decision", tag = "applications",
    extensions(("x-problems" = json!(["proposal_decided", "second_person_required", "self_review", "stage_conflict", "one_application_per_year", "fraud_decided"]))))]
pub async fn decide_proposal(
    call: RecentlyAuthenticated<perm::ProposalDecide>,
    id: Path<ProposalId>,
    if_match: IfMatch,
    body: Body<ProposalDecide>,
) -> Outcome<Answer<Proposal>> {
    expire_due(&call).await?;
    let ProposalDecide { decision, statement } = body.value;
    call.write(move |cx| service::decide(cx, id.0, if_match.version(), decision, statement).map(Proposal::from))
        .await
        .map(Into::into)
}

/// 撤回提议 / Withdraw a proposal
#[utoipa::path(post, path = "/v1/proposals/{proposal_id}/withdrawal", tag = "applications", extensions(("x-problems" = json!(["proposal_decided"]))))]
pub async fn withdraw_proposal(
    call: Allowed<perm::ProposalMake>,
    id: Path<ProposalId>,
    if_match: IfMatch,
    body: Body<ProposalWithdraw>,
) -> Outcome<Answer<Proposal>> {
    call.write(move |cx| service::withdraw(cx, id.0, if_match.version(), body.value.reason).map(Proposal::from))
        .await
        .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; propose_reinstatement, propose_extension, list_proposals, get_proposal, decide_proposal, withdraw_proposal);
}
