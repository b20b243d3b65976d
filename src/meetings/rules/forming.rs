//! For which levels a committee can form a meeting, and which applications can come before it (R2, 4.4a).

use super::code;
use title_review_core::cycles::CycleDefinition;
use title_review_core::findings::{Finding, Text};
use title_review_core::vocabulary::{Level, LevelGroup, Stage};

/// What a meeting was formed for.
#[derive(Debug, Clone, Copy)]
pub struct Formed<'a> {
    /// Its cycle.
    pub cycle_id: &'a str,
    /// Highest level group that it reviews.
    pub level_group: LevelGroup,
    /// Members of the committee.
    pub members: usize,
}

/// An application that is to come before a meeting.
#[derive(Debug, Clone, Copy)]
pub struct Entrant<'a> {
    /// Its cycle.
    pub cycle_id: &'a str,
    /// Where it stands.
    pub stage: Stage,
    /// Level applied for.
    pub level: Level,
}

/// A committee has as many members as the highest level that its meeting reviews asks for, and an odd number where the cycle says so (R2).
pub fn committee_size(definition: &CycleDefinition, members: u16, group: LevelGroup) -> Result<(), Finding> {
    let too_few = definition.committee.members_needed(group).filter(|needed| members < *needed);
    let text = if let Some(needed) = too_few {
        Text::new(
            format!("评审委员会{members}人，该级别至少{needed}人"),
            format!("the committee has {members} members, this level needs {needed}"),
        )
    } else if definition.committee.odd && members.is_multiple_of(2) {
        Text::new(
            format!("评审委员会{members}人，组成人员应为单数"),
            format!("the committee has {members} members, which is not an odd number"),
        )
    } else {
        return Ok(());
    };
    let clause = definition.own_clause("R2").to_owned();
    let words = definition.clause_words(&clause).to_owned();
    Err(Finding::field("/members", code::COMMITTEE_TOO_SMALL, text).clause(clause, Some(words)))
}

/// Why an application cannot come before a meeting; `None`: it can.
#[must_use]
pub fn unfit(definition: &CycleDefinition, meeting: Formed<'_>, entrant: Entrant<'_>, pointer: &str) -> Option<Finding> {
    let Entrant { cycle_id, stage, level } = entrant;
    let needed = definition.committee.members_needed(level.group()).map_or(0, usize::from);
    if cycle_id != meeting.cycle_id {
        Some(Finding::invalid_field(pointer, "不属于本次会议的年度", "belongs to another cycle than the meeting"))
    } else if stage != Stage::Ready {
        let text =
            Text::new(format!("申报现处于“{}”阶段，尚不能上会", stage.zh()), format!("the application is at {stage}, not ready"));
        Some(Finding::field(pointer, code::CANDIDATE_NOT_READY, text).clause(definition.own_clause("4.4a"), None))
    } else if level.group() > meeting.level_group || meeting.members < needed {
        let text = Text::new(
            format!("本次会议按{}及以下组建，不评审{}", meeting.level_group.zh(), level.zh()),
            format!("the meeting was formed for {} and below, not for {}", meeting.level_group.en(), level.en()),
        );
        Some(Finding::field(pointer, code::COMMITTEE_TOO_SMALL, text).clause(definition.own_clause("R2"), None))
    } else {
        None
    }
}

/// Why an application at a level with a cap comes too late; `None`: the caps are not settled, or its level has none (4.8).
#[must_use]
pub fn too_late_for_cap(definition: &CycleDefinition, settled: bool, entrant: Entrant<'_>, pointer: &str) -> Option<Finding> {
    let cap = definition.pass_rate_caps.iter().find(|cap| settled && cap.level == entrant.level)?;
    let text = Text::new(
        format!("本年度{}的通过名额已核定，不再上会", entrant.level.zh()),
        format!("the cap of {} is settled for this year", entrant.level.en()),
    );
    Some(Finding::field(pointer, code::CAP_SETTLED, text).clause(cap.clause.clone(), None))
}

/// An application that is not there, or not to be seen.
#[must_use]
pub fn unknown_application(pointer: &str) -> Finding {
    Finding::invalid_field(pointer, "没有此申报", "there is no such application")
}

/// An application that the list names a second time.
#[must_use]
pub fn named_twice(pointer: &str) -> Finding {
    Finding::invalid_field(pointer, "重复", "named twice")
}
