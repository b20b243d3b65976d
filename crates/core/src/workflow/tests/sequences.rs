//! Random sequences of actions on the table and on the second model, and everything that can be reached.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::model::{self, Record};
use super::*;

const ACTORS: [Actor; 8] = [
    Actor::Applicant,
    Actor::ReviewerInTurn,
    Actor::LastReviewer,
    Actor::NewEmployer,
    Actor::CommitteeOffice,
    Actor::Finance,
    Actor::Supervisor,
    Actor::System,
];

fn relation(actor: Actor) -> Relation {
    Relation {
        applicant: actor == Actor::Applicant,
        in_turn: actor == Actor::ReviewerInTurn,
        committee_office: actor == Actor::CommitteeOffice,
        new_employer: actor == Actor::NewEmployer,
        finance: actor == Actor::Finance,
        supervisor: actor == Actor::Supervisor,
        system: actor == Actor::System,
        last_reviewer: actor == Actor::LastReviewer,
        decided_another_step: false,
    }
}

/// One action of a random sequence. Most are taken from the rows of the present stage, so that sequences get far.
#[derive(Clone, Debug)]
struct ActAttempt {
    pick: prop::sample::Index,
    from_table: bool,
    actor: Actor,
    action: Action,
    wait: TimeDelta,
    favourable: bool,
    fraud: bool,
    told_late: ToldLate,
    covered: bool,
}

fn attempt() -> impl Strategy<Value = ActAttempt> {
    (
        any::<prop::sample::Index>(),
        prop::bool::weighted(0.8),
        prop::sample::select(&ACTORS[..]),
        prop::sample::select(Action::ALL),
        prop_oneof![20 => 0_i64..48 * 60, 1 => 0_i64..21 * 24 * 60],
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.1),
        prop_oneof![6 => Just(ToldLate::None), 1 => Just(ToldLate::Some), 1 => Just(ToldLate::All)],
        prop::bool::weighted(0.9),
    )
        .prop_map(|(pick, from_table, actor, action, minutes, favourable, fraud, told_late, covered)| ActAttempt {
            pick,
            from_table,
            actor,
            action,
            wait: TimeDelta::minutes(minutes),
            favourable,
            fraud,
            told_late,
            covered,
        })
}

/// A chain of so many steps.
fn chain_of(length: usize) -> Vec<Step> {
    steps(&(0..length).map(|at| format!("step_{at}")).collect::<Vec<_>>())
}

/// Runs one sequence on both, along a chain of so many steps, and compares each step.
fn run(length: usize, attempts: &[ActAttempt]) {
    let windows = windows();
    let mut now = at("2024-07-20T09:00:00+08:00");
    let mut state = State { chain: chain_of(length), ..state(Stage::Draft) };
    let mut record = Record::draft(length);
    let (mut fraud, mut history) = (false, Vec::new());
    for attempt in attempts {
        now = now + attempt.wait;
        let name = |step: &Step| StepName { zh: step.id.to_string(), en: step.id.to_string() };
        let missing: Vec<StepName> = unapproved(&state.chain, &history).map(name).collect();
        // No way of acts leads before the committee, or past it, without an approval of each step.
        assert!(missing.is_empty() || !matches!(state.stage, Stage::FormalReview | Stage::Accepted | Stage::Ready), "{history:?}");
        let uncovered = if attempt.covered { Vec::new() } else { vec![name(&state.chain[0])] };
        let facts = Facts {
            now,
            originals_complete: attempt.favourable,
            defence_settled: attempt.favourable,
            originals_owed: !attempt.fraud,
            defence_owed: !attempt.fraud,
            outcome: Some(if attempt.favourable { Outcome::Passed } else { Outcome::NotPassed }),
            fraud_decided: attempt.fraud,
            fraud_decided_before: fraud,
            told_late: attempt.told_late,
            ever_submitted: attempt.favourable,
            chain: Some(ChainRecord { uncovered, unapproved: missing, ..ChainRecord::default() }),
            ..favourable_facts()
        };
        let rows: Vec<_> = TABLE.iter().filter(|row| row.from.contains(&state.stage)).collect();
        let (actor, action) = if attempt.from_table && !rows.is_empty() {
            let row = rows[attempt.pick.index(rows.len())];
            (row.actor, row.action)
        } else {
            (attempt.actor, attempt.action)
        };
        let relation = relation(actor);
        let due = due_lapse(&state, now, &windows).map(|lapse| lapse.to);
        assert_eq!(due, model::ended_by_deadline(&record, now, &windows), "{state:?}");
        // A lapse does not depend on later time.
        assert!(due.is_none() || due_lapse(&state, now + TimeDelta::days(400), &windows).map(|lapse| lapse.to) == due);
        let expected = model::act(&record, action, actor, &facts);
        let decided = decide(&state, action, &relation, &facts);
        let step = |id| state.chain.iter().position(|step| step.id == id);
        let led_to = decided.as_ref().ok().map(|decision| (decision.to, decision.step.and_then(step)));
        assert_eq!(led_to, expected, "{actor:?} {action} at {state:?} {now}: {decided:?}");
        // The content of the request is complete in these facts, so exactly the allowed actions are decided, but for what the act alone looks at.
        let refusals = decided.as_ref().err();
        let by_the_record = refusals.is_some_and(|refusals| refusals.iter().all(|refusal| refusal.guard.is_left_to_the_act()));
        assert_eq!(allowed_actions(&state, &relation, &facts).contains(&action), decided.is_ok() || by_the_record);
        let Ok(decision) = decided else { continue };
        let undoing = matches!(action, Action::TakeBack | Action::Revive | Action::Reinstate);
        let follows_an_end = undoing || matches!(action, Action::DecideFraud | Action::ReversePayment);
        assert!(follows_an_end || !state.stage.has_ended(), "left {}", state.stage);
        history.push(Recorded { action, from: state.step, to: decision.step, in_its_name: true });
        let here = (record.stage, record.step);
        let next_due = Some(now + TimeDelta::days(2));
        if action == Action::Recall && decision.to == Stage::Returned {
            record.returned_by = record.step.expect("a step that had it");
            record.due = None;
        } else if action == Action::Return && decision.to == Stage::Returned {
            record.returned_by = record.step.expect("a step that returned it");
            record.due = if record.stage == Stage::FormalReview { next_due } else { None };
            if record.stage == Stage::FormalReview {
                record.uncounted = attempt.told_late != ToldLate::None;
            }
        }
        if action == Action::Reinstate && decision.to == Stage::Returned && record.submissions > 0 {
            record.due = next_due;
        }
        if action == Action::TakeBack {
            record.submissions -= u32::from(record.stage == Stage::FormalReview && !record.uncounted);
        } else {
            let counts = !undoing && !record.uncounted;
            record.submissions += u32::from(decision.to == Stage::FormalReview && counts);
        }
        record.uncounted |= action == Action::Transfer && record.stage == Stage::FormalReview;
        record.paid = action == Action::ConfirmPayment || (record.paid && action != Action::ReversePayment);
        (record.stage, record.step) = expected.expect("what both decided");
        record.touched = (record.stage, record.step) == here;
        if !record.touched {
            record.came = Some((action, here));
        }
        fraud |= matches!(action, Action::Disqualify | Action::Revoke | Action::DecideFraud);
        state = state.after(&decision, next_due);
        assert_eq!(state.committee_submissions, record.submissions);
        assert!(state.committee_submissions <= state.max_committee_submissions);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    // clauses: 4.1a, 4.2.1b, 2.1, 2.2, 2.3
    #[test]
    fn random_sequence_gives_the_same_stages_in_table_and_model(length in 2_usize..=20, attempts in prop::collection::vec(attempt(), 1..60)) {
        run(length, &attempts);
    }
}

/// Every stage with every action and actor, in enough situations that each action of the model is permitted in one of them. A stage
/// or an action that is added to the table alone, or to the model alone, is detected here.
#[test]
fn table_and_model_permit_the_same_actions_at_every_stage() {
    let instants = ["2024-08-20T10:00:00+08:00", "2024-09-25T00:00:00+08:00"].map(at);
    let arrivals = [
        (Action::Submit, (Stage::Draft, None)),
        (Action::Approve, (Stage::InReview, Some(0))),
        (Action::NotRecommend, (Stage::InReview, Some(0))),
        (Action::FindIneligible, (Stage::FormalReview, Some(2))),
        (Action::Lapse, (Stage::InReview, Some(0))),
        (Action::RefuseAcceptance, (Stage::Returned, None)),
    ];
    for stage in Stage::ALL {
        for action in Action::ALL {
            for actor in ACTORS {
                let paid = *action == Action::ReversePayment;
                let row = Transition::find(*stage, *action).is_some_and(|row| row.actor == actor);
                let situations = instants.iter().flat_map(|now| [(*now, 0), (*now, 1)]);
                let permitted =
                    situations.flat_map(|situation| arrivals.map(|came| (situation, came))).any(|((now, submissions), came)| {
                        let record = Record {
                            stage: *stage,
                            steps: DIRECTED.len(),
                            step: match action {
                                // The employer's step alone has a notice.
                                Action::WithdrawPublicity if *stage == Stage::InReview => Some(0),
                                _ => state(*stage).step.and_then(|id| DIRECTED.iter().position(|step| *step == id.as_str())),
                            },
                            returned_by: 2,
                            submissions,
                            uncounted: false,
                            due: Some(instants[1]),
                            paid,
                            came: Some(came),
                            touched: false,
                        };
                        model::act(&record, *action, actor, &Facts { now, ..favourable_facts() }).is_some()
                    });
                assert_eq!(row, permitted, "{actor:?} {action} at {stage}");
            }
        }
    }
}

#[test]
fn every_stage_is_reachable_within_the_allowed_submissions() {
    let instants = ["2024-08-20T10:00:00+08:00", "2024-08-31T10:00:00+08:00", "2024-09-25T00:00:00+08:00"].map(at);
    let mut found: Vec<State> = [chain_of(2), chain_of(3), chain_of(6)].map(|chain| State { chain, ..state(Stage::Draft) }).into();
    let mut next = 0;
    while let Some(here) = found.get(next).cloned() {
        next += 1;
        for row in TABLE.iter().filter(|row| row.from.contains(&here.stage)) {
            for (now, outcome) in instants.iter().flat_map(|now| [(*now, Outcome::Passed), (*now, Outcome::NotPassed)]) {
                let facts = Facts { now, outcome: Some(outcome), ..favourable_facts() };
                let Ok(decision) = decide(&here, row.action, &relation_for(row), &facts) else { continue };
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
