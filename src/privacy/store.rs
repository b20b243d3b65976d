//! Queries on who was erased.

use crate::db::schema::erasures;
use crate::db::{Conn, ExecuteProven as _, Result};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;

pub fn insert_erasure(conn: &mut Conn, account: AccountId, now: Instant) -> Result<()> {
    diesel::insert_into(erasures::table).values((erasures::account_id.eq(account), erasures::at.eq(now))).execute_proven(conn)?;
    Ok(())
}
