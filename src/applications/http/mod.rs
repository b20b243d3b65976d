//! Applications over HTTP, by operation.

mod check;
mod edit;
mod problems;
mod read;
mod review;
pub(crate) mod view;

use super::expiry;
use crate::http::{Call, Routes};
use crate::problem::Problem;

/// Writes every end by deadline that is due when the request was received, so that what follows sees it. The first line of each operation on
/// applications.
pub async fn expire_due(call: &Call) -> Result<(), Problem> {
    Ok(expiry::expire_due(&call.app, &call.context()).await?)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::ExpiryWatch>();
    edit::routes(list);
    read::routes(list);
    check::routes(list);
    review::routes(list);
}
