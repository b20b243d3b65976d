//! What monitoring asks of the database.

use super::model::{Business, Upgrade};
use crate::db::schema::upgrades;
use crate::db::{self, Conn, Json};
use crate::{applications, jobs};
use chrono::TimeDelta;
use diesel::prelude::*;
use title_review_core::clock::Instant;

/// Counts on indexes alone (`tests/it/operation/metrics.rs` holds that none reads the tables).
pub(super) fn find_business(conn: &mut Conn, now: Instant) -> db::Result<Business> {
    let count = |count: i64| u64::try_from(count).unwrap_or(0);
    Ok(Business {
        by_stage: applications::count_all_by_stage(conn)?
            .into_iter()
            .map(|(stage, step, n)| (stage.to_string(), step.map(|step| step.to_string()).unwrap_or_default(), count(n)))
            .collect(),
        due_in_a_day: count(applications::count_due(conn, now.plus(TimeDelta::hours(24)))?),
        jobs: jobs::count_open(conn)?.into_iter().map(|(kind, state, n)| (kind, state.to_string(), count(n))).collect(),
    })
}

type Row = (i64, Instant, Option<String>, String, Json<Vec<String>>);

fn upgrade((number, at, from, to, Json(migrations)): Row) -> Upgrade {
    Upgrade { number, at, from, to, migrations }
}

/// The newest first.
pub(super) fn list_upgrades(conn: &mut Conn, limit: i64) -> db::Result<Vec<Upgrade>> {
    let rows: Vec<Row> = upgrades::table
        .order(upgrades::number.desc())
        .limit(limit)
        .select((upgrades::number, upgrades::at, upgrades::from_version, upgrades::to_version, upgrades::migrations))
        .load(conn)?;
    Ok(rows.into_iter().map(upgrade).collect())
}

pub(super) fn insert_upgrade(conn: &mut Conn, new: &Upgrade) -> db::Result<()> {
    let row = (
        upgrades::number.eq(new.number),
        upgrades::at.eq(new.at),
        upgrades::from_version.eq(new.from.as_deref()),
        upgrades::to_version.eq(&new.to),
        upgrades::migrations.eq(Json(new.migrations.clone())),
    );
    diesel::insert_into(upgrades::table).values(row).execute(conn)?;
    Ok(())
}
