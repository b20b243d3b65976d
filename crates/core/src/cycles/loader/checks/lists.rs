//! What holds of every list and text of a file: ids are well formed and occur once, nothing is left empty, references lead somewhere.

use std::collections::HashSet;

use super::findings::Findings;
use super::{Check, Subject, publicities, walk_table};
use crate::cycles::definition::{CycleDefinition, NamedItem};

pub(super) const CHECKS: &[Check] = &[
    Check::error(
        "id_form",
        ids,
        (
            "改为小写英文字母开头，只含小写字母、数字、_、-，不超过64个字符",
            "use a lower-case letter, then lower-case letters, digits, `_`, `-`; 64 characters at most",
        ),
    ),
    Check::error("twice", twice, ("删去重复的一项，或改用另一名称", "remove one of them, or name it differently")),
    Check::error(
        "empty",
        empty,
        ("填写内容；确实没有的，按说明省略该项", "fill it in; where there is none, leave the item out if the format allows it"),
    ),
    Check::error(
        "unknown_clause",
        clauses,
        (
            "改为 clauses 中的条款编号，或在 clauses 中补充该条款及原文",
            "use an id of `clauses`, or add the clause with its words there",
        ),
    ),
    Check::error(
        "unknown_reference",
        references,
        ("改为本文件中已有的编号，或先添加该项", "use an id that the file has, or add the item first"),
    ),
];

/// The lists whose items have an id.
fn lists(cycle: &CycleDefinition) -> Vec<(String, Vec<&str>)> {
    fn named(items: &[NamedItem]) -> Vec<&str> {
        items.iter().map(|item| item.id.as_str()).collect()
    }
    let mut lists = vec![
        ("series".to_owned(), cycle.series.iter().map(|item| item.id.as_str()).collect()),
        ("specialties".to_owned(), cycle.specialties.iter().map(|item| item.id.as_str()).collect()),
        ("tracks".to_owned(), cycle.tracks.iter().map(|item| item.id.as_str()).collect()),
        ("barred.sanctioned.kinds".to_owned(), cycle.barred.sanctioned.kinds.iter().map(|item| item.id.as_str()).collect()),
        ("checklist.aspects".to_owned(), named(&cycle.checklist.aspects)),
        ("checklist.items".to_owned(), named(&cycle.checklist.items)),
        ("evidence".to_owned(), cycle.evidence.iter().map(|item| item.id.as_str()).collect()),
        ("evidence_alternatives".to_owned(), cycle.evidence_alternatives.iter().map(|item| item.id.as_str()).collect()),
        ("originals.items".to_owned(), cycle.originals.items.iter().map(|item| item.id.as_str()).collect()),
        ("fees.methods".to_owned(), named(&cycle.fees.methods)),
        ("defence.exemptions".to_owned(), cycle.defence.exemptions.iter().map(|item| item.id.as_str()).collect()),
        ("contacts".to_owned(), cycle.contacts.iter().map(|item| item.id.as_str()).collect()),
    ];
    for (at, row) in cycle.conditions.iter().enumerate() {
        let ids = row.alternatives.iter().map(|item| item.id.as_str()).collect();
        lists.push((format!("conditions[{at}].alternatives"), ids));
    }
    if let Some(study) = &cycle.study {
        lists.push(("study.exemptions".to_owned(), study.exemptions.iter().map(|item| item.id.as_str()).collect()));
        for (at, exemption) in study.exemptions.iter().enumerate() {
            lists.push((format!("study.exemptions[{at}].approvers"), named(&exemption.approvers)));
        }
    }
    lists
}

fn ids(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let mut check = |path: String, id: &str| {
        let valid = id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        found.unless(valid, path, format!("“{id}”不是合格的编号"), format!("`{id}` is not an id"));
    };
    check("id".to_owned(), &subject.cycle.id);
    for (list, ids) in lists(subject.cycle) {
        for (at, id) in ids.iter().enumerate() {
            check(format!("{list}[{at}].id"), id);
        }
    }
}

fn twice(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    for (list, ids) in lists(cycle) {
        found.unique(&list, "id", ids);
    }
    for (path, rule) in publicities(cycle) {
        found.unique(&format!("{path}.objections.channels"), "id", rule.objections.channels.iter().map(|channel| &channel.id));
    }
    found.unique("region.counties", "code", cycle.region.counties.iter().map(|county| county.code.as_str()));
    found.unique("calendar.regional_holidays", "date", cycle.calendar.regional_holidays.iter().map(|holiday| holiday.date));
    found.unique("levels", "level", cycle.levels.iter().map(|title| title.level));
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        found.unique(&format!("specialties[{at}].levels"), "", &specialty.levels);
    }
    for (at, track) in cycle.tracks.iter().enumerate() {
        found.unique(&format!("tracks[{at}].chain"), "id", track.chain.iter().map(|step| step.id));
    }
    found.unique("school_equivalences", "class", cycle.school_equivalences.iter().map(|row| row.class));
    if let Some(rule) = &cycle.skilled_worker {
        found.unique("skilled_worker.routes", "grade", rule.routes.iter().map(|route| route.grade));
    }
    if let Some(study) = &cycle.study {
        found.unique("study.years", "", &study.years);
        found.unique("study.system_from", "kind", study.system_from.iter().map(|start| start.kind));
    }
    for (at, group) in cycle.evidence_alternatives.iter().enumerate() {
        found.unique(&format!("evidence_alternatives[{at}].any_of"), "", &group.any_of);
    }
    found.unique("fees.amounts", "level_group", cycle.fees.amounts.iter().map(|fee| fee.level_group));
    found.unique("defence.required_for", "", &cycle.defence.required_for);
    found.unique("pass_rate_caps", "level", cycle.pass_rate_caps.iter().map(|cap| cap.level));
    let sizes = cycle.committee.sizes.iter().map(|size| format!("{}, {}", size.level_group, size.scope));
    found.unique("committee.sizes", "level_group", sizes);
    let codes = &cycle.certificate.specialty_codes;
    found.unique("certificate.specialty_codes", "id", codes.iter().map(|code| code.id.as_str()));
    found.unique("certificate.specialty_codes", "name", codes.iter().map(|code| code.name.as_str()));
    found.unique("templates", "id", cycle.templates.iter().map(|template| template.id.as_str()));
    found.unique("clauses", "id", cycle.clauses.iter().map(|clause| clause.id.as_str()));
}

/// The fields that hold words.
const TEXTS: [&str; 12] =
    ["name", "title", "text", "words", "committee", "zone", "scope", "section", "source", "note", "characters", "paper"];

fn empty(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let mut some = |path: String, filled: bool| found.unless(filled, path, "不能为空", "must not be empty");
    let lists: [(&str, bool); 10] = [
        ("series", cycle.series.is_empty()),
        ("specialties", cycle.specialties.is_empty()),
        ("tracks", cycle.tracks.is_empty()),
        ("checklist.aspects", cycle.checklist.aspects.is_empty()),
        ("checklist.items", cycle.checklist.items.is_empty()),
        ("fees.methods", cycle.fees.methods.is_empty()),
        ("study.years", cycle.study.as_ref().is_some_and(|study| study.years.is_empty())),
        ("skilled_worker.routes", cycle.skilled_worker.as_ref().is_some_and(|rule| rule.routes.is_empty())),
        ("skilled_worker.passing_results", cycle.skilled_worker.as_ref().is_some_and(|rule| rule.passing_results.is_empty())),
        ("originals.items", cycle.originals.items.is_empty()),
    ];
    for (path, empty) in lists {
        some(path.to_owned(), !empty);
    }
    for (at, specialty) in cycle.specialties.iter().enumerate() {
        some(format!("specialties[{at}].levels"), !specialty.levels.is_empty());
    }
    for (at, track) in cycle.tracks.iter().enumerate() {
        some(format!("tracks[{at}].admissions"), !track.admissions.is_empty());
        some(format!("tracks[{at}].chain"), !track.chain.is_empty());
        for (index, step) in track.chain.iter().enumerate() {
            some(format!("tracks[{at}].chain[{index}].organisations"), !step.organisations.is_empty());
        }
    }
    for (path, rule) in publicities(cycle) {
        some(format!("{path}.objections.channels"), !rule.objections.channels.is_empty());
    }
    for (at, row) in cycle.conditions.iter().enumerate() {
        some(format!("conditions[{at}].alternatives"), !row.alternatives.is_empty());
    }
    for (at, item) in cycle.evidence.iter().enumerate() {
        some(format!("evidence[{at}].media_types"), !item.media_types.is_empty());
        if let Some(form) = &item.verification_code {
            some(format!("evidence[{at}].verification_code.lengths"), !form.lengths.is_empty());
        }
    }
    if let Some(study) = &cycle.study {
        for (at, exemption) in study.exemptions.iter().enumerate() {
            some(format!("study.exemptions[{at}].approvers"), !exemption.approvers.is_empty());
        }
    }
    // Texts: every name, title, text and sentence of the file.
    let mut blank = Vec::new();
    walk_table(subject.root, "", &mut |path, key, text| {
        if text.trim().is_empty() && (TEXTS.contains(&key) || path.starts_with("clauses[")) {
            blank.push(path.to_owned());
        }
    });
    for path in blank {
        some(path, false);
    }
}

/// Every `clause` and `…_clause` of the file names a clause of the file.
fn clauses(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let known: HashSet<&str> = subject.cycle.clauses.iter().map(|clause| clause.id.as_str()).collect();
    walk_table(subject.root, "", &mut |path, key, text| {
        if key == "clause" || key.ends_with("_clause") {
            let (zh, en) = (format!("clauses 中没有条款“{text}”"), format!("there is no clause `{text}` in `clauses`"));
            // The clause of the item is what is wrong: none is named.
            if !known.contains(text) {
                found.add_for("", path, zh, en);
            }
        }
    });
}

fn references(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let mut known = |known: bool, path: String, what: (&str, &str), id: &str| {
        found.unless(known, path, format!("没有{}“{id}”", what.0), format!("there is no {} `{id}`", what.1));
    };
    let track = ("申报方式", "track");
    let specialty = ("专业", "specialty");
    let category = ("材料类别", "evidence category");
    for (at, item) in cycle.specialties.iter().enumerate() {
        known(cycle.series(&item.series).is_some(), format!("specialties[{at}].series"), ("系列", "series"), &item.series);
        for (list, levels) in [("levels", &item.levels), ("exam_replaces_review", &item.exam_replaces_review)] {
            for (index, level) in levels.iter().enumerate() {
                let path = format!("specialties[{at}].{list}[{index}]");
                known(cycle.level_title(*level).is_some(), path, ("级别", "level in `levels`"), level.as_str());
            }
        }
    }
    for (at, row) in cycle.conditions.iter().enumerate() {
        for (index, id) in row.specialties.iter().enumerate() {
            known(cycle.specialty(id).is_some(), format!("conditions[{at}].specialties[{index}]"), specialty, id);
        }
    }
    if let Some(rule) = &cycle.skilled_worker {
        for (at, route) in rule.routes.iter().enumerate() {
            let path = format!("skilled_worker.routes[{at}].level");
            known(cycle.level_title(route.level).is_some(), path, ("级别", "level in `levels`"), route.level.as_str());
        }
    }
    if let Some(study) = &cycle.study {
        for (at, waiver) in study.waivers.iter().enumerate() {
            for (index, id) in waiver.tracks.iter().enumerate() {
                known(cycle.track(id).is_some(), format!("study.waivers[{at}].tracks[{index}]"), track, id);
            }
        }
        let id = &study.exemption_evidence;
        known(cycle.evidence_category(id).is_some(), "study.exemption_evidence".to_owned(), category, id);
    }
    let categories = cycle.evidence.iter().enumerate().map(|(at, item)| (format!("evidence[{at}]"), &item.required_when));
    let groups = cycle
        .evidence_alternatives
        .iter()
        .enumerate()
        .map(|(at, item)| (format!("evidence_alternatives[{at}]"), &item.required_when));
    for (item, conditions) in categories.chain(groups) {
        for (at, condition) in conditions.iter().enumerate() {
            for (index, id) in condition.tracks.iter().enumerate() {
                known(cycle.track(id).is_some(), format!("{item}.required_when[{at}].tracks[{index}]"), track, id);
            }
        }
    }
    for (at, group) in cycle.evidence_alternatives.iter().enumerate() {
        for (index, id) in group.any_of.iter().enumerate() {
            known(cycle.evidence_category(id).is_some(), format!("evidence_alternatives[{at}].any_of[{index}]"), category, id);
        }
        for (index, id) in group.fallback.iter().enumerate() {
            let path = format!("evidence_alternatives[{at}].fallback[{index}]");
            known(group.any_of.contains(id), path, ("any_of 中的类别", "category in `any_of`"), id);
        }
    }
    for (at, original) in cycle.originals.items.iter().enumerate() {
        if let Some(id) = &original.evidence {
            known(cycle.evidence_category(id).is_some(), format!("originals.items[{at}].evidence"), category, id);
        }
    }
    for (at, code) in cycle.certificate.specialty_codes.iter().enumerate() {
        known(cycle.specialty(&code.id).is_some(), format!("certificate.specialty_codes[{at}].id"), specialty, &code.id);
    }
}
