//! Stored data that cannot be read is a fault of the server, never an empty answer.

use title_review::db::raw;

use crate::support::cast::Cast;
use crate::support::chain::{decide, directed_to_committee, return_with};
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::World;

on_both!(stored_json_that_cannot_be_read_is_answered_500);
async fn stored_json_that_cannot_be_read_is_answered_500(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    world.travel("2024-07-29T09:00:00+08:00");
    directed_to_committee(&world, &cast, &path);
    decide(&cast.office, &path, &return_with(&[("/profile/education/0", "4.2.2", "new")])).expect(200);
    for (table, column, read) in [("steps", "detail", format!("{path}/history")), ("notices", "body", "/v1/notices".to_owned())] {
        assert!(!person.read(&read)["items"].as_array().unwrap().is_empty(), "{table}");
        let spoil = format!("UPDATE {table} SET {column} = '[' WHERE {column} <> '['");
        let spoilt = world.app.db.write(move |conn| raw::execute(conn, &spoil, &[])).await.unwrap();
        assert!(spoilt > 0, "{table}");
        person.get(&read).send().problem(500, "internal");
    }
}
