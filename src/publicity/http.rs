//! Public notices and objections over HTTP.

use super::service::{self, NewObjection, Receipt, Seen, SeenObjection};
use crate::accounts;
use crate::app::Cx;
use crate::applications::service::profile_of;
use crate::applications::{ApplicationRow, settle};
use crate::authz::perm;
use crate::cycles::service::Cycle;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Public, Query, Resource, Routes, page,
    page_limit, routes,
};
use crate::problem::Problem;
use crate::records::publicity::store::RunningFilter;
use crate::records::publicity::{ObjectionStatus, PublicityKind, PublicityRow, PublicityState, rule_of, state_of};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::mask_id_number;
use title_review_core::ids::{AccountId, ApplicationId, ObjectionId, OrganisationId, PublicityId};
use title_review_core::vocabulary::{Level, LevelGroup, Sex, wire_enum};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// When the employer's notice runs.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublicityCreate {
    /// First day; today or later. It counts.
    #[schema(example = "2024-07-29")]
    pub from_date: NaiveDate,
    /// Last day; it counts. When omitted, the day on which the working days that the cycle asks for are full.
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
    /// The employer's, or that of the result.
    pub kind: PublicityKind,
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
    /// Working days, first and last day included.
    #[schema(example = 5)]
    pub working_days: i32,
    /// Working days that the cycle asks for.
    #[schema(example = 5)]
    pub required_working_days: u8,
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

fn text_of(cx: &mut Cx<'_>, application: &ApplicationRow, row: &PublicityRow, cycle: &Cycle) -> Result<PublicityText, Problem> {
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

/// Names of series and specialty.
fn names(cycle: &Cycle, row: &PublicityRow) -> (String, String) {
    let definition = &cycle.definition;
    let series = definition.series(&row.series).map_or_else(|| row.series.clone(), |found| found.name.clone());
    let specialty = definition.specialty(&row.specialty).map_or_else(|| row.specialty.clone(), |found| found.name.clone());
    (series, specialty)
}

fn publicity_view(cx: &mut Cx<'_>, application: &ApplicationRow, seen: Seen) -> Result<Publicity, Problem> {
    let Seen { row, cycle, outdated, in_time, objections } = seen;
    let text = text_of(cx, application, &row, &cycle)?;
    let rule = rule_of(&cycle.definition, row.kind);
    let state = state_of(&row, cx.now);
    let count = |status| {
        objections.iter().filter(|(_, found, _)| *found == status).map(|(_, _, count)| *count).fold(0, u32::saturating_add)
    };
    Ok(Publicity {
        id: row.id,
        application_id: row.application_id,
        kind: row.kind,
        state,
        from_date: row.from_date,
        to_date: row.to_date,
        ends_at: row.ends_at,
        working_days: row.working_days,
        required_working_days: rule.working_days,
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
        version: row.version,
    })
}

page!(
    /// Public notices about an application, oldest first; all of them.
    PublicityPage of Publicity
);

/// 单位公示 / Put up the employer's public notice
///
/// While the application waits for its employer. Both ends count; a later notice takes the place of one that is over or outdated (4.3c).
#[utoipa::path(post, path = "/v1/applications/{application_id}/publicities", tag = "publicity",
    extensions(("x-problems" = json!(["publicity_too_short", "stage_conflict", "out_of_turn", "self_review", "already_exists", "objection_upheld"]))))]
pub async fn create_publicity(
    call: Allowed<perm::PublicityManage>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    body: Body<PublicityCreate>,
) -> Outcome<Created<Publicity>> {
    settle(&call).await?;
    let PublicityCreate { from_date, to_date } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        let row = service::open_employer(cx, id.0, if_match, from_date, to_date)?;
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
    settle(&call).await?;
    call.read(move |cx| {
        let (application, seen) = service::list_of_application(cx, id.0)?;
        let items = seen.into_iter().map(|seen| publicity_view(cx, &application, seen)).collect::<Result<_, _>>()?;
        Ok::<_, Problem>(PublicityPage { items, next_cursor: None, has_more: false, total: None })
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
    settle(&call).await?;
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
/// The employers of those who passed post the result in their own house at the same time (2.4).
#[utoipa::path(put, path = "/v1/publicities/{publicity_id}/posting", tag = "publicity",
    extensions(("x-problems" = json!(["publicity_too_short", "conflict", "self_review"]))))]
pub async fn update_publicity_posting(
    call: Allowed<perm::PublicityManage>,
    id: Path<PublicityId>,
    if_match: IfMatch,
    body: Body<PostingUpdate>,
) -> Outcome<Answer<Publicity>> {
    settle(&call).await?;
    let PostingUpdate { from_date, to_date, place } = body.value;
    call.write(move |cx| {
        let (application, seen) = service::confirm_posting(cx, id.0, if_match, from_date, to_date, place.as_deref())?;
        publicity_view(cx, &application, seen)
    })
    .await
    .map(Into::into)
}

/// A running notice as anybody sees it: no ID number, no birth date, no way to reach the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicNotice {
    /// Its id; objections name it.
    pub id: PublicityId,
    /// The employer's, or that of the result.
    pub kind: PublicityKind,
    /// Of which cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// Title of the cycle.
    pub cycle_title: String,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub name: String,
    /// Name of the employer.
    pub employer_name: Option<String>,
    /// Name of the series.
    #[schema(example = "工程")]
    pub series_name: String,
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Name of the specialty.
    #[schema(example = "测绘")]
    pub specialty_name: String,
    /// Level applied for.
    pub level: Level,
    /// Title of the level.
    #[schema(example = "工程师")]
    pub level_title: String,
    /// First day.
    #[schema(example = "2024-07-29")]
    pub from_date: NaiveDate,
    /// Last day.
    #[schema(example = "2024-08-02")]
    pub to_date: NaiveDate,
    /// First instant after it: objections are taken before it.
    #[schema(value_type = String, format = DateTime, example = "2024-08-03T00:00:00+08:00")]
    pub ends_at: Instant,
    /// Working days, first and last day included.
    #[schema(example = 5)]
    pub working_days: i32,
}

impl Resource for PublicNotice {}

impl PublicNotice {
    fn of(row: PublicityRow, cycle: &Cycle) -> Self {
        let (series_name, specialty_name) = names(cycle, &row);
        let definition = &cycle.definition;
        Self {
            id: row.id,
            kind: row.kind,
            cycle_title: definition.title.clone(),
            name: row.person_name,
            employer_name: row.employer_name,
            series_name,
            specialty_name,
            level_title: definition.level_title(row.level).map_or_else(|| row.level.zh().to_owned(), |found| found.title.clone()),
            cycle_id: row.cycle_id,
            specialty: row.specialty,
            level: row.level,
            from_date: row.from_date,
            to_date: row.to_date,
            ends_at: row.ends_at,
            working_days: row.working_days,
        }
    }
}

page!(
    /// Notices that run now, those that end first in front.
    PublicNoticePage of PublicNotice
);

/// Which running notices.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PublicNoticeQuery {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// Of this kind.
    pub kind: Option<PublicityKind>,
    /// Of this employer.
    pub employer_id: Option<OrganisationId>,
    /// Of this specialty.
    pub specialty: Option<String>,
    /// Of this level.
    pub level: Option<Level>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 公示栏 / List what is public now
///
/// Without an account. A notice is here from 00:00 of its first day to 24:00 of its last, and gone after it.
#[utoipa::path(get, path = "/v1/publicities", tag = "publicity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_publicities(call: Public, query: Query<PublicNoticeQuery>) -> Outcome<Answer<PublicNoticePage>> {
    settle(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = RunningFilter {
            cycle_id: query.cycle_id,
            kind: query.kind,
            employer_id: query.employer_id,
            specialty: query.specialty,
            level: query.level,
        };
        let bound = format!("publicities|{filter:?}");
        let keys = &cx.app.clone().keys;
        let after = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list_running(cx, filter, after, limit + 1)?;
        PublicNoticePage::of(
            rows,
            limit,
            keys,
            &bound,
            |(row, _)| (row.ends_at, row.id),
            |(row, cycle)| PublicNotice::of(row, &cycle),
        )
    })
    .await
    .map(Into::into)
}

/// 一项公示 / Get a notice that is public now
#[utoipa::path(get, path = "/v1/publicities/{publicity_id}", tag = "publicity")]
pub async fn get_publicity(call: Public, id: Path<PublicityId>) -> Outcome<Answer<PublicNotice>> {
    settle(&call).await?;
    call.read(move |cx| {
        let (row, cycle) = service::find_running(cx, id.0)?;
        Ok::<_, Problem>(PublicNotice::of(row, &cycle))
    })
    .await
    .map(Into::into)
}

/// An objection. Who raises it may stay unnamed.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ObjectionCreate {
    /// What is objected.
    #[validate(length(min = 1, max = 4000))]
    #[schema(min_length = 1, max_length = 4000, example = "工作年限与实际不符")]
    pub text: String,
    /// Who objects; kept encrypted, shown only to who decides.
    #[validate(length(min = 1, max = 50))]
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
#[utoipa::path(post, path = "/v1/publicities/{publicity_id}/objections", tag = "publicity", extensions(("x-problems" = json!(["publicity_closed"]))))]
pub async fn create_objection(
    call: Public,
    id: Path<PublicityId>,
    key: IdempotencyKey,
    body: Body<ObjectionCreate>,
) -> Outcome<Created<ObjectionReceipt>> {
    settle(&call).await?;
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

impl From<SeenObjection> for Objection {
    fn from(seen: SeenObjection) -> Self {
        let SeenObjection { row, kind, text, name, contact } = seen;
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
/// The employer sees those to its own notice, the committee office all. Name and contact are shown only to who decides.
#[utoipa::path(get, path = "/v1/applications/{application_id}/objections", tag = "publicity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_objections(
    call: Allowed<perm::ObjectionResolve>,
    id: Path<ApplicationId>,
    query: Query<ObjectionQuery>,
) -> Outcome<Answer<ObjectionPage>> {
    settle(&call).await?;
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

/// 处理异议 / Decide an objection
///
/// The employer decides what was objected to its own notice, the committee office what was objected to a result; once. The applicant is told.
#[utoipa::path(post, path = "/v1/objections/{objection_id}/decision", tag = "publicity", extensions(("x-problems" = json!(["objection_decided", "self_review"]))))]
pub async fn decide_objection(
    call: Allowed<perm::ObjectionResolve>,
    id: Path<ObjectionId>,
    key: IdempotencyKey,
    body: Body<ObjectionDecisionCreate>,
) -> Outcome<Answer<ObjectionDecision>> {
    settle(&call).await?;
    let ObjectionDecisionCreate { finding, reason } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        let (row, kind) = service::decide(cx, id.0, finding == ObjectionFinding::Upheld, &reason)?;
        Ok::<_, Problem>(ObjectionDecision {
            objection_id: row.id,
            application_id: row.application_id,
            publicity_id: row.publicity_id,
            kind,
            status: row.status,
            reason: row.reason,
            decided_by: row.decided_by,
            decided_at: row.decided_at,
        })
    })
    .await
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list;
        create_publicity, list_application_publicities, get_application_publicity, update_publicity_posting, list_publicities, get_publicity,
        create_objection, get_objection, list_objections, decide_objection,
    );
}
