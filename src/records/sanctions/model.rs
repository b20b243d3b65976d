//! Kinds of sanctions and their periods.

use chrono::NaiveDate;
use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// What a sanction is.
    SanctionKind {
        FraudBan = "fraud_ban", "弄虚作假禁止申报", "ban that follows a fraud decision (A3)";
        Bar = "bar", "不得申报", "bar from applying (1.1d)";
        Delay = "delay", "延迟申报", "delay of applying (1.1d)";
        Disciplinary = "disciplinary", "处分", "disciplinary sanction (1.1c)";
    }
}

/// For how long a sanction holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from_day: Option<NaiveDate>,
    /// Last day; none: without an end.
    pub until_day: Option<NaiveDate>,
    /// First year of cycles.
    pub first_year: Option<i32>,
    /// Last year of cycles.
    pub last_year: Option<i32>,
}
