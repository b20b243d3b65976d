//! A fresh, migrated database for one story, on either kind of database.

use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;
use title_review::config::{DatabaseConfig, Synchronous};
use title_review::db::{self, Db};

use super::postgres;

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A database that is gone when the story ends, and a folder for what else a server keeps.
pub struct Database {
    pub dialect: Dialect,
    pub config: DatabaseConfig,
    folder: TempDir,
    _postgres: Option<postgres::OwnDatabase>,
}

impl Database {
    /// None where PostgreSQL is not installed.
    pub fn fresh(dialect: Dialect) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (url, postgres) = match dialect {
            Dialect::Sqlite => {
                let path = folder.path().join("title-review.db");
                std::fs::copy(sqlite_template(), &path).expect("a copy of the migrated file");
                (format!("sqlite:{}", path.display()), None)
            }
            Dialect::Postgres => {
                let own = postgres::OwnDatabase::fresh()?;
                (own.url.clone(), Some(own))
            }
        };
        // Stories are about rules, not about power cuts.
        let config = DatabaseConfig { url, synchronous: Synchronous::Normal, readers: 2, ..DatabaseConfig::default() };
        Some(Self { dialect, config, folder, _postgres: postgres })
    }

    /// A folder for what else a server keeps.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// A handle with threads of its own.
    pub fn open(&self) -> Db {
        Db::open(&self.config).expect("the database opens")
    }
}

/// Runs a story to its end, under the runtime that the server uses.
pub fn tell<F: Future<Output = ()>>(dialect: Dialect, story: impl FnOnce(Database) -> F) {
    if let Some(database) = Database::fresh(dialect) {
        actix_web::rt::System::new().block_on(story(database));
    }
}

/// A migrated SQLite file, made once in each process.
fn sqlite_template() -> PathBuf {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    let folder = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("template.db").display());
        db::migrate(&DatabaseConfig { url, synchronous: Synchronous::Normal, ..DatabaseConfig::default() })
            .expect("the migrations run");
        folder
    });
    folder.path().join("template.db")
}
