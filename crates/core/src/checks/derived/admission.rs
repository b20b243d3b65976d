//! Admission to a track: employed, hosted or stationed (1.1a, 1.2a-c).

use chrono::NaiveDate;

use crate::{
    checks::{
        arithmetic::{Bilingual, Elapsed, next_day, years_needed},
        input::{Input, covers},
        model::{EmployerFacts, NamedValue},
    },
    cycles::{
        CycleDefinition,
        definition::{
            Admission, AdmissionKind, AdmissionRule, EmployedAdmission, EmployerPlace, HostedAdmission, StationedAdmission,
        },
    },
    profiles::model::Stationing,
    vocabulary::Ownership,
};

/// One way of admission to the track, checked.
#[derive(Debug)]
pub struct AdmissionCheck {
    pub kind: AdmissionKind,
    pub clause: String,
    pub holds: bool,
    /// The person declares facts of this way. Its refusal is then the one to report.
    pub claimed: bool,
    pub text: Bilingual,
    pub pointers: Vec<String>,
    pub values: Vec<NamedValue>,
}

/// Checks every way of admission to the chosen track.
pub fn check_all(input: &Input<'_>) -> Vec<AdmissionCheck> {
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

fn value(name: &'static str, value: impl ToString) -> NamedValue {
    NamedValue { name, value: value.to_string() }
}

/// The employer in words: kind, ownership, region.
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

fn no_employer(admission: &Admission) -> AdmissionCheck {
    AdmissionCheck {
        kind: admission.kind,
        clause: admission.clause.clone(),
        holds: false,
        claimed: false,
        text: Bilingual::new("未填写用人单位", "no employer is given"),
        pointers: vec!["/employer".to_owned()],
        values: Vec::new(),
    }
}

fn employed(input: &Input<'_>, admission: &Admission, rule: &EmployedAdmission) -> AdmissionCheck {
    let Some(employer) = input.employer() else { return no_employer(admission) };
    let cycle = input.cycle;
    let kind_fits = rule.kinds.contains(&employer.kind) && listed(&rule.ownerships, &employer.ownership);
    let post = input.present_post();
    let mut text = employer_text(cycle, employer);
    let (mut pointers, mut values) = (vec!["/employer".to_owned()], vec![value("employer_kind", employer.kind)]);
    values.push(value("ownership", employer.ownership));
    // The present post says where the person works; one that does not, at the employer's seat.
    let working = post.and_then(|(i, post)| Some((i, post.region.as_deref()?)));
    let place_fits = if let (EmployerPlace::Working, Some((i, region))) = (rule.place, working) {
        pointers.push(format!("/profile/employments/{i}/region"));
        values.push(value("working_region", region));
        let name = cycle.region_name(region).unwrap_or_default();
        text.add(&format!("，工作地{region}{name}"), &format!(", working in {region}"));
        cycle.in_region(region)
    } else {
        values.push(value("registered_region", &employer.region));
        cycle.in_region(&employer.region)
    };
    values.push(value("judged_on", input.employed_on));
    if !kind_fits {
        text.add("；不属于该申报方式的单位范围", "; not a kind of employer of this track");
    } else if !place_fits {
        text.add("；不在本地区范围内", "; not in the region of the cycle");
    }
    if post.is_none() {
        let day = input.employed_on;
        text.add(&format!("；{day}在该单位无现任岗位"), &format!("; no present post at this employer on {day}"));
        pointers.push("/profile/employments".to_owned());
    }
    AdmissionCheck {
        kind: admission.kind,
        clause: admission.clause.clone(),
        holds: kind_fits && place_fits && post.is_some(),
        claimed: true,
        text,
        pointers,
        values,
    }
}

fn hosted(input: &Input<'_>, admission: &Admission, rule: &HostedAdmission) -> AdmissionCheck {
    let hostings = &input.facts.profile.file_hostings;
    let agency = input.employer().filter(|employer| rule.kinds.contains(&employer.kind));
    let hosted_now = hostings.iter().any(|hosting| covers(hosting.from, hosting.to, input.employed_on));
    let mut check = AdmissionCheck { claimed: agency.is_some() || hosted_now, ..no_employer(admission) };
    let Some(agency) = agency else {
        check.text = Bilingual::new("档案托管机构不是本次申报的用人单位", "no personnel agency acts as the employer");
        return check;
    };
    let current = hostings.iter().enumerate().find(|(_, hosting)| {
        covers(hosting.from, hosting.to, input.employed_on) && agency.organisation_id.is_none_or(|id| id == hosting.organisation_id)
    });
    let in_region = input.cycle.in_region(&agency.region);
    check.values = vec![value("agency_region", &agency.region), value("judged_on", input.employed_on)];
    check.holds = in_region && current.is_some();
    check.text = match current {
        None => {
            check.pointers.push("/profile/file_hostings".to_owned());
            Bilingual::new(
                format!("{}档案未在该机构托管", input.employed_on),
                format!("the file is not hosted at this agency on {}", input.employed_on),
            )
        }
        Some((i, hosting)) => {
            check.pointers.push(format!("/profile/file_hostings/{i}"));
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
    check
}

/// The code lies in the area: codes end in zeros where they name the larger area (650000 holds 652901).
fn in_area(code: &str, area: &str) -> bool {
    let prefix = area.trim_end_matches("00");
    code.starts_with(prefix)
}

/// First day of the unbroken time that ends with `current`, among stationings by the same employer, and in the region throughout.
fn unbroken_since(input: &Input<'_>, by_employer: &[(usize, &Stationing)], current: &Stationing) -> NaiveDate {
    let mut since = current.from;
    // `since` moves back in each round, so the loop ends.
    while let Some((_, before)) = by_employer.iter().find(|(_, other)| {
        input.cycle.in_region(&other.region) && other.from < since && other.to.is_none_or(|to| next_day(to) >= since)
    }) {
        since = before.from;
    }
    since
}

/// Stationed by the employer that is applied from. Its kind, ownership and seat are those on record, whatever the applicant says of it.
fn stationed(input: &Input<'_>, admission: &Admission, rule: &StationedAdmission) -> AdmissionCheck {
    let (cycle, list) = (input.cycle, &input.facts.profile.stationings);
    let Some(employer) = input.employer() else { return no_employer(admission) };
    // A past stationing matters only if the employer has its seat elsewhere.
    let employer_elsewhere = !cycle.in_region(&employer.region);
    let now = list.iter().any(|stationing| covers(stationing.from, stationing.to, input.employed_on));
    let mut check = AdmissionCheck { claimed: now || (employer_elsewhere && !list.is_empty()), ..no_employer(admission) };
    let by_employer: Vec<_> = list.iter().enumerate().filter(|(_, stationing)| employer.stations(stationing)).collect();
    let here =
        |stationing: &Stationing| covers(stationing.from, stationing.to, input.employed_on) && cycle.in_region(&stationing.region);
    let Some((i, current)) = by_employer.iter().copied().find(|(_, stationing)| here(stationing)) else {
        let day = input.employed_on;
        check.text = Bilingual::new(
            format!("{day}无用人单位派驻本地区的经历"),
            format!("not stationed in the region by this employer on {day}"),
        );
        check.pointers = vec!["/profile/stationings".to_owned()];
        return check;
    };
    let on = cycle.seniority.date.min(current.to.unwrap_or(cycle.seniority.date));
    let since = unbroken_since(input, &by_employer, current);
    let elapsed = Elapsed::between(since, on);
    let long_enough = elapsed.reaches(u32::from(rule.years));
    let (ownership, code) = (employer.ownership, &employer.region);
    let outside = match &rule.outside_of {
        Some(area) => !in_area(code, area),
        None => employer_elsewhere,
    };
    let kind_fits = rule.kinds.contains(&employer.kind) && listed(&rule.ownerships, &ownership);
    let counted = years_needed(elapsed, on, u32::from(rule.years));
    let mut text = Bilingual::new(
        format!("{}{}（注册地{code}）自{since}起连续派驻：{}", ownership.zh(), employer.kind.zh(), counted.zh),
        format!(
            "stationed without a break since {since} by a {} {} registered in {code}: {}",
            ownership.en(),
            employer.kind.en(),
            counted.en
        ),
    );
    if !kind_fits {
        text.add("；不属于该申报方式的单位范围", "; not a kind of enterprise of this track");
    }
    if !outside {
        text.add("；派出企业不是外地企业", "; the enterprise is not from outside");
    }
    check.holds = long_enough && outside && kind_fits;
    check.text = text;
    check.pointers = vec![format!("/profile/stationings/{i}")];
    check.values = vec![
        value("since", since),
        value("counted_to", on),
        value("needed_years", rule.years),
        value("enterprise_region", code),
        value("ownership", ownership),
    ];
    check
}
