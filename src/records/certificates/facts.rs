//! What others may ask of certificates.

use super::rows::CertificateRow;
use super::store;
use crate::db::{Conn, Error};
use title_review_core::checks::IssuedTitle;
use title_review_core::ids::ApplicationId;

/// The title of a certificate as the rules ask for it, with its application.
#[must_use]
pub fn issued_title(row: CertificateRow, series: String, revoked: bool) -> (ApplicationId, IssuedTitle) {
    let obtained_on = row.counts_from();
    let CertificateRow { application_id, number, level, title: name, .. } = row;
    (application_id, IssuedTitle { number, level, series, name, obtained_on, revoked })
}

/// The certificate of an application; none where it has none, or it was revoked.
pub fn valid_of(conn: &mut Conn, application: ApplicationId) -> Result<Option<CertificateRow>, Error> {
    let Some(found) = store::find_certificate_of(conn, application)? else { return Ok(None) };
    Ok(store::find_revocation(conn, &found.number)?.is_none().then_some(found))
}
