//! Use cases on attachments.

use super::error::Error;
use super::rules::{self, Fields};
use crate::applications::Situation;
use crate::applications::service::{EvidenceSide, bump_version_for_evidence, find, open_evidence};
use crate::context::Version;
use crate::context::{Act, Cx};
use crate::erased_files;
use crate::records::evidence::{AttachmentRow, AttachmentStatus, store};
use serde_json::json;
use title_review_core::cycles::definition::EvidenceCategory;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};

/// Where an upload goes, in the version that was read: of the application for a new file, of the file for a replacement.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// A further file of an application.
    New(ApplicationId, Version),
    /// In place of a file.
    Instead(AttachmentId, Version),
}

/// A target that takes an upload now.
pub struct Open {
    situation: Situation,
    side: EvidenceSide,
    old: Option<AttachmentRow>,
}

/// What is known of a file once it has arrived.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Fields of the form.
    pub fields: Fields,
    /// Id of its row.
    pub id: AttachmentId,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Media type, found in the content.
    pub media_type: String,
    /// Name, cleaned.
    pub file_name: String,
    /// Width and height, for images.
    pub pixels: Option<(u64, u64)>,
}

/// The target, if the principal may upload to it now.
pub fn admit(cx: &mut Cx<'_>, target: Target) -> Result<Open, Error> {
    match target {
        Target::New(application, read) => {
            let (situation, side) = open_evidence(cx, application, read)?;
            Ok(Open { situation, side, old: None })
        }
        Target::Instead(id, read) => {
            let (old, situation, side) = changeable(cx, id, read)?;
            Ok(Open { situation, side, old: Some(old) })
        }
    }
}

impl Open {
    /// Bytes of the largest file that any category takes.
    #[must_use]
    pub fn most_bytes(&self) -> u64 {
        let most = self.situation.cycle.definition.evidence.iter().map(|category| category.max_bytes).max().unwrap_or(0);
        u64::try_from(most).unwrap_or(0)
    }
}

/// The fields of the form, judged: the evidence list, and the files that are there.
fn judge(cx: &mut Cx<'_>, open: &Open, fields: &Fields, size: u64) -> Result<(EvidenceCategory, bool, Option<String>), Error> {
    let mut fields = fields.clone();
    if let Some(old) = &open.old {
        fields.category = Some(old.category.clone());
    }
    let judged =
        rules::judge(&open.situation.cycle.definition, open.side == EvidenceSide::Employer, &fields).map_err(Error::Fields)?;
    let category = judged.category;
    let row = &open.situation.row;
    let usage = store::find_usage(cx.conn, row.id, row.applicant_id, &category.id)?;
    if usage.current - i64::from(open.old.is_some()) >= i64::from(category.max_files) {
        return Err(Error::TooMany { most: category.max_files });
    }
    let limits = &cx.app.config.limits;
    for (kept, most) in [(usage.of_application, limits.application_bytes), (usage.of_account, limits.account_bytes)] {
        if most > 0 && u64::try_from(kept).unwrap_or(0).saturating_add(size) > most {
            return Err(Error::Quota { kept, most });
        }
    }
    Ok((category.clone(), judged.declassified, judged.verification_code))
}

/// Judges a form that has arrived before its file is looked at; gives its category.
pub fn admit_form(cx: &mut Cx<'_>, target: Target, fields: &Fields, size: u64) -> Result<EvidenceCategory, Error> {
    let open = admit(cx, target)?;
    let (category, _, _) = judge(cx, &open, fields, size)?;
    if i64::try_from(size).is_ok_and(|size| size <= category.max_bytes) {
        Ok(category)
    } else {
        Err(Error::TooLarge { most: category.max_bytes })
    }
}

/// Makes a file that is in the store part of the dossier. Everything is judged again: the application may have moved while the file came.
pub fn add(cx: &mut Cx<'_>, target: Target, file: NewFile) -> Result<AttachmentRow, Error> {
    cx.changes_only(&[]);
    if erased_files::is_being_removed(cx.conn, &file.sha256, cx.session_now)? {
        return Err(Error::BeingRemoved);
    }
    let open = admit(cx, target)?;
    let (category, declassified, verification_code) = judge(cx, &open, &file.fields, file.size)?;
    let by = cx.principal.account.ok_or(Error::Anonymous)?;
    let pixel = |of: fn((u64, u64)) -> u64| file.pixels.and_then(|pixels| i32::try_from(of(pixels)).ok());
    let row = AttachmentRow {
        id: file.id,
        application_id: open.situation.row.id,
        category: category.id,
        status: AttachmentStatus::Current,
        sha256: file.sha256,
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        media_type: file.media_type,
        file_name: file.file_name,
        width: pixel(|(width, _)| width),
        height: pixel(|(_, height)| height),
        verification_code,
        declassified,
        replaces: open.old.as_ref().map(|old| old.id),
        uploaded_by: by,
        uploaded_at: cx.now,
        ended_by: None,
        ended_at: None,
        version: 1,
    };
    if let Some(old) = &open.old {
        end(cx, old, AttachmentStatus::Replaced)?;
    }
    store::insert_attachment(cx.conn, &row)?;
    bump_version_for_evidence(cx, &open.situation.row, open.side)?;
    cx.record(Act {
        action: if row.replaces.is_some() { "attachment.replace" } else { "attachment.upload" },
        object_kind: "attachment",
        object_id: row.id.to_string(),
        clause: Some(&category.clause),
        detail: json!({
            "application": row.application_id, "category": row.category, "sha256": row.sha256, "size": row.size,
            "declassified": row.declassified, "replaces": row.replaces,
        }),
    })?;
    Ok(row)
}

/// A file that the principal may replace or delete now, in the version that was read.
fn changeable(cx: &mut Cx<'_>, id: AttachmentId, read: Version) -> Result<(AttachmentRow, Situation, EvidenceSide), Error> {
    let row = find_visible(cx, id)?;
    read.check(row.version)?;
    if row.status != AttachmentStatus::Current {
        return Err(Error::Ended(row.status));
    }
    let (situation, side) = open_evidence(cx, row.application_id, Version::ANY)?;
    let by_employer = situation.cycle.definition.evidence_category(&row.category).is_some_and(|category| category.from_employer);
    if by_employer != (side == EvidenceSide::Employer) {
        return Err(Error::OtherSide);
    }
    Ok((row, situation, side))
}

fn end(cx: &mut Cx<'_>, row: &AttachmentRow, status: AttachmentStatus) -> Result<(), Error> {
    let by = cx.principal.account.ok_or(Error::Anonymous)?;
    if store::set_ended(cx.conn, row, status, by, cx.now)? { Ok(()) } else { Err(Error::Changed) }
}

/// Takes a file out of the dossier; its row and its bytes stay for the record.
pub fn delete(cx: &mut Cx<'_>, id: AttachmentId, read: Version) -> Result<(), Error> {
    cx.changes_only(&[]);
    let (row, situation, side) = changeable(cx, id, read)?;
    end(cx, &row, AttachmentStatus::Deleted)?;
    bump_version_for_evidence(cx, &situation.row, side)?;
    cx.record(Act {
        action: "attachment.delete",
        object_kind: "attachment",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "application": row.application_id, "category": row.category, "sha256": row.sha256 }),
    })?;
    Ok(())
}

/// A file of an application that the principal may read.
pub fn find_visible(cx: &mut Cx<'_>, id: AttachmentId) -> Result<AttachmentRow, Error> {
    let row = store::find_attachment(cx.conn, id)?.ok_or(Error::NotFound)?;
    find(cx, row.application_id)?;
    Ok(row)
}

/// As [`find_visible`], and whose dossier it is part of.
pub fn find_content(cx: &mut Cx<'_>, id: AttachmentId) -> Result<(AttachmentRow, AccountId), Error> {
    let row = store::find_attachment(cx.conn, id)?.ok_or(Error::NotFound)?;
    let application = find(cx, row.application_id)?;
    // Erased with its person.
    if row.sha256.is_empty() {
        return Err(Error::NotFound);
    }
    Ok((row, application.applicant_id))
}

/// Files of an application that the principal may read, in the order in which they came; the ended ones too, if asked for.
pub fn list(cx: &mut Cx<'_>, application: ApplicationId, ended: bool) -> Result<Vec<AttachmentRow>, Error> {
    find(cx, application)?;
    Ok(store::list_attachments(cx.conn, application, ended)?)
}
