//! The entities.

mod organisations;
mod study_records;

pub use organisations::Organisations;
pub use study_records::StudyRecords;
