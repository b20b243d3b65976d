//! Use cases: objecting to a notice, asking what became of it, deciding.

use super::rules::{self, Parties, Unobjectionable};
use super::service::{Error, parties_of};
use crate::applications::service as applications;
use crate::authz::{OwnApplication, Permission};
use crate::context::{Act, Cx, Part};
use crate::cycles::service as cycles;
use crate::keys::{self, field_aad};
use crate::records::notices;
use crate::records::publicity::store;
use crate::records::publicity::{ObjectionRow, ObjectionStatus, PublicityKind, PublicityRow, rule_of, state_of};
use data_encoding::BASE32_NOPAD;
use serde_json::json;
use title_review_core::ids::{ApplicationId, ObjectionId, PublicityId};

/// What somebody objects.
pub struct NewObjection {
    /// What.
    pub text: String,
    /// Who, if they say so.
    pub name: Option<String>,
    /// How to reach them, if they say so.
    pub contact: Option<String>,
}

/// An objection as its receipt shows it.
#[derive(Debug)]
pub struct Receipt {
    /// The number, known to nobody but who raised it.
    pub number: String,
    /// The objection.
    pub row: ObjectionRow,
}

/// The address that a request comes from, unreadable, and different for each notice.
fn address_index(cx: &Cx<'_>, publicity: PublicityId) -> String {
    let address = cx.address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
    cx.app.keys.blind_index("objections.address", &format!("{publicity} {address}"))
}

/// Takes an objection to a notice that runs. Gives its receipt, which is told once.
pub fn raise(cx: &mut Cx<'_>, publicity: PublicityId, new: &NewObjection) -> Result<Receipt, Error> {
    cx.changes_only(&[]);
    let notice = store::find_publicity(cx.conn, publicity)?.ok_or(Error::NotFound)?;
    rules::objectionable(state_of(&notice, cx.now)).map_err(|why| match why {
        Unobjectionable::Unknown => Error::NotFound,
        Unobjectionable::Closed(state) => Error::Closed(state),
    })?;
    let address = address_index(cx, publicity);
    let limits = &cx.app.config.limits;
    let waiting = store::count_open_by_address(cx.conn, publicity)?;
    let of_address = waiting.iter().filter(|(of, _)| of.as_ref() == Some(&address)).map(|(_, count)| count).sum::<i64>();
    let in_all = waiting.iter().map(|(_, count)| count).sum::<i64>();
    for (count, most) in [(of_address, limits.open_objections_of_address), (in_all, limits.open_objections)] {
        if most > 0 && count >= i64::from(most) {
            return Err(Error::TooManyObjections(most));
        }
    }
    let number = BASE32_NOPAD.encode(&keys::random_bytes::<20>());
    let id = ObjectionId::new(&*cx.app.ids, cx.now);
    let ring = &cx.app.keys;
    let seal = |column: &str, text: &str| ring.seal(&field_aad("objections", id.as_str(), column), text);
    let row = ObjectionRow {
        id,
        publicity_id: notice.id,
        application_id: notice.application_id,
        receipt_index: ring.blind_index("objections.receipt", &number),
        name_sealed: new.name.as_deref().map(|name| seal("name", name)).transpose()?,
        contact_sealed: new.contact.as_deref().map(|contact| seal("contact", contact)).transpose()?,
        text_sealed: seal("text", &new.text)?,
        raised_at: cx.now,
        status: ObjectionStatus::Open,
        reason: None,
        decided_by: None,
        decided_at: None,
        address_index: Some(address),
    };
    // What anybody writes to a notice takes no version from those who work on the application.
    cx.changes_also(&[Part::Application(notice.application_id)]);
    store::insert_objection(cx.conn, &row)?;
    cx.record(Act {
        action: "objection.raise",
        object_kind: "objection",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "publicity": notice.id, "kind": notice.kind }),
    })?;
    Ok(Receipt { number, row })
}

/// What became of an objection, for the holder of its receipt.
pub fn find_receipt(cx: &mut Cx<'_>, number: &str) -> Result<Receipt, Error> {
    let number = number.to_ascii_uppercase();
    let index = cx.app.keys.blind_index("objections.receipt", &number);
    let row = store::find_objection_by_receipt(cx.conn, &index)?.ok_or(Error::NotFound)?;
    Ok(Receipt { number, row })
}

/// An objection as those see it who look into it.
#[derive(Debug)]
pub struct ObjectionView {
    /// Its row.
    pub row: ObjectionRow,
    /// Kind of the notice it was raised to.
    pub kind: PublicityKind,
    /// What is objected.
    pub text: String,
    /// Who raised it; only for who decides it, and only if they said so.
    pub name: Option<String>,
    /// How to reach them; only for who decides it, and only if they said so.
    pub contact: Option<String>,
}

/// Objections about an application that the principal may see, in the order in which they were raised.
pub fn list_objections(
    cx: &mut Cx<'_>,
    id: ApplicationId,
    status: Option<ObjectionStatus>,
    after: Option<ObjectionId>,
    limit: i64,
) -> Result<Vec<ObjectionView>, Error> {
    let application = applications::find_for(cx, id, Permission::ObjectionResolve)?;
    // To its applicant, what was objected is absent.
    cx.principal.refuse_own(application.applicant_id).map_err(|OwnApplication| Error::NotFound)?;
    let cycle = cycles::find_version(cx, &application.cycle_id, application.cycle_version)?;
    let mut shown: Vec<(PublicityRow, Parties)> = store::list_publicities(cx.conn, id)?
        .into_iter()
        .map(|row| {
            let parties = parties_of(&application, &cycle, &row);
            (row, parties)
        })
        .collect();
    shown.retain(|(_, parties)| rules::sees(cx.principal, parties));
    let ids: Vec<PublicityId> = shown.iter().map(|(row, _)| row.id).collect();
    let rows = store::list_objections(cx.conn, id, &ids, status, after, limit)?;
    rows.into_iter()
        .map(|row| {
            let (notice, parties) = shown.iter().find(|(notice, _)| notice.id == row.publicity_id).ok_or(Error::NotFound)?;
            let open = |column: &str, sealed: &str| cx.app.keys.open(&field_aad("objections", row.id.as_str(), column), sealed);
            let (kind, named) = (notice.kind, rules::responsible(cx.principal, parties));
            let text = open("text", &row.text_sealed)?;
            let name = row.name_sealed.as_deref().filter(|_| named).map(|sealed| open("name", sealed)).transpose()?;
            let contact = row.contact_sealed.as_deref().filter(|_| named).map(|sealed| open("contact", sealed)).transpose()?;
            Ok(ObjectionView { row, kind, text, name, contact })
        })
        .collect()
}

/// Decides an objection, once, and tells the applicant.
pub fn decide(cx: &mut Cx<'_>, id: ObjectionId, upheld: bool, reason: &str) -> Result<(ObjectionRow, PublicityKind), Error> {
    let row = store::find_objection(cx.conn, id)?.ok_or(Error::NotFound)?;
    let (rows, kind) = decide_together(cx, row.publicity_id, &[id], upheld, reason)?;
    Ok((rows.into_iter().next().ok_or(Error::NotFound)?, kind))
}

/// Decides objections to one notice alike, each once, all or none, and tells the applicant.
pub fn decide_together(
    cx: &mut Cx<'_>,
    publicity: PublicityId,
    ids: &[ObjectionId],
    upheld: bool,
    reason: &str,
) -> Result<(Vec<ObjectionRow>, PublicityKind), Error> {
    cx.changes_only(&[]);
    let notice = store::find_publicity(cx.conn, publicity)?.ok_or(Error::NotFound)?;
    let application = applications::find_for(cx, notice.application_id, Permission::ObjectionResolve)?;
    cx.principal.refuse_own(application.applicant_id)?;
    let cycle = cycles::find_version(cx, &notice.cycle_id, notice.cycle_version)?;
    let parties = parties_of(&application, &cycle, &notice);
    if !rules::responsible(cx.principal, &parties) {
        return Err(if rules::sees(cx.principal, &parties) { Error::NotResponsible } else { Error::NotFound });
    }
    let status = if upheld { ObjectionStatus::Upheld } else { ObjectionStatus::Rejected };
    let decided = store::set_decided(cx.conn, publicity, ids, status, reason, cx.principal.account, cx.now)?;
    let rows = store::list_by_ids(cx.conn, publicity, ids)?;
    if let Some(at) = ids.iter().position(|id| rows.iter().all(|row| row.id != *id)) {
        return Err(Error::OfAnotherNotice(at));
    }
    if decided != ids.len() {
        // Which one came first is told; what was written is taken back with the transaction.
        let known = rows.iter().find(|row| row.decided_at != Some(cx.now) || row.status != status);
        return Err(Error::Decided(known.map_or(status, |row| row.status)));
    }
    applications::bump_version(cx, &application)?;
    let clause = rule_of(&cycle.definition, notice.step).objections.clause.as_str();
    let (action, object_kind, object_id) = match ids {
        [id] => ("objection.decide", "objection", id.to_string()),
        _ => ("objection.decide_together", "publicity", notice.id.to_string()),
    };
    let detail = json!({ "publicity": notice.id, "kind": notice.kind, "status": status, "objections": ids });
    cx.record(Act { action, object_kind, object_id, clause: Some(clause), detail })?;
    let body = json!({ "publicity_id": notice.id, "kind": notice.kind, "status": status });
    notices::insert(cx, application.applicant_id, Some(application.id), "objection.decide", Some(clause), &body)?;
    Ok((rows, notice.kind))
}
