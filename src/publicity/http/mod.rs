//! Public notices and objections over HTTP.

mod notices;
mod objections;
mod postings;
mod problems;
mod public;

use crate::cycles::service::Cycle;
use crate::http::Routes;
use crate::records::publicity::PublicityRow;

/// Names of series and specialty.
pub(super) fn names(cycle: &Cycle, row: &PublicityRow) -> (String, String) {
    let definition = &cycle.definition;
    let series = definition.series(&row.series).map_or_else(|| row.series.clone(), |found| found.name.clone());
    let specialty = definition.specialty(&row.specialty).map_or_else(|| row.specialty.clone(), |found| found.name.clone());
    (series, specialty)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    notices::routes(list);
    public::routes(list);
    objections::routes(list);
    postings::routes(list);
}
