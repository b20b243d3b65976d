//! What can be applied for, on which track, and who is admitted to it (1.1a, 1.1b, 1.2a-c, 3.1, 4.1d).

use crate::{
    checks::{arithmetic::Bilingual, derived::Derived, outcome::Outcome},
    cycles::definition::{AdmissionKind, EvidenceFact},
};

/// 4.1d: no other live application of the person in the year.
pub fn one_application(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let clause = &input.cycle.one_application.clause;
    let year = input.cycle.year;
    let others = &input.facts.other_applications;
    if others.is_empty() {
        return vec![Outcome::of(
            clause,
            true,
            Bilingual::new(format!("{year}年度无其他申报"), format!("no other application in {year}")),
        )];
    }
    others
        .iter()
        .map(|other| {
            let text = Bilingual::new(
                format!("{year}年度已有申报（{}）", other.track),
                format!("there is an application in {year} already ({})", other.track),
            );
            Outcome::of(clause, false, text).on(&other.id).at("/track").using("other_track", &other.track)
        })
        .collect()
}

/// 3.1: the specialty is of the series, and specialty, series and level are open in the cycle.
pub fn specialty_open(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let (cycle, choice) = (input.cycle, &input.facts.choice);
    let title = cycle.level_title(choice.level);
    let clause = title.map_or(cycle.mechanisms.conditions_clause.as_str(), |title| title.clause.as_str());
    let specialty = cycle.specialty(&choice.specialty);
    let series_open =
        specialty.is_some_and(|s| s.series == choice.series && cycle.series(&s.series).is_some_and(|series| series.open));
    // A level that a state exam stands in for is another rule's business (1.1b).
    let level_open = title.is_some_and(|title| title.open)
        && specialty.is_some_and(|s| s.levels.contains(&choice.level) || s.exam_replaces_review.contains(&choice.level));
    let name = specialty.map_or(choice.specialty.as_str(), |s| s.name.as_str());
    let level = choice.level;
    let (text, pointer) = if specialty.is_none() || !series_open {
        (
            Bilingual::new(
                format!("本年度不开展“{name}”专业评审"),
                format!("`{}` is not under review in this cycle", choice.specialty),
            ),
            "/specialty",
        )
    } else if level_open {
        (Bilingual::new(format!("{name}，{}", level.zh()), format!("{}, {}", choice.specialty, level.en())), "/level")
    } else {
        (
            Bilingual::new(
                format!("本年度不开展“{name}”专业{}评审", level.zh()),
                format!("level {} of `{}` is not open in this cycle", level.en(), choice.specialty),
            ),
            "/level",
        )
    };
    vec![
        Outcome::of(clause, series_open && level_open, text)
            .at(pointer)
            .using("specialty", &choice.specialty)
            .using("level", level),
    ]
}

/// 1.1b: a state exam stands in for the review of some specialties or levels.
pub fn exam_replaces_review(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let choice = &input.facts.choice;
    let Some(specialty) = input.cycle.specialty(&choice.specialty) else { return Vec::new() };
    let replaced = specialty.exam_replaces_review.contains(&choice.level);
    let (name, level) = (&specialty.name, choice.level);
    let text = if replaced {
        Bilingual::new(
            format!("“{name}”{}以考代评", level.zh()),
            format!("a state exam replaces the review of {name}, {}", level.en()),
        )
    } else {
        Bilingual::new(
            format!("“{name}”{}不以考代评", level.zh()),
            format!("no state exam replaces the review of {name}, {}", level.en()),
        )
    };
    vec![Outcome::of(&specialty.exam_clause, !replaced, text).at("/specialty").at("/level").using("level", level)]
}

/// 1.1a, 1.2a-c: the person is admitted to the track in one of its ways.
pub fn admission(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(track) = input.cycle.track(&input.facts.choice.track) else {
        let text = Bilingual::new("本年度无此申报方式", "the cycle has no such track");
        return vec![Outcome::of(&input.cycle.one_application.clause, false, text).at("/track")];
    };
    let nearest = derived.admitted().or_else(|| {
        // Of the ways that fail, the one that the facts speak of; being employed is what everybody is.
        let special = derived.admissions.iter().find(|check| check.claimed && check.kind != AdmissionKind::Employed);
        special.or_else(|| derived.admissions.first())
    });
    let Some(check) = nearest else {
        let text = Bilingual::new(format!("“{}”未规定申报人员范围", track.name), format!("track `{}` admits nobody", track.id));
        return vec![Outcome::of(&track.clause, false, text).at("/track")];
    };
    let missing = match check.kind {
        AdmissionKind::Employed => Vec::new(),
        AdmissionKind::Hosted => derived.missing_for(EvidenceFact::Hosted),
        AdmissionKind::Stationed => derived.missing_for(EvidenceFact::Stationed),
    };
    let mut outcome = Outcome::of(&check.clause, check.holds, check.text.clone())
        .all_at(check.pointers.iter().cloned())
        .using("track", &track.id)
        .using("admission", check.kind)
        .proven_by(&missing);
    outcome.values.extend(check.values.iter().cloned());
    vec![outcome]
}
