//! Which approvals of the chain stand on record.

use super::*;

/// The steps without an approval, after these acts: action, from, to.
fn missing(chain: &[&str], acts: &[(Action, Option<&str>, Option<&str>)]) -> Vec<String> {
    let row = |(action, from, to): &(Action, Option<&str>, Option<&str>)| Recorded {
        action: *action,
        from: from.map(id),
        to: to.map(id),
        in_its_name: true,
    };
    let history: Vec<Recorded> = acts.iter().map(row).collect();
    unapproved(&steps(chain), &history).map(|step| step.id.to_string()).collect()
}

const EMPLOYER: Option<&str> = Some("employer_review");
const COUNTY: Option<&str> = Some("county_service_review");
const PREFECTURE: Option<&str> = Some("prefecture_service_review");
const COMMITTEE: Option<&str> = Some("formal_review");

// clauses: 4.1b, 4.1c, 4.3b
#[test]
fn approval_stands_until_the_application_comes_back_to_its_step_or_an_earlier_one() {
    let approved = [
        (Action::Submit, None, EMPLOYER),
        (Action::Approve, EMPLOYER, COUNTY),
        (Action::Approve, COUNTY, PREFECTURE),
        (Action::Approve, PREFECTURE, COMMITTEE),
    ];
    assert_eq!(missing(&PRIVATE, &approved), [""; 0]);
    assert_eq!(missing(&PRIVATE, &approved[..2]), ["county_service_review", "prefecture_service_review"]);
    let after = |acts: &[(Action, Option<&str>, Option<&str>)]| missing(&PRIVATE, &[&approved[..], acts].concat());
    // Straight back to who returned it; the others have said what they had to say.
    assert_eq!(after(&[(Action::Return, COMMITTEE, None), (Action::Resubmit, None, COMMITTEE)]), [""; 0]);
    let to_start = [(Action::Return, COMMITTEE, None), (Action::Resubmit, None, EMPLOYER)];
    assert_eq!(after(&to_start).len(), 3);
    assert_eq!(after(&[(Action::TakeBack, COMMITTEE, PREFECTURE)]), ["prefecture_service_review"]);
    let transferred = [(Action::Transfer, COMMITTEE, EMPLOYER), (Action::Approve, EMPLOYER, COUNTY)];
    assert_eq!(after(&transferred), ["county_service_review", "prefecture_service_review"]);
}

// clauses: 4.3b, 4.3c
#[test]
fn approval_in_the_name_of_another_organisation_and_of_a_step_that_is_not_of_the_chain_do_not_count() {
    let row = |from: &str, to: &str, in_its_name| Recorded {
        action: Action::Approve,
        from: Some(id(from)),
        to: Some(id(to)),
        in_its_name,
    };
    let history = [row("employer_review", "department_review", false), row("another_review", "formal_review", true)];
    let chain = steps(&DIRECTED);
    let missing: Vec<_> = unapproved(&chain, &history).map(|step| step.id.as_str()).collect();
    assert_eq!(missing, ["employer_review", "department_review"]);
}

// clauses: 4.3b, 4.3c
#[test]
fn acceptance_is_refused_while_the_record_of_the_chain_is_unknown() {
    let facts = Facts { chain: None, ..favourable_facts() };
    let office = in_role(Role::CommitteeOffice, Stage::FormalReview);
    let state = state(Stage::FormalReview);
    assert_eq!(codes(decide(&state, Action::Approve, &office, &facts)), ["publicity_not_covering", "recommendation_missing"]);
    // What is looked at when the act is done is not asked before.
    assert!(allowed_actions(&state, &office, &facts).contains(&Action::Approve));
}
