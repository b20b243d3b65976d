//! Queries on received originals.

use super::rows::ReceivedRow;
use crate::db::schema::received_originals;
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::ids::ApplicationId;

pub fn insert_received(conn: &mut Conn, application: ApplicationId, row: &ReceivedRow) -> Result<(), Error> {
    diesel::insert_into(received_originals::table)
        .values((
            received_originals::application_id.eq(application),
            received_originals::item.eq(&row.item),
            received_originals::copies.eq(row.copies),
            received_originals::received_by.eq(row.received_by),
            received_originals::at.eq(row.at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Takes a receipt out; false if the item is not in.
pub fn delete_received(conn: &mut Conn, application: ApplicationId, item: &str) -> Result<bool, Error> {
    let receipt = received_originals::table
        .filter(received_originals::application_id.eq(application))
        .filter(received_originals::item.eq(item));
    Ok(diesel::delete(receipt).execute_proven(conn)? == 1)
}

/// What is in, by item.
pub fn list_received(conn: &mut Conn, application: ApplicationId) -> Result<Vec<ReceivedRow>, Error> {
    Ok(received_originals::table
        .filter(received_originals::application_id.eq(application))
        .order(received_originals::item)
        .select((received_originals::item, received_originals::copies, received_originals::received_by, received_originals::at))
        .load(conn)?)
}
