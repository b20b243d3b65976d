//! What can be applied for, on which track, and who is admitted to it (1.1a, 1.1b, 1.2a-c, 3.1, 4.1d).

use chrono::NaiveDate;

use super::{
    arithmetic::{Bilingual, Elapsed, next_day, years_needed},
    input::{Input, Outcome, covers},
    model::{EmployerFacts, NamedValue},
};
use crate::{
    cycles::{
        CycleDefinition,
        definition::{
            Admission, AdmissionKind, AdmissionRule, EmployedAdmission, EmployerPlace, EvidenceFact, HostedAdmission,
            StationedAdmission,
        },
    },
    profiles::model::Stationing,
    vocabulary::{OrganisationKind, Ownership},
};

/// 4.1d: no other live application of the person in the year.
pub fn one_application(input: &Input<'_>) -> Vec<Outcome> {
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
pub fn specialty_open(input: &Input<'_>) -> Vec<Outcome> {
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
pub fn exam_replaces_review(input: &Input<'_>) -> Vec<Outcome> {
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

/// One way to be admitted to the track, tried.
#[derive(Debug)]
pub struct Attempt {
    pub kind: AdmissionKind,
    pub clause: String,
    pub holds: bool,
    /// The person's facts speak of this way, so that its refusal is the one to tell.
    claimed: bool,
    text: Bilingual,
    pointers: Vec<String>,
    values: Vec<NamedValue>,
}

/// Tries every way of the chosen track.
pub fn attempts(input: &Input<'_>) -> Vec<Attempt> {
    let track = input.cycle.track(&input.facts.choice.track);
    track
        .into_iter()
        .flat_map(|track| &track.admissions)
        .filter_map(|admission| {
            Some(match admission.rule()? {
                AdmissionRule::Employed(rule) => employed(input, admission, rule),
                AdmissionRule::Hosted(rule) => hosted(input, admission, rule),
                AdmissionRule::Stationed(rule) => stationed(input, admission, rule),
            })
        })
        .collect()
}

/// 1.1a, 1.2a-c: the person is admitted to the track in one of its ways.
pub fn admission(input: &Input<'_>) -> Vec<Outcome> {
    let Some(track) = input.cycle.track(&input.facts.choice.track) else {
        let text = Bilingual::new("本年度无此申报方式", "the cycle has no such track");
        return vec![Outcome::of(&input.cycle.one_application.clause, false, text).at("/track")];
    };
    let nearest = input.admitted().or_else(|| {
        // Of the ways that fail, the one that the facts speak of; being employed is what everybody is.
        let special = input.attempts.iter().find(|attempt| attempt.claimed && attempt.kind != AdmissionKind::Employed);
        special.or_else(|| input.attempts.first())
    });
    let Some(attempt) = nearest else {
        let text = Bilingual::new(format!("“{}”未规定申报人员范围", track.name), format!("track `{}` admits nobody", track.id));
        return vec![Outcome::of(&track.clause, false, text).at("/track")];
    };
    let missing = match attempt.kind {
        AdmissionKind::Employed => Vec::new(),
        AdmissionKind::Hosted => input.missing_for(EvidenceFact::Hosted),
        AdmissionKind::Stationed => input.missing_for(EvidenceFact::Stationed),
    };
    let mut outcome = Outcome::of(&attempt.clause, attempt.holds, attempt.text.clone())
        .all_at(attempt.pointers.iter().cloned())
        .using("track", &track.id)
        .using("admission", attempt.kind)
        .proven_by(&missing);
    outcome.values.extend(attempt.values.iter().cloned());
    vec![outcome]
}

fn value(name: &'static str, value: impl ToString) -> NamedValue {
    NamedValue { name, value: value.to_string() }
}

/// Words on an employer: kind, ownership, region.
fn employer_text(cycle: &CycleDefinition, employer: &EmployerFacts) -> Bilingual {
    let (kind, owner, code) = (employer.kind, employer.ownership, employer.region.as_str());
    let region = cycle.region_name(code).unwrap_or_default();
    let own_zh = if owner == Ownership::None { String::new() } else { format!("（{}）", owner.zh()) };
    let own_en = if owner == Ownership::None { String::new() } else { format!(" ({})", owner.en()) };
    Bilingual::new(
        format!("用人单位为{}{own_zh}，注册地{code}{region}", kind.zh()),
        format!("employer: {}{own_en}, registered in {code}", kind.en()),
    )
}

fn listed<T: PartialEq>(list: &[T], item: &T) -> bool {
    list.is_empty() || list.contains(item)
}

fn no_employer(admission: &Admission) -> Attempt {
    Attempt {
        kind: admission.kind,
        clause: admission.clause.clone(),
        holds: false,
        claimed: false,
        text: Bilingual::new("未填写用人单位", "no employer is given"),
        pointers: vec!["/employer".to_owned()],
        values: Vec::new(),
    }
}

fn employed(input: &Input<'_>, admission: &Admission, rule: &EmployedAdmission) -> Attempt {
    let Some(employer) = input.employer() else { return no_employer(admission) };
    let cycle = input.cycle;
    let kind_fits = rule.kinds.contains(&employer.kind) && listed(&rule.ownerships, &employer.ownership);
    // Where the person works is told by the present post; without one, the employer's seat stands for it.
    let post = input.current_employments().find(|(_, post)| {
        post.organisation_id.is_none() || employer.organisation_id.is_none() || post.organisation_id == employer.organisation_id
    });
    let post = post.and_then(|(i, post)| Some((i, post.region.as_deref()?)));
    let mut text = employer_text(cycle, employer);
    let (mut pointers, mut values) = (vec!["/employer".to_owned()], vec![value("employer_kind", employer.kind)]);
    values.push(value("ownership", employer.ownership));
    let place_fits = if let (EmployerPlace::Working, Some((i, region))) = (rule.place, post) {
        pointers.push(format!("/profile/employments/{i}/region"));
        values.push(value("working_region", region));
        let name = cycle.region_name(region).unwrap_or_default();
        text.add(&format!("，工作地{region}{name}"), &format!(", working in {region}"));
        cycle.in_region(region)
    } else {
        values.push(value("registered_region", &employer.region));
        cycle.in_region(&employer.region)
    };
    let why_not = match (kind_fits, place_fits) {
        (true, true) => ("", ""),
        (false, _) => ("；不属于该申报方式的单位范围", "; not a kind of employer of this track"),
        (true, false) => ("；不在本地区范围内", "; not in the region of the cycle"),
    };
    text.add(why_not.0, why_not.1);
    Attempt {
        kind: admission.kind,
        clause: admission.clause.clone(),
        holds: kind_fits && place_fits,
        claimed: true,
        text,
        pointers,
        values,
    }
}

fn hosted(input: &Input<'_>, admission: &Admission, rule: &HostedAdmission) -> Attempt {
    let hostings = &input.facts.profile.file_hostings;
    let agency = input.employer().filter(|employer| rule.kinds.contains(&employer.kind));
    let hosted_now = hostings.iter().any(|hosting| covers(hosting.from, hosting.to, input.day));
    let mut attempt = Attempt { claimed: agency.is_some() || hosted_now, ..no_employer(admission) };
    let Some(agency) = agency else {
        attempt.text = Bilingual::new("档案托管机构不是本次申报的用人单位", "no personnel agency acts as the employer");
        return attempt;
    };
    let current = hostings.iter().enumerate().find(|(_, hosting)| {
        covers(hosting.from, hosting.to, input.day) && agency.organisation_id.is_none_or(|id| id == hosting.organisation_id)
    });
    let in_region = input.cycle.in_region(&agency.region);
    attempt.values = vec![value("agency_region", &agency.region), value("judged_on", input.day)];
    attempt.holds = in_region && current.is_some();
    attempt.text = match current {
        None => {
            attempt.pointers.push("/profile/file_hostings".to_owned());
            Bilingual::new(
                format!("{}档案未在该机构托管", input.day),
                format!("the file is not hosted at this agency on {}", input.day),
            )
        }
        Some((i, hosting)) => {
            attempt.pointers.push(format!("/profile/file_hostings/{i}"));
            let (from, code) = (hosting.from, &agency.region);
            let (zh, en) = if in_region {
                ("在本地区范围内", "in the region")
            } else {
                ("不在本地区范围内", "not in the region of the cycle")
            };
            Bilingual::new(
                format!("档案自{from}起托管，机构所在地{code}{zh}"),
                format!("file hosted since {from}; the agency in {code} is {en}"),
            )
        }
    };
    attempt
}

/// The code lies in the area: codes end in zeros where they name the larger area (650000 holds 652901).
fn in_area(code: &str, area: &str) -> bool {
    let prefix = area.trim_end_matches("00");
    code.starts_with(prefix)
}

/// First day of the unbroken time that ends with `current`, with the same enterprise and in the region throughout.
fn unbroken_since(input: &Input<'_>, current: &Stationing) -> NaiveDate {
    let same = |other: &Stationing| match (&other.credit_code, &current.credit_code) {
        (Some(a), Some(b)) => a == b,
        _ => other.enterprise_name.trim() == current.enterprise_name.trim(),
    };
    let mut since = current.from;
    // Each round reaches further back, so this ends.
    while let Some(before) = input.facts.profile.stationings.iter().find(|other| {
        same(other) && input.cycle.in_region(&other.region) && other.from < since && other.to.is_none_or(|to| next_day(to) >= since)
    }) {
        since = before.from;
    }
    since
}

fn stationed(input: &Input<'_>, admission: &Admission, rule: &StationedAdmission) -> Attempt {
    let (cycle, list) = (input.cycle, &input.facts.profile.stationings);
    // A stationing that is over is only history, unless the employer has its seat elsewhere.
    let employer_elsewhere = input.employer().is_none_or(|employer| !cycle.in_region(&employer.region));
    let now = list.iter().any(|stationing| covers(stationing.from, stationing.to, input.day));
    let mut attempt = Attempt { claimed: now || (employer_elsewhere && !list.is_empty()), ..no_employer(admission) };
    let here = |stationing: &Stationing| covers(stationing.from, stationing.to, input.day) && cycle.in_region(&stationing.region);
    let Some((i, current)) = list.iter().enumerate().find(|(_, stationing)| here(stationing)) else {
        attempt.text =
            Bilingual::new(format!("{}无在本地区的派驻经历", input.day), format!("not stationed in the region on {}", input.day));
        attempt.pointers = vec!["/profile/stationings".to_owned()];
        return attempt;
    };
    let on = cycle.seniority.date.min(current.to.unwrap_or(cycle.seniority.date));
    let since = unbroken_since(input, current);
    let elapsed = Elapsed::between(since, on);
    let long_enough = elapsed.reaches(u32::from(rule.years));
    let outside = match &rule.outside_of {
        Some(area) => !in_area(&current.enterprise_region, area),
        None => !cycle.in_region(&current.enterprise_region),
    };
    let kind = input.employer().map_or(OrganisationKind::Enterprise, |employer| employer.kind);
    let kind_fits = rule.kinds.contains(&kind) && listed(&rule.ownerships, &current.ownership);
    let counted = years_needed(elapsed, on, u32::from(rule.years));
    let (name, code) = (current.ownership, &current.enterprise_region);
    let mut text = Bilingual::new(
        format!("{}企业（注册地{code}）自{since}起连续派驻：{}", name.zh(), counted.zh),
        format!("stationed without a break since {since} by a {} enterprise registered in {code}: {}", name.en(), counted.en),
    );
    if !kind_fits {
        text.add("；不属于该申报方式的单位范围", "; not a kind of enterprise of this track");
    }
    if !outside {
        text.add("；派出企业不是外地企业", "; the enterprise is not from outside");
    }
    attempt.holds = long_enough && outside && kind_fits;
    attempt.text = text;
    attempt.pointers = vec![format!("/profile/stationings/{i}")];
    attempt.values = vec![
        value("since", since),
        value("counted_to", on),
        value("needed_years", rule.years),
        value("enterprise_region", code),
        value("ownership", current.ownership),
    ];
    attempt
}
