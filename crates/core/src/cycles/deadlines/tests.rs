use chrono::{DateTime, FixedOffset, Utc};
use uuid::Uuid;

use super::{Deadline, DeadlineKind, Extension, WindowState, correction_due, deadlines, effective_window};
use crate::cycles::definition::{CycleDefinition, WindowName};
use crate::cycles::{WorkingCalendar, builtin, loader, working_calendar};

fn cycle(id: &str) -> (CycleDefinition, WorkingCalendar) {
    let (name, text) = builtin().iter().find(|(name, _)| name.starts_with(id)).unwrap();
    let cycle = loader::load(text, name).unwrap();
    let calendar = working_calendar(&cycle).unwrap();
    (cycle, calendar)
}

fn at(text: &str) -> DateTime<Utc> {
    local(text).with_timezone(&Utc)
}

fn local(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn extension(window: WindowName, account: Option<Uuid>, until: &str) -> Extension {
    Extension { window, account, until: local(until), reason: "系统故障".to_owned() }
}

// clauses: 2.1
#[test]
fn application_window_ends_at_18_00_to_the_microsecond() {
    let (cycle, _) = cycle("aksu");
    let window = effective_window(&cycle, WindowName::Application, None, &[]);
    assert_eq!(window.state(at("2024-07-21T23:59:59.999999+08:00")), WindowState::NotYet);
    assert_eq!(window.state(at("2024-07-22T00:00:00+08:00")), WindowState::Open);
    assert_eq!(window.state(at("2024-08-30T18:00:00.000000+08:00")), WindowState::Open);
    assert_eq!(window.state(at("2024-08-30T18:00:00.000001+08:00")), WindowState::Closed);
    assert_eq!(window.first_instant_after(), at("2024-08-30T18:00:00.000001+08:00"));
    assert_eq!(window.clause, "2.1");
}

// clauses: 2.2, 2.3
#[test]
fn window_that_ends_with_a_day_closes_at_midnight() {
    let (cycle, _) = cycle("aksu");
    let review = effective_window(&cycle, WindowName::FormalReview, None, &[]);
    assert_eq!(review.state(at("2024-09-10T23:59:59.999999+08:00")), WindowState::Open);
    assert_eq!(review.state(at("2024-09-11T00:00:00+08:00")), WindowState::Closed);
    let payment = effective_window(&cycle, WindowName::Payment, None, &[]);
    assert_eq!(payment.state(at("2024-01-01T00:00:00+08:00")), WindowState::Open);
    assert!(payment.is_open(at("2024-09-15T23:59:59.999999+08:00")));
    assert!(!payment.is_open(at("2024-09-16T00:00:00+08:00")));
    assert_eq!(payment.first_instant_after(), at("2024-09-16T00:00:00+08:00"));
}

// clauses: 2.1
#[test]
fn extension_moves_the_close_for_its_account_only() {
    let (cycle, calendar) = cycle("aksu");
    let (applicant_a, applicant_b) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let extensions = [
        extension(WindowName::Application, None, "2024-08-31T18:00:00+08:00"),
        extension(WindowName::Application, Some(applicant_a), "2024-09-02T18:00:00+08:00"),
        extension(WindowName::Application, Some(applicant_b), "2024-08-01T18:00:00+08:00"),
        extension(WindowName::Payment, None, "2024-10-01T00:00:00+08:00"),
    ];
    let closes = |account| effective_window(&cycle, WindowName::Application, account, &extensions).closes;
    assert_eq!(closes(None), local("2024-08-31T18:00:00+08:00"));
    assert_eq!(closes(Some(applicant_a)), local("2024-09-02T18:00:00+08:00"));
    assert_eq!(closes(Some(applicant_b)), local("2024-08-31T18:00:00+08:00"));
    let window = effective_window(&cycle, WindowName::Application, Some(applicant_a), &extensions);
    assert!(window.is_open(at("2024-09-02T18:00:00+08:00")) && !window.is_open(at("2024-09-02T18:00:00.000001+08:00")));
    // The derived deadline moves along: 26, 27, 28, 29, 30 August.
    let all = deadlines(&cycle, &calendar, Some(applicant_a), &extensions).unwrap();
    let start = all.iter().find(|deadline| deadline.kind == DeadlineKind::PublicityLastStart).unwrap();
    assert_eq!(start.date.to_string(), "2024-08-26");
}

// clauses: 2.1, 2.2, 2.3, 4.3c
#[test]
fn deadlines_of_the_first_cycle_match_the_notice() {
    let (cycle, calendar) = cycle("aksu");
    let all = deadlines(&cycle, &calendar, None, &[]).unwrap();
    let lines: Vec<String> = all.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    application_opens 2024-07-22T00:00:00+08:00 inclusive, day 2024-07-22, 2.1
    formal_review_opens 2024-08-01T00:00:00+08:00 inclusive, day 2024-08-01, 2.2
    publicity_last_start 2024-08-24T00:00:00+08:00 exclusive, day 2024-08-23, 4.3c, derived
    application_closes 2024-08-30T18:00:00+08:00 inclusive, day 2024-08-30, 2.1
    formal_review_closes 2024-09-11T00:00:00+08:00 exclusive, day 2024-09-10, 2.2
    payment_closes 2024-09-16T00:00:00+08:00 exclusive, day 2024-09-15, 2.3
    booking_closes 2024-09-25T00:00:00+08:00 exclusive, day 2024-09-24, 2.3, derived
    ");
}

// The second cycle closes at a midnight: publicity has to end a day earlier, or nothing could reach the committee after it. 15 and 16
// August are off there.
#[test]
fn deadlines_of_the_second_cycle_match_its_file() {
    let (cycle, calendar) = cycle("tianhe");
    let all = deadlines(&cycle, &calendar, None, &[]).unwrap();
    let lines: Vec<String> = all.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    application_opens 2024-06-24T09:00:00+08:00 inclusive, day 2024-06-24, T2.1
    formal_review_opens 2024-07-01T00:00:00+08:00 inclusive, day 2024-07-01, T2.2
    publicity_last_start 2024-08-29T00:00:00+08:00 exclusive, day 2024-08-28, T6.5, derived
    application_closes 2024-09-07T00:00:00+08:00 exclusive, day 2024-09-06, T2.1
    formal_review_closes 2024-09-27T17:30:00+08:00 inclusive, day 2024-09-27, T2.2
    payment_closes 2024-10-12T17:30:00+08:00 inclusive, day 2024-10-12, T2.3
    ");
    let due = |returned| line(&correction_due(&cycle, &calendar, at(returned), None, &[]).unwrap());
    assert_eq!(
        due("2024-08-12T10:00:00+08:00"),
        "correction_due 2024-08-22T00:00:00+08:00 exclusive, day 2024-08-21, T6.1, derived"
    );
    assert_eq!(
        due("2024-09-25T10:00:00+08:00"),
        "correction_due 2024-09-27T17:30:00+08:00 inclusive, day 2024-09-27, T6.1, derived"
    );
}

fn line(deadline: &Deadline) -> String {
    let Deadline { kind, instant, date, clause, .. } = deadline;
    let inclusive = if deadline.inclusive { "inclusive" } else { "exclusive" };
    let derived = if deadline.derived { ", derived" } else { "" };
    format!("{kind} {} {inclusive}, day {date}, {clause}{derived}", instant.to_rfc3339())
}

// clauses: 4.2.1b, 2.2
#[test]
fn correction_due_is_capped_by_the_review_window() {
    let (cycle, calendar) = cycle("aksu");
    let due = |returned, extensions: &[Extension]| correction_due(&cycle, &calendar, at(returned), None, extensions).unwrap();
    let capped = due("2024-09-09T09:00:00+08:00", &[]);
    assert_eq!(line(&capped), "correction_due 2024-09-11T00:00:00+08:00 exclusive, day 2024-09-10, 4.2.1b, derived");
    assert!(!capped.is_past(at("2024-09-10T23:59:59.999999+08:00")) && capped.is_past(at("2024-09-11T00:00:00+08:00")));
    assert_eq!(capped.first_instant_after(), at("2024-09-11T00:00:00+08:00"));
    // The day of return is the local day, whatever zone the instant came in: 20:00 UTC is the next morning.
    assert_eq!(due("2024-08-19T20:00:00+00:00", &[]).instant, local("2024-08-23T00:00:00+08:00"));
    let longer = [extension(WindowName::FormalReview, None, "2024-09-30T00:00:00+08:00")];
    assert_eq!(due("2024-09-09T09:00:00+08:00", &longer).instant, local("2024-09-12T00:00:00+08:00"));
}
