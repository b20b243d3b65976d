//! Calendars: those that come with the product, those of an operator's folder, and the one that a cycle counts by.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::finding::{Finding, Severity};
use super::position::Document;
use super::{checks, structure};
use crate::bilingual::Bilingual;
use crate::cycles::calendar::{CalendarError, HolidayCalendar, WorkingCalendar};
use crate::cycles::definition::CycleDefinition;
use crate::cycles::files::BUILTIN_CALENDARS;

// The files are part of the build, and a test loads each of them. One that did not load would be missing here, and a cycle that chooses
// it would be refused.
static BUILTIN: LazyLock<Calendars> = LazyLock::new(|| {
    let read = BUILTIN_CALENDARS.iter().filter_map(|(name, text)| load_calendar(text, name).ok());
    let mut calendars = Calendars::default();
    read.for_each(|calendar| calendars.insert(calendar));
    calendars
});

/// Reads a calendar file. `source` names the text in the findings.
///
/// # Errors
/// Every finding, in the order of the file.
pub fn load_calendar(text: &str, source: &str) -> Result<HolidayCalendar, Vec<Finding>> {
    let document = Document::parse(text, source)?;
    let (calendar, findings) = structure::read(&document);
    let found = calendar.as_ref().map(checks::calendar_findings).unwrap_or_default();
    let findings = document.place(findings, found);
    match calendar {
        Some(calendar) if findings.is_empty() => Ok(calendar),
        _ => Err(findings),
    }
}

/// Calendars by id. The years of one id may stand in several files.
#[derive(Debug, Clone, Default)]
pub struct Calendars(BTreeMap<String, Arc<HolidayCalendar>>);

impl Calendars {
    /// Those that come with the product.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Those that come with the product, and these files, as name and text. A file takes the place of what the product has of its years.
    ///
    /// # Errors
    /// Every finding; a year of a calendar in two of the files is one.
    pub fn with_files(files: &[(String, String)]) -> Result<Self, Vec<Finding>> {
        let (mut calendars, mut findings) = (Self::builtin().clone(), Vec::new());
        let mut read: BTreeMap<(String, u16), &str> = BTreeMap::new();
        for (name, text) in files {
            match load_calendar(text, name) {
                Err(found) => findings.extend(found),
                Ok(calendar) => {
                    for year in &calendar.years {
                        if let Some(other) = read.insert((calendar.id.clone(), *year), name) {
                            findings.push(twice(name, &calendar.id, *year, other));
                        }
                    }
                    calendars.insert(calendar);
                }
            }
        }
        if findings.is_empty() { Ok(calendars) } else { Err(findings) }
    }

    /// [`Self::with_files`] of the files `*.toml` of a folder, in the order of their names.
    ///
    /// # Errors
    /// Every finding as text, or why the folder cannot be read.
    pub fn with_folder(folder: &Path) -> Result<Self, String> {
        let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|ending| ending == "toml") {
                files.push((path.display().to_string(), std::fs::read_to_string(&path).map_err(unreadable)?));
            }
        }
        files.sort();
        Self::with_files(&files).map_err(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    /// The calendar with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Arc<HolidayCalendar>> {
        self.0.get(id).cloned()
    }

    /// The calendar that a cycle counts by.
    ///
    /// # Errors
    /// [`CalendarError::UnknownCalendar`] if there is no calendar with an id that the cycle names.
    pub fn working(&self, cycle: &CycleDefinition) -> Result<WorkingCalendar, CalendarError> {
        let named = std::iter::once(&cycle.calendar.state).chain(&cycle.calendar.regional);
        let found: Result<Vec<_>, _> =
            named.map(|id| self.find(id).ok_or_else(|| CalendarError::UnknownCalendar(id.clone()))).collect();
        Ok(WorkingCalendar::layered(found?, &cycle.calendar.regional_holidays))
    }

    /// Adds the years of a calendar, in place of those that are there.
    fn insert(&mut self, calendar: HolidayCalendar) {
        let merged = match self.0.get(&calendar.id) {
            None => calendar,
            Some(known) => {
                use chrono::Datelike;
                let replaced = |year: i32| calendar.years.iter().any(|new| i32::from(*new) == year);
                let mut merged = calendar.clone();
                merged.years.extend(known.years.iter().filter(|year| !calendar.years.contains(year)));
                let kept = known.holidays.iter().filter(|holiday| !replaced(holiday.from.year()));
                merged.holidays.extend(kept.cloned());
                merged.years.sort_unstable();
                merged.holidays.sort_by_key(|holiday| holiday.from);
                if known.source != calendar.source {
                    merged.source = format!("{}；{}", known.source, calendar.source);
                }
                merged
            }
        };
        self.0.insert(merged.id.clone(), Arc::new(merged));
    }
}

fn twice(source: &str, calendar: &str, year: u16, other: &str) -> Finding {
    Finding {
        source: source.to_owned(),
        line: 1,
        column: 1,
        path: "years".to_owned(),
        severity: Severity::Error,
        check: "calendar".to_owned(),
        clause: None,
        message: Bilingual::new(
            format!("日历“{calendar}”的{year}年已在 {other} 中"),
            format!("{year} of the calendar `{calendar}` is in {other} already"),
        ),
        todo: Bilingual::new("删去其中一个文件的该年", "remove the year from one of the files"),
    }
}

/// The calendar that a cycle counts by, of those that come with the product.
///
/// # Errors
/// [`CalendarError::UnknownCalendar`] if the product has no calendar with an id that the cycle names.
pub fn working_calendar(cycle: &CycleDefinition) -> Result<WorkingCalendar, CalendarError> {
    Calendars::builtin().working(cycle)
}
