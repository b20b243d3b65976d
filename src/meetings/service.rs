//! Use cases: forming a meeting, its candidates, attendance, tallies, closing it.

use super::model::{Attendance, Candidate, Leader, Ruling, Tally};
use super::record::{CandidateRow, MeetingRow};
use super::{rules, store};
use crate::app::{Act, Cx};
use crate::applications::{self, ApplicationRow, Error, Note, apply, situation};
use crate::audit::heads;
use crate::authz::{Permission, Principal, Scope};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db::Json;
use crate::precondition::IfMatch;
use crate::problem::{Code, Finding, Problem, Text};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, MeetingId, OrganisationId};
use title_review_core::vocabulary::{Action, LevelGroup, Role, Stage};
use title_review_core::workflow::Outcome;

/// A meeting to be formed.
#[derive(Debug, Clone)]
pub struct NewMeeting {
    /// For which cycle.
    pub cycle_id: String,
    /// Name.
    pub name: String,
    /// Highest level group that it reviews.
    pub level_group: LevelGroup,
    /// When it is to be held.
    pub scheduled_at: Instant,
    /// Where.
    pub place: String,
    /// Members of the committee.
    pub members: u16,
    /// Chair.
    pub chair: String,
    /// Deputy chairs.
    pub deputies: Vec<String>,
}

/// Committees whose meetings the principal reaches; `None`: all.
fn committees(principal: &Principal, permission: Permission) -> Option<Vec<OrganisationId>> {
    let mut found = Vec::new();
    for (scope, grant) in principal.scopes(permission) {
        match scope {
            Scope::All => return None,
            _ => found.extend(grant.organisation),
        }
    }
    Some(found)
}

/// The meeting if the principal reaches it with the permission.
pub fn find_for(cx: &mut Cx<'_>, id: MeetingId, permission: Permission) -> Result<MeetingRow, Error> {
    let reached = committees(cx.principal, permission);
    store::find_meeting(cx.conn, id)?
        .filter(|row| reached.as_ref().is_none_or(|committees| committees.contains(&row.committee_id)))
        .ok_or(Error::NotFound)
}

/// Meetings that the principal may read, newest first.
pub fn list(cx: &mut Cx<'_>, cycle_id: Option<&str>, before: Option<MeetingId>, limit: i64) -> Result<Vec<MeetingRow>, Error> {
    let reached = committees(cx.principal, Permission::MeetingRead);
    Ok(store::list_meetings(cx.conn, reached.as_deref(), cycle_id, before, limit)?)
}

/// Candidates of a meeting, in their order.
pub fn list_candidates(cx: &mut Cx<'_>, meeting: MeetingId) -> Result<Vec<CandidateRow>, Error> {
    Ok(store::list_candidates(cx.conn, meeting)?)
}

/// The candidacy of an application with its meeting; `None`: it has not come before one.
pub fn find_candidacy(cx: &mut Cx<'_>, application: ApplicationId) -> Result<Option<(MeetingRow, CandidateRow)>, Error> {
    let Some(candidate) = store::find_candidate_of(cx.conn, application)? else { return Ok(None) };
    Ok(store::find_meeting(cx.conn, candidate.meeting_id)?.map(|meeting| (meeting, candidate)))
}

fn too_small(pointer: &str, cycle: &Cycle, members: usize, needed: u16) -> Problem {
    let clause = cycle.definition.own_clause("R2").to_owned();
    let text = Text::new(
        format!("评审委员会{members}人，该级别至少{needed}人"),
        format!("the committee has {members} members, this level needs {needed}"),
    );
    let words = cycle.definition.clause_words(&clause).to_owned();
    let finding = Finding::field(pointer, Code::CommitteeTooSmall.as_str(), text).clause(clause, Some(words));
    Problem::new(Code::CommitteeTooSmall).finding(finding)
}

/// Forms a meeting of the cycle's committee, large enough for the levels that it reviews (R2).
pub fn create(cx: &mut Cx<'_>, new: NewMeeting) -> Result<MeetingRow, Error> {
    let unknown = || {
        Problem::field(
            Code::InvalidField,
            "/cycle_id",
            "没有由本评审委员会评审的此年度",
            "your committee reviews no such published cycle",
        )
    };
    let cycle = cycles::find_published(cx, &new.cycle_id)?.ok_or_else(unknown)?;
    let committee_id = cycles::committee_of(cx, &new.cycle_id)?.ok_or_else(unknown)?;
    if committees(cx.principal, Permission::MeetingManage).is_some_and(|mine| !mine.contains(&committee_id)) {
        return Err(unknown().into());
    }
    if let Some(needed) = cycle.definition.committee.members_needed(new.level_group)
        && new.members < needed
    {
        return Err(too_small("/members", &cycle, usize::from(new.members), needed).into());
    }
    let row = MeetingRow {
        id: MeetingId::new(&*cx.app.ids, cx.now),
        cycle_id: new.cycle_id,
        cycle_version: cycle.version,
        committee_id,
        name: new.name,
        level_group: new.level_group,
        scheduled_at: new.scheduled_at,
        place: new.place,
        members: i32::from(new.members),
        chair: new.chair,
        deputies: Json(new.deputies),
        attendance: None,
        closed_at: None,
        version: 1,
        created_at: cx.now,
        updated_at: cx.now,
    };
    store::insert_meeting(cx.conn, &row)?;
    record(
        cx,
        "meeting.create",
        row.id,
        "2.4",
        json!({ "cycle": row.cycle_id, "cycle_version": row.cycle_version, "level_group": row.level_group, "members": row.members, "scheduled_at": row.scheduled_at }),
    )?;
    Ok(row)
}

/// Meeting acts are recorded without names of experts (R9).
fn record(cx: &mut Cx<'_>, action: &str, id: MeetingId, clause: &str, detail: serde_json::Value) -> Result<(), Error> {
    cx.record(Act { action, object_kind: "meeting", object_id: id.to_string(), clause: Some(clause), detail })?;
    Ok(())
}

/// An open meeting in the version that was read, its version raised.
fn take(cx: &mut Cx<'_>, id: MeetingId, if_match: IfMatch) -> Result<(MeetingRow, Arc<Cycle>), Error> {
    let row = find_for(cx, id, Permission::MeetingManage)?;
    // Whoever comes after the closing is told that, whatever version they have read.
    if let Some(closed_at) = row.closed_at {
        return Err(Problem::new(Code::MeetingClosed)
            .detail(format!("会议已于 {closed_at} 结束，不得更改"), format!("the meeting was closed at {closed_at} and is frozen"))
            .state("closed")
            .into());
    }
    if_match.check(row.version)?;
    if !store::set_touched(cx.conn, &row, cx.now)? {
        return Err(Error::Changed);
    }
    let cycle = cycles::find_version(cx, &row.cycle_id, row.cycle_version)?;
    Ok((row, cycle))
}

fn reload(cx: &mut Cx<'_>, id: MeetingId) -> Result<MeetingRow, Error> {
    store::find_meeting(cx.conn, id)?.ok_or(Error::NotFound)
}

/// Puts applications before a meeting; each has to be ready (4.4a, 4.5, 4.6).
pub fn add_candidates(
    cx: &mut Cx<'_>,
    id: MeetingId,
    if_match: IfMatch,
    applications: &[ApplicationId],
) -> Result<MeetingRow, Error> {
    let (meeting, cycle) = take(cx, id, if_match)?;
    let mut seq = i32::try_from(store::list_candidates(cx.conn, id)?.len()).unwrap_or(i32::MAX);
    let mut findings = Vec::new();
    let mut ready = Vec::new();
    let mut seen = HashSet::new();
    for (index, application) in applications.iter().enumerate() {
        let pointer = format!("/application_ids/{index}");
        let found = applications::service::find_for(cx, *application, Permission::MeetingManage);
        match found {
            Err(Error::NotFound) => {
                let text = Text::new("没有此申报", "there is no such application");
                findings.push(Finding::field(pointer, Code::InvalidField.as_str(), text));
            }
            Err(other) => return Err(other),
            Ok(row) => match unfit(&row, &meeting, &cycle, &pointer) {
                _ if !seen.insert(*application) => {
                    let text = Text::new("重复", "named twice");
                    findings.push(Finding::field(pointer, Code::InvalidField.as_str(), text));
                }
                Some(finding) => findings.push(finding),
                None => ready.push(row),
            },
        }
    }
    if !findings.is_empty() {
        let code = findings.iter().find_map(|finding| Code::find(&finding.code).filter(|code| *code != Code::InvalidField));
        return Err(Problem::new(code.unwrap_or(Code::InvalidField)).findings(findings).into());
    }
    for row in ready {
        let situation = situation(cx, row)?;
        let decision = situation.decide(Action::EnterMeeting, None)?;
        let (row, _) = apply(cx, &situation, Action::EnterMeeting, &decision, office_note())?;
        seq += 1;
        store::insert_candidate(cx.conn, id, row.id, seq, &row.specialty, row.level)?;
    }
    record(cx, "meeting.add_candidates", id, "2.4", json!({ "applications": applications }))?;
    reload(cx, id)
}

/// Why an application cannot come before a meeting.
fn unfit(row: &ApplicationRow, meeting: &MeetingRow, cycle: &Cycle, pointer: &str) -> Option<Finding> {
    let members = meeting.member_count();
    let needed = cycle.definition.committee.members_needed(row.level.group()).map_or(0, usize::from);
    if row.cycle_id != meeting.cycle_id {
        let text = Text::new("不属于本次会议的年度", "belongs to another cycle than the meeting");
        Some(Finding::field(pointer, Code::InvalidField.as_str(), text))
    } else if row.stage != Stage::Ready {
        let text = Text::new(
            format!("申报现处于“{}”阶段，尚不能上会", row.stage.zh()),
            format!("the application is at {}, not ready", row.stage),
        );
        Some(Finding::field(pointer, Code::CandidateNotReady.as_str(), text).clause(cycle.definition.own_clause("4.4a"), None))
    } else if row.level.group() > meeting.level_group || members < needed {
        let text = Text::new(
            format!("本次会议按{}及以下组建，不评审{}", meeting.level_group.zh(), row.level.zh()),
            format!("the meeting was formed for {} and below, not for {}", meeting.level_group.en(), row.level.en()),
        );
        Some(Finding::field(pointer, Code::CommitteeTooSmall.as_str(), text).clause(cycle.definition.own_clause("R2"), None))
    } else {
        None
    }
}

fn office_note() -> Note {
    Note { role: Some(Role::CommitteeOffice), ..Note::default() }
}

/// Records who was there, once; without a quorum there is no meeting (R3).
pub fn record_attendance(cx: &mut Cx<'_>, id: MeetingId, if_match: IfMatch, attendance: Attendance) -> Result<MeetingRow, Error> {
    let (meeting, cycle) = take(cx, id, if_match)?;
    if meeting.attendance.is_some() {
        return Err(Problem::new(Code::AlreadyExists).detail("出席情况已登记", "the attendance is recorded already").into());
    }
    let members = meeting.member_count();
    let mut findings = Vec::new();
    let mut invalid = |pointer: &str, zh: String, en: String| {
        findings.push(Finding::field(pointer, Code::InvalidField.as_str(), Text::new(zh, en)));
    };
    let present = usize::from(attendance.present);
    if present > members {
        invalid("/present", format!("评审委员会仅{members}人"), format!("the committee has {members} members"));
    }
    let distinct: HashSet<&str> = attendance.names.iter().map(|name| name.trim()).collect();
    if !attendance.names.is_empty() && distinct.len() != present {
        invalid("/names", "名单与出席人数不符".to_owned(), "the names are not as many as those present".to_owned());
    }
    if attendance.led_by == Leader::Deputy && meeting.deputies.0.is_empty() {
        invalid("/led_by", "本次会议没有副主任委员".to_owned(), "the meeting has no deputy chair".to_owned());
    }
    if !findings.is_empty() {
        return Err(Problem::new(Code::InvalidField).findings(findings).into());
    }
    let committee = &cycle.definition.committee;
    let needed = committee.quorum_needed(members);
    if present < needed {
        let (zh, en) = (
            format!("评审委员会{members}人，须{needed}人出席，实到{present}人"),
            format!("{present} of {members} members are present, {needed} needed"),
        );
        let clause = committee.quorum.clause.clone();
        let words = Some(cycle.definition.clause_words(&clause).to_owned());
        let finding =
            Finding::field("/present", Code::QuorumMissing.as_str(), Text::new(zh.clone(), en.clone())).clause(clause, words);
        return Err(Problem::new(Code::QuorumMissing).detail(zh, en).finding(finding).into());
    }
    let detail = json!({ "present": attendance.present, "members": members, "needed": needed, "led_by": attendance.led_by });
    store::set_attendance(cx.conn, id, attendance)?;
    record(cx, "meeting.record_attendance", id, "R3", detail)?;
    reload(cx, id)
}

/// Records the vote on a candidate; a later one replaces it until the meeting is closed.
pub fn record_tally(
    cx: &mut Cx<'_>,
    id: MeetingId,
    application: ApplicationId,
    if_match: IfMatch,
    tally: Tally,
) -> Result<MeetingRow, Error> {
    let (meeting, cycle) = take(cx, id, if_match)?;
    // Nobody enters the vote on their own application (5.1).
    let row = applications::service::find_for(cx, application, Permission::MeetingManage)?;
    if Some(row.applicant_id) == cx.principal.account {
        return Err(Code::SelfReview.into());
    }
    let present = meeting
        .present()
        .ok_or_else(|| Problem::new(Code::QuorumMissing).detail("尚未登记出席情况", "the attendance is not recorded"))?;
    if !tally.adds_up(present) {
        let voters = present.saturating_sub(tally.recused);
        let (zh, en) = (
            format!("出席{present}人，回避{}人，应有{voters}票，登记{}票", tally.recused, tally.voters()),
            format!("{present} present, {} recused: {voters} votes expected, {} given", tally.recused, tally.voters()),
        );
        let clause = cycle.definition.committee.pass.clause.clone();
        let finding = Finding::whole(Code::TallyInvalid.as_str(), Text::new(zh.clone(), en.clone())).clause(clause, None);
        return Err(Problem::new(Code::TallyInvalid).detail(zh, en).finding(finding).into());
    }
    if !store::set_tally(cx.conn, id, application, tally)? {
        return Err(Error::NotFound);
    }
    record(cx, "meeting.record_tally", id, "R4", json!({ "application": application, "tally": tally }))?;
    reload(cx, id)
}

/// Closes a meeting: decides on every candidate (R4, 4.8) and freezes it (R6). An application that has left the meeting meanwhile is not reviewed.
pub fn close(cx: &mut Cx<'_>, id: MeetingId, if_match: IfMatch) -> Result<MeetingRow, Error> {
    let (meeting, cycle) = take(cx, id, if_match)?;
    let committee = &cycle.definition.committee;
    let quorum = meeting.present().is_some_and(|present| usize::from(present) >= committee.quorum_needed(meeting.member_count()));
    if !quorum {
        return Err(Problem::new(Code::QuorumMissing).detail("尚未登记出席情况", "the attendance is not recorded").into());
    }
    let mut rows = Vec::new();
    let mut candidates = Vec::new();
    let mut findings = Vec::new();
    for candidate in store::list_candidates(cx.conn, id)? {
        let row = applications::service::find_for(cx, candidate.application_id, Permission::MeetingManage)?;
        if row.stage != Stage::InMeeting {
            continue;
        }
        match candidate.tally {
            Some(Json(tally)) => {
                candidates.push(Candidate { id: row.id, specialty: candidate.specialty, level: candidate.level, tally });
                rows.push(row);
            }
            None => findings.push(Finding::whole(
                Code::TallyMissing.as_str(),
                Text::new(format!("第{}号未登记表决结果", candidate.seq), format!("candidate {} has no tally", candidate.seq)),
            )),
        }
    }
    if !findings.is_empty() {
        return Err(Problem::new(Code::TallyMissing).findings(findings).into());
    }
    if rows.is_empty() {
        return Err(Problem::new(Code::Conflict)
            .detail("会议没有可表决的申报", "the meeting has no candidate to decide on")
            .into());
    }
    let earlier = store::list_decided(cx.conn, &meeting.cycle_id)?;
    let rulings = rules::outcome(&candidates, &earlier, committee, &cycle.definition.pass_rate_caps);
    for (row, ruling) in rows.into_iter().zip(&rulings) {
        decide_candidate(cx, row, ruling, quorum)?;
        store::set_ruling(cx.conn, id, ruling)?;
    }
    store::set_closed(cx.conn, id, cx.now)?;
    let passed: Vec<ApplicationId> = rulings.iter().filter(|ruling| ruling.passed()).map(|ruling| ruling.id).collect();
    record(cx, "meeting.close", id, "R6", json!({ "reviewed": rulings.len(), "passed": passed, "present": meeting.present() }))?;
    heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::Reason::MeetingClosed, cx.now)?;
    reload(cx, id)
}

fn decide_candidate(cx: &mut Cx<'_>, row: ApplicationRow, ruling: &Ruling, quorum: bool) -> Result<(), Error> {
    let mut situation = situation(cx, row)?;
    situation.facts.quorum_present = quorum;
    situation.facts.outcome = Some(if ruling.passed() { Outcome::Passed } else { Outcome::NotPassed });
    let decision = situation.decide(Action::RecordOutcome, None)?;
    apply(cx, &situation, Action::RecordOutcome, &decision, office_note())?;
    Ok(())
}
