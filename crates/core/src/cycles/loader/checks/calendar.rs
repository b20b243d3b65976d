//! Checks on a calendar.

use std::collections::HashSet;

use chrono::Datelike;

use super::{Check, Findings};
use crate::cycles::calendar::{HolidayCalendar, is_weekend};
use crate::cycles::definition::FORMAT;
use crate::cycles::loader::finding::PathFinding;

/// The one check of a calendar: it has no cycle that it could be compared with.
static CALENDAR: Check =
    Check::error("calendar", |_, _| {}, ("与公布的节假日安排逐日核对", "compare it with the published calendar, day by day"));

/// All findings on a calendar.
pub(in crate::cycles::loader) fn calendar_findings(calendar: &HolidayCalendar) -> Vec<PathFinding> {
    let mut found = Findings::of(&CALENDAR);
    let is = calendar.format == FORMAT;
    found.unless(is, "format", format!("本软件读取第{FORMAT}版格式"), format!("this software reads format {FORMAT}"));
    let id = &calendar.id;
    let named = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    found.unless(named, "id", format!("“{id}”不是合格的编号"), format!("`{id}` is not an id"));
    found.unless(!calendar.years.is_empty(), "years", "没有年份", "a calendar lists the years that it knows");
    found.unless(!calendar.source.trim().is_empty(), "source", "没有依据的文件", "does not say which document it was taken from");
    if let Some(region) = &calendar.region {
        let digits = region.len() == 6 && region.bytes().all(|b| b.is_ascii_digit());
        found.unless(digits, "region", "不是六位代码", "is not six digits");
    }
    let mut off = HashSet::new();
    let mut worked = HashSet::new();
    let known = |year: i32| calendar.years.iter().any(|known| i32::from(*known) == year);
    let unlisted = ("该年不在 years 中", "the year is not among `years`");
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        let path = |field: &str| format!("holidays[{at}].{field}");
        found.unless(known(holiday.from.year()), path("from"), unlisted.0, unlisted.1);
        found.unless(known(holiday.to.year()), path("to"), unlisted.0, unlisted.1);
        let length = (holiday.to - holiday.from).num_days();
        let (zh, en) = ("假期应在一个月内结束", "a holiday ends on its first day or within a month after it");
        found.unless((0..31).contains(&length), path("to"), zh, en);
        if !(0..31).contains(&length) {
            continue;
        }
        for day in holiday.from.iter_days().take_while(|day| *day <= holiday.to) {
            found.unless(off.insert(day), path("from"), format!("{day}两次放假"), format!("{day} is a holiday twice"));
        }
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            found.unless(known(day.year()), &path, unlisted.0, unlisted.1);
            found.unless(is_weekend(*day), &path, format!("{day}不是周末"), format!("{day} is no Saturday or Sunday"));
            found.unless(worked.insert(*day), &path, format!("{day}出现两次"), format!("{day} is named twice"));
        }
    }
    for (at, holiday) in calendar.holidays.iter().enumerate() {
        for (index, day) in holiday.working_days.iter().enumerate() {
            let path = format!("holidays[{at}].working_days[{index}]");
            let (zh, en) = (format!("{day}既放假又上班"), format!("{day} is a holiday and a working day"));
            found.unless(!off.contains(day), path, zh, en);
        }
    }
    found.into_list()
}
