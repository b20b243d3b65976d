//! From a draft to the employer with everything that the notice wants.

use serde_json::{Value, json};

use crate::support::cast::Cast;
use crate::support::database::Database;
use crate::support::journey::{
    at_employer, directed_intermediate, drafted, pdf, ready_profile, sign, submit, upload, upload_employer_documents,
};
use crate::support::on_both;
use crate::support::world::{Actor, World};

// clauses: 4.2.1a, 4.2.2, 4.2.6
on_both!(a_draft_with_its_documents_is_submitted);
async fn a_draft_with_its_documents_is_submitted(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let filing = directed_intermediate(&cast.institution);
    let (person, path) = drafted(&world, "applicant_a", 1, &ready_profile(1, &cast.institution), &filing);
    submit(&person, &path, &json!([])).problem(409, "commitment_missing");
    sign(&person, &path);
    let report = person.read(&format!("{path}/checks"));
    assert_eq!(report["passes"], true, "{report:#}");

    // What the commitment spoke of has changed: it is signed again (A3).
    upload(&world, &person, &path, "other").expect(201);
    assert!(person.read(&path)["commitment_at"].is_null());
    sign(&person, &path);
    let submitted = submit(&person, &path, &json!([])).expect(200);
    assert_eq!(submitted["step"], "employer_review");

    // The history remembers what was there.
    let history = person.read(&format!("{path}/history"));
    let seen = history["items"][0]["detail"]["evidence"].as_array().unwrap();
    let files = person.read(&format!("{path}/attachments"));
    let files = files["items"].as_array().unwrap();
    assert_eq!(seen.len(), files.len());
    for (seen, file) in seen.iter().zip(files) {
        assert_eq!((&seen["category"], &seen["sha256"]), (&file["category"], &file["sha256"]));
    }
}

// clauses: 4.2.1a, 4.2.1b, A3
on_both!(history_keeps_the_files_seen_at_each_decision);
async fn history_keeps_the_files_seen_at_each_decision(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let returned = json!({
        "action": "return", "opinion": "扫描件不清晰",
        "corrections": [{ "pointer": "/evidence/putonghua_certificate", "clause": "4.2.5", "detail": "重新上传证书" }],
    });
    cast.institution_clerk.act("POST", &path, &format!("{path}/decisions"), &returned).expect(200);

    let files = person.read(&format!("{path}/attachments"));
    let old = files["items"].as_array().unwrap().iter().find(|file| file["category"] == "putonghua_certificate").unwrap().clone();
    let file = format!("/v1/attachments/{}", old["id"].as_str().unwrap());
    let newer = person
        .post(&format!("{file}/replacement"))
        .if_match(1)
        .key(&world.key())
        .upload(&[("declassified", "true")], "clear.pdf", "application/pdf", &pdf("clear"))
        .send()
        .expect(201);

    let corrections = person.read(&format!("{path}/corrections"));
    let answers = json!([{ "correction_id": corrections["items"][0]["id"], "answer": "已重新上传" }]);
    submit(&person, &path, &answers).problem(409, "commitment_missing");
    sign(&person, &path);
    submit(&person, &path, &answers).expect(200);

    let history = person.read(&format!("{path}/history"));
    let seen = |step: usize| {
        let evidence = history["items"][step]["detail"]["evidence"].as_array().unwrap();
        let of_category = |one: &&Value| one["category"] == "putonghua_certificate";
        evidence.iter().filter(of_category).map(|one| one["sha256"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (history["items"][1]["action"].as_str(), history["items"][2]["action"].as_str()),
        (Some("return"), Some("resubmit"))
    );
    assert_eq!(
        (seen(0), seen(1), seen(2)),
        (vec![old["sha256"].clone()], vec![old["sha256"].clone()], vec![newer["sha256"].clone()])
    );
    // Whoever reviews can still read what the return was about.
    let clerk = &cast.institution_clerk;
    assert_eq!(clerk.get(&format!("{file}/content")).send().bytes, pdf("putonghua_certificate"));
    let all = clerk.read(&format!("{path}/attachments?ended=true"));
    assert!(all["items"].as_array().unwrap().iter().any(|file| file["status"] == "replaced"));
}

// clauses: 4.2.6
on_both!(the_employer_adds_its_documents);
async fn the_employer_adds_its_documents(database: Database) {
    let world = World::at(database, "2024-07-25T09:00:00+08:00").await;
    let cast = Cast::enter(&world, "aksu-2024");
    let (person, path) = at_employer(&world, &cast, "applicant_a", 1);
    let clerk = &cast.institution_clerk;
    upload(&world, clerk, &path, "putonghua_certificate").problem(422, "unknown_category");
    let added = upload_employer_documents(&world, clerk, &path);
    assert_eq!(added, ["employer_publicity", "employer_publicity_result", "recommendation"]);
    assert!(!person.read(&path)["commitment_at"].is_null(), "the commitment speaks of the applicant's part");

    // Nobody else, and not the applicant any more.
    upload(&world, &person, &path, "other").problem(409, "stage_conflict");
    let (other, _) = at_employer(&world, &cast, "applicant_b", 2);
    let target = format!("{path}/attachments");
    let form = [("category", "other"), ("declassified", "true")];
    let ask = |actor: &Actor| {
        actor.post(&target).if_match(1).key(&world.key()).upload(&form, "a.pdf", "application/pdf", b"%PDF-1.4").send()
    };
    ask(&other).problem(404, "not_found");
    ask(&cast.enterprise_clerk).problem(404, "not_found");
    ask(&cast.office).problem(403, "forbidden");

    // Files of the employer are the employer's.
    let files = person.read(&target);
    let publicity = files["items"].as_array().unwrap().iter().find(|file| file["category"] == "employer_publicity").unwrap();
    let file = format!("/v1/attachments/{}", publicity["id"].as_str().unwrap());
    person.delete(&file).if_match(1).send().problem(409, "stage_conflict");
    other.get(&file).send().problem(404, "not_found");
    other.get(&format!("{file}/content")).send().problem(404, "not_found");
    clerk.delete(&file).if_match(1).send().expect(204);
}
