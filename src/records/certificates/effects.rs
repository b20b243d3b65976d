//! What a transition of an application does to its certificate.

use super::rows::{CertificateRow, RevocationRow};
use super::store;
use crate::context::{Act, Cx, Part};
use crate::db;
use crate::records::{Subject, meetings};
use serde_json::json;
use title_review_core::clock::Instant;

/// Issues the certificate of an application with the next number of its cycle. Called by the transition that confirms it.
pub fn issue_certificate(cx: &mut Cx<'_>, application: &Subject<'_>, holder_name: String) -> Result<(), db::Error> {
    let definition = application.cycle;
    let mut sequence = store::next_sequence(cx.conn, application.cycle_id)?;
    let number = loop {
        let count = u32::try_from(sequence).unwrap_or_default();
        let number = definition.certificate.number(definition, application.specialty, application.level, count);
        // Two cycles of one region and year share their numbers' pattern: the running number skips what the other has taken.
        if store::find_certificate(cx.conn, &number)?.is_none() {
            break number;
        }
        sequence += 1;
    };
    let day = |at: Instant| definition.local_date(at.to_utc());
    let obtained_at = meetings::begins_at(cx.conn, application.id)?.unwrap_or(cx.now);
    let certificate = CertificateRow {
        number,
        application_id: application.id,
        cycle_id: application.cycle_id.to_owned(),
        cycle_version: application.cycle_version,
        sequence,
        holder_id: application.applicant_id,
        holder_name,
        specialty: application.specialty.to_owned(),
        specialty_name: definition.specialty(application.specialty).map_or_else(String::new, |specialty| specialty.name.clone()),
        level: application.level,
        title: definition.level_title(application.level).map_or_else(String::new, |title| title.title.clone()),
        scope: definition.certificate.scope.clone(),
        authority: definition.authority.name.clone(),
        obtained_on: Some(day(obtained_at)),
        issued_on: day(cx.now),
        issued_at: cx.now,
    };
    store::insert_certificate(cx.conn, &certificate)?;
    cx.changes_also(&[Part::Person(application.applicant_id)]);
    cx.record(Act {
        action: "certificate.issue",
        object_kind: "certificate",
        object_id: certificate.number,
        clause: Some("R7"),
        detail: json!({ "application": application.id, "sequence": sequence }),
    })?;
    Ok(())
}

/// Notes that the certificate of an application holds no longer (R10). Called by the transition that revokes it.
pub fn revoke_certificate(cx: &mut Cx<'_>, application: &Subject<'_>, clause: &str) -> Result<(), db::Error> {
    let Some(certificate) = store::find_certificate_of(cx.conn, application.id)? else { return Ok(()) };
    let revocation = RevocationRow {
        number: certificate.number,
        clause: clause.to_owned(),
        revoked_by: cx.principal.account,
        revoked_on: application.cycle.local_date(cx.now.to_utc()),
        revoked_at: cx.now,
    };
    store::insert_revocation(cx.conn, &revocation)?;
    cx.changes_also(&[Part::Person(application.applicant_id)]);
    cx.record(Act {
        action: "certificate.revoke",
        object_kind: "certificate",
        object_id: revocation.number,
        clause: Some(clause),
        detail: json!({ "application": application.id }),
    })?;
    Ok(())
}
