//! Defences over HTTP.

use super::error::Error;
use super::service::{self, DefenceView, Ending};
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Resource, Routes, routes};
use crate::problem::{Code, Finding, Problem, Text};
use crate::records::defences::DefenceStage;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};
use utoipa::ToSchema;
use validator::Validate;

/// When and where a defence is held.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DefenceSchedule {
    /// When; has to be ahead.
    pub at: Instant,
    /// Where.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "地区自然资源局3楼会议室")]
    pub place: String,
}

/// How a held defence went.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DefenceOutcome {
    /// Score out of 100.
    #[validate(range(min = 0, max = 100))]
    #[schema(minimum = 0, maximum = 100, example = 85)]
    pub score: i32,
    /// What the committee noted.
    #[validate(length(max = 2000))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// An exemption from the defence.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DefenceExemptionCreate {
    /// Ground, of the cycle's list.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "document_13")]
    pub ground: String,
    /// Who approved it.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "地区职称改革领导小组办公室")]
    pub approver: String,
    /// On what it rests.
    #[validate(length(max = 2000))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// The defence of an application (4.5). Score and note are shown to the committee's office and to supervisors.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApplicationDefence {
    /// Where it stands.
    pub state: DefenceStage,
    /// When it is held; null while it is not scheduled.
    pub at: Option<Instant>,
    /// Where it is held.
    pub place: Option<String>,
    /// Score out of 100.
    pub score: Option<i32>,
    /// What the committee noted.
    pub note: Option<String>,
    /// Ground of an exemption.
    pub ground: Option<String>,
    /// Who approved an exemption.
    pub approver: Option<String>,
    /// Who recorded how it ended.
    pub recorded_by: Option<AccountId>,
    /// When that was recorded.
    pub recorded_at: Option<Instant>,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for ApplicationDefence {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<DefenceView> for ApplicationDefence {
    fn from(view: DefenceView) -> Self {
        let defence = view.defence.as_ref();
        let confidential = defence.filter(|_| view.with_score);
        Self {
            state: view.state,
            at: defence.and_then(|row| row.scheduled_at),
            place: defence.and_then(|row| row.place.clone()),
            score: confidential.and_then(|row| row.score),
            note: confidential.and_then(|row| row.note.clone()),
            ground: defence.and_then(|row| row.ground.clone()),
            approver: defence.and_then(|row| row.approver.clone()),
            recorded_by: confidential.and_then(|row| row.recorded_by),
            recorded_at: defence.and_then(|row| row.recorded_at),
            version: view.row.version,
        }
    }
}

/// 答辩 / Get the defence
#[utoipa::path(get, path = "/v1/applications/{application_id}/defence", tag = "meetings")]
pub async fn get_defence(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<ApplicationDefence>> {
    expire_due(&call).await?;
    call.read(move |cx| service::find(cx, id.0).map(ApplicationDefence::from)).await.map(Into::into)
}

/// 安排答辩 / Schedule the defence
///
/// The applicant is told. Another time or place may be set until it is held.
#[utoipa::path(put, path = "/v1/applications/{application_id}/defence", tag = "meetings",
    extensions(("x-problems" = json!(["defence_not_required", "already_exists", "stage_conflict", "out_of_turn", "self_review", "payment_window_closed"]))))]
pub async fn schedule_defence(
    call: Allowed<perm::DefenceRecord>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DefenceSchedule>,
) -> Outcome<Answer<ApplicationDefence>> {
    expire_due(&call).await?;
    let DefenceSchedule { at, place } = body.value;
    call.write(move |cx| service::schedule(cx, id.0, if_match.version(), at, &place).map(ApplicationDefence::from))
        .await
        .map(Into::into)
}

/// 登记答辩结果 / Record a held defence
///
/// Once, when its time has come.
#[utoipa::path(put, path = "/v1/applications/{application_id}/defence/outcome", tag = "meetings",
    extensions(("x-problems" = json!(["defence_not_required", "defence_missing", "already_exists", "stage_conflict", "out_of_turn", "self_review", "payment_window_closed"]))))]
pub async fn record_defence(
    call: Allowed<perm::DefenceRecord>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DefenceOutcome>,
) -> Outcome<Answer<ApplicationDefence>> {
    expire_due(&call).await?;
    let DefenceOutcome { score, note } = body.value;
    let ending = Ending::Held { score, note };
    call.write(move |cx| service::record(cx, id.0, if_match.version(), ending).map(ApplicationDefence::from)).await.map(Into::into)
}

/// 登记免答辩 / Record an exemption from the defence
///
/// On a ground of the cycle, with who approved it.
#[utoipa::path(put, path = "/v1/applications/{application_id}/defence/exemption", tag = "meetings",
    extensions(("x-problems" = json!(["defence_not_required", "already_exists", "stage_conflict", "out_of_turn", "self_review", "payment_window_closed"]))))]
pub async fn exempt_from_defence(
    call: Allowed<perm::DefenceRecord>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    body: Body<DefenceExemptionCreate>,
) -> Outcome<Answer<ApplicationDefence>> {
    expire_due(&call).await?;
    let DefenceExemptionCreate { ground, approver, note } = body.value;
    let ending = Ending::Exempted { ground, approver, note };
    call.write(move |cx| service::record(cx, id.0, if_match.version(), ending).map(ApplicationDefence::from)).await.map(Into::into)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotRequired => Code::DefenceNotRequired.into(),
            Error::NotHeldYet => Code::DefenceMissing.into(),
            Error::Settled(state) => {
                Self::new(Code::AlreadyExists).state(state).detail("答辩结果已登记", "How the defence ended is on record already")
            }
            Error::Past => Self::field(Code::InvalidField, "/at", "答辩时间已过", "that time is past"),
            Error::UnknownGround { known, clause } => {
                let known = known.join(", ");
                let text = Text::new(format!("免答辩情形为 {known}"), format!("the grounds are {known}"));
                let finding = Finding::field("/ground", Code::InvalidField.as_str(), text).clause(clause, None);
                Self::new(Code::InvalidField).finding(finding)
            }
            Error::Anonymous => Code::Unauthenticated.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; get_defence, schedule_defence, record_defence, exempt_from_defence);
}
