//! The state calendars that come with the product, and the calendar that a cycle counts by.

use std::sync::{Arc, LazyLock};

use super::finding::Finding;
use super::position::Document;
use super::{checks, structure};
use crate::cycles::calendar::{CalendarError, StateCalendar, WorkingCalendar};
use crate::cycles::definition::CycleDefinition;
use crate::cycles::files::BUILTIN_CALENDARS;

// The files are part of the build, and a test loads each of them. One that did not load would be missing here, and a cycle that chooses
// it would be refused.
static BUILTIN: LazyLock<Vec<Arc<StateCalendar>>> =
    LazyLock::new(|| BUILTIN_CALENDARS.iter().filter_map(|(name, text)| load_calendar(text, name).ok()).map(Arc::new).collect());

/// Reads a state calendar. `source` names the text in the findings.
///
/// # Errors
/// Every finding, in the order of the file.
pub fn load_calendar(text: &str, source: &str) -> Result<StateCalendar, Vec<Finding>> {
    let document = Document::parse(text, source)?;
    let (calendar, findings) = structure::read(&document);
    let found = calendar.as_ref().map(checks::calendar_findings).unwrap_or_default();
    let findings = document.place(findings, found);
    match calendar {
        Some(calendar) if findings.is_empty() => Ok(calendar),
        _ => Err(findings),
    }
}

/// The state calendar with this id; `None` if the product has none.
#[must_use]
pub fn state_calendar(id: &str) -> Option<Arc<StateCalendar>> {
    BUILTIN.iter().find(|calendar| calendar.id == id).cloned()
}

/// The calendar that a cycle counts by.
///
/// # Errors
/// [`CalendarError::UnknownCalendar`] if the product has no calendar with the cycle's id.
pub fn working_calendar(cycle: &CycleDefinition) -> Result<WorkingCalendar, CalendarError> {
    let id = &cycle.calendar.state;
    let state = state_calendar(id).ok_or_else(|| CalendarError::UnknownCalendar(id.clone()))?;
    Ok(WorkingCalendar::new(state, &cycle.calendar.regional_holidays))
}
