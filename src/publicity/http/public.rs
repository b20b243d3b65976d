//! The board of notices that run, as anybody sees it.

use super::names;
use crate::applications::http::expire_due;
use crate::cycles::service::Cycle;
use crate::http::{Cursor, Outcome, Path, Public, Published, Query, Resource, Routes, page, page_limit, routes};
use crate::publicity::service::{self, Error, RunningFilter};
use crate::records::publicity::{PublicityKind, PublicityRow};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{OrganisationId, PublicityId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::Level;
use utoipa::{IntoParams, ToSchema};

/// A running notice as anybody sees it: no ID number, no birth date, no way to reach the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicNotice {
    /// Its id; objections name it.
    pub id: PublicityId,
    /// That of the result; the others are not public.
    pub kind: PublicityKind,
    /// Step of the chain that asks for it; null for that of a result.
    pub step: Option<ChainStepId>,
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
    /// Days that count, first and last day included.
    #[schema(example = 5)]
    pub days: i32,
}

impl Resource for PublicNotice {}

impl PublicNotice {
    fn of(row: PublicityRow, cycle: &Cycle) -> Self {
        let (series_name, specialty_name) = names(cycle, &row);
        let definition = &cycle.definition;
        Self {
            id: row.id,
            kind: row.kind,
            step: row.step,
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
            days: row.days,
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
/// Without an account: notices of results. That of an employer is put up inside the unit (4.3c), and read under its application. A notice is here from 00:00 of its first day to 24:00 of its last, and gone after it.
#[utoipa::path(get, path = "/v1/publicities", tag = "publicity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_publicities(call: Public, query: Query<PublicNoticeQuery>) -> Outcome<Published<PublicNoticePage, 60>> {
    expire_due(&call).await?;
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
pub async fn get_publicity(call: Public, id: Path<PublicityId>) -> Outcome<Published<PublicNotice, 60>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let (row, cycle) = service::find_running(cx, id.0)?;
        Ok::<_, Error>(PublicNotice::of(row, &cycle))
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_publicities, get_publicity);
}
