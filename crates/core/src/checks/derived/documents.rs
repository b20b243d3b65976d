//! The state of uploaded documents, by category and by group (4.2.2).

use super::conditions::counting_education;
use crate::{
    checks::{arithmetic::Bilingual, input::Input},
    cycles::definition::{CodeForm, EvidenceAlternatives, EvidenceCategory},
    vocabulary::Verdict,
};

/// Whether a document of the category is uploaded, with a valid code if the category requires one.
pub fn state(input: &Input<'_>, category: &EvidenceCategory) -> (Verdict, Bilingual) {
    let count = input.items_of(&category.id).count();
    let name = &category.name;
    if count == 0 {
        return (Verdict::NeedsEvidence, Bilingual::new(format!("未上传{name}"), format!("{name}: not uploaded")));
    }
    if let Some(form) = &category.verification_code {
        // The code may be given with the document or, in the profile, with the education that counts.
        let with_document = input.items_of(&category.id).filter_map(|item| item.verification_code.as_deref());
        let counting = counting_education(input.cycle, &input.facts.profile);
        let in_profile = counting.into_iter().filter_map(|education| education.chsi_code.as_deref());
        let codes: Vec<_> = with_document.chain(in_profile).collect();
        if let Some((verdict, text)) = wrong_code(form, &codes) {
            return (verdict, Bilingual::new(format!("{name}：{}", text.zh), format!("{name}: {}", text.en)));
        }
    }
    (Verdict::Met, Bilingual::new(format!("{name}：{count}份"), format!("{name}: {count} uploaded")))
}

/// The problem with the codes; `None` if one of them has the required form.
fn wrong_code(form: &CodeForm, codes: &[&str]) -> Option<(Verdict, Bilingual)> {
    let name = &form.name;
    if codes.is_empty() {
        return Some((Verdict::NeedsEvidence, Bilingual::new(format!("缺少{name}"), format!("{name} is missing"))));
    }
    let wrong = !codes.iter().any(|code| form.accepts(code));
    wrong.then(|| (Verdict::Unmet, Bilingual::new(format!("{name}格式不正确"), format!("{name} is not in its form"))))
}

/// Categories of a group that count for this applicant. Fallbacks count only if the applicant declares that the others cannot be
/// obtained for the education that counts.
pub fn admissible<'a>(input: &Input<'_>, group: &'a EvidenceAlternatives) -> impl Iterator<Item = &'a String> {
    let counting = counting_education(input.cycle, &input.facts.profile);
    let unobtainable = !counting.is_empty() && counting.iter().all(|education| education.not_in_chsi);
    group.any_of.iter().filter(move |id| unobtainable || !group.fallback.contains(id))
}

/// One document of the group is present and valid.
pub fn group_is_met(input: &Input<'_>, group: &EvidenceAlternatives) -> bool {
    let categories = admissible(input, group).filter_map(|id| input.cycle.evidence_category(id));
    categories.into_iter().any(|category| state(input, category).0 == Verdict::Met)
}
