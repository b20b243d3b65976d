//! What others may ask of originals.

use super::rows::ReceivedRow;
use super::store;
use crate::db::{Conn, Error};
use title_review_core::cycles::CycleDefinition;
use title_review_core::ids::ApplicationId;

/// What is in, by item.
pub fn received(conn: &mut Conn, application: ApplicationId) -> Result<Vec<ReceivedRow>, Error> {
    store::list_received(conn, application)
}

/// Every original that the cycle asks for is in (4.4a).
#[must_use]
pub fn complete(received: &[ReceivedRow], cycle: &CycleDefinition) -> bool {
    cycle.originals.items.iter().all(|asked| received.iter().any(|found| found.item == asked.id))
}
