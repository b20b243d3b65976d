//! Use cases: what the caps of a cycle come to over all its meetings, and settling them (4.8).

use super::model::{Reviewed, Ruling, RulingReason};
use super::record::SettlementRow;
use super::rules::{self, CapGroup};
use super::service::{Error, decide_candidate};
use super::store;
use crate::applications;
use crate::audit::heads;
use crate::authz::Permission;
use crate::context::{Act, Cx};
use crate::cycles::service::{self as cycles, Cycle};
use crate::db;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use title_review_core::ids::{ApplicationId, MeetingId};
use title_review_core::vocabulary::Level;

/// What the caps of a cycle come to.
pub struct Standing {
    /// The cycle.
    pub cycle: Arc<Cycle>,
    /// The settlement; `None` until there is one.
    pub settlement: Option<SettlementRow>,
    /// Everybody at a level with a cap on whom a meeting has voted, and who waits for a settlement.
    pub reviewed: Vec<Reviewed>,
    /// Meetings that are not closed.
    pub open_meetings: i64,
    /// Applications at levels with a cap that may still come before a meeting.
    pub under_way: i64,
}

impl Standing {
    /// Those who share the places of each cap.
    #[must_use]
    pub fn groups(&self) -> Vec<CapGroup<'_>> {
        rules::cap_groups(&self.reviewed, &self.cycle.definition.pass_rate_caps)
    }

    /// What a settlement decides on those who wait for it.
    fn rulings(&self) -> Vec<Ruling> {
        let mut rulings: Vec<Ruling> = self.groups().iter().flat_map(CapGroup::rulings).collect();
        // An amendment has taken the cap away: the votes alone decide.
        let capped = |level: Level| self.cycle.definition.pass_rate_caps.iter().any(|cap| cap.level == level);
        let free = self.reviewed.iter().filter(|one| one.waits() && !capped(one.level));
        rulings.extend(free.map(|one| Ruling { reason: RulingReason::Passed, ..one.ruling.clone() }));
        rulings
    }
}

/// What the caps of a cycle come to, if the principal reaches its committee with the permission.
pub fn standing(cx: &mut Cx<'_>, cycle_id: &str, permission: Permission) -> Result<Standing, Error> {
    let cycle = cycles::find_published(cx, cycle_id)?.ok_or(Error::NotFound)?;
    let committee = cycles::committee_of(cx, cycle_id)?;
    if cx.principal.organisations_with(permission).is_some_and(|mine| committee.is_none_or(|committee| !mine.contains(&committee)))
    {
        return Err(Error::NotFound);
    }
    let levels: Vec<Level> = cycle.definition.pass_rate_caps.iter().map(|cap| cap.level).collect();
    Ok(Standing {
        settlement: store::find_settlement(cx.conn, cycle_id)?,
        reviewed: store::list_reviewed(cx.conn, cycle_id, &levels)?,
        open_meetings: store::count_open(cx.conn, cycle_id)?,
        under_way: applications::service::count_under_way(cx, cycle_id, &levels)?,
        cycle,
    })
}

/// Settles the caps of a cycle once, after its last meeting: whoever waits for it has passed or not. Applications that may still come before a meeting
/// are left out only where that is said.
pub fn settle(cx: &mut Cx<'_>, cycle_id: &str, leave_out: bool) -> Result<Standing, Error> {
    cx.changes_only(&[]);
    let found = standing(cx, cycle_id, Permission::MeetingManage)?;
    if let Some(settlement) = found.settlement {
        return Err(Error::Settled(settlement.settled_at));
    }
    if found.open_meetings > 0 {
        return Err(Error::MeetingsOpen(found.open_meetings));
    }
    if found.under_way > 0 && !leave_out {
        return Err(Error::UnderWay(found.under_way));
    }
    let rulings = found.rulings();
    if rulings.is_empty() {
        return Err(Error::NobodyWaits);
    }
    let settled_by = cx.principal.signed_in().map_err(|_| Error::NotFound)?;
    let row = SettlementRow { cycle_id: cycle_id.to_owned(), settled_by, settled_at: cx.now, left_out: found.under_way };
    store::insert_settlement(cx.conn, &row).map_err(|error| match error {
        db::Error::Unique(_) => Error::Settled(cx.now),
        other => other.into(),
    })?;
    let meetings: HashMap<ApplicationId, MeetingId> = found.reviewed.iter().map(|one| (one.ruling.id, one.meeting)).collect();
    let ids: Vec<ApplicationId> = rulings.iter().map(|ruling| ruling.id).collect();
    let mut rows: HashMap<_, _> = applications::service::list_any(cx, &ids)?.into_iter().map(|row| (row.id, row)).collect();
    for ruling in &rulings {
        let (Some(row), Some(meeting)) = (rows.remove(&ruling.id), meetings.get(&ruling.id)) else {
            return Err(Error::Changed);
        };
        decide_candidate(cx, row, ruling, true)?;
        store::set_ruling(cx.conn, *meeting, ruling)?;
    }
    let passed: Vec<ApplicationId> =
        rulings.iter().filter(|ruling| ruling.passed() == Some(true)).map(|ruling| ruling.id).collect();
    let places: Vec<_> = found
        .groups()
        .iter()
        .map(|group| json!({ "level": group.cap.level, "specialty": group.specialty, "reviewed": group.members.len(), "places": group.places }))
        .collect();
    cx.record(Act {
        action: "cycle.settle_caps",
        object_kind: "cycle",
        object_id: cycle_id.to_owned(),
        clause: Some(found.cycle.definition.own_clause("4.8")),
        detail: json!({ "settled": rulings.len(), "passed": passed, "left_out": found.under_way, "caps": places }),
    })?;
    heads::schedule(cx.conn, &*cx.app.ids, cx.now, heads::HeadReason::MeetingClosed, cx.now)?;
    standing(cx, cycle_id, Permission::MeetingManage)
}
