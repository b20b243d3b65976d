//! A story of the writes that the stories of a whole year and of the examples leave out.

use serde_json::{Value, json};

use crate::identity::second_factor::{client, enrol, sign_in};
use crate::imports;
use crate::machines::{Pair, oauth_client, personal_token, signing_client};
use crate::meetings::{add, attend, corrections, vote};
use crate::publicity::withdrawal::withdraw;
use crate::sanctions::load_cycle_of;
use crate::support::cast::{Cast, applicant, credit_code, file};
use crate::support::chain::{checklist, employer_publicity};
use crate::support::journey::{at_employer, directed_intermediate, pdf, upload_all_required};
use crate::support::stages::{Accepted, accepted, pay, payment, receive_originals, to_ready};
use crate::support::world::World;

const CYCLE: &str = "aksu-2024";

pub async fn play(world: World) {
    let mut cast = Cast::enter(&world, CYCLE);
    people(&world, &cast);
    // Its sessions ended with its second factor.
    cast.office = world.sign_in("office");
    programs(&world, &cast);
    applications(&world, &cast);
    load_cycle_of(&world, &cast, 2025);
    import(&world, &cast).await;
    world.travel("2024-08-05T09:00:00+08:00");
    let senior = accepted(&world, &cast, "applicant_s", 21, "associate_senior").await;
    let defence = format!("{}/defence", senior.path);
    let schedule = json!({ "at": "2024-09-20T10:00:00+08:00", "place": "3楼会议室" });
    cast.office.act("PUT", &senior.path, &defence, &schedule).expect(200);
    let notices = senior.person.read("/v1/notices");
    let notice = notices["items"][0]["id"].as_str().expect("a notice");
    senior.person.put(&format!("/v1/notices/{notice}/read")).send().expect(204);
    money(&world, &cast, &senior);
    slips(&world, &cast).await;
    world.travel("2024-09-20T10:30:00+08:00");
    cast.office.act("PUT", &senior.path, &format!("{defence}/outcome"), &json!({ "score": 85, "note": "回答清楚" })).expect(200);
}

/// What offices correct: a receipt, a notice, a meeting with its list, its attendance.
async fn slips(world: &World, cast: &Cast) {
    let one = accepted(world, cast, "applicant_o", 23, "intermediate").await;
    to_ready(world, cast, &one, "BANK-0004");
    let reason = json!({ "reason": "登记有误" });
    let reversal = format!("{}/originals/commitment/receipt-reversal", one.path);
    cast.office.act("POST", &one.path, &reversal, &reason).expect(200);
    receive_originals(cast, &one.path);
    let (_, waiting) = at_employer(world, cast, "applicant_n", 25);
    let notice = employer_publicity(world, &cast.institution_clerk, &waiting, "2024-08-12");
    withdraw(&cast.institution_clerk, &waiting, &notice).expect(200);

    let ahead = "2024-08-05T10:00:00+08:00";
    let body = json!({
        "cycle_id": CYCLE, "name": "评审会议", "level_group": "senior", "scheduled_at": ahead, "place": "会议室", "members": 25, "chair": "主任委员甲",
    });
    let form = || {
        let made = cast.office.post("/v1/meetings").key(&world.key()).json(&body).send().expect(201);
        format!("/v1/meetings/{}", made["id"].as_str().unwrap())
    };
    let (wrong, right) = (form(), form());
    add(cast, &wrong, &[&one.path]).expect(200);
    let schedule = json!({ "scheduled_at": ahead, "place": "三楼会议室", "reason": "登记有误" });
    cast.office.act("PUT", &wrong, &wrong, &schedule).expect(200);
    corrections::remove(&cast.office, &wrong, &one.path).expect(200);
    corrections::cancel(&cast.office, &wrong).expect(200);
    add(cast, &right, &[&one.path]).expect(200);
    world.travel("2024-08-05T10:00:00+08:00");
    let adjourned =
        json!({ "present": 3, "scheduled_at": "2024-08-05T10:30:00+08:00", "place": "三楼会议室", "reason": "人数不足" });
    cast.office.act("POST", &right, &format!("{right}/adjournment"), &adjourned).expect(200);
    world.travel("2024-08-05T10:30:00+08:00");
    attend(cast, &right, 24).expect(200);
    vote(cast, &right, &one.path, 24, 0, 0, 0).expect(200);
    vote(cast, &right, &one.path, 23, 1, 0, 0).expect(200);
    corrections::correct_attendance(&cast.office, &right, 25, "chair").expect(200);
}

/// A booking that is taken back, and money that is held, refunded, booked.
fn money(world: &World, cast: &Cast, one: &Accepted) {
    pay(world, cast, &one.order, "BANK-0001", 60_000).expect(201);
    let reason = json!({ "reason": "误记" });
    cast.finance.act("POST", &one.order, &format!("{}/payment-reversal", one.order), &reason).expect(200);
    let hold = |reference: &str, fen: i64| {
        let mut body = payment(world, reference, fen);
        body["cycle_id"] = json!(CYCLE);
        let held = cast.finance.post("/v1/held-money").key(&world.key()).json(&body).send().expect(201);
        format!("/v1/held-money/{}", held["id"].as_str().unwrap())
    };
    let (foreign, theirs) = (hold("BANK-0002", 100), hold("BANK-0003", 60_000));
    let refund = json!({
        "amount": { "amount_minor": 100, "currency": "CNY" }, "reference": "OUT-0001", "refunded_on": world.app.clock.now().date_in_shanghai(),
    });
    cast.finance.post(&format!("{foreign}/refund")).if_match(1).key(&world.key()).json(&refund).send().expect(200);
    let order = json!({ "order_id": one.order.rsplit('/').next() });
    cast.finance.post(&format!("{theirs}/booking")).if_match(1).key(&world.key()).json(&order).send().expect(200);
}

fn people(world: &World, cast: &Cast) {
    let person = applicant(world, "applicant_p", 31);
    let (second, _) = (world.sign_in("applicant_p"), world.sign_in("applicant_p"));
    let listed = second.read("/v1/sessions");
    let other = listed["items"].as_array().unwrap().iter().find(|one| one["current"] == false).expect("another session");
    second.delete(&format!("/v1/sessions/{}", other["id"].as_str().unwrap())).send();
    second.delete("/v1/sessions").send();
    second.delete("/v1/sessions/current").send();
    let tokens = sign_in(world, "applicant_p", None).expect(201);
    world.anybody().post("/v1/sessions/refresh").json(&json!({ "refresh_token": tokens["refresh_token"] })).send();
    let office = client(world, &sign_in(world, "office", None).expect(201));
    enrol(world, &office);
    office.post("/v1/me/second-factor/recovery-codes").send();
    world.security().delete(&format!("/v1/accounts/{}/second-factor", cast.office.account)).send();

    let role = json!({ "account_id": person.account, "organisation_id": cast.agency, "role": "employer_clerk" });
    let made = world.security().post("/v1/memberships").key(&world.key()).json(&role).send().expect(201);
    world.security().delete(&format!("/v1/memberships/{}", made["id"].as_str().unwrap())).send();
    let account = format!("/v1/accounts/{}", person.account);
    let named = json!({ "name": "申报人丙", "phone": "13800000009", "reason": "登记有误" });
    world.security().act("POST", &account, &format!("{account}/identity-correction"), &named);
    world.security().act("PUT", &account, &format!("{account}/status"), &json!({ "status": "suspended" }));
    let sanction = json!({
        "kind": "bar", "account_id": person.account, "ground": "条件第三条", "reason": "不得申报", "first_year": 2024, "last_year": 2025,
    });
    world.sign_in("office").post("/v1/sanctions").key(&world.key()).json(&sanction).send();
    let organisation = format!("/v1/organisations/{}", cast.enterprise);
    let renamed = json!({
        "kind": "enterprise", "ownership": "private", "name": "民营测绘有限公司", "region": "652901", "credit_code": credit_code(3),
    });
    cast.admin.act("PUT", &organisation, &organisation, &renamed);
}

fn programs(world: &World, cast: &Cast) {
    let security = world.security();
    let (with_secret, with_key) = (
        oauth_client(world, &cast.committee, &["committee_office"]),
        signing_client(world, &cast.committee, &["committee_office"], Pair::ed25519("k1")),
    );
    let token = with_secret.token(world, None).expect(200);
    with_secret.ask(world, "/oauth2/revoke", &[("token", token["access_token"].as_str().unwrap())]);
    let act = |method: &str, path: &str, part: &str, body: &Value| security.act(method, path, &format!("{path}{part}"), body);
    act("PUT", &with_key.path(), "/keys", &json!({ "keys": [Pair::p256("k2").public] }));
    act("PUT", &with_secret.path(), "/networks", &json!({ "allowed_networks": ["127.0.0.0/8"] }));
    act("PUT", &with_secret.path(), "/status", &json!({ "status": "suspended" }));
    let version = security.get(&with_key.path()).send().header("etag").expect("an ETag").to_owned();
    security.delete(&with_key.path()).header("if-match", &version).send();
    let supervisor = world.sign_in("supervisor");
    let made = personal_token(&supervisor, &json!({ "scopes": ["supervisor:652900"] }));
    supervisor.delete(&format!("/v1/me/tokens/{}", made["id"].as_str().unwrap())).send();
}

/// A file is checked, then started.
async fn import(world: &World, cast: &Cast) {
    let file = format!("{}{}", imports::HEADER, imports::line(600, "ZJ-2023-0002", "WS-0002"));
    imports::send(&cast.county_reviewer, "wensu-0801", "study_records", "no", file.as_bytes()).expect(202);
    world.run_jobs().await;
    cast.county_reviewer.post("/v1/imports/wensu-0801/start").send().expect(200);
}

/// What was not recommended is proposed for reinstatement twice: withdrawn, and confirmed.
fn reinstated(world: &World, cast: &Cast, application: &str, refusal: &Value) {
    cast.institution_clerk.act("POST", application, &format!("{application}/decisions"), refusal).expect(200);
    let slip = json!({ "ground": "clerk_mistake", "reason": "点选有误" });
    let propose = || {
        let path = format!("{application}/reinstatement-proposals");
        let made = cast.office.post(&path).key(&world.key()).json(&slip).send().expect(201);
        format!("/v1/proposals/{}", made["id"].as_str().unwrap())
    };
    let first = propose();
    cast.office.act("POST", &first, &format!("{first}/withdrawal"), &json!({ "reason": "重复" })).expect(200);
    let second = propose();
    let ruling = json!({ "decision": "confirm", "statement": "已核对" });
    cast.supervisor.act("POST", &second, &format!("{second}/decision"), &ruling).expect(200);
}

fn applications(world: &World, cast: &Cast) {
    let (person, first) = at_employer(world, cast, "applicant_a", 1);
    let look = json!({ "fields": ["id_number", "phone"], "purpose": "identity", "reason": "与身份证原件核对" });
    cast.institution_clerk.post(&format!("{first}/full-views")).json(&look).send();
    person.act("POST", &first, &format!("{first}/recall"), &json!({ "reason": "发现填错" })).expect(200);
    person.act("POST", &first, &format!("{first}/submission"), &json!({ "answers": [] })).expect(200);
    let ask = |employer: &str| {
        let seen = person.get(&first).send();
        let body = json!({ "employer_id": employer, "reason": "已调入该单位" });
        let asked = person.post(&format!("{first}/transfers")).key(&world.key()).header("if-match", seen.header("etag").unwrap());
        format!("/v1/transfers/{}", asked.json(&body).send().expect(201)["id"].as_str().unwrap())
    };
    person.post(&format!("{}/withdrawal", ask(&cast.enterprise))).send().expect(200);
    let there_and_back = [(&cast.enterprise, &cast.enterprise_clerk), (&cast.institution, &cast.institution_clerk)];
    for (employer, clerk) in there_and_back {
        let accepted = json!({ "accept": true, "reason": "同意接收" });
        clerk.post(&format!("{}/decision", ask(employer))).json(&accepted).send().expect(200);
    }
    let refusal = json!({ "action": "not_recommend", "opinion": "不予推荐", "checklist": checklist("aksu-2024") });
    cast.institution_clerk.act("POST", &first, &format!("{first}/decisions"), &refusal).expect(200);
    let slip = json!({ "reason": "点选有误" });
    cast.institution_clerk.act("POST", &first, &format!("{first}/decision-reversal"), &slip).expect(200);
    reinstated(world, cast, &first, &refusal);
    person.act("POST", &first, &format!("{first}/withdrawal"), &json!({ "reason": "改报其他专业" })).expect(200);
    let path = file(world, &person, &directed_intermediate(&cast.institution));
    let edit = json!({ "track": "directed", "specialty": "surveying", "level": "intermediate", "employer_id": cast.institution });
    person.act("PUT", &path, &path, &edit).expect(200);
    upload_all_required(world, &person, &path);
    let files = person.read(&format!("{path}/attachments"));
    let file = |number: usize| format!("/v1/attachments/{}", files["items"][number]["id"].as_str().unwrap());
    let replacement = person.post(&format!("{}/replacement", file(0))).if_match(1).key(&world.key());
    replacement.upload(&[("declassified", "true")], "clear.pdf", "application/pdf", &pdf("clear")).send();
    person.delete(&file(1)).if_match(1).send();
}
