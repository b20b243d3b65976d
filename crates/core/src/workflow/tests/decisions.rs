//! Decisions in named situations.

use super::*;

#[test]
fn several_broken_guards_are_all_reported() {
    let facts = Facts { dossier_complete: false, blocking_rules: Some(2), ..favourable_facts() };
    let applicant = in_role(Role::Applicant, Stage::Draft);
    let refusals = decide(&state(Stage::Draft), Action::Submit, &applicant, &facts).expect_err("refused");
    assert_eq!(refusals.iter().map(Refusal::en).collect::<Vec<_>>(), ["the dossier is not complete", "2 rules are not met"]);
    assert_eq!(refusals[1].zh(), "有 2 项申报条件未满足");
}

#[test]
fn actor_out_of_turn_gets_only_that_reason() {
    let facts = Facts::at(at("2024-08-20T10:00:00+08:00"), windows());
    let office = in_role(Role::CommitteeOffice, Stage::InReview);
    assert_eq!(codes(decide(&state(Stage::InReview), Action::Approve, &office, &facts)), ["out_of_turn"]);
    assert_eq!(codes(decide(&state(Stage::Withdrawn), Action::Submit, &office, &facts)), ["stage_conflict"]);
}

#[test]
fn unknown_facts_are_refused() {
    let facts = Facts::at(at("2024-08-20T10:00:00+08:00"), windows());
    for row in TABLE.iter().filter(|row| {
        row.guards.iter().any(|guard| guard.refusal(&state(row.from[0]), row.action, all_staff_roles(), &facts).is_some())
    }) {
        assert!(decide(&state(row.from[0]), row.action, &relation_for(row), &facts).is_err(), "{}", row.action);
    }
}

#[test]
fn placeholders_of_every_sentence_are_filled() {
    for guard in Guard::ALL {
        let refusal = guard.refuse(&state(Stage::Draft), Action::Submit, &favourable_facts());
        assert!(!refusal.zh().contains('{') && !refusal.en().contains('{'), "{guard:?}");
    }
}

// clauses: 4.2.1b
#[test]
fn return_of_the_third_submission_ends_in_not_accepted() {
    let office = in_role(Role::CommitteeOffice, Stage::FormalReview);
    let applicant = in_role(Role::Applicant, Stage::Returned);
    let due = at("2024-08-23T00:00:00+08:00");
    let mut now = state(Stage::FormalReview);
    for submission in 1..3 {
        assert_eq!(now.committee_submissions, submission);
        let returned = decide(&now, Action::Return, &office, &favourable_facts()).expect("returned");
        assert_eq!(returned.effects, [Effect::RecordReturn, Effect::SetCorrectionDue, Effect::NotifyApplicant]);
        now = now.after(&returned, Some(due));
        assert_eq!(next_lapse_at(&now, &windows()), Some(due));
        let back = decide(&now, Action::Resubmit, &applicant, &favourable_facts()).expect("resubmitted");
        assert_eq!(back.to, Stage::FormalReview);
        now = now.after(&back, None);
        assert_eq!((now.correction_due, now.returned_by), (None, None));
    }
    let third = decide(&now, Action::Return, &office, &favourable_facts()).expect("decided");
    assert_eq!((third.to, third.effects), (Stage::NotAccepted, vec![Effect::NotifyApplicant]));
}

// clauses: 4.2.1b
#[test]
fn resubmission_goes_to_the_reviewer_who_returned_it_or_to_the_chain_start() {
    let applicant = in_role(Role::Applicant, Stage::Returned);
    for by in PRIVATE {
        let returned = State { chain: steps(&PRIVATE), returned_by: Some(id(by)), ..state(Stage::Returned) };
        let back = decide(&returned, Action::Resubmit, &applicant, &favourable_facts()).map(|decision| decision.step);
        assert_eq!(back, Ok(Some(id(by))));
    }
    let through = State {
        resubmit_after_committee: ResubmitTo::ChainStart,
        returned_by: Some(id("formal_review")),
        ..state(Stage::Returned)
    };
    let again = decide(&through, Action::Resubmit, &applicant, &favourable_facts()).map(|decision| (decision.to, decision.step));
    assert_eq!(again, Ok((Stage::InReview, Some(id("employer_review")))));
}

fn stage_after(state: &State, action: Action, actor: Relation, facts: &Facts) -> Stage {
    decide(state, action, &actor, facts).expect("decided").to
}

// clauses: 4.4a, 4.5, 4.6
#[test]
fn ready_requires_payment_originals_and_defence() {
    let finance = in_role(Role::Finance, Stage::Accepted);
    let office = in_role(Role::CommitteeOffice, Stage::Accepted);
    let unpaid = state(Stage::Accepted);
    let paid = State { paid: true, ..unpaid.clone() };
    assert_eq!(stage_after(&unpaid, Action::ConfirmPayment, finance, &favourable_facts()), Stage::Ready);
    assert_eq!(stage_after(&unpaid, Action::ReceiveOriginal, office, &favourable_facts()), Stage::Accepted);
    assert_eq!(stage_after(&paid, Action::ReceiveOriginal, office, &favourable_facts()), Stage::Ready);
    assert_eq!(stage_after(&paid, Action::RecordDefence, office, &favourable_facts()), Stage::Ready);
    let no_originals = Facts { originals_complete: false, ..favourable_facts() };
    assert_eq!(stage_after(&unpaid, Action::ConfirmPayment, finance, &no_originals), Stage::Accepted);
    let no_defence = Facts { defence_settled: false, ..favourable_facts() };
    assert_eq!(stage_after(&paid, Action::ReceiveOriginal, office, &no_defence), Stage::Accepted);
    assert_eq!(codes(decide(&paid, Action::ConfirmPayment, &finance, &favourable_facts())), ["order_paid"]);
}

// clauses: 4.4a, 4.5
#[test]
fn defence_and_original_are_offered_while_one_is_owed() {
    let office = in_role(Role::CommitteeOffice, Stage::Accepted);
    let offered = |facts: &Facts| allowed_actions(&state(Stage::Accepted), &office, facts);
    let both = [Action::ReceiveOriginal, Action::RecordDefence];
    assert!(both.iter().all(|action| offered(&favourable_facts()).contains(action)));
    // Of a level without a defence, or one that is settled, nothing is owed.
    let no_defence = Facts { defence_owed: false, ..favourable_facts() };
    assert!(offered(&no_defence).contains(&Action::ReceiveOriginal) && !offered(&no_defence).contains(&Action::RecordDefence));
    let no_originals = Facts { originals_owed: false, ..favourable_facts() };
    assert!(offered(&no_originals).contains(&Action::RecordDefence) && !offered(&no_originals).contains(&Action::ReceiveOriginal));
}

// clauses: 4.3c
#[test]
fn upheld_objection_blocks_the_approval_of_the_employer_but_not_its_return() {
    let upheld = Some(PublicityFacts {
        finished: true,
        open_objections: 0,
        upheld_objections: 1,
        undecided_objections: 0,
        posting_missing: false,
    });
    let facts = Facts { step_publicity: upheld, fraud_decided: false, ..favourable_facts() };
    let (state, clerk) = (in_review(&DIRECTED, "employer_review"), in_role(Role::EmployerClerk, Stage::InReview));
    assert_eq!(codes(decide(&state, Action::Approve, &clerk, &facts)), ["objection_upheld"]);
    assert_eq!(allowed_actions(&state, &clerk, &facts), [Action::Return, Action::NotRecommend]);
    let office = Relation { committee_office: true, ..Relation::default() };
    assert_eq!(
        decide(&state, Action::Disqualify, &office, &facts).map(|d| (d.to, d.effects)),
        Ok((Stage::Disqualified, vec![Effect::NotifyApplicant]))
    );
}

// clauses: A3, R10
#[test]
fn revocation_for_fraud_revokes_the_certificate_and_bars_the_applicant() {
    let office = in_role(Role::CommitteeOffice, Stage::Confirmed);
    let revoked = decide(&state(Stage::Confirmed), Action::Revoke, &office, &favourable_facts()).expect("revoked");
    assert_eq!(revoked.to, Stage::Revoked);
    assert_eq!(revoked.effects, [Effect::RevokeCertificate, Effect::BarApplicant, Effect::NotifyApplicant]);
}

#[test]
fn allowed_actions_ignore_guards_on_the_request() {
    let facts = Facts {
        opinion_given: false,
        checklist_answered: false,
        corrections_named: false,
        fraud_decided: false,
        ..favourable_facts()
    };
    let office = in_role(Role::CommitteeOffice, Stage::FormalReview);
    assert_eq!(
        allowed_actions(&state(Stage::FormalReview), &office, &facts),
        [Action::Approve, Action::Return, Action::FindIneligible]
    );
    let open = open_actions(&state(Stage::FormalReview), &office, &facts);
    assert_eq!(open.last().map(|open| (open.action, open.refusals[0].code())), Some((Action::Disqualify, "ground_missing")));
}
