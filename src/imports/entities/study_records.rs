//! Certificates of continuing education, for the registry (4.2.4b).

use crate::authz::Permission;
use crate::context::{Act, Cx};
use crate::imports::entity::{Applied, By, Entity, Field, line_error};
use crate::imports::error::Error;
use crate::imports::model::{LineError, LineOutcome};
use crate::imports::rules::cells::Reader;
use crate::study_records::rules::NewStudyRecord;
use crate::study_records::service::{self, Earlier, Entered, Enterer};
use serde_json::json;
use title_review_core::vocabulary::StudyKind;

/// See the module.
pub struct StudyRecords;

const fn field(name: &'static str, headers: &'static [&'static str], required: bool, example: &'static str) -> Field {
    Field { name, headers, required, example }
}

impl Entity for StudyRecords {
    const PERMISSION: Permission = Permission::StudyRecordManage;
    const FIELDS: &'static [Field] = &[
        field("id_number", &["身份证号", "身份证号码", "居民身份证号码"], true, "11010519491231002X"),
        field("year", &["年度", "年份"], true, "2023"),
        field("kind", &["类别", "课程类别"], true, "专业课"),
        field("hours", &["学时", "学时数"], true, "60"),
        field("certificate_number", &["证书编号", "证书号"], true, "ZJ-2023-0001"),
        field("client_ref", &["客户端编号", "流水号"], false, "WS-0001"),
    ];
    type Line = NewStudyRecord;
    type Earlier = Earlier;

    fn read(cells: &mut Reader<'_>) -> Option<NewStudyRecord> {
        let kinds: Vec<(StudyKind, &str, &str)> = StudyKind::ALL.iter().map(|kind| (*kind, kind.as_str(), kind.zh())).collect();
        let (id_number, year) = (cells.code("id_number"), cells.number("year", &["年度", "年"]));
        let (kind, hours) = (cells.term("kind", &kinds), cells.number("hours", &["学时"]));
        let (certificate_number, client_ref) = (cells.needed("certificate_number"), cells.text("client_ref"));
        if !cells.errors.is_empty() {
            return None;
        }
        Some(NewStudyRecord {
            id_number: id_number?,
            year: i32::try_from(year?).unwrap_or(0),
            kind: kind?,
            hours: u32::try_from(hours?).unwrap_or(0),
            certificate_number: certificate_number?,
            client_ref,
        })
    }

    fn apply(cx: &mut Cx<'_>, by: By, lines: Vec<NewStudyRecord>, earlier: Option<&mut Earlier>) -> Result<Vec<Applied>, Error> {
        let Some(organisation) = by.organisation else { return Err(Error::Forbidden) };
        let for_whom = Enterer { organisation, account: by.account, import: Some(by.import) };
        let entered = service::enter(cx, for_whom, lines, earlier).map_err(|error| match error {
            service::Error::Db(error) => Error::Db(error),
            service::Error::Keys(error) => Error::Keys(error),
            _ => Error::Forbidden,
        })?;
        let applied: Vec<Applied> = entered.into_iter().map(applied).collect();
        let created = applied.iter().filter(|one| one.outcome == LineOutcome::Created).count();
        if created > 0 {
            cx.record(Act {
                action: "study_record.import",
                object_kind: "import",
                object_id: by.import.to_string(),
                clause: Some("4.2.4b"),
                detail: json!({ "created": created }),
            })?;
        }
        Ok(applied)
    }
}

fn applied(entered: Entered) -> Applied {
    let refused = match entered {
        Entered::Created(id) => return Applied::created(id),
        Entered::Unchanged => return Applied::unchanged(),
        Entered::Refused(error) => error,
    };
    Applied::failed(match refused {
        service::Error::Invalid(findings) => findings.into_iter().map(line_error).collect(),
        service::Error::ClientRefReused => vec![LineError::field(
            "client_ref",
            "client_ref_reused",
            "该客户端编号已用于不同的内容",
            "the reference of the client was used for other content",
        )],
        _ => vec![LineError::field(
            "certificate_number",
            "already_exists",
            "该证书已登记，学时不同：请先撤回原记录",
            "the certificate is registered with other hours: withdraw that record first",
        )],
    })
}
