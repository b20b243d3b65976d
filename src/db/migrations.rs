//! The migrations of both databases, embedded in the binary: one folder for each under `migrations/`, one for each slice.
//!
//! `up.sql` and `down.sql` run on both. What only one database can do (triggers) lies beside them in `up.sqlite.sql`, `down.sqlite.sql`,
//! `up.postgres.sql` and `down.postgres.sql`: the former runs after `up.sql`, the latter before `down.sql`.

use std::fmt;

use diesel::backend::Backend;
use diesel::connection::BoxableConnection;
use diesel::migration::{Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;

/// The files of one migration.
macro_rules! script {
    ($name:literal, $dialect:literal) => {
        Script {
            up: include_str!(concat!("../../migrations/", $name, "/up", $dialect, ".sql")),
            down: include_str!(concat!("../../migrations/", $name, "/down", $dialect, ".sql")),
        }
    };
}

/// A migration whose statements both databases understand.
macro_rules! common {
    ($name:literal) => {
        Folder { name: $name, common: script!($name, ""), sqlite: Script::NONE, postgres: Script::NONE }
    };
}

/// A migration with statements for one database alone.
macro_rules! for_each {
    ($name:literal) => {
        Folder { name: $name, common: script!($name, ""), sqlite: script!($name, ".sqlite"), postgres: script!($name, ".postgres") }
    };
}

/// Every migration, in order. A folder that is not listed is found by a test below.
const ALL: &[Folder] = &[
    common!("2026-11-27-000100_platform"),
    for_each!("2026-11-27-000200_audit"),
    common!("2026-11-27-000300_accounts"),
    common!("2026-11-27-000400_sessions"),
    common!("2026-11-27-000500_second_factors"),
    common!("2026-11-27-000600_passwords"),
    common!("2026-11-27-000700_machines"),
    common!("2026-11-27-000800_cycles"),
    common!("2026-11-27-000900_profiles"),
    common!("2026-11-27-001000_applications"),
    common!("2026-11-27-001100_attachments"),
    common!("2026-11-27-001200_originals"),
    common!("2026-11-27-001300_defences"),
    common!("2026-11-27-001400_publicity"),
    for_each!("2026-11-27-001500_payments"),
    common!("2026-11-27-001600_meetings"),
    common!("2026-11-27-001700_results"),
    common!("2026-11-27-001800_sanctions"),
    common!("2026-11-27-001900_notices"),
    common!("2026-11-27-002000_privacy"),
    common!("2026-11-27-002100_operation"),
    common!("2026-11-28-001000_study_records"),
    common!("2026-11-28-001100_imports"),
    for_each!("2026-11-28-001200_held_money"),
    common!("2026-11-28-001300_transfers"),
    common!("2026-11-28-001400_employer_facts"),
    common!("2026-11-28-001500_cap_settlements"),
    common!("2026-11-28-001600_proposals"),
    common!("2026-11-28-001700_obtained_on"),
    common!("2026-11-28-002100_slips"),
    common!("2026-11-28-002500_undecided"),
    common!("2026-11-28-002600_postings"),
    common!("2026-11-28-002700_objections_of_addresses"),
    common!("2026-11-28-003100_logins"),
];

/// The statements of one migration and of its reversal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Script {
    up: &'static str,
    down: &'static str,
}

impl Script {
    const NONE: Self = Self { up: "", down: "" };
}

/// A folder under `migrations/`.
#[derive(Debug, Clone, Copy)]
struct Folder {
    name: &'static str,
    common: Script,
    sqlite: Script,
    postgres: Script,
}

/// The source that diesel reads, for either database.
#[derive(Debug, Clone, Copy)]
pub struct Migrations;

impl MigrationSource<Sqlite> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Sqlite>>>> {
        Ok(ALL.iter().map(|folder| folder.step(folder.sqlite)).map(|step| Box::new(step) as _).collect())
    }
}

impl MigrationSource<Pg> for Migrations {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<Pg>>>> {
        Ok(ALL.iter().map(|folder| folder.step(folder.postgres)).map(|step| Box::new(step) as _).collect())
    }
}

/// The versions of all migrations, in order, as the database keeps them.
pub(super) fn versions() -> impl Iterator<Item = String> {
    ALL.iter().map(|folder| Name(folder.name).version().to_string())
}

impl Folder {
    /// This migration on the database whose own statements are given.
    fn step(&self, own: Script) -> Step {
        Step { name: Name(self.name), up: [self.common.up, own.up], down: [own.down, self.common.down] }
    }
}

/// One migration on one database.
struct Step {
    name: Name,
    up: [&'static str; 2],
    down: [&'static str; 2],
}

impl Step {
    fn execute<DB: Backend>(&self, conn: &mut dyn BoxableConnection<DB>, parts: [&str; 2]) -> Result<()> {
        let run = |part: &&str| conn.batch_execute(part);
        let outcome = parts.iter().filter(|part| !part.is_empty()).try_for_each(run);
        outcome.map_err(|error| format!("{}: {error}", self.name).into())
    }
}

impl<DB: Backend> Migration<DB> for Step {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.execute(conn, self.up)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.execute(conn, self.down)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &InTransaction
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

/// Each migration runs in a transaction.
struct InTransaction;

impl MigrationMetadata for InTransaction {}

/// The name of a folder: a version, an underscore, the slice.
#[derive(Debug, Clone, Copy)]
struct Name(&'static str);

impl MigrationName for Name {
    /// As diesel reads it from the name of a folder: what is before the underscore, without hyphens.
    fn version(&self) -> MigrationVersion<'_> {
        let version = self.0.split('_').next().unwrap_or(self.0);
        MigrationVersion::from(version.replace('-', ""))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_under_migrations_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut on_disk = BTreeMap::new();
        for folder in std::fs::read_dir(root).unwrap() {
            let folder = folder.unwrap();
            for file in std::fs::read_dir(folder.path()).unwrap() {
                let file = file.unwrap();
                let name = format!("{}/{}", folder.file_name().display(), file.file_name().display());
                on_disk.insert(name, std::fs::read_to_string(file.path()).unwrap());
            }
        }
        let mut embedded = BTreeMap::new();
        for folder in ALL {
            for (dialect, script) in [("", folder.common), (".sqlite", folder.sqlite), (".postgres", folder.postgres)] {
                if script != Script::NONE {
                    embedded.insert(format!("{}/up{dialect}.sql", folder.name), script.up.to_owned());
                    embedded.insert(format!("{}/down{dialect}.sql", folder.name), script.down.to_owned());
                }
            }
        }
        let missing: Vec<_> = on_disk.keys().filter(|name| !embedded.contains_key(*name)).collect();
        assert!(missing.is_empty(), "not listed in src/db/migrations.rs: {missing:?}");
        assert_eq!(on_disk, embedded);
    }

    #[test]
    fn versions_are_distinct_and_in_order() {
        let all: Vec<String> = versions().collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    }
}
