//! Who has to be there (R3) and which votes can be recorded (R4, R5).

use super::code;
use crate::meetings::model::{Attendance, Leader, Tally};
use std::collections::HashSet;
use title_review_core::cycles::CycleDefinition;
use title_review_core::cycles::definition::CommitteeRule;
use title_review_core::findings::{Finding, Text};

/// An attendance that can be: not more than the members, as many names as people where they are named, a deputy only where there is one.
pub fn attendance(attendance: &Attendance, members: usize, has_deputies: bool) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    let present = usize::from(attendance.present);
    if present > members {
        findings.push(Finding::invalid_field(
            "/present",
            format!("评审委员会仅{members}人"),
            format!("the committee has {members} members"),
        ));
    }
    let distinct: HashSet<&str> = attendance.names.iter().map(|name| name.trim()).collect();
    if !attendance.names.is_empty() && distinct.len() != present {
        findings.push(Finding::invalid_field("/names", "名单与出席人数不符", "the names are not as many as those present"));
    }
    if attendance.led_by == Leader::Deputy && !has_deputies {
        findings.push(Finding::invalid_field("/led_by", "本次会议没有副主任委员", "the meeting has no deputy chair"));
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

/// A recorded attendance is a quorum (R3).
#[must_use]
pub fn has_quorum(committee: &CommitteeRule, members: usize, present: Option<u16>) -> bool {
    present.is_some_and(|present| usize::from(present) >= committee.quorum_needed(members))
}

/// Without the share of members that the cycle asks for there is no meeting (R3). Gives how many were needed.
pub fn quorum(definition: &CycleDefinition, members: usize, present: u16) -> Result<usize, Finding> {
    let committee = &definition.committee;
    let needed = committee.quorum_needed(members);
    if has_quorum(committee, members, Some(present)) {
        return Ok(needed);
    }
    let text = Text::new(
        format!("评审委员会{members}人，须{needed}人出席，实到{present}人"),
        format!("{present} of {members} members are present, {needed} needed"),
    );
    let clause = committee.quorum.clause.clone();
    let words = Some(definition.clause_words(&clause).to_owned());
    Err(Finding::field("/present", code::QUORUM_MISSING, text).clause(clause, words))
}

/// The votes add up to the experts present without those recused (R4, R5).
pub fn tally(committee: &CommitteeRule, present: u16, tally: Tally) -> Result<(), Finding> {
    if tally.adds_up(present) {
        return Ok(());
    }
    let voters = present.saturating_sub(tally.recused);
    let text = Text::new(
        format!("出席{present}人，回避{}人，应有{voters}票，登记{}票", tally.recused, tally.voters()),
        format!("{present} present, {} recused: {voters} votes expected, {} given", tally.recused, tally.voters()),
    );
    Err(Finding::whole(code::TALLY_INVALID, text).clause(committee.pass.clause.clone(), None))
}
