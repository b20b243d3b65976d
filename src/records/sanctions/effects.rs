//! Sanctions on record, and the ban that follows from fraud.

use super::model::SanctionKind;
use super::rows::SanctionRow;
use super::store;
use crate::context::{Act, Cx};
use crate::db;
use crate::records::Subject;
use serde_json::json;
use title_review_core::ids::SanctionId;

/// Writes a sanction and its row of the audit log.
pub fn record_sanction(cx: &mut Cx<'_>, row: &SanctionRow) -> Result<(), db::Error> {
    store::insert_sanction(cx.conn, row)?;
    let clause = match row.kind {
        SanctionKind::FraudBan => "A3",
        SanctionKind::Disciplinary => "1.1c",
        SanctionKind::Bar | SanctionKind::Delay => "1.1d",
    };
    cx.record(Act {
        action: "sanction.record",
        object_kind: "sanction",
        object_id: row.id.to_string(),
        clause: Some(clause),
        detail: json!({ "kind": row.kind, "account": row.account_id, "organisation": row.organisation_id, "application": row.application_id,
            "from": row.from_day, "until": row.until_day, "first_year": row.first_year, "last_year": row.last_year }),
    })
}

/// Bars the applicant of a fraudulent application for the years that its cycle says (A3). Called by the transition that the decision leads to.
pub fn bar_applicant(cx: &mut Cx<'_>, application: &Subject<'_>) -> Result<(), db::Error> {
    let Some(fraud) = store::find_fraud(cx.conn, application.id)? else { return Ok(()) };
    let Some(years) = application.cycle.fraud.barred_years(application.cycle.year) else { return Ok(()) };
    let sanction = SanctionRow {
        id: SanctionId::new(&*cx.app.ids, cx.now),
        kind: SanctionKind::FraudBan,
        account_id: Some(application.applicant_id),
        organisation_id: None,
        ground: application.cycle.fraud.clause.clone(),
        reason: fraud.finding,
        from_day: None,
        until_day: None,
        first_year: Some(i32::from(*years.start())),
        last_year: Some(i32::from(*years.end())),
        application_id: Some(application.id),
        committee_id: application.committee_id,
        recorded_by: fraud.decided_by,
        recorded_at: cx.now,
    };
    record_sanction(cx, &sanction)
}
