//! Years, months and days between two dates.

use chrono::{Days, Months, NaiveDate};

pub use crate::bilingual::Bilingual;

/// Whole months and the days on top between two dates. The first day is not counted, the last one is: from 2019-12-31 to
/// 2024-12-31 are five years, from 2020-01-01 it is a day less (4.3d, Civil Code 201).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Elapsed {
    months: u32,
    days: u32,
}

impl Elapsed {
    /// From `from` to `to`; zero if `to` is not later.
    #[must_use]
    pub fn between(from: NaiveDate, to: NaiveDate) -> Self {
        let mut months = (to.format_months() - from.format_months()).max(0);
        let at = |months: i32| u32::try_from(months).ok().and_then(|m| from.checked_add_months(Months::new(m)));
        while months > 0 && at(months).is_none_or(|end| end > to) {
            months -= 1;
        }
        let start = at(months).unwrap_or(from);
        let days = u32::try_from((to - start).num_days()).unwrap_or(0);
        Self { months: u32::try_from(months).unwrap_or(0), days }
    }

    /// Whether it is at least `years` full years.
    #[must_use]
    pub const fn reaches(self, years: u32) -> bool {
        self.months >= years * 12
    }

    /// `4年2个月`; `4 years 2 months`.
    #[must_use]
    pub fn text(self) -> Bilingual {
        let (years, months) = (self.months / 12, self.months % 12);
        let parts = [(years, "年", "year"), (months, "个月", "month"), (self.days, "天", "day")];
        let parts: Vec<_> = parts.into_iter().filter(|(n, _, _)| *n > 0).collect();
        if parts.is_empty() {
            return Bilingual::new("0天", "0 days");
        }
        Bilingual {
            zh: parts.iter().map(|(n, zh, _)| format!("{n}{zh}")).collect::<Vec<_>>().concat(),
            en: parts.iter().map(|(n, _, en)| counted(*n, en)).collect::<Vec<_>>().join(" "),
        }
    }
}

/// `1 year`, `2 years`.
pub(super) fn counted(n: u32, noun: &str) -> String {
    if n == 1 { format!("{n} {noun}") } else { format!("{n} {noun}s") }
}

/// Months since year 0, for a difference.
trait MonthNumber {
    fn format_months(self) -> i32;
}

impl MonthNumber for NaiveDate {
    fn format_months(self) -> i32 {
        use chrono::Datelike;
        self.year() * 12 + i32::try_from(self.month0()).unwrap_or(0)
    }
}

/// The day after; the last day of the calendar stays.
pub(super) fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// `"4年2个月，截至2024-12-31，需满5年"` and its English form.
pub(super) fn years_needed(elapsed: Elapsed, on: NaiveDate, needed: u32) -> Bilingual {
    let text = elapsed.text();
    Bilingual::new(format!("截至{on}为{}，需满{needed}年", text.zh), format!("{} on {on}, {needed} needed", text.en))
}
