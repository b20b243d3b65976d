//! Rotation of field keys under kill -9: in the end every value opens, as it was or as somebody else has set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use title_review::audit;
use title_review::db::{Conn, Db, Error};
use title_review::keys::{KeyRing, field_aad};

use super::program::Place;
use crate::support::database::Database;
use crate::support::on_both;

const PEOPLE: usize = 4000;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Person {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    phone: String,
}

fn person(number: usize) -> String {
    format!("0190d000-0000-7000-8000-{number:012}")
}

fn seal(ring: &KeyRing, number: usize, column: &str, value: &str) -> String {
    ring.seal(&field_aad("accounts", &person(number), column), value).unwrap()
}

/// People as an import would leave them, without the price of a password hash for each.
fn insert_people(conn: &mut Conn, ring: &KeyRing) {
    for chunk in (0..PEOPLE).collect::<Vec<_>>().chunks(200) {
        let rows: Vec<String> = chunk
            .iter()
            .map(|number| {
                let (id, phone) = (seal(ring, *number, "id_number", &format!("id {number}")), seal(ring, *number, "phone", "before"));
                format!(
                    "('{}', 'login{number}', 'n', 'x', 'active', '{id}', 'i{number}', '{phone}', 'p', 1, '2024-07-01', '2024-07-01')",
                    person(*number)
                )
            })
            .collect();
        conn.batch_execute(&format!(
            "INSERT INTO accounts (id, login, name, password_hash, status, id_number_sealed, id_number_index, phone_sealed, phone_index, version, created_at, updated_at) VALUES {}",
            rows.join(", ")
        ))
        .unwrap();
    }
    let place = field_aad("idempotency", "anonymous\u{1f}POST /v1/x\u{1f}it's a key", "body");
    let body = ring.seal(&place, "{}").unwrap();
    conn.batch_execute(&format!(
        "INSERT INTO idempotency (principal, operation, key, fingerprint, status, headers, body, body_sealed, created_at) \
         VALUES ('anonymous', 'POST /v1/x', 'it''s a key', 'f', 201, '[null,null]', '', '{body}', '2024-07-01')"
    ))
    .unwrap();
}

/// Values of people that are sealed with this key.
async fn sealed_with(db: &Db, id: &str) -> usize {
    let of = |column: &str| format!("SELECT count(*) FROM accounts WHERE substr({column}, 1, {}) = '{id}.'", id.len() + 1);
    let sql = format!("SELECT ({}) + ({}) AS count", of("id_number_sealed"), of("phone_sealed"));
    let count = db.read(move |conn| Ok::<_, Error>(sql_query(sql).get_result::<Count>(conn)?.count)).await.unwrap();
    usize::try_from(count).unwrap()
}

on_both!(killed_key_rotation_is_resumed);
async fn killed_key_rotation_is_resumed(database: Database) {
    let place = Place::new(database);
    let (db, old_ring) = (place.db(), Arc::new(place.ring()));
    let old = old_ring.field_primary();
    let ring = Arc::clone(&old_ring);
    let inserted = db.write(move |conn| {
        insert_people(conn, &ring);
        Ok::<_, Error>(())
    });
    inserted.await.unwrap();
    let new = place.done(&["keys", "rotate", "field", "--in", "0"]).split(' ').next().unwrap().to_owned();
    let told = place.refused(&["keys", "retire", &old]);
    assert!(told.contains("may be in use until"), "{told}");

    // Another server, which has not read the new key yet, sets phones all the while: sealed with the old key, and never to be lost.
    let (changing, changed) = (Arc::new(AtomicBool::new(true)), Arc::new(std::sync::Mutex::new(0..0)));
    let setter = {
        let (db, ring, changing, changed) = (db.clone(), Arc::clone(&old_ring), Arc::clone(&changing), Arc::clone(&changed));
        actix_web::rt::spawn(async move {
            let mut number = 0;
            while changing.load(Ordering::Acquire) && number < PEOPLE {
                let phone = seal(&ring, number, "phone", &format!("changed {number}"));
                let sql = format!("UPDATE accounts SET phone_sealed = '{phone}' WHERE id = '{}'", person(number));
                db.write(move |conn| Ok::<_, Error>(conn.batch_execute(&sql)?)).await.unwrap();
                number += 1;
                *changed.lock().unwrap() = 0..number;
                actix_web::rt::time::sleep(Duration::from_millis(2)).await;
            }
        })
    };
    let mut killed_at = Vec::new();
    for target in [PEOPLE / 10, PEOPLE / 2, PEOPLE] {
        let server = place.serve();
        let until = Instant::now() + Duration::from_mins(1);
        while sealed_with(&db, &new).await < target {
            assert!(Instant::now() < until, "the job does not begin again");
        }
        server.kill();
        killed_at.push((sealed_with(&db, &new).await, sealed_with(&db, &old).await));
    }
    // Each time the job was in mid-way: some were done, some not.
    assert!(killed_at.iter().all(|(done, left)| *done > 0 && *left > PEOPLE / 20), "{killed_at:?}");
    assert!(killed_at.windows(2).all(|pair| pair[0].0 < pair[1].0), "{killed_at:?}");
    changing.store(false, Ordering::Release);
    setter.await.unwrap();

    let server = place.serve();
    let until = Instant::now() + Duration::from_mins(2);
    while place.done(&["keys", "list"]).lines().any(|line| line.starts_with(&old) && !line.trim_end().ends_with(" 0")) {
        assert!(Instant::now() < until, "{}", place.done(&["keys", "list"]));
        actix_web::rt::time::sleep(Duration::from_millis(200)).await;
    }
    let changed = changed.lock().unwrap().clone();
    assert!(changed.len() > 20, "{changed:?}");
    let ring = place.ring();
    let people = db
        .read(|conn| Ok::<_, Error>(sql_query("SELECT id, id_number_sealed AS number, phone_sealed AS phone FROM accounts WHERE login LIKE 'login%' ORDER BY id").load::<Person>(conn)?))
        .await
        .unwrap();
    assert_eq!(people.len(), PEOPLE);
    for (number, row) in people.iter().enumerate() {
        let open = |column: &str, text: &str| ring.open(&field_aad("accounts", &row.id, column), text).unwrap();
        assert_eq!(open("id_number", &row.number), format!("id {number}"));
        let phone = if changed.contains(&number) { format!("changed {number}") } else { "before".to_owned() };
        assert_eq!(open("phone", &row.phone), phone);
        assert!(row.number.starts_with(&new) && row.phone.starts_with(&new));
    }

    // Nothing needs the old key: it is retired, and everything goes on without it.
    super::program::edit(&place.key_file(), |file| {
        let line = file.lines().find(|line| line.starts_with("from = ")).unwrap();
        file.replace(line, "from = \"2024-07-22T09:00:00+08:00\"")
    });
    place.done(&["keys", "retire", &old]);
    server.sign_in();
    server.kill();
    let server = place.serve();
    server.sign_in();
    let without = place.ring();
    let verified = db.read(move |conn| audit::verify(conn, &without)).await.unwrap();
    assert!(verified.rows > 0);
    // A ring that lacks a key in use does not start, and says which.
    server.kill();
    let kept = std::fs::read_to_string(place.key_file()).unwrap();
    let place_of_new = kept.find("[[field]]").unwrap();
    let next = kept[place_of_new + 1..].find("[[").unwrap() + place_of_new + 1;
    let other = title_review::keys::KeyFile::generate().unwrap().field.remove(0);
    let swapped =
        format!("{}[[field]]\nid = \"{}\"\nkey = \"{}\"\n\n{}", &kept[..place_of_new], other.id, other.key, &kept[next..]);
    std::fs::write(place.key_file(), swapped).unwrap();
    let told = place.refused(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(told.contains(&new) && told.contains("key ring"), "{told}");
}
