//! Deadlines, to the microsecond.

use chrono::TimeDelta;

use super::*;
use crate::cycles::definition::WindowName;

// clauses: 2.1
#[test]
fn application_before_the_committee_lapses_one_microsecond_after_the_close() {
    let close = at("2024-08-30T18:00:00+08:00");
    let late = close + TimeDelta::microseconds(1);
    for stage in [Stage::Draft, Stage::InReview, Stage::Returned] {
        assert_eq!(due_lapse(&state(stage), close, &windows()), None, "{stage}");
        let lapse = due_lapse(&state(stage), late, &windows()).expect("lapsed");
        assert_eq!((lapse.action, lapse.to, lapse.clause, lapse.at), (Action::Lapse, Stage::Lapsed, "2.1", late), "{stage}");
    }
    assert_eq!(due_lapse(&state(Stage::FormalReview), late, &windows()), None);
}

// clauses: 2.1
#[test]
fn action_after_the_close_is_refused_before_the_lapse_is_written() {
    let late = Facts { now: at("2024-08-30T18:00:00.000001+08:00"), ..favourable_facts() };
    let department = in_role(Role::Reviewer, Stage::InReview);
    assert_eq!(codes(decide(&state(Stage::InReview), Action::Approve, &department, &late)), ["window_closed"]);
    assert_eq!(codes(decide(&state(Stage::InReview), Action::Return, &department, &late)), ["window_closed"]);
    let edit = overdue(&state(Stage::Draft), &late).expect("too late to edit");
    assert_eq!(edit.en(), "outside the application window (2024-07-22T00:00:00+08:00 to 2024-08-30T18:00:00+08:00)");
    let in_time = Facts { now: at("2024-08-30T18:00:00+08:00"), ..favourable_facts() };
    assert_eq!(overdue(&state(Stage::Draft), &in_time), None);
    let reached = decide(&state(Stage::InReview), Action::Approve, &department, &in_time).expect("in time");
    assert_eq!((reached.to, reached.effects), (Stage::FormalReview, vec![Effect::CountCommitteeSubmission]));
}

// clauses: 2.3
#[test]
fn unpaid_application_lapses_after_the_payment_day_and_a_paid_one_does_not() {
    let over = windows().booking_end;
    let unpaid = state(Stage::Accepted);
    assert_eq!(due_lapse(&unpaid, over - TimeDelta::microseconds(1), &windows()), None);
    let lapse = due_lapse(&unpaid, over, &windows()).map(|l| (l.to, l.clause, l.as_of));
    assert_eq!(lapse, Some((Stage::Lapsed, "2.3", windows().payment_end)));
    assert_eq!(next_lapse_at(&State { paid: true, ..unpaid }, &windows()), None);
}

// clauses: 4.2.1b
#[test]
fn correction_after_its_due_instant_is_not_accepted() {
    let due = at("2024-08-20T10:00:00+08:00");
    let returned = State {
        committee_submissions: 1,
        returned_by: Some(id("formal_review")),
        correction_due: Some(due),
        ..state(Stage::Returned)
    };
    let applicant = in_role(Role::Applicant, Stage::Returned);
    assert_eq!(codes(decide(&returned, Action::Resubmit, &applicant, &favourable_facts())), ["correction_overdue"]);
    assert_eq!(
        decide(&returned, Action::RefuseAcceptance, &Relation::SYSTEM, &favourable_facts()).map(|d| d.to),
        Ok(Stage::NotAccepted)
    );
    assert_eq!(codes(decide(&returned, Action::Lapse, &Relation::SYSTEM, &favourable_facts())), ["deadline_not_reached"]);
    let in_time = Facts { now: due - TimeDelta::microseconds(1), ..favourable_facts() };
    assert_eq!(decide(&returned, Action::Resubmit, &applicant, &in_time).map(|d| d.to), Ok(Stage::FormalReview));
}

#[test]
fn deadline_of_each_stage_is_the_end_of_the_window_that_is_said_to_end_it() {
    let windows = windows();
    for stage in Stage::ALL {
        let end = window_that_ends(*stage).map(|window| match window {
            WindowName::Application => windows.application.end,
            WindowName::FormalReview => windows.review.end,
            WindowName::Payment => windows.booking_end,
        });
        assert_eq!(next_lapse_at(&state(*stage), &windows), end, "{stage}");
    }
}
