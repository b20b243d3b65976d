//! What others may ask of notices, and their end with their application.

use super::model::{PublicityKind, PublicityStatus};
use super::rows::PublicityRow;
use super::rules::{self, Counted, Newest};
use super::store;
use crate::db::{Conn, Error};
use crate::keys::sha256_hex;
use crate::records::Subject;
use title_review_core::clock::Instant;
use title_review_core::ids::ApplicationId;
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
pub fn newest(
    conn: &mut Conn,
    current: &PublicityRow,
    application: &Subject<'_>,
    now: Instant,
    profile: impl FnOnce(&mut Conn) -> Result<Profile, Error>,
) -> Result<Newest, Error> {
    let outdated = may_differ(current, application) && digest(application, profile(conn)?)? != current.dossier_sha256;
    Ok(Newest { id: current.id, over: current.ends_at <= now, outdated })
}

/// The notice of a kind that counts, and the objections to all of its kind.
pub struct Standing {
    current: PublicityRow,
    objections: Vec<Counted>,
}

/// The notice of a kind that counts; `None` when there is none.
pub fn standing(conn: &mut Conn, application: ApplicationId, kind: PublicityKind) -> Result<Option<Standing>, Error> {
    let rows = store::list_counted(conn, application, kind)?;
    let objections = rows.iter().flat_map(|(_, counted)| counted.iter().copied()).collect();
    let current = rows.into_iter().map(|(row, _)| row).find(|row| row.status == PublicityStatus::Current);
    Ok(current.map(|current| Standing { current, objections }))
}

impl Standing {
    /// The application may say something else by now than the notice made public: its dossier is to be compared.
    #[must_use]
    pub fn may_differ(&self, application: &Subject<'_>) -> bool {
        may_differ(&self.current, application)
    }

    /// What the guards are told (4.3c, R7). `profile`: that of the dossier, where it may differ.
    pub fn facts(&self, application: &Subject<'_>, now: Instant, profile: Option<Profile>) -> Result<PublicityFacts, Error> {
        let outdated = match profile {
            Some(profile) => digest(application, profile)? != self.current.dossier_sha256,
            None => false,
        };
        let newest = Newest { id: self.current.id, over: self.current.ends_at <= now, outdated };
        Ok(rules::guard_facts(newest, &self.objections, &rules::rule_of(application.cycle, self.current.kind).objections))
    }
}

/// While an application waits for its employer nobody edits it: only one that has been away can say something else.
fn may_differ(current: &PublicityRow, application: &Subject<'_>) -> bool {
    current.kind == PublicityKind::Employer && application.stage_since >= current.opened_at
}

/// Objections to notices of one kind.
pub fn count_of_kind(conn: &mut Conn, application: ApplicationId, kind: PublicityKind) -> Result<Vec<Counted>, Error> {
    let mut counted = store::count_objections(conn, application)?;
    if !counted.is_empty() {
        let rows = store::list_publicities(conn, application)?;
        counted.retain(|(id, _, _)| rows.iter().any(|row| row.id == *id && row.kind == kind));
    }
    Ok(counted)
}

/// The application came to an end: what still runs about it is taken down.
pub fn take_down(conn: &mut Conn, application: ApplicationId, now: Instant) -> Result<(), Error> {
    store::set_taken_down(conn, application, now)
}
