//! Continuing education of one person: records, exemptions and waivers (4.2.4a-d).

use crate::{
    checks::input::Input,
    cycles::definition::{StudyRule, StudyWaiver},
    profiles::model::{StudyExemption, StudyRecord},
    vocabulary::StudySource,
};

/// The year of a record, in the type of the cycle's years.
fn year_of(record: &StudyRecord) -> Option<u16> {
    u16::try_from(record.year).ok()
}

/// 4.2.4b: whether a record counts. A manual upload for a year of the system does not.
pub fn counts(rule: &StudyRule, record: &StudyRecord) -> bool {
    record.source == StudySource::System || year_of(record).is_some_and(|year| !rule.system_only(record.kind, year))
}

/// Records of the cycle's years, with their indices in the profile and their years.
pub fn records<'a>(input: &Input<'a>, rule: &'a StudyRule) -> impl Iterator<Item = (usize, &'a StudyRecord, u16)> {
    let list = input.facts.profile.study_records.iter().enumerate();
    list.filter_map(|(i, record)| Some((i, record, year_of(record)?))).filter(|(_, _, year)| rule.years.contains(year))
}

/// A record that counts was uploaded manually, and so requires a document.
pub fn has_uploads(input: &Input<'_>) -> bool {
    input
        .cycle
        .study
        .as_ref()
        .is_some_and(|rule| records(input, rule).any(|(_, record, _)| record.source == StudySource::Upload && counts(rule, record)))
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
