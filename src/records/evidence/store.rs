//! Queries on attachments.

use super::rows::{AttachmentRow, AttachmentStatus};
use crate::db::schema::attachments;
use crate::db::{Conn, Error, ExecuteProven as _, each};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
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

/// What is kept of a dossier, and of all dossiers of its applicant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Usage {
    /// Files of the category that are part of the dossier.
    #[diesel(sql_type = BigInt)]
    pub current: i64,
    /// Bytes of the dossier, with those that were replaced or deleted.
    #[diesel(sql_type = BigInt)]
    pub of_application: i64,
    /// Bytes of every dossier of the applicant.
    #[diesel(sql_type = BigInt)]
    pub of_account: i64,
}

/// How many files of a category are part of the dossier, and how many bytes are kept.
pub fn find_usage(conn: &mut Conn, application: ApplicationId, applicant: AccountId, category: &str) -> Result<Usage, Error> {
    const SQL: &str = "SELECT count(CASE WHEN f.application_id = $1 AND f.category = $2 AND f.status = 'current' THEN 1 END) AS current, \
         CAST(coalesce(sum(CASE WHEN f.application_id = $1 THEN f.size END), 0) AS BIGINT) AS of_application, \
         CAST(coalesce(sum(f.size), 0) AS BIGINT) AS of_account \
         FROM attachments f JOIN applications a ON a.id = f.application_id WHERE a.applicant_id = $3";
    Ok(each!(conn, |conn| sql_query(SQL)
        .bind::<Text, _>(application.to_string())
        .bind::<Text, _>(category)
        .bind::<Text, _>(applicant.to_string())
        .get_result(conn))?)
}

/// Those of the names of files that a dossier has or had.
pub fn list_known_objects(conn: &mut Conn, named: &[String]) -> Result<Vec<String>, Error> {
    let known = attachments::table.filter(attachments::sha256.eq_any(named.to_vec()));
    Ok(known.select(attachments::sha256).distinct().load(conn)?)
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
