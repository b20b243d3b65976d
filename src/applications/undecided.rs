//! Formal reviews that the end of their window finds undecided (2.2): warned of before, marked and told after. They lapse by nothing, because whose fault
//! it is decides what follows: the office proposes an extension and a second person confirms it.

use super::error::Error;
use super::{service, store};
use crate::accounts;
use crate::context::{Act, App, Cx, Part};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db;
use crate::jobs;
use crate::records::notices;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::vocabulary::Role;

/// Kind of the job that warns of a window that is about to close.
pub const JOB: &str = "applications.warn";

/// Applications marked in one transaction.
const BATCH: i64 = 100;

/// Working days before the end, the last day included, on the first of which the office is warned.
const WARNED_DAYS: usize = 3;

/// Marks what the end of its window found undecided, and tells the applicants. Gives how many.
pub(super) fn mark(cx: &mut Cx<'_>) -> Result<usize, Error> {
    cx.changes_only(&[]);
    let found = store::list_undecided(cx.conn, cx.now, BATCH)?;
    if found.is_empty() {
        return Ok(0);
    }
    let ids: Vec<_> = found.iter().map(|(id, ..)| *id).collect();
    store::set_undecided(cx.conn, &ids)?;
    cx.changes_also(&ids.iter().copied().map(Part::Application).collect::<Vec<_>>());
    // In the order of the instant, which is the same for all but those with more time.
    for together in found.chunk_by(|(.., one), (.., other)| one == other) {
        let told: Vec<_> = together.iter().map(|(id, applicant, _)| (Some(*id), *applicant)).collect();
        let since = together.first().map(|(.., since)| since);
        notices::insert_all(cx, &told, "application.undecided", Some("2.2"), &json!({ "since": since }))?;
    }
    for (id, _, since) in &found {
        cx.record(Act {
            action: "application.undecided",
            object_kind: "application",
            object_id: id.to_string(),
            clause: Some("2.2"),
            detail: json!({ "since": since }),
        })?;
    }
    Ok(found.len())
}

/// Has the office of a cycle's committee warned before the window for formal review closes for everyone, unless that day is over.
pub fn schedule_warning(cx: &mut Cx<'_>, cycle: &Cycle) -> Result<(), db::Error> {
    let definition = &cycle.definition;
    let closes_at = cycle.windows(&cycles::extensions_of_everyone(cx, &definition.id)?.0).end_of(WindowName::FormalReview);
    let last_day = definition.local_date(closes_at.to_utc() - chrono::TimeDelta::microseconds(1));
    let first = cycle.calendar.last_start(last_day, WARNED_DAYS).map_err(|error| db::Error::Other(error.to_string()))?;
    let run_at = Instant::from_utc(definition.start_of_day(first).to_utc());
    if run_at <= cx.now {
        return Ok(());
    }
    let key = format!("{} {}", definition.id, closes_at.micros());
    let payload = json!({ "cycle_id": definition.id, "closes_at": closes_at });
    jobs::enqueue(cx.conn, &*cx.app.ids, cx.now, &jobs::NewJob { kind: JOB, run_at, payload, unique_key: Some(&key) })
}

/// The job: tells the office how many still wait, unless the window was extended meanwhile or nothing waits.
pub async fn warn(app: App, job: jobs::Job) -> Result<(), jobs::Failure> {
    let closes_at: Instant =
        serde_json::from_value(job.payload["closes_at"].clone()).map_err(|error| jobs::Failure(error.to_string()))?;
    let cycle_id = job.payload["cycle_id"].as_str().unwrap_or_default().to_owned();
    app.act_as_system(move |cx| warn_office(cx, &cycle_id, closes_at)).await.map_err(|error| jobs::Failure(error.to_string()))
}

fn warn_office(cx: &mut Cx<'_>, cycle_id: &str, closes_at: Instant) -> Result<(), Error> {
    let Some(cycle) = cycles::find_published(cx, cycle_id)? else { return Ok(()) };
    let extensions = cycles::extensions_of_everyone(cx, cycle_id)?.0;
    let waiting = store::count_in_formal_review(cx.conn, cycle_id)?;
    let Some(committee) = cycles::committee_of(cx, cycle_id)? else { return Ok(()) };
    if waiting == 0 || cycle.windows(&extensions).end_of(WindowName::FormalReview) != closes_at {
        return Ok(());
    }
    let body = json!({ "cycle_id": cycle_id, "closes_at": closes_at, "waiting": waiting });
    let members = accounts::list_members(cx, None, Some(committee))?;
    let office = members.iter().filter(|member| member.role == Role::CommitteeOffice);
    let told: Vec<_> = office.map(|member| (None, member.account_id)).collect();
    if !told.is_empty() {
        notices::insert_all(cx, &told, "review.closing", Some("2.2"), &body)?;
    }
    Ok(())
}

/// What an older program left: the ends of the windows of those who wait.
pub fn catch_up(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    for cycle_id in store::list_cycles_without_end(cx.conn)? {
        service::move_all_lapses(cx, &cycle_id, WindowName::FormalReview)?;
    }
    Ok(())
}
