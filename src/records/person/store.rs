//! The query on what is on record of a person.

use crate::db::schema::{accounts, applications, certificate_revocations, certificates, sanctions, study_records};
use crate::db::{Conn, Error};
use crate::records::certificates::CertificateRow;
use crate::records::sanctions::SanctionRow;
use crate::records::study_records::StudyRow;
use diesel::prelude::*;
use std::collections::BTreeMap;
use title_review_core::ids::AccountId;

/// What is on record of a person, by id.
pub struct Rows {
    pub sanctions: Vec<SanctionRow>,
    /// Certificates of study that count.
    pub study: Vec<StudyRow>,
    /// Certificates of titles, each with its series and whether it was revoked.
    pub titles: Vec<(CertificateRow, String, bool)>,
}

/// A row of the query: a sanction, a certificate of study, a certificate of a title with its series and its number where it was revoked.
type Row = (Option<SanctionRow>, Option<StudyRow>, Option<CertificateRow>, Option<String>, Option<String>);

/// One statement: each row of one kind stands beside each of the others, and there are few of any.
pub fn list_on_record(conn: &mut Conn, account: AccountId) -> Result<Rows, Error> {
    let of_person =
        study_records::id_number_index.nullable().eq(accounts::id_number_index).and(study_records::withdrawn_at.is_null());
    let series = applications::table
        .filter(applications::id.nullable().eq(certificates::application_id.nullable()))
        .select(applications::series)
        .single_value();
    let revoked = certificate_revocations::table
        .filter(certificate_revocations::number.nullable().eq(certificates::number.nullable()))
        .select(certificate_revocations::number)
        .single_value();
    let found: Vec<Row> = accounts::table
        .left_join(sanctions::table.on(sanctions::account_id.eq(accounts::id.nullable())))
        .left_join(study_records::table.on(of_person))
        .left_join(certificates::table.on(certificates::holder_id.eq(accounts::id)))
        .filter(accounts::id.eq(account))
        .select((
            sanctions::all_columns.nullable(),
            study_records::all_columns.nullable(),
            certificates::all_columns.nullable(),
            series,
            revoked,
        ))
        .load(conn)?;
    let (mut against, mut study, mut titles) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (sanction, record, certificate, series, revoked) in found {
        against.extend(sanction.map(|row| (row.id, row)));
        study.extend(record.map(|row| (row.id, row)));
        let title = certificate.map(|row| (row.number.clone(), (row, series.unwrap_or_default(), revoked.is_some())));
        titles.extend(title);
    }
    Ok(Rows {
        sanctions: against.into_values().collect(),
        study: study.into_values().collect(),
        titles: titles.into_values().collect(),
    })
}
