//! Applications over HTTP, by operation.

mod check;
mod differences;
mod edit;
mod problems;
mod read;
mod review;
pub(crate) mod view;

pub use read::ReadyApplications;

use super::{Error, Found, expiry};
use crate::context::Cx;
use crate::http::{Answer, Call, Outcome, Routes};
use crate::problem::Problem;

/// Writes every end by deadline that is due when the request was received, so that what follows sees it. The first line of each operation on
/// applications.
pub async fn expire_due(call: &Call) -> Result<(), Problem> {
    Ok(expiry::expire_due(&call.app, &call.context()).await?)
}

/// Does an act on an application and answers with it as it stands then.
async fn write_application(
    call: &Call,
    act: impl FnOnce(&mut Cx<'_>) -> Result<Found, Error> + Send + 'static,
) -> Outcome<Answer<view::Application>> {
    expire_due(call).await?;
    call.write(move |cx| {
        let found = act(cx)?;
        view::application_view(cx, found)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<super::ExpiryWatch>();
    list.require::<super::Bases>();
    list.require::<ReadyApplications>();
    edit::routes(list);
    read::routes(list);
    check::routes(list);
    review::routes(list);
    differences::routes(list);
}
