//! Queries on the registry.

use super::rows::StudyRow;
use crate::db::schema::{accounts, study_records};
use crate::db::{Conn, Error, ExecuteProven as _, proven};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId, StudyRecordId};

/// Writes new rows in one statement.
pub fn insert_records(conn: &mut Conn, rows: &[StudyRow]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let values: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                study_records::id.eq(row.id),
                study_records::id_number_sealed.eq(&row.id_number_sealed),
                study_records::id_number_index.eq(&row.id_number_index),
                study_records::year.eq(row.year),
                study_records::kind.eq(row.kind),
                study_records::hours.eq(row.hours),
                study_records::certificate_number.eq(&row.certificate_number),
                study_records::client_ref.eq(&row.client_ref),
                study_records::organisation_id.eq(row.organisation_id),
                study_records::import_id.eq(row.import_id),
                study_records::recorded_by.eq(row.recorded_by),
                study_records::recorded_at.eq(row.recorded_at),
                study_records::version.eq(row.version),
            )
        })
        .collect();
    proven::note_insert(&diesel::insert_into(study_records::table).values(&values))?;
    crate::db::each!(conn, |inner| diesel::insert_into(study_records::table).values(&values).execute(inner))?;
    Ok(())
}

/// The rows of these people that count, by the blind indexes of their resident IDs.
pub fn list_of_people(conn: &mut Conn, indexes: &[String]) -> Result<Vec<StudyRow>, Error> {
    Ok(study_records::table
        .filter(study_records::id_number_index.eq_any(indexes))
        .filter(study_records::withdrawn_at.is_null())
        .order(study_records::id)
        .select(study_records::all_columns)
        .load(conn)?)
}

/// The rows of an organisation that count and have these names of its own.
pub fn list_by_client_ref(conn: &mut Conn, organisation: OrganisationId, refs: &[String]) -> Result<Vec<StudyRow>, Error> {
    if refs.is_empty() {
        return Ok(Vec::new());
    }
    let refs: Vec<Option<String>> = refs.iter().cloned().map(Some).collect();
    Ok(study_records::table
        .filter(study_records::organisation_id.eq(organisation))
        .filter(study_records::client_ref.eq_any(refs))
        .filter(study_records::withdrawn_at.is_null())
        .select(study_records::all_columns)
        .load(conn)?)
}

/// Accounts of people with these blind indexes.
pub fn list_accounts_of(conn: &mut Conn, indexes: &[String]) -> Result<Vec<AccountId>, Error> {
    let indexes: Vec<Option<String>> = indexes.iter().cloned().map(Some).collect();
    Ok(accounts::table.filter(accounts::id_number_index.eq_any(indexes)).select(accounts::id).load(conn)?)
}

/// A row.
pub fn find_record(conn: &mut Conn, id: StudyRecordId) -> Result<Option<StudyRow>, Error> {
    Ok(study_records::table.filter(study_records::id.eq(id)).select(study_records::all_columns).first(conn).optional()?)
}

/// Which rows a list shows.
#[derive(Debug, Default)]
pub struct Filter {
    /// Entered for these organisations.
    pub organisations: Option<Vec<OrganisationId>>,
    /// Of this person.
    pub person: Option<String>,
    /// Of this year.
    pub year: Option<i32>,
}

/// A page, newest first.
pub fn list_records(conn: &mut Conn, filter: &Filter, before: Option<StudyRecordId>, limit: i64) -> Result<Vec<StudyRow>, Error> {
    let mut query =
        study_records::table.select(study_records::all_columns).order(study_records::id.desc()).limit(limit).into_boxed();
    if let Some(organisations) = &filter.organisations {
        query = query.filter(study_records::organisation_id.eq_any(organisations));
    }
    if let Some(person) = &filter.person {
        query = query.filter(study_records::id_number_index.eq(person.clone()));
    }
    if let Some(year) = filter.year {
        query = query.filter(study_records::year.eq(year));
    }
    if let Some(before) = before {
        query = query.filter(study_records::id.lt(before));
    }
    Ok(query.load(conn)?)
}

/// Withdraws the version that was read; false if another act came first.
pub fn set_withdrawn(conn: &mut Conn, row: &StudyRow, by: AccountId, at: Instant, reason: &str) -> Result<bool, Error> {
    let same = study_records::table.filter(study_records::id.eq(row.id)).filter(study_records::version.eq(row.version));
    let changed = diesel::update(same)
        .set((
            study_records::withdrawn_by.eq(Some(by)),
            study_records::withdrawn_at.eq(Some(at)),
            study_records::withdrawal_reason.eq(Some(reason)),
            study_records::version.eq(row.version + 1),
        ))
        .execute_proven(conn)?;
    Ok(changed == 1)
}
