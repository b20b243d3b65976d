//! One's own data as one document.

use super::inventory::PERSONAL_TABLES;
use super::record::Error;
use super::views::{DataView, list_views};
use crate::accounts;
use crate::app::Cx;
use crate::audit::ViewFilter;
use crate::db::raw;
use crate::disclosures::{self, View, ViewKind};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use title_review_core::clock::Instant;
use title_review_core::ids::AccountId;
use utoipa::ToSchema;

/// Looks at somebody's data that are told at most: the latest.
const MOST_VIEWS: i64 = 10_000;

/// The account, with its numbers in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalAccount {
    /// Its id.
    pub id: AccountId,
    /// What its owner signs in with.
    pub login: String,
    /// Name.
    pub name: String,
    /// Resident ID in full.
    pub id_number: Option<String>,
    /// Mobile phone in full.
    pub phone: Option<String>,
    /// When it was made.
    pub created_at: Instant,
}

/// Everything that is kept about the person who asks.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalData {
    /// When it was put together.
    pub exported_at: Instant,
    /// The account.
    pub account: PersonalAccount,
    /// Rows by the name of their table: profile, applications with dossiers, history (`steps`), corrections, attachments (each with `content`, the
    /// path of the file), orders, payments, certificates, notices, sessions and whatever else there is. Digests and secrets of the server, what others
    /// said in confidence, votes and scores are left out.
    #[schema(value_type = Object)]
    pub records: BTreeMap<&'static str, Vec<Map<String, Value>>>,
    /// Who saw these data, newest first.
    pub views: Vec<DataView>,
}

/// Puts everything together at one moment, and on record.
pub fn export(cx: &mut Cx<'_>) -> Result<PersonalData, Error> {
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
    let views = list_views(cx.conn, &filter, None, MOST_VIEWS)?.into_iter().map(DataView::from).collect();
    disclosures::append(cx, cx.principal, id, &View::of(ViewKind::Export, None))?;
    let account =
        PersonalAccount { id, login: account.login, name: account.name, id_number, phone, created_at: account.created_at };
    Ok(PersonalData { exported_at: cx.now, account, records, views })
}
