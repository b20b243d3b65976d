//! Queries on defences.

use super::model::DefenceStage;
use super::rows::DefenceRow;
use crate::db::schema::defences;
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::ApplicationId;

pub fn find_defence(conn: &mut Conn, application: ApplicationId) -> Result<Option<DefenceRow>, Error> {
    Ok(defences::table
        .filter(defences::application_id.eq(application))
        .select((
            defences::application_id,
            defences::state,
            defences::scheduled_at,
            defences::place,
            defences::score,
            defences::note,
            defences::ground,
            defences::approver,
            defences::recorded_by,
            defences::recorded_at,
        ))
        .first(conn)
        .optional()?)
}

pub fn insert_defence(conn: &mut Conn, row: &DefenceRow) -> Result<(), Error> {
    diesel::insert_into(defences::table)
        .values((
            defences::application_id.eq(row.application_id),
            defences::state.eq(row.state),
            defences::scheduled_at.eq(row.scheduled_at),
            defences::place.eq(&row.place),
            defences::score.eq(row.score),
            defences::note.eq(&row.note),
            defences::ground.eq(&row.ground),
            defences::approver.eq(&row.approver),
            defences::recorded_by.eq(row.recorded_by),
            defences::recorded_at.eq(row.recorded_at),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Sets another time and place for a defence that is still to be held; false if how it ended is on record.
pub fn set_schedule(conn: &mut Conn, application: ApplicationId, at: Instant, place: &str) -> Result<bool, Error> {
    let changed = diesel::update(
        defences::table.filter(defences::application_id.eq(application)).filter(defences::state.eq(DefenceStage::Scheduled)),
    )
    .set((defences::scheduled_at.eq(Some(at)), defences::place.eq(Some(place))))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// The one statement that writes how a scheduled defence ended; false if that is on record.
pub fn set_ended(conn: &mut Conn, row: &DefenceRow) -> Result<bool, Error> {
    let changed = diesel::update(
        defences::table.filter(defences::application_id.eq(row.application_id)).filter(defences::state.eq(DefenceStage::Scheduled)),
    )
    .set((
        defences::state.eq(row.state),
        defences::score.eq(row.score),
        defences::note.eq(&row.note),
        defences::ground.eq(&row.ground),
        defences::approver.eq(&row.approver),
        defences::recorded_by.eq(row.recorded_by),
        defences::recorded_at.eq(row.recorded_at),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}
