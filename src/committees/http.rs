//! The committee of a cycle over HTTP.

use super::service::{self, Error};
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Resource, Routes, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::ids::OrganisationId;
use utoipa::ToSchema;
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Version(mismatch) => mismatch.into(),
            Error::NotACommittee => {
                Self::field(Code::InvalidField, "/committee_id", "不是评审委员会", "there is no committee of this id")
            }
            Error::Cycles(error) => error.into(),
            Error::Accounts(error) => error.into(),
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

/// The committee of a cycle.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleCommittee {
    /// The cycle.
    #[schema(example = "aksu-2024")]
    pub cycle_id: String,
    /// The committee; null while none is assigned.
    pub committee_id: Option<OrganisationId>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for CycleCommittee {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// 评审委员会 / Get the committee of a cycle
#[utoipa::path(get, path = "/v1/cycles/{cycle}/committee", tag = "cycles")]
pub async fn get_cycle_committee(call: Allowed<perm::CycleManage>, cycle: Path<String>) -> Outcome<Answer<CycleCommittee>> {
    call.read(move |cx| {
        let (committee_id, version) = service::find(cx, &cycle.0)?;
        Ok::<_, Error>(CycleCommittee { cycle_id: cycle.0, committee_id, version })
    })
    .await
    .map(Into::into)
}

/// 指定评审委员会 / Assign the committee of a cycle
///
/// The applications of the cycle go with it.
#[utoipa::path(put, path = "/v1/cycles/{cycle}/committee", tag = "cycles")]
pub async fn assign_committee(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    if_match: IfMatch,
    body: Body<CommitteeAssign>,
) -> Outcome<Answer<CycleCommittee>> {
    call.write(move |cx| {
        service::assign(cx, &cycle.0, if_match.version(), body.value.committee_id)?;
        let (committee_id, version) = service::find(cx, &cycle.0)?;
        Ok::<_, Error>(CycleCommittee { cycle_id: cycle.0, committee_id, version })
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; get_cycle_committee, assign_committee);
}
