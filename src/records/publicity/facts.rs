//! What others may ask of notices, and their end with their application.

use super::model::PublicityKind;
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
    // While an application waits for its employer nobody edits it: only one that has been away can say something else.
    let may_differ = current.kind == PublicityKind::Employer && application.stage_since >= current.opened_at;
    let outdated = may_differ && digest(application, profile(conn)?)? != current.dossier_sha256;
    Ok(Newest { id: current.id, over: current.ends_at <= now, outdated })
}

/// The notice of a kind as the guards see it (4.3c, R7); `None` when there is none. `profile` as in [`newest`].
pub fn facts(
    conn: &mut Conn,
    application: &Subject<'_>,
    kind: PublicityKind,
    now: Instant,
    profile: impl FnOnce(&mut Conn) -> Result<Profile, Error>,
) -> Result<Option<PublicityFacts>, Error> {
    let Some(current) = store::find_current(conn, application.id, kind)? else { return Ok(None) };
    let newest = newest(conn, &current, application, now, profile)?;
    let counted = count_of_kind(conn, application.id, kind)?;
    Ok(Some(rules::guard_facts(newest, &counted, &rules::rule_of(application.cycle, kind).objections)))
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
