//! Checks on a state calendar.

use std::collections::HashSet;

use chrono::Datelike;

use super::findings::Findings;
use crate::cycles::calendar::{StateCalendar, is_weekend};
use crate::cycles::definition::FORMAT;
use crate::cycles::loader::error::PathFinding;

/// All findings on a state calendar.
pub(in crate::cycles::loader) fn calendar_findings(calendar: &StateCalendar) -> Vec<PathFinding> {
    let mut found = Findings::default();
    found.unless(calendar.format == FORMAT, "format", format!("this software reads format {FORMAT}"));
    found.identifier("id", &calendar.id);
    found.unless(!calendar.years.is_empty(), "years", "a calendar lists the years that it knows");
    let mut off = HashSet::new();
    let mut worked = HashSet::new();
    let known = |year: i32| calendar.years.iter().any(|known| i32::from(*known) == year);
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        let path = |field: &str| format!("holidays[{at}].{field}");
        found.unless(known(holiday.from.year()), path("from"), "the year is not among `years`");
        found.unless(known(holiday.to.year()), path("to"), "the year is not among `years`");
        let length = (holiday.to - holiday.from).num_days();
        found.unless((0..31).contains(&length), path("to"), "a holiday ends on its first day or within a month after it");
        if !(0..31).contains(&length) {
            continue;
        }
        for day in holiday.from.iter_days().take_while(|day| *day <= holiday.to) {
            found.unless(off.insert(day), path("from"), format!("{day} is a holiday twice"));
        }
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            found.unless(known(day.year()), &path, "the year is not among `years`");
            found.unless(is_weekend(*day), &path, format!("{day} is no Saturday or Sunday"));
            found.unless(worked.insert(*day), &path, format!("{day} is named twice"));
        }
    }
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            found.unless(!off.contains(day), path, format!("{day} is a holiday and a working day"));
        }
    }
    found.into_list()
}
