//! What others may ask of a defence.

use super::model::DefenceStage;
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
    let Some(defence) = store::find_defence(conn, application)? else { return Ok(DefenceState::Open) };
    Ok(match defence.state {
        DefenceStage::NotRequired | DefenceStage::Open | DefenceStage::Scheduled => DefenceState::Open,
        DefenceStage::Held => DefenceState::Held,
        DefenceStage::Exempted => {
            let ground = defence.ground.ok_or_else(|| Error::Unreadable("defences.ground of an exemption".to_owned()))?;
            DefenceState::Exempted { ground }
        }
    })
}
