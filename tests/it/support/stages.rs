//! Applications that formal review has accepted, for stories that begin there: what comes before is told elsewhere.

use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::applications::{self, ApplicationRow, Note};
use title_review::db::ExecuteProven as _;
use title_review::db::schema::applications as table;
use title_review_core::ids::ApplicationId;
use title_review_core::vocabulary::{Action, Stage};
use title_review_core::workflow::ChainRecord;

use super::cast::{Cast, applicant, file};
use super::chain::{approval, decide, directed_to_committee};
use super::journey::at_employer;
use super::world::{Actor, World};

/// Somebody whose application is accepted, with its path and the path of its order.
pub struct Accepted {
    pub person: Actor,
    pub path: String,
    pub order: String,
}

/// Files a directed application of this level and has formal review accept it now, through the table of transitions.
pub async fn accepted(world: &World, cast: &Cast, login: &str, number: u32, level: &str) -> Accepted {
    accepted_in(world, cast, login, number, "surveying", level).await
}

/// As [`accepted`], in this specialty.
pub async fn accepted_in(world: &World, cast: &Cast, login: &str, number: u32, specialty: &str, level: &str) -> Accepted {
    let person = applicant(world, login, number);
    let filing = json!({
        "cycle_id": "aksu-2024", "track": "directed", "specialty": specialty, "level": level, "employer_id": cast.institution,
    });
    let path = file(world, &person, &filing);
    let id: ApplicationId = path.rsplit('/').next().unwrap().parse().unwrap();
    world
        .app
        .act_as_system(move |cx| {
            let now = Some(cx.now);
            diesel::update(table::table.filter(table::id.eq(id)))
                .set((
                    table::stage.eq(Stage::FormalReview),
                    table::step.eq("formal_review"),
                    table::committee_submissions.eq(1),
                    table::submitted_at.eq(now),
                    table::reached_committee_at.eq(now),
                    table::commitment_at.eq(now),
                ))
                .execute_proven(cx.conn)?;
            let row = row(cx.conn, id)?;
            let mut situation = applications::situation(cx, row)?;
            situation.relation.in_turn = true;
            situation.facts.blocking_rules = Some(0);
            (situation.facts.checklist_answered, situation.facts.opinion_given) = (true, true);
            situation.facts.chain = Some(ChainRecord::default());
            let decision = situation.decide(Action::Approve, None)?;
            applications::apply(cx, &situation, Action::Approve, &decision, Note::default())?;
            Ok::<_, applications::Error>(())
        })
        .await
        .unwrap();
    let page: Value = person.read(&format!("/v1/orders?application_id={id}"));
    let order = format!("/v1/orders/{}", page["items"][0]["id"].as_str().unwrap());
    Accepted { person, path, order }
}

fn row(conn: &mut title_review::db::Conn, id: ApplicationId) -> Result<ApplicationRow, diesel::result::Error> {
    table::table
        .filter(table::id.eq(id))
        .select((
            table::id,
            table::applicant_id,
            table::cycle_id,
            table::cycle_version,
            table::year,
            table::track,
            table::series,
            table::specialty,
            table::level,
            table::stage,
            table::step,
            table::turn,
            table::live,
            table::employer_id,
            table::department_id,
            table::county,
            table::prefecture,
            table::regional_kinds,
            table::committee_id,
            table::returned_by,
            table::committee_submissions,
            table::correction_due,
            table::uncounted_since,
            table::short_return_at,
            table::paid,
            table::lapse_at,
            table::commitment_at,
            table::submitted_at,
            table::reached_committee_at,
            table::stage_since,
            table::came_by,
            table::came_from_stage,
            table::came_from_step,
            table::came_actor,
            table::untouched,
            table::version,
            table::created_at,
            table::updated_at,
            table::employer_facts,
            table::decide_by,
            table::undecided_at,
        ))
        .first(conn)
}

/// A directed intermediate at the public institution, from the draft to its acceptance through every door of the API.
pub fn accepted_through_the_chain(world: &World, cast: &Cast, login: &str, number: u32) -> Accepted {
    let (person, path) = at_employer(world, cast, login, number);
    directed_to_committee(world, cast, &path);
    decide(&cast.office, &path, &approval("aksu-2024")).expect(200);
    let page: Value = person.read(&format!("/v1/orders?application_id={}", path.rsplit('/').next().unwrap()));
    let order = format!("/v1/orders/{}", page["items"][0]["id"].as_str().unwrap());
    Accepted { person, path, order }
}

/// Settles what is left before the meeting: the payment of the order's amount, the originals and, where the level defends, an exemption.
pub fn to_ready(world: &World, cast: &Cast, one: &Accepted, reference: &str) {
    let fen = one.person.read(&one.order)["amount"]["amount_minor"].as_i64().unwrap();
    pay(world, cast, &one.order, reference, fen).expect(201);
    if one.person.read(&format!("{}/defence", one.path))["state"] == "open" {
        let body = json!({ "ground": "document_13", "approver": "地区职改办" });
        cast.office.act("PUT", &one.path, &format!("{}/defence/exemption", one.path), &body).expect(200);
    }
    receive_originals(cast, &one.path);
    assert_eq!(one.person.read(&one.path)["stage"], "ready");
}

/// Finance confirms a bank payment of this amount today; gives the answer.
pub fn pay(world: &World, cast: &Cast, order: &str, reference: &str, fen: i64) -> super::world::Reply {
    let etag = cast.finance.get(order).send();
    let tag = etag.header("etag").expect("an ETag").to_owned();
    cast.finance
        .post(&format!("{order}/payments"))
        .header("if-match", &tag)
        .key(&world.key())
        .json(&payment(world, reference, fen))
        .send()
}

/// What finance says of a bank payment of today.
pub fn payment(world: &World, reference: &str, fen: i64) -> Value {
    let today = world.app.clock.now().date_in_shanghai();
    json!({ "method": "bank", "reference": reference, "paid_on": today, "amount": { "amount_minor": fen, "currency": "CNY" } })
}

/// The office receives every original that the cycle asks for and that is missing.
pub fn receive_originals(cast: &Cast, application: &str) {
    let list = cast.office.read(&format!("{application}/originals"));
    for item in list["items"].as_array().unwrap().iter().filter(|item| item["received"].is_null()) {
        let path = format!("{application}/originals/{}", item["item"].as_str().unwrap());
        cast.office.act("PUT", application, &path, &json!({ "copies": item["copies"] })).expect(200);
    }
}
