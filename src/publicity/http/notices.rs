//! Notices as those see them who may read the application: putting one up, reading them, confirming a posting.

use super::names;
use crate::accounts;
use crate::applications::ApplicationRow;
use crate::applications::http::expire_due;
use crate::applications::service::profile_of;
use crate::authz::perm;
use crate::context::Cx;
use crate::cycles::service::Cycle;
use crate::http::{
    Allowed, Answer, Body, Created, IdempotencyKey, IfMatch, Outcome, Path, Resource, Routes, one_line, page, routes,
};
use crate::publicity::service::{self, Error, NoticeView};
use crate::records::publicity::{ObjectionStatus, PublicityKind, PublicityRow, PublicityState, rule_of, state_of};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::PeriodCounting;
use title_review_core::identity_numbers::mask_id_number;
use title_review_core::ids::{AccountId, ApplicationId, PublicityId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{LevelGroup, Sex};
use utoipa::ToSchema;
use validator::Validate;

/// When the notice runs.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublicityCreate {
    /// First day; today or later. It counts.
    #[schema(example = "2024-07-29")]
    pub from_date: NaiveDate,
    /// Last day; it counts. When omitted, the day on which the days that the cycle asks for are full.
    #[schema(example = "2024-08-02")]
    pub to_date: Option<NaiveDate>,
}

/// What the notice says of the applicant, as the template words it (A1). The resident ID is masked in its middle.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicityText {
    /// Name.
    #[schema(example = "申报人甲")]
    pub name: String,
    /// Sex.
    pub sex: Option<Sex>,
    /// Ethnicity.
    pub ethnicity: Option<String>,
    /// Political status.
    pub political_status: Option<String>,
    /// Resident ID, masked in its middle digits.
    #[schema(example = "110105********002X")]
    pub id_number_masked: Option<String>,
    /// Titles held, the newest first.
    #[schema(example = json!(["助理工程师"]))]
    pub titles: Vec<String>,
    /// Name of the series.
    #[schema(example = "工程")]
    pub series_name: String,
    /// Name of the specialty.
    #[schema(example = "测绘")]
    pub specialty_name: String,
    /// 初级, 中级 or 高级.
    pub level_group: LevelGroup,
}

/// The employer's own posting of a result (2.4).
#[derive(Debug, Serialize, ToSchema)]
pub struct Posting {
    /// First day.
    pub from_date: NaiveDate,
    /// Last day.
    pub to_date: NaiveDate,
    /// Where.
    pub place: Option<String>,
    /// Who confirmed it.
    pub confirmed_by: Option<AccountId>,
    /// When.
    pub confirmed_at: Instant,
}

/// A public notice, for those who may read its application.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publicity {
    /// Its id.
    pub id: PublicityId,
    /// About which application.
    pub application_id: ApplicationId,
    /// The employer's, another reviewer's, or that of the result.
    pub kind: PublicityKind,
    /// Step of the chain that asks for it; null for that of a result.
    pub step: Option<ChainStepId>,
    /// Where it stands now.
    pub state: PublicityState,
    /// First day.
    #[schema(example = "2024-07-29")]
    pub from_date: NaiveDate,
    /// Last day.
    #[schema(example = "2024-08-02")]
    pub to_date: NaiveDate,
    /// First instant after it: 24:00 of its last day.
    #[schema(value_type = String, format = DateTime, example = "2024-08-03T00:00:00+08:00")]
    pub ends_at: Instant,
    /// Days that count, first and last day included.
    #[schema(example = 5)]
    pub days: i32,
    /// Days that the cycle asks for.
    #[schema(example = 5)]
    pub required_days: u8,
    /// Which days count.
    pub counting: PeriodCounting,
    /// Clause that asks for them.
    #[schema(example = "4.3c")]
    pub clause: String,
    /// It is the newest of its kind, its last day is over, and the application still says what it made public.
    pub finished: bool,
    /// The application was changed after a return: a new notice has to run.
    pub outdated: bool,
    /// It ends before the application window closes (2.1); null for that of a result.
    pub in_time: Option<bool>,
    /// Objections to it that wait for their decision.
    pub open_objections: u32,
    /// Objections to it that were found right.
    pub upheld_objections: u32,
    /// Objections to it that were found wrong.
    pub rejected_objections: u32,
    /// What it says (A1).
    pub text: PublicityText,
    /// The employer's own posting, once confirmed; for a result.
    pub posting: Option<Posting>,
    /// Who put it up.
    pub opened_by: Option<AccountId>,
    /// When.
    pub opened_at: Instant,
    /// When who put it up withdrew it; null otherwise.
    pub withdrawn_at: Option<Instant>,
    /// Why.
    pub withdrawn_reason: Option<String>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Publicity {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/applications/{}/publicities/{}", self.application_id, self.id))
    }
}

fn text_of(cx: &mut Cx<'_>, application: &ApplicationRow, row: &PublicityRow, cycle: &Cycle) -> Result<PublicityText, Error> {
    let profile = profile_of(cx.conn, application.id)?;
    let account = accounts::find_account(cx, application.applicant_id)?;
    let id_number = accounts::id_number_of(cx, &account)?;
    let mut titles = profile.titles;
    titles.sort_by_key(|title| std::cmp::Reverse(title.obtained_on));
    let (series_name, specialty_name) = names(cycle, row);
    Ok(PublicityText {
        name: row.person_name.clone(),
        sex: profile.sex,
        ethnicity: profile.ethnicity,
        political_status: profile.political_status,
        id_number_masked: id_number.as_deref().map(mask_id_number),
        titles: titles.into_iter().map(|title| title.name).collect(),
        series_name,
        specialty_name,
        level_group: row.level.group(),
    })
}

fn publicity_view(cx: &mut Cx<'_>, application: &ApplicationRow, seen: NoticeView) -> Result<Publicity, Error> {
    let NoticeView { row, cycle, outdated, in_time, objections } = seen;
    let text = text_of(cx, application, &row, &cycle)?;
    let rule = rule_of(&cycle.definition, row.step);
    let state = state_of(&row, cx.now);
    let count = |status| {
        objections.iter().filter(|(_, found, _)| *found == status).map(|(_, _, count)| *count).fold(0, u32::saturating_add)
    };
    Ok(Publicity {
        id: row.id,
        application_id: row.application_id,
        kind: row.kind,
        step: row.step,
        state,
        from_date: row.from_date,
        to_date: row.to_date,
        ends_at: row.ends_at,
        days: row.days,
        required_days: rule.days,
        counting: rule.counting,
        clause: rule.clause.clone(),
        finished: state == PublicityState::Over && !outdated,
        outdated,
        in_time,
        open_objections: count(ObjectionStatus::Open),
        upheld_objections: count(ObjectionStatus::Upheld),
        rejected_objections: count(ObjectionStatus::Rejected),
        text,
        posting: match (row.posted_from, row.posted_to, row.posted_at) {
            (Some(from_date), Some(to_date), Some(confirmed_at)) => {
                Some(Posting { from_date, to_date, place: row.posted_place, confirmed_by: row.posted_by, confirmed_at })
            }
            _ => None,
        },
        opened_by: row.opened_by,
        opened_at: row.opened_at,
        withdrawn_at: row.withdrawn_at,
        withdrawn_reason: row.withdrawn_reason,
        version: row.version,
    })
}

page!(
    /// Public notices about an application, oldest first; all of them.
    PublicityPage of Publicity
);

/// 公示 / Put up the public notice of a step
///
/// While the application waits at a step of its chain that asks for one, such as the employer's. Both ends count; a later notice takes the place of one that is over or outdated (4.3c).
#[utoipa::path(post, path = "/v1/applications/{application_id}/publicities", tag = "publicity",
    extensions(("x-problems" = json!(["publicity_too_short", "stage_conflict", "out_of_turn", "self_review", "already_exists", "objection_upheld"]))))]
pub async fn create_publicity(
    call: Allowed<perm::PublicityManage>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<PublicityCreate>,
) -> Outcome<Created<Publicity>> {
    expire_due(&call).await?;
    let PublicityCreate { from_date, to_date } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        let row = service::open_of_step(cx, id.0, if_match.version(), from_date, to_date)?;
        let (application, seen) = service::find_of_application(cx, id.0, row.id)?;
        publicity_view(cx, &application, seen)
    })
    .await
}

/// 申报的公示 / List the public notices about an application
#[utoipa::path(get, path = "/v1/applications/{application_id}/publicities", tag = "publicity")]
pub async fn list_application_publicities(
    call: Allowed<perm::ApplicationRead>,
    id: Path<ApplicationId>,
) -> Outcome<Answer<PublicityPage>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let (application, seen) = service::list_of_application(cx, id.0)?;
        let items = seen.into_iter().map(|seen| publicity_view(cx, &application, seen)).collect::<Result<_, _>>()?;
        Ok::<_, Error>(PublicityPage { items, next_cursor: None, has_more: false })
    })
    .await
    .map(Into::into)
}

/// Application and notice.
#[derive(Deserialize)]
pub struct PublicityPath {
    application_id: ApplicationId,
    publicity_id: PublicityId,
}

/// 申报的一项公示 / Get a public notice about an application
#[utoipa::path(get, path = "/v1/applications/{application_id}/publicities/{publicity_id}", tag = "publicity")]
pub async fn get_application_publicity(
    call: Allowed<perm::ApplicationRead>,
    id: Path<PublicityPath>,
) -> Outcome<Answer<Publicity>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let (application, seen) = service::find_of_application(cx, id.0.application_id, id.0.publicity_id)?;
        publicity_view(cx, &application, seen)
    })
    .await
    .map(Into::into)
}

/// The employer's own posting of a result.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PostingUpdate {
    /// First day; not in the future.
    #[schema(example = "2024-11-18")]
    pub from_date: NaiveDate,
    /// Last day; both count.
    #[schema(example = "2024-11-22")]
    pub to_date: NaiveDate,
    /// Where it was posted.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "单位公示栏")]
    pub place: Option<String>,
}

/// 确认本单位同步公示 / Confirm the employer's own posting of a result
///
/// The employers of those who passed post the result on their own premises at the same time (2.4).
#[utoipa::path(put, path = "/v1/publicities/{publicity_id}/posting", tag = "publicity",
    extensions(("x-problems" = json!(["publicity_too_short", "conflict", "self_review"]))))]
pub async fn update_publicity_posting(
    call: Allowed<perm::PublicityManage>,
    id: Path<PublicityId>,
    if_match: IfMatch,
    body: Body<PostingUpdate>,
) -> Outcome<Answer<Publicity>> {
    expire_due(&call).await?;
    let PostingUpdate { from_date, to_date, place } = body.value;
    call.write(move |cx| {
        let (application, seen) = service::confirm_posting(cx, id.0, if_match.version(), from_date, to_date, place.as_deref())?;
        publicity_view(cx, &application, seen)
    })
    .await
    .map(Into::into)
}

/// Why a notice is withdrawn.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublicityWithdrawalCreate {
    /// In words, for the record; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "公示起始日期填写有误，重新公示")]
    pub reason: String,
}

/// 撤回公示 / Withdraw a public notice
///
/// One with a wrong day or text, by who put it up: the reviewer of its step while the application waits there, the committee office for a result that is
/// not confirmed. An objection to it is decided first, and one that was upheld keeps it up. It never counts again; another can be put up, for a result by
/// publicising it anew. What was objected stays on record.
#[utoipa::path(post, path = "/v1/publicities/{publicity_id}/withdrawal", tag = "publicity",
    extensions(("x-problems" = json!(["publicity_not_current", "objection_open", "objection_upheld", "stage_conflict", "out_of_turn", "self_review"]))))]
pub async fn withdraw_publicity(
    call: Allowed<perm::PublicityWithdraw>,
    id: Path<PublicityId>,
    if_match: IfMatch,
    body: Body<PublicityWithdrawalCreate>,
) -> Outcome<Answer<Publicity>> {
    expire_due(&call).await?;
    call.write(move |cx| {
        let (application, seen) = service::withdraw(cx, id.0, if_match.version(), body.value.reason)?;
        publicity_view(cx, &application, seen)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_publicity, list_application_publicities, get_application_publicity, update_publicity_posting, withdraw_publicity);
}
