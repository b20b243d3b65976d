//! Checks by clause: on an application, and on given facts without an account.

use super::expire_due;
use crate::applications::service;
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, Outcome, Path, Public, Resource, Routes, routes};
use serde::{Deserialize, Serialize};
use title_review_core::checks::{self, AnonymousFacts, RuleResult};
use title_review_core::ids::ApplicationId;
use utoipa::ToSchema;
use validator::Validate;

/// What every rule of the notice says.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckReport {
    /// The step at which the rules were asked.
    pub step: checks::Step,
    /// Nothing stands against this step.
    pub passes: bool,
    /// One entry per rule, and per subject where a rule speaks of several.
    pub items: Vec<RuleResult>,
}

impl Resource for CheckReport {}

impl From<checks::Report> for CheckReport {
    fn from(report: checks::Report) -> Self {
        Self { step: report.step, passes: !report.is_blocked(), items: report.results }
    }
}

/// 逐条检查 / Check an application by clause
///
/// The same engine decides at submission and at each later step.
#[utoipa::path(get, path = "/v1/applications/{application_id}/checks", tag = "applications")]
pub async fn check_application(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<CheckReport>> {
    expire_due(&call).await?;
    call.read(move |cx| service::check(cx, id.0).map(CheckReport::from)).await.map(Into::into)
}

/// A question of eligibility.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EligibilityQuestion {
    /// The facts as the person tells them. Nothing is kept.
    pub facts: AnonymousFacts,
}

impl Validate for EligibilityQuestion {
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

/// 资格自测 / Ask whether one may apply, without an account
///
/// Evidence, records and formalities are left out; claims are taken as they stand. Nothing is kept.
#[utoipa::path(post, path = "/v1/cycles/{cycle}/eligibility-checks", tag = "cycles")]
pub async fn check_eligibility(call: Public, cycle: Path<String>, body: Body<EligibilityQuestion>) -> Outcome<Answer<CheckReport>> {
    call.read(move |cx| service::check_eligibility(cx, &cycle.0, &body.value.facts).map(CheckReport::from)).await.map(Into::into)
}

pub(super) fn routes(list: &mut Routes) {
    routes!(list; check_application, check_eligibility);
}
