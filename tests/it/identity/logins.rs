//! Logins that differ in case alone are one login.

use diesel::prelude::*;
use diesel::sql_query;
use serde_json::json;
use title_review::db::Conn;

use crate::foundation::upgrade::connect;
use crate::support::cast::{Cast, applicant, resident_id, staff};
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, PASSWORD, Reply, World};

const AT: &str = "2024-07-22T09:00:00+08:00";

fn sign_in(world: &World, login: &str, password: &str) -> Reply {
    world.anybody().post("/v1/sessions").json(&json!({ "login": login, "password": password })).send()
}

fn register(world: &World, login: &str, number: u32) -> Reply {
    let body = json!({
        "login": login, "password": PASSWORD, "name": "申报人", "id_number": resident_id("19850615", number), "phone": "13800000000",
    });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send()
}

on_both!(login_in_another_case_is_the_same_login);
async fn login_in_another_case_is_the_same_login(database: Database) {
    let world = World::at(database, AT).await;
    let made = register(&world, "Applicant-A", 1).expect(201);
    assert_eq!(made["login"], "applicant-a");
    for taken in ["applicant-a", "APPLICANT-A", "Applicant-A"] {
        let refused = register(&world, taken, 2).problem(409, "login_taken");
        assert_eq!(refused["errors"][0]["pointer"], "#/login");
    }
    let entered = |login| {
        world.admin().post("/v1/staff-accounts").key(&world.key()).json(&json!({ "login": login, "name": "经办人" })).send()
    };
    entered("Admin").problem(409, "login_taken");
    entered("Clerk-A").expect(201);
    entered("clerk-a").problem(409, "login_taken");
    for spelt in ["applicant-a", "APPLICANT-a"] {
        assert_eq!(sign_in(&world, spelt, PASSWORD).expect(201)["account_id"], made["id"]);
        assert_eq!(world.admin().read(&format!("/v1/accounts?login={spelt}"))["items"][0]["id"], made["id"]);
    }
    // Guesses under several spellings have one count.
    for spelt in ["applicant-a", "Applicant-A", "APPLICANT-A", "aPPLICANT-A", "applicant-A"] {
        sign_in(&world, spelt, "Wrong-horse-7").problem(401, "wrong_credentials");
    }
    sign_in(&world, "applicant-a", PASSWORD).problem(429, "sign_in_locked");
    sign_in(&world, "ApplicanT-A", PASSWORD).problem(429, "sign_in_locked");
}

on_both!(logins_from_before_that_differ_in_case_stay_apart);
async fn logins_from_before_that_differ_in_case_stay_apart(database: Database) {
    let dialect = database.dialect;
    let world = World::at(database, AT).await;
    let cast = Cast::enter(&world, "aksu-2024");
    let mut conn = connect(&world.app.config.database.url, dialect);
    let mut rename = |actor: &Actor, login: &str| {
        let sql = format!("UPDATE accounts SET login = '{login}' WHERE id = '{}'", actor.account);
        match &mut conn {
            Conn::Sqlite(conn) => sql_query(sql).execute(conn).unwrap(),
            Conn::Pg(conn) => sql_query(sql).execute(conn).unwrap(),
        }
    };
    let one = applicant(&world, "applicant_a", 1);
    rename(&one, "Person");
    // One alone is found in any case, and nobody gets another spelling of it.
    assert_eq!(sign_in(&world, "pERSON", PASSWORD).expect(201)["account_id"], one.account);
    register(&world, "person", 3).problem(409, "login_taken");
    // Of two each is found by its own.
    let other = staff(&world, &cast.admin, "clerk_a", "employer_clerk", &cast.institution);
    rename(&other, "person");
    assert_eq!(sign_in(&world, "Person", PASSWORD).expect(201)["account_id"], one.account);
    assert_eq!(sign_in(&world, "person", PASSWORD).expect(201)["account_id"], other.account);
    sign_in(&world, "PERSON", PASSWORD).problem(401, "wrong_credentials");
    assert_eq!(cast.admin.read("/v1/accounts?login=person")["items"].as_array().unwrap().len(), 2);
}
