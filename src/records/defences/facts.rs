//! What others may ask of a defence.

use super::model::DefenceStage;
use super::rows::DefenceRow;
use super::store;
use crate::db::{Conn, Error};
use crate::records::Subject;
use title_review_core::checks::DefenceState;
use title_review_core::ids::ApplicationId;

/// The defence is held, exempted, or not asked for at this level (4.5).
pub fn settled(conn: &mut Conn, application: &Subject<'_>) -> Result<bool, Error> {
    if !application.cycle.defence_required(application.level) {
        return Ok(true);
    }
    Ok(store::find_defence(conn, application.id)?.is_some_and(|defence| defence.state.is_settled()))
}

/// Where the defence stands, as the rules ask for it.
pub fn state(conn: &mut Conn, application: ApplicationId) -> Result<DefenceState, Error> {
    Ok(match store::find_defence(conn, application)? {
        Some(DefenceRow { state: DefenceStage::Held, .. }) => DefenceState::Held,
        Some(DefenceRow { state: DefenceStage::Exempted, ground, .. }) => {
            DefenceState::Exempted { ground: ground.unwrap_or_default() }
        }
        _ => DefenceState::Open,
    })
}
