//! Use case: which results still wait for the employer's own posting (2.4).

use super::service::Error;
use crate::authz::Permission;
use crate::context::Cx;
use crate::cycles::service::{self as cycles, Cycle};
use crate::records::publicity::PublicityRow;
use crate::records::publicity::store;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::ids::PublicityId;

/// Results of a cycle whose employers have not confirmed their own posting, those that end first in front; none where the cycle asks for no confirmation.
/// The committee office and the supervisor see all, an employer its own.
///
/// # Errors
/// [`Error::NotFound`] if there is no such cycle.
pub fn list_missing(
    cx: &mut Cx<'_>,
    cycle_id: &str,
    after: Option<(Instant, PublicityId)>,
    limit: i64,
) -> Result<(Arc<Cycle>, Vec<PublicityRow>), Error> {
    let cycle = cycles::find_published(cx, cycle_id)?.ok_or(Error::NotFound)?;
    if !cycle.definition.result_publicity.employer_confirms {
        return Ok((cycle, Vec::new()));
    }
    let committee = cycles::committee_of(cx, cycle_id)?;
    let mine = cx.principal.organisations_with(Permission::PostingRead);
    let employers = mine.filter(|mine| committee.is_none_or(|committee| !mine.contains(&committee)));
    let rows = store::list_unposted(cx.conn, cycle_id, employers.as_deref(), after, limit)?;
    Ok((cycle, rows))
}
