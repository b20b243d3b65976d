//! Meetings over HTTP.

mod candidates;
mod meetings;
mod problems;
mod settlement;
mod sitting;

use crate::http::Routes;

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    meetings::routes(list);
    candidates::routes(list);
    sitting::routes(list);
    settlement::routes(list);
}
