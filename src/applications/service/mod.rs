//! Use cases on applications, by operation.

mod check;
mod decide;
mod differences;
mod draft;
mod evidence;
mod read;
mod submit;
mod transfer;
mod view;

pub use super::store::Ended;
pub use check::{EligibilityError, check, check_eligibility};
pub use decide::{NewCorrection, Ruling, decide, take_back};
pub use differences::{DifferenceView, DifferencesView, list_differences};
pub use draft::{Filing, create, edit, sign_commitment};
pub use evidence::{EvidenceSide, bump_version_for_evidence, open_evidence};
pub use read::{
    ListFilter, ListScope, count_by_stage, count_marked, find, find_by_grant, find_dossier, find_for, find_seen, list, list_steps,
};
pub use submit::{CorrectionAnswer, recall, submit, withdraw};
pub use transfer::{check_transfer, transfer};
use view::employer_changes;
pub use view::{ApplicationView, CorrectionView, list_corrections, load_view};

use super::error::Error;
use super::facts::{Situation, employer_facts, situation};
use super::record::{ApplicationRow, CorrectionRow, SeenEvidence};
use super::store;
use super::transition::{Note, apply};
use crate::accounts;
use crate::context::{Act, Cx, Part};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db::{self, Conn};
use serde_json::json;
use title_review_core::checks::EvidenceItem;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId};
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{Action, Level, Stage};
use title_review_core::workflow::{self, Relation, window_that_ends};

/// The applications of a cycle go to another committee.
pub fn move_to_committee(cx: &mut Cx<'_>, cycle_id: &str, committee: OrganisationId) -> Result<usize, db::Error> {
    store::set_committee_of_cycle(cx.conn, cycle_id, committee)
}

/// Drafts that were never submitted follow the version of their cycle that is published: its rules and its windows (3.1a).
pub fn follow_cycle(cx: &mut Cx<'_>, cycle: &Cycle) -> Result<(), db::Error> {
    let cycle_id = cycle.definition.id.as_str();
    let drafts = store::set_version_of_drafts(cx.conn, cycle_id, cycle.version)?;
    if drafts == 0 {
        return Ok(());
    }
    cx.record(Act {
        action: "application.follow_cycle",
        object_kind: "cycle",
        object_id: cycle_id.to_owned(),
        clause: Some("3.1a"),
        detail: json!({ "version": cycle.version, "drafts": drafts }),
    })?;
    move_all_lapses(cx, cycle_id, WindowName::Application)
}

/// Applications that an older program let be submitted take their employers over as they are now. One statement for each employer, once.
pub fn take_over_employers(cx: &mut Cx<'_>) -> Result<(), db::Error> {
    let mut taken = 0;
    for id in store::list_employers_not_taken_over(cx.conn)? {
        let employer = match accounts::find_organisation(cx, id) {
            Ok(employer) => employer,
            Err(accounts::Error::Db(error)) => return Err(error),
            Err(_) => continue,
        };
        taken += store::set_employer_facts(cx.conn, id, employer_facts(&employer))?;
    }
    if taken == 0 {
        return Ok(());
    }
    cx.record(Act {
        action: "application.take_over_employer",
        object_kind: "database",
        object_id: "applications".to_owned(),
        clause: Some("1.1a"),
        detail: json!({ "applications": taken }),
    })
}

/// The end of a window of a cycle is another one for everyone: what waits for it lapses then. Who had more time than everyone keeps it.
pub fn move_all_lapses(cx: &mut Cx<'_>, cycle_id: &str, window: WindowName) -> Result<(), db::Error> {
    move_lapses(cx, cycle_id, window, None)?;
    for person in cycles::list_people_extended(cx, cycle_id, window)? {
        move_lapses(cx, cycle_id, window, Some(person))?;
    }
    Ok(())
}

/// A window of a cycle was extended, for everyone or for one person: what waits for its end lapses at the new one. Each application is
/// held to the version of the cycle that it was filed under.
pub fn move_lapses(cx: &mut Cx<'_>, cycle_id: &str, window: WindowName, applicant: Option<AccountId>) -> Result<usize, db::Error> {
    // A correction keeps the due instant that its applicant was told: `Returned` waits for a window only before the committee.
    let before_committee = window == WindowName::Application;
    let stages: Vec<Stage> = Stage::ALL.iter().copied().filter(|stage| window_that_ends(*stage) == Some(window)).collect();
    let mut moved = 0;
    for version in store::list_versions_waiting(cx.conn, cycle_id)? {
        let cycle = cycles::find_version(cx, cycle_id, version)?;
        let extensions = match applicant {
            Some(person) => cycles::extensions_for(cx, cycle_id, person)?,
            None => cycles::extensions_of_everyone(cx, cycle_id)?.0,
        };
        let windows = cycle.windows(&extensions);
        let over = windows.end_of(window);
        let waiting = store::Waiting { cycle_id, version, applicant, stages: &stages, before_committee };
        if window == WindowName::FormalReview {
            store::set_decide_by(cx.conn, &waiting, over, cx.now)?;
        }
        let changed = store::set_lapse_of_window(cx.conn, &waiting, over)?;
        if changed > 0 {
            super::expiry::watch(cx, over)?;
            moved += changed;
        }
    }
    Ok(moved)
}

/// A window of a cycle was extended after it had closed, or business time was set back: what a deadline ended that now lies ahead lives again
/// where it stood. Gives how many.
pub fn revive(cx: &mut Cx<'_>, which: Ended<'_>) -> Result<usize, Error> {
    let mut revived = 0;
    for row in store::list_ended(cx.conn, which)? {
        let mut situation = situation(cx, row)?;
        // Those with a fraud decision are not in the list.
        situation.facts.fraud_decided_before = false;
        let Ok(decision) = workflow::decide(&situation.state, Action::Revive, &Relation::SYSTEM, &situation.facts) else {
            // Another deadline has ended it, or the new close is past, too.
            continue;
        };
        apply(cx, &situation, Action::Revive, &decision, Note::default())?;
        revived += 1;
    }
    Ok(revived)
}

/// The profile of the dossier, as it was last edited or submitted.
pub fn profile_of(conn: &mut Conn, id: ApplicationId) -> Result<Profile, db::Error> {
    store::find_profile(conn, id)
}

/// The corrections that the last return asks for; none where there was no return.
pub fn list_last_corrections(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Vec<CorrectionRow>, db::Error> {
    store::list_last_corrections(cx.conn, id)
}

/// An application as the system itself needs it, whoever asks: what is answered from it is the caller's to judge.
pub fn find_any(cx: &mut Cx<'_>, id: ApplicationId) -> Result<ApplicationRow, Error> {
    store::find_application(cx.conn, id)?.ok_or(Error::NotFound)
}

/// Applications as the system itself needs them, in no order; one that is not there is left out.
pub fn list_any(cx: &mut Cx<'_>, ids: &[ApplicationId]) -> Result<Vec<ApplicationRow>, db::Error> {
    store::list_applications(cx.conn, ids)
}

/// How many submitted applications of a cycle at these levels may still come before a meeting.
pub fn count_under_way(cx: &mut Cx<'_>, cycle_id: &str, levels: &[Level]) -> Result<i64, db::Error> {
    store::count_at(cx.conn, cycle_id, levels, UNDER_WAY)
}

/// Where a submitted application stands that may still come before a meeting.
const UNDER_WAY: &[Stage] = &[Stage::InReview, Stage::FormalReview, Stage::Returned, Stage::Accepted, Stage::Ready];

/// Raises the version of an application about which another slice wrote something, so that its ETag tells.
pub fn bump_version(cx: &mut Cx<'_>, row: &ApplicationRow) -> Result<(), Error> {
    cx.changes_also(&[Part::Application(row.id)]);
    if store::set_version(cx.conn, row.id, row.version, cx.now)? { Ok(()) } else { Err(Error::Changed) }
}

/// The evidence that is there at this moment, for the record of a decision (5.1).
fn evidence_seen(cx: &mut Cx<'_>, situation: &mut Situation) -> Result<Vec<SeenEvidence>, Error> {
    let evidence = situation.basis.evidence(cx, &situation.row, &situation.cycle)?;
    let seen = |item: &EvidenceItem| SeenEvidence { category: item.category.clone(), sha256: item.sha256.clone() };
    Ok(evidence.items.iter().map(seen).collect())
}
