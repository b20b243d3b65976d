//! Tracks: who is admitted, and the chain of reviewers.

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::{Admission, ChainStep, Track};
use crate::vocabulary::{OrganisationKind, Ownership, Role, Stage};

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "admission_kind",
        admission_kind,
        ("只填写 kind 所指的一项，并列出单位类别", "write the object that `kind` names, no other, with its kinds of organisation"),
    ),
    Check::warning("admits_nobody", admits_nobody, ("核对单位类别、所有制和年限", "check kinds, ownerships and years")),
    Check::error(
        "outside_of",
        outside_of,
        ("填写包含本地区的区域代码，如 650000", "write the code of an area that contains the region, such as `650000`"),
    ),
    Check::error(
        "chain_order",
        order,
        (
            "首个环节为用人单位审核，末尾为形式审核，每个环节只出现一次",
            "begin with the employer's step, end with formal review, each stage once",
        ),
    ),
    Check::error(
        "step_role",
        role,
        (
            "改为该环节的审核角色，并填写该角色所在机构的类别",
            "use the role that reviews at this stage, and the kinds of organisation in which it is held",
        ),
    ),
    Check::error(
        "step_employers",
        employers,
        (
            "首个环节的 organisations 应包含 admissions 中的全部单位类别",
            "the first step's `organisations` have every kind of the admissions",
        ),
    ),
    Check::error(
        "step_publicity",
        publicity,
        (
            "只在用人单位环节要求公示：公示由用人单位张贴",
            "ask for publicity at the employer's step only: it is the employer who puts it up",
        ),
    ),
    Check::warning(
        "publicity_nowhere",
        publicity_nowhere,
        (
            "在用人单位环节填写 publicity_required = true，或确认本通知不要求公示",
            "set `publicity_required` at the employer's step, unless the notice asks for no publicity",
        ),
    ),
    Check::error(
        "skipped_step",
        skipped,
        ("只对主管部门环节填写 only_with_department = true", "set `only_with_department` at the department's step only"),
    ),
    Check::warning(
        "department_needed",
        department,
        (
            "填写 only_with_department = true，或确认没有主管部门的单位不得申报",
            "set `only_with_department`, unless employers without a department may not apply",
        ),
    ),
    Check::warning("unreachable_step", unreachable, ("补充县（市），或删去该环节", "add counties, or remove the step")),
    Check::warning(
        "nothing_checked",
        nothing_checked,
        (
            "在负责审核的环节填写 checklist_required = true、fixed_sentence = true",
            "set `checklist_required` and `fixed_sentence` at the steps that answer for it",
        ),
    ),
];

/// The kinds of organisation that an admission names.
fn kinds(admission: &Admission) -> &[OrganisationKind] {
    let employed = admission.employed.as_ref().map(|object| &object.kinds);
    let hosted = admission.hosted.as_ref().map(|object| &object.kinds);
    let stationed = admission.stationed.as_ref().map(|object| &object.kinds);
    employed.or(hosted).or(stationed).map_or(&[], Vec::as_slice)
}

fn each_admission(subject: &Subject<'_>, mut visit: impl FnMut(String, &Admission)) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        for (index, admission) in track.admissions.iter().enumerate() {
            visit(format!("tracks[{at}].admissions[{index}]"), admission);
        }
    }
}

fn each_step(subject: &Subject<'_>, mut visit: impl FnMut(String, &Track, usize, &ChainStep)) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        for (index, step) in track.chain.iter().enumerate() {
            visit(format!("tracks[{at}].chain[{index}]"), track, index, step);
        }
    }
}

fn admission_kind(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_admission(subject, |path, admission| {
        let objects = [
            ("employed", admission.employed.as_ref().map(|object| object.kinds.is_empty())),
            ("hosted", admission.hosted.as_ref().map(|object| object.kinds.is_empty())),
            ("stationed", admission.stationed.as_ref().map(|object| object.kinds.is_empty())),
        ];
        for (name, object) in objects {
            let named = admission.kind.as_str() == name;
            match object {
                None => found.unless(
                    !named,
                    &path,
                    format!("kind 为 {name}，但没有 {name} 项"),
                    format!("`kind` is `{name}`, but there is no `{name}`"),
                ),
                Some(_) if !named => found.add(
                    format!("{path}.{name}"),
                    format!("kind 为 {}，不是 {name}", admission.kind),
                    format!("`kind` is `{}`, not `{name}`", admission.kind),
                ),
                Some(empty) => found.unless(!empty, format!("{path}.{name}.kinds"), "不能为空", "must not be empty"),
            }
        }
    });
}

fn admits_nobody(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_admission(subject, |path, admission| {
        let employed = admission.employed.as_ref().map(|object| ("employed", &object.kinds, &object.ownerships));
        let stationed = admission.stationed.as_ref().map(|object| ("stationed", &object.kinds, &object.ownerships));
        for (name, kinds, ownerships) in employed.into_iter().chain(stationed) {
            // Only enterprises are state-owned or private.
            let enterprises = kinds.contains(&OrganisationKind::Enterprise);
            let fits = |ownership: &Ownership| {
                (*ownership == Ownership::None && kinds.iter().any(|kind| *kind != OrganisationKind::Enterprise))
                    || (*ownership != Ownership::None && enterprises)
            };
            let some = ownerships.is_empty() || ownerships.iter().any(fits);
            let path = format!("{path}.{name}.ownerships");
            found.unless(some, path, "所列单位类别没有此类所有制", "none of the kinds has such an ownership");
        }
        if let Some(stationed) = &admission.stationed {
            let path = format!("{path}.stationed.years");
            found.unless(stationed.years >= 1, path, "派驻年限为0：任何派驻都符合", "0 years: any stationing is enough");
        }
    });
}

fn outside_of(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let region = &subject.cycle.region.code;
    each_admission(subject, |path, admission| {
        let Some(area) = admission.stationed.as_ref().and_then(|object| object.outside_of.as_deref()) else { return };
        let significant = area.trim_end_matches("00");
        let inside = area.len() == 6
            && area.bytes().all(|b| b.is_ascii_digit())
            && !significant.is_empty()
            && region.starts_with(significant);
        let (zh, en) = (format!("“{area}”不包含本地区{region}"), format!("`{area}` does not contain the region {region}"));
        found.unless(inside, format!("{path}.stationed.outside_of"), zh, en);
    });
}

fn order(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |step_path, track, index, step| {
        let path = format!("{step_path}.stage");
        let review = step.stage.is_review();
        found.unless(
            review,
            &path,
            format!("“{}”不是审核环节", step.stage.zh()),
            format!("`{}` is not a stage of review", step.stage),
        );
        if index + 1 == track.chain.len() {
            found.unless(step.stage == Stage::FormalReview, &path, "末尾须为形式审核", "a chain ends at `formal_review`");
        } else {
            let last = step.stage != Stage::FormalReview;
            found.unless(last, &path, "形式审核须在末尾", "`formal_review` is the last step of a chain");
        }
        if index == 0 && review {
            found.unless(
                step.stage == Stage::EmployerReview,
                &path,
                "首个环节须为用人单位审核",
                "a chain begins at `employer_review`",
            );
        }
    });
}

fn role(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let Some(role) = step.stage.reviewer() else { return };
        if role != step.role {
            let (zh, en) = (
                format!("“{}”由{}审核，不是{}", step.stage.zh(), role.zh(), step.role.zh()),
                format!("`{}` is decided by `{role}`, not by `{}`", step.stage, step.role),
            );
            return found.add(format!("{path}.role"), zh, en);
        }
        for (index, kind) in step.organisations.iter().enumerate() {
            let holds = role.organisation_kinds().contains(kind);
            let (zh, en) = (format!("{}不设“{}”", kind.zh(), role.zh()), format!("the role `{role}` is not held in a `{kind}`"));
            found.unless(holds, format!("{path}.organisations[{index}]"), zh, en);
        }
    });
}

fn employers(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        let Some(first) = track.chain.first().filter(|step| step.role == Role::EmployerClerk) else { continue };
        for kind in track.admissions.iter().flat_map(kinds) {
            let (zh, en) = (
                format!("缺少“{}”：此类单位的申报人无法选择本单位", kind.zh()),
                format!("`{kind}` is missing: who is admitted by it cannot choose the employer"),
            );
            found.unless(first.organisations.contains(kind), format!("tracks[{at}].chain[0].organisations"), zh, en);
        }
    }
}

fn publicity(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let can = !step.publicity_required || step.role == Role::EmployerClerk;
        let (zh, en) = (format!("“{}”不能张贴公示", step.stage.zh()), format!("`{}` cannot put up a publicity", step.stage));
        found.unless(can, format!("{path}.publicity_required"), zh, en);
    });
}

fn publicity_nowhere(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        if !track.chain.iter().any(|step| step.publicity_required) {
            let (zh, en) =
                (format!("“{}”没有环节要求公示", track.name), format!("no step of `{}` asks for the publicity", track.id));
            found.add_for(&subject.cycle.employer_publicity.clause, format!("tracks[{at}].chain"), zh, en);
        }
    }
}

fn skipped(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let department = step.role == Role::DepartmentReviewer;
        let (zh, en) = (format!("“{}”不能略过", step.stage.zh()), format!("`{}` cannot be left out", step.stage));
        found.unless(department || !step.only_with_department, format!("{path}.only_with_department"), zh, en);
    });
}

fn department(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let mandatory = step.role == Role::DepartmentReviewer && !step.only_with_department;
        found.unless(
            !mandatory,
            format!("{path}.only_with_department"),
            "没有主管部门的单位，其申报人不能申报",
            "people whose employer has no supervising department cannot apply",
        );
    });
}

fn unreachable(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let none = subject.cycle.region.counties.is_empty();
    each_step(subject, |path, _, _, step| {
        let county = step.role == Role::CountyService;
        let (zh, en) = ("没有县（市），无人经过此环节", "there is no county: nobody reaches this step");
        found.unless(!(county && none), format!("{path}.stage"), zh, en);
    });
}

fn nothing_checked(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (at, track) in cycle.tracks.iter().enumerate() {
        let path = format!("tracks[{at}].chain");
        if !track.chain.iter().any(|step| step.checklist_required) {
            let (zh, en) = ("没有环节按清单审核", "no step answers the checklist");
            found.add_for(&cycle.checklist.clause, &path, zh, en);
        }
        if !track.chain.iter().any(|step| step.fixed_sentence) {
            let (zh, en) = ("没有环节填写规定的意见原文", "no step writes the fixed sentence");
            found.add_for(&cycle.fixed_sentence.clause, &path, zh, en);
        }
    }
}
