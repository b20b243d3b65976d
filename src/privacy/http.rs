//! Personal data over HTTP.

use super::error::Error;
use super::export::{self, Export};
use super::rules::NUMBER_IN_TEXT;
use super::service::{self, IdentityViewRequest};
use super::views::SeenBy;
use crate::applications::http::expire_due;
use crate::attachments;
use crate::authz::perm;
use crate::disclosures::{PersonalField, Purpose, ViewKind};
use crate::http::{Allowed, Answer, Body, InPerson, Outcome, Path, Resource, Routes, Saved, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};
use utoipa::ToSchema;
use validator::Validate;

/// What to see in full, and why.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FullViewCreate {
    /// Which numbers.
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4)]
    pub fields: Vec<PersonalField>,
    /// What for.
    pub purpose: Purpose,
    /// Why, in 4 to 200 characters; goes on record. Without any resident ID or phone number.
    #[schema(min_length = 4, max_length = 200, example = "与身份证原件核对")]
    pub reason: String,
}

/// An applicant's numbers in full. Not to be kept: each further look is another request.
#[derive(Serialize, ToSchema)]
pub struct FullView {
    /// Of which application.
    pub application_id: ApplicationId,
    /// The applicant.
    pub account_id: AccountId,
    /// Name.
    pub name: String,
    /// Resident ID; null if not asked for or not known.
    pub id_number: Option<String>,
    /// Mobile phone; null if not asked for or not known.
    pub phone: Option<String>,
    /// When it was put on record.
    pub viewed_at: Instant,
}

impl Resource for FullView {}

/// 查看完整身份信息 / See numbers in full
///
/// Everywhere else resident IDs and phones are shown masked. Each call is a row of the audit log: who, in which role, whom, which fields, what
/// for, from where. A repeat is another look: it takes no idempotency key.
#[utoipa::path(post, path = "/v1/applications/{application_id}/full-views", tag = "review", extensions(("x-problems" = json!(["number_in_text"]))))]
pub async fn create_full_view(
    call: Allowed<perm::IdentityView>,
    id: Path<ApplicationId>,
    body: Body<FullViewCreate>,
) -> Outcome<Answer<FullView>> {
    expire_due(&call).await?;
    let request = IdentityViewRequest { fields: body.value.fields, purpose: body.value.purpose, reason: body.value.reason };
    call.write(move |cx| {
        let seen = service::view_identity(cx, id.0, request)?;
        Ok::<_, Problem>(FullView {
            application_id: id.0,
            account_id: seen.account.id,
            name: seen.account.name,
            id_number: seen.id_number,
            phone: seen.phone,
            viewed_at: cx.now,
        })
    })
    .await
    .map(Into::into)
}

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

impl Resource for PersonalData {}

impl From<Export> for PersonalData {
    fn from(export: Export) -> Self {
        Self {
            exported_at: export.exported_at,
            account: PersonalAccount {
                id: export.account.id,
                login: export.account.login,
                name: export.account.name,
                id_number: export.id_number,
                phone: export.phone,
                created_at: export.account.created_at,
            },
            records: export.records,
            views: export.views.into_iter().map(DataView::from).collect(),
        }
    }
}

/// A look at somebody's data.
#[derive(Debug, Serialize, ToSchema)]
pub struct DataView {
    /// Its number in the record.
    pub seq: i64,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor_id: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// What was seen.
    pub kind: ViewKind,
    /// Of which application.
    pub application_id: Option<String>,
    /// Which file.
    pub attachment_id: Option<String>,
    /// Which fields in full.
    pub fields: Vec<String>,
    /// What for; null for kinds that ask for no purpose, and once it was erased.
    pub purpose: Option<String>,
    /// In the words of who looked.
    pub reason: Option<String>,
    /// From which address.
    pub from: Option<String>,
    /// The request's trace id.
    pub trace_id: String,
}

impl From<SeenBy> for DataView {
    fn from(SeenBy { kind, row }: SeenBy) -> Self {
        let text = |name: &str| row.detail.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
        let fields = row.detail.get("fields").and_then(serde_json::Value::as_array).into_iter().flatten();
        Self {
            application_id: text("application"),
            attachment_id: text("attachment"),
            fields: fields.filter_map(serde_json::Value::as_str).map(str::to_owned).collect(),
            purpose: text("purpose"),
            reason: text("reason"),
            from: text("from"),
            seq: row.seq,
            at: row.at,
            actor_id: row.actor_id,
            role: row.role,
            organisation_id: row.organisation_id,
            kind,
            trace_id: row.trace_id,
        }
    }
}

/// 导出本人数据 / Export one's own data
///
/// Everything that is kept about the person who asks, resident ID and phone in full, as one document to be saved; where each file is to be had, and
/// who has seen what. The proof of who one is has to be recent. The export is on record.
#[utoipa::path(get, path = "/v1/me/personal-data", tag = "identity", extensions(("x-problems" = json!(["step_up_required"]))))]
pub async fn export_personal_data(call: InPerson) -> Outcome<Saved<PersonalData>> {
    expire_due(&call).await?;
    call.read(crate::credentials::require_recent_authentication).await?;
    let value = call.write(export::export).await?.into();
    Ok(Saved { file_name: "personal-data.json", value })
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Unauthenticated => Code::Unauthenticated.into(),
            Error::Reason(findings) => {
                let holds_number = findings.iter().all(|finding| finding.code == NUMBER_IN_TEXT);
                Self::new(if holds_number { Code::NumberInText } else { Code::InvalidBody }).findings(findings)
            }
            Error::RetentionNotSet => Self::new(Code::Conflict).detail("未配置 privacy.retention_months", error.to_string()),
            Error::RetentionTooLong(_) => Self::internal(&error),
            Error::NotErasable(reason) => Self::new(Code::Conflict).detail(format!("不可删除：{reason}"), error.to_string()),
            Error::Application(error) => error.into(),
            Error::Account(error) => error.into(),
            Error::Storage(error) => attachments::Error::from(error).into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(list; create_full_view, export_personal_data);
}
