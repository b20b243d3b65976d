//! Reading: one, lists, inbox, history, corrections, dossier.

use super::expire_due;
use super::view::{Application, ApplicationSummary, Correction};
use crate::applications::error::Error;
use crate::applications::record::{StepDetail, StepRow};
use crate::applications::service::{self, ListFilter, ListScope};
use crate::authz::perm;
use crate::disclosures::http::log_disclosure;
use crate::disclosures::{View, ViewKind};
use crate::http::{
    Allowed, Answer, Call, Cursor, Outcome, Path, Query, ReadyAnswers, Resource, Routes, Validity, page, page_limit, routes,
};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, OrganisationId, StepId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{Action, Level, Role, Stage};
use utoipa::{IntoParams, ToSchema};

page!(
    /// Applications, newest first.
    ApplicationPage of ApplicationSummary, counted
);

/// Which applications.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ApplicationQuery {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// At this step of the chain.
    pub step: Option<ChainStepId>,
    /// Of this track.
    pub track: Option<String>,
    /// Of this specialty.
    pub specialty: Option<String>,
    /// Of this level.
    pub level: Option<Level>,
    /// Of this employer.
    pub employer_id: Option<OrganisationId>,
    /// Of this county.
    pub county: Option<String>,
    /// Those alone that the end of the window for formal review found undecided (2.2).
    #[serde(default)]
    pub undecided: bool,
    /// `exact`: count all rows of the filter, too.
    #[param(inline)]
    pub count: Option<Count>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// How to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum Count {
    /// All rows of the filter.
    #[serde(rename = "exact")]
    Exact,
}

/// 申报列表 / List applications
///
/// Everything the principal may read: the own ones, those of the own organisation, those in whose chain it reviews, those of the committee. A page may
/// have fewer rows than `limit`, or none, while `has_more` is true: filters that hardly ever meet are looked for in portions; go on with `next_cursor`.
#[utoipa::path(get, path = "/v1/applications", tag = "applications", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_applications(
    call: Allowed<perm::ApplicationRead>,
    query: Query<ApplicationQuery>,
) -> Outcome<Answer<ApplicationPage>> {
    list(&call, ListScope::All, query.0).await.map(Into::into)
}

/// 待办 / List what waits for the own decision
///
/// As the list of applications: a page may have fewer rows than `limit` while `has_more` is true.
#[utoipa::path(get, path = "/v1/inbox", tag = "review", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_inbox(
    call: Allowed<perm::ApplicationDecide>,
    query: Query<ApplicationQuery>,
) -> Outcome<Answer<ApplicationPage>> {
    list(&call, ListScope::Inbox, query.0).await.map(Into::into)
}

async fn list(call: &Call, scope: ListScope, query: ApplicationQuery) -> Outcome<ApplicationPage> {
    expire_due(call).await?;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = ListFilter {
            cycle_id: query.cycle_id,
            stage: query.stage,
            step: query.step,
            track: query.track,
            specialty: query.specialty,
            level: query.level,
            employer_id: query.employer_id,
            county: query.county,
            undecided: query.undecided,
        };
        let bound = format!("applications|{scope:?}|{:?}|{filter:?}", cx.principal.account);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let portion = service::list(cx, scope, &filter, before, limit + 1)?;
        let mut page = ApplicationPage::of(portion.rows, limit, keys, &bound, |row| row.id, ApplicationSummary::from)?;
        if let Some(at) = portion.stopped_at {
            page.next_cursor = Some(Cursor::write(keys, &bound, &at)?);
            page.has_more = true;
        }
        if query.count.is_some() {
            page.total = Some(service::count_by_stage(cx, scope, &filter)?.into_iter().map(|(_, _, count)| count).sum());
        }
        Ok::<_, Problem>(page)
    })
    .await
}

/// Applications in a stage, and at a step of the chain where one reviews there.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageCount {
    /// The stage.
    pub stage: Stage,
    /// The step of the chain.
    pub step: Option<ChainStepId>,
    /// How many.
    pub count: i64,
}

/// Applications by stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageCounts {
    /// One entry per stage and step that has any.
    pub items: Vec<StageCount>,
    /// All together.
    pub total: i64,
    /// Those that the committee returned with less time to correct than the notice gives (4.2.1b).
    pub short_corrections: i64,
    /// Those that the end of the window for formal review found undecided (2.2): they wait for its extension.
    pub undecided: i64,
}

impl Resource for StageCounts {}

/// Which applications to count.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CountQuery {
    /// Of this cycle.
    pub cycle_id: Option<String>,
    /// Of this track.
    pub track: Option<String>,
    /// Of this specialty.
    pub specialty: Option<String>,
    /// Of this level.
    pub level: Option<Level>,
    /// Only those that wait for the own decision.
    #[serde(default)]
    pub waiting: bool,
}

/// 各阶段数量 / Count applications by stage
#[utoipa::path(get, path = "/v1/applications/counts", tag = "review")]
pub async fn count_applications(call: Allowed<perm::ApplicationRead>, query: Query<CountQuery>) -> Outcome<Answer<StageCounts>> {
    expire_due(&call).await?;
    let query = query.0;
    call.read(move |cx| {
        let filter = ListFilter {
            cycle_id: query.cycle_id,
            track: query.track,
            specialty: query.specialty,
            level: query.level,
            ..ListFilter::default()
        };
        let scope = if query.waiting { ListScope::Inbox } else { ListScope::All };
        let items: Vec<StageCount> = service::count_by_stage(cx, scope, &filter)?
            .into_iter()
            .map(|(stage, step, count)| StageCount { stage, step, count })
            .collect();
        let (short_corrections, undecided) = service::count_marked(cx, scope, &filter)?;
        Ok::<_, Error>(StageCounts { total: items.iter().map(|item| item.count).sum(), items, short_corrections, undecided })
    })
    .await
    .map(Into::into)
}

/// 申报 / Get an application
#[utoipa::path(get, path = "/v1/applications/{application_id}", tag = "applications")]
pub async fn get_application(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<Application>> {
    expire_due(&call).await?;
    let ready = call.app.state::<ReadyApplications>();
    if let Some(answer) = ready.find(&call, &id.0).await? {
        return Ok(answer);
    }
    let id = id.0;
    let (view, as_of) = call
        .read(move |cx| {
            let found = service::find_seen(cx, id)?;
            Ok::<_, Error>((service::load_view(cx, found)?, cx.as_of()))
        })
        .await?;
    let from = call.facts.now;
    let validity = Validity { as_of, parts: view.parts(), from, until: view.holds_until(from) };
    ready.keep(&call, id, &Application::from(view), validity)
}

/// Applications as they were shown last, each to whom.
pub type ReadyApplications = ReadyAnswers<ApplicationId>;

/// The dossier: the profile as the application took it over.
#[derive(Serialize, ToSchema)]
pub struct DossierState {
    /// Snapshot of the profile.
    pub profile: Profile,
    /// Version of the profile that was taken over.
    pub profile_version: i64,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for DossierState {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// 申报材料内容 / Get the dossier
///
/// Read by anybody but its applicant it is on record, as a look at the applicant's data.
#[utoipa::path(get, path = "/v1/applications/{application_id}/dossier", tag = "applications")]
pub async fn get_dossier(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<DossierState>> {
    expire_due(&call).await?;
    let (applicant, state) = call
        .read(move |cx| {
            let (row, dossier) = service::find_dossier(cx, id.0)?;
            let state = DossierState { profile: dossier.profile, profile_version: dossier.profile_version, version: row.version };
            Ok::<_, Error>((row.applicant_id, state))
        })
        .await?;
    log_disclosure(&call, applicant, View::of(ViewKind::Dossier, Some(id.0))).await?;
    Ok(state.into())
}

/// A step of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryStep {
    /// Its id.
    pub id: StepId,
    /// Number within the application, from 1.
    pub seq: i32,
    /// When; for an end by deadline, the deadline.
    pub at: Instant,
    /// What.
    pub action: Action,
    /// From where.
    pub from_stage: Stage,
    /// From which step of the chain.
    pub from_step: Option<ChainStepId>,
    /// To where.
    pub to_stage: Stage,
    /// To which step of the chain.
    pub to_step: Option<ChainStepId>,
    /// By whom; null for the system.
    pub actor_id: Option<AccountId>,
    /// In which role.
    pub actor_role: Option<Role>,
    /// For which organisation.
    pub organisation_id: Option<OrganisationId>,
    /// By which clause.
    pub clause: String,
    /// Opinion, in the reviewer's words.
    pub opinion: Option<String>,
    /// Checklist, grounds, evidence that was there.
    pub detail: StepDetail,
}

impl From<StepRow> for HistoryStep {
    fn from(row: StepRow) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            at: row.at,
            action: row.action,
            from_stage: row.from_stage,
            from_step: row.from_step,
            to_stage: row.to_stage,
            to_step: row.to_step,
            actor_id: row.actor_id,
            actor_role: row.actor_role,
            organisation_id: row.organisation_id,
            clause: row.clause,
            opinion: row.opinion,
            detail: row.detail.0,
        }
    }
}

/// Everything that happened to an application.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    /// In order.
    pub items: Vec<HistoryStep>,
}

impl Resource for History {}

/// 办理过程 / Get the history
#[utoipa::path(get, path = "/v1/applications/{application_id}/history", tag = "applications")]
pub async fn get_history(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<History>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let steps = service::list_steps(cx, id.0)?;
        Ok::<_, Error>(History { items: steps.into_iter().map(HistoryStep::from).collect() })
    })
    .await
    .map(Into::into)
}

/// Corrections of all returns.
#[derive(Debug, Serialize, ToSchema)]
pub struct Corrections {
    /// In the order in which they were asked for.
    pub items: Vec<Correction>,
}

impl Resource for Corrections {}

/// 修改意见 / List corrections
#[utoipa::path(get, path = "/v1/applications/{application_id}/corrections", tag = "review")]
pub async fn list_corrections(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<Corrections>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let corrections = service::list_corrections(cx, id.0)?;
        Ok::<_, Error>(Corrections { items: corrections.into_iter().map(Correction::from).collect() })
    })
    .await
    .map(Into::into)
}

pub(super) fn routes(list: &mut Routes) {
    routes!(
        list;
        list_applications, list_inbox, count_applications, get_application, get_dossier, get_history, list_corrections,
    );
}
