//! The organisations and people of a story.

use diesel::prelude::*;
use serde_json::{Value, json};
use title_review::context::{Act, Cx, Part};
use title_review::db::ExecuteProven as _;
use title_review::keys::{SystemIds, field_aad};
use title_review_core::ids::{AccountId, OrganisationId, StudyRecordId};
use title_review_core::vocabulary::StudyKind;

use super::world::{Actor, PASSWORD, World};

/// Everybody who takes part, on the 2024 notice: organisations by id, staff signed in.
pub struct Cast {
    pub admin: Actor,
    pub department: String,
    pub institution: String,
    pub enterprise: String,
    pub agency: String,
    pub committee: String,
    pub institution_clerk: Actor,
    pub enterprise_clerk: Actor,
    pub agency_clerk: Actor,
    pub department_reviewer: Actor,
    pub county_reviewer: Actor,
    pub prefecture_reviewer: Actor,
    pub office: Actor,
    pub finance: Actor,
    pub supervisor: Actor,
}

impl Cast {
    /// Enters everybody and gives the cycle its committee.
    pub fn enter(world: &World, cycle: &str) -> Self {
        let admin = world.admin();
        let definition = super::chain::definition(cycle);
        let (prefecture_code, county_code) = (definition.region.code.as_str(), definition.region.counties[0].code.as_str());
        let mut number = 0;
        let mut organisation = |kind: &str, ownership: &str, name: &str, region: &str, parent: Option<&str>| -> String {
            number += 1;
            let body = json!({
                "kind": kind, "ownership": ownership, "name": name, "region": region, "parent_id": parent, "credit_code": credit_code(number),
            });
            let made = admin.post("/v1/organisations").key(&world.key()).json(&body).send().expect(201);
            made["id"].as_str().unwrap().to_owned()
        };
        let department = organisation("supervising_department", "none", "地区自然资源系统主管部门", prefecture_code, None);
        let institution = organisation("public_institution", "none", "测绘院", county_code, Some(&department));
        let enterprise = organisation("enterprise", "private", "民营测绘公司", county_code, None);
        let agency = organisation("personnel_agency", "none", "地区人事代理中心", county_code, None);
        let county = organisation("county_employment_service", "none", "阿克苏市就业服务中心", county_code, None);
        let prefecture = organisation("prefecture_employment_service", "none", "地区就业服务中心", prefecture_code, None);
        let committee = organisation("committee", "none", "地区评审委员会", prefecture_code, None);
        let bureau = organisation("bureau", "none", "地区自然资源局", prefecture_code, None);
        let staff = |login: &str, role: &str, organisation: &str| staff(world, &admin, login, role, organisation);
        let cast = Self {
            institution_clerk: staff("institution_clerk", "employer_clerk", &institution),
            enterprise_clerk: staff("enterprise_clerk", "employer_clerk", &enterprise),
            agency_clerk: staff("agency_clerk", "employer_clerk", &agency),
            department_reviewer: staff("department_reviewer", "reviewer", &department),
            county_reviewer: staff("county_reviewer", "reviewer", &county),
            prefecture_reviewer: staff("prefecture_reviewer", "reviewer", &prefecture),
            office: staff("office", "committee_office", &committee),
            finance: staff("finance", "finance", &bureau),
            supervisor: staff("supervisor", "supervisor", &bureau),
            admin: admin.clone(),
            department,
            institution,
            enterprise,
            agency,
            committee,
        };
        let path = format!("/v1/cycles/{cycle}/committee");
        admin.act("PUT", &path, &path, &json!({ "committee_id": cast.committee })).expect(200);
        cast
    }
}

/// Enters a member of staff with one role and signs them in.
pub fn staff(world: &World, admin: &Actor, login: &str, role: &str, organisation: &str) -> Actor {
    let account = json!({ "login": login, "password": PASSWORD, "name": login.replace('_', " ") });
    let made = admin.post("/v1/staff-accounts").key(&world.key()).json(&account).send().expect(201);
    let membership = json!({ "account_id": made["id"], "organisation_id": organisation, "role": role });
    world.security().post("/v1/memberships").key(&world.key()).json(&membership).send().expect(201);
    world.sign_in(login)
}

/// Registers an applicant with a resident ID of this number, and signs them in.
pub fn applicant(world: &World, login: &str, number: u32) -> Actor {
    let body = json!({
        "login": login, "password": PASSWORD, "name": "申报人", "id_number": resident_id("19850615", number), "phone": "13800000000",
    });
    world.anybody().post("/v1/accounts").key(&world.key()).json(&body).send().expect(201);
    let person = world.sign_in(login);
    enter_study(world, &person, body["id_number"].as_str().unwrap());
    person
}

/// Years, kinds and hours that the profiles of stories say to come from the system.
const STUDY: [(i32, StudyKind, i32); 9] = [
    (2021, StudyKind::Specialty, 60),
    (2022, StudyKind::Specialty, 60),
    (2022, StudyKind::General, 30),
    (2023, StudyKind::Specialty, 60),
    (2023, StudyKind::General, 30),
    (2024, StudyKind::Specialty, 60),
    (2024, StudyKind::General, 30),
    (2024, StudyKind::Specialty, 42),
    (2021, StudyKind::General, 30),
];

/// Puts into the registry what the profiles of stories rely on (4.2.4b): past the API, which stories about the registry go through.
fn enter_study(world: &World, person: &Actor, id_number: &str) {
    let (app, account) = (world.app.clone(), person.account.parse::<AccountId>().unwrap());
    let index = app.keys.blind_index("id_number", id_number);
    let id_number = id_number.to_owned();
    let entering = app.clone();
    let write = move |cx: &mut Cx<'_>| {
        use title_review::db::schema::{organisations, study_records as table};
        cx.changes_only(&[Part::Person(account)]);
        let Some(organisation) = organisations::table.select(organisations::id).first::<OrganisationId>(cx.conn).optional()? else {
            return Ok(());
        };
        for (year, kind, hours) in STUDY {
            let id = StudyRecordId::new(&SystemIds, cx.now);
            let place = field_aad("study_records", id.as_str(), "id_number");
            let row = (
                table::id.eq(id),
                table::id_number_sealed.eq(app.keys.seal(&place, &id_number).unwrap()),
                table::id_number_index.eq(&index),
                table::year.eq(year),
                table::kind.eq(kind),
                table::hours.eq(hours),
                table::certificate_number.eq(format!("{year}-{hours}-{kind}")),
                table::organisation_id.eq(organisation),
                table::recorded_by.eq(account),
                table::recorded_at.eq(cx.now),
                table::version.eq(1_i64),
            );
            diesel::insert_into(table::table).values(row).execute_proven(cx.conn)?;
        }
        let detail = json!({ "created": STUDY.len() });
        let (object_kind, object_id) = ("account", account.to_string());
        cx.record(Act { action: "study_record.import", object_kind, object_id, clause: Some("4.2.4b"), detail })
    };
    // The story's own thread runs the runtime.
    let written = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(entering.act_as_system(write))
    });
    written.join().unwrap().unwrap();
}

/// A valid resident ID: born on `birth` (`YYYYMMDD`), male for odd numbers, female for even ones.
pub fn resident_id(birth: &str, number: u32) -> String {
    let first = format!("652901{birth}{number:03}");
    let check = title_review_core::identity_numbers::resident_id_check(&first).expect("17 digits");
    format!("{first}{check}")
}

/// A valid credit code.
pub fn credit_code(number: u32) -> String {
    let first = format!("91652901MA{number:07}");
    let check = title_review_core::identity_numbers::credit_code_check(&first).expect("17 characters");
    format!("{first}{check}")
}

/// Files an application; gives its path.
pub fn file(world: &World, applicant: &Actor, body: &Value) -> String {
    let made = applicant.post("/v1/applications").key(&world.key()).json(body).send().expect(201);
    format!("/v1/applications/{}", made["id"].as_str().unwrap())
}
