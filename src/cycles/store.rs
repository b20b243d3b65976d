//! Queries on cycle versions, cycles and window extensions.

use super::model::VersionStatus;
use super::record::{ExtensionRow, VersionRow};
use crate::db::schema::{cycle_versions, cycles, window_extensions};
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ExtensionId, OrganisationId};

/// Text of one version.
pub fn find_source(conn: &mut Conn, cycle_id: &str, version: i32) -> Result<Option<String>, Error> {
    Ok(cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycle_id))
        .filter(cycle_versions::version.eq(version))
        .select(cycle_versions::source)
        .first(conn)
        .optional()?)
}

/// Number of the published version.
pub fn find_published(conn: &mut Conn, cycle_id: &str) -> Result<Option<i32>, Error> {
    Ok(cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycle_id))
        .filter(cycle_versions::status.eq(VersionStatus::Published))
        .select(cycle_versions::version)
        .first(conn)
        .optional()?)
}

/// Number of the published version of a cycle, and its committee.
pub fn find_current(conn: &mut Conn, cycle_id: &str) -> Result<(Option<i32>, Option<OrganisationId>), Error> {
    let published = cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycles::id))
        .filter(cycle_versions::status.eq(VersionStatus::Published))
        .select(cycle_versions::version)
        .single_value();
    let found = cycles::table.filter(cycles::id.eq(cycle_id)).select((published, cycles::committee_id)).first(conn).optional()?;
    Ok(found.unwrap_or_default())
}

/// Number and hash of the last version, published or not.
pub fn find_last(conn: &mut Conn, cycle_id: &str) -> Result<Option<(i32, String)>, Error> {
    Ok(cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycle_id))
        .order(cycle_versions::version.desc())
        .select((cycle_versions::version, cycle_versions::sha256))
        .first(conn)
        .optional()?)
}

pub fn insert_cycle(conn: &mut Conn, cycle_id: &str) -> Result<(), Error> {
    diesel::insert_into(cycles::table).values((cycles::id.eq(cycle_id), cycles::version.eq(1_i64))).execute_proven(conn)?;
    Ok(())
}

/// A version to be kept.
pub struct NewVersion<'a> {
    pub cycle_id: &'a str,
    pub version: i32,
    pub year: i32,
    pub title: &'a str,
    pub source: &'a str,
    pub sha256: &'a str,
    pub created_by: Option<AccountId>,
    pub now: Instant,
}

pub fn insert_version(conn: &mut Conn, new: &NewVersion<'_>) -> Result<(), Error> {
    diesel::insert_into(cycle_versions::table)
        .values((
            cycle_versions::cycle_id.eq(new.cycle_id),
            cycle_versions::version.eq(new.version),
            cycle_versions::year.eq(new.year),
            cycle_versions::title.eq(new.title),
            cycle_versions::status.eq(VersionStatus::Loaded),
            cycle_versions::source.eq(new.source),
            cycle_versions::sha256.eq(new.sha256),
            cycle_versions::created_by.eq(new.created_by),
            cycle_versions::created_at.eq(new.now),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Makes one version the published one; the one before is superseded.
pub fn set_published(conn: &mut Conn, cycle_id: &str, version: i32, reason: Option<&str>, now: Instant) -> Result<(), Error> {
    let of_cycle = cycle_versions::table.filter(cycle_versions::cycle_id.eq(cycle_id));
    diesel::update(of_cycle.filter(cycle_versions::status.eq(VersionStatus::Published)))
        .set(cycle_versions::status.eq(VersionStatus::Superseded))
        .execute_proven(conn)?;
    diesel::update(of_cycle.filter(cycle_versions::version.eq(version)))
        .set((
            cycle_versions::status.eq(VersionStatus::Published),
            cycle_versions::reason.eq(reason),
            cycle_versions::published_at.eq(Some(now)),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Writes the committee of a cycle; false if there is no such cycle.
pub fn set_committee(conn: &mut Conn, cycle_id: &str, committee: OrganisationId) -> Result<bool, Error> {
    let changed = diesel::update(cycles::table.filter(cycles::id.eq(cycle_id)))
        .set((cycles::committee_id.eq(Some(committee)), cycles::version.eq(cycles::version + 1)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// A version as a row.
pub fn find_version(conn: &mut Conn, cycle_id: &str, version: i32) -> Result<Option<VersionRow>, Error> {
    Ok(cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycle_id))
        .filter(cycle_versions::version.eq(version))
        .select(VersionRow::as_select())
        .first(conn)
        .optional()?)
}

/// The published versions of all cycles, by cycle.
pub fn list_published(conn: &mut Conn, after: Option<&str>, limit: i64) -> Result<Vec<VersionRow>, Error> {
    let mut query = cycle_versions::table
        .filter(cycle_versions::status.eq(VersionStatus::Published))
        .order(cycle_versions::cycle_id)
        .limit(limit)
        .select(VersionRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(cycle_versions::cycle_id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The versions of a cycle, newest first.
pub fn list_versions(conn: &mut Conn, cycle_id: &str, before: Option<i32>, limit: i64) -> Result<Vec<VersionRow>, Error> {
    let mut query = cycle_versions::table
        .filter(cycle_versions::cycle_id.eq(cycle_id))
        .order(cycle_versions::version.desc())
        .limit(limit)
        .select(VersionRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(cycle_versions::version.lt(before));
    }
    Ok(query.load(conn)?)
}

/// The committee of a cycle and the version of the row that says so; `None`: there is no such cycle.
pub fn find_committee_row(conn: &mut Conn, cycle_id: &str) -> Result<Option<(Option<OrganisationId>, i64)>, Error> {
    Ok(cycles::table.filter(cycles::id.eq(cycle_id)).select((cycles::committee_id, cycles::version)).first(conn).optional()?)
}

/// Every extension of a cycle's windows, oldest first.
pub fn list_all_extensions(conn: &mut Conn, cycle_id: &str) -> Result<Vec<ExtensionRow>, Error> {
    Ok(window_extensions::table
        .filter(window_extensions::cycle_id.eq(cycle_id))
        .order(window_extensions::id)
        .select(ExtensionRow::as_select())
        .load(conn)?)
}

/// The people for whom a window was extended.
pub fn list_people_extended(conn: &mut Conn, cycle_id: &str, window: WindowName) -> Result<Vec<AccountId>, Error> {
    let people: Vec<Option<AccountId>> = window_extensions::table
        .filter(window_extensions::cycle_id.eq(cycle_id))
        .filter(window_extensions::window_name.eq(window))
        .filter(window_extensions::account_id.is_not_null())
        .select(window_extensions::account_id)
        .distinct()
        .load(conn)?;
    Ok(people.into_iter().flatten().collect())
}

/// A page of all extensions of a cycle, newest first.
pub fn list_extensions(
    conn: &mut Conn,
    cycle_id: &str,
    before: Option<ExtensionId>,
    limit: i64,
) -> Result<Vec<ExtensionRow>, Error> {
    let mut query = window_extensions::table
        .filter(window_extensions::cycle_id.eq(cycle_id))
        .order(window_extensions::id.desc())
        .limit(limit)
        .select(ExtensionRow::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(window_extensions::id.lt(before));
    }
    Ok(query.load(conn)?)
}

pub fn insert_extension(conn: &mut Conn, row: &ExtensionRow) -> Result<(), Error> {
    diesel::insert_into(window_extensions::table).values(row.clone()).execute_proven(conn)?;
    Ok(())
}
