//! Cycles over HTTP.

use super::service::{self, Error};
use crate::authz::perm;
use crate::http::{Allowed, Body, NoContent, Outcome, Path, Routes, routes};
use crate::ids::OrganisationId;
use crate::problem::{Code, Finding, Problem, Text};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(errors) => Self::new(Code::InvalidCycle).findings(errors.into_iter().map(|error| {
                let text = error.to_string();
                Finding::field(format!("/{}", error.path), Code::InvalidCycle.as_str(), Text::new(text.clone(), text))
            })),
            Error::NotFound => Code::NotFound.into(),
            Error::ReasonMissing => Self::field(
                Code::InvalidField,
                "/reason",
                "修订已发布的年度须说明理由",
                "an amendment of a published cycle has a reason",
            ),
            Error::Db(error) => error.into(),
        }
    }
}

/// Which committee reviews a cycle.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CommitteeAssign {
    /// An organisation of the kind `committee`.
    pub committee_id: OrganisationId,
}

/// 指定评审委员会 / Assign the committee of a cycle
#[utoipa::path(put, path = "/v1/cycles/{cycle}/committee", tag = "cycles")]
pub async fn assign_committee(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    body: Body<CommitteeAssign>,
) -> Outcome<NoContent> {
    call.write(move |cx| service::assign_committee(cx, &cycle.0, body.value.committee_id)).await?;
    Ok(NoContent)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; assign_committee);
}
