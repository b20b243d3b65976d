use chrono::{DateTime, FixedOffset, NaiveDate};
use proptest::prelude::*;

use super::{CalendarError, HolidayCalendar, WorkingCalendar, is_weekend};
use crate::cycles::definition::{DayCounting, RegionalHoliday};
use crate::cycles::loader::Calendars;

fn state_calendar(id: &str) -> Option<std::sync::Arc<HolidayCalendar>> {
    Calendars::builtin().find(id)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn instant(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).unwrap()
}

fn china() -> WorkingCalendar {
    WorkingCalendar::new(state_calendar("cn").unwrap(), &[])
}

fn holiday(date: &str) -> RegionalHoliday {
    RegionalHoliday { date: day(date), name: "地方假日".to_owned() }
}

// clauses: 4.2.1b
#[test]
fn correction_due_dates_match_the_worked_examples() {
    let cap = Some(instant("2024-09-11T00:00:00+08:00"));
    let due = |returned: &str, cap| china().correction_due(instant(returned), 2, DayCounting::CivilCode, cap).unwrap().to_rfc3339();
    assert_eq!(due("2024-08-20T10:00:00+08:00", cap), "2024-08-23T00:00:00+08:00");
    assert_eq!(due("2024-08-29T15:00:00+08:00", cap), "2024-09-03T00:00:00+08:00");
    assert_eq!(due("2024-09-09T09:00:00+08:00", cap), "2024-09-11T00:00:00+08:00");
    assert_eq!(due("2024-09-13T09:00:00+08:00", None), "2024-09-19T00:00:00+08:00");
    assert_eq!(due("2024-09-12T09:00:00+08:00", None), "2024-09-15T00:00:00+08:00");
    // Day 0 is the local day, to its last second.
    assert_eq!(due("2024-08-20T23:59:59+08:00", cap), "2024-08-23T00:00:00+08:00");
    assert_eq!(due("2024-08-21T00:00:00+08:00", cap), "2024-08-24T00:00:00+08:00");
}

// clauses: 4.2.1b
#[test]
fn correction_due_can_count_working_days() {
    let due = |days| china().correction_due(instant("2024-09-12T09:00:00+08:00"), days, DayCounting::WorkingDays, None).unwrap();
    assert_eq!(due(1), instant("2024-09-14T00:00:00+08:00"));
    assert_eq!(due(2), instant("2024-09-15T00:00:00+08:00"));
    assert_eq!(due(3), instant("2024-09-19T00:00:00+08:00"));
}

// clauses: 4.3c, R7
#[test]
fn publicity_includes_first_and_last_working_day() {
    let count = |from, to| china().count_working_days(day(from), day(to)).unwrap();
    assert_eq!(count("2024-07-29", "2024-08-02"), 5);
    assert_eq!(count("2024-09-11", "2024-09-14"), 4);
    assert_eq!(count("2024-09-11", "2024-09-18"), 5);
    assert_eq!(count("2024-09-28", "2024-10-10"), 5);
    assert_eq!(count("2024-08-02", "2024-07-29"), 0);
    assert_eq!(china().last_day_of(day("2024-09-11"), 5), Ok(day("2024-09-18")));
}

// clauses: 4.3c, 2.1
#[test]
fn last_start_of_a_publicity_is_computed_backwards() {
    assert_eq!(china().last_start(day("2024-08-29"), 5), Ok(day("2024-08-23")));
    assert_eq!(china().last_start(day("2024-10-10"), 5), Ok(day("2024-09-29")));
}

// clauses: 4.3c
#[test]
fn regional_holiday_on_a_swapped_day_is_not_worked() {
    let calendar = WorkingCalendar::new(state_calendar("cn").unwrap(), &[holiday("2024-09-14"), holiday("2024-09-18")]);
    assert_eq!(calendar.is_working_day(day("2024-09-14")), Ok(false));
    assert_eq!(calendar.is_working_day(day("2024-09-18")), Ok(false));
    assert_eq!(calendar.count_working_days(day("2024-09-11"), day("2024-09-18")), Ok(3));
}

// clauses: 4.3c
#[test]
fn date_in_an_unlisted_year_is_an_error() {
    let unknown = |year| CalendarError::UnknownYear { calendar: "cn".to_owned(), year };
    assert_eq!(china().is_working_day(day("2027-01-01")), Err(unknown(2027)));
    assert_eq!(china().is_working_day(day("2023-12-31")), Err(unknown(2023)));
    assert_eq!(china().count_working_days(day("2026-12-01"), day("2027-01-01")), Err(unknown(2027)));
    assert_eq!(china().add_working_days(day("2026-12-31"), 1), Err(unknown(2027)));
    assert_eq!(china().last_start(day("2024-01-02"), 5), Err(unknown(2023)));
    let due = china().correction_due(instant("2026-12-31T09:00:00+08:00"), 2, DayCounting::CivilCode, None);
    assert_eq!(due, Err(unknown(2027)));
    assert!(state_calendar("cn-2099").is_none());
}

/// Working days of 2024 to 2026 per year, counted by an independent package.
#[test]
fn working_days_per_year_match_the_published_numbers() {
    let count = |year: i32| {
        let (from, to) = (NaiveDate::from_ymd_opt(year, 1, 1).unwrap(), NaiveDate::from_ymd_opt(year, 12, 31).unwrap());
        china().count_working_days(from, to).unwrap()
    };
    assert_eq!([count(2024), count(2025), count(2026)], [251, 248, 248]);
}

/// The same by looking at one day after the other, straight from the lists.
fn naive(state: &HolidayCalendar, regional: &[RegionalHoliday], date: NaiveDate) -> bool {
    if regional.iter().any(|holiday| holiday.date == date) {
        return false;
    }
    let worked = state.holidays.iter().any(|holiday| holiday.working_days.contains(&date));
    let off = state.holidays.iter().any(|holiday| holiday.from <= date && date <= holiday.to);
    worked || (!off && !is_weekend(date))
}

fn some_day() -> impl Strategy<Value = NaiveDate> {
    (0..1096u64).prop_map(|n| day("2024-01-01") + chrono::Days::new(n))
}

fn some_regional() -> impl Strategy<Value = Vec<RegionalHoliday>> {
    prop::collection::vec(some_day().prop_map(|date| RegionalHoliday { date, name: "地方假日".to_owned() }), 0..6)
}

proptest! {
    #[test]
    fn count_of_working_days_matches_the_naive_model(from in some_day(), to in some_day(), regional in some_regional()) {
        let state = state_calendar("cn").unwrap();
        let calendar = WorkingCalendar::new(state.clone(), &regional);
        let expected = from.iter_days().take_while(|date| *date <= to).filter(|date| naive(&state, &regional, *date)).count();
        prop_assert_eq!(calendar.count_working_days(from, to), Ok(expected));
        prop_assert_eq!(calendar.is_working_day(from), Ok(naive(&state, &regional, from)));
    }

    #[test]
    fn period_has_the_requested_number_of_working_days(from in some_day(), days in 1usize..30, regional in some_regional()) {
        let state = state_calendar("cn").unwrap();
        let calendar = WorkingCalendar::new(state.clone(), &regional);
        if let Ok(last) = calendar.last_day_of(from, days) {
            prop_assert_eq!(calendar.count_working_days(from, last), Ok(days));
            prop_assert!(naive(&state, &regional, last));
            // The latest start that still makes `last` is at or after `from`, and a day later would be too late.
            let start = calendar.last_start(last, days).unwrap();
            prop_assert!(start >= from);
            prop_assert_eq!(calendar.count_working_days(start, last), Ok(days));
            prop_assert_eq!(calendar.count_working_days(start.succ_opt().unwrap(), last), Ok(days - 1));
        }
    }

    #[test]
    fn addition_of_working_days_matches_the_naive_model(from in some_day(), days in 0usize..30, regional in some_regional()) {
        let state = state_calendar("cn").unwrap();
        let calendar = WorkingCalendar::new(state.clone(), &regional);
        let after = from.succ_opt().unwrap().iter_days().take_while(|date| *date <= day("2026-12-31"));
        let expected = if days == 0 { Some(from) } else { after.filter(|date| naive(&state, &regional, *date)).nth(days - 1) };
        prop_assert_eq!(calendar.add_working_days(from, days).ok(), expected);
    }

    #[test]
    fn correction_period_ends_on_a_working_day_and_not_early(from in some_day(), days in 1u8..10, hour in 0u32..24) {
        let state = state_calendar("cn").unwrap();
        let calendar = WorkingCalendar::new(state.clone(), &[]);
        let offset = FixedOffset::east_opt(8 * 3600).unwrap();
        let returned = from.and_hms_opt(hour, 30, 0).unwrap().and_local_timezone(offset).unwrap();
        if let Ok(due) = calendar.correction_due(returned, days, DayCounting::CivilCode, None) {
            let last = due.date_naive().pred_opt().unwrap();
            let due_by_days = from + chrono::Days::new(u64::from(days));
            prop_assert!(naive(&state, &[], last) && last >= due_by_days);
            prop_assert!(due_by_days.iter_days().take_while(|date| *date < last).all(|date| !naive(&state, &[], date)));
        }
    }
}

// clauses: 4.3c
#[test]
fn holidays_of_the_region_are_not_worked_and_need_their_own_year() {
    let calendar = WorkingCalendar::layered(vec![state_calendar("cn").unwrap(), state_calendar("xinjiang").unwrap()], &[]);
    let working = |date: &str| calendar.is_working_day(day(date)).unwrap();
    assert!(!working("2025-03-31") && !working("2025-06-06") && !working("2025-06-10"));
    assert!(working("2025-06-05") && working("2025-06-11") && working("2025-04-27"));
    assert!(china().is_working_day(day("2025-06-06")).unwrap());
    let unknown = CalendarError::UnknownYear { calendar: "xinjiang".to_owned(), year: 2024 };
    assert!(unknown.to_string().contains("cycles.calendars"), "{unknown}");
    assert_eq!(calendar.is_working_day(day("2024-06-06")), Err(unknown));
}
