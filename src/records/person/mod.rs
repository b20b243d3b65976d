//! What is on record of a person beside any application: what stands against them, and their continuing education.

mod store;

use super::{certificates, sanctions, study_records};
use crate::db::{Conn, Error};
use title_review_core::checks::{IssuedTitle, RecordedBar, RegisteredStudy};
use title_review_core::ids::{AccountId, ApplicationId};
use title_review_core::profiles::model::Sanction;

/// What is on record of a person.
#[derive(Debug, Clone, Default)]
pub struct OnRecord {
    /// Disciplinary sanctions (1.1c).
    pub sanctions: Vec<Sanction>,
    /// Bars, delays and bans (1.1d, A3).
    pub bars: Vec<RecordedBar>,
    /// Certificates of continuing education in the registry (4.2.4b).
    pub study: Vec<RegisteredStudy>,
    /// Titles that this system issued, each with its application (3.1a, R10).
    pub titles: Vec<(ApplicationId, IssuedTitle)>,
}

/// What is on record of a person, in one statement.
pub fn on_record(conn: &mut Conn, account: AccountId) -> Result<OnRecord, Error> {
    let store::Rows { sanctions, study, titles } = store::list_on_record(conn, account)?;
    let (sanctions, bars) = sanctions::on_record(sanctions);
    let titles = titles.into_iter().map(|(row, series, revoked)| certificates::issued_title(row, series, revoked)).collect();
    Ok(OnRecord { sanctions, bars, study: study_records::registered(study), titles })
}
