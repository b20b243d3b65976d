//! Attachments over HTTP.

mod intake;
mod problems;

use crate::applications::http::expire_due;
use crate::attachments::error::Error;
use crate::attachments::files::{self, Arriving, Claimed};
use crate::attachments::service::{self, NewFile, Target};
use crate::authz::perm;
use crate::disclosures::http::log_disclosure;
use crate::disclosures::{View, ViewKind};
use crate::http::{
    Allowed, Answer, Call, Created, Download, FormData, IdempotencyKey, IfMatch, NoContent, Outcome, Parts, Path, Query,
    RangeRequest, Resource, Routes, Wanted, routes,
};
use crate::problem::{Code, Problem};
use crate::records::evidence::{AttachmentRow, AttachmentStatus, objects};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};
use utoipa::{IntoParams, ToSchema};

/// A new file, as a form. The parts may come in any order.
#[derive(ToSchema)]
pub struct AttachmentCreate {
    /// Category of the cycle's evidence list.
    #[schema(max_length = 64, example = "degree_certificate")]
    pub category: String,
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
    /// Code for verification at CHSI, where the category takes one (4.2.2).
    #[schema(max_length = 64, example = "A1B2C3D4E5F6G7H8")]
    pub verification_code: Option<String>,
    /// The file. Its content has to be of a type that the category takes.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file in place of another one of its category, as a form. The parts may come in any order.
#[derive(ToSchema)]
pub struct AttachmentReplace {
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
    /// Code for verification at CHSI, where the category takes one (4.2.2).
    #[schema(max_length = 64, example = "A1B2C3D4E5F6G7H8")]
    pub verification_code: Option<String>,
    /// The file. Its content has to be of a type that the category takes.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A file of a dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Of which application.
    pub application_id: ApplicationId,
    /// Category of the cycle's evidence list.
    #[schema(example = "degree_certificate")]
    pub category: String,
    /// Whether it is part of the dossier.
    pub status: AttachmentStatus,
    /// SHA-256 of its bytes, hexadecimal; null when the file was erased.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: Option<String>,
    /// Bytes.
    pub size: i64,
    /// Media type, as found in the content.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// Name that the client gave, without folders.
    #[schema(example = "学历证书.pdf")]
    pub file_name: String,
    /// Pixels across, for images.
    pub width: Option<i32>,
    /// Pixels down, for images.
    pub height: Option<i32>,
    /// Code for verification at CHSI (4.2.2).
    pub verification_code: Option<String>,
    /// Declared not to be classified, or declassified (4.2.3b).
    pub declassified: bool,
    /// The file that it took the place of.
    pub replaces: Option<AttachmentId>,
    /// By whom.
    pub uploaded_by: AccountId,
    /// When.
    pub uploaded_at: Instant,
    /// When it was replaced or deleted.
    pub ended_at: Option<Instant>,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Attachment {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/attachments/{}", self.id))
    }
}

impl From<AttachmentRow> for Attachment {
    fn from(row: AttachmentRow) -> Self {
        Self {
            id: row.id,
            application_id: row.application_id,
            category: row.category,
            status: row.status,
            sha256: Some(row.sha256).filter(|hash| !hash.is_empty()),
            size: row.size,
            media_type: row.media_type,
            file_name: row.file_name,
            width: row.width,
            height: row.height,
            verification_code: row.verification_code,
            declassified: row.declassified,
            replaces: row.replaces,
            uploaded_by: row.uploaded_by,
            uploaded_at: row.uploaded_at,
            ended_at: row.ended_at,
            version: row.version,
        }
    }
}

/// The files of a dossier.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attachments {
    /// In the order in which they came.
    pub items: Vec<Attachment>,
}

impl Resource for Attachments {}

/// Which files.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AttachmentQuery {
    /// Replaced and deleted ones, too.
    #[serde(default)]
    pub ended: bool,
}

/// 上传材料 / Upload a file
///
/// `multipart/form-data`, one file. The content is looked at: its type has to be one of the category's and the declared one; images are refused by
/// their header. If-Match is the application's ETag; the upload raises the application's version, and asks the applicant for the commitment again. The
/// applicant uploads in a draft and after a return, the employer its own documents (4.2.6) while it reviews and after a return.
#[utoipa::path(post, path = "/v1/applications/{application_id}/attachments", tag = "attachments",
    extensions(("x-problems" = json!(["stage_conflict", "lapsed", "window_closed", "correction_overdue", "unknown_category", "disguised_file", "image_too_large", "empty_file", "not_declassified", "verification_code_invalid", "storage_quota", "too_many_files"]))))]
pub async fn upload_attachment(
    call: Allowed<perm::AttachmentEdit>,
    id: Path<ApplicationId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    form: FormData<AttachmentCreate>,
) -> Outcome<Created<Attachment>> {
    receive(&call, key, Target::New(id.0, if_match.version()), form.parts).await
}

/// 替换材料 / Replace a file
///
/// As an upload, in the same category; If-Match is the ETag of the file that is replaced. That one stays for the record, with the status `replaced`.
#[utoipa::path(post, path = "/v1/attachments/{attachment_id}/replacement", tag = "attachments",
    extensions(("x-problems" = json!(["attachment_ended", "stage_conflict", "lapsed", "window_closed", "correction_overdue", "disguised_file", "image_too_large", "empty_file", "not_declassified", "verification_code_invalid", "storage_quota"]))))]
pub async fn replace_attachment(
    call: Allowed<perm::AttachmentEdit>,
    id: Path<AttachmentId>,
    if_match: IfMatch,
    key: IdempotencyKey,
    form: FormData<AttachmentReplace>,
) -> Outcome<Created<Attachment>> {
    receive(&call, key, Target::Instead(id.0, if_match.version()), form.parts).await
}

/// Ingests a form and leaves no temporary file behind, whatever comes of it.
async fn receive(call: &Call, key: IdempotencyKey, target: Target, parts: Parts) -> Outcome<Created<Attachment>> {
    let id = AttachmentId::new(&*call.app.ids, call.facts.now);
    let (arriving, file) = Arriving::create(&call.app.config, id).await.map_err(Error::from)?;
    let outcome = ingest(call, key, target, parts, id, &arriving, file).await;
    arriving.remove().await;
    outcome
}

async fn ingest(
    call: &Call,
    key: IdempotencyKey,
    target: Target,
    mut parts: Parts,
    id: AttachmentId,
    arriving: &Arriving,
    mut file: tokio::fs::File,
) -> Outcome<Created<Attachment>> {
    let time = Duration::from_secs(call.app.config.limits.body_seconds);
    let arrived = tokio::time::timeout(time, async {
        let taken = arrive(call, &key, target, &mut parts, &mut file).await;
        if taken.is_err() {
            intake::drain(&mut parts).await;
        }
        taken
    });
    let (form, known) = arrived.await.map_err(|_| Problem::new(Code::RequestTimeout))??;
    let fingerprint = form.fingerprint();
    let file = if known { None } else { Some(keep(call, target, id, form, arriving).await?) };
    let kept = file.as_ref().map(|file| file.sha256.clone());
    let outcome = call
        .write_once(key, &fingerprint, move |cx| match file {
            Some(file) => service::add(cx, target, file).map(Attachment::from).map_err(Problem::from),
            // The answer was there when the form began to arrive; keys are kept for days.
            None => Err(Code::Conflict.into()),
        })
        .await;
    // After a fault the client comes again with the same file; what it leaves then is found by the daily look for strays.
    if let (Err(refused), Some(kept)) = (&outcome, kept)
        && refused.code.status() < 500
        && let Err(error) = objects::remove_unless_used(&call.app, &kept).await
    {
        tracing::warn!(%error, "the file of a refused upload stays in the store");
    }
    outcome
}

/// The form, and whether its key has an answer already: then nothing but the fingerprint matters.
async fn arrive(
    call: &Call,
    key: &IdempotencyKey,
    target: Target,
    parts: &mut Parts,
    into: &mut tokio::fs::File,
) -> Result<(intake::Form, bool), Problem> {
    expire_due(call).await?;
    let known = call.is_answered(key).await?;
    let most = call.app.config.limits.upload_bytes;
    let most =
        if known { most } else { call.read(move |cx| service::admit(cx, target).map(|open| open.most_bytes())).await?.min(most) };
    let form = intake::receive(parts, into, most, matches!(target, Target::New(..))).await?;
    Ok((form, known))
}

/// Judges what has arrived and puts it into the store.
async fn keep(call: &Call, target: Target, id: AttachmentId, form: intake::Form, arriving: &Arriving) -> Result<NewFile, Problem> {
    let (fields, size) = (form.fields.clone(), form.size);
    let category = call.read(move |cx| service::admit_form(cx, target, &fields, size)).await?;
    let claimed = Claimed { declared: form.declared, name: form.file_name.clone(), accepted: category.media_types };
    let found = files::inspect(arriving, claimed, call.app.config.limits.image_pixels).await?;
    files::keep(&call.app, arriving, &form.sha256).await?;
    Ok(NewFile {
        fields: form.fields,
        id,
        sha256: form.sha256,
        size: form.size,
        media_type: found.media_type,
        file_name: form.file_name,
        pixels: found.pixels,
    })
}

/// 材料清单 / List the files of a dossier
#[utoipa::path(get, path = "/v1/applications/{application_id}/attachments", tag = "attachments")]
pub async fn list_attachments(
    call: Allowed<perm::ApplicationRead>,
    id: Path<ApplicationId>,
    query: Query<AttachmentQuery>,
) -> Outcome<Answer<Attachments>> {
    expire_due(&call).await?;
    call.read(move |cx| {
        let rows = service::list(cx, id.0, query.0.ended)?;
        Ok::<_, Error>(Attachments { items: rows.into_iter().map(Attachment::from).collect() })
    })
    .await
    .map(Into::into)
}

/// 材料 / Get a file's record
#[utoipa::path(get, path = "/v1/attachments/{attachment_id}", tag = "attachments")]
pub async fn get_attachment(call: Allowed<perm::ApplicationRead>, id: Path<AttachmentId>) -> Outcome<Answer<Attachment>> {
    expire_due(&call).await?;
    call.read(move |cx| service::find_visible(cx, id.0).map(Attachment::from)).await.map(Into::into)
}

/// 下载材料 / Download a file
///
/// The ETag is the SHA-256 of the content. A single range is answered with 206, one outside with 416. Read by anybody but the applicant it is on
/// record, as a look at the applicant's data.
#[utoipa::path(get, path = "/v1/attachments/{attachment_id}/content", tag = "attachments")]
pub async fn download_attachment(
    call: Allowed<perm::ApplicationRead>,
    id: Path<AttachmentId>,
    range: RangeRequest,
) -> Outcome<Download> {
    expire_due(&call).await?;
    let (row, applicant) = call.read(move |cx| service::find_content(cx, id.0)).await?;
    let tag = format!("\"{}\"", row.sha256);
    let size = u64::try_from(row.size).unwrap_or(0);
    let wanted = range.of(&tag, size)?;
    if wanted != Wanted::Nothing {
        let view = View { attachment: Some(row.id), ..View::of(ViewKind::Attachment, Some(row.application_id)) };
        log_disclosure(&call, applicant, view).await?;
    }
    let bytes = match &wanted {
        Wanted::Nothing => futures_util::stream::empty().boxed(),
        Wanted::Whole => call.app.storage.read(&row.sha256, None).await.map_err(Error::from)?,
        Wanted::Part(part) => call.app.storage.read(&row.sha256, Some(part.clone())).await.map_err(Error::from)?,
    };
    Ok(Download { tag, media_type: row.media_type, file_name: row.file_name, size, wanted, bytes })
}

/// 删除材料 / Delete a file
///
/// While the dossier may be edited. Its record stays, with the status `deleted`.
#[utoipa::path(delete, path = "/v1/attachments/{attachment_id}", tag = "attachments",
    extensions(("x-problems" = json!(["attachment_ended", "stage_conflict", "lapsed", "window_closed", "correction_overdue"]))))]
pub async fn delete_attachment(
    call: Allowed<perm::AttachmentEdit>,
    id: Path<AttachmentId>,
    if_match: IfMatch,
) -> Outcome<NoContent> {
    expire_due(&call).await?;
    call.write(move |cx| service::delete(cx, id.0, if_match.version())).await?;
    Ok(NoContent)
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    routes!(
        list;
        upload_attachment, replace_attachment, list_attachments, get_attachment, download_attachment, delete_attachment,
    );
}
