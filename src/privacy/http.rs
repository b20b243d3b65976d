//! Personal data over HTTP.

use super::export::{self, PersonalData};
use super::record::Error;
use super::rules::NUMBER_IN_TEXT;
use super::service::{self, IdentityViewRequest};
use crate::applications::settle;
use crate::attachments;
use crate::authz::perm;
use crate::disclosures::{PersonalField, Purpose};
use crate::http::{Allowed, Answer, Body, InPerson, Outcome, Path, Resource, Routes, Saved, routes};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
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
/// Everywhere else resident IDs and phones are shown masked. Each call is a row of the record of acts: who, in which role, whom, which fields, what
/// for, from where. A repeat is another look: it takes no idempotency key.
#[utoipa::path(post, path = "/v1/applications/{application_id}/full-views", tag = "review", extensions(("x-problems" = json!(["number_in_text"]))))]
pub async fn create_full_view(
    call: Allowed<perm::IdentityView>,
    id: Path<ApplicationId>,
    body: Body<FullViewCreate>,
) -> Outcome<Answer<FullView>> {
    settle(&call).await?;
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

impl Resource for PersonalData {}

/// 导出本人数据 / Export one's own data
///
/// Everything that is kept about the person who asks, resident ID and phone in full, as one document to be saved; where each file is to be had, and
/// who has seen what. The proof of who one is has to be recent. The export is on record.
#[utoipa::path(get, path = "/v1/me/personal-data", tag = "identity", extensions(("x-problems" = json!(["step_up_required"]))))]
pub async fn export_personal_data(call: InPerson) -> Outcome<Saved<PersonalData>> {
    settle(&call).await?;
    call.read(crate::credentials::require_recent_authentication).await?;
    let value = call.write(export::export).await?;
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
