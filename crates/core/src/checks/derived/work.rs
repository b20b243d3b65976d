//! Technical work since a day, to the cycle's day (3.1a, 4.3d, 4.7b).

use chrono::{Datelike, NaiveDate};

use crate::checks::{
    arithmetic::{Bilingual, Elapsed},
    input::Input,
};

/// Technical work since a day.
#[derive(Debug, Clone, Copy)]
pub struct Worked {
    /// Days after it without technical work.
    pub gap_days: u64,
    pub elapsed: Elapsed,
}

impl Worked {
    /// `，扣除365天`; nothing where nothing is deducted.
    pub fn gap_text(self) -> Bilingual {
        let days = self.gap_days;
        if days == 0 {
            return Bilingual::new("", "");
        }
        Bilingual::new(format!("，扣除{days}天"), format!(" less {days} days without work"))
    }
}

/// Technical work since a day. Where the profile lists periods of technical work, days between, before and after them do not count;
/// where it lists none, the whole time does.
pub fn since(input: &Input<'_>, from: NaiveDate) -> Worked {
    let end = input.cycle.seniority.date;
    let gaps = gaps(input, from, end);
    let gap_days = gaps.iter().map(|(after, until)| (*until - *after).num_days()).sum::<i64>();
    let common = gaps.iter().map(|(after, until)| common_days(*until) - common_days(*after)).sum::<i64>();
    // The start is moved by the days that do not count, so that years and months stay calendar years and months. A 29 February is not
    // a day of its own in this: a year without work is a year, a leap year too.
    let start = if common == 0 { Some(from) } else { after_common_days(common_days(from) + common) };
    let elapsed = start.map_or(Elapsed::between(end, end), |start| Elapsed::between(start, end));
    Worked { gap_days: u64::try_from(gap_days).unwrap_or(0), elapsed }
}

/// Stretches after `from`, up to `end`, without technical work: the day before each, and its last day.
fn gaps(input: &Input<'_>, from: NaiveDate, end: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut work: Vec<_> = input.facts.profile.technical_work.iter().map(|work| (work.from, work.to)).collect();
    if work.is_empty() {
        return Vec::new();
    }
    work.sort_unstable();
    let (mut done, mut gaps) = (from, Vec::new());
    for (start, to) in work {
        let before = start.pred_opt().unwrap_or(start).min(end);
        gaps.push((done, before));
        done = done.max(before).max(to.unwrap_or(end));
    }
    gaps.push((done, end));
    gaps.retain(|(after, until)| after < until);
    gaps
}

/// Days up to and including this one, from a fixed day on, without any 29 February.
fn common_days(day: NaiveDate) -> i64 {
    let after_february = i64::from(day.leap_year() && day.ordinal() >= 60);
    i64::from(day.year()) * 365 + i64::from(day.ordinal()) - after_february
}

/// The day that is not a 29 February and up to which there are so many [`common_days`].
fn after_common_days(days: i64) -> Option<NaiveDate> {
    let (year, day_of_year) = ((days - 1).div_euclid(365), (days - 1).rem_euclid(365) + 1);
    NaiveDate::from_yo_opt(2001, u32::try_from(day_of_year).ok()?)?.with_year(i32::try_from(year).ok()?)
}
