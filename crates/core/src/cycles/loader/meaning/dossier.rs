//! Checks on the rules on the dossier and its way: study, correction, evidence, fees, committee, certificate.

use super::findings::Findings;
use crate::cycles::definition::{CycleDefinition, EvidenceCondition, FractionRule, PublicityRule};
use crate::vocabulary::{Level, LevelGroup};

pub(super) fn check(found: &mut Findings, cycle: &CycleDefinition) {
    study(found, cycle);
    review(found, cycle);
    evidence(found, cycle);
    fees(found, cycle);
    meeting(found, cycle);
    certificate(found, cycle);
}

/// The levels that somebody can apply for.
fn open_levels(cycle: &CycleDefinition) -> impl Iterator<Item = Level> {
    Level::ALL.iter().copied().filter(|level| cycle.specialties.iter().any(|specialty| cycle.is_open(&specialty.id, *level)))
}

fn open_groups(cycle: &CycleDefinition) -> impl Iterator<Item = LevelGroup> {
    LevelGroup::ALL.iter().copied().filter(|group| open_levels(cycle).any(|level| level.group() == *group))
}

fn tracks(found: &mut Findings, cycle: &CycleDefinition, path: &str, ids: &[String]) {
    for (at, id) in ids.iter().enumerate() {
        found.unless(cycle.track(id).is_some(), format!("{path}[{at}]"), format!("there is no track `{id}`"));
    }
}

fn study(found: &mut Findings, cycle: &CycleDefinition) {
    let Some(study) = &cycle.study else { return };
    found.some("study.years", &study.years);
    found.unique("study.years", "", &study.years);
    let fits = study.hours_specialty <= study.hours_total;
    found.unless(fits, "study.hours_specialty", "more specialty hours than hours");
    found.unique("study.system_from", "kind", study.system_from.iter().map(|start| start.kind));
    for (at, waiver) in study.waivers.iter().enumerate() {
        tracks(found, cycle, &format!("study.waivers[{at}].tracks"), &waiver.tracks);
    }
    found.ids("study.exemptions", study.exemptions.iter().map(|exemption| exemption.id.as_str()));
    for (at, exemption) in study.exemptions.iter().enumerate() {
        found.items(&format!("study.exemptions[{at}].approvers"), &exemption.approvers);
    }
    category(found, cycle, "study.exemption_evidence", &study.exemption_evidence);
}

fn category(found: &mut Findings, cycle: &CycleDefinition, path: impl Into<String>, id: &str) {
    found.unless(cycle.evidence_category(id).is_some(), path, format!("there is no evidence category `{id}`"));
}

fn review(found: &mut Findings, cycle: &CycleDefinition) {
    let correction = &cycle.correction;
    found.unless(correction.max_committee_submissions >= 1, "correction.max_committee_submissions", "at least one submission");
    found.unless(correction.days >= 1, "correction.days", "at least one day");
    found.items("checklist.aspects", &cycle.checklist.aspects);
    found.items("checklist.items", &cycle.checklist.items);
    found.text("fixed_sentence.text", &cycle.fixed_sentence.text);
    let publicity = |found: &mut Findings, path: &str, rule: &PublicityRule| {
        found.text(format!("{path}.name"), &rule.name);
        found.unless(rule.working_days >= 1, format!("{path}.working_days"), "at least one working day");
        found.items(&format!("{path}.objections.channels"), &rule.objections.channels);
    };
    publicity(found, "employer_publicity", &cycle.employer_publicity);
    publicity(found, "result_publicity", &cycle.result_publicity);
}

fn evidence(found: &mut Findings, cycle: &CycleDefinition) {
    let conditions = |found: &mut Findings, path: &str, conditions: &[EvidenceCondition]| {
        for (at, condition) in conditions.iter().enumerate() {
            tracks(found, cycle, &format!("{path}.required_when[{at}].tracks"), &condition.tracks);
        }
    };
    found.ids("evidence", cycle.evidence.iter().map(|category| category.id.as_str()));
    for (at, item) in cycle.evidence.iter().enumerate() {
        let path = |field: &str| format!("evidence[{at}].{field}");
        found.text(path("name"), &item.name);
        conditions(found, &format!("evidence[{at}]"), &item.required_when);
        found.some(path("media_types"), &item.media_types);
        for (index, media_type) in item.media_types.iter().enumerate() {
            let well = media_type.split_once('/').is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty());
            found.unless(well, format!("evidence[{at}].media_types[{index}]"), format!("`{media_type}` is not a media type"));
        }
        found.unless(item.max_bytes > 0, path("max_bytes"), "at least one byte");
        found.unless(item.max_files > 0, path("max_files"), "at least one file");
        if let Some(form) = &item.verification_code {
            found.some(path("verification_code.lengths"), &form.lengths);
            found.text(path("verification_code.characters"), &form.characters);
        }
    }
    found.ids("evidence_alternatives", cycle.evidence_alternatives.iter().map(|group| group.id.as_str()));
    for (at, group) in cycle.evidence_alternatives.iter().enumerate() {
        let path = format!("evidence_alternatives[{at}]");
        conditions(found, &path, &group.required_when);
        found.unless(group.any_of.len() >= 2, format!("{path}.any_of"), "a group has two categories at least");
        found.unique(&format!("{path}.any_of"), "", &group.any_of);
        for (index, id) in group.any_of.iter().enumerate() {
            category(found, cycle, format!("{path}.any_of[{index}]"), id);
        }
        for (index, id) in group.fallback.iter().enumerate() {
            found.unless(group.any_of.contains(id), format!("{path}.fallback[{index}]"), format!("`{id}` is not in `any_of`"));
        }
        found.unless(
            group.fallback.len() < group.any_of.len(),
            format!("{path}.fallback"),
            "all of the group cannot be a fallback",
        );
    }
    found.unless(cycle.review_form.copies >= 1, "review_form.copies", "at least one copy");
    found.ids("originals.items", cycle.originals.items.iter().map(|original| original.id.as_str()));
    for (at, original) in cycle.originals.items.iter().enumerate() {
        found.unless(original.copies >= 1, format!("originals.items[{at}].copies"), "at least one copy");
        if let Some(id) = &original.evidence {
            category(found, cycle, format!("originals.items[{at}].evidence"), id);
        }
    }
}

fn fees(found: &mut Findings, cycle: &CycleDefinition) {
    let fees = &cycle.fees;
    let well = fees.currency.len() == 3 && fees.currency.bytes().all(|b| b.is_ascii_uppercase());
    found.unless(well, "fees.currency", "is not a currency code such as `CNY`");
    found.unique("fees.amounts", "level_group", fees.amounts.iter().map(|fee| fee.level_group));
    for (at, fee) in fees.amounts.iter().enumerate() {
        found.unless(fee.amount_minor >= 0, format!("fees.amounts[{at}].amount_minor"), "is less than nothing");
    }
    for group in open_groups(cycle) {
        let named = fees.amounts.iter().any(|fee| fee.level_group == group);
        found.unless(named, "fees.amounts", format!("there is no fee for `{group}`, which is open"));
    }
    found.items("fees.methods", &fees.methods);
}

fn meeting(found: &mut Findings, cycle: &CycleDefinition) {
    found.unique("defence.required_for", "", &cycle.defence.required_for);
    found.ids("defence.exemptions", cycle.defence.exemptions.iter().map(|exemption| exemption.id.as_str()));
    found.unique("pass_rate_caps", "level", cycle.pass_rate_caps.iter().map(|cap| cap.level));
    for (at, cap) in cycle.pass_rate_caps.iter().enumerate() {
        found.unless(cap.percent <= 100, format!("pass_rate_caps[{at}].percent"), "is more than 100 percent");
    }
    let fraction = |found: &mut Findings, path: &str, rule: &FractionRule| {
        let well = rule.fraction.numerator > 0 && rule.fraction.numerator <= rule.fraction.denominator;
        found.unless(well, format!("{path}.fraction"), "is not a fraction above 0 and up to 1");
    };
    fraction(found, "committee.quorum", &cycle.committee.quorum);
    fraction(found, "committee.pass", &cycle.committee.pass);
    let sizes = cycle.committee.sizes.iter().map(|size| format!("{}, {}", size.level_group, size.scope));
    found.unique("committee.sizes", "level_group", sizes);
    for (at, size) in cycle.committee.sizes.iter().enumerate() {
        found.unless(size.members >= 1, format!("committee.sizes[{at}].members"), "at least one expert");
    }
    for group in open_groups(cycle) {
        let named = cycle.committee.members_needed(group).is_some();
        let message = format!("there is no size for `{group}`, `{}`", cycle.committee.scope);
        found.unless(named, "committee.sizes", message);
    }
}

fn certificate(found: &mut Findings, cycle: &CycleDefinition) {
    const PLACEHOLDERS: [&str; 5] = ["{year}", "{region}", "{specialty}", "{level}", "{sequence}"];
    let rule = &cycle.certificate;
    // Two cycles, specialties or levels must not give one number twice.
    for placeholder in PLACEHOLDERS {
        let named = rule.number_format.matches(placeholder).count() == 1;
        found.unless(named, "certificate.number_format", format!("`{placeholder}` has to occur once"));
    }
    let rest = PLACEHOLDERS.iter().fold(rule.number_format.clone(), |text, placeholder| text.replace(placeholder, ""));
    found.unless(!rest.contains(['{', '}']), "certificate.number_format", "has a placeholder that is not known");
    found.unless((1..=10).contains(&rule.sequence_digits), "certificate.sequence_digits", "is not 1 to 10");
    found.unique("certificate.specialty_codes", "id", rule.specialty_codes.iter().map(|code| code.id.as_str()));
    found.unique("certificate.specialty_codes", "name", rule.specialty_codes.iter().map(|code| code.name.as_str()));
    for (at, code) in rule.specialty_codes.iter().enumerate() {
        let known = cycle.specialty(&code.id).is_some();
        found.unless(known, format!("certificate.specialty_codes[{at}].id"), format!("there is no specialty `{}`", code.id));
    }
    for specialty in &cycle.specialties {
        let named = rule.specialty_codes.iter().any(|code| code.id == specialty.id);
        found.unless(named, "certificate.specialty_codes", format!("there is no code for `{}`", specialty.id));
    }
    found.text("certificate.scope", &rule.scope);
}
