//! What a record of the registry has to say. Pure.

use title_review_core::findings::{Finding, Text};
use title_review_core::identity_numbers::parse_resident_id;
use title_review_core::vocabulary::StudyKind;

/// The finding on a resident ID: a row of the problem table.
const INVALID_RESIDENT_ID: &str = "invalid_resident_id";

/// First year of a record.
const FIRST_YEAR: i32 = 1990;
/// Most hours of one certificate.
pub const MOST_HOURS: u32 = 1000;
/// Most characters of a certificate's number and of a client's own name.
pub const MOST_CHARACTERS: usize = 50;

/// A certificate to be entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStudyRecord {
    /// Resident ID of the person.
    pub id_number: String,
    /// Calendar year for which it counts.
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours.
    pub hours: u32,
    /// Number of the certificate.
    pub certificate_number: String,
    /// The enterer's own name for it.
    pub client_ref: Option<String>,
}

impl NewStudyRecord {
    /// With blanks at the ends taken away and the resident ID in capitals.
    #[must_use]
    pub fn tidy(self) -> Self {
        let trim = |text: String| text.trim().to_owned();
        Self {
            id_number: self.id_number.trim().to_uppercase(),
            certificate_number: trim(self.certificate_number),
            client_ref: self.client_ref.map(trim).filter(|text| !text.is_empty()),
            ..self
        }
    }
}

/// Everything that is wrong with a record to be entered in this year.
#[must_use]
pub fn findings(new: &NewStudyRecord, this_year: i32) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Err(error) = parse_resident_id(&new.id_number) {
        found.push(Finding::field("/id_number", INVALID_RESIDENT_ID, Text::new(error.zh(), error.to_string())));
    }
    let mut invalid = |pointer: &str, zh: String, en: String| found.push(Finding::invalid_field(pointer, zh, en));
    if !(FIRST_YEAR..=this_year).contains(&new.year) {
        let (zh, en) = (format!("年度须为 {FIRST_YEAR} 至 {this_year}"), format!("the year is {FIRST_YEAR} to {this_year}"));
        invalid("/year", zh, en);
    }
    if !(1..=MOST_HOURS).contains(&new.hours) {
        invalid("/hours", format!("学时须为 1 至 {MOST_HOURS}"), format!("hours are 1 to {MOST_HOURS}"));
    }
    let mut length = |pointer: &str, text: &str| {
        let count = text.trim().chars().count();
        if !(1..=MOST_CHARACTERS).contains(&count) || text.chars().any(char::is_control) {
            let (zh, en) = (
                format!("须为 1 至 {MOST_CHARACTERS} 个字符，不含控制字符"),
                format!("has 1 to {MOST_CHARACTERS} characters, no control characters"),
            );
            invalid(pointer, zh, en);
        }
    };
    length("/certificate_number", &new.certificate_number);
    if let Some(text) = &new.client_ref {
        length("/client_ref", text);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_out_of_its_bounds_is_a_finding() {
        let good = NewStudyRecord {
            id_number: "11010519491231002X".to_owned(),
            year: 2024,
            kind: StudyKind::General,
            hours: 30,
            certificate_number: "ZJ-1".to_owned(),
            client_ref: None,
        };
        assert!(findings(&good, 2024).is_empty());
        for wrong in [
            NewStudyRecord { id_number: "110105194912310021".to_owned(), ..good.clone() },
            NewStudyRecord { year: 2025, ..good.clone() },
            NewStudyRecord { year: 1989, ..good.clone() },
            NewStudyRecord { hours: 0, ..good.clone() },
            NewStudyRecord { hours: 1001, ..good.clone() },
            NewStudyRecord { certificate_number: " ".to_owned(), ..good.clone() },
            NewStudyRecord { certificate_number: "长".repeat(51), ..good.clone() },
            NewStudyRecord { client_ref: Some("a\u{0}".to_owned()), ..good.clone() },
        ] {
            assert_eq!(findings(&wrong, 2024).len(), 1, "{wrong:?}");
        }
        let tidy =
            NewStudyRecord { id_number: " 11010519491231002x ".to_owned(), client_ref: Some(" ".to_owned()), ..good.clone() };
        assert_eq!(tidy.tidy(), good);
    }
}
