//! Queries on cycle versions, cycles and window extensions.

use super::definition::WindowName;
use crate::clock::Instant;
use crate::db::schema::{cycle_versions, cycles, window_extensions};
use crate::db::{Conn, Error};
use crate::ids::{AccountId, OrganisationId};
use crate::words::wire_enum;
use diesel::prelude::*;

wire_enum! {
    /// Where a version of a definition stands.
    VersionStatus {
        Loaded = "loaded", "已载入", "loaded, not published";
        Published = "published", "已发布", "published";
        Superseded = "superseded", "已被修订", "superseded by an amendment";
    }
}

crate::db::text_column!(VersionStatus, WindowName);

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

/// The committee that reviews a cycle.
pub fn find_committee(conn: &mut Conn, cycle_id: &str) -> Result<Option<OrganisationId>, Error> {
    Ok(cycles::table
        .filter(cycles::id.eq(cycle_id))
        .select(cycles::committee_id)
        .first::<Option<OrganisationId>>(conn)
        .optional()?
        .flatten())
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
    diesel::insert_into(cycles::table).values((cycles::id.eq(cycle_id), cycles::version.eq(1_i64))).execute(conn)?;
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
        .execute(conn)?;
    Ok(())
}

/// Makes one version the published one; the one before is superseded.
pub fn set_published(conn: &mut Conn, cycle_id: &str, version: i32, reason: Option<&str>, now: Instant) -> Result<(), Error> {
    let of_cycle = cycle_versions::table.filter(cycle_versions::cycle_id.eq(cycle_id));
    diesel::update(of_cycle.filter(cycle_versions::status.eq(VersionStatus::Published)))
        .set(cycle_versions::status.eq(VersionStatus::Superseded))
        .execute(conn)?;
    diesel::update(of_cycle.filter(cycle_versions::version.eq(version)))
        .set((
            cycle_versions::status.eq(VersionStatus::Published),
            cycle_versions::reason.eq(reason),
            cycle_versions::published_at.eq(Some(now)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the committee of a cycle; false if there is no such cycle.
pub fn set_committee(conn: &mut Conn, cycle_id: &str, committee: OrganisationId) -> Result<bool, Error> {
    let changed = diesel::update(cycles::table.filter(cycles::id.eq(cycle_id)))
        .set((cycles::committee_id.eq(Some(committee)), cycles::version.eq(cycles::version + 1)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// A window extension.
#[derive(Debug, Queryable)]
pub struct ExtensionRow {
    pub window: WindowName,
    pub account_id: Option<AccountId>,
    pub until: Instant,
    pub reason: String,
}

/// Extensions of a cycle's windows for everyone and for this person.
pub fn list_extensions_for(conn: &mut Conn, cycle_id: &str, account: AccountId) -> Result<Vec<ExtensionRow>, Error> {
    Ok(window_extensions::table
        .filter(window_extensions::cycle_id.eq(cycle_id))
        .filter(window_extensions::account_id.is_null().or(window_extensions::account_id.eq(account)))
        .select((
            window_extensions::window_name,
            window_extensions::account_id,
            window_extensions::until,
            window_extensions::reason,
        ))
        .load(conn)?)
}
