//! What others may ask of notices, and their end with their application.

use super::model::PublicityStatus;
use super::rows::PublicityRow;
use super::rules::{self, Counted, Newest};
use super::store::{self, Which};
use crate::db::{Conn, Error};
use crate::keys::sha256_hex;
use crate::records::Subject;
use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::ids::ApplicationId;
use title_review_core::open_terms::ChainStepId;
use title_review_core::profiles::Profile;
use title_review_core::workflow::PublicityFacts;

/// Digest of what a notice makes public: the dossier and what it is for. How to reach the applicant is no part of it.
pub fn digest(application: &Subject<'_>, mut profile: Profile) -> Result<String, Error> {
    profile.email = None;
    let said = (&profile, application.track, application.series, application.specialty, application.level, application.employer_id);
    let text = serde_json::to_string(&said).map_err(|error| Error::Other(error.to_string()))?;
    Ok(sha256_hex(text.as_bytes()))
}

/// What there is to know of the notice that counts. `profile` reads the profile of the application's dossier; it is called only if that may have changed.
pub fn newest<E: From<Error>>(
    current: &PublicityRow,
    application: &Subject<'_>,
    now: Instant,
    profile: impl FnOnce() -> Result<Profile, E>,
) -> Result<Newest, E> {
    // While an application waits for a reviewer nobody edits it: only one that has been away can say something else.
    let may_differ = current.step.is_some() && application.stage_since >= current.opened_at;
    let outdated = may_differ && digest(application, profile()?)? != current.dossier_sha256;
    Ok(Newest { id: current.id, begun: current.starts_at <= now, over: current.ends_at <= now, outdated })
}

/// The notice that counts at its step, and the objections to all of the step.
pub struct Standing {
    /// The notice.
    pub current: PublicityRow,
    objections: Vec<Counted>,
}

/// The notice of a step, or that of the result without one, that counts; `None` when there is none.
pub fn standing(conn: &mut Conn, application: ApplicationId, step: Option<ChainStepId>) -> Result<Option<Standing>, Error> {
    Ok(among(store::list_counted(conn, application, step.map_or(Which::Result, Which::Step))?).pop())
}

/// The notices of the steps of its chain that count.
pub fn standings(conn: &mut Conn, application: ApplicationId) -> Result<Vec<Standing>, Error> {
    Ok(among(store::list_counted(conn, application, Which::AnyStep)?))
}

/// Those of the notices that count, each with the objections to all of its step: there is one of a step.
fn among(rows: Vec<(PublicityRow, Vec<Counted>)>) -> Vec<Standing> {
    let objections_of =
        |step| rows.iter().filter(move |(row, _)| row.step == step).flat_map(|(_, counted)| counted.iter().copied());
    let current = rows.iter().map(|(row, _)| row).filter(|row| row.status == PublicityStatus::Current);
    current.map(|row| Standing { current: row.clone(), objections: objections_of(row.step).collect() }).collect()
}

impl Standing {
    /// What the guards are told of it (4.3c, R7).
    #[must_use]
    pub fn guard_facts(&self, newest: Newest, cycle: &CycleDefinition) -> PublicityFacts {
        let rule = rules::rule_of(cycle, self.current.step);
        let posting_missing = rule.await_posting && self.current.posted_at.is_none();
        PublicityFacts { posting_missing, ..rules::guard_facts(newest, &self.objections, &rule.objections) }
    }

    /// What an acceptance is told of it (4.3c): it has to speak of this employer, specialty and level. What else of the dossier has changed since,
    /// on a return, is shown to who reviews, and is not made public anew.
    #[must_use]
    pub fn facts_for(&self, application: &Subject<'_>, now: Instant) -> PublicityFacts {
        let current = &self.current;
        let newest = Newest {
            id: current.id,
            begun: current.starts_at <= now,
            over: current.ends_at <= now,
            outdated: !rules::covers(current, application),
        };
        self.guard_facts(newest, application.cycle)
    }
}

/// Whether a notice about the application runs now, or an objection to one is open or was upheld.
pub fn runs(conn: &mut Conn, application: ApplicationId, now: Instant) -> Result<bool, Error> {
    Ok(store::has_running(conn, application, now)? || store::has_standing_objection(conn, application)?)
}

/// The application left its employer: none of its notices counts any more.
pub fn withdraw_all(conn: &mut Conn, application: ApplicationId) -> Result<(), Error> {
    store::set_all_taken_down(conn, application)
}

/// The application came to an end: what still runs about it is taken down.
pub fn take_down(conn: &mut Conn, application: ApplicationId, now: Instant) -> Result<(), Error> {
    store::set_taken_down(conn, application, now)
}
