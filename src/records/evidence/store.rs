//! Queries on attachments.

use super::rows::{AttachmentRow, AttachmentStatus};
use crate::db::schema::attachments;
use crate::db::{Conn, Error, ExecuteProven as _};
use diesel::prelude::*;
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId, AttachmentId};

/// The columns of [`AttachmentRow`], in its order: those of the table.
type Columns = <attachments::table as Table>::AllColumns;

const COLUMNS: Columns = attachments::all_columns;

pub fn insert_attachment(conn: &mut Conn, row: &AttachmentRow) -> Result<(), Error> {
    diesel::insert_into(attachments::table)
        .values((
            attachments::id.eq(row.id),
            attachments::application_id.eq(row.application_id),
            attachments::category.eq(&row.category),
            attachments::status.eq(row.status),
            attachments::sha256.eq(&row.sha256),
            attachments::size.eq(row.size),
            attachments::media_type.eq(&row.media_type),
            attachments::file_name.eq(&row.file_name),
            attachments::width.eq(row.width),
            attachments::height.eq(row.height),
            attachments::verification_code.eq(&row.verification_code),
            attachments::declassified.eq(row.declassified),
            attachments::replaces.eq(row.replaces),
            attachments::uploaded_by.eq(row.uploaded_by),
            attachments::uploaded_at.eq(row.uploaded_at),
            attachments::version.eq(row.version),
        ))
        .execute_proven(conn)?;
    Ok(())
}

pub fn find_attachment(conn: &mut Conn, id: AttachmentId) -> Result<Option<AttachmentRow>, Error> {
    Ok(attachments::table.filter(attachments::id.eq(id)).select(COLUMNS).first(conn).optional()?)
}

/// Files of an application in the order in which they came; the ended ones too, if asked for.
pub fn list_attachments(conn: &mut Conn, application: ApplicationId, ended: bool) -> Result<Vec<AttachmentRow>, Error> {
    let all = attachments::table.filter(attachments::application_id.eq(application)).order(attachments::id).select(COLUMNS);
    Ok(if ended { all.load(conn)? } else { all.filter(attachments::status.eq(AttachmentStatus::Current)).load(conn)? })
}

/// Ends the current files of these categories.
pub fn set_categories_deleted(
    conn: &mut Conn,
    application: ApplicationId,
    categories: &[&str],
    by: Option<AccountId>,
    now: Instant,
) -> Result<(), Error> {
    diesel::update(
        attachments::table
            .filter(attachments::application_id.eq(application))
            .filter(attachments::status.eq(AttachmentStatus::Current))
            .filter(attachments::category.eq_any(categories)),
    )
    .set((
        attachments::status.eq(AttachmentStatus::Deleted),
        attachments::ended_by.eq(by),
        attachments::ended_at.eq(Some(now)),
        attachments::version.eq(attachments::version + 1),
    ))
    .execute_proven(conn)?;
    Ok(())
}

/// How many files of a category are part of the dossier.
pub fn count_current(conn: &mut Conn, application: ApplicationId, category: &str) -> Result<i64, Error> {
    Ok(attachments::table
        .filter(attachments::application_id.eq(application))
        .filter(attachments::category.eq(category))
        .filter(attachments::status.eq(AttachmentStatus::Current))
        .count()
        .get_result(conn)?)
}

pub fn has_object(conn: &mut Conn, sha256: &str) -> Result<bool, Error> {
    let count: i64 = attachments::table.filter(attachments::sha256.eq(sha256)).count().get_result(conn)?;
    Ok(count > 0)
}

/// Ends a file that is part of the dossier; false if another act came first.
pub fn set_ended(
    conn: &mut Conn,
    row: &AttachmentRow,
    status: AttachmentStatus,
    by: AccountId,
    now: Instant,
) -> Result<bool, Error> {
    let changed = diesel::update(
        attachments::table
            .filter(attachments::id.eq(row.id))
            .filter(attachments::status.eq(AttachmentStatus::Current))
            .filter(attachments::version.eq(row.version)),
    )
    .set((
        attachments::status.eq(status),
        attachments::ended_by.eq(Some(by)),
        attachments::ended_at.eq(Some(now)),
        attachments::version.eq(row.version + 1),
    ))
    .execute_proven(conn)?;
    Ok(changed == 1)
}

/// Hash and size of every object that a row names, in the order of the hashes, after this one: ended rows name theirs as well.
pub fn list_objects(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<(String, i64)>, Error> {
    Ok(attachments::table
        .filter(attachments::sha256.gt(after))
        .select((attachments::sha256, attachments::size))
        .distinct()
        .order(attachments::sha256)
        .limit(limit)
        .load(conn)?)
}
