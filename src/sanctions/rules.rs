//! What a sanction to be recorded has to say. Pure.

use crate::records::sanctions::{Period, SanctionKind};
use title_review_core::findings::Finding;

/// Everything that is wrong with a sanction to be recorded.
#[must_use]
pub fn findings(kind: SanctionKind, subjects: usize, period: Period) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut invalid = |pointer: &str, zh: &str, en: &str| found.push(Finding::invalid_field(pointer, zh, en));
    if kind == SanctionKind::FraudBan {
        invalid("/kind", "由弄虚作假认定产生，不能直接登记", "follows from a fraud decision, it is not recorded by itself");
    }
    if subjects != 1 {
        invalid("/account_id", "须指明一名人员或一个单位", "names one person or one organisation");
    }
    let Period { from_day, until_day, first_year, last_year } = period;
    let (days, years) = (from_day.is_some() || until_day.is_some(), first_year.is_some() || last_year.is_some());
    match (days, years) {
        (true, true) | (false, false) => {
            invalid("/from_day", "须以日期或年度之一确定期限", "has a period of days or of years, one of them");
        }
        (true, false) if from_day.is_none() => invalid("/from_day", "缺少起始日期", "the first day is missing"),
        (true, false) if from_day > until_day.or(from_day) => invalid("/until_day", "早于起始日期", "is before the first day"),
        (false, true) if first_year.is_none() || last_year.is_none() => {
            invalid("/first_year", "须填写起止年度", "first and last year are both given");
        }
        (false, true) if first_year > last_year => invalid("/last_year", "早于起始年度", "is before the first year"),
        (false, true) if kind == SanctionKind::Disciplinary => {
            invalid("/from_day", "处分须以日期确定期限", "a disciplinary sanction has a period of days");
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn pointers(kind: SanctionKind, subjects: usize, period: Period) -> Vec<String> {
        findings(kind, subjects, period).into_iter().map(|finding| format!("{:?}", finding.at)).collect()
    }

    // clauses: 1.1d
    #[test]
    fn a_sanction_has_one_subject_and_one_period() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        let days = Period { from_day: day("2024-01-01"), until_day: day("2024-12-31"), ..Period::default() };
        let years = Period { first_year: Some(2025), last_year: Some(2027), ..Period::default() };
        let open = Period { until_day: None, ..days };
        for kind in [SanctionKind::Bar, SanctionKind::Delay] {
            for period in [days, years, open] {
                assert!(pointers(kind, 1, period).is_empty(), "{kind} {period:?}");
            }
        }
        assert!(pointers(SanctionKind::Disciplinary, 1, days).is_empty());
        assert_eq!(pointers(SanctionKind::Disciplinary, 1, years).len(), 1);
        assert_eq!(pointers(SanctionKind::FraudBan, 1, years).len(), 1);
        for wrong in [
            Period::default(),
            Period { from_day: days.from_day, ..years },
            Period { from_day: None, ..days },
            Period { until_day: day("2023-12-31"), ..days },
            Period { last_year: None, ..years },
            Period { last_year: Some(2024), ..years },
        ] {
            assert_eq!(pointers(SanctionKind::Bar, 1, wrong).len(), 1, "{wrong:?}");
        }
        assert_eq!(pointers(SanctionKind::Bar, 0, days).len(), 1);
        assert_eq!(pointers(SanctionKind::Bar, 2, days).len(), 1);
    }
}
