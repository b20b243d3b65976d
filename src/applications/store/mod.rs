//! Queries on applications, their history and corrections.

use super::narrow::Condition;
use super::record::{ApplicationRow, CorrectionKind, CorrectionRow, Dossier, StepDetail, StepRow};
use super::turn::RegionalKinds;
use crate::applications::basis::LiveApplication;
use crate::audit;
use crate::db::schema::{accounts, applications, corrections, fraud_decisions, meta, organisations, returned_dossiers, steps};
use crate::db::{Conn, Error, ExecuteProven as _, Json, proven};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, CorrectionId, OrganisationId, StepId};
use title_review_core::open_terms::ChainStepId;
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{Action, Level, Stage};

mod following;
mod lists;
mod moved;

pub use following::{list_employers_not_taken_over, set_employer_facts, set_version_of_drafts};
pub use lists::{Counted, Portion, count_by_stage, count_marked, list_portion};
pub(super) use moved::set_stage;
pub use moved::{Moved, TakenOver};

/// The columns of [`ApplicationRow`], in its order.
type Columns = (
    applications::id,
    applications::applicant_id,
    applications::cycle_id,
    applications::cycle_version,
    applications::year,
    applications::track,
    applications::series,
    applications::specialty,
    applications::level,
    applications::stage,
    applications::step,
    applications::turn,
    applications::live,
    applications::employer_id,
    applications::department_id,
    applications::county,
    applications::prefecture,
    applications::regional_kinds,
    applications::committee_id,
    applications::returned_by,
    applications::committee_submissions,
    applications::correction_due,
    applications::uncounted_since,
    applications::short_return_at,
    applications::paid,
    applications::lapse_at,
    applications::commitment_at,
    applications::submitted_at,
    applications::reached_committee_at,
    applications::stage_since,
    applications::came_by,
    applications::came_from_stage,
    applications::came_from_step,
    applications::came_actor,
    applications::untouched,
    applications::version,
    applications::created_at,
    applications::updated_at,
    applications::employer_facts,
    applications::decide_by,
    applications::undecided_at,
);
const COLUMNS: Columns = (
    applications::id,
    applications::applicant_id,
    applications::cycle_id,
    applications::cycle_version,
    applications::year,
    applications::track,
    applications::series,
    applications::specialty,
    applications::level,
    applications::stage,
    applications::step,
    applications::turn,
    applications::live,
    applications::employer_id,
    applications::department_id,
    applications::county,
    applications::prefecture,
    applications::regional_kinds,
    applications::committee_id,
    applications::returned_by,
    applications::committee_submissions,
    applications::correction_due,
    applications::uncounted_since,
    applications::short_return_at,
    applications::paid,
    applications::lapse_at,
    applications::commitment_at,
    applications::submitted_at,
    applications::reached_committee_at,
    applications::stage_since,
    applications::came_by,
    applications::came_from_stage,
    applications::came_from_step,
    applications::came_actor,
    applications::untouched,
    applications::version,
    applications::created_at,
    applications::updated_at,
    applications::employer_facts,
    applications::decide_by,
    applications::undecided_at,
);

fn dossier_text(dossier: &Dossier) -> Result<String, Error> {
    serde_json::to_string(dossier).map_err(|error| Error::Other(error.to_string()))
}

pub fn insert_application(conn: &mut Conn, row: &ApplicationRow, dossier: &Dossier) -> Result<(), Error> {
    diesel::insert_into(applications::table)
        .values((
            (
                applications::id.eq(row.id),
                applications::applicant_id.eq(row.applicant_id),
                applications::cycle_id.eq(&row.cycle_id),
                applications::cycle_version.eq(row.cycle_version),
                applications::year.eq(row.year),
                applications::track.eq(&row.track),
                applications::series.eq(&row.series),
                applications::specialty.eq(&row.specialty),
                applications::level.eq(row.level),
                applications::stage.eq(row.stage),
                applications::live.eq(row.live),
                applications::employer_id.eq(row.employer_id),
                applications::department_id.eq(row.department_id),
                applications::county.eq(&row.county),
                applications::prefecture.eq(&row.prefecture),
            ),
            (
                applications::regional_kinds.eq(&row.regional_kinds),
                applications::committee_id.eq(row.committee_id),
                applications::committee_submissions.eq(row.committee_submissions),
                applications::paid.eq(row.paid),
                applications::lapse_at.eq(row.lapse_at),
                applications::stage_since.eq(row.stage_since),
                applications::untouched.eq(row.untouched),
                applications::version.eq(row.version),
                applications::created_at.eq(row.created_at),
                applications::updated_at.eq(row.updated_at),
                applications::dossier.eq(dossier_text(dossier)?),
            ),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_application(conn: &mut Conn, id: ApplicationId) -> Result<Option<ApplicationRow>, Error> {
    Ok(applications::table.filter(applications::id.eq(id)).select(COLUMNS).first(conn).optional()?)
}

/// Those of these applications that are there.
pub fn list_applications(conn: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<ApplicationRow>, Error> {
    Ok(applications::table.filter(applications::id.eq_any(ids.to_vec())).select(COLUMNS).load(conn)?)
}

/// How many applications of a cycle at these levels stand at one of these stages.
pub fn count_at(conn: &mut Conn, cycle_id: &str, levels: &[Level], stages: &[Stage]) -> Result<i64, Error> {
    let found = applications::table
        .filter(applications::cycle_id.eq(cycle_id))
        .filter(applications::stage.eq_any(stages.to_vec()))
        .filter(applications::level.eq_any(levels.to_vec()));
    Ok(found.count().get_result(conn)?)
}

/// The application if `visible` holds for it.
pub fn find_visible(conn: &mut Conn, id: ApplicationId, visible: Condition) -> Result<Option<ApplicationRow>, Error> {
    Ok(applications::table.filter(applications::id.eq(id)).filter(visible).select(COLUMNS).first(conn).optional()?)
}

/// An application as somebody sees it: the row, and beside it what everybody is shown.
#[derive(Queryable)]
pub struct SeenRow {
    pub row: ApplicationRow,
    pub applicant_name: Option<String>,
    pub employer_name: Option<String>,
    /// Whoever looks has decided on it at another step than the present one.
    pub decided_another_step: bool,
    /// The head of the audit log as this transaction sees it.
    pub head: Option<String>,
}

/// The application if `visible` holds for it, as this account sees it.
pub fn find_seen(conn: &mut Conn, id: ApplicationId, visible: Condition, account: AccountId) -> Result<Option<SeenRow>, Error> {
    let name = accounts::table.filter(accounts::id.eq(applications::applicant_id)).select(accounts::name).single_value();
    let employer = organisations::table
        .filter(organisations::id.nullable().eq(applications::employer_id))
        .select(organisations::name)
        .single_value();
    let elsewhere = steps::table
        .filter(steps::application_id.eq(applications::id))
        .filter(steps::actor_id.eq(account))
        .filter(steps::action.eq_any(rulings()))
        .filter(steps::from_step.ne(applications::step));
    let head = meta::table.filter(meta::key.eq(audit::HEAD)).select(meta::value).single_value();
    Ok(applications::table
        .filter(applications::id.eq(id))
        .filter(visible)
        .select((COLUMNS, name, employer, diesel::dsl::exists(elsewhere), head))
        .first(conn)
        .optional()?)
}

/// What somebody does who decides on an application at a step of its chain.
fn rulings() -> Vec<Action> {
    Action::ALL.iter().copied().filter(|action| action.is_ruling()).collect()
}

pub fn find_dossier(conn: &mut Conn, id: ApplicationId) -> Result<Dossier, Error> {
    let Json(dossier) =
        applications::table.filter(applications::id.eq(id)).select(applications::dossier).first::<Json<Dossier>>(conn)?;
    Ok(dossier)
}

/// The profile as the dossier has it.
pub fn find_profile(conn: &mut Conn, id: ApplicationId) -> Result<Profile, Error> {
    Ok(find_dossier(conn, id)?.profile)
}

/// The applications of a person that take the place of their year.
pub fn list_live(conn: &mut Conn, applicant: AccountId) -> Result<Vec<LiveApplication>, Error> {
    let rows: Vec<(ApplicationId, String, i32, Option<Instant>)> = applications::table
        .filter(applications::applicant_id.eq(applicant))
        .filter(applications::live)
        .order(applications::id)
        .select((applications::id, applications::track, applications::year, applications::submitted_at))
        .load(conn)?;
    let live = |(id, track, year, submitted_at): (_, _, _, Option<Instant>)| LiveApplication {
        id,
        track,
        year,
        submitted: submitted_at.is_some(),
    };
    Ok(rows.into_iter().map(live).collect())
}

/// Something has fallen due and is not settled yet; the instant of the next thing otherwise.
pub fn next_lapse(conn: &mut Conn) -> Result<Option<Instant>, Error> {
    Ok(applications::table
        .filter(applications::lapse_at.is_not_null())
        .order(applications::lapse_at.asc())
        .select(applications::lapse_at)
        .first::<Option<Instant>>(conn)
        .optional()?
        .flatten())
}

/// Applications that a deadline has ended and that do not say so yet.
pub fn list_due(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<ApplicationRow>, Error> {
    Ok(applications::table
        .filter(applications::lapse_at.le(now))
        .order(applications::lapse_at.asc())
        .limit(limit)
        .select(COLUMNS)
        .load(conn)?)
}

/// What an edit of a draft may change.
pub struct DraftChange<'a> {
    pub track: &'a str,
    pub series: &'a str,
    pub specialty: &'a str,
    pub level: Level,
    pub employer_id: Option<OrganisationId>,
    pub department_id: Option<OrganisationId>,
    pub county: Option<&'a str>,
    pub prefecture: Option<&'a str>,
    pub regional_kinds: &'a RegionalKinds,
    pub commitment_at: Option<Instant>,
    pub lapse_at: Option<Instant>,
    pub dossier: &'a Dossier,
}

impl DraftChange<'_> {
    /// The row as [`set_draft`] leaves it.
    pub fn applied_to(&self, row: &ApplicationRow, now: Instant) -> ApplicationRow {
        ApplicationRow {
            track: self.track.to_owned(),
            series: self.series.to_owned(),
            specialty: self.specialty.to_owned(),
            level: self.level,
            employer_id: self.employer_id,
            department_id: self.department_id,
            county: self.county.map(str::to_owned),
            prefecture: self.prefecture.map(str::to_owned),
            regional_kinds: self.regional_kinds.clone(),
            commitment_at: self.commitment_at,
            lapse_at: self.lapse_at,
            version: row.version + 1,
            updated_at: now,
            ..row.clone()
        }
    }
}

/// Writes an edit over the version that was read; false if another came first.
pub fn set_draft(conn: &mut Conn, row: &ApplicationRow, change: &DraftChange<'_>, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(
        applications::table
            .filter(applications::id.eq(row.id))
            .filter(applications::stage.eq(row.stage))
            .filter(applications::version.eq(row.version)),
    )
    .set((
        applications::track.eq(change.track),
        applications::series.eq(change.series),
        applications::specialty.eq(change.specialty),
        applications::level.eq(change.level),
        applications::employer_id.eq(change.employer_id),
        applications::department_id.eq(change.department_id),
        applications::county.eq(change.county),
        applications::prefecture.eq(change.prefecture),
        applications::regional_kinds.eq(change.regional_kinds),
        applications::commitment_at.eq(change.commitment_at),
        applications::lapse_at.eq(change.lapse_at),
        applications::dossier.eq(dossier_text(change.dossier)?),
        applications::version.eq(row.version + 1),
        applications::updated_at.eq(now),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Notes the signature of the commitment over the version that was read; false if another change came first.
pub fn set_commitment(conn: &mut Conn, row: &ApplicationRow, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(
        applications::table
            .filter(applications::id.eq(row.id))
            .filter(applications::stage.eq(row.stage))
            .filter(applications::version.eq(row.version)),
    )
    .set((applications::commitment_at.eq(Some(now)), applications::version.eq(row.version + 1), applications::updated_at.eq(now)))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Raises the version of an application whose parts (evidence, answers) changed; false if another change came first.
pub fn set_version(conn: &mut Conn, id: ApplicationId, version: i64, now: Instant) -> Result<bool, Error> {
    let changed = diesel::update(applications::table.filter(applications::id.eq(id)).filter(applications::version.eq(version)))
        .set((applications::untouched.eq(false), applications::version.eq(version + 1), applications::updated_at.eq(now)))
        .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Raises the version after a change of the evidence over the version that was read; false if another change came first.
pub fn set_evidence_changed(
    conn: &mut Conn,
    row: &ApplicationRow,
    commitment_at: Option<Instant>,
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(
        applications::table
            .filter(applications::id.eq(row.id))
            .filter(applications::stage.eq(row.stage))
            .filter(applications::version.eq(row.version)),
    )
    .set((
        applications::commitment_at.eq(commitment_at),
        applications::untouched.eq(false),
        applications::version.eq(row.version + 1),
        applications::updated_at.eq(now),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Which of the applications that a deadline may have ended are meant.
#[derive(Debug, Clone, Copy)]
pub enum Ended<'a> {
    /// Those of a cycle, of everyone or of one person.
    OfCycle(&'a str, Option<AccountId>),
    /// Those that ended by an instant that has not come.
    After(Instant),
}

/// The applications that a deadline may have ended. What was found fraudulent since does not live again (A3).
pub fn list_ended(conn: &mut Conn, which: Ended<'_>) -> Result<Vec<ApplicationRow>, Error> {
    let ended = applications::table
        .filter(applications::stage.eq_any([Stage::Lapsed, Stage::NotAccepted]))
        .filter(applications::id.ne_all(fraud_decisions::table.select(fraud_decisions::application_id)))
        .order(applications::id)
        .select(COLUMNS)
        .into_boxed();
    let ended = match which {
        Ended::OfCycle(cycle_id, None) => ended.filter(applications::cycle_id.eq(cycle_id.to_owned())),
        Ended::OfCycle(cycle_id, Some(person)) => {
            ended.filter(applications::cycle_id.eq(cycle_id.to_owned())).filter(applications::applicant_id.eq(person))
        }
        Ended::After(now) => ended.filter(applications::stage_since.gt(now)),
    };
    Ok(ended.load(conn)?)
}

/// Moves the applications of a cycle to a committee.
pub fn set_committee_of_cycle(conn: &mut Conn, cycle_id: &str, committee: OrganisationId) -> Result<usize, Error> {
    let of_cycle = applications::table.filter(applications::cycle_id.eq(cycle_id));
    let moved = diesel::update(of_cycle).set(applications::committee_id.eq(Some(committee))).execute_proven(conn)?;
    diesel::update(of_cycle.filter(applications::stage.eq(Stage::FormalReview)))
        .set(applications::turn.eq(Some(committee.to_string())))
        .execute_proven(conn)?;
    Ok(moved)
}

/// Corrects the instant of lapse of one application.
pub fn set_lapse_at(conn: &mut Conn, id: ApplicationId, at: Option<Instant>) -> Result<(), Error> {
    diesel::update(applications::table.filter(applications::id.eq(id))).set(applications::lapse_at.eq(at)).execute(conn)?;
    Ok(())
}

/// The versions of a cycle under which applications were filed that wait for the end of a window.
pub fn list_versions_waiting(conn: &mut Conn, cycle_id: &str) -> Result<Vec<i32>, Error> {
    Ok(applications::table
        .filter(applications::cycle_id.eq(cycle_id))
        .filter(applications::lapse_at.is_not_null().or(applications::stage.eq(Stage::FormalReview)))
        .select(applications::cycle_version)
        .distinct()
        .load(conn)?)
}

/// The applications that wait for the end of a window, for everyone or for one person.
pub struct Waiting<'a> {
    pub cycle_id: &'a str,
    pub version: i32,
    pub applicant: Option<AccountId>,
    pub stages: &'a [Stage],
    /// Only those that the committee has never had.
    pub before_committee: bool,
}

/// New instant of lapse for the applications that wait for a window.
pub fn set_lapse_of_window(conn: &mut Conn, of: &Waiting<'_>, lapse_at: Instant) -> Result<usize, Error> {
    let most_submissions = if of.before_committee { 0 } else { i32::MAX };
    let waiting = applications::table
        .filter(applications::cycle_id.eq(of.cycle_id))
        .filter(applications::cycle_version.eq(of.version))
        .filter(applications::lapse_at.is_not_null())
        .filter(applications::stage.eq_any(of.stages.iter().copied()))
        .filter(applications::committee_submissions.le(most_submissions));
    let lapse_at = applications::lapse_at.eq(Some(lapse_at));
    Ok(match of.applicant {
        None => diesel::update(waiting).set(lapse_at).execute(conn)?,
        Some(person) => diesel::update(waiting.filter(applications::applicant_id.eq(person))).set(lapse_at).execute(conn)?,
    })
}

/// The window for formal review ends at this instant for those who wait in it; who was undecided is so no more if it lies ahead.
pub fn set_decide_by(conn: &mut Conn, of: &Waiting<'_>, decide_by: Instant, now: Instant) -> Result<usize, Error> {
    let waiting = applications::table
        .filter(applications::cycle_id.eq(of.cycle_id))
        .filter(applications::cycle_version.eq(of.version))
        .filter(applications::stage.eq(Stage::FormalReview));
    let ahead = (now < decide_by).then_some(applications::undecided_at.eq(None::<Instant>));
    let change = (applications::decide_by.eq(Some(decide_by)), ahead);
    Ok(match of.applicant {
        None => diesel::update(waiting).set(change).execute(conn)?,
        Some(person) => diesel::update(waiting.filter(applications::applicant_id.eq(person))).set(change).execute(conn)?,
    })
}

/// Applications that the end of the window found undecided and that do not say so yet: whose, and since when.
pub fn list_undecided(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<(ApplicationId, AccountId, Instant)>, Error> {
    Ok(applications::table
        .filter(applications::decide_by.is_not_null())
        .filter(applications::undecided_at.is_null())
        .filter(applications::decide_by.assume_not_null().le(now))
        .order(applications::decide_by)
        .limit(limit)
        .select((applications::id, applications::applicant_id, applications::decide_by.assume_not_null()))
        .load(conn)?)
}

/// Marks applications as undecided since the end of their window.
pub fn set_undecided(conn: &mut Conn, ids: &[ApplicationId]) -> Result<(), Error> {
    diesel::update(applications::table.filter(applications::id.eq_any(ids.iter().copied())))
        .set(applications::undecided_at.eq(applications::decide_by))
        .execute(conn)?;
    Ok(())
}

/// How many applications of a cycle wait in formal review.
pub fn count_in_formal_review(conn: &mut Conn, cycle_id: &str) -> Result<i64, Error> {
    Ok(applications::table
        .filter(applications::cycle_id.eq(cycle_id))
        .filter(applications::stage.eq(Stage::FormalReview))
        .filter(applications::submitted_at.is_not_null())
        .count()
        .get_result(conn)?)
}

/// Cycles with applications in formal review for which the end of its window is not written: an older program left them.
pub fn list_cycles_without_end(conn: &mut Conn) -> Result<Vec<String>, Error> {
    Ok(applications::table
        .filter(applications::stage.eq(Stage::FormalReview))
        .filter(applications::decide_by.is_null())
        .select(applications::cycle_id)
        .distinct()
        .load(conn)?)
}

pub fn insert_step(conn: &mut Conn, row: &StepRow) -> Result<(), Error> {
    diesel::insert_into(steps::table)
        .values((
            steps::id.eq(row.id),
            steps::application_id.eq(row.application_id),
            steps::seq.eq(row.seq),
            steps::at.eq(row.at),
            steps::action.eq(row.action),
            steps::from_stage.eq(row.from_stage),
            steps::from_step.eq(row.from_step),
            steps::to_stage.eq(row.to_stage),
            steps::to_step.eq(row.to_step),
            steps::actor_id.eq(row.actor_id),
            steps::actor_role.eq(row.actor_role),
            steps::organisation_id.eq(row.organisation_id),
            steps::clause.eq(&row.clause),
            steps::opinion.eq(&row.opinion),
            steps::detail.eq(&row.detail),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Number of the next step.
pub fn next_step_seq(conn: &mut Conn, id: ApplicationId) -> Result<i32, Error> {
    let last: Option<i32> = steps::table.filter(steps::application_id.eq(id)).select(diesel::dsl::max(steps::seq)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub fn list_steps(conn: &mut Conn, id: ApplicationId) -> Result<Vec<StepRow>, Error> {
    Ok(steps::table
        .filter(steps::application_id.eq(id))
        .order(steps::seq)
        .select((
            steps::id,
            steps::application_id,
            steps::seq,
            steps::at,
            steps::action,
            steps::from_stage,
            steps::from_step,
            steps::to_stage,
            steps::to_step,
            steps::actor_id,
            steps::actor_role,
            steps::organisation_id,
            steps::clause,
            steps::opinion,
            steps::detail,
        ))
        .load(conn)?)
}

/// What the history says of the chain of an application, in its order: every decision at a step, and every act that brought it to one.
#[derive(Queryable)]
pub struct RecordedRow {
    pub action: Action,
    pub from_step: Option<ChainStepId>,
    pub to_step: Option<ChainStepId>,
    pub actor_id: Option<AccountId>,
    pub organisation_id: Option<OrganisationId>,
}

pub fn list_recorded(conn: &mut Conn, id: ApplicationId) -> Result<Vec<RecordedRow>, Error> {
    Ok(steps::table
        .filter(steps::application_id.eq(id))
        .filter(steps::from_step.is_not_null().or(steps::to_step.is_not_null()))
        .order(steps::seq)
        .select((steps::action, steps::from_step, steps::to_step, steps::actor_id, steps::organisation_id))
        .load(conn)?)
}

/// A correction to be asked for.
pub struct NewCorrection<'a> {
    pub id: CorrectionId,
    pub step_id: StepId,
    pub seq: i32,
    pub pointer: &'a str,
    pub clause: &'a str,
    pub detail: &'a str,
    pub kind: CorrectionKind,
    pub why_late: Option<&'a str>,
}

pub fn insert_corrections(conn: &mut Conn, application: ApplicationId, rows: &[NewCorrection<'_>]) -> Result<(), Error> {
    let values: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                corrections::id.eq(row.id),
                corrections::application_id.eq(application),
                corrections::step_id.eq(row.step_id),
                corrections::seq.eq(row.seq),
                corrections::pointer.eq(row.pointer),
                corrections::clause.eq(row.clause),
                corrections::detail.eq(row.detail),
                corrections::kind.eq(row.kind),
                corrections::why_late.eq(row.why_late),
            )
        })
        .collect();
    proven::note_insert(&diesel::insert_into(corrections::table).values(&values))?;
    crate::db::each!(conn, |inner| diesel::insert_into(corrections::table).values(&values).execute(inner))?;
    Ok(())
}

/// The columns of [`CorrectionRow`], in its order.
type CorrectionColumns = (
    corrections::id,
    corrections::step_id,
    corrections::seq,
    corrections::pointer,
    corrections::clause,
    corrections::detail,
    corrections::kind,
    corrections::why_late,
    corrections::answer,
    corrections::answered_at,
);
const CORRECTION: CorrectionColumns = (
    corrections::id,
    corrections::step_id,
    corrections::seq,
    corrections::pointer,
    corrections::clause,
    corrections::detail,
    corrections::kind,
    corrections::why_late,
    corrections::answer,
    corrections::answered_at,
);

/// Corrections of an application, of all its returns, in their order.
pub fn list_corrections(conn: &mut Conn, id: ApplicationId) -> Result<Vec<CorrectionRow>, Error> {
    Ok(corrections::table
        .filter(corrections::application_id.eq(id))
        .order((corrections::id, corrections::seq))
        .select(CORRECTION)
        .load(conn)?)
}

/// The corrections of the last return, in their order.
pub fn list_last_corrections(conn: &mut Conn, id: ApplicationId) -> Result<Vec<CorrectionRow>, Error> {
    let last_return = steps::table
        .filter(steps::application_id.eq(id))
        .filter(steps::action.eq(Action::Return))
        .order(steps::seq.desc())
        .select(steps::id)
        .limit(1)
        .single_value();
    Ok(corrections::table
        .filter(corrections::application_id.eq(id))
        .filter(corrections::step_id.nullable().eq(last_return))
        .order(corrections::seq)
        .select(CORRECTION)
        .load(conn)?)
}

/// A return of an application: what was there, and what it was about where that is kept.
pub struct ReturnRow {
    pub step_id: StepId,
    pub detail: Json<StepDetail>,
    pub dossier: Option<String>,
}

/// The returns of an application by a step of its chain, in their order; of those `since_transfer`, only what came after its last one.
pub fn list_returns(
    conn: &mut Conn,
    id: ApplicationId,
    step: Option<ChainStepId>,
    since_transfer: bool,
) -> Result<Vec<ReturnRow>, Error> {
    let later = diesel::alias!(steps as later);
    let transferred = later
        .filter(later.field(steps::application_id).eq(id))
        .filter(later.field(steps::action).eq(Action::Transfer))
        .filter(later.field(steps::seq).gt(steps::seq));
    let mut query = steps::table
        .left_join(returned_dossiers::table.on(returned_dossiers::step_id.eq(steps::id)))
        .filter(steps::application_id.eq(id))
        .filter(steps::action.eq(Action::Return))
        .filter(steps::from_step.eq(step))
        .order(steps::seq)
        .select((steps::id, steps::detail, returned_dossiers::dossier.nullable()))
        .into_boxed();
    if since_transfer {
        query = query.filter(diesel::dsl::not(diesel::dsl::exists(transferred)));
    }
    let rows = query.load::<(StepId, Json<StepDetail>, Option<String>)>(conn)?;
    Ok(rows.into_iter().map(|(step_id, detail, dossier)| ReturnRow { step_id, detail, dossier }).collect())
}

/// What the returns of an application were about, as far as it is kept.
pub fn list_returned_dossiers(conn: &mut Conn, id: ApplicationId) -> Result<Vec<(StepId, String)>, Error> {
    let of_application = returned_dossiers::table.filter(returned_dossiers::application_id.eq(id));
    Ok(of_application.select((returned_dossiers::step_id, returned_dossiers::dossier)).load(conn)?)
}

/// Keeps what a return was about.
pub fn insert_returned_dossier(conn: &mut Conn, id: ApplicationId, step: StepId, dossier: &Dossier) -> Result<(), Error> {
    diesel::insert_into(returned_dossiers::table)
        .values((
            returned_dossiers::step_id.eq(step),
            returned_dossiers::application_id.eq(id),
            returned_dossiers::dossier.eq(dossier_text(dossier)?),
        ))
        .execute_proven(conn)?;
    Ok(())
}

/// Writes an answer to a correction of the application; false if there is none of that id.
pub fn set_answer(
    conn: &mut Conn,
    application: ApplicationId,
    id: CorrectionId,
    answer: &str,
    now: Instant,
) -> Result<bool, Error> {
    let changed =
        diesel::update(corrections::table.filter(corrections::id.eq(id)).filter(corrections::application_id.eq(application)))
            .set((corrections::answer.eq(Some(answer)), corrections::answered_at.eq(Some(now))))
            .execute_proven(conn)?;
    Ok(changed == 1)
}
