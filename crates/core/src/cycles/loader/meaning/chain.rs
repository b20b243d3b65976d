//! Checks on tracks: admissions and chains of reviewers.

use super::findings::Findings;
use crate::cycles::definition::{Admission, CycleDefinition, Track};
use crate::vocabulary::{Role, Stage};

pub(super) fn check(found: &mut Findings, cycle: &CycleDefinition) {
    found.some("tracks", &cycle.tracks);
    found.ids("tracks", cycle.tracks.iter().map(|track| track.id.as_str()));
    for (at, track) in cycle.tracks.iter().enumerate() {
        found.text(format!("tracks[{at}].name"), &track.name);
        found.some(format!("tracks[{at}].admissions"), &track.admissions);
        for (index, admission) in track.admissions.iter().enumerate() {
            admission_of(found, &format!("tracks[{at}].admissions[{index}]"), admission);
        }
        chain_of(found, at, track);
    }
}

fn admission_of(found: &mut Findings, path: &str, admission: &Admission) {
    let objects = [
        ("employed", admission.employed.as_ref().map(|object| object.kinds.is_empty())),
        ("hosted", admission.hosted.as_ref().map(|object| object.kinds.is_empty())),
        ("stationed", admission.stationed.as_ref().map(|object| object.kinds.is_empty())),
    ];
    for (name, object) in objects {
        let named = admission.kind.as_str() == name;
        match object {
            None => found.unless(!named, path, format!("`kind` is `{name}`, but there is no `{name}`")),
            Some(_) if !named => found.add(format!("{path}.{name}"), format!("`kind` is `{}`, not `{name}`", admission.kind)),
            Some(empty) => found.unless(!empty, format!("{path}.{name}.kinds"), "must not be empty"),
        }
    }
}

fn chain_of(found: &mut Findings, at: usize, track: &Track) {
    let list = format!("tracks[{at}].chain");
    found.some(&list, &track.chain);
    found.unique(&list, "stage", track.chain.iter().map(|step| step.stage));
    let end = track.chain.len().saturating_sub(1);
    for (index, step) in track.chain.iter().enumerate() {
        let path = |field: &str| format!("{list}[{index}].{field}");
        found.unless(step.stage.is_review(), path("stage"), format!("`{}` is not a stage of review", step.stage));
        if index == end {
            found.unless(step.stage == Stage::FormalReview, path("stage"), "a chain ends at `formal_review`");
            found.unless(!step.only_with_department, path("only_with_department"), "the last step cannot be left out");
        } else {
            found.unless(step.stage != Stage::FormalReview, path("stage"), "`formal_review` is the last step of a chain");
        }
        let reviews = matches!(
            step.role,
            Role::EmployerClerk | Role::DepartmentReviewer | Role::CountyService | Role::PrefectureService | Role::CommitteeOffice
        );
        found.unless(reviews, path("role"), format!("`{}` does not review applications", step.role));
        found.some(path("organisations"), &step.organisations);
    }
}
