//! Which results still wait for the employer's own posting (2.4).

use super::names;
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::cycles::service::Cycle;
use crate::http::{Allowed, Answer, Cursor, Outcome, Path, Query, Resource, Routes, page, page_limit, routes};
use crate::publicity::postings;
use crate::records::publicity::{PublicityRow, PublicityState, rule_of, state_of};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, OrganisationId, PublicityId};
use title_review_core::vocabulary::Level;
use utoipa::{IntoParams, ToSchema};

/// A result that its employer has not confirmed to have posted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingPosting {
    /// The notice; the employer confirms its posting under this id.
    pub publicity_id: PublicityId,
    /// About which application.
    pub application_id: ApplicationId,
    /// Name of the applicant.
    #[schema(example = "申报人甲")]
    pub name: String,
    /// Whose posting is missing.
    pub employer_id: Option<OrganisationId>,
    /// Name of the employer.
    pub employer_name: Option<String>,
    /// Name of the series.
    #[schema(example = "工程")]
    pub series_name: String,
    /// Name of the specialty.
    #[schema(example = "测绘")]
    pub specialty_name: String,
    /// Level applied for.
    pub level: Level,
    /// First day of the notice; the posting lies within its days.
    #[schema(example = "2024-09-27")]
    pub from_date: NaiveDate,
    /// Last day.
    #[schema(example = "2024-10-09")]
    pub to_date: NaiveDate,
    /// Where the notice stands.
    pub state: PublicityState,
    /// The result is not confirmed before the posting is.
    pub awaited: bool,
}

impl Resource for MissingPosting {}

impl MissingPosting {
    fn of(row: PublicityRow, cycle: &Cycle, now: Instant) -> Self {
        let (series_name, specialty_name) = names(cycle, &row);
        Self {
            state: state_of(&row, now),
            awaited: rule_of(&cycle.definition, row.step).await_posting,
            publicity_id: row.id,
            application_id: row.application_id,
            name: row.person_name,
            employer_id: row.employer_id,
            employer_name: row.employer_name,
            series_name,
            specialty_name,
            level: row.level,
            from_date: row.from_date,
            to_date: row.to_date,
        }
    }
}

page!(
    /// Results that wait for the employer's posting, those whose notice ends first in front.
    MissingPostingPage of MissingPosting
);

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MissingPostingQuery {
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 单位未确认同步公示的结果 / List the results without the employer's posting
///
/// The employers of those who passed post the result on their own premises at the same time and confirm that (2.4). Here is what they have not confirmed:
/// for the committee office and the supervisor all of the cycle, for an employer its own. Empty where the cycle asks for no confirmation.
#[utoipa::path(get, path = "/v1/cycles/{cycle}/missing-postings", tag = "publicity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_missing_postings(
    call: Allowed<perm::PostingRead>,
    cycle: Path<String>,
    query: Query<MissingPostingQuery>,
) -> Outcome<Answer<MissingPostingPage>> {
    expire_due(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let bound = format!("missing_postings|{}", cycle.0);
        let (keys, now) = (&cx.app.clone().keys, cx.now);
        let after = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let (cycle, rows) = postings::list_missing(cx, &cycle.0, after, limit + 1)?;
        MissingPostingPage::of(rows, limit, keys, &bound, |row| (row.ends_at, row.id), |row| MissingPosting::of(row, &cycle, now))
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_missing_postings);
}
