//! Checks on the frame: identity, regions, calendar, windows, series, specialties, levels, texts.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Datelike;

use super::findings::Findings;
use crate::cycles::calendar::{StateCalendar, WorkingCalendar};
use crate::cycles::deadlines;
use crate::cycles::definition::{CycleDefinition, CycleWindow, FORMAT, WindowName, parse_offset};

pub(super) fn check(found: &mut Findings, cycle: &CycleDefinition, state: Option<Arc<StateCalendar>>) {
    identity(found, cycle);
    regions(found, cycle);
    windows(found, cycle);
    calendar(found, cycle, state);
    subjects(found, cycle);
    texts(found, cycle);
}

fn identity(found: &mut Findings, cycle: &CycleDefinition) {
    found.unless(cycle.format == FORMAT, "format", format!("this software reads format {FORMAT}"));
    found.identifier("id", &cycle.id);
    found.unless((1990..=2200).contains(&cycle.year), "year", "is no year from 1990 to 2200");
    found.text("title", &cycle.title);
    found.text("zone", &cycle.zone);
    found.text("authority.name", &cycle.authority.name);
    found.text("authority.committee", &cycle.authority.committee);
    found.unless(parse_offset(&cycle.utc_offset).is_some(), "utc_offset", "is not an offset such as `+08:00`");
}

fn regions(found: &mut Findings, cycle: &CycleDefinition) {
    let digits = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let region = &cycle.region;
    found.unless(digits(&region.code) && region.code.ends_with("00"), "region.code", "is not six digits ending in `00`");
    found.text("region.name", &region.name);
    found.unique("region.counties", "code", region.counties.iter().map(|county| county.code.as_str()));
    for (at, county) in region.counties.iter().enumerate() {
        let inside = digits(&county.code) && county.code.get(..4) == region.code.get(..4) && county.code != region.code;
        found.unless(inside, format!("region.counties[{at}].code"), format!("is not six digits of a county of {}", region.code));
        found.text(format!("region.counties[{at}].name"), &county.name);
    }
}

fn windows(found: &mut Findings, cycle: &CycleDefinition) {
    let windows = &cycle.windows;
    let named = [("application", &windows.application), ("formal_review", &windows.formal_review), ("payment", &windows.payment)];
    for (name, window) in named {
        let CycleWindow { opens, closes, .. } = window;
        if let Some(opens) = opens {
            found.unless(opens < closes, format!("windows.{name}.closes"), "the window closes before it opens");
        }
        let offset = parse_offset(&cycle.utc_offset);
        for (field, instant) in [("opens", opens.as_ref()), ("closes", Some(closes))] {
            let differs = instant.zip(offset).is_some_and(|(instant, offset)| *instant.offset() != offset);
            found.unless(
                !differs,
                format!("windows.{name}.{field}"),
                format!("is not written with the offset {}", cycle.utc_offset),
            );
        }
    }
    for (name, opens) in [("application", windows.application.opens), ("formal_review", windows.formal_review.opens)] {
        found.unless(opens.is_some(), format!("windows.{name}.opens"), "this window needs an opening");
    }
    if let (Some(application), Some(review)) = (windows.application.opens, windows.formal_review.opens) {
        found.unless(application <= review, "windows.formal_review.opens", "formal review opens before applying does");
    }
    let ordered = windows.application.closes <= windows.formal_review.closes;
    found.unless(ordered, "windows.formal_review.closes", "formal review closes before applying does");
    let ordered = windows.formal_review.closes <= windows.payment.closes;
    found.unless(ordered, "windows.payment.closes", "paying closes before formal review does");
}

fn calendar(found: &mut Findings, cycle: &CycleDefinition, state: Option<Arc<StateCalendar>>) {
    found.unique("calendar.regional_holidays", "date", cycle.calendar.regional_holidays.iter().map(|holiday| holiday.date));
    let Some(state) = state else {
        return found.add("calendar.state", format!("there is no calendar `{}`", cycle.calendar.state));
    };
    let known = |year: i32| state.years.iter().any(|known| i32::from(*known) == year);
    let opens = cycle.windows.application.opens.unwrap_or(cycle.windows.application.closes);
    let mut years = HashSet::new();
    for (path, date) in [("windows.application.opens", opens), ("windows.payment.closes", cycle.windows.payment.closes)] {
        let year = date.date_naive().year();
        if years.insert(year) {
            found.unless(known(year), path, format!("the calendar `{}` has no holidays for {year}", state.id));
        }
    }
    for (at, holiday) in cycle.calendar.regional_holidays.iter().enumerate() {
        let path = format!("calendar.regional_holidays[{at}].date");
        found.unless(known(holiday.date.year()), path, format!("the calendar `{}` has no year {}", state.id, holiday.date.year()));
    }
    // An employer whose publicity does not fit into the window could recommend nobody.
    let working = WorkingCalendar::new(state, &cycle.calendar.regional_holidays);
    let application = deadlines::effective_window(cycle, WindowName::Application, None, &[]);
    if let Ok(start) = deadlines::publicity_last_start(cycle, &working, &application) {
        let enough = start >= cycle.local_date(opens);
        found.unless(enough, "employer_publicity.working_days", "the publicity does not fit into the application window");
    }
}

fn subjects(found: &mut Findings, cycle: &CycleDefinition) {
    found.some("series", &cycle.series);
    found.ids("series", cycle.series.iter().map(|series| series.id.as_str()));
    found.some("specialties", &cycle.specialties);
    found.ids("specialties", cycle.specialties.iter().map(|specialty| specialty.id.as_str()));
    found.unique("levels", "level", cycle.levels.iter().map(|title| title.level));
    for (at, title) in cycle.levels.iter().enumerate() {
        found.text(format!("levels[{at}].title"), &title.title);
    }
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        let path = |field: &str| format!("specialties[{at}].{field}");
        match cycle.series(&specialty.series) {
            None => found.add(path("series"), format!("there is no series `{}`", specialty.series)),
            Some(series) => found.unless(series.open, path("series"), format!("the series `{}` is not open", specialty.series)),
        }
        found.text(path("name"), &specialty.name);
        found.some(path("levels"), &specialty.levels);
        found.unique(&path("levels"), "", &specialty.levels);
        for (list, levels) in [("levels", &specialty.levels), ("exam_replaces_review", &specialty.exam_replaces_review)] {
            for (index, level) in levels.iter().enumerate() {
                let path = format!("specialties[{at}].{list}[{index}]");
                match cycle.level_title(*level) {
                    None => found.add(path, format!("there is no level `{level}` in `levels`")),
                    Some(title) if list == "levels" && !title.open => {
                        found.add(path, format!("the level `{level}` is not open in this cycle"));
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn texts(found: &mut Findings, cycle: &CycleDefinition) {
    found.ids("contacts", cycle.contacts.iter().map(|contact| contact.id.as_str()));
    found.unique("templates", "id", cycle.templates.iter().map(|template| template.id.as_str()));
    for (at, template) in cycle.templates.iter().enumerate() {
        let something = template.text.is_some() || template.note.is_some();
        found.unless(something, format!("templates[{at}]"), "a template without a text says why in `note`");
    }
    found.unique("clauses", "id", cycle.clauses.iter().map(|clause| clause.id.as_str()));
    for (at, clause) in cycle.clauses.iter().enumerate() {
        found.text(format!("clauses[{at}].id"), &clause.id);
        found.text(format!("clauses[{at}].words"), &clause.words);
    }
}
