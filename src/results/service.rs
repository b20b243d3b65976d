//! Use cases: publicising and confirming results, issuing, revoking and checking certificates.

use crate::applications::{self, ApplicationRow, Note, apply, situation};
use crate::audit::{self, AuditFilter, heads, rows};
use crate::authz::Permission;
use crate::context::{Act, Cx};
use crate::context::{Version, VersionMismatch};
use crate::db;
use crate::disclosures;
use crate::meetings;
use crate::meetings::record::{CandidateRow, MeetingRow};
use crate::publicity;
use crate::records::certificates::{CertificateRow, RevocationRow, store};
use chrono::NaiveDate;
use serde_json::json;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::{Action, Role, Stage};

/// Why an act on a result is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such certificate.
    #[error("not found")]
    NotFound,
    /// The meeting or the application has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Results are made public after the meeting has closed.
    #[error("the meeting is not closed")]
    MeetingOpen,
    /// Nobody whom the meeting passed waits for publicity.
    #[error("nobody waits for publicity")]
    NobodyWaits,
    /// The meeting.
    #[error(transparent)]
    Meeting(#[from] meetings::Error),
    /// The notice of the result.
    #[error(transparent)]
    Publicity(#[from] publicity::Error),
    /// The application refuses it.
    #[error(transparent)]
    Application(#[from] applications::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

fn office_note() -> Note {
    Note { role: Some(Role::CommitteeOffice), ..Note::default() }
}

/// Publicises those whom a closed meeting passed and who are not publicised yet (2.4, R7); gives their applications.
pub fn publicise(cx: &mut Cx<'_>, meeting: MeetingId, read: Version, from: NaiveDate) -> Result<Vec<ApplicationRow>, Error> {
    cx.changes_only(&[]);
    let row = meetings::service::find_for(cx, meeting, Permission::ResultManage)?;
    read.check(row.version)?;
    if row.closed_at.is_none() {
        return Err(Error::MeetingOpen);
    }
    let mut publicised = Vec::new();
    let mut starts = cx.now;
    for candidate in meetings::service::list_candidates(cx, meeting)? {
        let application = applications::service::find_for(cx, candidate.application_id, Permission::ResultManage)?;
        if application.stage != Stage::Passed {
            continue;
        }
        let situation = situation(cx, application)?;
        let decision = situation.decide(Action::Publicise, None)?;
        let (application, _) = apply(cx, &situation, Action::Publicise, &decision, office_note())?;
        publicity::open_result(cx, &application, &situation.cycle, from)?;
        starts = starts.max(Instant::from_utc(situation.cycle.definition.start_of_day(from).to_utc()));
        publicised.push(application);
    }
    if publicised.is_empty() {
        return Err(Error::NobodyWaits);
    }
    cx.record(Act {
        action: "meeting.publicise",
        object_kind: "meeting",
        object_id: meeting.to_string(),
        clause: Some("2.4"),
        detail: json!({ "from": from, "applications": publicised.iter().map(|row| row.id).collect::<Vec<_>>() }),
    })?;
    heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::HeadReason::PublicityStarted, starts)?;
    Ok(publicised)
}

/// Confirms a result whose publicity has run without an open or upheld objection (R7); the certificate is issued with it.
pub fn confirm(cx: &mut Cx<'_>, id: ApplicationId, read: Version) -> Result<ApplicationRow, Error> {
    cx.changes_only(&[]);
    let row = applications::service::find_for(cx, id, Permission::ResultManage)?;
    read.check(row.version)?;
    let situation = situation(cx, row)?;
    let decision = situation.decide(Action::Confirm, None)?;
    Ok(apply(cx, &situation, Action::Confirm, &decision, office_note())?.0)
}

/// A certificate as it stands.
#[derive(Debug)]
pub struct Checked {
    /// Its row.
    pub certificate: CertificateRow,
    /// Its revocation.
    pub revocation: Option<RevocationRow>,
    /// The rows are not what the audit log says of them: somebody has changed them past the program.
    pub disputed: bool,
}

/// A certificate by its number, compared with the acts that issued and revoked it.
pub fn check_certificate(cx: &mut Cx<'_>, number: &str) -> Result<Checked, Error> {
    let certificate = store::find_certificate(cx.conn, number)?.ok_or(Error::NotFound)?;
    Ok(checked(cx, certificate)?)
}

fn checked(cx: &mut Cx<'_>, certificate: CertificateRow) -> Result<Checked, db::Error> {
    let revocation = store::find_revocation(cx.conn, &certificate.number)?;
    let acts_on = |kind: &str, id: &str, action: Option<&str>| AuditFilter {
        object_kind: Some(kind.to_owned()),
        object_id: Some(id.to_owned()),
        action: action.map(str::to_owned),
        ..AuditFilter::default()
    };
    let mut acts = audit::list_onwards(cx.conn, &acts_on("certificate", &certificate.number, None), 0, i64::MAX, 100)?;
    if acts.iter().any(|act| act.detail.is_none()) {
        // The details are erased with their person: the erasure proves the rows anew.
        let erasure = acts_on(disclosures::OBJECT, certificate.holder_id.as_str(), Some("personal_data.erase"));
        acts.extend(audit::list_onwards(cx.conn, &erasure, 0, i64::MAX, 10)?);
    }
    let keys = &cx.app.keys;
    let issued = rows::agrees(cx.conn, keys, &acts, "certificates", &certificate.number)?;
    let revoked = rows::agrees(cx.conn, keys, &acts, "certificate_revocations", &certificate.number)?;
    let disputed = issued != Some(true) || !revoked.unwrap_or(revocation.is_none());
    Ok(Checked { certificate, revocation, disputed })
}

/// What an application came to.
pub struct Standing {
    /// The application.
    pub row: ApplicationRow,
    /// Its meeting, and what was decided there.
    pub candidacy: Option<(MeetingRow, CandidateRow)>,
    /// Its certificate, and the revocation of that.
    pub certificate: Option<Checked>,
}

/// What an application came to, for whoever may read it.
pub fn find_result(cx: &mut Cx<'_>, id: ApplicationId) -> Result<Standing, Error> {
    let row = applications::service::find(cx, id)?;
    let candidacy = meetings::service::find_candidacy(cx, row.id)?;
    let certificate = match store::find_certificate_of(cx.conn, row.id)? {
        Some(certificate) => Some(checked(cx, certificate)?),
        None => None,
    };
    Ok(Standing { row, candidacy, certificate })
}
