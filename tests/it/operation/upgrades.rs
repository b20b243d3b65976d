//! Which versions ran on a database.

use diesel::prelude::*;
use serde_json::json;
use title_review::db::{self, Error};
use title_review::operation::upgrades;

use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::World;

on_both!(each_upgrade_is_listed_with_its_migrations);
async fn each_upgrade_is_listed_with_its_migrations(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let admin = world.admin();
    let first = admin.read("/v1/upgrades");
    assert_eq!(first["items"].as_array().unwrap().len(), 1);
    assert_eq!((&first["items"][0]["number"], &first["items"][0]["from"]), (&json!(1), &json!(null)));
    assert_eq!(first["items"][0]["to"], env!("CARGO_PKG_VERSION"));
    world.auditor().get("/v1/upgrades").send().problem(403, "forbidden");

    // As another version would have left it; then this one starts twice.
    world
        .app
        .db
        .write(|conn| {
            use title_review::db::schema::upgrades as table;
            diesel::update(table::table).set(table::to_version.eq("0.0.9")).execute(conn)?;
            let at = "2024-08-01T08:00:00+08:00".parse().unwrap();
            upgrades::note(conn, at, &["2026-01-01-000000_new".to_owned()])?;
            upgrades::note(conn, at, &[])?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let items = admin.read("/v1/upgrades")["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert_eq!((&items[0]["from"], &items[0]["migrations"]), (&json!("0.0.9"), &json!(["2026-01-01-000000_new"])));
    let pending = world.app.db.read(db::pending).await.unwrap();
    assert_eq!(pending, 0);
}
