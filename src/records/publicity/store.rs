//! Queries on notices and objections.

use super::model::{ObjectionStatus, PublicityKind, PublicityStatus};
use super::rows::{ObjectionRow, PublicityRow};
use super::rules::Counted;
use crate::db::schema::{applications, objections, publicities};
use crate::db::{Conn, Error, ExecuteProven as _, MultiBackend};
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, ObjectionId, OrganisationId, PublicityId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::vocabulary::{Level, Stage};

pub fn insert_publicity(conn: &mut Conn, row: &PublicityRow) -> Result<(), Error> {
    diesel::insert_into(publicities::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

pub fn find_publicity(conn: &mut Conn, id: PublicityId) -> Result<Option<PublicityRow>, Error> {
    Ok(publicities::table.filter(publicities::id.eq(id)).first(conn).optional()?)
}

/// Which notices about an application.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// Those of this step.
    Step(ChainStepId),
    /// Those of any step.
    AnyStep,
    /// Those of the result.
    Result,
}

/// Notices about an application, oldest first, each with its objections that wait and those that were upheld.
pub fn list_counted(conn: &mut Conn, application: ApplicationId, which: Which) -> Result<Vec<(PublicityRow, Vec<Counted>)>, Error> {
    let count = |status: ObjectionStatus| {
        objections::table
            .filter(objections::publicity_id.eq(publicities::id))
            .filter(objections::status.eq(status))
            .count()
            .single_value()
    };
    let of_step: Box<dyn BoxableExpression<publicities::table, MultiBackend, SqlType = Nullable<Bool>>> = match which {
        Which::Step(id) => Box::new(publicities::step.eq(id)),
        Which::AnyStep => Box::new(publicities::step.is_not_null().nullable()),
        Which::Result => Box::new(publicities::step.is_null().nullable()),
    };
    let rows: Vec<(PublicityRow, Option<i64>, Option<i64>)> = publicities::table
        .filter(publicities::application_id.eq(application))
        .filter(of_step)
        .order(publicities::id)
        .select((publicities::all_columns, count(ObjectionStatus::Open), count(ObjectionStatus::Upheld)))
        .load(conn)?;
    let counted = |(row, open, upheld): (PublicityRow, Option<i64>, Option<i64>)| {
        let of = |status, count: Option<i64>| (row.id, status, u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX));
        let counts = vec![of(ObjectionStatus::Open, open), of(ObjectionStatus::Upheld, upheld)];
        (row, counts)
    };
    Ok(rows.into_iter().map(counted).collect())
}

/// All notices about an application, oldest first.
pub fn list_publicities(conn: &mut Conn, application: ApplicationId) -> Result<Vec<PublicityRow>, Error> {
    Ok(publicities::table.filter(publicities::application_id.eq(application)).order(publicities::id).load(conn)?)
}

/// Another notice takes the place of this one.
pub fn set_superseded(conn: &mut Conn, row: &PublicityRow) -> Result<bool, Error> {
    let changed = diesel::update(
        publicities::table
            .filter(publicities::id.eq(row.id))
            .filter(publicities::status.eq(PublicityStatus::Current))
            .filter(publicities::version.eq(row.version)),
    )
    .set((publicities::status.eq(PublicityStatus::Superseded), publicities::version.eq(row.version + 1)))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Takes down what is not over yet.
pub fn set_taken_down(conn: &mut Conn, application: ApplicationId, now: Instant) -> Result<(), Error> {
    diesel::update(
        publicities::table
            .filter(publicities::application_id.eq(application))
            .filter(publicities::status.eq(PublicityStatus::Current))
            .filter(publicities::ends_at.gt(now)),
    )
    .set((publicities::status.eq(PublicityStatus::TakenDown), publicities::version.eq(publicities::version + 1)))
    .execute_proven(conn)?;
    Ok(())
}

/// Takes down whatever counts, over or not.
pub fn set_all_taken_down(conn: &mut Conn, application: ApplicationId) -> Result<(), Error> {
    diesel::update(
        publicities::table
            .filter(publicities::application_id.eq(application))
            .filter(publicities::status.eq(PublicityStatus::Current)),
    )
    .set((publicities::status.eq(PublicityStatus::TakenDown), publicities::version.eq(publicities::version + 1)))
    .execute_proven(conn)?;
    Ok(())
}

/// Withdraws the notice that counts; false if another change came first.
pub fn set_withdrawn(
    conn: &mut Conn,
    row: &PublicityRow,
    reason: &str,
    by: Option<AccountId>,
    now: Instant,
) -> Result<bool, Error> {
    let counting = publicities::table.filter(publicities::id.eq(row.id)).filter(publicities::status.eq(PublicityStatus::Current));
    let changed = diesel::update(counting.filter(publicities::version.eq(row.version)))
        .set((
            publicities::status.eq(PublicityStatus::Withdrawn),
            publicities::withdrawn_at.eq(Some(now)),
            publicities::withdrawn_by.eq(by),
            publicities::withdrawn_reason.eq(Some(reason)),
            publicities::version.eq(row.version + 1),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Whether a notice about the application runs at this instant.
pub fn has_running(conn: &mut Conn, application: ApplicationId, now: Instant) -> Result<bool, Error> {
    let running: i64 = publicities::table
        .filter(publicities::application_id.eq(application))
        .filter(publicities::status.eq(PublicityStatus::Current))
        .filter(publicities::starts_at.le(now))
        .filter(publicities::ends_at.gt(now))
        .count()
        .get_result(conn)?;
    Ok(running > 0)
}

/// Whether an objection to a notice of a step about the application is open or was upheld.
pub fn has_standing_objection(conn: &mut Conn, application: ApplicationId) -> Result<bool, Error> {
    let standing: i64 = objections::table
        .filter(objections::application_id.eq(application))
        .filter(objections::status.ne(ObjectionStatus::Rejected))
        .count()
        .get_result(conn)?;
    Ok(standing > 0)
}

/// What an employer confirms of its own posting (2.4).
pub struct Posting<'a> {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub place: Option<&'a str>,
    pub by: Option<AccountId>,
}

/// Notes the posting over the version that was read; false if another change came first.
pub fn set_posting(conn: &mut Conn, row: &PublicityRow, posting: &Posting<'_>, now: Instant) -> Result<bool, Error> {
    let changed =
        diesel::update(publicities::table.filter(publicities::id.eq(row.id)).filter(publicities::version.eq(row.version)))
            .set((
                publicities::posted_from.eq(Some(posting.from)),
                publicities::posted_to.eq(Some(posting.to)),
                publicities::posted_place.eq(posting.place),
                publicities::posted_by.eq(posting.by),
                publicities::posted_at.eq(Some(now)),
                publicities::version.eq(row.version + 1),
            ))
            .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Which running notices a list shows.
#[derive(Debug, Clone, Default)]
pub struct RunningFilter {
    pub cycle_id: Option<String>,
    pub kind: Option<PublicityKind>,
    pub employer_id: Option<OrganisationId>,
    pub specialty: Option<String>,
    pub level: Option<Level>,
}

/// The notices that run at this instant, those that end first in front.
pub fn list_running(
    conn: &mut Conn,
    filter: RunningFilter,
    now: Instant,
    after: Option<(Instant, PublicityId)>,
    limit: i64,
) -> Result<Vec<PublicityRow>, Error> {
    let mut query = publicities::table
        .filter(publicities::status.eq(PublicityStatus::Current))
        .filter(publicities::kind.eq(PublicityKind::Result))
        .filter(publicities::ends_at.gt(now))
        .filter(publicities::starts_at.le(now))
        .order((publicities::ends_at, publicities::id))
        .limit(limit)
        .into_boxed();
    if let Some(cycle) = filter.cycle_id {
        query = query.filter(publicities::cycle_id.eq(cycle));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(publicities::kind.eq(kind));
    }
    if let Some(employer) = filter.employer_id {
        query = query.filter(publicities::employer_id.eq(employer));
    }
    if let Some(specialty) = filter.specialty {
        query = query.filter(publicities::specialty.eq(specialty));
    }
    if let Some(level) = filter.level {
        query = query.filter(publicities::level.eq(level));
    }
    if let Some((ends_at, id)) = after {
        query = query.filter(publicities::ends_at.gt(ends_at).or(publicities::ends_at.eq(ends_at).and(publicities::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

/// Notices of results of a cycle that count, are of somebody who has it still, and that the employer has not confirmed to have posted; those that end
/// first in front. Of these employers alone, where they are given.
pub fn list_unposted(
    conn: &mut Conn,
    cycle: &str,
    employers: Option<&[OrganisationId]>,
    after: Option<(Instant, PublicityId)>,
    limit: i64,
) -> Result<Vec<PublicityRow>, Error> {
    let mut query = publicities::table
        .inner_join(applications::table.on(applications::id.eq(publicities::application_id)))
        .filter(publicities::cycle_id.eq(cycle))
        .filter(publicities::kind.eq(PublicityKind::Result))
        .filter(publicities::status.eq(PublicityStatus::Current))
        .filter(publicities::posted_at.is_null())
        .filter(applications::stage.eq_any([Stage::Publicised, Stage::Confirmed]))
        .order((publicities::ends_at, publicities::id))
        .limit(limit)
        .select(publicities::all_columns)
        .into_boxed();
    if let Some(employers) = employers {
        query = query.filter(publicities::employer_id.eq_any(employers.to_vec()));
    }
    if let Some((ends_at, id)) = after {
        query = query.filter(publicities::ends_at.gt(ends_at).or(publicities::ends_at.eq(ends_at).and(publicities::id.gt(id))));
    }
    Ok(query.load(conn)?)
}

pub fn insert_objection(conn: &mut Conn, row: &ObjectionRow) -> Result<(), Error> {
    diesel::insert_into(objections::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}

pub fn find_objection(conn: &mut Conn, id: ObjectionId) -> Result<Option<ObjectionRow>, Error> {
    Ok(objections::table.filter(objections::id.eq(id)).first(conn).optional()?)
}

pub fn find_objection_by_receipt(conn: &mut Conn, index: &str) -> Result<Option<ObjectionRow>, Error> {
    Ok(objections::table.filter(objections::receipt_index.eq(index)).first(conn).optional()?)
}

/// Objections to some notices about an application, in the order in which they were raised.
pub fn list_objections(
    conn: &mut Conn,
    application: ApplicationId,
    publicities: &[PublicityId],
    status: Option<ObjectionStatus>,
    after: Option<ObjectionId>,
    limit: i64,
) -> Result<Vec<ObjectionRow>, Error> {
    let mut query = objections::table
        .filter(objections::application_id.eq(application))
        .filter(objections::publicity_id.eq_any(publicities.to_vec()))
        .order(objections::id)
        .limit(limit)
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(objections::status.eq(status));
    }
    if let Some(after) = after {
        query = query.filter(objections::id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// How many objections there are about an application, by notice and status.
pub fn count_objections(conn: &mut Conn, application: ApplicationId) -> Result<Vec<Counted>, Error> {
    let rows: Vec<(PublicityId, ObjectionStatus, i64)> = objections::table
        .filter(objections::application_id.eq(application))
        .group_by((objections::publicity_id, objections::status))
        .select((objections::publicity_id, objections::status, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, status, count)| (id, status, u32::try_from(count).unwrap_or(u32::MAX))).collect())
}

/// Decides those of the objections to a notice that wait; gives how many.
pub fn set_decided(
    conn: &mut Conn,
    publicity: PublicityId,
    ids: &[ObjectionId],
    status: ObjectionStatus,
    reason: &str,
    by: Option<AccountId>,
    now: Instant,
) -> Result<usize, Error> {
    let waiting = objections::table
        .filter(objections::publicity_id.eq(publicity))
        .filter(objections::id.eq_any(ids.to_vec()))
        .filter(objections::status.eq(ObjectionStatus::Open));
    diesel::update(waiting)
        .set((
            objections::status.eq(status),
            objections::reason.eq(Some(reason)),
            objections::decided_by.eq(by),
            objections::decided_at.eq(Some(now)),
        ))
        .execute_proven(conn)
}

/// Objections to a notice by their ids, in the order in which they were raised.
pub fn list_by_ids(conn: &mut Conn, publicity: PublicityId, ids: &[ObjectionId]) -> Result<Vec<ObjectionRow>, Error> {
    let named = objections::table.filter(objections::publicity_id.eq(publicity)).filter(objections::id.eq_any(ids.to_vec()));
    Ok(named.order(objections::id).load(conn)?)
}

/// How many objections to a notice wait, by the digest of the address they came from.
pub fn count_open_by_address(conn: &mut Conn, publicity: PublicityId) -> Result<Vec<(Option<String>, i64)>, Error> {
    Ok(objections::table
        .filter(objections::publicity_id.eq(publicity))
        .filter(objections::status.eq(ObjectionStatus::Open))
        .group_by(objections::address_index)
        .select((objections::address_index, diesel::dsl::count_star()))
        .load(conn)?)
}
