//! Windows, the dates around them, and the calendar that days are counted by.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::calendar::{CalendarError, is_weekend};
use crate::cycles::deadlines;
use crate::cycles::definition::WindowName;

pub(super) const CHECKS: &[Check] = &[
    Check::error("window_order", order, ("核对起止时间", "compare the instants")),
    Check::error("window_opening", opening, ("填写 opens", "write `opens`")),
    Check::warning("window_year", window_year, ("核对年份", "check the year")),
    Check::error(
        "calendar_unknown",
        unknown_calendar,
        (
            "改用已有的日历，或将日历文件放入 cycles.calendars",
            "choose a calendar that there is, or put its file into `cycles.calendars`",
        ),
    ),
    Check::error(
        "calendar_year",
        calendar_year,
        (
            "补充该年度的日历文件（calendars/，见 docs/cycle-format.md）并放入 cycles.calendars",
            "add a calendar file of that year (see docs/cycle-format.md) to `cycles.calendars`",
        ),
    ),
    Check::error(
        "calendar_kind",
        calendar_kind,
        (
            "state 填国家的日历，regional 填包含本地区的地区日历",
            "name a state's calendar in `state`, those of regions that contain the cycle's in `regional`",
        ),
    ),
    Check::warning("regional_holiday", regional_holiday, ("删去，或核对日期", "remove it, or check the date")),
    Check::error(
        "publicity_fits",
        publicity_fits,
        ("缩短公示期，或延长申报时间", "shorten the publicity, or lengthen the application window"),
    ),
    Check::warning(
        "seniority_far",
        seniority_far,
        ("改为本年度的日期：资历按此日计算", "write a day of the cycle's year: years are counted to it"),
    ),
    Check::warning(
        "seniority_year",
        seniority_year,
        ("核对是否为本年度的日期", "check whether a day of the cycle's year is meant"),
    ),
    Check::warning(
        "issued_late",
        issued,
        ("核对发布日期：通知应在申报开始前发布", "check the day of issue: a notice is issued before applying opens"),
    ),
    Check::warning("window_short", short, ("核对起止时间", "compare the instants")),
];

fn order(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let windows = &subject.cycle.windows;
    let named = [("application", &windows.application), ("formal_review", &windows.formal_review), ("payment", &windows.payment)];
    for (name, window) in named {
        let ordered = window.opens.is_none_or(|opens| opens < window.closes);
        let path = format!("windows.{name}.closes");
        found.unless(ordered, path, "截止早于开始", "the window closes before it opens");
    }
    if let (Some(application), Some(review)) = (windows.application.opens, windows.formal_review.opens) {
        let path = "windows.formal_review.opens";
        found.unless(application <= review, path, "审核早于申报开始", "formal review opens before applying does");
    }
    let ordered = windows.application.closes <= windows.formal_review.closes;
    found.unless(ordered, "windows.formal_review.closes", "审核早于申报截止", "formal review closes before applying does");
    let ordered = windows.formal_review.closes <= windows.payment.closes;
    found.unless(ordered, "windows.payment.closes", "缴费早于审核截止", "paying closes before formal review does");
}

fn opening(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let windows = &subject.cycle.windows;
    for (name, window) in [("application", &windows.application), ("formal_review", &windows.formal_review)] {
        found.unless(window.opens.is_some(), format!("windows.{name}.opens"), "缺少开始时间", "this window needs an opening");
    }
}

fn window_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (windows, year) = (&subject.cycle.windows, i32::from(subject.cycle.year));
    let named = [("application", &windows.application), ("formal_review", &windows.formal_review), ("payment", &windows.payment)];
    for (name, window) in named {
        for (field, instant) in [("opens", window.opens), ("closes", Some(window.closes))] {
            let near = instant.is_none_or(|instant| (year - 1..=year + 1).contains(&instant.year()));
            let (zh, en) = (format!("与年度{year}相差一年以上"), format!("is more than a year away from the cycle's year, {year}"));
            found.unless(near, format!("windows.{name}.{field}"), zh, en);
        }
    }
}

/// The calendars that the cycle names, with their paths.
fn named<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (String, &'a String)> {
    let choice = &subject.cycle.calendar;
    let regional = choice.regional.iter().enumerate().map(|(at, id)| (format!("calendar.regional[{at}]"), id));
    std::iter::once(("calendar.state".to_owned(), &choice.state)).chain(regional)
}

fn unknown_calendar(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (path, id) in named(subject) {
        let some = subject.calendars.find(id).is_some();
        found.unless(some, path, format!("没有日历“{id}”"), format!("there is no calendar `{id}`"));
    }
}

fn calendar_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let opens = cycle.windows.application.opens.unwrap_or(cycle.windows.application.closes);
    for state in named(subject).filter_map(|(_, id)| subject.calendars.find(id)) {
        let known = |year: i32| state.years.iter().any(|known| i32::from(*known) == year);
        let mut years = HashSet::new();
        for (path, date) in [("windows.application.opens", opens), ("windows.payment.closes", cycle.windows.payment.closes)] {
            let year = date.date_naive().year();
            if years.insert(year) && !known(year) {
                let (zh, en) = (
                    format!("日历“{}”没有{year}年的节假日", state.id),
                    format!("the calendar `{}` has no holidays for {year}", state.id),
                );
                found.add(path, zh, en);
            }
        }
        for (at, holiday) in cycle.calendar.regional_holidays.iter().enumerate() {
            let (path, year) = (format!("calendar.regional_holidays[{at}].date"), holiday.date.year());
            let (zh, en) = (format!("日历“{}”没有{year}年", state.id), format!("the calendar `{}` has no year {year}", state.id));
            found.unless(known(year), path, zh, en);
        }
    }
    // The last booking day may lie in the year after.
    let Ok(calendar) = subject.calendars.working(cycle) else { return };
    let payment = deadlines::effective_window(cycle, WindowName::Payment, None, &[]);
    if let Err(CalendarError::UnknownYear { calendar: id, year }) = deadlines::booking_day(cycle, &calendar, &payment)
        && year != cycle.windows.payment.closes.date_naive().year()
    {
        let (zh, en) = (format!("日历“{id}”没有{year}年的节假日"), format!("the calendar `{id}` has no holidays for {year}"));
        found.add("fees.booking_days", zh, en);
    }
}

fn calendar_kind(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let region = &subject.cycle.region.code;
    for (at, (path, id)) in named(subject).enumerate() {
        let Some(calendar) = subject.calendars.find(id) else { continue };
        match &calendar.region {
            Some(_) if at == 0 => found.add(path, "是地区的日历", "is the calendar of a region"),
            None if at > 0 => found.add(path, "是国家的日历", "is the calendar of a state"),
            Some(area) if !region.starts_with(area.trim_end_matches("00")) => {
                let (zh, en) =
                    (format!("是{area}的日历，不包含本地区{region}"), format!("is of {area}, which does not contain {region}"));
                found.add(path, zh, en);
            }
            _ => {}
        }
    }
}

fn regional_holiday(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let mut without = cycle.clone();
    without.calendar.regional_holidays.clear();
    let Ok(working) = subject.calendars.working(&without) else { return };
    let clause = &cycle.employer_publicity.clause;
    for (at, holiday) in cycle.calendar.regional_holidays.iter().enumerate() {
        let path = format!("calendar.regional_holidays[{at}].date");
        if working.is_working_day(holiday.date) == Ok(false) {
            let (zh, en) = if is_weekend(holiday.date) {
                ("是周末，本来就不是工作日", "is a weekend, no working day anyway")
            } else {
                ("已是国家或地区日历中的假日", "is a holiday of a calendar already")
            };
            found.add_for(clause, path, zh, en);
        }
    }
}

fn publicity_fits(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    // An employer whose publicity does not fit into the window could recommend nobody.
    let Ok(working) = subject.calendars.working(cycle) else { return };
    let application = deadlines::effective_window(cycle, WindowName::Application, None, &[]);
    let opens = cycle.windows.application.opens.unwrap_or(cycle.windows.application.closes);
    for (at, track) in cycle.tracks.iter().enumerate() {
        let rules: Vec<_> = track.chain.iter().filter_map(|step| cycle.publicity_of(step)).collect();
        let Ok(start) = deadlines::publicity_last_start(cycle, &working, &application, &rules) else { continue };
        let enough = start >= cycle.local_date(opens);
        let path = format!("tracks[{at}].chain");
        found.unless(enough, path, "公示期长于申报时间", "the publicities do not fit into the application window");
    }
}

fn seniority_far(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (date, year) = (subject.cycle.seniority.date, i32::from(subject.cycle.year));
    let (zh, en) = (format!("与年度{year}相差一年以上"), format!("is more than a year away from the cycle's year, {year}"));
    found.unless((year - 1..=year + 1).contains(&date.year()), "seniority.date", zh, en);
}

fn seniority_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (date, year) = (subject.cycle.seniority.date, i32::from(subject.cycle.year));
    let neighbour = date.year() == year - 1 || date.year() == year + 1;
    found.unless(!neighbour, "seniority.date", format!("不在{year}年内"), format!("is not in {year}"));
}

fn issued(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let issued: NaiveDate = cycle.issued_on;
    let clause = &cycle.windows.application.clause;
    if cycle.windows.application.opens.is_some_and(|opens| cycle.local_date(opens) < issued) {
        found.add_for(clause, "issued_on", "晚于申报开始", "is after applying opens");
    } else if i32::from(cycle.year) - issued.year() > 1 {
        found.add_for(clause, "issued_on", "比年度早一年以上", "is more than a year before the cycle's year");
    }
}

fn short(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let windows = &subject.cycle.windows;
    for (name, window) in [("application", &windows.application), ("formal_review", &windows.formal_review)] {
        let Some(opens) = window.opens.filter(|opens| *opens < window.closes) else { continue };
        let path = format!("windows.{name}.closes");
        let long_enough = window.closes - opens >= chrono::TimeDelta::days(1);
        found.unless(long_enough, path, "不足一天", "the window is shorter than a day");
    }
    let (correction, review) = (&subject.cycle.correction, &windows.formal_review);
    let days = review.opens.map_or(i64::MAX, |opens| (review.closes - opens).num_days());
    let path = "correction.days";
    found.unless(
        i64::from(correction.days) < days.max(1),
        path,
        "修改期限长于审核时间",
        "the days to correct are longer than formal review",
    );
}
