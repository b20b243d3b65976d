//! Meetings: formed, attended, voted, closed.

pub mod corrections;

use serde_json::{Value, json};

use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::stages::{accepted_in, to_ready};
use crate::support::world::{Actor, Reply, World};

/// An application that is ready for a meeting: paid, its originals received, its defence exempted where it has one. Applicant and path.
pub async fn ready(world: &World, cast: &Cast, number: u32, specialty: &str, level: &str) -> (Actor, String) {
    let one = accepted_in(world, cast, &format!("applicant_{number}"), number, specialty, level).await;
    to_ready(world, cast, &one, &format!("BANK-{number}"));
    (one.person, one.path)
}

/// The id at the end of a path.
pub fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

fn ask_for_meeting(world: &World, cast: &Cast, members: u16) -> Reply {
    ask_for_meeting_at(world, cast, members, &world.app.clock.now().to_string())
}

fn ask_for_meeting_at(world: &World, cast: &Cast, members: u16, at: &str) -> Reply {
    let body = json!({
        "cycle_id": "aksu-2024", "name": "评审会议", "level_group": "senior", "scheduled_at": at, "place": "会议室",
        "members": members, "chair": "主任委员甲", "deputies": ["副主任委员乙"],
    });
    cast.office.post("/v1/meetings").key(&world.key()).json(&body).send()
}

/// A meeting of 25 members that begins now; its path.
pub fn meeting(world: &World, cast: &Cast) -> String {
    let made = ask_for_meeting(world, cast, 25).expect(201);
    format!("/v1/meetings/{}", made["id"].as_str().unwrap())
}

/// Puts applications before a meeting.
pub fn add(cast: &Cast, meeting: &str, applications: &[&str]) -> Reply {
    let ids: Vec<String> = applications.iter().map(|path| id_of(path)).collect();
    cast.office.act("POST", meeting, &format!("{meeting}/candidates"), &json!({ "application_ids": ids }))
}

/// Records who was there.
pub fn attend(cast: &Cast, meeting: &str, present: u16) -> Reply {
    cast.office.act("PUT", meeting, &format!("{meeting}/attendance"), &json!({ "present": present, "led_by": "chair" }))
}

/// Records a vote.
pub fn vote(cast: &Cast, meeting: &str, application: &str, yes: u16, no: u16, abstain: u16, recused: u16) -> Reply {
    let path = format!("{meeting}/candidates/{}/tally", id_of(application));
    cast.office.act("PUT", meeting, &path, &json!({ "yes": yes, "no": no, "abstain": abstain, "recused": recused }))
}

/// Closes a meeting.
pub fn close(cast: &Cast, meeting: &str) -> Reply {
    cast.office.act("POST", meeting, &format!("{meeting}/closure"), &json!({}))
}

/// Settles the caps of a cycle.
pub fn settle(cast: &Cast, cycle: &str, leave_out_waiting: bool) -> Reply {
    let body = json!({ "leave_out_waiting": leave_out_waiting });
    cast.office.post(&format!("/v1/cycles/{cycle}/cap-settlement")).json(&body).send()
}

/// Candidates of a closure or of a settled cap in the order of these applications: reason and arithmetic.
fn rulings(closure: &Value, applications: &[&str]) -> Vec<(String, String)> {
    let candidates = closure["candidates"].as_array().unwrap();
    applications
        .iter()
        .map(|path| {
            let found = candidates.iter().find(|one| one["application_id"] == id_of(path).as_str()).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&found["ruling"]["reason"]), text(&found["ruling"]["arithmetic"]["en"]))
        })
        .collect()
}

async fn setting(database: Database) -> (World, Cast) {
    let world = World::at(database, "2024-08-20T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    (world, cast)
}

// clauses: 2.4, 4.8, R2, R4, R9
on_both!(intermediate_application_passes_with_two_thirds);
async fn intermediate_application_passes_with_two_thirds(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let early = accepted_in(&world, &cast, "applicant_2", 2, "surveying", "intermediate").await.path;

    let refused = ask_for_meeting(&world, &cast, 24).problem(422, "committee_too_small");
    assert_eq!(
        (refused["errors"][0]["pointer"].as_str(), refused["errors"][0]["clause"].as_str()),
        (Some("#/members"), Some("R2"))
    );
    let refused = ask_for_meeting(&world, &cast, 26).problem(422, "committee_too_small");
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("单数"), "{refused}");
    let meeting = meeting(&world, &cast);
    let refused = add(&cast, &meeting, &[&path, &early]).problem(409, "candidate_not_ready");
    assert_eq!(refused["errors"][0]["pointer"], "#/application_ids/1");
    assert_eq!(cast.office.read(&path)["stage"], "ready", "all are taken in, or none");
    add(&cast, &meeting, &[&path]).expect(200);
    assert_eq!(person.read(&path)["stage"], "in_meeting");
    let told = person.read(&format!("{path}/result"));
    assert_eq!((told["meeting"]["place"].as_str(), &told["passed"]), (Some("会议室"), &Value::Null), "the date is told (2.4)");
    add(&cast, &meeting, &[&path]).problem(409, "candidate_not_ready");

    vote(&cast, &meeting, &path, 17, 8, 0, 0).problem(409, "quorum_missing");
    attend(&cast, &meeting, 25).expect(200);
    attend(&cast, &meeting, 24).problem(409, "already_exists");
    close(&cast, &meeting).problem(409, "tally_missing");
    vote(&cast, &meeting, &path, 17, 8, 0, 0).expect(200);

    let before = cast.office.read(&meeting);
    let tried = cast.office.act("POST", &meeting, &format!("{meeting}/closure?dry_run=true"), &json!({}));
    let tried = tried.expect(200);
    assert_eq!((&tried["dry_run"], &tried["candidates"][0]["stage"]), (&json!(true), &json!("passed")));
    assert_eq!(cast.office.read(&meeting), before, "a dry run keeps nothing");
    assert_eq!(person.read(&path)["stage"], "in_meeting");

    let closed = close(&cast, &meeting).expect(200);
    assert_eq!(rulings(&closed, &[&path]), [("passed".to_owned(), "yes 17 of 25 needed 17: passed".to_owned())]);
    assert_eq!(tried["candidates"][0]["ruling"], closed["candidates"][0]["ruling"], "the trial told the truth");
    let result = person.read(&format!("{path}/result"));
    assert_eq!((&result["stage"], &result["passed"], &result["cap"]), (&json!("passed"), &json!(true), &Value::Null));
    assert!(!result.to_string().contains("17"), "how anybody voted is not told: {result}");

    close(&cast, &meeting).problem(409, "meeting_closed");
    vote(&cast, &meeting, &path, 25, 0, 0, 0).problem(409, "meeting_closed");
    add(&cast, &meeting, &[&early]).problem(409, "meeting_closed");
    person.get(&meeting).send().problem(403, "forbidden");
    cast.supervisor.read(&format!("{meeting}/candidates"));
    cast.institution_clerk.get(&meeting).send().problem(403, "forbidden");
}

/// A meeting held with these candidates and as many yes votes of 25 as each has; its closure.
fn hold(world: &World, cast: &Cast, candidates: &[(&str, u16)]) -> Value {
    let meeting = meeting(world, cast);
    let paths: Vec<&str> = candidates.iter().map(|(path, _)| *path).collect();
    add(cast, &meeting, &paths).expect(200);
    attend(cast, &meeting, 25).expect(200);
    for (path, yes) in candidates {
        vote(cast, &meeting, path, *yes, 25 - yes, 0, 0).expect(200);
    }
    close(cast, &meeting).expect(200)
}

async fn associate_seniors(world: &World, cast: &Cast, specialties: &[&str]) -> Vec<(Actor, String)> {
    let mut found = Vec::new();
    for (number, specialty) in (1..).zip(specialties) {
        found.push(ready(world, cast, number, specialty, "associate_senior").await);
    }
    found
}

// clauses: 4.8
on_both!(cap_is_shared_by_all_meetings_of_the_year);
async fn cap_is_shared_by_all_meetings_of_the_year(database: Database) {
    let (world, cast) = setting(database).await;
    let people = associate_seniors(&world, &cast, &["surveying", "land", "spatial_planning", "geology"]).await;
    let all: Vec<&str> = people.iter().map(|(_, path)| path.as_str()).collect();
    let (late, too_late) = ready(&world, &cast, 5, "land", "associate_senior").await;

    let first = hold(&world, &cast, &[(all[0], 25)]);
    let open = "yes 25 of 25 needed 17: enough votes, the cap of the year is not settled yet";
    assert_eq!(rulings(&first, &all[..1]), [("cap_open".to_owned(), open.to_owned())]);
    let result = people[0].0.read(&format!("{}/result", all[0]));
    assert_eq!((&result["stage"], &result["passed"]), (&json!("in_meeting"), &Value::Null));
    assert_eq!(result["reason_words"]["zh"], "票数达到要求，待年度名额核定");

    let second = meeting(&world, &cast);
    add(&cast, &second, &all[1..]).expect(200);
    assert_eq!(settle(&cast, "aksu-2024", true).problem(409, "meetings_open")["clause"], "4.8");
    attend(&cast, &second, 25).expect(200);
    for (path, yes) in all[1..].iter().zip([20, 19, 18]) {
        vote(&cast, &second, path, yes, 25 - yes, 0, 0).expect(200);
    }
    close(&cast, &second).expect(200);

    // Seen before it is done: nothing is settled by looking.
    let settlement = "/v1/cycles/aksu-2024/cap-settlement";
    let before = cast.supervisor.read(settlement);
    assert_eq!((&before["settled_at"], &before["waiting"], &before["caps"][0]["places"]), (&Value::Null, &json!(1), &json!(3)));
    people[0].0.get(settlement).send().problem(403, "forbidden");
    cast.supervisor.post(settlement).json(&json!({})).send().problem(403, "forbidden");
    assert_eq!(settle(&cast, "aksu-2024", false).problem(409, "cap_candidates_waiting")["clause"], "4.8");
    assert_eq!(cast.office.read(all[0])["stage"], "in_meeting");
    let settled = settle(&cast, "aksu-2024", true).expect(200);
    assert_eq!(
        rulings(&settled["caps"][0], &all),
        [
            ("passed", "reviewed 4, cap 75 % -> 3 places, yes 25 of 25 needed 17, rank 1: passed"),
            ("passed", "reviewed 4, cap 75 % -> 3 places, yes 20 of 25 needed 17, rank 2: passed"),
            ("passed", "reviewed 4, cap 75 % -> 3 places, yes 19 of 25 needed 17, rank 3: passed"),
            (
                "outside_cap",
                "reviewed 4, cap 75 % -> 3 places, yes 18 of 25 needed 17, rank 4: enough votes, outside the pass-rate cap"
            ),
        ]
        .map(|(reason, text)| (reason.to_owned(), text.to_owned()))
    );
    assert_eq!(before["caps"], settled["caps"], "what was seen before is what was done");
    assert_eq!((&settled["left_out"], settled["settled_at"].is_string()), (&json!(1), true));
    for (path, stage) in all.iter().zip(["passed", "passed", "passed", "not_passed"]) {
        assert_eq!(cast.office.read(path)["stage"], stage);
    }
    let result = people[3].0.read(&format!("{}/result", all[3]));
    assert_eq!((&result["passed"], &result["reason"]), (&json!(false), &json!("outside_cap")));
    assert_eq!(result["cap_words"]["en"], "reviewed 4, cap 75 % -> 3 places");

    settle(&cast, "aksu-2024", true).problem(409, "cap_settled");
    let third = meeting(&world, &cast);
    let refused = add(&cast, &third, &[&too_late]).problem(409, "cap_settled");
    assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["clause"]), (&json!("#/application_ids/0"), &json!("4.8")));
    assert_eq!(late.read(&too_late)["stage"], "ready");
}

// clauses: 4.8
on_both!(tie_at_the_cap_is_not_cut);
async fn tie_at_the_cap_is_not_cut(database: Database) {
    let (world, cast) = setting(database).await;
    let people = associate_seniors(&world, &cast, &["surveying"; 4]).await;
    let all: Vec<&str> = people.iter().map(|(_, path)| path.as_str()).collect();
    hold(&world, &cast, &[(all[0], 25), (all[1], 23), (all[2], 20), (all[3], 20)]);
    let settled = settle(&cast, "aksu-2024", false).expect(200);
    let reasons: Vec<String> = rulings(&settled["caps"][0], &all).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(reasons, ["passed", "passed", "tie_at_cap", "tie_at_cap"]);
}

// clauses: 4.8, A3
on_both!(excluded_candidate_counts_as_reviewed_and_takes_no_place);
async fn excluded_candidate_counts_as_reviewed_and_takes_no_place(database: Database) {
    let (world, cast) = setting(database).await;
    let people = associate_seniors(&world, &cast, &["surveying"; 4]).await;
    let all: Vec<&str> = people.iter().map(|(_, path)| path.as_str()).collect();
    hold(&world, &cast, &[(all[0], 25), (all[1], 23), (all[2], 20), (all[3], 19)]);
    let fraud = json!({ "finding": "业绩证明系伪造", "reason": "出具单位书面否认" });
    cast.office.act("POST", all[0], &format!("{}/fraud-decisions", all[0]), &fraud).expect(201);
    settle(&cast, "aksu-2024", false).expect(200);
    for (path, stage) in all.iter().zip(["disqualified", "passed", "passed", "passed"]) {
        assert_eq!(cast.office.read(path)["stage"], stage);
    }
}

// clauses: 4.8
on_both!(nothing_is_settled_where_nobody_waits);
async fn nothing_is_settled_where_nobody_waits(database: Database) {
    let (world, cast) = setting(database).await;
    settle(&cast, "aksu-2024", false).problem(409, "conflict");
    settle(&cast, "aksu-1999", false).problem(404, "not_found");
    let (_, path) = ready(&world, &cast, 1, "land", "intermediate").await;
    hold(&world, &cast, &[(&path, 25)]);
    assert_eq!(cast.office.read(&path)["stage"], "passed", "a level without a cap is decided by the votes alone");
    settle(&cast, "aksu-2024", false).problem(409, "conflict");
}

// clauses: R3
on_both!(a_meeting_needs_two_thirds_of_its_members);
async fn a_meeting_needs_two_thirds_of_its_members(database: Database) {
    let (world, cast) = setting(database).await;
    let meeting = meeting(&world, &cast);
    let refused = attend(&cast, &meeting, 16).problem(409, "quorum_missing");
    assert_eq!(refused["errors"][0]["clause"], "R3");
    assert_eq!(cast.office.read(&meeting)["attendance"], Value::Null, "nothing is written");
    attend(&cast, &meeting, 26).problem(422, "invalid_field");
    let attended = attend(&cast, &meeting, 17).expect(200);
    assert_eq!((&attended["attendance"]["present"], &attended["attendance"]["quorum"]), (&json!(17), &json!(17)));
}

// clauses: R4, R5
on_both!(votes_add_up_and_the_recused_do_not_count);
async fn votes_add_up_and_the_recused_do_not_count(database: Database) {
    let (world, cast) = setting(database).await;
    let (_, enough) = ready(&world, &cast, 1, "land", "intermediate").await;
    let (_, short) = ready(&world, &cast, 2, "land", "intermediate").await;
    let (_, absent) = ready(&world, &cast, 3, "land", "intermediate").await;
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&enough, &short]).expect(200);
    attend(&cast, &meeting, 25).expect(200);
    for (yes, no, abstain, recused) in [(16, 8, 0, 0), (16, 8, 1, 1), (0, 0, 0, 25), (26, 0, 0, 0)] {
        let refused = vote(&cast, &meeting, &enough, yes, no, abstain, recused).problem(422, "tally_invalid");
        assert_eq!(refused["errors"][0]["clause"], "R4");
    }
    vote(&cast, &meeting, &absent, 25, 0, 0, 0).problem(404, "not_found");
    vote(&cast, &meeting, &enough, 16, 8, 0, 1).expect(200);
    vote(&cast, &meeting, &short, 15, 0, 9, 1).expect(200);
    let closed = close(&cast, &meeting).expect(200);
    assert_eq!(
        rulings(&closed, &[&enough, &short]),
        [
            ("passed".to_owned(), "yes 16 of 24 needed 16: passed".to_owned()),
            ("too_few_votes".to_owned(), "yes 15 of 24 needed 16: too few yes votes".to_owned()),
        ]
    );
}

// clauses: R6
on_both!(closing_a_meeting_with_a_stale_version_is_refused);
async fn closing_a_meeting_with_a_stale_version_is_refused(database: Database) {
    let (world, cast) = setting(database).await;
    let (_, path) = ready(&world, &cast, 1, "land", "intermediate").await;
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&path]).expect(200);
    attend(&cast, &meeting, 25).expect(200);
    let seen = vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200)["version"].as_i64().unwrap();
    vote(&cast, &meeting, &path, 0, 25, 0, 0).expect(200);
    cast.office.post(&format!("{meeting}/closure")).if_match(seen).send().problem(412, "stale_version");
    assert_eq!(cast.office.read(&path)["stage"], "in_meeting");
    close(&cast, &meeting).expect(200);
    assert_eq!(cast.office.read(&path)["stage"], "not_passed");
}

// clauses: 2.4, R3
on_both!(nothing_is_recorded_of_a_meeting_before_it_begins);
async fn nothing_is_recorded_of_a_meeting_before_it_begins(database: Database) {
    let (world, cast) = setting(database).await;
    let (_, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let past = ask_for_meeting_at(&world, &cast, 25, "2024-08-20T08:59:59+08:00").problem(422, "invalid_field");
    assert_eq!(past["errors"][0]["pointer"], "#/scheduled_at");
    let made = ask_for_meeting_at(&world, &cast, 25, "2024-10-15T10:00:00+08:00").expect(201);
    let meeting = format!("/v1/meetings/{}", made["id"].as_str().unwrap());
    add(&cast, &meeting, &[&path]).expect(200);
    world.travel("2024-10-15T09:59:59.999999+08:00");
    assert_eq!(attend(&cast, &meeting, 25).problem(409, "meeting_not_begun")["clause"], "2.4");
    vote(&cast, &meeting, &path, 25, 0, 0, 0).problem(409, "meeting_not_begun");
    close(&cast, &meeting).problem(409, "meeting_not_begun");
    world.travel("2024-10-15T10:00:00+08:00");
    attend(&cast, &meeting, 25).expect(200);
    vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    close(&cast, &meeting).expect(200);
}
