//! Continuing education of one person: records, exemptions and waivers (4.2.4a-d).

use crate::{
    checks::{input::Input, model::RegisteredStudy},
    cycles::definition::{StudyRule, StudyWaiver},
    profiles::model::{StudyExemption, StudyRecord},
    vocabulary::StudySource,
};

/// The year of a record, in the type of the cycle's years.
fn year_of(record: &StudyRecord) -> Option<u16> {
    u16::try_from(record.year).ok()
}

/// A record of the profile for one of the cycle's years, and what it counts for.
pub struct Counted<'a> {
    /// Its place in the profile.
    pub index: usize,
    /// It.
    pub record: &'a StudyRecord,
    /// Its year.
    pub year: u16,
    /// The hours that count; `None` where it does not (4.2.4b).
    pub hours: Option<u32>,
}

/// Records of the cycle's years. 4.2.4b: what is said to come from the system counts as the registry has it; a manual upload for a year of the system does
/// not count. None where the cycle asks for no study.
pub fn records<'a>(input: &Input<'a>) -> Vec<Counted<'a>> {
    let Some(rule) = &input.cycle.study else { return Vec::new() };
    let list = &input.facts.profile.study_records;
    let registered = registered(input);
    let of_cycle = |(index, record): (usize, &'a StudyRecord)| {
        let year = year_of(record).filter(|year| rule.years.contains(year))?;
        let hours = match record.source {
            // Who has no account is told what would hold.
            StudySource::System if input.anonymous => Some(record.hours),
            StudySource::System => registered[index].map(|row| row.hours),
            StudySource::Upload => Some(record.hours).filter(|_| !rule.system_only(record.kind, year)),
        };
        Some(Counted { index, record, year, hours })
    };
    list.iter().enumerate().filter_map(of_cycle).collect()
}

/// The registry's record behind each record of the profile. Each stands behind one record: first behind those that point to it, then behind those that agree.
fn registered<'a>(input: &Input<'a>) -> Vec<Option<&'a RegisteredStudy>> {
    let rows = &input.facts.study;
    let list = &input.facts.profile.study_records;
    let mut found = vec![None; list.len()];
    let mut used = vec![false; rows.len()];
    for pointed in [true, false] {
        for (place, record) in list.iter().enumerate() {
            if record.source != StudySource::System || record.record_id.is_some() != pointed {
                continue;
            }
            let free = rows.iter().enumerate().find(|(i, row)| !used[*i] && agrees(row, record));
            if let Some((i, row)) = free {
                used[i] = true;
                found[place] = Some(row);
            }
        }
    }
    found
}

/// The row may stand behind the record.
fn agrees(row: &RegisteredStudy, record: &StudyRecord) -> bool {
    let same_number = record.certificate_number.as_deref().is_none_or(|number| number.trim() == row.certificate_number);
    (row.year, row.kind) == (record.year, record.kind)
        && same_number
        && record.record_id.map_or(row.hours == record.hours, |id| id == row.id)
}

/// A record that counts was uploaded manually, and so requires a document: of a year that no exemption covers.
pub fn has_uploads(input: &Input<'_>, records: &[Counted<'_>]) -> bool {
    let uploaded = |one: &&Counted<'_>| one.record.source == StudySource::Upload && one.hours.is_some();
    records.iter().filter(uploaded).any(|one| approved_exemption(input, one.year).is_none())
}

/// The cycle has the ground, and the approver may approve it (A4).
pub fn is_well_approved(rule: &StudyRule, exemption: &StudyExemption) -> bool {
    rule.exemption(&exemption.ground)
        .is_some_and(|ground| ground.approvers.iter().any(|approver| approver.id == exemption.approver))
}

/// The exemption of a year on a ground of the cycle, approved by who may, with its place in the profile.
pub fn approved_exemption<'a>(input: &Input<'a>, year: u16) -> Option<(usize, &'a StudyExemption)> {
    let rule = input.cycle.study.as_ref()?;
    exemption_of(input, year).find(|(_, exemption)| is_well_approved(rule, exemption))
}

/// An exemption covers one of the cycle's years.
pub fn claims_exemption(input: &Input<'_>) -> bool {
    input.cycle.study.as_ref().is_some_and(|rule| rule.years.iter().any(|year| exemption_of(input, *year).next().is_some()))
}

/// 4.2.4c: the waiver of the applicant, for which no form is required.
pub fn waiver<'a>(input: &Input<'a>) -> Option<&'a StudyWaiver> {
    let first_time = input.facts.profile.first_time_applicant && input.facts.earlier_applications == 0;
    let ownership = input.employer().map(|employer| employer.ownership);
    input.cycle.study.as_ref()?.waivers.iter().find(|waiver| {
        (waiver.tracks.is_empty() || waiver.tracks.contains(&input.facts.choice.track))
            && (waiver.employer_ownerships.is_empty() || ownership.is_some_and(|held| waiver.employer_ownerships.contains(&held)))
            && (first_time || !waiver.first_application_only)
    })
}

/// Exemptions of the person for a year, with their indices in the profile.
pub fn exemption_of<'a>(input: &Input<'a>, year: u16) -> impl Iterator<Item = (usize, &'a StudyExemption)> {
    let list = input.facts.profile.study_exemptions.iter().enumerate();
    list.filter(move |(_, exemption)| exemption.years.contains(&i32::from(year)))
}
