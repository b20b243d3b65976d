//! Organisations, by their credit codes. A supervising department may stand in an earlier line of the same file.

use crate::accounts::{self, NewOrganisation, OrganisationRow};
use crate::authz::Permission;
use crate::context::Cx;
use crate::imports::entity::{Applied, By, Entity, Field, line_error};
use crate::imports::error::Error;
use crate::imports::model::LineError;
use crate::imports::rules::cells::Reader;
use std::collections::HashMap;
use title_review_core::identity_numbers::check_credit_code;
use title_review_core::vocabulary::{OrganisationKind, OrganisationStatus, Ownership};

/// See the module.
pub struct Organisations;

/// An organisation as a line says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    name: String,
    credit_code: String,
    kind: OrganisationKind,
    ownership: Ownership,
    region: String,
    parent_code: Option<String>,
    civil_service_managed: bool,
}

/// Lines of earlier batches by their credit codes.
pub type Earlier = HashMap<String, Line>;

const fn field(name: &'static str, headers: &'static [&'static str], required: bool, example: &'static str) -> Field {
    Field { name, headers, required, example }
}

impl Entity for Organisations {
    const PERMISSION: Permission = Permission::OrganisationManage;
    const FIELDS: &'static [Field] = &[
        field("name", &["机构名称", "单位名称", "名称"], true, "测绘院（示例）"),
        field("credit_code", &["统一社会信用代码", "信用代码"], true, "91350100M000100Y43"),
        field("kind", &["机构类型", "单位类型"], true, "事业单位"),
        field("ownership", &["所有制"], false, ""),
        field("region", &["行政区划代码", "行政区划"], true, "652901"),
        field("parent_credit_code", &["主管部门信用代码", "上级信用代码"], false, ""),
        field("civil_service_managed", &["参照公务员管理", "参公管理"], false, "否"),
    ];
    type Line = Line;
    type Earlier = Earlier;

    fn read(cells: &mut Reader<'_>) -> Option<Line> {
        let kinds: Vec<_> = OrganisationKind::ALL.iter().map(|kind| (*kind, kind.as_str(), kind.zh())).collect();
        let ownerships: Vec<_> = Ownership::ALL.iter().map(|one| (*one, one.as_str(), one.zh())).collect();
        let (name, credit_code) = (cells.needed("name"), cells.code("credit_code").map(|code| code.to_uppercase()));
        let kind = cells.term("kind", &kinds);
        let ownership =
            if cells.text("ownership").is_some() { cells.term("ownership", &ownerships) } else { Some(Ownership::None) };
        let region = cells.code("region");
        let parent_code = if cells.text("parent_credit_code").is_some() { cells.code("parent_credit_code") } else { None };
        let civil_service_managed = cells.flag("civil_service_managed");
        if let Some(name) = &name
            && (name.chars().count() > 100 || name.chars().any(char::is_control))
        {
            cells.errors.push(LineError::field(
                "name",
                "invalid_field",
                "至多 100 个字符，不含控制字符",
                "has at most 100 characters, no control characters",
            ));
        }
        if let Some(region) = &region
            && (region.len() != 6 || !region.bytes().all(|byte| byte.is_ascii_digit()))
        {
            cells.errors.push(LineError::field("region", "invalid_field", "须为 6 位行政区划代码", "is a region code of 6 digits"));
        }
        if !cells.errors.is_empty() {
            return None;
        }
        Some(Line {
            name: name?,
            credit_code: credit_code?,
            kind: kind?,
            ownership: ownership?,
            region: region?,
            parent_code: parent_code.map(|code| code.to_uppercase()),
            civil_service_managed,
        })
    }

    fn apply(cx: &mut Cx<'_>, _: By, lines: Vec<Line>, earlier: Option<&mut Earlier>) -> Result<Vec<Applied>, Error> {
        let mut none = Earlier::new();
        let earlier = earlier.unwrap_or(&mut none);
        let mut applied = Vec::with_capacity(lines.len());
        for line in lines {
            let one = apply_one(cx, &line, earlier)?;
            if one.id.is_some() {
                earlier.insert(line.credit_code.clone(), line);
            }
            applied.push(one);
        }
        Ok(applied)
    }
}

fn apply_one(cx: &mut Cx<'_>, line: &Line, earlier: &Earlier) -> Result<Applied, Error> {
    let exists = |same: bool| {
        if same {
            return Applied::unchanged();
        }
        let (zh, en) = ("该信用代码已登记，内容不同", "the credit code is registered with other content");
        Applied::failed(vec![LineError::field("credit_code", "already_exists", zh, en)])
    };
    let parent = match &line.parent_code {
        None => None,
        Some(code) => accounts::find_organisation_by_code(cx, code)?,
    };
    if let Some(row) = accounts::find_organisation_by_code(cx, &line.credit_code)? {
        return Ok(exists(is_same(&row, line, parent.as_ref())));
    }
    if let Some(before) = earlier.get(&line.credit_code) {
        return Ok(exists(before == line));
    }
    // A department of an earlier batch, which a check has rolled back, is not there to be named.
    let above = line.parent_code.as_ref().filter(|_| parent.is_none());
    let promised =
        above.and_then(|code| earlier.get(code)).is_some_and(|above| above.kind == OrganisationKind::SupervisingDepartment);
    if above.is_some() && !promised {
        let (zh, en) = ("上级须为已登记的主管部门", "the parent is a supervising department that is registered");
        let mut errors = vec![LineError::field("parent_credit_code", "invalid_field", zh, en)];
        errors.extend(
            check_credit_code(&line.credit_code)
                .err()
                .map(|error| LineError::field("credit_code", "invalid_credit_code", error.zh(), error.to_string())),
        );
        return Ok(Applied::failed(errors));
    }
    let new = NewOrganisation {
        kind: line.kind,
        ownership: line.ownership,
        name: line.name.clone(),
        credit_code: line.credit_code.clone(),
        region: line.region.clone(),
        parent_id: parent.map(|row| row.id),
        civil_service_managed: line.civil_service_managed,
        status: OrganisationStatus::Active,
    };
    match cx.attempt(|cx| accounts::create_organisation(cx, &new))? {
        Ok(row) => Ok(Applied::created(row.id)),
        Err(accounts::Error::Invalid(findings)) => {
            let mut errors: Vec<LineError> = findings.into_iter().map(line_error).collect();
            for error in errors.iter_mut().filter(|error| error.pointer.as_deref() == Some("#/parent_id")) {
                error.pointer = Some("#/parent_credit_code".to_owned());
            }
            Ok(Applied::failed(errors))
        }
        Err(accounts::Error::Db(error)) => Err(Error::Db(error)),
        Err(_) => Ok(exists(false)),
    }
}

/// The organisation that is registered is what the line says.
fn is_same(row: &OrganisationRow, line: &Line, parent: Option<&OrganisationRow>) -> bool {
    row.name == line.name
        && row.kind == line.kind
        && row.ownership == line.ownership
        && row.region == line.region
        && row.civil_service_managed == line.civil_service_managed
        && row.parent_id == parent.map(|parent| parent.id)
        && (parent.is_some() || line.parent_code.is_none())
}
