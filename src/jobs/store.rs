//! The queries of jobs. All are run inside a write.

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Job, NewJob, Policy, State};
use crate::db::schema::jobs;
use crate::db::{self, Both, Conn, Json};
use title_review_core::clock::Instant;
use title_review_core::ids::{IdSource, JobId};

title_review_core::text_column!(State);

/// A job under a lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The job.
    pub job: Job,
    /// The lease: only who holds it may finish, prolong or fail the job.
    pub lease_id: JobId,
}

type Columns = (jobs::id, jobs::kind, jobs::payload, jobs::run_at, jobs::attempts, jobs::last_error);
const COLUMNS: Columns = (jobs::id, jobs::kind, jobs::payload, jobs::run_at, jobs::attempts, jobs::last_error);
type Row = (JobId, String, Json<serde_json::Value>, Instant, i32, Option<String>);

fn job((id, kind, Json(payload), run_at, attempts, last_error): Row) -> Job {
    Job { id, kind, payload, run_at, attempts, last_error }
}

/// Puts a job among those that wait, in the transaction of the act that needs it. Where one of the same kind and key waits already,
/// that one runs at the earlier of both times, with the new payload, and nothing is added.
pub fn enqueue(conn: &mut Conn, ids: &dyn IdSource, now: Instant, new: &NewJob<'_>) -> db::Result<()> {
    let waiting = jobs::table
        .filter(jobs::kind.eq(new.kind))
        .filter(jobs::unique_key.eq(new.unique_key))
        .filter(jobs::state.eq(State::Waiting));
    let payload = Json(new.payload.clone());
    let row = (
        jobs::id.eq(JobId::new(ids, now)),
        jobs::kind.eq(new.kind),
        jobs::unique_key.eq(new.unique_key),
        jobs::payload.eq(&payload),
        jobs::state.eq(State::Waiting),
        jobs::run_at.eq(new.run_at),
        jobs::attempts.eq(0),
        jobs::created_at.eq(now),
    );
    if Both(diesel::insert_into(jobs::table).values(row).on_conflict_do_nothing()).execute(conn)? == 1 {
        return Ok(());
    }
    let found: Option<(JobId, Instant)> = waiting.select((jobs::id, jobs::run_at)).first(conn).optional()?;
    if let Some((id, run_at)) = found {
        let change = (jobs::run_at.eq(run_at.min(new.run_at)), jobs::payload.eq(payload));
        diesel::update(jobs::table.find(id)).set(change).execute(conn)?;
    }
    Ok(())
}

/// Jobs of these kinds that are due: waiting and due by the business clock (`due`) with no try put off, or leased by a runner that was
/// lost (`now`, session clock).
fn due_jobs<'a>(kinds: &'a [&'a str], due: Instant, now: Instant) -> jobs::BoxedQuery<'a, db::MultiBackend> {
    let waiting = jobs::state
        .eq(State::Waiting)
        .and(jobs::run_at.le(due))
        .and(jobs::retry_at.is_null().or(jobs::retry_at.assume_not_null().le(now)));
    let lost = jobs::state.eq(State::Leased).and(jobs::leased_until.assume_not_null().le(now));
    jobs::table.filter(jobs::kind.eq_any(kinds)).filter(waiting.or(lost)).into_boxed()
}

/// How many jobs of these kinds are due.
pub fn count_due(conn: &mut Conn, kinds: &[&str], due: Instant, now: Instant) -> db::Result<i64> {
    Ok(due_jobs(kinds, due, now).count().get_result(conn)?)
}

/// How many jobs of each kind wait, run or are parked; those that are done are not looked at.
pub fn count_open(conn: &mut Conn) -> db::Result<Vec<(String, State, i64)>> {
    // Each condition word for word as its partial index has it: with a bound value SQLite does not take the index.
    let live = sql::<Bool>("state IN ('waiting', 'leased')");
    let mut counts: Vec<(String, State, i64)> =
        jobs::table.filter(live).group_by((jobs::kind, jobs::state)).select((jobs::kind, jobs::state, count_star())).load(conn)?;
    let parked = jobs::table.filter(sql::<Bool>("state = 'parked'")).group_by(jobs::kind).select((jobs::kind, count_star()));
    counts.extend(parked.load::<(String, i64)>(conn)?.into_iter().map(|(kind, count)| (kind, State::Parked, count)));
    Ok(counts)
}

/// Takes the job of these kinds that has been due longest, under a new lease. A job whose runners were lost again and again is parked on
/// the way: it may be what kills them.
pub fn claim(
    conn: &mut Conn,
    ids: &dyn IdSource,
    kinds: &[&str],
    due: Instant,
    now: Instant,
    policy: &Policy,
) -> db::Result<Option<Claim>> {
    loop {
        let found = due_jobs(kinds, due, now)
            .order((jobs::run_at, jobs::id))
            .select((COLUMNS, jobs::lease_id))
            .first::<(Row, Option<JobId>)>(conn);
        let Some((row, old_lease)) = found.optional()? else { return Ok(None) };
        let mut job = job(row);
        if job.attempts >= policy.most_attempts {
            park(conn, job.id, "its runners were lost again and again", now)?;
            continue;
        }
        job.attempts += 1;
        let lease_id = JobId::new(ids, now);
        let lease = (
            jobs::state.eq(State::Leased),
            jobs::attempts.eq(job.attempts),
            jobs::lease_id.eq(Some(lease_id)),
            jobs::leased_until.eq(Some(now.plus(policy.lease))),
            jobs::retry_at.eq(None::<Instant>),
        );
        // The condition decides between two runners: the lease is as it was read.
        let same = jobs::table
            .find(job.id)
            .filter(jobs::attempts.eq(job.attempts - 1))
            .filter(jobs::state.eq_any([State::Waiting, State::Leased]));
        let taken = match old_lease {
            None => diesel::update(same.filter(jobs::lease_id.is_null())).set(lease).execute(conn)?,
            Some(old) => diesel::update(same.filter(jobs::lease_id.eq(old))).set(lease).execute(conn)?,
        };
        if taken == 1 {
            return Ok(Some(Claim { job, lease_id }));
        }
    }
}

/// Keeps the lease alive. False if it was lost.
pub fn prolong(conn: &mut Conn, claim: &Claim, now: Instant, policy: &Policy) -> db::Result<bool> {
    let held = jobs::table.find(claim.job.id).filter(jobs::state.eq(State::Leased)).filter(jobs::lease_id.eq(claim.lease_id));
    Ok(diesel::update(held).set(jobs::leased_until.eq(Some(now.plus(policy.lease)))).execute(conn)? == 1)
}

/// The job is done. False if the lease was lost: another runner has the job.
pub fn finish(conn: &mut Conn, claim: &Claim, now: Instant) -> db::Result<bool> {
    let held = jobs::table.find(claim.job.id).filter(jobs::state.eq(State::Leased)).filter(jobs::lease_id.eq(claim.lease_id));
    let done = (jobs::state.eq(State::Done), jobs::finished_at.eq(Some(now)), jobs::leased_until.eq(None::<Instant>));
    Ok(diesel::update(held).set(done).execute(conn)? == 1)
}

/// The job failed: it waits for its next try, or is parked after too many. Where the same thing waits to be done anyway, this job is over.
/// False if the lease was lost.
pub fn fail(conn: &mut Conn, claim: &Claim, reason: &str, now: Instant, policy: &Policy) -> db::Result<bool> {
    let held = jobs::table.find(claim.job.id).filter(jobs::state.eq(State::Leased)).filter(jobs::lease_id.eq(claim.lease_id));
    let Some(unique_key) = held.select(jobs::unique_key).first::<Option<String>>(conn).optional()? else { return Ok(false) };
    if claim.job.attempts >= policy.most_attempts {
        park(conn, claim.job.id, reason, now)?;
        return Ok(true);
    }
    let same = jobs::table
        .filter(jobs::kind.eq(&claim.job.kind))
        .filter(jobs::unique_key.eq(unique_key))
        .filter(jobs::state.eq(State::Waiting));
    if same.count().get_result::<i64>(conn)? > 0 {
        let over = (
            jobs::state.eq(State::Done),
            jobs::finished_at.eq(Some(now)),
            jobs::last_error.eq(Some(reason)),
            jobs::leased_until.eq(None::<Instant>),
        );
        diesel::update(jobs::table.find(claim.job.id)).set(over).execute(conn)?;
        return Ok(true);
    }
    let again = (
        jobs::state.eq(State::Waiting),
        jobs::lease_id.eq(None::<JobId>),
        jobs::leased_until.eq(None::<Instant>),
        jobs::retry_at.eq(Some(now.plus(policy.wait_after(claim.job.attempts)))),
        jobs::last_error.eq(Some(reason)),
    );
    diesel::update(jobs::table.find(claim.job.id)).set(again).execute(conn)?;
    Ok(true)
}

fn park(conn: &mut Conn, id: JobId, reason: &str, now: Instant) -> db::Result<()> {
    let parked = (
        jobs::state.eq(State::Parked),
        jobs::finished_at.eq(Some(now)),
        jobs::last_error.eq(Some(reason)),
        jobs::leased_until.eq(None::<Instant>),
    );
    diesel::update(jobs::table.find(id)).set(parked).execute(conn)?;
    Ok(())
}

/// The jobs that were given up, the oldest first.
pub fn list_parked(conn: &mut Conn) -> db::Result<Vec<Job>> {
    let rows: Vec<Row> = jobs::table.filter(jobs::state.eq(State::Parked)).order(jobs::id).select(COLUMNS).load(conn)?;
    Ok(rows.into_iter().map(job).collect())
}

/// Lets a parked job be tried afresh.
pub fn release_parked(conn: &mut Conn, id: JobId) -> db::Result<()> {
    let parked = jobs::table.find(id).filter(jobs::state.eq(State::Parked));
    let fresh = (
        jobs::state.eq(State::Waiting),
        jobs::attempts.eq(0),
        jobs::lease_id.eq(None::<JobId>),
        jobs::retry_at.eq(None::<Instant>),
        jobs::finished_at.eq(None::<Instant>),
    );
    match diesel::update(parked).set(fresh).execute(conn)? {
        0 => Err(db::Error::NotFound),
        _ => Ok(()),
    }
}
