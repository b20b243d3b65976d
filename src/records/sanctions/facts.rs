//! What is on record against a person.

use super::model::SanctionKind;
use super::rows::SanctionRow;
use super::store;
use crate::db::{Conn, Error};
use title_review_core::checks::{BarGround, BarSpan, RecordedBar};
use title_review_core::ids::ApplicationId;
use title_review_core::profiles::model::Sanction;

/// What is on record against a person, as the rules ask for it: disciplinary sanctions (1.1c), and bars with delays and bans (1.1d, A3).
#[must_use]
pub fn on_record(rows: Vec<SanctionRow>) -> (Vec<Sanction>, Vec<RecordedBar>) {
    let (mut sanctions, mut bars) = (Vec::new(), Vec::new());
    for row in rows {
        let ground = match row.kind {
            SanctionKind::FraudBan => BarGround::Fraud,
            SanctionKind::Bar => BarGround::Bar,
            SanctionKind::Delay => BarGround::Delay,
            SanctionKind::Disciplinary => {
                sanctions.extend(row.from_day.map(|from| Sanction { kind: row.ground, from, to: row.until_day }));
                continue;
            }
        };
        let year = |year: Option<i32>| year.and_then(|year| u16::try_from(year).ok());
        let span = match (year(row.first_year), year(row.last_year), row.from_day) {
            (Some(first), Some(last), _) => BarSpan::Years { first, last },
            (_, _, Some(from)) => BarSpan::Days { from, to: row.until_day },
            _ => continue,
        };
        bars.push(RecordedBar { id: row.id.to_string(), ground, reason: row.reason, span });
    }
    (sanctions, bars)
}

/// Whether fraud is decided on an application (A3, R10).
pub fn is_fraud_decided(conn: &mut Conn, application: ApplicationId) -> Result<bool, Error> {
    Ok(store::find_fraud(conn, application)?.is_some())
}
