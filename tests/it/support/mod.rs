//! What stories stand on: a fresh database of each kind.

pub mod cast;
pub mod chain;
pub mod contract;
pub mod database;
pub mod journey;
pub mod postgres;
pub mod stages;
pub mod world;

/// Makes one story into two tests, `story::sqlite` and `story::postgres`:
///
/// ```ignore
/// // clauses: 2.1
/// on_both!(an_application_lapses);
/// async fn an_application_lapses(base: Database) { … }
/// ```
macro_rules! on_both {
    ($(#[$meta:meta])* $story:ident) => {
        $(#[$meta])*
        mod $story {
            #[test]
            fn sqlite() {
                $crate::support::database::tell($crate::support::database::Dialect::Sqlite, super::$story);
            }

            #[test]
            fn postgres() {
                $crate::support::database::tell($crate::support::database::Dialect::Postgres, super::$story);
            }
        }
    };
}
pub(crate) use on_both;
