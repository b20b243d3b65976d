//! Working days: state holidays, swapped working days and the region's own holidays (4.3c, 4.2.1b, R7).
//!
//! Calendars are files, one for a calendar and a year (`calendars/`). A year that a calendar does not list is an error, since its swapped days are not
//! known yet.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::definition::{DayCounting, PeriodCounting, RegionalHoliday};

/// The published calendar of a state or of a region: days off and the weekend days worked in exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolidayCalendar {
    /// Version of the file format.
    pub format: u16,
    /// Name that cycles choose it by.
    pub id: String,
    /// Title.
    pub name: String,
    /// The document that it was taken from.
    pub source: String,
    /// Region (GB/T 2260) whose holidays these are, on top of the state's; null: the state's own.
    #[schema(required = true)]
    pub region: Option<String>,
    /// Years whose holidays are published.
    pub years: Vec<u16>,
    /// Holidays in the order of the year.
    pub holidays: Vec<Holiday>,
}

/// A holiday with its exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Name.
    pub name: String,
    /// First day off.
    pub from: NaiveDate,
    /// Last day off.
    pub to: NaiveDate,
    /// Saturdays and Sundays worked in exchange.
    pub working_days: Vec<NaiveDate>,
}

/// The error for days that cannot be counted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// The calendar does not list the year.
    #[error("the calendar `{calendar}` has no holidays for {year}: a file of that year belongs into the folder `cycles.calendars`")]
    UnknownYear {
        /// Id of the calendar.
        calendar: String,
        /// The year.
        year: i32,
    },
    /// No calendar has this id.
    #[error("there is no calendar `{0}`")]
    UnknownCalendar(String),
}

/// Working days of a region: the state's calendar, those of its regions, and the cycle's own holidays.
#[derive(Debug, Clone)]
pub struct WorkingCalendar {
    calendars: Vec<Arc<HolidayCalendar>>,
    /// Days that differ from their weekday: true for a working weekend day, false for a weekday off.
    exceptions: BTreeMap<NaiveDate, bool>,
}

impl WorkingCalendar {
    /// A calendar of the state's days and the cycle's own holidays. A regional holiday takes precedence over a swapped working day.
    #[must_use]
    pub fn new(state: Arc<HolidayCalendar>, own: &[RegionalHoliday]) -> Self {
        Self::layered(vec![state], own)
    }

    /// A calendar of several, each of which takes precedence over those before it, and the cycle's own holidays.
    #[must_use]
    pub fn layered(calendars: Vec<Arc<HolidayCalendar>>, own: &[RegionalHoliday]) -> Self {
        let mut exceptions = BTreeMap::new();
        let off = |exceptions: &mut BTreeMap<NaiveDate, bool>, day: NaiveDate| {
            if is_weekend(day) {
                exceptions.remove(&day);
            } else {
                exceptions.insert(day, false);
            }
        };
        for holiday in calendars.iter().flat_map(|calendar| &calendar.holidays) {
            holiday.from.iter_days().take_while(|day| *day <= holiday.to).for_each(|day| off(&mut exceptions, day));
        }
        // After all days off of the calendars: a swapped day of one lies beside a holiday of another.
        for calendar in &calendars {
            let worked = calendar.holidays.iter().flat_map(|holiday| &holiday.working_days).filter(|day| is_weekend(**day));
            exceptions.extend(worked.map(|day| (*day, true)));
        }
        let regional = calendars.iter().filter(|calendar| calendar.region.is_some()).flat_map(|calendar| &calendar.holidays);
        for holiday in regional {
            holiday.from.iter_days().take_while(|day| *day <= holiday.to).for_each(|day| off(&mut exceptions, day));
        }
        for holiday in own {
            off(&mut exceptions, holiday.date);
        }
        Self { calendars, exceptions }
    }

    /// The documents that each of the calendars was taken from, the state's first.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        self.calendars.iter().map(|calendar| calendar.source.clone()).collect()
    }

    /// Whether the day is a working day.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        self.known(date, date)?;
        Ok(self.exceptions.get(&date).copied().unwrap_or(!is_weekend(date)))
    }

    /// Working days from `from` to `to`, both included; 0 when `to` is before `from`.
    pub fn count_working_days(&self, from: NaiveDate, to: NaiveDate) -> Result<usize, CalendarError> {
        if to < from {
            return Ok(0);
        }
        self.known(from, to)?;
        let (off, worked) = self
            .exceptions
            .range(from..=to)
            .fold((0, 0), |(off, worked), (_, working)| if *working { (off, worked + 1) } else { (off + 1, worked) });
        Ok(weekdays(from, to) + worked - off)
    }

    /// The `days`-th working day after `date`, `date` itself not counted; `date` for 0.
    pub fn add_working_days(&self, date: NaiveDate, days: usize) -> Result<NaiveDate, CalendarError> {
        let mut day = date;
        for _ in 0..days {
            day = self.next_working_day(self.step(day, 1)?)?;
        }
        Ok(day)
    }

    /// Last day of a period of `days` working days, first and last included, that starts on `from`; `from` for 0.
    pub fn last_day_of(&self, from: NaiveDate, days: usize) -> Result<NaiveDate, CalendarError> {
        if days == 0 {
            return Ok(from);
        }
        self.add_working_days(self.next_working_day(from)?, days - 1)
    }

    /// The latest day on which a period of `days` working days, first and last included, can start and end with `last_day` at the
    /// latest; `last_day` for 0.
    pub fn last_start(&self, last_day: NaiveDate, days: usize) -> Result<NaiveDate, CalendarError> {
        let (mut day, mut start, mut counted) = (last_day, last_day, 0);
        while counted < days {
            if self.is_working_day(day)? {
                counted += 1;
                start = day;
            }
            day = self.step(day, -1)?;
        }
        Ok(start)
    }

    /// Last day of a period of `days` days that count so, first and last included, that starts on `from`; `from` for 0.
    pub fn last_day_of_period(&self, from: NaiveDate, days: u8, counting: PeriodCounting) -> Result<NaiveDate, CalendarError> {
        match counting {
            PeriodCounting::WorkingDays => self.last_day_of(from, usize::from(days)),
            PeriodCounting::CalendarDays => self.step(from, i64::from(days).max(1) - 1),
        }
    }

    /// The latest day on which a period of `days` days that count so can start and end with `last_day` at the latest; `last_day` for 0.
    pub fn last_start_of_period(
        &self,
        last_day: NaiveDate,
        days: u8,
        counting: PeriodCounting,
    ) -> Result<NaiveDate, CalendarError> {
        match counting {
            PeriodCounting::WorkingDays => self.last_start(last_day, usize::from(days)),
            PeriodCounting::CalendarDays => self.step(last_day, 1 - i64::from(days).max(1)),
        }
    }

    /// Days from `from` to `to` that count so, both included; 0 when `to` is before `from`.
    pub fn count_days(&self, from: NaiveDate, to: NaiveDate, counting: PeriodCounting) -> Result<usize, CalendarError> {
        match counting {
            PeriodCounting::WorkingDays => self.count_working_days(from, to),
            PeriodCounting::CalendarDays => Ok(usize::try_from((to - from).num_days() + 1).unwrap_or(0)),
        }
    }

    /// The day itself if it is a working day, else the next working day.
    pub fn next_working_day(&self, date: NaiveDate) -> Result<NaiveDate, CalendarError> {
        let mut day = date;
        while !self.is_working_day(day)? {
            day = self.step(day, 1)?;
        }
        Ok(day)
    }

    /// When a period of `days` after an event ends, as the exclusive instant 24:00 of its last day, but not later than `cap`.
    /// The local day of `from`, by its own offset, is day 0.
    pub fn correction_due(
        &self,
        from: DateTime<FixedOffset>,
        days: u8,
        counting: DayCounting,
        cap: Option<DateTime<FixedOffset>>,
    ) -> Result<DateTime<FixedOffset>, CalendarError> {
        let day_zero = from.date_naive();
        let last = match counting {
            DayCounting::CivilCode => self.next_working_day(self.step(day_zero, i64::from(days))?)?,
            DayCounting::WorkingDays => self.add_working_days(day_zero, usize::from(days))?,
        };
        let due = end_of_day(last, *from.offset());
        Ok(cap.map_or(due, |cap| if cap < due { cap.with_timezone(from.offset()) } else { due }))
    }

    fn known(&self, from: NaiveDate, to: NaiveDate) -> Result<(), CalendarError> {
        for calendar in &self.calendars {
            let lists = |year: i32| calendar.years.iter().any(|known| i32::from(*known) == year);
            if let Some(year) = (from.year()..=to.year()).find(|year| !lists(*year)) {
                return Err(CalendarError::UnknownYear { calendar: calendar.id.clone(), year });
            }
        }
        Ok(())
    }

    fn step(&self, date: NaiveDate, days: i64) -> Result<NaiveDate, CalendarError> {
        let count = Days::new(days.unsigned_abs());
        let moved = if days < 0 { date.checked_sub_days(count) } else { date.checked_add_days(count) };
        let calendar = self.calendars.first().map(|calendar| calendar.id.clone()).unwrap_or_default();
        moved.ok_or(CalendarError::UnknownYear { calendar, year: date.year() })
    }
}

/// 24:00 of a day at an offset.
pub(super) fn end_of_day(date: NaiveDate, offset: FixedOffset) -> DateTime<FixedOffset> {
    DateTime::from_naive_utc_and_offset(date.and_time(NaiveTime::MIN) - offset, offset) + chrono::TimeDelta::days(1)
}

pub(super) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Mondays to Fridays from `from` to `to`, both included; `from` is not after `to`.
fn weekdays(from: NaiveDate, to: NaiveDate) -> usize {
    let days = usize::try_from((to - from).num_days()).unwrap_or(0) + 1;
    let (weeks, rest) = (days / 7, days % 7);
    weeks * 5 + from.iter_days().take(rest).filter(|day| !is_weekend(*day)).count()
}

#[cfg(test)]
mod tests;
