use serde_json::json;
use utoipa::PartialSchema;

use super::*;
use crate::vocabulary::Sex;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn context() -> Context {
    Context { today: day("2024-07-22"), resident_id: Some(ResidentId { birth_date: day("1990-05-17"), sex: Sex::Female }) }
}

fn findings(document: Value) -> Vec<(String, &'static str)> {
    let profile: Profile = serde_json::from_value(document).unwrap();
    profile.validate_document(&context()).into_iter().map(|f| (f.pointer, f.code.as_str())).collect()
}

#[test]
fn empty_document_has_no_findings_and_serializes_every_field() {
    assert_eq!(findings(json!({})), []);
    let profile: Profile = serde_json::from_value(json!({"education": null, "first_time_applicant": null})).unwrap();
    let answer = serde_json::to_value(&profile).unwrap();
    assert_eq!(answer["education"], json!([]));
    assert_eq!(answer["putonghua"], Value::Null);
    assert_eq!(answer["first_time_applicant"], json!(false));
    assert_eq!(serde_json::from_value::<Profile>(answer).unwrap(), profile);
}

#[test]
fn unknown_field_at_any_depth_is_rejected() {
    for document in [json!({"nickname": "x"}), json!({"putonghua": {"level": "3B", "grade": 1}})] {
        assert!(serde_json::from_value::<Profile>(document).unwrap_err().to_string().contains("unknown field"));
    }
}

// clauses: 4.2.1a, 4.2.2
#[test]
fn invalid_document_reports_all_findings() {
    let mut got = findings(json!({
        "name": "  ",
        "sex": "male",
        "birth_date": "1990-05-18",
        "email": "nobody",
        "employments": [
            {"organisation_id": "0190d1f0-0000-7000-8000-000000000001", "employer_name": "单位", "post_kind": "professional",
             "region": "6529", "from": "2020-01-01", "to": null},
            {"employer_name": "单位", "credit_code": "91350100M000100Y44", "post_kind": "professional", "from": "2015-01-01", "to": "2020-02-01"},
            {"organisation_id": "0190d1f0-0000-7000-8000-000000000001", "post_kind": "professional", "from": "2019-01-01", "to": "2020-02-01"},
        ],
        "education": [
            {"qualification": "bachelor", "school": "学校", "from": "2012-09-01", "to": "2008-07-01", "chsi_code": "12345"},
            {"school": "学校", "to": "1989-07-01"},
            {"qualification": "master", "technical_school_class": "technician_class", "school": "学校",
             "chsi_code": "A1B2C3D4E5F6G7H8", "not_in_chsi": true, "to": "2024-07-23"},
        ],
        "appraisals": [{"year": 2023, "result": "pass"}, {"year": 2023, "result": "fail"}, {"year": 2025, "result": "pass"}],
        "study_records": [
            {"year": 2022, "kind": "general", "hours": 30, "source": "system", "certificate_number": "A-1"},
            {"year": 2022, "kind": "general", "hours": 0, "source": "system", "certificate_number": "A-1"},
        ],
        "study_exemptions": [{"ground": "village_work_team", "approver": "United Front", "years": [2030]}],
    }));
    got.sort();
    let mut expected = [
        ("/education/0/chsi_code", "invalid_chsi_code"),
        ("/email", "invalid_email"),
        ("/employments/0/region", "invalid_region"),
        ("/employments/1/credit_code", "invalid_credit_code"),
        ("/name", "blank"),
        ("/study_records/1/hours", "out_of_range"),
        ("/sex", "disagrees_with_id"),
        ("/birth_date", "disagrees_with_id"),
        ("/education/0/to", "end_before_start"),
        ("/employments/0/from", "overlap"),
        ("/employments/0/employer_name", "choose_one"),
        ("/education/1/qualification", "choose_one"),
        ("/education/2/qualification", "choose_one"),
        ("/education/2/not_in_chsi", "choose_one"),
        ("/study_exemptions/0/approver", "invalid_name"),
        ("/appraisals/1/year", "duplicate"),
        ("/study_records/1/certificate_number", "duplicate"),
        ("/appraisals/2/year", "future_date"),
        ("/study_exemptions/0/years/0", "out_of_range"),
        ("/education/1/to", "before_birth"),
        ("/education/2/to", "future_date"),
    ]
    .map(|(pointer, code)| (pointer.to_owned(), code));
    expected.sort();
    assert_eq!(got, expected);
}

#[test]
fn adjacent_periods_are_accepted_and_enclosed_periods_overlap() {
    let hosting =
        |from: &str, to: Value| json!({"organisation_id": "0190d1f0-0000-7000-8000-000000000001", "from": from, "to": to});
    let document = |list: Vec<Value>| json!({ "file_hostings": list });
    assert_eq!(findings(document(vec![hosting("2020-01-01", json!("2021-01-01")), hosting("2021-01-01", json!(null))])), []);
    assert_eq!(
        findings(document(vec![
            hosting("2020-01-01", json!("2023-01-01")),
            hosting("2020-02-01", json!("2020-03-01")),
            hosting("2022-12-31", json!(null)),
        ])),
        [("/file_hostings/1/from".to_owned(), "overlap"), ("/file_hostings/2/from".to_owned(), "overlap")]
    );
}

// clauses: 4.2.1a
#[test]
fn two_posts_or_specialties_at_once_are_taken_and_one_told_twice_is_not() {
    let post = |employer: &str, from: &str, to: Value| json!({"employer_name": employer, "post_kind": "professional", "from": from, "to": to});
    let work = |specialty: &str, from: &str| json!({"specialty": specialty, "from": from});
    let seconded = json!({
        "employments": [
            post("甲单位", "2015-01-01", json!(null)), post("乙单位", "2023-01-01", json!("2023-12-31")), post("丙单位", "2023-06-01", json!(null)),
        ],
        "technical_work": [work("surveying", "2015-01-01"), work("land", "2020-01-01")],
    });
    assert_eq!(findings(seconded), []);
    let twice = json!({
        "employments": [
            post("甲单位", "2015-01-01", json!(null)), post("乙单位", "2016-01-01", json!(null)), post("甲单位", "2023-01-01", json!(null)),
        ],
        "technical_work": [work("surveying", "2015-01-01"), work("land", "2016-01-01"), work("surveying", "2020-01-01")],
    });
    let told_twice = [("/employments/2/from", "overlap"), ("/technical_work/2/from", "overlap")];
    assert_eq!(findings(twice), told_twice.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn impossible_dates_are_all_reported_with_pointers() {
    let document = json!({
        "birth_date": "1990-02-30",
        "working_since": null,
        "name": "2024-02-30",
        "education": [{"to": "2024-2-3"}, {"from": "2023-02-28", "to": "明年"}],
    });
    let got: Vec<_> = impossible_dates(&document).into_iter().map(|f| f.pointer).collect();
    assert_eq!(got, ["/birth_date", "/education/0/to", "/education/1/to"]);
}

/// Every date of the schema is one that `impossible_dates` looks at, and nothing else is.
#[test]
fn list_of_date_fields_matches_the_schema() {
    use crate::profiles::model as m;
    fn dates(schema: &utoipa::openapi::RefOr<utoipa::openapi::Schema>, names: &mut std::collections::BTreeSet<String>) {
        let value = serde_json::to_value(schema).unwrap();
        for (name, field) in value["properties"].as_object().unwrap() {
            if field["format"] == "date" {
                names.insert(name.clone());
            }
            assert!(value["required"].as_array().unwrap().iter().any(|r| r == name), "{name} is always present");
        }
        assert_eq!(value["additionalProperties"], json!(false));
    }
    let mut names = std::collections::BTreeSet::new();
    for schema in [
        m::Profile::schema(),
        m::Employment::schema(),
        m::Stationing::schema(),
        m::FileHosting::schema(),
        m::Education::schema(),
        m::TechnicalWork::schema(),
        m::Probation::schema(),
        m::TitleHeld::schema(),
        m::SkillGradeHeld::schema(),
        m::Appraisal::schema(),
        m::StudyRecord::schema(),
        m::StudyExemption::schema(),
        m::Putonghua::schema(),
        m::Sanction::schema(),
        m::Achievement::schema(),
        m::RecusalRequest::schema(),
    ] {
        dates(&schema, &mut names);
    }
    let known: std::collections::BTreeSet<_> = DATE_FIELDS.iter().map(ToString::to_string).collect();
    assert_eq!(names, known);
}
