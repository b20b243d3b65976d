//! Reviewers at work: rulings as the cycle asks for them, and an application's way through its chain.

use serde_json::{Value, json};
use title_review_core::cycles;
use title_review_core::cycles::CycleDefinition;

use super::cast::Cast;
use super::world::{Actor, Reply, World};

/// The definition of a cycle that comes with the product.
pub fn definition(cycle: &str) -> CycleDefinition {
    cycles::builtin()
        .iter()
        .filter_map(|(name, text)| cycles::loader::load(text, name).ok())
        .find(|definition| definition.id == cycle)
        .expect("a cycle that comes with the product")
}

/// Every item of the checklist, in order.
pub fn checklist(cycle: &str) -> Value {
    definition(cycle).checklist.items.iter().map(|item| json!({ "item": item.id, "ok": true })).collect()
}

/// An approval as an employer writes it: the fixed sentence and the checklist.
pub fn employer_approval(cycle: &str) -> Value {
    let definition = definition(cycle);
    let sealed: Vec<&str> = definition.evidence.iter().filter(|rule| rule.signed_and_sealed).map(|rule| rule.id.as_str()).collect();
    json!({ "action": "approve", "opinion": definition.fixed_sentence.text, "checklist": checklist(cycle), "sealed_documents": sealed })
}

/// An approval by anybody else.
pub fn approval(cycle: &str) -> Value {
    json!({ "action": "approve", "opinion": "经审核，材料真实、完整、有效，同意推荐", "checklist": checklist(cycle) })
}

/// A return with these corrections: pointer, clause, kind.
pub fn return_with(corrections: &[(&str, &str, &str)]) -> Value {
    let corrections: Vec<Value> = corrections
        .iter()
        .map(|(pointer, clause, kind)| json!({ "pointer": pointer, "clause": clause, "kind": kind, "detail": "请更正后重新提交" }))
        .collect();
    json!({ "action": "return", "opinion": "材料须修改", "corrections": corrections })
}

/// Decides on an application in the version it has now.
pub fn decide(reviewer: &Actor, application: &str, ruling: &Value) -> Reply {
    reviewer.act("POST", application, &format!("{application}/decisions"), ruling)
}

/// Submits, or resubmits with an answer to each open correction.
pub fn submit(applicant: &Actor, application: &str) -> Reply {
    let open = applicant.read(application)["open_corrections"].clone();
    let answers: Vec<Value> = open
        .as_array()
        .into_iter()
        .flatten()
        .map(|correction| json!({ "correction_id": correction["id"], "answer": "已按意见修改" }))
        .collect();
    applicant.act("POST", application, &format!("{application}/submission"), &json!({ "answers": answers }))
}

/// Signs the commitment for the dossier as it is.
pub fn commit(applicant: &Actor, application: &str) -> Value {
    applicant.act("PUT", application, &format!("{application}/commitment"), &json!({ "agreed": true })).expect(200)
}

/// Where an application stands, as its applicant sees it: the step of the chain while one of its reviewers has it, the stage otherwise.
pub fn place(applicant: &Actor, application: &str) -> String {
    place_of(&applicant.read(application)).to_owned()
}

/// The steps of an application's chain.
pub fn steps_of(application: &Value) -> Value {
    application["chain"].as_array().into_iter().flatten().map(|step| step["id"].clone()).collect()
}

/// As [`place`], of an answer.
pub fn place_of(application: &Value) -> &str {
    application["step"].as_str().or(application["stage"].as_str()).expect("a stage")
}

/// From the employer on the directed track to `formal_review`: publicity from 2024-07-29 to 08-02, the employer, the department.
pub fn directed_to_committee(world: &World, cast: &Cast, application: &str) {
    directed_to_department(world, cast, application);
    decide(&cast.department_reviewer, application, &approval("aksu-2024")).expect(200);
}

/// From the employer on the directed track to its department.
pub fn directed_to_department(world: &World, cast: &Cast, application: &str) {
    world.travel("2024-07-29T09:00:00+08:00");
    employer_publicity(world, &cast.institution_clerk, application, "2024-07-29");
    world.travel("2024-08-05T09:00:00+08:00");
    super::journey::upload_employer_documents(world, &cast.institution_clerk, application);
    decide(&cast.institution_clerk, application, &employer_approval("aksu-2024")).expect(200);
}

/// Opens the employer's publicity from this day for as long as the cycle asks.
pub fn employer_publicity(world: &World, clerk: &Actor, application: &str, from: &str) -> Value {
    let seen = clerk.get(application).send();
    clerk
        .post(&format!("{application}/publicities"))
        .header("if-match", seen.header("etag").expect("an ETag"))
        .key(&world.key())
        .json(&json!({ "from_date": from }))
        .send()
        .expect(201)
}
