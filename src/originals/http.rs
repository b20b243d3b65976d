//! Receipt of originals over HTTP.

use super::error::Error;
use super::service::{self, Listed};
use crate::applications::http::expire_due;
use crate::authz::perm;
use crate::http::{Allowed, Answer, Body, IfMatch, Outcome, Path, Resource, Routes, one_line, routes};
use crate::problem::{Code, Finding, Problem, Text};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};
use utoipa::ToSchema;
use validator::Validate;

/// Receipt of an original.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OriginalReceipt {
    /// Copies received: as many as the cycle asks for, or more.
    #[validate(range(min = 1, max = 99))]
    #[schema(minimum = 1, maximum = 99, example = 2)]
    pub copies: i32,
}

/// An original that is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedOriginal {
    /// Copies received.
    pub copies: i32,
    /// Who received them.
    pub received_by: AccountId,
    /// When.
    pub at: Instant,
}

/// An original that the cycle asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginalItem {
    /// Its name in the API.
    #[schema(example = "review_form")]
    pub item: String,
    /// Its name in the notice.
    #[schema(example = "《专业技术职务任职资格评审表》")]
    pub name: String,
    /// Copies asked for.
    pub copies: u8,
    /// Its receipt; null while it is missing.
    pub received: Option<ReceivedOriginal>,
}

/// The originals of an application (4.4a).
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginalList {
    /// Each item of the cycle's list.
    pub items: Vec<OriginalItem>,
    /// Items that are missing.
    #[schema(example = json!(["commitment"]))]
    pub missing: Vec<String>,
    /// Nothing is missing.
    pub complete: bool,
    /// Version of the application; the ETag.
    pub version: i64,
}

impl Resource for OriginalList {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<Listed> for OriginalList {
    fn from(listed: Listed) -> Self {
        let missing: Vec<String> =
            listed.items.iter().filter(|(_, receipt)| receipt.is_none()).map(|(asked, _)| asked.id.clone()).collect();
        let items = listed
            .items
            .into_iter()
            .map(|(asked, receipt)| OriginalItem {
                item: asked.id,
                name: asked.name,
                copies: asked.copies,
                received: receipt.map(|row| ReceivedOriginal { copies: row.copies, received_by: row.received_by, at: row.at }),
            })
            .collect();
        Self { items, complete: missing.is_empty(), missing, version: listed.row.version }
    }
}

/// 原件清单 / List the originals
///
/// What the cycle asks for, what is in, what is missing.
#[utoipa::path(get, path = "/v1/applications/{application_id}/originals", tag = "meetings")]
pub async fn list_originals(call: Allowed<perm::ApplicationRead>, id: Path<ApplicationId>) -> Outcome<Answer<OriginalList>> {
    expire_due(&call).await?;
    call.read(move |cx| service::list(cx, id.0).map(OriginalList::from)).await.map(Into::into)
}

/// 收讫原件 / Record the receipt of an original
///
/// Once for each item, after formal review. With the last one, and everything else settled, the application is ready for its meeting.
#[utoipa::path(put, path = "/v1/applications/{application_id}/originals/{item}", tag = "meetings",
    extensions(("x-problems" = json!(["unknown_original", "already_exists", "stage_conflict", "out_of_turn", "self_review", "payment_window_closed"]))))]
pub async fn receive_original(
    call: Allowed<perm::OriginalsReceive>,
    path: Path<(ApplicationId, String)>,
    if_match: IfMatch,
    body: Body<OriginalReceipt>,
) -> Outcome<Answer<OriginalList>> {
    expire_due(&call).await?;
    let (id, item) = path.0;
    call.write(move |cx| service::receive(cx, id, if_match.version(), &item, body.value.copies).map(OriginalList::from))
        .await
        .map(Into::into)
}

/// Why a receipt is taken back.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReceiptReversalCreate {
    /// In words, for the record; one line.
    #[validate(length(min = 1, max = 500), custom(function = "one_line"))]
    #[schema(min_length = 1, max_length = 500, example = "误登记为他人的原件")]
    pub reason: String,
}

/// 撤销原件收讫 / Take the receipt of an original back
///
/// One that was recorded by mistake, until the application is on the list of a meeting. The original is missing again, and an application that was ready
/// waits for it. Both acts stay on record; the applicant is told.
#[utoipa::path(post, path = "/v1/applications/{application_id}/originals/{item}/receipt-reversal", tag = "meetings",
    extensions(("x-problems" = json!(["unknown_original", "original_not_received", "stage_conflict", "out_of_turn", "self_review"]))))]
pub async fn reverse_receipt(
    call: Allowed<perm::OriginalsReceive>,
    path: Path<(ApplicationId, String)>,
    if_match: IfMatch,
    body: Body<ReceiptReversalCreate>,
) -> Outcome<Answer<OriginalList>> {
    expire_due(&call).await?;
    let (id, item) = path.0;
    call.write(move |cx| service::reverse(cx, id, if_match.version(), &item, body.value.reason).map(OriginalList::from))
        .await
        .map(Into::into)
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unknown { known, clause } => {
                let known = known.join(", ");
                let text = Text::new(format!("原件清单为 {known}"), format!("the list has {known}"));
                let finding = Finding::parameter("item", Code::UnknownOriginal.as_str(), text).clause(clause, None);
                Self::new(Code::UnknownOriginal).finding(finding)
            }
            Error::TooFew { needed, clause } => {
                let text = Text::new(format!("须一式 {needed} 份"), format!("{needed} copies are asked for"));
                let finding = Finding::field("/copies", Code::InvalidField.as_str(), text).clause(clause, None);
                Self::new(Code::InvalidField).finding(finding)
            }
            Error::Received => Self::new(Code::AlreadyExists).detail("该原件已收讫", "This original was received already"),
            Error::NotReceived => Code::OriginalNotReceived.into(),
            Error::Anonymous => Code::Unauthenticated.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Application(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; list_originals, receive_original, reverse_receipt);
}
