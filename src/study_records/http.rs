//! The registry of continuing education over HTTP.

use super::rules::NewStudyRecord;
use super::service::{self, Error};
use crate::authz::perm;
use crate::context::Cx;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, Outcome, Path, Query, Resource, Routes, page, page_limit,
    routes,
};
use crate::problem::{Code, Finding, Problem, Text};
use crate::records::study_records::StudyRow;
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::identity_numbers::mask_id_number;
use title_review_core::ids::{AccountId, ImportId, OrganisationId, StudyRecordId};
use title_review_core::vocabulary::StudyKind;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(findings) => Self::new(Code::InvalidBody).findings(findings),
            Error::Exists { same } => {
                let (zh, en) = if same {
                    ("该证书已登记", "the certificate is registered already")
                } else {
                    (
                        "该证书已登记，学时不同：请先撤回原记录",
                        "the certificate is registered with other hours: withdraw that record first",
                    )
                };
                let code = Code::AlreadyExists;
                Self::new(code).finding(Finding::field("/certificate_number", code.as_str(), Text::new(zh, en)))
            }
            Error::ClientRefReused => {
                Self::field(Code::ClientRefReused, "/client_ref", Code::ClientRefReused.zh(), Code::ClientRefReused.en())
            }
            Error::NotFound => Code::NotFound.into(),
            Error::Withdrawn => Code::RecordWithdrawn.into(),
            Error::Nobody => Code::Forbidden.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::Keys(error) => Self::internal(&error),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A certificate of continuing education to be entered.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StudyRecordCreate {
    /// Resident ID of the person (GB 11643). An account is not needed.
    #[schema(pattern = "^[0-9]{17}[0-9Xx]$", example = "11010519491231002X")]
    pub id_number: String,
    /// Calendar year for which it counts; not a later one than this.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(minimum = 1990, maximum = 2200, example = 2023)]
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours (学时).
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000, example = 60)]
    pub hours: u32,
    /// Number of the certificate.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "ZJ-2023-0001")]
    pub certificate_number: String,
    /// The client's own name for the record, unique in the organisation: a repeat with the same content is harmless.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_length = 1, max_length = 50, example = "WS-0001")]
    pub client_ref: Option<String>,
}

impl From<StudyRecordCreate> for NewStudyRecord {
    fn from(body: StudyRecordCreate) -> Self {
        let StudyRecordCreate { id_number, year, kind, hours, certificate_number, client_ref } = body;
        Self { id_number, year, kind, hours, certificate_number, client_ref }
    }
}

/// Why a record is withdrawn.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StudyRecordWithdraw {
    /// In words, for the record.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "学时录入有误")]
    pub reason: String,
}

/// A certificate in the registry. The resident ID is shown masked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegisteredStudyRecord)]
pub struct RegisteredStudyRecord {
    /// Its id: what `study_records[].record_id` of a profile points to.
    pub id: StudyRecordId,
    /// Masked in its middle.
    #[schema(example = "110105********002X")]
    pub id_number_masked: String,
    /// Calendar year for which it counts.
    pub year: i32,
    /// General or specialty.
    pub kind: StudyKind,
    /// Hours.
    pub hours: i32,
    /// Number of the certificate.
    pub certificate_number: String,
    /// The client's own name for it.
    pub client_ref: Option<String>,
    /// For which organisation it was entered.
    pub organisation_id: OrganisationId,
    /// By which import; null where it was entered alone.
    pub import_id: Option<ImportId>,
    /// When it was entered.
    pub recorded_at: Instant,
    /// When it was withdrawn; from then on it does not count.
    pub withdrawn_at: Option<Instant>,
    /// Why it was withdrawn.
    pub withdrawal_reason: Option<String>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for RegisteredStudyRecord {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/study-records/{}", self.id))
    }
}

fn view(cx: &Cx<'_>, row: StudyRow) -> Result<RegisteredStudyRecord, Error> {
    Ok(RegisteredStudyRecord {
        id_number_masked: mask_id_number(&service::id_number_of(cx, &row)?),
        id: row.id,
        year: row.year,
        kind: row.kind,
        hours: row.hours,
        certificate_number: row.certificate_number,
        client_ref: row.client_ref,
        organisation_id: row.organisation_id,
        import_id: row.import_id,
        recorded_at: row.recorded_at,
        withdrawn_at: row.withdrawn_at,
        withdrawal_reason: row.withdrawal_reason,
        version: row.version,
    })
}

page!(
    /// Records of the registry, newest first.
    StudyRecordPage of RegisteredStudyRecord
);

/// 登记继续教育证书 / Enter a certificate of continuing education
///
/// Of anybody, by their resident ID, for the own organisation. What an applicant says to come from the system counts as it stands here (4.2.4b).
#[utoipa::path(post, path = "/v1/study-records", tag = "study", extensions(("x-problems" = json!(["invalid_resident_id", "already_exists", "client_ref_reused"]))))]
pub async fn create_study_record(
    call: Allowed<perm::StudyRecordManage>,
    key: IdempotencyKey,
    body: Body<StudyRecordCreate>,
) -> Outcome<Created<RegisteredStudyRecord>> {
    let new = NewStudyRecord::from(body.value);
    call.write_once(key, &body.fingerprint, move |cx| {
        let row = service::create(cx, new)?;
        view(cx, row)
    })
    .await
}

/// Which records.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StudyRecordQuery {
    /// Of the person who has this account.
    pub account_id: Option<AccountId>,
    /// Of this year.
    pub year: Option<i32>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 继续教育登记列表 / List certificates of continuing education
///
/// An applicant sees their own, staff what their organisation entered, the supervisor everything.
#[utoipa::path(get, path = "/v1/study-records", tag = "study", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_study_records(
    call: Allowed<perm::StudyRecordRead>,
    query: Query<StudyRecordQuery>,
) -> Outcome<Answer<StudyRecordPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("study_records|{:?}|{:?}|{:?}", cx.principal.account, query.account_id, query.year);
        let keys = &cx.app.clone().keys;
        let before = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list(cx, query.account_id, query.year, before, limit + 1)?;
        let views = rows.into_iter().map(|row| view(cx, row)).collect::<Result<Vec<_>, _>>()?;
        StudyRecordPage::of(views, limit, keys, &filter, |row| row.id, |row| row)
    })
    .await
    .map(Into::into)
}

/// 继续教育登记 / Get a certificate of continuing education
#[utoipa::path(get, path = "/v1/study-records/{study_record_id}", tag = "study")]
pub async fn get_study_record(
    call: Allowed<perm::StudyRecordRead>,
    id: Path<StudyRecordId>,
) -> Outcome<Answer<RegisteredStudyRecord>> {
    call.read(move |cx| {
        let row = service::find(cx, id.0)?;
        view(cx, row)
    })
    .await
    .map(Into::into)
}

/// 撤回继续教育登记 / Withdraw a certificate of continuing education
///
/// One that was wrong: it does not count any more, and stays on record. The right one is entered anew.
#[utoipa::path(post, path = "/v1/study-records/{study_record_id}/withdrawal", tag = "study", extensions(("x-problems" = json!(["record_withdrawn"]))))]
pub async fn withdraw_study_record(
    call: Allowed<perm::StudyRecordManage>,
    id: Path<StudyRecordId>,
    if_match: IfMatch,
    body: Body<StudyRecordWithdraw>,
) -> Outcome<Answer<RegisteredStudyRecord>> {
    call.write(move |cx| {
        let row = service::withdraw(cx, id.0, if_match.version(), body.value.reason.trim())?;
        view(cx, row)
    })
    .await
    .map(Into::into)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    list.require::<crate::accounts::Directory>();
    routes!(list; create_study_record, list_study_records, get_study_record, withdraw_study_record);
}
