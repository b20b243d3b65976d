//! What stands in an archive.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::db::copy::Kind;
use crate::keys::AuditPublicKey;
use title_review_core::clock::Instant;

/// A part of an archive, in their order: one manifest, the database as one file or its tables as rows, the list of objects, the objects in its order,
/// the keys if they were asked for, the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entry {
    /// What the archive is of: a [`Manifest`].
    Manifest,
    /// The file of an SQLite database.
    Database,
    /// The rows of a table of PostgreSQL: lists of JSON, each behind its length.
    Rows {
        /// The table.
        table: String,
    },
    /// Every object that the database names: lines of hash and size.
    Objects,
    /// An object.
    Object {
        /// SHA-256 of its bytes, hexadecimal.
        sha256: String,
    },
    /// The key file.
    Keys,
    /// The end: `Ends`.
    End,
}

/// What an archive is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the program that made it.
    pub program: String,
    /// When, by the host's clock.
    pub made_at: Instant,
    /// Which kind of database.
    pub kind: Kind,
    /// Migrations that the database has had: its schema.
    pub migrations: BTreeSet<String>,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// Number of the last row of the audit log.
    pub audit_seq: i64,
    /// Hash of that row.
    pub audit_hash: String,
    /// How many objects.
    pub objects: u64,
    /// Bytes of all objects.
    pub object_bytes: u64,
    /// What the database knows its keys by; none before its first start.
    pub keys_check: Option<String>,
    /// Checks the signed heads in it where there is no key ring.
    pub audit_key: AuditPublicKey,
    /// Whether the key file is in it.
    pub with_keys: bool,
}

/// Bytes and SHA-256 of what came before the end, objects apart: their names are their hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ends {
    /// By `manifest`, `database`, `rows TABLE`, `objects`, `keys`.
    pub parts: BTreeMap<String, (u64, String)>,
}

impl Entry {
    /// Its name in `Ends`; none for what is not named there.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Manifest => Some("manifest".to_owned()),
            Self::Database => Some("database".to_owned()),
            Self::Rows { table } => Some(format!("rows {table}")),
            Self::Objects => Some("objects".to_owned()),
            Self::Keys => Some("keys".to_owned()),
            Self::Object { .. } | Self::End => None,
        }
    }
}
