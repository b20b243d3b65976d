//! The deadlines of a cycle as an iCalendar feed (RFC 5545).

use chrono::{DateTime, NaiveTime, Utc};
use icalendar::{Calendar, Component, Event, EventLike};

use title_review_core::cycles::deadlines::Deadline;
use title_review_core::cycles::definition::CycleDefinition;

/// The feed. `stamp` is when this version of the cycle was published and `version` counts them; a calendar that already has an event
/// replaces it by its UID, which stays the same through all versions. A deadline at midnight is an event of the last (or first) whole day,
/// another one is an event at its instant, in UTC; the local time stands in the description.
#[must_use]
pub fn icalendar(cycle: &CycleDefinition, deadlines: &[Deadline], stamp: DateTime<Utc>, version: u32) -> String {
    let mut feed = Calendar::new();
    feed.append_property(("PRODID", "-//title-review//cycle deadlines//ZH")).name(&cycle.title).timezone(cycle.zone.as_str());
    for deadline in deadlines {
        let ending = if deadline.inclusive { "（含该时刻）" } else { "（不含该时刻）" };
        let description = format!(
            "{} {ending}\n{} {}\n{}",
            deadline.instant.to_rfc3339(),
            deadline.clause,
            cycle.clause(&deadline.clause).map_or("", |clause| clause.section.as_str()),
            cycle.clause_words(&deadline.clause)
        );
        let mut event = Event::new();
        event
            .uid(&format!("{}.{}@title-review", cycle.id, deadline.kind))
            .timestamp(stamp)
            .sequence(version)
            .summary(&format!("{} · {}", deadline.kind.zh(), cycle.authority.name))
            .description(&description);
        if deadline.instant.time() == NaiveTime::MIN {
            // As an instant, the end of the 15th would be shown on the 16th. A start without an end is that one day.
            event.starts(deadline.date);
        } else {
            event.starts(deadline.instant.with_timezone(&Utc));
        }
        feed.push(event);
    }
    feed.done().to_string()
}

#[cfg(test)]
mod tests;
