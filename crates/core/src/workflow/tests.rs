//! The golden matrix, each guard on its own, deadlines, and random lives against a second, simpler model.

use std::fmt::Write as _;

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::clock::Instant;
use crate::cycles::definition::ResubmitTo;
use crate::vocabulary::{Action, Role, Stage};

#[path = "../../../../tests/it/generated.rs"]
mod generated;

const DIRECTED: [Stage; 3] = [Stage::EmployerReview, Stage::DepartmentReview, Stage::FormalReview];
const PRIVATE: [Stage; 4] =
    [Stage::EmployerReview, Stage::CountyServiceReview, Stage::PrefectureServiceReview, Stage::FormalReview];

/// The steps of stages as the notice has them: the employer's asks for publicity and the sentence.
fn steps(stages: &[Stage]) -> Vec<Step> {
    let step = |stage: &Stage| {
        let employer = *stage == Stage::EmployerReview;
        Step { stage: *stage, publicity: employer, checklist: true, fixed_sentence: employer }
    };
    stages.iter().map(step).collect()
}

fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

fn windows() -> Windows {
    Windows {
        application: Span { opens: at("2024-07-22T00:00:00+08:00"), over: at("2024-08-30T18:00:00.000001+08:00") },
        review: Span { opens: at("2024-08-01T00:00:00+08:00"), over: at("2024-09-11T00:00:00+08:00") },
        payment_over: at("2024-09-16T00:00:00+08:00"),
    }
}

fn state(stage: Stage) -> State {
    let reached = !stage.is_final()
        && !matches!(stage, Stage::Draft | Stage::Returned)
        && (!stage.is_review() || stage == Stage::FormalReview);
    State {
        stage,
        chain: match stage {
            Stage::CountyServiceReview | Stage::PrefectureServiceReview => steps(&PRIVATE),
            _ => steps(&DIRECTED),
        },
        resubmit_after_committee: ResubmitTo::ReturningStage,
        resubmit_before_committee: ResubmitTo::ReturningStage,
        returned_by: (stage == Stage::Returned).then_some(Stage::DepartmentReview),
        committee_submissions: u32::from(reached),
        max_committee_submissions: 3,
        correction_due: None,
        paid: false,
    }
}

/// Everything that can speak for an act does.
fn favourable() -> Facts {
    let publicity = Some(PublicityFacts { finished: true, open_objections: 0, upheld_objections: 0 });
    Facts {
        dossier_complete: true,
        commitment_signed: true,
        blocking_rules: Some(0),
        unanswered_corrections: Some(0),
        checklist_answered: true,
        opinion_given: true,
        fixed_sentence: true,
        corrections_named: true,
        corrections_new: true,
        grounds_named: true,
        employer_publicity: publicity,
        result_publicity: publicity,
        originals_complete: true,
        defence_settled: true,
        quorum_present: true,
        outcome: Some(Outcome::Passed),
        fraud_decided: true,
        ..Facts::at(at("2024-08-20T10:00:00+08:00"), windows())
    }
}

/// What a person in one role is to the application at a stage, if their organisation has the turn.
fn in_role(role: Role, stage: Stage) -> Relation {
    Relation {
        applicant: role == Role::Applicant,
        in_turn: reviewer(stage) == Some(role),
        committee_office: role == Role::CommitteeOffice,
        finance: role == Role::Finance,
        ..Relation::default()
    }
}

fn everybody() -> Relation {
    Relation { in_turn: true, committee_office: true, finance: true, ..Relation::default() }
}

/// The relation that a row of the table asks for.
fn meant(row: &Transition) -> Relation {
    match row.who {
        Who::Applicant => Relation { applicant: true, ..Relation::default() },
        Who::System => Relation::SYSTEM,
        _ => everybody(),
    }
}

fn codes(result: Result<Decision, Vec<Refusal>>) -> Vec<&'static str> {
    result.expect_err("a refusal").iter().map(Refusal::code).collect()
}

// clauses: 4.1a, 4.1b, 4.1c
#[test]
fn stage_by_action_by_role_is_the_golden_matrix() {
    let mut matrix =
        String::from("# stage | action | role -> stage after it, with every fact in favour. What is not listed is refused.\n");
    for stage in Stage::ALL {
        for action in Action::ALL {
            let mut answer = |who: &str, actor: &Relation, facts: &Facts| {
                if let Ok(decision) = decide(&state(*stage), *action, actor, facts) {
                    let _ = writeln!(matrix, "{stage} | {action} | {who} -> {} ({})", decision.to, decision.clause);
                }
            };
            for role in Role::ALL {
                answer(role.as_str(), &in_role(*role, *stage), &favourable());
            }
            let late = Facts { now: at("2024-09-16T00:00:00+08:00"), ..favourable() };
            answer("system, when all deadlines are over", &Relation::SYSTEM, &late);
        }
    }
    generated::assert_generated("tests/golden/workflow.txt", &matrix);
}

#[test]
fn no_two_rows_share_a_stage_and_an_action() {
    for stage in Stage::ALL {
        for action in Action::ALL {
            let rows = TABLE.iter().filter(|row| row.from.contains(stage) && row.action == *action).count();
            assert!(rows <= 1, "{stage} {action}");
        }
    }
    assert!(TABLE.iter().flat_map(|row| row.from).all(|stage| !stage.is_final()));
}

/// Turns one guard false and leaves the rest true. `None` for the guards judged before the row's.
fn break_guard(guard: Guard, state: &mut State, actor: &mut Relation, facts: &mut Facts) -> Option<()> {
    let publicity = |open, upheld| Some(PublicityFacts { finished: true, open_objections: open, upheld_objections: upheld });
    match guard {
        Guard::StageAllows | Guard::ActorAllowed => return None,
        Guard::NotOwnApplication => actor.applicant = true,
        Guard::OneStepPerPerson => actor.decided_another_step = true,
        Guard::ApplicationWindowOpen => facts.windows.application.opens = facts.now + TimeDelta::microseconds(1),
        Guard::ReviewWindowOpen => facts.windows.review.over = facts.now,
        Guard::CorrectionInTime => state.correction_due = Some(facts.now),
        Guard::PaymentInTime => facts.windows.payment_over = facts.now,
        Guard::DeadlinePassed => facts.now = at("2024-08-20T10:00:00+08:00"),
        Guard::DossierComplete => facts.dossier_complete = false,
        Guard::CommitmentSigned => facts.commitment_signed = false,
        Guard::RulesMet => facts.blocking_rules = Some(1),
        Guard::CorrectionsAnswered => facts.unanswered_corrections = Some(1),
        Guard::SubmissionsLeft => state.max_committee_submissions = state.committee_submissions,
        Guard::ChecklistAnswered => facts.checklist_answered = false,
        Guard::OpinionGiven => facts.opinion_given = false,
        Guard::FixedSentence => facts.fixed_sentence = false,
        Guard::CorrectionsNamed => facts.corrections_named = false,
        Guard::CorrectionsNew => facts.corrections_new = false,
        Guard::GroundsNamed => facts.grounds_named = false,
        Guard::EmployerPublicityFinished => facts.employer_publicity = None,
        Guard::EmployerObjectionsDecided => facts.employer_publicity = publicity(1, 0),
        Guard::EmployerObjectionsRejected => facts.employer_publicity = publicity(0, 1),
        Guard::OrderUnpaid => state.paid = true,
        Guard::QuorumPresent => facts.quorum_present = false,
        Guard::TallyRecorded => facts.outcome = None,
        Guard::ResultPublicityFinished => facts.result_publicity = None,
        Guard::ResultObjectionsDecided => facts.result_publicity = publicity(1, 0),
        Guard::ResultObjectionsRejected => facts.result_publicity = publicity(0, 1),
        Guard::DisqualificationGround | Guard::FraudDecided => facts.fraud_decided = false,
    }
    Some(())
}

/// Whether a step asks for what a guard is about.
fn asked_at(step: Step, action: Action, guard: Guard) -> bool {
    match guard {
        Guard::EmployerPublicityFinished | Guard::EmployerObjectionsDecided | Guard::EmployerObjectionsRejected => step.publicity,
        Guard::FixedSentence => step.fixed_sentence,
        Guard::OpinionGiven => action != Action::Approve || !step.fixed_sentence,
        _ => true,
    }
}

// clauses: 2.1, 2.2, 2.3, 4.2.1a, 4.2.1b, 4.3a, 4.3b, 4.3c, 4.4b, 4.6, 5.1, A3, R1, R3, R4, R7, R10
#[test]
fn each_guard_of_each_row_refuses_alone() {
    for row in TABLE {
        for stage in row.from {
            let (mut state, mut facts) = (state(*stage), favourable());
            if row.action == Action::Resubmit {
                state = State { committee_submissions: 0, ..state };
            }
            if row.who == Who::System {
                facts.now = at("2024-09-16T00:00:00+08:00");
                if row.action == Action::RefuseAcceptance {
                    state.committee_submissions = 1;
                    state.correction_due = Some(facts.now);
                }
            }
            assert!(decide(&state, row.action, &meant(row), &facts).is_ok(), "{stage} {} with everything in favour", row.action);
            let asked = |guard: Guard| state.step(*stage).is_none_or(|step| asked_at(*step, row.action, guard));
            for guard in row.guards.iter().filter(|guard| asked(**guard)) {
                let (mut state, mut actor, mut facts) = (state.clone(), meant(row), facts.clone());
                if *guard == Guard::SubmissionsLeft || *guard == Guard::CorrectionInTime {
                    state.committee_submissions = 1;
                }
                break_guard(*guard, &mut state, &mut actor, &mut facts).expect("a guard of a row");
                let refused = decide(&state, row.action, &actor, &facts);
                let found: Vec<_> = refused.expect_err("refused").iter().map(|refusal| refusal.guard).collect();
                assert_eq!(found, [*guard], "{stage} {}", row.action);
            }
        }
    }
}

#[test]
fn all_reasons_are_told_at_once() {
    let facts = Facts { dossier_complete: false, blocking_rules: Some(2), ..favourable() };
    let applicant = in_role(Role::Applicant, Stage::Draft);
    let refusals = decide(&state(Stage::Draft), Action::Submit, &applicant, &facts).expect_err("refused");
    assert_eq!(refusals.iter().map(Refusal::en).collect::<Vec<_>>(), ["the dossier is not complete", "2 rules are not met"]);
    assert_eq!(refusals[1].zh(), "有 2 项申报条件未满足");
}

#[test]
fn an_outsider_is_told_only_that_it_is_not_their_turn() {
    let facts = Facts::at(at("2024-08-20T10:00:00+08:00"), windows());
    let clerk = in_role(Role::EmployerClerk, Stage::DepartmentReview);
    assert_eq!(codes(decide(&state(Stage::DepartmentReview), Action::Approve, &clerk, &facts)), ["out_of_turn"]);
    assert_eq!(codes(decide(&state(Stage::Withdrawn), Action::Submit, &clerk, &facts)), ["stage_conflict"]);
}

#[test]
fn unknown_facts_refuse() {
    let facts = Facts::at(at("2024-08-20T10:00:00+08:00"), windows());
    for row in TABLE
        .iter()
        .filter(|row| row.guards.iter().any(|guard| guard.refusal(&state(row.from[0]), row.action, everybody(), &facts).is_some()))
    {
        assert!(decide(&state(row.from[0]), row.action, &meant(row), &facts).is_err(), "{}", row.action);
    }
}

#[test]
fn sentences_have_their_values() {
    for guard in Guard::ALL {
        let refusal = guard.refuse(&state(Stage::Draft), Action::Submit, &favourable());
        assert!(!refusal.zh().contains('{') && !refusal.en().contains('{'), "{guard:?}");
    }
}

// clauses: 2.1
#[test]
fn one_microsecond_after_the_close_what_never_reached_the_committee_has_lapsed() {
    let close = at("2024-08-30T18:00:00+08:00");
    let late = close + TimeDelta::microseconds(1);
    for stage in [Stage::Draft, Stage::EmployerReview, Stage::DepartmentReview, Stage::CountyServiceReview, Stage::Returned] {
        assert_eq!(due_lapse(&state(stage), close, &windows()), None, "{stage}");
        let lapse = due_lapse(&state(stage), late, &windows()).expect("lapsed");
        assert_eq!((lapse.action, lapse.to, lapse.clause, lapse.at), (Action::Lapse, Stage::Lapsed, "2.1", late), "{stage}");
    }
    assert_eq!(due_lapse(&state(Stage::FormalReview), late, &windows()), None);
}

// clauses: 2.1
#[test]
fn a_late_job_lets_nothing_through() {
    let late = Facts { now: at("2024-08-30T18:00:00.000001+08:00"), ..favourable() };
    let department = in_role(Role::DepartmentReviewer, Stage::DepartmentReview);
    assert_eq!(codes(decide(&state(Stage::DepartmentReview), Action::Approve, &department, &late)), ["window_closed"]);
    assert_eq!(codes(decide(&state(Stage::DepartmentReview), Action::Return, &department, &late)), ["window_closed"]);
    let edit = overdue(&state(Stage::Draft), &late).expect("too late to edit");
    assert_eq!(edit.en(), "outside the application window (2024-07-22T00:00:00+08:00 to 2024-08-30T18:00:00+08:00)");
    let in_time = Facts { now: at("2024-08-30T18:00:00+08:00"), ..favourable() };
    assert_eq!(overdue(&state(Stage::Draft), &in_time), None);
    let reached = decide(&state(Stage::DepartmentReview), Action::Approve, &department, &in_time).expect("in time");
    assert_eq!((reached.to, reached.effects), (Stage::FormalReview, vec![Effect::CountCommitteeSubmission]));
}

// clauses: 2.3
#[test]
fn unpaid_after_the_payment_day_lapses_and_paid_does_not() {
    let over = windows().payment_over;
    let unpaid = state(Stage::Accepted);
    assert_eq!(due_lapse(&unpaid, over - TimeDelta::microseconds(1), &windows()), None);
    assert_eq!(due_lapse(&unpaid, over, &windows()).map(|l| (l.to, l.clause)), Some((Stage::Lapsed, "2.3")));
    assert_eq!(next_lapse_at(&State { paid: true, ..unpaid }, &windows()), None);
}

// clauses: 4.2.1b
#[test]
fn the_third_submission_that_fails_is_not_accepted() {
    let office = in_role(Role::CommitteeOffice, Stage::FormalReview);
    let applicant = in_role(Role::Applicant, Stage::Returned);
    let due = at("2024-08-23T00:00:00+08:00");
    let mut now = state(Stage::FormalReview);
    for submission in 1..3 {
        assert_eq!(now.committee_submissions, submission);
        let returned = decide(&now, Action::Return, &office, &favourable()).expect("returned");
        assert_eq!(returned.effects, [Effect::RecordReturn, Effect::SetCorrectionDue, Effect::NotifyApplicant]);
        now = now.after(&returned, Some(due));
        assert_eq!(next_lapse_at(&now, &windows()), Some(due));
        let back = decide(&now, Action::Resubmit, &applicant, &favourable()).expect("resubmitted");
        assert_eq!(back.to, Stage::FormalReview);
        now = now.after(&back, None);
        assert_eq!((now.correction_due, now.returned_by), (None, None));
    }
    let third = decide(&now, Action::Return, &office, &favourable()).expect("decided");
    assert_eq!((third.to, third.effects), (Stage::NotAccepted, vec![Effect::NotifyApplicant]));
}

// clauses: 4.2.1b
#[test]
fn a_correction_after_its_due_is_not_accepted() {
    let due = at("2024-08-20T10:00:00+08:00");
    let returned = State {
        committee_submissions: 1,
        returned_by: Some(Stage::FormalReview),
        correction_due: Some(due),
        ..state(Stage::Returned)
    };
    let applicant = in_role(Role::Applicant, Stage::Returned);
    assert_eq!(codes(decide(&returned, Action::Resubmit, &applicant, &favourable())), ["correction_overdue"]);
    assert_eq!(decide(&returned, Action::RefuseAcceptance, &Relation::SYSTEM, &favourable()).map(|d| d.to), Ok(Stage::NotAccepted));
    assert_eq!(codes(decide(&returned, Action::Lapse, &Relation::SYSTEM, &favourable())), ["deadline_not_reached"]);
    let in_time = Facts { now: due - TimeDelta::microseconds(1), ..favourable() };
    assert_eq!(decide(&returned, Action::Resubmit, &applicant, &in_time).map(|d| d.to), Ok(Stage::FormalReview));
}

// clauses: 4.2.1b
#[test]
fn what_a_reviewer_returned_goes_back_to_that_reviewer() {
    let applicant = in_role(Role::Applicant, Stage::Returned);
    for by in PRIVATE {
        let returned = State { chain: steps(&PRIVATE), returned_by: Some(by), ..state(Stage::Returned) };
        assert_eq!(decide(&returned, Action::Resubmit, &applicant, &favourable()).map(|d| d.to), Ok(by));
    }
    let through = State {
        resubmit_after_committee: ResubmitTo::ChainStart,
        returned_by: Some(Stage::FormalReview),
        ..state(Stage::Returned)
    };
    assert_eq!(decide(&through, Action::Resubmit, &applicant, &favourable()).map(|d| d.to), Ok(Stage::EmployerReview));
}

fn reached(state: &State, action: Action, actor: Relation, facts: &Facts) -> Stage {
    decide(state, action, &actor, facts).expect("decided").to
}

// clauses: 4.4a, 4.5, 4.6
#[test]
fn ready_needs_payment_originals_and_defence() {
    let finance = in_role(Role::Finance, Stage::Accepted);
    let office = in_role(Role::CommitteeOffice, Stage::Accepted);
    let unpaid = state(Stage::Accepted);
    let paid = State { paid: true, ..unpaid.clone() };
    assert_eq!(reached(&unpaid, Action::ConfirmPayment, finance, &favourable()), Stage::Ready);
    assert_eq!(reached(&unpaid, Action::ReceiveOriginal, office, &favourable()), Stage::Accepted);
    assert_eq!(reached(&paid, Action::ReceiveOriginal, office, &favourable()), Stage::Ready);
    assert_eq!(reached(&paid, Action::RecordDefence, office, &favourable()), Stage::Ready);
    let no_originals = Facts { originals_complete: false, ..favourable() };
    assert_eq!(reached(&unpaid, Action::ConfirmPayment, finance, &no_originals), Stage::Accepted);
    let no_defence = Facts { defence_settled: false, ..favourable() };
    assert_eq!(reached(&paid, Action::ReceiveOriginal, office, &no_defence), Stage::Accepted);
    assert_eq!(codes(decide(&paid, Action::ConfirmPayment, &finance, &favourable())), ["order_paid"]);
}

// clauses: 4.3c
#[test]
fn an_upheld_objection_keeps_the_employer_from_sending_on_but_not_from_returning() {
    let upheld = Some(PublicityFacts { finished: true, open_objections: 0, upheld_objections: 1 });
    let facts = Facts { employer_publicity: upheld, fraud_decided: false, ..favourable() };
    let (state, clerk) = (state(Stage::EmployerReview), in_role(Role::EmployerClerk, Stage::EmployerReview));
    assert_eq!(codes(decide(&state, Action::Approve, &clerk, &facts)), ["objection_upheld"]);
    assert_eq!(allowed_actions(&state, &clerk, &facts), [Action::Return, Action::FindIneligible]);
    let office = Relation { committee_office: true, ..Relation::default() };
    assert_eq!(
        decide(&state, Action::Disqualify, &office, &facts).map(|d| (d.to, d.effects)),
        Ok((Stage::Disqualified, vec![Effect::NotifyApplicant]))
    );
}

// clauses: A3, R10
#[test]
fn fraud_bars_and_revokes() {
    let office = in_role(Role::CommitteeOffice, Stage::Confirmed);
    let revoked = decide(&state(Stage::Confirmed), Action::Revoke, &office, &favourable()).expect("revoked");
    assert_eq!(revoked.to, Stage::Revoked);
    assert_eq!(revoked.effects, [Effect::RevokeCertificate, Effect::BarApplicant, Effect::NotifyApplicant]);
}

#[test]
fn allowed_actions_leave_out_what_the_request_brings() {
    let facts =
        Facts { opinion_given: false, checklist_answered: false, corrections_named: false, fraud_decided: false, ..favourable() };
    let office = in_role(Role::CommitteeOffice, Stage::FormalReview);
    assert_eq!(
        allowed_actions(&state(Stage::FormalReview), &office, &facts),
        [Action::Approve, Action::Return, Action::FindIneligible]
    );
    let open = open_actions(&state(Stage::FormalReview), &office, &facts);
    assert_eq!(open.last().map(|open| (open.action, open.refusals[0].code())), Some((Action::Disqualify, "ground_missing")));
}

/// The second model: domain.md section 5 written down again as one function, without table, guards or effects.
/// Everything that a request brings is right; only the stage, the actor and time decide.
mod model {
    use super::*;

    #[derive(Clone, Debug)]
    pub struct Life {
        pub stage: Stage,
        pub private: bool,
        pub returner: Stage,
        pub submissions: u32,
        pub due: Option<Instant>,
        pub paid: bool,
    }

    pub fn ended_by_deadline(life: &Life, now: Instant, windows: &Windows) -> Option<Stage> {
        use Stage as S;
        let waiting = matches!(
            life.stage,
            S::Draft | S::EmployerReview | S::DepartmentReview | S::CountyServiceReview | S::PrefectureServiceReview | S::Returned
        );
        if waiting && life.submissions == 0 {
            (now >= windows.application.over).then_some(S::Lapsed)
        } else if life.stage == S::Returned {
            life.due.filter(|due| now >= *due).map(|_| S::NotAccepted)
        } else if life.stage == S::Accepted && !life.paid {
            (now >= windows.payment_over).then_some(S::Lapsed)
        } else {
            None
        }
    }

    pub fn step(life: &Life, action: Action, who: Who, facts: &Facts) -> Option<Stage> {
        use Action as A;
        use Stage as S;
        let ended = ended_by_deadline(life, facts.now, &facts.windows);
        if who == Who::System {
            return match (action, ended) {
                (A::Lapse, Some(S::Lapsed)) => Some(S::Lapsed),
                (A::RefuseAcceptance, Some(S::NotAccepted)) => Some(S::NotAccepted),
                _ => None,
            };
        }
        if ended.is_some() {
            return None;
        }
        let applying = facts.now >= facts.windows.application.opens;
        let reviewing = facts.now >= facts.windows.review.opens && facts.now < facts.windows.review.over;
        let last = life.submissions >= 3;
        let complete = |paid| if paid && facts.originals_complete && facts.defence_settled { S::Ready } else { S::Accepted };
        let order = [
            S::Draft,
            S::EmployerReview,
            S::DepartmentReview,
            S::CountyServiceReview,
            S::PrefectureServiceReview,
            S::FormalReview,
            S::Returned,
            S::Accepted,
            S::Ready,
            S::InMeeting,
            S::Passed,
            S::Publicised,
        ];
        let place = order.iter().position(|s| *s == life.stage);
        match (who, action, life.stage) {
            (Who::Applicant, A::Submit, S::Draft) if applying => Some(S::EmployerReview),
            (Who::Applicant, A::Resubmit, S::Returned) if (applying || life.submissions > 0) && !last => Some(life.returner),
            (Who::Applicant, A::Withdraw, _) => place.filter(|p| *p <= 8).map(|_| S::Withdrawn),
            (Who::ReviewerInTurn, A::Approve, S::EmployerReview) if applying => {
                Some(if life.private { S::CountyServiceReview } else { S::DepartmentReview })
            }
            (Who::ReviewerInTurn, A::Approve, S::CountyServiceReview) if applying => Some(S::PrefectureServiceReview),
            (Who::ReviewerInTurn, A::Approve, S::DepartmentReview | S::PrefectureServiceReview) if applying => {
                Some(S::FormalReview)
            }
            (Who::ReviewerInTurn, A::Approve, S::FormalReview) if reviewing => Some(S::Accepted),
            (Who::ReviewerInTurn, A::Return, S::FormalReview) if reviewing => Some(if last { S::NotAccepted } else { S::Returned }),
            (Who::ReviewerInTurn, A::FindIneligible, S::FormalReview) if reviewing => Some(S::Ineligible),
            (Who::ReviewerInTurn, A::Return | A::FindIneligible, stage) if stage.is_review() && stage != S::FormalReview => {
                Some(if action == A::Return { S::Returned } else { S::Ineligible })
            }
            (Who::Finance, A::ConfirmPayment, S::Accepted) if !life.paid && facts.now < facts.windows.payment_over => {
                Some(complete(true))
            }
            (Who::CommitteeOffice, A::ReceiveOriginal | A::RecordDefence, S::Accepted) => Some(complete(life.paid)),
            (Who::CommitteeOffice, A::EnterMeeting, S::Ready) => Some(S::InMeeting),
            (Who::CommitteeOffice, A::RecordOutcome, S::InMeeting) => {
                Some(if facts.outcome == Some(Outcome::Passed) { S::Passed } else { S::NotPassed })
            }
            (Who::CommitteeOffice, A::Publicise, S::Passed) => Some(S::Publicised),
            (Who::CommitteeOffice, A::Confirm, S::Publicised) => Some(S::Confirmed),
            (Who::CommitteeOffice, A::Disqualify, _) if facts.fraud_decided => place.filter(|p| *p >= 1).map(|_| S::Disqualified),
            (Who::CommitteeOffice, A::Revoke, S::Confirmed) if facts.fraud_decided => Some(S::Revoked),
            _ => None,
        }
    }
}

const WHO: [Who; 5] = [Who::Applicant, Who::ReviewerInTurn, Who::CommitteeOffice, Who::Finance, Who::System];

fn relation(who: Who) -> Relation {
    Relation {
        applicant: who == Who::Applicant,
        in_turn: who == Who::ReviewerInTurn,
        committee_office: who == Who::CommitteeOffice,
        finance: who == Who::Finance,
        system: who == Who::System,
        decided_another_step: false,
    }
}

/// An act of a random life: half of them the row of the present stage, so that lives get far.
#[derive(Clone, Debug)]
struct Act {
    pick: prop::sample::Index,
    along_the_table: bool,
    who: Who,
    action: Action,
    wait: TimeDelta,
    kind: bool,
    fraud: bool,
}

fn act() -> impl Strategy<Value = Act> {
    (
        any::<prop::sample::Index>(),
        prop::bool::weighted(0.8),
        prop::sample::select(&WHO[..]),
        prop::sample::select(Action::ALL),
        prop_oneof![20 => 0_i64..48 * 60, 1 => 0_i64..21 * 24 * 60],
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(pick, along_the_table, who, action, minutes, kind, fraud)| Act {
            pick,
            along_the_table,
            who,
            action,
            wait: TimeDelta::minutes(minutes),
            kind,
            fraud,
        })
}

/// Plays one life on both, comparing each step.
fn play(private: bool, acts: &[Act]) {
    let windows = windows();
    let mut now = at("2024-07-20T09:00:00+08:00");
    let mut state = State { chain: if private { steps(&PRIVATE) } else { steps(&DIRECTED) }, ..state(Stage::Draft) };
    let mut life = model::Life { stage: Stage::Draft, private, returner: Stage::Draft, submissions: 0, due: None, paid: false };
    for act in acts {
        now = now + act.wait;
        let facts = Facts {
            now,
            originals_complete: act.kind,
            defence_settled: act.kind,
            outcome: Some(if act.kind { Outcome::Passed } else { Outcome::NotPassed }),
            fraud_decided: act.fraud,
            ..favourable()
        };
        let rows: Vec<_> = TABLE.iter().filter(|row| row.from.contains(&state.stage)).collect();
        let (who, action) = if act.along_the_table && !rows.is_empty() {
            let row = rows[act.pick.index(rows.len())];
            (row.who, row.action)
        } else {
            (act.who, act.action)
        };
        let actor = relation(who);
        let due = due_lapse(&state, now, &windows).map(|lapse| lapse.to);
        assert_eq!(due, model::ended_by_deadline(&life, now, &windows), "{state:?}");
        // What has lapsed stays lapsed: time never takes it back.
        assert!(due.is_none() || due_lapse(&state, now + TimeDelta::days(400), &windows).map(|lapse| lapse.to) == due);
        let expected = model::step(&life, action, who, &facts);
        let decided = decide(&state, action, &actor, &facts);
        assert_eq!(decided.as_ref().ok().map(|d| d.to), expected, "{who:?} {action} at {state:?} {now}: {decided:?}");
        // In these facts the request brings everything, so what is allowed is exactly what is decided.
        assert_eq!(allowed_actions(&state, &actor, &facts).contains(&action), decided.is_ok());
        let Ok(decision) = decided else { continue };
        assert!(!state.stage.is_final(), "left {}", state.stage);
        let next_due = Some(now + TimeDelta::days(2));
        if decision.to == Stage::Returned {
            life.returner = life.stage;
            life.due = if life.stage == Stage::FormalReview { next_due } else { None };
        }
        life.submissions += u32::from(decision.to == Stage::FormalReview);
        life.paid |= action == Action::ConfirmPayment;
        life.stage = decision.to;
        state = state.after(&decision, next_due);
        assert_eq!(state.committee_submissions, life.submissions);
        assert!(state.committee_submissions <= state.max_committee_submissions);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // clauses: 4.1a, 4.2.1b, 2.1, 2.2, 2.3
    #[test]
    fn decide_agrees_with_the_simple_model(private in any::<bool>(), acts in prop::collection::vec(act(), 1..60)) {
        play(private, &acts);
    }
}

#[test]
fn every_stage_is_reached_and_no_state_counts_more_submissions_than_allowed() {
    let instants = ["2024-08-20T10:00:00+08:00", "2024-08-31T10:00:00+08:00", "2024-09-16T00:00:00+08:00"].map(at);
    let mut found: Vec<State> =
        [&DIRECTED[..], &PRIVATE[..]].map(|chain| State { chain: steps(chain), ..state(Stage::Draft) }).into();
    let mut next = 0;
    while let Some(here) = found.get(next).cloned() {
        next += 1;
        for row in TABLE.iter().filter(|row| row.from.contains(&here.stage)) {
            for (now, outcome) in instants.iter().flat_map(|now| [(*now, Outcome::Passed), (*now, Outcome::NotPassed)]) {
                let facts = Facts { now, outcome: Some(outcome), ..favourable() };
                let Ok(decision) = decide(&here, row.action, &meant(row), &facts) else { continue };
                let there = here.after(&decision, Some(instants[1]));
                assert!(there.committee_submissions <= there.max_committee_submissions, "{there:?}");
                if !found.contains(&there) {
                    found.push(there);
                }
            }
        }
    }
    let missed: Vec<_> = Stage::ALL.iter().filter(|stage| found.iter().all(|state| state.stage != **stage)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}
