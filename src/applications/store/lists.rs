//! Pages and counts of applications.

use crate::applications::narrow::{Condition, Narrowed};
use crate::applications::record::SummaryRow;
use crate::db::schema::applications;
use crate::db::{Conn, Error};
use diesel::prelude::*;
use title_review_core::ids::ApplicationId;
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::Stage;

/// The columns of [`SummaryRow`], in its order: what a list shows.
type Columns = (
    applications::id,
    applications::applicant_id,
    applications::cycle_id,
    applications::track,
    applications::specialty,
    applications::level,
    applications::stage,
    applications::step,
    applications::stage_since,
    applications::employer_id,
    applications::county,
    applications::committee_submissions,
    applications::lapse_at,
    applications::decide_by,
    applications::undecided_at,
    applications::submitted_at,
    applications::version,
);
const COLUMNS: Columns = (
    applications::id,
    applications::applicant_id,
    applications::cycle_id,
    applications::track,
    applications::specialty,
    applications::level,
    applications::stage,
    applications::step,
    applications::stage_since,
    applications::employer_id,
    applications::county,
    applications::committee_submissions,
    applications::lapse_at,
    applications::decide_by,
    applications::undecided_at,
    applications::submitted_at,
    applications::version,
);

/// What one walk along a list has found.
#[derive(Debug, Default)]
pub struct Portion {
    /// Newest first.
    pub rows: Vec<SummaryRow>,
    /// Where the walk ended before the portion was full or the list was over; everything down to it was looked at.
    pub stopped_at: Option<ApplicationId>,
}

/// Rows looked at in the first step of a walk: enough for a page of most filters, and little to find the end of.
const FIRST_STEP: i64 = 1_000;

/// At most `limit` applications before one of them, newest first. Where filters are only looked at on the way, at most `most` rows are looked
/// at: a combination of filters that hardly ever meets ends a portion early, and the next one goes on from there.
pub fn list_portion(
    conn: &mut Conn,
    narrowed: &Narrowed,
    before: Option<ApplicationId>,
    limit: i64,
    most: i64,
) -> Result<Portion, Error> {
    if narrowed.is_exact() {
        return Ok(Portion { rows: list_between(conn, narrowed, before, None, limit)?, stopped_at: None });
    }
    let mut rows = Vec::new();
    let mut from = before;
    let first = FIRST_STEP.min(most);
    for step in [first, most - first].into_iter().filter(|step| *step > 0) {
        let floor = find_floor(conn, narrowed, from, step)?;
        let wanted = limit - i64::try_from(rows.len()).unwrap_or(limit);
        rows.extend(list_between(conn, narrowed, from, floor, wanted)?);
        let full = i64::try_from(rows.len()).is_ok_and(|found| found >= limit);
        if full || floor.is_none() {
            return Ok(Portion { rows, stopped_at: None });
        }
        from = floor;
    }
    Ok(Portion { rows, stopped_at: from })
}

/// The last of so many rows to which the index leads; `None` if there are fewer.
fn find_floor(
    conn: &mut Conn,
    narrowed: &Narrowed,
    before: Option<ApplicationId>,
    rows: i64,
) -> Result<Option<ApplicationId>, Error> {
    let mut query =
        applications::table.select(applications::id).order(applications::id.desc()).limit(1).offset(rows - 1).into_boxed();
    for condition in narrowed.leading() {
        query = query.filter(condition);
    }
    if let Some(before) = before {
        query = query.filter(applications::id.lt(before));
    }
    Ok(query.first(conn).optional()?)
}

fn list_between(
    conn: &mut Conn,
    narrowed: &Narrowed,
    before: Option<ApplicationId>,
    floor: Option<ApplicationId>,
    limit: i64,
) -> Result<Vec<SummaryRow>, Error> {
    let mut query = applications::table.select(COLUMNS).order(applications::id.desc()).limit(limit).into_boxed();
    for condition in narrowed.leading().chain(narrowed.residual_filters()) {
        query = query.filter(condition);
    }
    if let Some(before) = before {
        query = query.filter(applications::id.lt(before));
    }
    if let Some(floor) = floor {
        query = query.filter(applications::id.ge(floor));
    }
    Ok(query.load(conn)?)
}

/// So many applications at a stage, and at a step of the chain where one reviews there.
pub type Counted = (Stage, Option<ChainStepId>, i64);

/// How many applications, of those for which all conditions hold, the committee returned with less time to correct than the notice gives, and
/// how many the end of the window for formal review found undecided.
pub fn count_marked(conn: &mut Conn, conditions: impl IntoIterator<Item = Condition>) -> Result<(i64, i64), Error> {
    use diesel::dsl::count;
    let mut query =
        applications::table.select((count(applications::short_return_at), count(applications::undecided_at))).into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    Ok(query.get_result(conn)?)
}

/// How many applications there are for which all conditions hold, by stage and step.
pub fn count_by_stage(conn: &mut Conn, conditions: impl IntoIterator<Item = Condition>) -> Result<Vec<Counted>, Error> {
    let mut query = applications::table
        .group_by((applications::stage, applications::step))
        .select((applications::stage, applications::step, diesel::dsl::count_star()))
        .order((applications::stage, applications::step))
        .into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    Ok(query.load(conn)?)
}
