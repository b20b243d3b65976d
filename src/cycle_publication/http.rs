//! Publication of a cycle over HTTP.

use super::service::{self, Error};
use crate::authz::perm;
use crate::cycles::http::CycleVersion;
use crate::cycles::service as cycles;
use crate::http::{Allowed, Answer, Body, Outcome, Path, Routes, routes};
use crate::problem::{Code, Finding, Problem, Text};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::CommitteeMissing => {
                let text = Text::new(
                    "发布前须先指定评审委员会（PUT /v1/cycles/{cycle}/committee），否则申报无人审核",
                    "assign a committee first (PUT /v1/cycles/{cycle}/committee): nobody would review what is filed",
                );
                Self::new(Code::CommitteeMissing).finding(Finding::whole(Code::CommitteeMissing.as_str(), text))
            }
            Error::Cycles(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A version to be published.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CyclePublication {
    /// The version.
    #[validate(range(min = 1))]
    #[schema(minimum = 1)]
    pub version: i32,
    /// Why; asked for when it amends a published version.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// 发布或修订年度定义 / Publish a version of a cycle
///
/// The cycle has its committee. New applications are filed under the version, and drafts that were never submitted follow it; those that were submitted keep
/// the version of their first submission. Publishing what is published changes nothing.
#[utoipa::path(post, path = "/v1/cycles/{cycle}/publication", tag = "cycles", extensions(("x-problems" = json!(["committee_missing"]))))]
pub async fn publish_cycle(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    body: Body<CyclePublication>,
) -> Outcome<Answer<CycleVersion>> {
    let CyclePublication { version, reason } = body.value;
    call.write(move |cx| {
        service::publish(cx, &cycle.0, version, reason.as_deref())?;
        let row = cycles::find_version_row(cx, &cycle.0, version)?;
        Ok::<_, Error>(CycleVersion::from(row))
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; publish_cycle);
}
