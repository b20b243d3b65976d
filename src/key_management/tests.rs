use diesel::connection::SimpleConnection as _;

use super::PLACES;
use crate::config::DatabaseConfig;
use crate::db::{self, Db};

#[test]
fn value_changed_meanwhile_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("x.db").display());
    let config = DatabaseConfig { url, ..DatabaseConfig::default() };
    db::migrate(&config).unwrap();
    let db = Db::open(&config).unwrap();
    let run = db.write(|conn| {
        conn.batch_execute(
            "INSERT INTO accounts (id, login, name, password_hash, status, phone_sealed, version, created_at, updated_at) \
             VALUES ('a', 'a', 'a', 'x', 'active', 'f1.old', 1, '2024-07-01', '2024-07-01')",
        )?;
        let place = PLACES.iter().find(|place| place.column == "phone").unwrap();
        let read = place.list_without(conn, &["f2"], None, 10)?;
        conn.batch_execute("UPDATE accounts SET phone_sealed = 'f1.changed'")?;
        assert!(!place.set_resealed(conn, &read[0], "f2.old")?);
        let read = place.list_without(conn, &["f2"], None, 10)?;
        assert_eq!(read[0].sealed, "f1.changed");
        assert!(place.set_resealed(conn, &read[0], "f2.changed")?);
        assert!(place.list_without(conn, &["f2"], None, 10)?.is_empty());
        assert!(place.list_without(conn, &["f1"], Some(&["a".to_owned()]), 10)?.is_empty());
        place.count_of(conn, "f2")
    });
    assert_eq!(actix_web::rt::System::new().block_on(run).unwrap(), 1);
}
