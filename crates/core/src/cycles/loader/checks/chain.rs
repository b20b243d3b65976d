//! Tracks: who is admitted, and the chain of reviewers.

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::{Admission, ChainStep, LeftOut, StepPlace, Track};
use crate::vocabulary::{OrganisationKind, Ownership};

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
            "首个环节由用人单位审核（place = \"employer\"），末尾为评审委员会（place = \"committee\"），其间不得重复二者",
            "begin at `employer`, end at `committee`, and have neither in between",
        ),
    ),
    Check::error(
        "step_id",
        ids,
        (
            "不同申报方式使用同一 id 时，名称、机构级别和公示应一致；不一致的改用另一 id",
            "give steps that tracks share the same names, place and publicity, or another id",
        ),
    ),
    Check::error(
        "step_kinds",
        step_kinds,
        (
            "填写能够承担该环节的单位类别；由地区机构审核的环节只填一类",
            "name kinds of organisation that can review there; exactly one where the region tells which",
        ),
    ),
    Check::warning(
        "step_repeated",
        repeated,
        ("合并两个环节，或确认同一单位应审核两次", "make one step of the two, unless the same organisation is to review twice"),
    ),
    Check::warning(
        "chain_long",
        long,
        ("核对环节是否过多：每个环节都占用申报时间", "check the steps: each of them takes from the application window"),
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
            "用人单位的公示写在 employer_publicity，其他环节的公示写在该环节的 publicity，结果公示写在 result_publicity",
            "write the employer's rule in `employer_publicity`, another step's in its `publicity`, that of results in `result_publicity`",
        ),
    ),
    Check::warning(
        "publicity_nowhere",
        publicity_nowhere,
        (
            "在负责公示的环节填写 publicity_required = true，或确认本通知不要求公示",
            "set `publicity_required` at the step that puts it up, unless the notice asks for no publicity",
        ),
    ),
    Check::error(
        "skipped_step",
        skipped,
        (
            "首个环节和末尾环节不能略过；levels 不得包含全部级别",
            "never leave out the first or the last step, nor a step for every level",
        ),
    ),
    Check::warning(
        "department_needed",
        department,
        (
            "填写 left_out = { without_department = true }，或确认没有主管部门的单位不得申报",
            "set `left_out.without_department`, unless employers without a department may not apply",
        ),
    ),
    Check::warning(
        "unreachable_step",
        unreachable,
        ("补充该级区域，或删去该环节", "add regions of this level, or remove the step"),
    ),
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

fn each_step<'a>(subject: &Subject<'a>, mut visit: impl FnMut(String, &'a Track, usize, &'a ChainStep)) {
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
        let path = format!("{step_path}.place");
        let (first, last) = (index == 0, index + 1 == track.chain.len());
        let employer = step.place == StepPlace::Employer;
        let committee = step.place == StepPlace::Committee;
        found.unless(committee || !last, &path, "末尾须为评审委员会的形式审核", "a chain ends at `committee`");
        found.unless(last || !committee, &path, "评审委员会的形式审核须在末尾", "`committee` is the last step of a chain");
        found.unless(employer || !first || last, &path, "首个环节须为用人单位审核", "a chain begins at `employer`");
        found.unless(first || !employer, &path, "用人单位审核须为首个环节", "`employer` is the first step of a chain");
    });
}

fn ids(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let mut seen: Vec<(&Track, &ChainStep)> = Vec::new();
    each_step(subject, |path, track, _, step| {
        let differs = |(_, other): &&(&Track, &ChainStep)| {
            other.id == step.id
                && (&other.name, &other.name_en, other.place, &other.publicity)
                    != (&step.name, &step.name_en, step.place, &step.publicity)
        };
        if let Some((other_track, _)) = seen.iter().find(differs).filter(|(other_track, _)| other_track.id != track.id) {
            let (zh, en) = (
                format!("“{}”在“{}”中另有名称、机构级别或公示", step.id, other_track.name),
                format!("`{}` has other names, another place or publicity in `{}`", step.id, other_track.id),
            );
            found.add(format!("{path}.id"), zh, en);
        }
        seen.push((track, step));
    });
}

fn step_kinds(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let role = step.place.role();
        let path = format!("{path}.organisations");
        found.unless(!step.organisations.is_empty(), &path, "不能为空", "must not be empty");
        let one = !step.place.is_regional() || step.organisations.len() < 2;
        found.unless(one, &path, "由地区机构审核的环节只能有一类单位", "one kind only: the region tells which organisation it is");
        for (index, kind) in step.organisations.iter().enumerate() {
            let holds = role.organisation_kinds().contains(kind);
            let (zh, en) = (format!("{}不设“{}”", kind.zh(), role.zh()), format!("the role `{role}` is not held in a `{kind}`"));
            found.unless(holds, format!("{path}[{index}]"), zh, en);
        }
    });
}

fn repeated(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, track, index, step| {
        let same = |other: &&ChainStep| other.place == step.place && other.organisations == step.organisations;
        if let Some(other) = track.chain[..index].iter().find(same) {
            let (zh, en) =
                (format!("与“{}”由同一单位审核", other.name), format!("the organisation of `{}` reviews here again", other.id));
            found.add(format!("{path}.place"), zh, en);
        }
    });
}

/// Steps of a chain beyond which it is asked whether all of them are meant.
const LONG_CHAIN: usize = 8;

fn long(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        let steps = track.chain.len();
        let (zh, en) = (format!("共有 {steps} 个环节"), format!("{steps} steps"));
        found.unless(steps <= LONG_CHAIN, format!("tracks[{at}].chain"), zh, en);
    }
}

fn employers(subject: &Subject<'_>, found: &mut Findings<'_>) {
    for (at, track) in subject.cycle.tracks.iter().enumerate() {
        let Some(first) = track.chain.first().filter(|step| step.place == StepPlace::Employer) else { continue };
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
        let (required, own) = (step.publicity_required, step.publicity.is_some());
        let path = format!("{path}.publicity");
        match step.place {
            StepPlace::Committee => {
                let none = !required && !own;
                let words = (
                    "形式审核没有公示：会议结果的公示见 result_publicity",
                    "formal review has none: results have `result_publicity`",
                );
                found.unless(none, path, words.0, words.1);
            }
            StepPlace::Employer => {
                found.unless(
                    !own,
                    path,
                    "用人单位的公示见 employer_publicity",
                    "the employer's has its rule in `employer_publicity`",
                );
            }
            StepPlace::Department | StepPlace::County | StepPlace::Prefecture | StepPlace::AutonomousRegion => {
                let (zh, en) = if required {
                    ("要求公示，但没有规定天数", "asks for a publicity and says nothing of its days")
                } else {
                    ("规定了公示，但 publicity_required = false", "has the rule of a publicity that it does not ask for")
                };
                found.unless(required == own, path, zh, en);
            }
        }
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
    each_step(subject, |path, track, index, step| {
        let fixed = index == 0 || index + 1 == track.chain.len();
        let (zh, en) = (format!("“{}”不能略过", step.name), format!("`{}` cannot be left out", step.id));
        let left_out = format!("{path}.left_out");
        found.unless(!fixed || step.left_out == LeftOut::default(), &left_out, zh, en);
        let open = subject.cycle.levels.iter().filter(|level| level.open);
        let never = !step.left_out.levels.is_empty() && open.clone().all(|level| step.left_out.levels.contains(&level.level));
        found.unless(!never, format!("{left_out}.levels"), "任何级别都不经过此环节", "left out for every level");
    });
}

fn department(subject: &Subject<'_>, found: &mut Findings<'_>) {
    each_step(subject, |path, _, _, step| {
        let mandatory = step.place == StepPlace::Department && !step.left_out.without_department;
        found.unless(
            !mandatory,
            format!("{path}.place"),
            "没有主管部门的单位，其申报人不能申报",
            "people whose employer has no supervising department cannot apply",
        );
    });
}

fn unreachable(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let region = &subject.cycle.region;
    let county = region.counties.iter().any(|county| !county.code.ends_with("00"));
    let prefecture = !region.code.ends_with("0000") || region.counties.iter().any(|county| !county.code.ends_with("0000"));
    each_step(subject, |path, _, _, step| {
        let (exists, zh, en) = match step.place {
            StepPlace::County => (county, "没有县（市），无人经过此环节", "there is no county: nobody reaches this step"),
            StepPlace::Prefecture => (prefecture, "没有地区，无人经过此环节", "there is no prefecture: nobody reaches this step"),
            StepPlace::Employer | StepPlace::Department | StepPlace::AutonomousRegion | StepPlace::Committee => (true, "", ""),
        };
        found.unless(exists, format!("{path}.place"), zh, en);
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
