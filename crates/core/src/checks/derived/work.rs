//! Technical work since a day, to the cycle's day (3.1a, 4.3d, 4.7b).

use chrono::{Days, NaiveDate};

use crate::checks::{
    arithmetic::{Bilingual, Elapsed, next_day},
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
    let gap_days = gap_days(input, from, end);
    // The start is moved by the days that do not count, so that years and months stay calendar years and months.
    let elapsed = from.checked_add_days(Days::new(gap_days)).map_or(Elapsed::between(end, end), |from| Elapsed::between(from, end));
    Worked { gap_days, elapsed }
}

/// Days after `from`, up to `end`, on which there was no technical work.
fn gap_days(input: &Input<'_>, from: NaiveDate, end: NaiveDate) -> u64 {
    let mut work: Vec<_> = input.facts.profile.technical_work.iter().map(|work| (work.from, work.to)).collect();
    if work.is_empty() || end <= from {
        return 0;
    }
    work.sort_unstable();
    let (mut free, mut gaps) = (next_day(from), 0);
    for (start, to) in work {
        gaps += (start.min(next_day(end)) - free).num_days().max(0);
        free = free.max(start).max(to.map_or(next_day(end), next_day));
    }
    gaps += (next_day(end) - free).num_days().max(0);
    u64::try_from(gaps).unwrap_or(0)
}
