//! Applications over HTTP, by operation.

mod check;
mod edit;
mod read;
mod review;
pub(crate) mod view;

use crate::http::Routes;

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::LapseWatch>();
    edit::routes(list);
    read::routes(list);
    check::routes(list);
    review::routes(list);
}
