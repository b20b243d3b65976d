//! Rows of received originals.

use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

/// An original that is in.
#[derive(Debug, Clone, Queryable)]
pub struct ReceivedRow {
    /// Item of the cycle's list.
    pub item: String,
    /// Copies received.
    pub copies: i32,
    /// Who received them.
    pub received_by: AccountId,
    /// When.
    pub at: Instant,
}
