//! The disclosure that goes with an answer.

use super::{View, append};
use crate::http::Call;
use crate::problem::Problem;
use title_review_core::ids::AccountId;

/// Appends that whoever asks is about to see something of this person whole; nothing where it is their own. To be awaited before the answer begins.
pub async fn log_disclosure(call: &Call, subject: AccountId, view: View) -> Result<(), Problem> {
    if call.principal.account == Some(subject) {
        return Ok(());
    }
    call.write(move |cx| {
        cx.changes_only(&[]);
        append(cx, cx.principal, subject, &view)
    })
    .await
}
