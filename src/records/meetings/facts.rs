//! What others may ask of meetings.

use crate::db::schema::{meeting_candidates, meetings};
use crate::db::{Conn, Error};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::ApplicationId;

/// When the meeting begins, or began, on whose list an application stands; `None` if it is on none.
pub fn begins_at(conn: &mut Conn, application: ApplicationId) -> Result<Option<Instant>, Error> {
    let on_list = meeting_candidates::table.inner_join(meetings::table).filter(meeting_candidates::application_id.eq(application));
    Ok(on_list.select(meetings::scheduled_at).first(conn).optional()?)
}
