//! Use cases: entering, withdrawing and listing records of the registry.

use super::rules::{self, NewStudyRecord};
use crate::accounts;
use crate::authz::{Permission, Scope};
use crate::context::{Act, Cx, Part, Version, VersionMismatch};
use crate::db;
use crate::keys::{self, field_aad};
use crate::records::study_records::{StudyRow, store};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use title_review_core::findings::Finding;
use title_review_core::ids::{AccountId, ImportId, OrganisationId, StudyRecordId};
use title_review_core::vocabulary::StudyKind;

/// The domain of the blind index of resident IDs, that of accounts.
const INDEX: &str = "id_number";
/// The clause that the registry rests on.
const CLAUSE: &str = "4.2.4b";

/// Why an act on the registry is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record breaks rules; all findings.
    #[error("invalid study record")]
    Invalid(Vec<Finding>),
    /// The certificate is there already; with these hours, or with others.
    #[error("the certificate is there already")]
    Exists {
        /// It says the same.
        same: bool,
    },
    /// The organisation has used the name for another record.
    #[error("client_ref reused")]
    ClientRefReused,
    /// Not there, or not to be seen.
    #[error("not found")]
    NotFound,
    /// It was withdrawn already.
    #[error("withdrawn already")]
    Withdrawn,
    /// Nobody is signed in, or for no organisation.
    #[error("nobody who may")]
    Nobody,
    /// The record has changed since it was read.
    #[error(transparent)]
    Version(#[from] VersionMismatch),
    /// Another act came in between.
    #[error("changed meanwhile")]
    Changed,
    /// Sealing failed.
    #[error("sealing failed")]
    Keys(#[from] keys::Error),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What became of one record of a batch.
#[derive(Debug)]
pub enum Entered {
    /// It is new.
    Created(StudyRecordId),
    /// The same is there already.
    Unchanged,
    /// It is refused.
    Refused(Error),
}

/// What earlier batches of a file would have entered, where each is rolled back: by hashes of what tells records apart.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Hours by certificate.
    certificates: HashMap<u128, i32>,
    /// Certificate and hours by the client's name.
    names: HashMap<u128, (u128, i32)>,
}

/// What tells a certificate from others: person, year, kind, number.
type Place = (String, i32, StudyKind, String);

fn hashed(text: &str) -> u128 {
    let hash = keys::sha256(text.as_bytes());
    hash.first_chunk::<16>().copied().map_or(0, u128::from_be_bytes)
}

fn hashed_place(place: &Place) -> u128 {
    let (person, year, kind, number) = place;
    hashed(&format!("{person} {year} {kind} {number}"))
}

/// For whom records are entered.
#[derive(Debug, Clone, Copy)]
pub struct Enterer {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Who does it.
    pub account: AccountId,
    /// By which import.
    pub import: Option<ImportId>,
}

/// The principal as somebody who enters records for their organisation.
pub fn enterer(cx: &Cx<'_>) -> Result<Enterer, Error> {
    let organisation =
        cx.principal.scopes(Permission::StudyRecordManage).find_map(|(_, grant)| grant.organisation).ok_or(Error::Nobody)?;
    Ok(Enterer { organisation, account: cx.principal.account.ok_or(Error::Nobody)?, import: None })
}

/// Enters one record.
pub fn create(cx: &mut Cx<'_>, new: NewStudyRecord) -> Result<StudyRow, Error> {
    let by = enterer(cx)?;
    let entered = enter(cx, by, vec![new], None)?.pop();
    match entered {
        Some(Entered::Created(id)) => {
            let row = store::find_record(cx.conn, id)?.ok_or(Error::NotFound)?;
            cx.record(Act {
                action: "study_record.create",
                object_kind: "study_record",
                object_id: id.to_string(),
                clause: Some(CLAUSE),
                detail: json!({ "year": row.year, "kind": row.kind, "hours": row.hours }),
            })?;
            Ok(row)
        }
        Some(Entered::Refused(error)) => Err(error),
        Some(Entered::Unchanged) | None => Err(Error::Exists { same: true }),
    }
}

/// Enters records in their order: those that are new in one statement, the others with what stands against them. Nothing is put on record here.
/// `earlier`: what earlier batches would have entered; this one is added to it.
pub fn enter(
    cx: &mut Cx<'_>,
    by: Enterer,
    batch: Vec<NewStudyRecord>,
    mut earlier: Option<&mut Earlier>,
) -> Result<Vec<Entered>, Error> {
    let this_year = chrono::Datelike::year(&cx.now.date_in_shanghai());
    let batch: Vec<NewStudyRecord> = batch.into_iter().map(NewStudyRecord::tidy).collect();
    let indexes: Vec<String> = batch.iter().map(|new| cx.app.keys.blind_index(INDEX, &new.id_number)).collect();
    let people: Vec<String> = indexes.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    changes_of(cx, by, &people)?;
    let refs: Vec<String> = batch.iter().filter_map(|new| new.client_ref.clone()).collect();
    let key = |row: &StudyRow| (row.id_number_index.clone(), row.year, row.kind, row.certificate_number.clone());
    let mut known: HashMap<_, StudyRow> =
        store::list_of_people(cx.conn, &people)?.into_iter().map(|row| (key(&row), row)).collect();
    let mut named: HashMap<String, StudyRow> = store::list_by_client_ref(cx.conn, by.organisation, &refs)?
        .into_iter()
        .filter_map(|row| Some((row.client_ref.clone()?, row)))
        .collect();
    let (mut entered, mut rows) = (Vec::with_capacity(batch.len()), Vec::new());
    for (new, index) in batch.into_iter().zip(indexes) {
        let findings = rules::findings(&new, this_year);
        if !findings.is_empty() {
            entered.push(Entered::Refused(Error::Invalid(findings)));
            continue;
        }
        let hours = i32::try_from(new.hours).unwrap_or(i32::MAX);
        let place: Place = (index, new.year, new.kind, new.certificate_number);
        let known_by_name = new.client_ref.as_ref().and_then(|name| {
            let there = named.get(name).map(|row| key(row) == place && row.hours == hours);
            let before = || earlier.as_ref()?.names.get(&hashed(name)).map(|said| *said == (hashed_place(&place), hours));
            there.or_else(before)
        });
        if let Some(same) = known_by_name {
            entered.push(if same { Entered::Unchanged } else { Entered::Refused(Error::ClientRefReused) });
            continue;
        }
        let there = known.get(&place).map(|row| row.hours);
        let before = || earlier.as_ref()?.certificates.get(&hashed_place(&place)).copied();
        if let Some(held) = there.or_else(before) {
            let same = held == hours;
            entered.push(if same { Entered::Unchanged } else { Entered::Refused(Error::Exists { same }) });
            continue;
        }
        if let Some(earlier) = &mut earlier {
            earlier.certificates.insert(hashed_place(&place), hours);
            if let Some(name) = &new.client_ref {
                earlier.names.insert(hashed(name), (hashed_place(&place), hours));
            }
        }
        let id = StudyRecordId::new(&*cx.app.ids, cx.now);
        let row = StudyRow {
            id,
            id_number_sealed: cx.app.keys.seal(&field_aad("study_records", id.as_str(), "id_number"), &new.id_number)?,
            id_number_index: place.0.clone(),
            year: place.1,
            kind: place.2,
            hours,
            certificate_number: place.3.clone(),
            client_ref: new.client_ref,
            organisation_id: by.organisation,
            import_id: by.import,
            recorded_by: by.account,
            recorded_at: cx.now,
            withdrawn_by: None,
            withdrawn_at: None,
            withdrawal_reason: None,
            version: 1,
        };
        if let Some(name) = &row.client_ref {
            named.insert(name.clone(), row.clone());
        }
        known.insert(place, row.clone());
        rows.push(row);
        entered.push(Entered::Created(id));
    }
    store::insert_records(cx.conn, &rows)?;
    Ok(entered)
}

/// Says whose registry this act changes: theirs who have an account. Nothing is kept of anybody else, and something has to be said.
fn changes_of(cx: &mut Cx<'_>, by: Enterer, people: &[String]) -> Result<(), db::Error> {
    let mut parts = vec![Part::Person(by.account)];
    parts.extend(store::list_accounts_of(cx.conn, people)?.into_iter().map(Part::Person));
    cx.changes_only(&parts);
    Ok(())
}

/// The principal may read records: which, none for all of them.
fn visible(cx: &mut Cx<'_>) -> Result<store::Filter, Error> {
    let scopes: Vec<(Scope, Option<OrganisationId>)> =
        cx.principal.scopes(Permission::StudyRecordRead).map(|(scope, grant)| (scope, grant.organisation)).collect();
    if scopes.iter().any(|(scope, _)| *scope == Scope::All) {
        return Ok(store::Filter::default());
    }
    let organisations: Vec<OrganisationId> = scopes.iter().filter_map(|(_, organisation)| *organisation).collect();
    if !organisations.is_empty() {
        return Ok(store::Filter { organisations: Some(organisations), ..store::Filter::default() });
    }
    let account = cx.principal.account.ok_or(Error::Nobody)?;
    Ok(store::Filter { person: Some(index_of(cx, account)?), ..store::Filter::default() })
}

/// The blind index of the resident ID of an account; of none where it has no number.
fn index_of(cx: &mut Cx<'_>, account: AccountId) -> Result<String, Error> {
    let account = accounts::find_account(cx, account)?;
    let number = accounts::id_number_of(cx, &account)?;
    Ok(number.map_or_else(String::new, |number| cx.app.keys.blind_index(INDEX, &number)))
}

/// Records that the principal may read, newest first.
pub fn list(
    cx: &mut Cx<'_>,
    account: Option<AccountId>,
    year: Option<i32>,
    before: Option<StudyRecordId>,
    limit: i64,
) -> Result<Vec<StudyRow>, Error> {
    let mut filter = store::Filter { year, ..visible(cx)? };
    if let Some(account) = account {
        let index = match index_of(cx, account) {
            Err(Error::Accounts(accounts::Error::NotFound)) => String::new(),
            found => found?,
        };
        if filter.person.as_ref().is_some_and(|own| *own != index) {
            return Ok(Vec::new());
        }
        filter.person = Some(index);
    }
    Ok(store::list_records(cx.conn, &filter, before, limit)?)
}

/// A record that the principal may read.
pub fn find(cx: &mut Cx<'_>, id: StudyRecordId) -> Result<StudyRow, Error> {
    let row = store::find_record(cx.conn, id)?.ok_or(Error::NotFound)?;
    let filter = visible(cx)?;
    let seen = filter.organisations.is_none_or(|mine| mine.contains(&row.organisation_id))
        && filter.person.is_none_or(|own| own == row.id_number_index);
    if seen { Ok(row) } else { Err(Error::NotFound) }
}

/// Withdraws a record of the own organisation: it does not count any more, and stays on record.
pub fn withdraw(cx: &mut Cx<'_>, id: StudyRecordId, read: Version, reason: &str) -> Result<StudyRow, Error> {
    let by = enterer(cx)?;
    let row = find(cx, id)?;
    read.check(row.version)?;
    if row.withdrawn_at.is_some() {
        return Err(Error::Withdrawn);
    }
    changes_of(cx, by, std::slice::from_ref(&row.id_number_index))?;
    if !store::set_withdrawn(cx.conn, &row, by.account, cx.now, reason)? {
        return Err(Error::Changed);
    }
    cx.record(Act {
        action: "study_record.withdraw",
        object_kind: "study_record",
        object_id: id.to_string(),
        clause: Some(CLAUSE),
        detail: json!({ "year": row.year, "kind": row.kind }),
    })?;
    store::find_record(cx.conn, id)?.ok_or(Error::NotFound)
}

/// The resident ID of a record, opened: to be shown masked.
pub fn id_number_of(cx: &Cx<'_>, row: &StudyRow) -> Result<String, Error> {
    Ok(cx.app.keys.open(&field_aad("study_records", row.id.as_str(), "id_number"), &row.id_number_sealed)?)
}
