use super::*;

// clauses: 4.2.1a
#[test]
fn empty_fields_are_all_reported() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    assert_eq!(ask(&facts, &cycle, "profile_complete").verdict, Verdict::Met);
    facts.profile.ethnicity = None;
    facts.profile.achievements[0].contribution = None;
    facts.profile.birth_date = Some(tomorrow(facts.birth_date.unwrap()));
    facts.profile.email = Some("nobody".to_owned());
    let result = ask(&facts, &cycle, "profile_complete");
    assert_refused(&result, "4.2.1a", &cycle);
    assert_eq!(
        result.pointers,
        ["/profile/ethnicity", "/profile/achievements/0/contribution", "/profile/email", "/profile/birth_date"]
    );
    let mut empty = fit(&cycle);
    empty.profile = Profile::default();
    empty.employer = None;
    assert_eq!(ask(&empty, &cycle, "profile_complete").pointers.len(), 9);
}

// clauses: 4.2.1a
#[test]
fn name_of_another_than_the_account_blocks_submission() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.name = Some("王五".to_owned());
    let result = ask(&facts, &cycle, "registered_name");
    assert_refused(&result, "4.2.1a", &cycle);
    assert_eq!((result.pointers, result.blocks), (vec!["/profile/name".to_owned()], true));
    // An account that is corrected during the review holds nobody up.
    facts.step = Step::FormalReview;
    let later = ask(&facts, &cycle, "registered_name");
    assert_eq!((later.verdict, later.blocks), (Verdict::Unmet, false));
    facts.profile.name = facts.name.clone();
    assert_eq!(ask(&facts, &cycle, "registered_name").verdict, Verdict::Met);
}

// clauses: A3
#[test]
fn unsigned_commitment_blocks_submission() {
    for cycle in cycles() {
        let mut facts = fit(&cycle);
        assert_eq!(ask(&facts, &cycle, "commitment").verdict, Verdict::Met);
        facts.commitment_signed = false;
        let result = ask(&facts, &cycle, "commitment");
        assert_eq!((result.verdict, result.blocks), (Verdict::NeedsEvidence, true));
        assert_eq!(result.clause, cycle.fraud.clause);
    }
}

// clauses: 4.2.2
#[test]
fn education_is_proven_by_chsi_or_by_the_file_if_declared_unobtainable() {
    let cycle = aksu();
    let group = "education_proof";
    let only = |categories: &[&str], code: Option<&str>, not_in_chsi: bool| {
        let mut facts = fit(&cycle);
        let group = &cycle.evidence_alternatives[0];
        facts.evidence.retain(|item| !group.any_of.contains(&item.category) || categories.contains(&item.category.as_str()));
        facts.profile.education[0].chsi_code = None;
        facts.profile.education[0].not_in_chsi = not_in_chsi;
        facts.evidence.iter_mut().for_each(|item| item.verification_code = code.map(ToOwned::to_owned));
        let result = ask_of(&facts, &cycle, "evidence_alternatives", "education_proof");
        assert_eq!(result.clause, "4.2.2");
        result
    };
    assert_eq!(group, cycle.evidence_alternatives[0].id);
    let code = Some("A1B2C3D4E5F6G7H8");
    assert_eq!(only(&["chsi_registration_form"], code, false).verdict, Verdict::Met);
    assert_eq!(only(&["chsi_verification_report"], Some("123456789012"), false).verdict, Verdict::Met);
    assert_eq!(only(&["chsi_registration_form"], None, false).verdict, Verdict::NeedsEvidence);
    let wrong = only(&["chsi_registration_form"], Some("A1B2C3D4E5F6G7H"), false);
    assert_eq!((wrong.verdict, wrong.blocks), (Verdict::Unmet, true));
    assert_eq!(only(&["graduate_registration_form"], None, true).verdict, Verdict::Met);
    let undeclared = only(&["graduate_registration_form"], None, false);
    assert_eq!((undeclared.verdict, undeclared.blocks), (Verdict::NeedsEvidence, true));
    assert!(undeclared.arithmetic.en.contains("only where it is declared"), "{}", undeclared.arithmetic.en);
    assert_eq!(only(&[], None, true).verdict, Verdict::NeedsEvidence);
}

// clauses: 4.2.2
#[test]
fn fallback_and_code_of_another_education_do_not_count() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.evidence.retain(|item| !item.category.starts_with("chsi_"));
    facts.evidence.iter_mut().for_each(|item| item.verification_code = None);
    let old = Education { not_in_chsi: true, ..education(Qualification::SecondaryVocational, "2005-06-30") };
    facts.profile.education.push(old);
    let verdict = |facts: &Facts| ask_of(facts, &cycle, "evidence_alternatives", "education_proof").verdict;
    assert_eq!(verdict(&facts), Verdict::NeedsEvidence, "the bachelor is in CHSI");
    facts.profile.education[0].chsi_code = None;
    facts.profile.education[0].not_in_chsi = true;
    assert_eq!(verdict(&facts), Verdict::Met);
    // A code of the old education says nothing of the bachelor.
    let mut coded = fit(&cycle);
    coded.evidence.iter_mut().for_each(|item| item.verification_code = None);
    coded.profile.education[0].chsi_code = None;
    coded
        .profile
        .education
        .push(Education { chsi_code: Some("1".repeat(12)), ..education(Qualification::JuniorCollege, "2008-06-30") });
    assert_eq!(verdict(&coded), Verdict::NeedsEvidence);
}

// clauses: 4.2.2
#[test]
fn verification_code_in_the_profile_is_accepted() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    facts.evidence.iter_mut().for_each(|item| item.verification_code = None);
    assert_eq!(ask_of(&facts, &cycle, "evidence_alternatives", "education_proof").verdict, Verdict::Met);
}

// clauses: 4.2.6, 4.2.2
#[test]
fn missing_document_is_reported_for_its_category_only() {
    for cycle in cycles() {
        let facts = fit(&cycle);
        assert!(stopped_by(&facts, &cycle).is_empty(), "{} {:?}", cycle.id, stopped_by(&facts, &cycle));
        let asked: Vec<_> = evaluate(&facts, &cycle).of("evidence").filter_map(|result| result.subject.clone()).collect();
        assert!(!asked.is_empty());
        for category in asked {
            let mut facts = facts.clone();
            without(&mut facts, &category);
            let result = ask_of(&facts, &cycle, "evidence", &category);
            assert_eq!((result.verdict, result.blocks), (Verdict::NeedsEvidence, true), "{category}");
            assert_eq!(result.pointers, [format!("/evidence/{category}")]);
        }
    }
}

// clauses: 4.2.6
#[test]
fn employer_documents_block_from_the_employer_decision() {
    let cycle = aksu();
    let mut facts = fit(&cycle);
    for category in ["employer_publicity", "employer_publicity_result", "recommendation"] {
        without(&mut facts, category);
        assert_eq!(ask_of(&facts, &cycle, "employer_evidence", category).verdict, Verdict::NeedsEvidence);
    }
    assert!(stopped_by(&facts, &cycle).is_empty());
    facts.step = Step::EmployerReview;
    assert_eq!(stopped_by(&facts, &cycle), ["employer_evidence"]);
    facts.step = Step::Meeting;
    assert!(stopped_by(&facts, &cycle).is_empty());
}

// clauses: 4.2.3b
#[test]
fn undeclared_document_blocks_submission() {
    for cycle in cycles() {
        if !cycle.blind_review.declassification_required {
            continue;
        }
        let mut facts = fit(&cycle);
        assert_eq!(ask(&facts, &cycle, "declassification").verdict, Verdict::Met);
        facts.evidence[0].declassified = false;
        let result = ask(&facts, &cycle, "declassification");
        assert_refused(&result, &cycle.blind_review.declassification_clause, &cycle);
        assert_eq!(result.pointers, [format!("/evidence/{}", facts.evidence[0].category)]);
    }
}
