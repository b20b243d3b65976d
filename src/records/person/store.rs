//! The query on what is on record of a person.

use crate::db::schema::{accounts, sanctions, study_records};
use crate::db::{Conn, Error};
use crate::records::sanctions::SanctionRow;
use crate::records::study_records::StudyRow;
use diesel::prelude::*;
use std::collections::BTreeMap;
use title_review_core::ids::AccountId;

/// Sanctions, and certificates that count, by id. One statement: each row of one kind stands beside each of the other, and there are few of either.
pub fn list_on_record(conn: &mut Conn, account: AccountId) -> Result<(Vec<SanctionRow>, Vec<StudyRow>), Error> {
    let of_person =
        study_records::id_number_index.nullable().eq(accounts::id_number_index).and(study_records::withdrawn_at.is_null());
    let pairs: Vec<(Option<SanctionRow>, Option<StudyRow>)> = accounts::table
        .left_join(sanctions::table.on(sanctions::account_id.eq(accounts::id.nullable())))
        .left_join(study_records::table.on(of_person))
        .filter(accounts::id.eq(account))
        .select((sanctions::all_columns.nullable(), study_records::all_columns.nullable()))
        .load(conn)?;
    let (mut against, mut study) = (BTreeMap::new(), BTreeMap::new());
    for (sanction, record) in pairs {
        against.extend(sanction.map(|row| (row.id, row)));
        study.extend(record.map(|row| (row.id, row)));
    }
    Ok((against.into_values().collect(), study.into_values().collect()))
}
