//! What everybody may read of a notice, without an account.

use crate::cycles::feed;
use crate::cycles::model::VersionStatus;
use crate::cycles::record::VersionRow;
use crate::cycles::service::{self, Cycle};
use crate::http::{
    Answer, Cursor, ICalendar, Outcome, PageQuery, Path, Public, Published, Query, Resource, Routes, Text as TextAnswer, page,
    page_limit, routes,
};
use crate::problem::{Code, Problem};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::cycles::deadlines::Deadline;
use title_review_core::cycles::definition::{
    Applicability, Clause, Contact, CycleDefinition, EvidenceAlternatives, EvidenceCategory, EvidenceFact, LevelConditions,
    Specialty, Template, WindowName,
};
use title_review_core::vocabulary::{Level, OrganisationKind, Ownership};
use utoipa::{IntoParams, ToSchema};

/// Days that one question about the calendar may span.
const MOST_DAYS: i64 = 366;

/// Declares that answers with these bodies have the cycle's version as their ETag.
macro_rules! versioned {
    ($($body:ident),+) => { $(
        impl Resource for $body {
            const VERSIONED: bool = true;
            fn version(&self) -> Option<i64> {
                Some(i64::from(self.version))
            }
        }
    )+ };
}

/// A cycle that is published.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleSummary {
    /// Its id.
    #[schema(example = "aksu-2024")]
    pub id: String,
    /// Version that holds now.
    pub version: i32,
    /// Year of the review.
    pub year: i32,
    /// Title of the notice.
    pub title: String,
    /// The bureau that runs it.
    pub authority: String,
    /// GB/T 2260 code of its prefecture.
    #[schema(example = "652900")]
    pub region: String,
    /// Why it was amended last; null for a first version.
    pub reason: Option<String>,
    /// When this version was published.
    pub published_at: Option<Instant>,
}

page!(
    /// Published cycles, by id.
    CyclePage of CycleSummary
);

/// 已发布的年度 / List the published cycles
#[utoipa::path(get, path = "/v1/cycles", tag = "cycles", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_cycles(call: Public, query: Query<PageQuery>) -> Outcome<Published<CyclePage, 60>> {
    let limit = page_limit(query.0.limit)?;
    call.read(move |cx| {
        let keys = &cx.app.clone().keys;
        let after: Option<String> = Cursor::read(keys, "cycles", query.0.cursor.as_deref())?;
        let mut rows = Vec::new();
        for row in service::list_published(cx, after.as_deref(), limit + 1)? {
            let cycle = service::find_version(cx, &row.cycle_id, row.version)?;
            rows.push((row, cycle));
        }
        CyclePage::of(
            rows,
            limit,
            keys,
            "cycles",
            |(row, _)| row.cycle_id.clone(),
            |(row, cycle)| CycleSummary {
                id: row.cycle_id,
                version: row.version,
                year: row.year,
                title: row.title,
                authority: cycle.definition.authority.name.clone(),
                region: cycle.definition.region.code.clone(),
                reason: row.reason,
                published_at: row.published_at,
            },
        )
    })
    .await
    .map(Into::into)
}

/// Which version.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VersionQuery {
    /// A version that is or was published; the one that holds now when omitted. An application is held to its own `cycle_version`.
    #[param(minimum = 1)]
    pub version: Option<i32>,
}

/// A version of a cycle with all that it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleState {
    /// Its id.
    #[schema(example = "aksu-2024")]
    pub id: String,
    /// Counts from 1; the ETag.
    pub version: i32,
    /// Whether it holds or was amended.
    pub status: VersionStatus,
    /// Why it amended the version before it.
    pub reason: Option<String>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// The notice as data.
    pub definition: CycleDefinition,
}

versioned!(CycleState, ConditionList, EvidenceList, ContactList, TemplateList, TemplateState, ClauseList);

/// A version and what is kept about it.
async fn found(call: &Public, cycle: Path<String>, version: Option<i32>) -> Result<(VersionRow, Arc<Cycle>), Problem> {
    call.read(move |cx| service::find_public(cx, &cycle.0, version)).await
}

/// 年度定义 / Get a cycle
///
/// The whole definition: every number, window, track, chain, condition, evidence item, fee, cap and text of the notice, each with its
/// clause. The ETag is the version.
#[utoipa::path(get, path = "/v1/cycles/{cycle}", tag = "cycles")]
pub async fn get_cycle(call: Public, cycle: Path<String>, query: Query<VersionQuery>) -> Outcome<Published<CycleState, 60>> {
    let (row, cycle) = found(&call, cycle, query.0.version).await?;
    Ok(CycleState {
        id: row.cycle_id,
        version: row.version,
        status: row.status,
        reason: row.reason,
        published_at: row.published_at,
        definition: cycle.definition.clone(),
    }
    .into())
}

/// Which conditions.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ConditionQuery {
    /// Of this specialty; all when omitted.
    #[param(example = "surveying")]
    pub specialty: Option<String>,
    /// Of this level; all when omitted.
    pub level: Option<Level>,
    /// See `GET /v1/cycles/{cycle}`.
    #[param(minimum = 1)]
    pub version: Option<i32>,
}

/// What one level asks for in one specialty.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpecialtyConditions {
    /// Specialty id.
    #[schema(example = "surveying")]
    pub specialty: String,
    /// Its name.
    #[schema(example = "测绘")]
    pub specialty_name: String,
    /// Its series.
    pub series: String,
    /// The level.
    pub level: Level,
    /// The title that it gives.
    pub title: Option<String>,
    /// It can be applied for in this cycle.
    pub open: bool,
    /// A state exam stands in for its review (1.1b).
    pub exam_replaces_review: bool,
    /// One of the alternatives has to hold; null when the level is not reviewed here.
    pub conditions: Option<LevelConditions>,
    /// Words of the clause that the conditions come from.
    pub words: Option<String>,
    /// Where the bureau publishes the conditions of the specialty.
    pub conditions_url: Option<String>,
    /// What the notice says of them.
    pub conditions_text: Option<String>,
}

/// Conditions per specialty and level.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConditionList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// In the order of the notice.
    pub items: Vec<SpecialtyConditions>,
    /// What the notice does not say and the cycle assumes, for the office to confirm or to overrule by an amendment. Results of rules that rest on one
    /// are `assumed`.
    pub assumptions: Vec<StatedAssumption>,
}

/// An assumption with the words of its clause.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatedAssumption {
    /// Path of the parameter in the definition; an item of a list by its id.
    #[schema(example = "study.waivers[4.2.4c].tracks")]
    pub path: String,
    /// What is assumed.
    pub note: String,
    /// Clause id.
    #[schema(example = "4.2.4c")]
    pub clause: String,
    /// Words of the clause.
    pub words: String,
}

fn conditions_of(definition: &CycleDefinition, specialty: &Specialty, level: Level) -> SpecialtyConditions {
    let conditions = definition.conditions_for(&specialty.id, level);
    SpecialtyConditions {
        specialty: specialty.id.clone(),
        specialty_name: specialty.name.clone(),
        series: specialty.series.clone(),
        level,
        title: definition.level_title(level).map(|title| title.title.clone()),
        open: definition.is_open(&specialty.id, level),
        exam_replaces_review: specialty.exam_replaces_review.contains(&level),
        words: conditions.map(|row| definition.clause_words(&row.clause).to_owned()),
        conditions: conditions.cloned(),
        conditions_url: specialty.conditions_url.clone(),
        conditions_text: specialty.conditions_text.clone(),
    }
}

/// 申报条件 / List the conditions per specialty and level
#[utoipa::path(get, path = "/v1/cycles/{cycle}/conditions", tag = "cycles")]
pub async fn list_cycle_conditions(
    call: Public,
    cycle: Path<String>,
    query: Query<ConditionQuery>,
) -> Outcome<Answer<ConditionList>> {
    let ConditionQuery { specialty, level, version } = query.0;
    let (row, cycle) = found(&call, cycle, version).await?;
    let definition = &cycle.definition;
    if specialty.as_deref().is_some_and(|id| definition.specialty(id).is_none()) {
        return Err(Problem::parameter("specialty", "本年度没有此专业", "the cycle has no such specialty"));
    }
    let specialties = definition.specialties.iter().filter(|found| specialty.as_deref().is_none_or(|id| id == found.id));
    let items = specialties
        .flat_map(|specialty| Level::ALL.iter().map(move |level| (specialty, *level)))
        .filter(|(specialty, at)| match level {
            Some(asked) => asked == *at,
            None => specialty.levels.contains(at) || specialty.exam_replaces_review.contains(at),
        })
        .map(|(specialty, level)| conditions_of(definition, specialty, level))
        .collect();
    let assumptions = definition.assumptions.iter().map(|assumption| StatedAssumption {
        path: assumption.path.clone(),
        note: assumption.note.clone(),
        clause: assumption.clause.clone(),
        words: definition.clause_words(&assumption.clause).to_owned(),
    });
    let assumptions = assumptions.collect();
    Ok(ConditionList { cycle_id: row.cycle_id, version: row.version, items, assumptions }.into())
}

/// What the evidence list depends on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EvidenceQuery {
    /// Track id.
    #[param(example = "directed")]
    pub track: String,
    /// Level applied for.
    pub level: Level,
    /// Kind of the employer, or of the agency in its place.
    pub employer_kind: OrganisationKind,
    /// Ownership of the employer; `none` when omitted.
    pub employer_ownership: Option<Ownership>,
    /// Facts that hold, with commas between them: `has_qualification`, `has_title`, `skilled_worker_route`, `study_exempted`,
    /// `study_uploads`, `study_waived`, `hosted`, `stationed`.
    #[param(example = "has_qualification,has_title")]
    pub facts: Option<String>,
    /// See `GET /v1/cycles/{cycle}`.
    #[param(minimum = 1)]
    pub version: Option<i32>,
}

/// An entry of the evidence list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceEntry {
    /// The category.
    pub category: EvidenceCategory,
    /// It has to be there on its own account.
    pub required: bool,
    /// Words of its clause.
    pub words: String,
}

/// The evidence list as it applies.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// Every category, in the order of the notice.
    pub categories: Vec<EvidenceEntry>,
    /// Groups of which one category has to be there.
    pub required_groups: Vec<EvidenceAlternatives>,
}

/// 材料清单 / List the evidence that an application needs
///
/// By track, level, employer and the facts of the application.
#[utoipa::path(get, path = "/v1/cycles/{cycle}/evidence", tag = "cycles")]
pub async fn list_cycle_evidence(
    call: Public,
    cycle: Path<String>,
    query: Query<EvidenceQuery>,
) -> Outcome<Published<EvidenceList, 60>> {
    let query = query.0;
    let (row, cycle) = found(&call, cycle, query.version).await?;
    let definition = &cycle.definition;
    if definition.track(&query.track).is_none() {
        return Err(Problem::parameter("track", "本年度没有此申报方式", "the cycle has no such track"));
    }
    let names = query.facts.as_deref().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let facts: Vec<EvidenceFact> = names
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map_err(|_| Problem::parameter("facts", "含有未知事实", "has an unknown fact"))?;
    let application = Applicability {
        track: &query.track,
        level: query.level,
        employer_kind: query.employer_kind,
        employer_ownership: query.employer_ownership.unwrap_or(Ownership::None),
        facts: &facts,
    };
    let need = definition.evidence_for(&application);
    let entry = |(category, required): (&EvidenceCategory, bool)| EvidenceEntry {
        category: category.clone(),
        required,
        words: definition.clause_words(&category.clause).to_owned(),
    };
    Ok(EvidenceList {
        cycle_id: row.cycle_id,
        version: row.version,
        categories: need.categories.into_iter().map(entry).collect(),
        required_groups: need.groups.into_iter().cloned().collect(),
    }
    .into())
}

/// Contacts of a notice (5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// In the order of the notice.
    pub items: Vec<Contact>,
}

/// 联系方式 / List the contacts
#[utoipa::path(get, path = "/v1/cycles/{cycle}/contacts", tag = "cycles")]
pub async fn list_cycle_contacts(
    call: Public,
    cycle: Path<String>,
    query: Query<VersionQuery>,
) -> Outcome<Published<ContactList, 60>> {
    let (row, cycle) = found(&call, cycle, query.0.version).await?;
    Ok(ContactList { cycle_id: row.cycle_id, version: row.version, items: cycle.definition.contacts.clone() }.into())
}

/// A template without its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateSummary {
    /// Id of the annex.
    #[schema(example = "A3")]
    pub id: String,
    /// Title.
    pub title: String,
    /// Its text is there.
    pub has_text: bool,
    /// What a reader should know.
    pub note: Option<String>,
    /// Clause id.
    pub clause: String,
}

/// Templates of a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// In the order of the notice.
    pub items: Vec<TemplateSummary>,
}

/// 附件模板 / List the templates
#[utoipa::path(get, path = "/v1/cycles/{cycle}/templates", tag = "cycles")]
pub async fn list_cycle_templates(
    call: Public,
    cycle: Path<String>,
    query: Query<VersionQuery>,
) -> Outcome<Published<TemplateList, 60>> {
    let (row, cycle) = found(&call, cycle, query.0.version).await?;
    let summary = |template: &Template| TemplateSummary {
        id: template.id.clone(),
        title: template.title.clone(),
        has_text: template.text.is_some(),
        note: template.note.clone(),
        clause: template.clause.clone(),
    };
    let items = cycle.definition.templates.iter().map(summary).collect();
    Ok(TemplateList { cycle_id: row.cycle_id, version: row.version, items }.into())
}

/// A template with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateState {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// The template.
    pub template: Template,
}

/// 附件模板全文 / Get a template
#[utoipa::path(get, path = "/v1/cycles/{cycle}/templates/{template}", tag = "cycles")]
pub async fn get_cycle_template(
    call: Public,
    path: Path<(String, String)>,
    query: Query<VersionQuery>,
) -> Outcome<Answer<TemplateState>> {
    let (cycle, template) = path.0;
    let (row, cycle) = found(&call, Path(cycle), query.0.version).await?;
    let template = cycle.definition.template(&template).cloned().ok_or(Code::NotFound)?;
    Ok(TemplateState { cycle_id: row.cycle_id, version: row.version, template }.into())
}

/// Clauses of a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClauseList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version; the ETag.
    pub version: i32,
    /// In the order of the notice.
    pub items: Vec<Clause>,
}

/// 条款 / List the clauses with their words
///
/// Every `clause` of a rule, a finding or a deadline is the id of one of these.
#[utoipa::path(get, path = "/v1/cycles/{cycle}/clauses", tag = "cycles")]
pub async fn list_cycle_clauses(
    call: Public,
    cycle: Path<String>,
    query: Query<VersionQuery>,
) -> Outcome<Published<ClauseList, 60>> {
    let (row, cycle) = found(&call, cycle, query.0.version).await?;
    Ok(ClauseList { cycle_id: row.cycle_id, version: row.version, items: cycle.definition.clauses.clone() }.into())
}

/// A window that is kept open longer for everyone.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicExtension {
    /// The window.
    pub window: WindowName,
    /// Its new close.
    pub until: Instant,
    /// Why.
    pub reason: String,
}

/// Deadlines of a cycle.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineList {
    /// The cycle.
    pub cycle_id: String,
    /// Its version.
    pub version: i32,
    /// In the order of time, with the extensions that hold for everyone. A person's own extensions show in the deadlines of their
    /// applications.
    pub items: Vec<Deadline>,
    /// Those extensions.
    pub extensions: Vec<PublicExtension>,
}

impl Resource for DeadlineList {}

/// 各项截止时间 / List the deadlines
#[utoipa::path(get, path = "/v1/cycles/{cycle}/deadlines", tag = "cycles")]
pub async fn list_cycle_deadlines(
    call: Public,
    cycle: Path<String>,
    query: Query<VersionQuery>,
) -> Outcome<Published<DeadlineList, 60>> {
    call.read(move |cx| {
        let (row, found) = service::find_public(cx, &cycle.0, query.0.version)?;
        let (extensions, _) = service::extensions_of_everyone(cx, &cycle.0)?;
        let items = found.deadlines(&extensions)?;
        let extensions = extensions.into_iter().map(|extension| PublicExtension {
            window: extension.window,
            until: Instant::from_utc(extension.until.to_utc()),
            reason: extension.reason,
        });
        Ok::<_, Problem>(DeadlineList { cycle_id: row.cycle_id, version: row.version, items, extensions: extensions.collect() })
    })
    .await
    .map(Into::into)
}

/// 截止时间日历 / Get the deadlines as an iCalendar feed
///
/// Subscribe to it; an amendment or an extension replaces its events.
#[utoipa::path(get, path = "/v1/cycles/{cycle}/deadlines.ics", tag = "cycles")]
pub async fn get_cycle_deadline_feed(call: Public, cycle: Path<String>) -> Outcome<TextAnswer<ICalendar>> {
    call.read(move |cx| {
        let (row, found) = service::find_public(cx, &cycle.0, None)?;
        let (extensions, last) = service::extensions_of_everyone(cx, &cycle.0)?;
        let deadlines = found.deadlines(&extensions)?;
        let stamp = row.published_at.max(last).unwrap_or(row.created_at);
        // A calendar replaces an event whose sequence has risen: amendments and extensions both raise it.
        let sequence = u32::try_from(row.version).unwrap_or_default() + u32::try_from(extensions.len()).unwrap_or_default();
        let text = feed::icalendar(&found.definition, &deadlines, stamp.to_utc(), sequence);
        Ok::<_, Problem>(TextAnswer::new(&row.cycle_id, text))
    })
    .await
}

/// Which days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CalendarQuery {
    /// First day.
    #[param(example = "2024-07-22")]
    pub from: NaiveDate,
    /// Last day, at most a year after the first.
    #[param(example = "2024-08-30")]
    pub to: NaiveDate,
}

/// A day of the calendar.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDay {
    /// The day.
    pub date: NaiveDate,
    /// It is worked, by the state's calendar and the region's holidays.
    pub working: bool,
}

/// Working days of a cycle.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleCalendar {
    /// The cycle.
    pub cycle_id: String,
    /// Id of the state calendar.
    #[schema(example = "cn")]
    pub state: String,
    /// Ids of the calendars of regions.
    pub regional: Vec<String>,
    /// The documents that the calendars were taken from.
    pub sources: Vec<String>,
    /// How many days are worked.
    pub working_days: i64,
    /// Each day.
    pub days: Vec<CalendarDay>,
}

impl Resource for CycleCalendar {}

/// 工作日 / List the working days
#[utoipa::path(get, path = "/v1/cycles/{cycle}/calendar", tag = "cycles")]
pub async fn get_cycle_calendar(
    call: Public,
    cycle: Path<String>,
    query: Query<CalendarQuery>,
) -> Outcome<Published<CycleCalendar, 60>> {
    let CalendarQuery { from, to } = query.0;
    if to < from || (to - from).num_days() >= MOST_DAYS {
        return Err(Problem::parameter("to", "须不早于 from，且不超过一年", "is not before `from` and at most a year after it"));
    }
    let (row, cycle) = found(&call, cycle, None).await?;
    let day = |date| cycle.calendar.is_working_day(date).map(|working| CalendarDay { date, working });
    let days: Result<Vec<_>, _> = from.iter_days().take_while(|date| *date <= to).map(day).collect();
    let days = days.map_err(|error| {
        Problem::parameter(
            "from",
            "没有该年度的节假日安排：请将该年度的日历文件放入 cycles.calendars 所指的目录",
            error.to_string(),
        )
    })?;
    let working_days = i64::try_from(days.iter().filter(|day| day.working).count()).unwrap_or_default();
    let choice = &cycle.definition.calendar;
    let (state, regional) = (choice.state.clone(), choice.regional.clone());
    Ok(CycleCalendar { cycle_id: row.cycle_id, state, regional, sources: cycle.calendar.sources(), working_days, days }.into())
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(
        list;
        list_cycles, get_cycle, list_cycle_conditions, list_cycle_evidence, list_cycle_contacts, list_cycle_templates,
        get_cycle_template, list_cycle_clauses, list_cycle_deadlines, get_cycle_deadline_feed, get_cycle_calendar,
    );
}
