//! Window extensions over HTTP.

use super::service::{self, Error};
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::cycles::model::NewExtension;
use crate::cycles::record::ExtensionRow;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, Outcome, PageQuery, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::cycles::definition::WindowName;
use title_review_core::ids::{AccountId, ExtensionId};
use utoipa::ToSchema;
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownAccount => Self::field(Code::InvalidField, "/account_id", "账号不存在", "there is no such account"),
            Error::Cycles(error) => error.into(),
            Error::Application(error) => error.into(),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A window to be kept open longer.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WindowExtensionCreate {
    /// Which.
    pub window: WindowName,
    /// For whom; everyone when omitted.
    pub account_id: Option<AccountId>,
    /// New close, later than the one that holds; whether the instant itself is in time stays as the window has it.
    pub until: Instant,
    /// Why.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// A window kept open longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowExtension {
    /// Its id.
    pub id: ExtensionId,
    /// Of which cycle.
    pub cycle_id: String,
    /// Which window.
    pub window: WindowName,
    /// For whom; null: everyone.
    pub account_id: Option<AccountId>,
    /// New close.
    pub until: Instant,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
}

impl Resource for WindowExtension {}

impl From<ExtensionRow> for WindowExtension {
    fn from(row: ExtensionRow) -> Self {
        Self {
            id: row.id,
            cycle_id: row.cycle_id,
            window: row.window,
            account_id: row.account_id,
            until: row.until,
            reason: row.reason,
            created_by: row.created_by,
            created_at: row.created_at,
        }
    }
}

page!(
    /// Extensions of a cycle's windows, newest first.
    WindowExtensionPage of WindowExtension
);

/// 延长时间窗口 / Extend a window
///
/// For everyone or for one person, on record. What has lapsed already stays lapsed; what still waits lapses at the new close.
#[utoipa::path(post, path = "/v1/cycles/{cycle}/extensions", tag = "cycles")]
pub async fn create_window_extension(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    key: IdempotencyKey,
    body: Body<WindowExtensionCreate>,
) -> Outcome<Created<WindowExtension>> {
    expire_due(&call).await?;
    let WindowExtensionCreate { window, account_id, until, reason } = body.value;
    let decided_by = call.principal.signed_in()?;
    let new = NewExtension { window, account: account_id, until, reason };
    call.write_once(key, &body.fingerprint, move |cx| service::create(cx, decided_by, &cycle.0, new).map(WindowExtension::from))
        .await
}

/// 窗口延长记录 / List the extensions of a cycle's windows
#[utoipa::path(get, path = "/v1/cycles/{cycle}/extensions", tag = "cycles", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_window_extensions(
    call: Allowed<perm::CycleManage>,
    cycle: Path<String>,
    query: Query<PageQuery>,
) -> Outcome<Answer<WindowExtensionPage>> {
    let limit = page_limit(query.0.limit)?;
    call.read(move |cx| {
        let filter = format!("extensions|{}", cycle.0);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.0.cursor.as_deref())?;
        let rows = service::list(cx, &cycle.0, before, limit + 1)?;
        WindowExtensionPage::of(rows, limit, keys, &filter, |row| row.id, WindowExtension::from)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_window_extension, list_window_extensions);
}
