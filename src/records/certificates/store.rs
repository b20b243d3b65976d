//! Queries on certificates.

use super::rows::{CertificateRow, RevocationRow};
use crate::db::schema::{certificate_revocations, certificates};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::ids::ApplicationId;

/// The running number that a cycle's next certificate gets. Writers take turns, and the index on it refuses a second one.
pub fn next_sequence(conn: &mut Conn, cycle_id: &str) -> Result<i32, Error> {
    let last: Option<i32> = certificates::table
        .filter(certificates::cycle_id.eq(cycle_id))
        .select(diesel::dsl::max(certificates::sequence))
        .first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub fn insert_certificate(conn: &mut Conn, row: &CertificateRow) -> Result<(), Error> {
    diesel::insert_into(certificates::table)
        .values((
            certificates::number.eq(&row.number),
            certificates::application_id.eq(row.application_id),
            certificates::cycle_id.eq(&row.cycle_id),
            certificates::cycle_version.eq(row.cycle_version),
            certificates::sequence.eq(row.sequence),
            certificates::holder_id.eq(row.holder_id),
            certificates::holder_name.eq(&row.holder_name),
            certificates::specialty.eq(&row.specialty),
            certificates::specialty_name.eq(&row.specialty_name),
            certificates::level.eq(row.level),
            certificates::title.eq(&row.title),
            certificates::scope.eq(&row.scope),
            certificates::authority.eq(&row.authority),
            certificates::obtained_on.eq(row.obtained_on),
            certificates::issued_on.eq(row.issued_on),
            certificates::issued_at.eq(row.issued_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// The certificate of this number.
pub fn find_certificate(conn: &mut Conn, number: &str) -> Result<Option<CertificateRow>, Error> {
    Ok(certificates::table.filter(certificates::number.eq(number)).select(certificates::all_columns).first(conn).optional()?)
}

pub fn find_certificate_of(conn: &mut Conn, application: ApplicationId) -> Result<Option<CertificateRow>, Error> {
    Ok(certificates::table
        .filter(certificates::application_id.eq(application))
        .select(certificates::all_columns)
        .first(conn)
        .optional()?)
}

pub fn insert_revocation(conn: &mut Conn, row: &RevocationRow) -> Result<(), Error> {
    diesel::insert_into(certificate_revocations::table)
        .values((
            certificate_revocations::number.eq(&row.number),
            certificate_revocations::clause.eq(&row.clause),
            certificate_revocations::revoked_by.eq(row.revoked_by),
            certificate_revocations::revoked_on.eq(row.revoked_on),
            certificate_revocations::revoked_at.eq(row.revoked_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_revocation(conn: &mut Conn, number: &str) -> Result<Option<RevocationRow>, Error> {
    Ok(certificate_revocations::table
        .filter(certificate_revocations::number.eq(number))
        .select(certificate_revocations::all_columns)
        .first(conn)
        .optional()?)
}
