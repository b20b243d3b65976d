//! A person's notices over HTTP.

use super::service::{self, Error};
use crate::applications::http::expire_due;
use crate::http::{Answer, Cursor, NoContent, Outcome, Path, Query, Routes, SignedIn, page, page_limit, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{ApplicationId, NoticeId};
use utoipa::{IntoParams, ToSchema};

/// A notice to the signed-in person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// About which application.
    pub application_id: Option<ApplicationId>,
    /// What happened.
    #[schema(example = "application.return")]
    pub kind: String,
    /// By which clause.
    pub clause: Option<String>,
    /// Stage, due instant and the like.
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
    /// When.
    pub created_at: Instant,
    /// When it was marked as read.
    pub read_at: Option<Instant>,
}

page!(
    /// Notices, newest first.
    NoticePage of Notice
);

/// Which notices.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    /// Only those not marked as read.
    #[serde(default)]
    pub unread: bool,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 本人通知 / List the own notices
#[utoipa::path(get, path = "/v1/notices", tag = "identity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_notices(call: SignedIn, query: Query<NoticeQuery>) -> Outcome<Answer<NoticePage>> {
    expire_due(&call).await?;
    let query = query.0;
    let limit = page_limit(query.limit)?;
    let account = call.principal.signed_in()?;
    call.read(move |cx| {
        let filter = format!("notices|{account}|{}", query.unread);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, account, query.unread, before, limit + 1)?;
        NoticePage::of(
            rows,
            limit,
            keys,
            &filter,
            |row| row.id,
            |row| Notice {
                id: row.id,
                application_id: row.application_id,
                kind: row.kind,
                clause: row.clause,
                body: row.body.0,
                created_at: row.created_at,
                read_at: row.read_at,
            },
        )
    })
    .await
    .map(Into::into)
}

/// 标为已读 / Mark a notice as read
#[utoipa::path(put, path = "/v1/notices/{notice_id}/read", tag = "identity")]
pub async fn read_notice(call: SignedIn, id: Path<NoticeId>) -> Outcome<NoContent> {
    let account = call.principal.signed_in()?;
    call.write(move |cx| service::mark_read(cx, account, id.0)).await?;
    Ok(NoContent)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_notices, read_notice);
}
