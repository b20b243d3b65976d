//! What the lines of a file can be: columns, how a line is read, and how lines are applied, through the service that a single act goes through.

use super::entities::{Organisations, StudyRecords};
use super::error::Error;
use super::model::{ImportColumn, ImportEntity, LineError, LineOutcome};
use super::rules::Unreadable;
use super::rules::cells::{Reader, half_width, tidied};
use crate::authz::Permission;
use crate::context::Cx;
use title_review_core::findings::{At, Finding};
use title_review_core::ids::{AccountId, ImportId, OrganisationId};

/// A column that an entity knows.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its field, also a header that is taken.
    pub name: &'static str,
    /// Its header in the template; further ones that are taken.
    pub headers: &'static [&'static str],
    /// The file has to have it.
    pub required: bool,
    /// A cell of the template.
    pub example: &'static str,
}

/// For whom lines are applied.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// The organisation, where there is one.
    pub organisation: Option<OrganisationId>,
    /// The account.
    pub account: AccountId,
    /// The import.
    pub import: ImportId,
}

/// What became of a line.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What became of it.
    pub outcome: LineOutcome,
    /// Id of what was made.
    pub id: Option<String>,
    /// What stands against it.
    pub errors: Vec<LineError>,
}

impl Applied {
    /// It was made.
    pub fn created(id: impl ToString) -> Self {
        Self { outcome: LineOutcome::Created, id: Some(id.to_string()), errors: Vec::new() }
    }

    /// The same is there already.
    #[must_use]
    pub const fn unchanged() -> Self {
        Self { outcome: LineOutcome::Unchanged, id: None, errors: Vec::new() }
    }

    /// It is refused.
    #[must_use]
    pub const fn failed(errors: Vec<LineError>) -> Self {
        Self { outcome: LineOutcome::Failed, id: None, errors }
    }
}

/// What lines of a file are.
pub trait Entity: Send + Sync + 'static {
    /// The columns, in the order of the template.
    const FIELDS: &'static [Field];
    /// Who may enter it.
    const PERMISSION: Permission;
    /// A line that could be read.
    type Line: Send + 'static;
    /// What earlier batches of this file would have made: a check rolls them back.
    type Earlier: Default + Send + 'static;

    /// Reads a line; none where a cell stands against it.
    fn read(cells: &mut Reader<'_>) -> Option<Self::Line>;

    /// Applies lines in their order. A check hands over `earlier`, and rolls back what this does.
    fn apply(cx: &mut Cx<'_>, by: By, lines: Vec<Self::Line>, earlier: Option<&mut Self::Earlier>) -> Result<Vec<Applied>, Error>;
}

/// The columns of an entity.
#[must_use]
pub const fn fields_of(entity: ImportEntity) -> &'static [Field] {
    match entity {
        ImportEntity::StudyRecords => StudyRecords::FIELDS,
        ImportEntity::Organisations => Organisations::FIELDS,
    }
}

/// Who may enter an entity.
#[must_use]
pub const fn permission_of(entity: ImportEntity) -> Permission {
    match entity {
        ImportEntity::StudyRecords => StudyRecords::PERMISSION,
        ImportEntity::Organisations => Organisations::PERMISSION,
    }
}

/// What the columns of a file are taken for.
pub fn columns_of(entity: ImportEntity, headers: &[String]) -> Result<Vec<ImportColumn>, Unreadable> {
    let fields = fields_of(entity);
    let field_of = |header: &str| {
        let plain = half_width(&tidied(header).0).trim_end_matches('*').trim().to_lowercase();
        fields.iter().find(|field| field.name == plain || field.headers.contains(&plain.as_str())).map(|field| field.name)
    };
    let shown = |header: &String| header.chars().filter(|c| !c.is_control()).take(100).collect::<String>();
    let columns: Vec<ImportColumn> = headers
        .iter()
        .map(|header| ImportColumn { field: field_of(header).map(str::to_owned), header: tidied(&shown(header)).0 })
        .collect();
    for field in fields {
        let count = columns.iter().filter(|column| column.field.as_deref() == Some(field.name)).count();
        if count > 1 {
            return Err(Unreadable::TwoColumns(field.headers[0].to_owned()));
        }
    }
    let missing: Vec<String> = fields
        .iter()
        .filter(|field| field.required && !columns.iter().any(|column| column.field.as_deref() == Some(field.name)))
        .map(|field| field.headers[0].to_owned())
        .collect();
    if missing.is_empty() { Ok(columns) } else { Err(Unreadable::Headers(missing)) }
}

/// What a single act would have been told, about a line.
#[must_use]
pub fn line_error(finding: Finding) -> LineError {
    let pointer = match finding.at {
        At::Body(pointer) => Some(format!("#{pointer}")),
        At::Parameter(_) | At::Whole => None,
    };
    LineError {
        column: None,
        pointer,
        code: finding.code,
        clause: finding.clause,
        detail: finding.detail.zh,
        detail_en: finding.detail.en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn headers_are_found_in_both_languages_and_any_order() {
        let found = columns_of(
            ImportEntity::StudyRecords,
            &headers(&["行号", "问题", "学时*", "Year", "备注", "身份证号 ", "类别", "certificate_number"]),
        )
        .unwrap();
        let fields: Vec<Option<&str>> = found.iter().map(|column| column.field.as_deref()).collect();
        let expected = [None, None, Some("hours"), Some("year"), None, Some("id_number"), Some("kind"), Some("certificate_number")];
        assert_eq!(fields, expected);
    }

    #[test]
    fn missing_and_doubled_columns_are_named() {
        let missing = columns_of(ImportEntity::StudyRecords, &headers(&["身份证号", "年度"]));
        assert_eq!(missing, Err(Unreadable::Headers(headers(&["类别", "学时", "证书编号"]))));
        let twice = columns_of(ImportEntity::StudyRecords, &headers(&["身份证号", "id_number"]));
        assert_eq!(twice, Err(Unreadable::TwoColumns("身份证号".to_owned())));
    }
}
