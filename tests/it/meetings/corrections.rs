//! What an office corrects of a meeting: time, place and list until it begins, attendance and tallies until it is closed.

use serde_json::{Value, json};

use super::{add, ask_for_meeting_at, attend, close, id_of, meeting, ready, setting, vote};
use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::on_both;
use crate::support::world::{Actor, Reply, World};

const REASON: &str = "登记有误";

/// A meeting of 25 members that begins then; its path.
fn meeting_at(world: &World, cast: &Cast, at: &str) -> String {
    let made = ask_for_meeting_at(world, cast, 25, at).expect(201);
    format!("/v1/meetings/{}", made["id"].as_str().unwrap())
}

fn schedule(at: &str, place: &str) -> Value {
    json!({ "scheduled_at": at, "place": place, "reason": REASON })
}

fn reschedule(office: &Actor, meeting: &str, body: &Value) -> Reply {
    office.act("PUT", meeting, meeting, body)
}

/// Takes an application off the list.
pub fn remove(office: &Actor, meeting: &str, application: &str) -> Reply {
    let path = format!("{meeting}/candidates/{}/removal", id_of(application));
    office.act("POST", meeting, &path, &json!({ "reason": REASON }))
}

/// Cancels a meeting.
pub fn cancel(office: &Actor, meeting: &str) -> Reply {
    office.act("POST", meeting, &format!("{meeting}/cancellation"), &json!({ "reason": REASON }))
}

/// Records another attendance in the place of the first.
pub fn correct_attendance(office: &Actor, meeting: &str, present: u16, led_by: &str) -> Reply {
    let body = json!({ "present": present, "led_by": led_by, "reason": REASON });
    office.act("PUT", meeting, &format!("{meeting}/attendance"), &body)
}

fn allows(actor: &Actor, path: &str, action: &str) -> bool {
    actor.read(path)["allowed_actions"].as_array().unwrap().iter().any(|allowed| allowed == action)
}

// clauses: 2.4, R9
on_both!(time_and_place_are_corrected_until_the_meeting_begins);
async fn time_and_place_are_corrected_until_the_meeting_begins(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let meeting = meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00");
    add(&cast, &meeting, &[&path]).expect(200);
    let right = schedule("2024-10-16T10:00:00+08:00", "三楼会议室");
    for nobody in [&person, &cast.supervisor, &cast.institution_clerk, &cast.finance] {
        nobody.put(&meeting).header("if-match", "*").json(&right).send().problem(403, "forbidden");
    }
    cast.office.put(&meeting).json(&right).send().problem(428, "precondition_required");
    cast.office.put(&meeting).if_match(1).json(&right).send().problem(412, "stale_version");
    let past =
        reschedule(&cast.office, &meeting, &schedule("2024-08-20T08:59:59+08:00", "三楼会议室")).problem(422, "invalid_field");
    assert_eq!(past["errors"][0]["pointer"], "#/scheduled_at");
    reschedule(&cast.office, &meeting, &schedule("2024-10-15T10:00:00+08:00", "会议室")).problem(422, "invalid_field");
    for reason in ["", " ", "一\n二", "\u{7}"] {
        let mut body = right.clone();
        body["reason"] = json!(reason);
        let refused = reschedule(&cast.office, &meeting, &body).problem(422, "invalid_body");
        assert_eq!(refused["errors"][0]["pointer"], "#/reason");
    }
    let mut long = right.clone();
    long["reason"] = json!("长".repeat(501));
    reschedule(&cast.office, &meeting, &long).problem(422, "invalid_body");
    let before = cast.office.read(&meeting);
    assert_eq!((&before["version"], &before["corrections"]), (&json!(2), &json!([])), "what was refused is not there");

    let after = reschedule(&cast.office, &meeting, &right).expect(200);
    assert_eq!((&after["scheduled_at"], &after["place"]), (&right["scheduled_at"], &right["place"]));
    let corrected = &after["corrections"][0];
    assert_eq!((&corrected["by"], &corrected["reason"]), (&json!(cast.office.account), &json!(REASON)));
    let (was, now) = (&corrected["schedule"]["was"], &corrected["schedule"]["now"]);
    assert_eq!((&was["scheduled_at"], &was["place"]), (&json!("2024-10-15T10:00:00+08:00"), &json!("会议室")));
    assert_eq!(now, &json!({ "scheduled_at": right["scheduled_at"], "place": right["place"] }));
    assert_eq!(corrected["schedule"]["present"], Value::Null);
    assert_eq!(person.read(&format!("{path}/result"))["meeting"]["place"], "三楼会议室");
    let told = person.read("/v1/notices")["items"][0].clone();
    assert_eq!((&told["kind"], &told["clause"]), (&json!("meeting.reschedule"), &json!("2.4")));
    let acts = cast.supervisor.read(&format!("/v1/audit?object_id={}", id_of(&meeting)));
    let act = acts["items"].as_array().unwrap().iter().find(|act| act["action"] == "meeting.reschedule").expect("on record");
    assert_eq!((&act["detail"]["was"]["place"], &act["detail"]["reason"]), (&json!("会议室"), &json!(REASON)));

    // The time that it has now decides.
    world.travel("2024-10-16T09:59:59.999999+08:00");
    attend(&cast, &meeting, 25).problem(409, "meeting_not_begun");
    reschedule(&cast.office, &meeting, &schedule("2024-10-16T10:30:00+08:00", "三楼会议室")).expect(200);
    world.travel("2024-10-16T10:30:00+08:00");
    let late =
        reschedule(&cast.office, &meeting, &schedule("2024-10-17T10:00:00+08:00", "三楼会议室")).problem(409, "meeting_begun");
    assert_eq!(late["clause"], "2.4");
    attend(&cast, &meeting, 25).expect(200);
    vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    close(&cast, &meeting).expect(200);
    reschedule(&cast.office, &meeting, &right).problem(409, "meeting_closed");
}

// clauses: R3
on_both!(meeting_without_a_quorum_is_adjourned);
async fn meeting_without_a_quorum_is_adjourned(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let meeting = meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00");
    add(&cast, &meeting, &[&path]).expect(200);
    let later = |present: u16| json!({ "present": present, "scheduled_at": "2024-10-18T10:00:00+08:00", "place": "会议室", "reason": REASON });
    let adjourn = |body: &Value| cast.office.act("POST", &meeting, &format!("{meeting}/adjournment"), body);
    adjourn(&later(12)).problem(409, "meeting_not_begun");
    world.travel("2024-10-15T10:05:00+08:00");
    attend(&cast, &meeting, 12).problem(409, "quorum_missing");
    close(&cast, &meeting).problem(409, "quorum_missing");
    assert_eq!(adjourn(&later(25)).problem(409, "quorum_present")["clause"], "R3");
    let mut past = later(12);
    past["scheduled_at"] = json!("2024-10-15T10:04:59+08:00");
    adjourn(&past).problem(422, "invalid_field");
    let adjournment = format!("{meeting}/adjournment");
    person.post(&adjournment).header("if-match", "*").json(&later(12)).send().problem(403, "forbidden");
    let adjourned = adjourn(&later(12)).expect(200);
    let schedule = &adjourned["corrections"][0]["schedule"];
    assert_eq!((&adjourned["scheduled_at"], &schedule["present"]), (&later(0)["scheduled_at"], &json!(12)));
    let told = person.read("/v1/notices")["items"][0].clone();
    assert_eq!((&told["kind"], &told["clause"]), (&json!("meeting.adjourn"), &json!("R3")));
    attend(&cast, &meeting, 25).problem(409, "meeting_not_begun");

    // It is held then, and adjourned no more.
    world.travel("2024-10-18T10:00:00+08:00");
    attend(&cast, &meeting, 25).expect(200);
    adjourn(&later(12)).problem(409, "quorum_present");
    vote(&cast, &meeting, &path, 25, 0, 0, 0).expect(200);
    close(&cast, &meeting).expect(200);
    adjourn(&later(12)).problem(409, "meeting_closed");
}

// clauses: 2.4, 4.1a
on_both!(candidate_leaves_the_list_until_the_meeting_begins);
async fn candidate_leaves_the_list_until_the_meeting_begins(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let (_, other) = ready(&world, &cast, 2, "land", "intermediate").await;
    let (first, second) =
        (meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00"), meeting_at(&world, &cast, "2024-10-20T10:00:00+08:00"));
    add(&cast, &first, &[&path, &other]).expect(200);
    assert!(allows(&cast.office, &path, "leave_meeting") && !allows(&cast.supervisor, &path, "leave_meeting"));
    let removal = format!("{first}/candidates/{}/removal", id_of(&path));
    for nobody in [&person, &cast.supervisor, &cast.institution_clerk] {
        nobody.post(&removal).header("if-match", "*").json(&json!({ "reason": REASON })).send().problem(403, "forbidden");
    }
    cast.office.post(&removal).if_match(1).json(&json!({ "reason": REASON })).send().problem(412, "stale_version");
    cast.office.act("POST", &first, &removal, &json!({ "reason": "\t" })).problem(422, "invalid_body");
    remove(&cast.office, &second, &path).problem(404, "not_found");

    let left = remove(&cast.office, &first, &path).expect(200);
    assert_eq!((left["items"].as_array().unwrap().len(), &left["items"][0]["seq"]), (1, &json!(2)));
    let application = person.read(&path);
    assert_eq!(application["stage"], "ready");
    assert_eq!(person.read(&format!("{path}/result"))["meeting"], Value::Null);
    assert_eq!(person.read("/v1/notices")["items"][0]["kind"], "application.leave_meeting");
    let history = person.read(&format!("{path}/history"));
    let step = history["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&step["action"], &step["opinion"], &step["clause"]), (&json!("leave_meeting"), &json!(REASON), &json!("2.4")));
    let removed = &cast.office.read(&first)["corrections"][0];
    assert_eq!((&removed["removed_candidate"], &removed["reason"]), (&json!(id_of(&path)), &Value::Null));
    remove(&cast.office, &first, &path).problem(404, "not_found");

    // On another list, off it, and on the first again: its number was free for nobody else.
    add(&cast, &second, &[&path]).expect(200);
    remove(&cast.office, &second, &path).expect(200);
    let again = add(&cast, &first, &[&path]).expect(200);
    assert_eq!(again["items"][1]["seq"], 3);
    assert!(allows(&cast.office, &path, "leave_meeting"));
    world.travel("2024-10-15T10:00:00+08:00");
    assert!(!allows(&cast.office, &path, "leave_meeting"), "offered is possible");
    remove(&cast.office, &first, &path).problem(409, "meeting_begun");
    attend(&cast, &first, 25).expect(200);
    for one in [&path, &other] {
        vote(&cast, &first, one, 25, 0, 0, 0).expect(200);
    }
    close(&cast, &first).expect(200);
    remove(&cast.office, &first, &path).problem(409, "meeting_closed");
    assert_eq!(person.read(&path)["stage"], "passed");
}

// clauses: 2.4
on_both!(empty_meeting_that_has_not_begun_is_cancelled);
async fn empty_meeting_that_has_not_begun_is_cancelled(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "surveying", "intermediate").await;
    let wrong = meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00");
    add(&cast, &wrong, &[&path]).expect(200);
    cancel(&cast.office, &wrong).problem(409, "meeting_not_empty");
    remove(&cast.office, &wrong, &path).expect(200);
    let body = json!({ "reason": REASON });
    let cancellation = format!("{wrong}/cancellation");
    cast.supervisor.post(&cancellation).header("if-match", "*").json(&body).send().problem(403, "forbidden");
    cast.office.post(&cancellation).if_match(1).json(&body).send().problem(412, "stale_version");
    let cancelled = cancel(&cast.office, &wrong).expect(200);
    assert_eq!((&cancelled["cancelled_at"], &cancelled["cancelled_reason"]), (&json!("2024-08-20T09:00:00+08:00"), &json!(REASON)));
    let refused = cancel(&cast.office, &wrong).problem(409, "meeting_cancelled");
    assert_eq!((&refused["clause"], &refused["state"]), (&json!("2.4"), &json!("cancelled")));
    add(&cast, &wrong, &[&path]).problem(409, "meeting_cancelled");
    reschedule(&cast.office, &wrong, &schedule("2024-10-16T10:00:00+08:00", "会议室")).problem(409, "meeting_cancelled");
    let right = meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00");
    add(&cast, &right, &[&path]).expect(200);
    world.travel("2024-10-15T10:00:00+08:00");
    attend(&cast, &wrong, 25).problem(409, "meeting_cancelled");
    close(&cast, &wrong).problem(409, "meeting_cancelled");
    // Of the list of those that are held it is gone for the settlement of the caps.
    assert_eq!(cast.office.read("/v1/cycles/aksu-2024/cap-settlement")["open_meetings"], 1);
    let begun = meeting(&world, &cast);
    cancel(&cast.office, &begun).problem(409, "meeting_begun");
    assert_eq!(person.read(&path)["stage"], "in_meeting");
}

// clauses: R3, R4, R5, R6, R9
on_both!(attendance_and_tallies_are_corrected_until_the_meeting_is_closed);
async fn attendance_and_tallies_are_corrected_until_the_meeting_is_closed(database: Database) {
    let (world, cast) = setting(database).await;
    let (person, path) = ready(&world, &cast, 1, "land", "intermediate").await;
    let meeting = meeting(&world, &cast);
    add(&cast, &meeting, &[&path]).expect(200);
    attend(&cast, &meeting, 24).expect(200);
    vote(&cast, &meeting, &path, 16, 8, 0, 0).expect(200);

    attend(&cast, &meeting, 25).problem(409, "already_exists");
    // Nothing is corrected by saying the same.
    correct_attendance(&cast.office, &meeting, 24, "chair").problem(409, "already_exists");
    let body = json!({ "present": 25, "led_by": "chair", "reason": REASON });
    let attendance = format!("{meeting}/attendance");
    for nobody in [&person, &cast.supervisor] {
        nobody.put(&attendance).header("if-match", "*").json(&body).send().problem(403, "forbidden");
    }
    cast.office.put(&attendance).if_match(2).json(&body).send().problem(412, "stale_version");
    correct_attendance(&cast.office, &meeting, 16, "chair").problem(409, "quorum_missing");
    correct_attendance(&cast.office, &meeting, 26, "chair").problem(422, "invalid_field");
    let before = cast.office.read(&meeting);
    assert_eq!((&before["attendance"]["present"], &before["tally_count"]), (&json!(24), &json!(1)), "nothing is half-done");

    // Who led was wrong: the votes stand.
    let led = correct_attendance(&cast.office, &meeting, 24, "deputy").expect(200);
    assert_eq!((&led["attendance"]["led_by"], &led["tally_count"]), (&json!("deputy"), &json!(1)));
    // How many were there was wrong: no vote stands, and each is recorded again by the number that is right.
    let counted = correct_attendance(&cast.office, &meeting, 25, "chair").expect(200);
    assert_eq!((&counted["attendance"]["present"], &counted["tally_count"]), (&json!(25), &json!(0)));
    let corrected = &counted["corrections"][1];
    let present = |which: &str| corrected["attendance"][which]["present"].clone();
    assert_eq!((present("was"), present("now")), (json!(24), json!(25)));
    let taken_out = &corrected["tallies"][0];
    assert_eq!(
        (&taken_out["application_id"], &taken_out["was"]["yes"], &taken_out["now"]),
        (&json!(id_of(&path)), &json!(16), &Value::Null)
    );
    close(&cast, &meeting).problem(409, "tally_missing");
    vote(&cast, &meeting, &path, 16, 8, 0, 0).problem(422, "tally_invalid");
    vote(&cast, &meeting, &path, 16, 9, 0, 0).expect(200);

    // One was recused: what decides is the tally as it was corrected.
    let tally = json!({ "yes": 16, "no": 8, "abstain": 0, "recused": 1, "reason": "回避人数误记" });
    let place = format!("{meeting}/candidates/{}/tally", id_of(&path));
    let recused = cast.office.act("PUT", &meeting, &place, &tally).expect(200);
    let corrected = recused["corrections"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&corrected["tallies"][0]["was"]["no"], &corrected["tallies"][0]["now"]["recused"]), (&json!(9), &json!(1)));
    assert_eq!(corrected["reason"], "回避人数误记");
    close(&cast, &meeting).expect(200);
    assert_eq!(person.read(&path)["stage"], "passed", "16 of 24");

    correct_attendance(&cast.office, &meeting, 24, "chair").problem(409, "meeting_closed");
    cast.office.act("PUT", &meeting, &place, &tally).problem(409, "meeting_closed");
    let acts = cast.supervisor.read(&format!("/v1/audit?object_id={}", id_of(&meeting)));
    let corrections: Vec<&Value> =
        acts["items"].as_array().unwrap().iter().filter(|act| act["action"] == "meeting.correct_attendance").collect();
    assert_eq!(corrections.len(), 2, "{acts}");
    assert!(!person.read(&format!("{path}/result")).to_string().contains("corrections"), "how anybody voted is not told");
    assert_eq!(cast.supervisor.read("/v1/audit/verification")["intact"], true);
}

// clauses: 2.4
on_both!(of_many_corrections_at_once_one_wins);
async fn of_many_corrections_at_once_one_wins(database: Database) {
    let (world, cast) = setting(database).await;
    let (_, path) = ready(&world, &cast, 1, "land", "intermediate").await;
    let meeting = meeting_at(&world, &cast, "2024-10-15T10:00:00+08:00");
    let version = add(&cast, &meeting, &[&path]).expect(200)["version"].as_i64().unwrap();
    let removal = format!("{meeting}/candidates/{}/removal", id_of(&path));
    let requests: Vec<_> = (0..8)
        .map(|n| match n % 2 {
            0 => cast.office.put(&meeting).if_match(version).json(&schedule("2024-10-16T10:00:00+08:00", "三楼会议室")),
            _ => cast.office.post(&removal).if_match(version).json(&json!({ "reason": REASON })),
        })
        .collect();
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let threads: Vec<_> = requests.into_iter().map(|request| scope.spawn(move || request.send())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (done, refused): (Vec<Reply>, Vec<Reply>) = replies.into_iter().partition(|reply| reply.status == 200);
    assert_eq!(done.len(), 1);
    for reply in refused {
        reply.problem(412, "stale_version");
    }
    assert_eq!(cast.office.read(&meeting)["corrections"].as_array().unwrap().len(), 1);
}
