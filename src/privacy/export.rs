//! One's own data as one document.

use super::error::Error;
use super::inventory::PERSONAL_TABLES;
use super::views::{SeenBy, list_views};
use crate::accounts::{self, AccountRow};
use crate::audit::ViewFilter;
use crate::context::Cx;
use crate::db::raw;
use crate::disclosures::{self, View, ViewKind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use title_review_core::clock::Instant;

/// Looks at somebody's data that are told at most: the latest.
const MOST_VIEWS: i64 = 10_000;

/// Everything that is kept about a person.
#[derive(Debug)]
pub struct Export {
    /// When it was put together.
    pub exported_at: Instant,
    /// The account.
    pub account: AccountRow,
    /// Resident ID in full.
    pub id_number: Option<String>,
    /// Mobile phone in full.
    pub phone: Option<String>,
    /// Rows by the name of their table.
    pub records: BTreeMap<&'static str, Vec<Map<String, Value>>>,
    /// Who saw these data, newest first.
    pub views: Vec<SeenBy>,
}

/// Puts everything together at one moment, and on record.
pub fn export(cx: &mut Cx<'_>) -> Result<Export, Error> {
    let id = cx.principal.account.ok_or(Error::Unauthenticated)?;
    let account = accounts::find_account(cx, id)?;
    let (id_number, phone) = (accounts::id_number_of(cx, &account)?, accounts::phone_of(cx, &account)?);
    let mut records = BTreeMap::new();
    for about in PERSONAL_TABLES.iter().filter(|table| table.table != "idempotency") {
        let mut rows = raw::rows_as_json(cx.conn, about.table, about.whose, id.as_str())?;
        for row in &mut rows {
            for column in about.hidden {
                row.remove(*column);
            }
            if about.table == "attachments" {
                let content = row.get("id").and_then(Value::as_str).map(|id| format!("/v1/attachments/{id}/content"));
                row.insert("content".to_owned(), content.into());
            }
        }
        records.insert(about.table, rows);
    }
    let filter = ViewFilter { subject: id, actor: None, from: None, to: None };
    let views = list_views(cx.conn, &filter, None, MOST_VIEWS)?;
    disclosures::append(cx, cx.principal, id, &View::of(ViewKind::Export, None))?;
    Ok(Export { exported_at: cx.now, account, id_number, phone, records, views })
}
