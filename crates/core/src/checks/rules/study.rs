//! Continuing education and Putonghua (4.2.4a-d, 4.2.5).

use crate::{
    checks::{
        arithmetic::Bilingual,
        derived::{Derived, study},
        input::Input,
        outcome::Outcome,
    },
    cycles::definition::{EvidenceFact, StudyRule},
    vocabulary::{StudyKind, StudySource, Verdict},
};

/// The approved form is uploaded, or nothing has to be proven.
fn has_form(input: &Input<'_>, rule: &StudyRule) -> bool {
    input.anonymous || input.items_of(&rule.exemption_evidence).next().is_some()
}

/// 4.2.4a: the hours of each year. 4.2.4c and 4.2.4d waive them.
pub fn hours(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(rule) = &input.cycle.study else { return Vec::new() };
    rule.years.iter().map(|year| hours_of(derived, rule, *year)).collect()
}

fn hours_of(derived: &Derived<'_>, rule: &StudyRule, year: u16) -> Outcome {
    let input = &derived.input;
    let (mut total, mut specialty, mut by_hand, mut pointers) = (0_u32, 0_u32, false, Vec::new());
    let mut kinds = Vec::new();
    for one in derived.study.iter().filter(|one| one.year == year) {
        let Some(hours) = one.hours else { continue };
        total = total.saturating_add(hours);
        if one.record.kind == StudyKind::Specialty {
            specialty = specialty.saturating_add(hours);
        }
        kinds.push(one.record.kind);
        by_hand |= one.record.source == StudySource::Upload;
        pointers.push(format!("/profile/study_records/{}", one.index));
    }
    let (need_total, need_specialty) = (u32::from(rule.hours_total), u32::from(rule.hours_specialty));
    // Each kind that the cycle names is proven by a certificate of its own, however many hours the other one has.
    let lacking: Vec<StudyKind> = rule.certificates.iter().copied().filter(|kind| !kinds.contains(kind)).collect();
    let enough = total >= need_total && specialty >= need_specialty && lacking.is_empty();
    let mut counted = Bilingual::new(
        format!("{year}年{total}学时（专业课{specialty}），需{need_total}学时（专业课{need_specialty}）"),
        format!("{year}: {total} hours, {specialty} of them specialty; {need_total} and {need_specialty} needed"),
    );
    for kind in &lacking {
        counted.add(&format!("；缺{}合格证书", kind.zh()), &format!("; no certificate of {} study", kind.en()));
    }
    // What covers a year is asked for its own proof: an exemption its form, hours their certificates.
    let exempted = by_hand && study::approved_exemption(input, year).is_some();
    let outcome = if enough && !exempted {
        let missing = if by_hand { derived.missing_for(EvidenceFact::StudyUploads) } else { Vec::new() };
        Outcome::of(&rule.clause, true, counted).proven_by(&missing)
    } else {
        waived(input, rule, year, &counted).unwrap_or_else(|| Outcome::of(&rule.clause, enough, counted))
    };
    let outcome = outcome.on(year.to_string()).all_at(pointers).at("/profile/study_records");
    outcome
        .using("hours", total)
        .using("specialty_hours", specialty)
        .using("needed", need_total)
        .using("needed_specialty", need_specialty)
}

/// Waiver or exemption of a year; `None` if neither applies.
fn waived(input: &Input<'_>, rule: &StudyRule, year: u16, counted: &Bilingual) -> Option<Outcome> {
    if let Some(waiver) = study::waiver(input) {
        let text = Bilingual::new(format!("{}；不做硬性要求", counted.zh), format!("{}; no hard requirement", counted.en));
        return Some(Outcome::new(&waiver.clause, Verdict::Waived, text).at("/profile/first_time_applicant"));
    }
    let (i, exemption) = study::approved_exemption(input, year)?;
    let ground = rule.exemption(&exemption.ground).map_or(exemption.ground.as_str(), |ground| ground.name.as_str());
    let text = Bilingual::new(format!("{}；免学：{ground}", counted.zh), format!("{}; exempted: {ground}", counted.en));
    let verdict = if has_form(input, rule) { Verdict::Waived } else { Verdict::NeedsEvidence };
    let outcome = Outcome::new(&rule.exemption_clause, verdict, text).at(format!("/profile/study_exemptions/{i}"));
    Some(if verdict == Verdict::NeedsEvidence { outcome.at(format!("/evidence/{}", rule.exemption_evidence)) } else { outcome })
}

/// 4.2.4b: records that do not count: uploaded manually for a year of the system, or said to come from the system, which has none that agrees.
pub fn source(derived: &Derived<'_>) -> Vec<Outcome> {
    let Some(rule) = &derived.input.cycle.study else { return Vec::new() };
    let refused: Vec<_> = derived.study.iter().filter(|one| one.hours.is_none()).collect();
    if refused.is_empty() {
        let text = Bilingual::new("各年度证书来源均符合规定", "every certificate comes from where it has to");
        return vec![Outcome::of(&rule.system_clause, true, text)];
    }
    refused
        .into_iter()
        .map(|one| {
            let (i, year, kind) = (one.index, one.year, one.record.kind);
            let (text, field) = match one.record.source {
                StudySource::Upload => (
                    Bilingual::new(
                        format!("{year}年{}证书须从系统获取，手动上传不计", kind.zh()),
                        format!("{} certificates of {year} come from the system; a hand upload does not count", kind.en()),
                    ),
                    "/source",
                ),
                StudySource::System => (
                    Bilingual::new(
                        format!("系统登记中没有与此相符的{year}年{}记录，不计", kind.zh()),
                        format!("the registry has no {} record of {year} that agrees; it does not count", kind.en()),
                    ),
                    "",
                ),
            };
            let outcome = Outcome::of(&rule.system_clause, false, text).on(i.to_string());
            outcome.at(format!("/profile/study_records/{i}{field}")).using("year", year).using("kind", kind)
        })
        .collect()
}

/// 4.2.4d, A4: each exemption has a ground of the cycle, an approver who may approve it, and its form.
pub fn exemption(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(rule) = &input.cycle.study else { return Vec::new() };
    let list = input.facts.profile.study_exemptions.iter().enumerate();
    list.map(|(i, exemption)| {
        let ground = rule.exemption(&exemption.ground);
        let approved = study::is_well_approved(rule, exemption);
        let (text, field) = match ground {
            None => (Bilingual::new("不属于可以免学的情形", "not a ground of exemption"), "/ground"),
            Some(ground) if !approved => {
                let may = ground.approvers.iter().map(|approver| approver.name.as_str()).collect::<Vec<_>>().join("、");
                let name = &ground.name;
                (Bilingual::new(format!("“{name}”应由{may}审核"), format!("{name} is approved by {may}")), "/approver")
            }
            Some(ground) => (Bilingual::new(ground.name.clone(), ground.name.clone()), ""),
        };
        let missing = if has_form(input, rule) { Vec::new() } else { vec![rule.exemption_evidence.clone()] };
        let other = rule.other_exemptions_clause.as_deref().unwrap_or(&rule.exemption_clause);
        let clause = ground.map_or(other, |ground| ground.clause.as_str());
        let outcome = Outcome::of(clause, approved, text).on(i.to_string()).at(format!("/profile/study_exemptions/{i}{field}"));
        outcome.using("ground", &exemption.ground).using("approver", &exemption.approver).proven_by(&missing)
    })
    .collect()
}

/// 4.2.5: staff of some kinds of employer need a Putonghua certificate of a minimum level.
pub fn putonghua(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let (Some(rule), Some(employer)) = (&input.cycle.putonghua, input.employer()) else { return Vec::new() };
    let Some(lowest) = input.cycle.putonghua_needed(employer.kind) else {
        let kind = employer.kind;
        let text = Bilingual::new(format!("{}人员不作要求", kind.zh()), format!("not asked of staff of a {}", kind.en()));
        return vec![Outcome::new(&rule.clause, Verdict::Waived, text).using("employer_kind", kind)];
    };
    let outcome = match &input.facts.profile.putonghua {
        None => {
            let text = Bilingual::new(
                format!("无普通话等级证书，需{}以上", lowest.zh()),
                format!("no certificate, {} or better needed", lowest.en()),
            );
            Outcome::of(&rule.clause, false, text).at("/profile/putonghua")
        }
        Some(held) => {
            let level = held.level;
            let text = Bilingual::new(
                format!("{}，需{}以上", level.zh(), lowest.zh()),
                format!("{}, {} or better needed", level.en(), lowest.en()),
            );
            // The best level is the first one.
            let missing = derived.missing(|clause, _| clause == rule.clause);
            let outcome = Outcome::of(&rule.clause, level <= lowest, text).at("/profile/putonghua/level").using("level", level);
            outcome.proven_by(&missing)
        }
    };
    vec![outcome.using("lowest", lowest).using("employer_kind", employer.kind)]
}
