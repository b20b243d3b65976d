//! Continuing education and Putonghua.

use super::findings::Findings;
use super::{Check, Subject};
use crate::cycles::definition::{EvidenceFact, StudyWaiver};

pub(super) const CHECKS: &[Check] = &[
    Check::error("study_hours", hours, ("专业课学时不得多于总学时", "the specialty hours are among the hours")),
    Check::error(
        "study_year",
        year,
        ("核对年份：继续教育按已过去的年度和本年度要求", "check the year: study is asked for in years up to the cycle's own"),
    ),
    Check::warning("study_old_year", old_year, ("核对年份", "check the year")),
    Check::error(
        "study_system_year",
        system_year,
        ("核对年份：该年之后的证书才从系统获取", "check the year: only from it on certificates come from the system"),
    ),
    Check::warning("study_waiver_shadowed", shadowed, ("删去该项", "remove it")),
    Check::warning(
        "study_exemption_form",
        form,
        ("在 required_when 中写明 study_exempted", "add the fact `study_exempted` to `required_when` of the category"),
    ),
    Check::warning("putonghua_nobody", putonghua, ("核对单位类别", "check the kinds of employer")),
];

fn hours(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let Some(study) = &subject.cycle.study else { return };
    let fits = study.hours_specialty <= study.hours_total;
    found.unless(fits, "study.hours_specialty", "专业课学时多于总学时", "more specialty hours than hours");
}

fn year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (Some(study), cycle_year) = (&subject.cycle.study, subject.cycle.year) else { return };
    for (at, year) in study.years.iter().enumerate() {
        let (zh, en) = (
            format!("{year}年晚于年度{cycle_year}，无人能完成"),
            format!("{year} is after the cycle's year, {cycle_year}: nobody can have studied then"),
        );
        found.unless(*year <= cycle_year, format!("study.years[{at}]"), zh, en);
    }
}

fn old_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (Some(study), cycle_year) = (&subject.cycle.study, subject.cycle.year) else { return };
    for (at, year) in study.years.iter().enumerate() {
        let (zh, en) = (format!("比年度{cycle_year}早十年以上"), format!("is more than ten years before {cycle_year}"));
        found.unless(year + 10 >= cycle_year, format!("study.years[{at}]"), zh, en);
    }
}

fn system_year(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let (Some(study), cycle_year) = (&subject.cycle.study, subject.cycle.year) else { return };
    for (at, start) in study.system_from.iter().enumerate() {
        if start.year > cycle_year {
            let (zh, en) = (
                format!("{}年晚于年度{cycle_year}：所有证书都可手动上传", start.year),
                format!("{} is after the cycle's year, {cycle_year}: every certificate could be uploaded by hand", start.year),
            );
            found.add_for(&study.system_clause, format!("study.system_from[{at}].year"), zh, en);
        }
    }
}

/// Everything that the narrow list names is in the wide one; an empty list names everything.
fn within<T: PartialEq>(narrow: &[T], wide: &[T]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|item| wide.contains(item)))
}

fn shadowed(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let Some(study) = &subject.cycle.study else { return };
    let covers = |wide: &StudyWaiver, narrow: &StudyWaiver| {
        within(&narrow.tracks, &wide.tracks)
            && within(&narrow.employer_ownerships, &wide.employer_ownerships)
            && (narrow.first_application_only || !wide.first_application_only)
    };
    for (at, waiver) in study.waivers.iter().enumerate() {
        let hidden = study.waivers[..at].iter().any(|wide| covers(wide, waiver));
        let (zh, en) = ("前面的一项已包含", "one before it has everybody that it names");
        found.unless(!hidden, format!("study.waivers[{at}]"), zh, en);
    }
}

fn form(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let Some(study) = cycle.study.as_ref().filter(|study| !study.exemptions.is_empty()) else { return };
    let Some(at) = cycle.evidence.iter().position(|category| category.id == study.exemption_evidence) else { return };
    let asked = cycle.evidence[at].required_when.iter().any(|when| when.facts.contains(&EvidenceFact::StudyExempted));
    let (zh, en) = ("申请免学的不须上传审批表", "who claims an exemption need not upload its form");
    found.unless(asked, format!("evidence[{at}].required_when"), zh, en);
}

fn putonghua(subject: &Subject<'_>, found: &mut Findings<'_>) {
    let cycle = subject.cycle;
    let Some(rule) = &cycle.putonghua else { return };
    for (at, kind) in rule.employer_kinds.iter().enumerate() {
        let employers = cycle.tracks.iter().filter_map(|track| track.chain.first());
        let some = employers.into_iter().any(|step| step.organisations.contains(kind));
        let (zh, en) = (format!("没有“{}”的申报人", kind.zh()), format!("nobody applies from a `{kind}`"));
        found.unless(some, format!("putonghua.employer_kinds[{at}]"), zh, en);
    }
}
