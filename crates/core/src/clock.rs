//! Time as a parameter. The instant of a request is read once from a [`Clock`] and passed on.
//!
//! Instants are stored in UTC with microseconds, and written with `+08:00`. The host's zone is never read: hosts in Xinjiang may run on
//! UTC+6, but the deadlines of a notice are in Beijing time.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Beijing time, the zone of every deadline. China has had no daylight saving since 1991, so a fixed offset is exact.
pub const SHANGHAI: FixedOffset = match FixedOffset::east_opt(8 * 3600) {
    Some(offset) => offset,
    None => panic!("eight hours are a valid offset"),
};

/// A point in time, to the microsecond (the precision of both databases).
///
/// JSON: RFC 3339, written with `+08:00`, read with any explicit offset. A text without an offset is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2024-08-30T18:00:00+08:00")]
pub struct Instant(
    /// UTC, without more than microseconds.
    NaiveDateTime,
);

/// The error for a text that is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an instant is written as RFC 3339 with its offset, such as 2024-08-30T18:00:00+08:00")]
pub struct NotAnInstant;

impl Instant {
    /// The first instant of 1970 (UTC).
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH.naive_utc());

    /// From a UTC time, truncated to the microsecond.
    #[must_use]
    pub fn from_utc(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }

    /// From a UTC time without its zone, as the databases store it.
    #[must_use]
    pub fn from_naive_utc(time: NaiveDateTime) -> Self {
        Self::from_utc(time.and_utc())
    }

    /// From microseconds since 1970; outside chrono's range (some 262,000 years) the nearest instant.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        let nearest = if micros < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(nearest).naive_utc())
    }

    /// The instant at which a clock in Beijing shows this date and time.
    #[must_use]
    pub fn at_shanghai(date: NaiveDate, time: NaiveTime) -> Self {
        let local = date.and_time(time);
        Self::from_naive_utc(local.checked_sub_offset(SHANGHAI).unwrap_or(local))
    }

    /// 00:00 in Beijing at the start of this date.
    #[must_use]
    pub fn start_of_day(date: NaiveDate) -> Self {
        Self::at_shanghai(date, NaiveTime::MIN)
    }

    /// 24:00 in Beijing at the end of this date, which is 00:00 of the next.
    #[must_use]
    pub fn end_of_day(date: NaiveDate) -> Self {
        Self::start_of_day(date.succ_opt().unwrap_or(date))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0.and_utc().timestamp_micros()
    }

    /// Whole seconds since 1970, as tokens carry them.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.and_utc().timestamp()
    }

    /// As a UTC time.
    #[must_use]
    pub const fn to_utc(self) -> DateTime<Utc> {
        self.0.and_utc()
    }

    /// UTC without its zone, as the databases store it.
    #[must_use]
    pub const fn naive_utc(&self) -> &NaiveDateTime {
        &self.0
    }

    /// The instant in Beijing time.
    #[must_use]
    pub fn in_shanghai(self) -> DateTime<FixedOffset> {
        self.0.and_utc().with_timezone(&SHANGHAI)
    }

    /// The date in Beijing.
    #[must_use]
    pub fn date_in_shanghai(self) -> NaiveDate {
        self.in_shanghai().date_naive()
    }

    /// The instant `span` later; the same instant if that is out of range.
    #[must_use]
    pub fn plus(self, span: TimeDelta) -> Self {
        self.0.checked_add_signed(span).map_or(self, Self::from_naive_utc)
    }

    /// The instant `seconds` later (earlier if negative).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus(TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX))
    }

    /// The instant `span` earlier; the same instant if that is out of range.
    #[must_use]
    pub fn minus(self, span: TimeDelta) -> Self {
        self.0.checked_sub_signed(span).map_or(self, Self::from_naive_utc)
    }

    /// The time from `earlier` to this instant; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        self.0.signed_duration_since(earlier.0)
    }
}

impl Add<TimeDelta> for Instant {
    type Output = Self;
    fn add(self, span: TimeDelta) -> Self {
        self.plus(span)
    }
}

impl Sub<TimeDelta> for Instant {
    type Output = Self;
    fn sub(self, span: TimeDelta) -> Self {
        self.minus(span)
    }
}

impl Sub for Instant {
    type Output = TimeDelta;
    fn sub(self, earlier: Self) -> TimeDelta {
        self.since(earlier)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_shanghai().to_rfc3339_opts(SecondsFormat::AutoSi, false))
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = NotAnInstant;
    fn from_str(text: &str) -> Result<Self, NotAnInstant> {
        DateTime::parse_from_rfc3339(text).map(|time| Self::from_utc(time.to_utc())).map_err(|_| NotAnInstant)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A source of the present instant.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// The host's clock, made monotonic: a closed window does not reopen if the host's clock is set back.
#[derive(Debug, Default)]
pub struct SystemClock {
    /// The latest instant returned, in microseconds.
    latest: AtomicI64,
}

impl SystemClock {
    /// A clock without a lower bound.
    #[must_use]
    pub const fn new() -> Self {
        Self { latest: AtomicI64::new(i64::MIN) }
    }

    /// A clock that returns no instant before `reached`, which is the latest business time in the audit log (docs/decisions/0031).
    #[must_use]
    pub const fn not_before(reached: Instant) -> Self {
        Self { latest: AtomicI64::new(reached.micros()) }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the host's clock")]
    fn now(&self) -> Instant {
        let host = Utc::now().timestamp_micros();
        Instant::from_micros(self.latest.fetch_max(host, Ordering::AcqRel).max(host))
    }
}

/// A clock that can be set, for the sandbox and for tests. It runs from the set instant, or is frozen.
#[derive(Debug)]
pub struct SettableClock(Mutex<Setting>);

#[derive(Debug, Clone, Copy)]
struct Setting {
    instant: Instant,
    /// Monotonic time at which it was set; `None` while it is frozen.
    running_since: Option<std::time::Instant>,
}

impl Setting {
    fn now(self) -> Instant {
        self.running_since
            .map_or(self.instant, |since| self.instant.plus(TimeDelta::from_std(since.elapsed()).unwrap_or(TimeDelta::zero())))
    }
}

impl SettableClock {
    /// A clock frozen at this instant.
    #[must_use]
    pub const fn frozen(at: Instant) -> Self {
        Self(Mutex::new(Setting { instant: at, running_since: None }))
    }

    /// A clock that runs from this instant.
    #[must_use]
    pub fn running(from: Instant) -> Self {
        Self(Mutex::new(Setting { instant: from, running_since: Some(std::time::Instant::now()) }))
    }

    /// Sets the clock, forward or back. It keeps running, or stays frozen.
    pub fn set(&self, instant: Instant) {
        self.change(|setting| setting.instant = instant);
    }

    /// Moves the clock by `span` (back if negative).
    pub fn advance(&self, span: TimeDelta) {
        self.change(|setting| setting.instant = setting.instant.plus(span));
    }

    /// Starts or freezes the clock at its present instant.
    pub fn set_running(&self, running: bool) {
        self.change(|setting| setting.running_since = running.then(std::time::Instant::now));
    }

    /// Whether the clock runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running_since.is_some()
    }

    fn change(&self, change: impl FnOnce(&mut Setting)) {
        let mut setting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        setting.instant = setting.now();
        setting.running_since = setting.running_since.map(|_| std::time::Instant::now());
        change(&mut setting);
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Instant {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instant_is_written_in_beijing_time_and_read_with_any_offset() {
        let deadline: Instant = serde_json::from_str("\"2024-08-30T10:00:00Z\"").unwrap();
        assert_eq!(serde_json::to_string(&deadline).unwrap(), "\"2024-08-30T18:00:00+08:00\"");
        assert_eq!(deadline, "2024-08-30T18:00:00+08:00".parse().unwrap());
        assert_eq!("2024-08-30T16:00:00.1234567+06:00".parse::<Instant>().unwrap().to_string(), "2024-08-30T18:00:00.123456+08:00");
        for refused in ["\"2024-08-30T18:00:00\"", "\"2024-08-30\"", "\"2024-02-30T00:00:00Z\"", "17", "null"] {
            assert!(serde_json::from_str::<Instant>(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn days_begin_and_end_at_midnight_in_beijing() {
        let date = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
        let last = Instant::end_of_day(date).minus(TimeDelta::microseconds(1));
        assert_eq!(last.to_string(), "2024-12-31T23:59:59.999999+08:00");
        assert_eq!(last.date_in_shanghai(), date);
        assert_eq!((last + TimeDelta::microseconds(1)).date_in_shanghai(), date.succ_opt().unwrap());
        assert_eq!(Instant::end_of_day(date) - Instant::start_of_day(date), TimeDelta::days(1));
    }

    #[test]
    fn settable_clock_can_be_frozen_run_set_and_advanced() {
        let start: Instant = "2024-07-22T00:00:00+08:00".parse().unwrap();
        let clock = SettableClock::frozen(start);
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::days(1));
        assert_eq!(clock.now(), start + TimeDelta::days(1));
        clock.set_running(true);
        clock.set(start);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(clock.now() > start && clock.now() < start + TimeDelta::minutes(1));
        clock.set_running(false);
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn system_clock_does_not_run_backwards() {
        let clock = SystemClock::new();
        let ahead = clock.now() + TimeDelta::hours(1);
        clock.latest.store(ahead.micros(), Ordering::Release);
        assert_eq!(clock.now(), ahead);
        assert_eq!(SystemClock::not_before(ahead).now(), ahead);
        let behind = ahead - TimeDelta::hours(2);
        assert!(SystemClock::not_before(behind).now() > behind);
    }
}
