//! The golden matrix, and each guard on its own.

use std::fmt::Write as _;

use chrono::TimeDelta;

use super::*;

// clauses: 4.1a, 4.1b, 4.1c
#[test]
fn matrix_of_stage_action_and_role_matches_the_golden_file() {
    let mut matrix =
        String::from("# stage | action | role -> stage after it, with every fact in favour. What is not listed is refused.\n");
    for stage in Stage::ALL {
        for action in Action::ALL {
            let mut answer = |name: &str, relation: &Relation, facts: &Facts| {
                if let Ok(decision) = decide(&state(*stage), *action, relation, facts) {
                    let _ = writeln!(matrix, "{stage} | {action} | {name} -> {} ({})", decision.to, decision.clause);
                }
            };
            for role in Role::ALL {
                answer(role.as_str(), &in_role(*role, *stage), &favourable_facts());
            }
            let late = Facts { now: at("2024-09-25T00:00:00+08:00"), ..favourable_facts() };
            answer("who decided last", &LAST_REVIEWER, &favourable_facts());
            answer("clerk of the new employer", &NEW_EMPLOYER, &favourable_facts());
            answer("system, when all deadlines are over", &Relation::SYSTEM, &late);
            if *action == Action::Revive {
                answer("system, when the deadline is extended", &Relation::SYSTEM, &favourable_facts());
            }
        }
    }
    generated::assert_generated("tests/golden/workflow.txt", &matrix);
}

#[test]
fn table_has_one_row_per_stage_and_action_and_only_undoing_leads_out_of_an_end() {
    for stage in Stage::ALL {
        for action in Action::ALL {
            let rows = TABLE.iter().filter(|row| row.from.contains(stage) && row.action == *action).count();
            assert!(rows <= 1, "{stage} {action}");
        }
    }
    let undoing = |action| matches!(action, Action::TakeBack | Action::Revive | Action::Reinstate);
    let leads_out = |row: &Transition| !undoing(row.action) && row.to != To::WhereItStands;
    assert!(TABLE.iter().filter(|row| leads_out(row)).all(|row| row.from.iter().all(|stage| !stage.has_ended())));
}

/// Turns one guard false and leaves the rest true. `None` for the guards judged before the row's.
fn break_guard(guard: Guard, state: &mut State, actor: &mut Relation, facts: &mut Facts) -> Option<()> {
    let named = || vec![StepName { zh: "用人单位审核".to_owned(), en: "employer's review".to_owned() }];
    let publicity = |open, upheld| {
        Some(PublicityFacts {
            finished: true,
            open_objections: open,
            upheld_objections: upheld,
            undecided_objections: open,
            posting_missing: false,
        })
    };
    match guard {
        Guard::StageAllows | Guard::ActorAllowed => return None,
        Guard::NotOwnApplication => actor.applicant = true,
        Guard::OneStepPerPerson => actor.decided_another_step = true,
        Guard::ApplicationWindowOpen => facts.windows.application.opens = facts.now + TimeDelta::microseconds(1),
        Guard::ReviewWindowOpen => facts.windows.review.end = facts.now,
        Guard::CorrectionInTime => state.correction_due = Some(facts.now),
        Guard::PaymentInTime => facts.windows.booking_end = facts.now,
        Guard::DeadlinePassed => facts.now = at("2024-08-20T10:00:00+08:00"),
        Guard::DeadlineExtended => facts.now = at("2024-09-25T00:00:00+08:00"),
        Guard::WindowAhead => {
            facts.windows.application.end = facts.now;
            facts.windows.review.end = facts.now;
        }
        Guard::ReinstatementProposed => facts.reinstatement = None,
        Guard::SecondPerson => facts.reinstatement = Some(false),
        Guard::NothingSince => state.arrival = state.arrival.map(|arrival| Arrival { untouched: false, ..arrival }),
        Guard::DossierComplete => facts.dossier_complete = false,
        Guard::CommitmentSigned => facts.commitment_signed = false,
        Guard::RulesMet => facts.blocking_rules = Some(1),
        Guard::CorrectionsAnswered => facts.unanswered_corrections = Some(1),
        Guard::SubmissionsLeft => state.max_committee_submissions = state.committee_submissions,
        Guard::ChecklistAnswered => facts.checklist_answered = false,
        Guard::OpinionGiven => facts.opinion_given = false,
        Guard::FixedSentence => facts.fixed_sentence = false,
        Guard::CorrectionsNamed => facts.corrections_named = false,
        Guard::CorrectionsNew => facts.corrections_late = Some(vec!["/profile/education/0".to_owned()]),
        Guard::ShortTimeConfirmed => facts.correction_short = Some(ShortCorrection { days: 1, of: 2 }),
        Guard::SealsDeclared => facts.unsealed_documents = None,
        Guard::GroundsNamed => facts.grounds_named = false,
        Guard::StepPublicityFinished => facts.step_publicity = None,
        Guard::StepObjectionsDecided => facts.step_publicity = publicity(1, 0),
        Guard::StepObjectionsRejected => facts.step_publicity = publicity(0, 1),
        Guard::ChainPublicised => facts.chain = Some(ChainRecord { uncovered: named(), ..ChainRecord::default() }),
        Guard::ChainObjectionsDecided => facts.chain = Some(ChainRecord { open_objections: 1, ..ChainRecord::default() }),
        Guard::ChainObjectionsRejected => facts.chain = Some(ChainRecord { upheld_objections: 1, ..ChainRecord::default() }),
        Guard::ChainApproved => facts.chain = Some(ChainRecord { unapproved: named(), ..ChainRecord::default() }),
        Guard::OrderUnpaid => state.paid = true,
        Guard::OriginalsOwed => facts.originals_owed = false,
        Guard::DefenceOwed => facts.defence_owed = false,
        Guard::OrderPaid => state.paid = false,
        Guard::OriginalReceived => facts.original_received = false,
        Guard::MeetingAhead => facts.meeting_at = Some(facts.now),
        Guard::NoticeStands => (facts.step_publicity, facts.result_publicity) = (None, None),
        Guard::NoticeUndisputed => (facts.step_publicity, facts.result_publicity) = (publicity(1, 0), publicity(1, 0)),
        Guard::NoticeUncontested => (facts.step_publicity, facts.result_publicity) = (publicity(0, 1), publicity(0, 1)),
        Guard::QuorumPresent => facts.quorum_present = false,
        Guard::TallyRecorded => facts.outcome = None,
        Guard::ResultPublicityFinished => facts.result_publicity = None,
        Guard::ResultObjectionsDecided => facts.result_publicity = publicity(1, 0),
        Guard::ResultObjectionsRejected => facts.result_publicity = publicity(0, 1),
        Guard::ResultPosted => facts.result_publicity.as_mut().expect("a publicity").posting_missing = true,
        Guard::DisqualificationGround | Guard::FraudDecided => facts.fraud_decided = false,
        Guard::NoPublicityRuns => facts.publicity_runs = true,
        Guard::NoCorrectionPending => {
            state.committee_submissions = 1;
            state.correction_due = Some(facts.now + TimeDelta::days(1));
        }
        Guard::EverSubmitted => facts.ever_submitted = false,
        Guard::FraudDecidedOnce => facts.fraud_decided_before = true,
    }
    Some(())
}

/// Whether the step requires what the guard is about.
fn required_at(step: Step, action: Action, guard: Guard) -> bool {
    match guard {
        // Of what was returned alone.
        Guard::NoCorrectionPending => false,
        Guard::StepPublicityFinished | Guard::StepObjectionsDecided | Guard::StepObjectionsRejected => step.publicity,
        Guard::FixedSentence => step.fixed_sentence,
        Guard::SealsDeclared => step.place == StepPlace::Employer,
        Guard::OpinionGiven => action != Action::Approve || !step.fixed_sentence,
        Guard::StageAllows
        | Guard::ActorAllowed
        | Guard::NotOwnApplication
        | Guard::OneStepPerPerson
        | Guard::ApplicationWindowOpen
        | Guard::ReviewWindowOpen
        | Guard::CorrectionInTime
        | Guard::PaymentInTime
        | Guard::DeadlinePassed
        | Guard::DeadlineExtended
        | Guard::WindowAhead
        | Guard::ReinstatementProposed
        | Guard::SecondPerson
        | Guard::NothingSince
        | Guard::DossierComplete
        | Guard::CommitmentSigned
        | Guard::RulesMet
        | Guard::CorrectionsAnswered
        | Guard::SubmissionsLeft
        | Guard::ChecklistAnswered
        | Guard::CorrectionsNamed
        | Guard::CorrectionsNew
        | Guard::ShortTimeConfirmed
        | Guard::GroundsNamed
        | Guard::ChainPublicised
        | Guard::ChainObjectionsDecided
        | Guard::ChainObjectionsRejected
        | Guard::ChainApproved
        | Guard::OrderUnpaid
        | Guard::OriginalsOwed
        | Guard::DefenceOwed
        | Guard::OrderPaid
        | Guard::OriginalReceived
        | Guard::MeetingAhead
        | Guard::NoticeStands
        | Guard::NoticeUndisputed
        | Guard::NoticeUncontested
        | Guard::QuorumPresent
        | Guard::TallyRecorded
        | Guard::ResultPublicityFinished
        | Guard::ResultObjectionsDecided
        | Guard::ResultObjectionsRejected
        | Guard::ResultPosted
        | Guard::DisqualificationGround
        | Guard::FraudDecided
        | Guard::NoPublicityRuns
        | Guard::EverSubmitted
        | Guard::FraudDecidedOnce => true,
    }
}

// clauses: 2.1, 2.2, 2.3, 4.2.1a, 4.2.1b, 4.3a, 4.3b, 4.3c, 4.4b, 4.6, 5.1, A3, R1, R3, R4, R7, R10
#[test]
fn broken_guard_of_a_row_is_the_only_refusal() {
    for row in TABLE {
        for stage in row.from {
            // The employer's step: it has the most guards.
            let (mut state, mut facts) = (state(*stage), favourable_facts());
            if *stage == Stage::InReview {
                state = in_review(&DIRECTED, "employer_review");
            }
            if row.action == Action::Revive && *stage == Stage::NotAccepted {
                let from = Position::at(Stage::Returned);
                state.arrival = Some(Arrival { action: Action::RefuseAcceptance, from, untouched: true });
            }
            if row.action == Action::Recall {
                state.arrival = Some(Arrival { action: Action::Submit, from: Position::at(Stage::Draft), untouched: true });
            }
            state.paid |= row.action == Action::ReversePayment;
            if row.action == Action::Resubmit {
                state = State { committee_submissions: 0, ..state };
            }
            if row.actor == Actor::System && row.action != Action::Revive {
                facts.now = at("2024-09-25T00:00:00+08:00");
                if row.action == Action::RefuseAcceptance {
                    state.committee_submissions = 1;
                    state.correction_due = Some(facts.now);
                }
            }
            assert!(
                decide(&state, row.action, &relation_for(row), &facts).is_ok(),
                "{stage} {} with everything in favour",
                row.action
            );
            let asked = |guard: Guard| state.present_step().is_none_or(|step| required_at(*step, row.action, guard));
            for guard in row.guards.iter().filter(|guard| asked(**guard)) {
                let (mut state, mut actor, mut facts) = (state.clone(), relation_for(row), facts.clone());
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
fn workflow_page_matches_the_table() {
    generated::assert_generated("docs/workflow.md", &workflow_page());
}
