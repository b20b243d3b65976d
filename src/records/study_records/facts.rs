//! What the registry holds of a person.

use super::rows::StudyRow;
use title_review_core::checks::RegisteredStudy;

/// Certificates as the rules ask for them.
#[must_use]
pub fn registered(rows: Vec<StudyRow>) -> Vec<RegisteredStudy> {
    let fact = |row: StudyRow| RegisteredStudy {
        id: row.id.as_str().parse().unwrap_or_default(),
        year: row.year,
        kind: row.kind,
        hours: u32::try_from(row.hours).unwrap_or(0),
        certificate_number: row.certificate_number,
    };
    rows.into_iter().map(fact).collect()
}
