//! Entity tags tell the truth: whatever changes an answer, a client that has the answer before is given the new one (RFC 9110, 8.8.1).

use serde_json::{Value, json};

use crate::support::cast::{Cast, staff};
use crate::support::chain::employer_publicity;
use crate::support::database::Database;
use crate::support::journey::at_employer;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const CYCLE: &str = "aksu-2024";

/// An answer that somebody keeps, and asks about again.
struct Seen {
    actor: Actor,
    path: String,
    tag: String,
    body: Value,
}

impl Seen {
    fn of(actor: &Actor, path: &str) -> Self {
        let reply = actor.get(path).send();
        assert_eq!(reply.status, 200, "{}", reply.body);
        let tag = reply.header("etag").expect("an ETag").to_owned();
        Self { actor: actor.clone(), path: path.to_owned(), tag, body: reply.body }
    }

    fn again(&self) -> Reply {
        self.actor.get(&self.path).header("if-none-match", &self.tag).send()
    }

    /// Nothing has changed: 304 without a body.
    fn holds(&self) {
        let reply = self.again();
        assert_eq!((reply.status, reply.bytes.len(), reply.header("etag")), (304, 0, Some(self.tag.as_str())), "{}", reply.body);
    }

    /// Something has changed, and the version has not: the new answer is given.
    fn has_changed(&self, what: &str) -> Self {
        let reply = self.again();
        assert_eq!(reply.status, 200, "{what}");
        assert_eq!(reply.body["version"], self.body["version"], "{what}");
        assert_ne!(reply.body, self.body, "{what}");
        let tag = reply.header("etag").expect("an ETag").to_owned();
        assert_ne!(tag, self.tag, "{what}");
        Self { actor: self.actor.clone(), path: self.path.clone(), tag, body: reply.body }
    }
}

on_both!(what_changes_an_application_without_its_version_changes_its_tag);
async fn what_changes_an_application_without_its_version_changes_its_tag(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    employer_publicity(&world, &cast.institution_clerk, &path, "2024-07-22");

    let seen = Seen::of(&person, &path);
    seen.holds();
    let extension = json!({ "window": "application", "until": "2024-08-30T19:00:00+08:00", "reason": "系统故障" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&extension).send().expect(201);
    let seen = seen.has_changed("an extension for everyone");
    let own =
        json!({ "window": "application", "account_id": person.account, "until": "2024-09-02T19:00:00+08:00", "reason": "住院" });
    cast.admin.post("/v1/cycles/aksu-2024/extensions").key(&world.key()).json(&own).send().expect(201);
    let seen = seen.has_changed("an extension for the applicant");

    let organisation = format!("/v1/organisations/{}", cast.institution);
    let mut renamed = cast.admin.read(&organisation);
    renamed["name"] = json!("改名后的单位");
    for computed in ["id", "version", "created_at", "updated_at"] {
        renamed.as_object_mut().unwrap().remove(computed);
    }
    cast.admin.act("PUT", &organisation, &organisation, &renamed).expect(200);
    let seen = seen.has_changed("a renamed employer");
    assert_eq!(seen.body["employer_name"], "改名后的单位");
    seen.holds();

    // The last day of the publicity passes: nothing is written, and the employer may approve.
    let at_work = Seen::of(&cast.institution_clerk, &path);
    at_work.holds();
    world.travel("2024-07-29T00:00:00+08:00");
    let at_work = at_work.has_changed("the end of a publicity");

    let sanction = json!({
        "kind": "disciplinary", "account_id": person.account, "ground": "demerit", "reason": "违纪", "from_day": "2024-01-01", "until_day": "2025-12-31",
    });
    cast.office.post("/v1/sanctions").key(&world.key()).json(&sanction).send().expect(201);
    at_work.has_changed("a sanction on the applicant");
}

on_both!(a_new_grant_of_the_asker_changes_the_tag);
async fn a_new_grant_of_the_asker_changes_the_tag(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let (_, path) = at_employer(&world, &cast, "applicant_a", 1);
    let before = Seen::of(&staff(&world, &cast.admin, "supervisor_b", "supervisor", &bureau(&world, &cast)), &path);
    before.holds();
    let grant = json!({ "account_id": before.actor.account, "organisation_id": cast.institution, "role": "employer_clerk" });
    let granted = world.security().post("/v1/memberships").key(&world.key()).json(&grant).send().expect(201);
    let after = Seen { actor: world.sign_in("supervisor_b"), ..before };
    let after = after.has_changed("a new grant of the asker");
    assert_eq!(after.body["blocked_actions"].as_array().map(Vec::is_empty), Some(false));
    after.holds();

    world.security().delete(&format!("/v1/memberships/{}", granted["id"].as_str().unwrap())).send().expect(204);
    Seen { actor: world.sign_in("supervisor_b"), ..after }.has_changed("a grant that has ended");
}

fn bureau(world: &World, cast: &Cast) -> String {
    let body = json!({
        "kind": "bureau", "ownership": "none", "name": "局", "region": "652900", "credit_code": crate::support::cast::credit_code(77),
    });
    let made = cast.admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201);
    made["id"].as_str().unwrap().to_owned()
}

on_both!(a_tag_is_sent_back_in_any_form_that_proxies_leave_whole);
async fn a_tag_is_sent_back_in_any_form_that_proxies_leave_whole(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let cast = Cast::enter(&world, CYCLE);
    let path = format!("/v1/organisations/{}", cast.institution);
    let seen = Seen::of(&cast.admin, &path);

    // Compressed bytes are another representation; whoever has them has the answer.
    let plain = cast.admin.get("/v1/cycles/aksu-2024").header("accept-encoding", "identity").send();
    let gzip = cast.admin.get("/v1/cycles/aksu-2024").header("accept-encoding", "gzip").send();
    assert_eq!(gzip.header("content-encoding"), Some("gzip"));
    let (plain, gzip) = (plain.header("etag").unwrap().to_owned(), gzip.header("etag").unwrap().to_owned());
    assert_eq!(gzip, format!("{}-gzip\"", plain.trim_end_matches('"')));
    for tag in [&plain, &gzip, &format!("W/{gzip}")] {
        assert_eq!(cast.admin.get("/v1/cycles/aksu-2024").header("if-none-match", tag).send().status, 304, "{tag}");
    }

    let mut changed = seen.body.clone();
    for computed in ["id", "version", "created_at", "updated_at"] {
        changed.as_object_mut().unwrap().remove(computed);
    }
    let put = |tag: &str| cast.admin.put(&path).header("if-match", tag).json(&changed).send();
    let weak = put(&format!("W/{}", seen.tag)).problem(412, "stale_version");
    assert!(weak["detail"].as_str().unwrap().contains("W/"), "{weak}");
    let coded = format!("{}-gzip\"", seen.tag.trim_end_matches('"'));
    assert_eq!(put(&coded).version(), Some(2));
    assert_eq!(put("\"9\", \"2.of-another-day\"").version(), Some(3));
    put("\"1\", \"2\"").problem(412, "stale_version");
}

on_both!(head_is_answered_as_get_without_the_body);
async fn head_is_answered_as_get_without_the_body(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let admin = world.admin();
    for path in ["/v1/me", "/v1/cycles/aksu-2024", "/v1/cycles/aksu-2024/deadlines.ics", "/openapi.json", "/livez"] {
        let (get, head) = (admin.get(path).send(), admin.method("HEAD", path).send());
        assert_eq!((head.status, head.bytes.len()), (get.status, 0), "{path}");
        for name in ["etag", "content-type", "cache-control", "content-disposition"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    assert_eq!(admin.method("HEAD", "/v1/applications/01800000-0000-7000-8000-000000000000").send().status, 403);
    assert_eq!(admin.method("HEAD", "/v1/nothing").send().status, 404);
}

on_both!(what_everybody_may_read_may_be_kept_for_a_while);
async fn what_everybody_may_read_may_be_kept_for_a_while(database: Database) {
    let world = World::at(database, "2024-07-22T09:00:00+08:00").await;
    let anybody = world.anybody();
    for (path, seconds) in
        [("/v1/cycles", 60), ("/v1/cycles/aksu-2024/deadlines", 60), ("/v1/publicities", 60), ("/openapi.json", 300)]
    {
        let reply = anybody.get(path).send();
        assert_eq!(reply.header("cache-control"), Some(format!("public, max-age={seconds}").as_str()), "{path}");
        let again = anybody.get(path).header("if-none-match", reply.header("etag").unwrap()).send();
        assert_eq!((again.status, again.header("cache-control")), (304, reply.header("cache-control")), "{path}");
    }
    assert_eq!(world.admin().get("/v1/me").send().header("cache-control"), Some("no-store"));
    let refused = anybody.get("/v1/cycles/nowhere-2024").send();
    assert_eq!((refused.header("cache-control"), refused.header("vary")), (Some("no-store"), Some("accept-language")));
}
