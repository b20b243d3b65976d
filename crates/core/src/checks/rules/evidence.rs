//! The dossier: fields, commitment, documents (4.2.1a, 4.2.2, 4.2.3b, 4.2.6, A3).

use crate::{
    checks::{
        arithmetic::Bilingual,
        derived::{Derived, documents},
        outcome::Outcome,
    },
    identity_numbers::ResidentId,
    profiles::{Context, Profile},
    vocabulary::Verdict,
};

/// A field of the form: its pointer, its Chinese name, and whether it is filled.
type FormField = (&'static str, &'static str, fn(&Profile) -> bool);

/// Fields of every applicant on the review form and in the employer's publicity (A1).
const FORM_FIELDS: &[FormField] = &[
    ("/profile/name", "姓名", |p| p.name.is_some()),
    ("/profile/sex", "性别", |p| p.sex.is_some()),
    ("/profile/ethnicity", "族别", |p| p.ethnicity.is_some()),
    ("/profile/political_status", "政治面貌", |p| p.political_status.is_some()),
    ("/profile/birth_date", "出生日期", |p| p.birth_date.is_some()),
    ("/profile/employments", "工作经历", |p| {
        !(p.employments.is_empty() && p.file_hostings.is_empty() && p.stationings.is_empty())
    }),
    ("/profile/education", "学历", |p| !(p.education.is_empty() && p.skill_grades.is_empty())),
    ("/profile/achievements", "业绩成果", |p| !p.achievements.is_empty()),
];

/// 4.2.1a: the profile names the person whom notices, forms and the certificate name. Two names would be two persons.
pub fn registered_name(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    // A name that is not filled in is missed by the rule on fields.
    let (Some(told), Some(registered)) = (&input.facts.profile.name, &input.facts.name) else { return Vec::new() };
    let holds = told == registered;
    let text = if holds {
        Bilingual::new("姓名与账号登记的一致", "the name is that of the account")
    } else {
        Bilingual::new(
            "姓名与账号登记的不一致（账号登记有误的，由安全管理员更正）",
            "the name is not that of the account (a wrong one is corrected by a security administrator)",
        )
    };
    vec![Outcome::of(&input.cycle.mechanisms.completeness_clause, holds, text).at("/profile/name")]
}

/// 4.2.1a: every field is filled, and the profile has no findings.
pub fn profile_complete(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let (profile, clause) = (&input.facts.profile, &input.cycle.mechanisms.completeness_clause);
    let (mut pointers, mut zh, mut en) = (Vec::new(), Vec::new(), Vec::new());
    let mut report = |pointer: String, zh_text: String, en_text: String| {
        pointers.push(pointer);
        zh.push(zh_text);
        en.push(en_text);
    };
    for (pointer, name, filled) in FORM_FIELDS {
        if !filled(profile) {
            report((*pointer).to_owned(), format!("未填写{name}"), format!("{pointer} is empty"));
        }
    }
    if input.employer().is_none() {
        report("/employer".to_owned(), "未填写用人单位".to_owned(), "/employer is empty".to_owned());
    }
    for (i, achievement) in profile.achievements.iter().enumerate() {
        if achievement.contribution.is_none() {
            let pointer = format!("/profile/achievements/{i}/contribution");
            let en = format!("{pointer} is empty");
            report(pointer, format!("第{}项业绩未说明本人实际贡献", i + 1), en);
        }
    }
    let resident_id = input.facts.birth_date.zip(input.facts.sex).map(|(birth_date, sex)| ResidentId { birth_date, sex });
    for finding in profile.validate_document(&Context { today: input.facts.on, resident_id }) {
        let pointer = format!("/profile{}", finding.pointer);
        let en = format!("{pointer}: {}", finding.en);
        report(pointer, finding.zh, en);
    }
    let text = if pointers.is_empty() {
        Bilingual::new("各栏目填写完整", "every field is filled")
    } else {
        Bilingual::new(zh.join("；"), en.join("; "))
    };
    vec![Outcome::of(clause, pointers.is_empty(), text).all_at(pointers)]
}

/// A3: the commitment is signed.
pub fn commitment(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let clause = &input.cycle.fraud.clause;
    let (verdict, text) = if input.facts.commitment_signed {
        (Verdict::Met, Bilingual::new("已签署个人承诺书", "the commitment is signed"))
    } else {
        (Verdict::NeedsEvidence, Bilingual::new("未签署个人承诺书", "the commitment is not signed"))
    };
    vec![Outcome::new(clause, verdict, text).at("/commitment")]
}

/// Required categories: those that the employer adds, or the others.
fn required(derived: &Derived<'_>, from_employer: bool) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(need) = derived.need() else { return Vec::new() };
    let categories =
        need.categories.into_iter().filter(|(category, required)| *required && category.from_employer == from_employer);
    categories
        .map(|(category, _)| {
            let (verdict, text) = documents::state(input, category);
            let outcome = Outcome::new(&category.clause, verdict, text).on(&category.id).at(format!("/evidence/{}", category.id));
            outcome.using("files", input.items_of(&category.id).count())
        })
        .collect()
}

/// 4.2.2-4.2.6: each document that the applicant has to upload, by track, level, employer and facts.
pub fn categories(derived: &Derived<'_>) -> Vec<Outcome> {
    required(derived, false)
}

/// 4.2.6: each document that the employer adds: publicity, its result, recommendation.
pub fn from_employer(derived: &Derived<'_>) -> Vec<Outcome> {
    required(derived, true)
}

/// 4.2.2: one document of each group. The fallback counts only if the others cannot be obtained.
pub fn alternatives(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let Some(need) = derived.need() else { return Vec::new() };
    need.groups
        .into_iter()
        .map(|group| {
            let states: Vec<_> = documents::admissible(input, group)
                .filter_map(|id| input.cycle.evidence_category(id))
                .map(|category| (category, documents::state(input, category)))
                .collect();
            let met = states.iter().find(|(_, (verdict, _))| *verdict == Verdict::Met);
            // A wrong document is reported before a missing one.
            let wrong = states.iter().find(|(_, (verdict, _))| *verdict == Verdict::Unmet);
            let (verdict, text, reported) = if let Some((category, (verdict, text))) = met.or(wrong) {
                (*verdict, text.clone(), vec![category.id.as_str()])
            } else {
                let join = |name: fn(&Bilingual) -> &str, by: &str| {
                    states.iter().map(|(_, (_, text))| name(text)).collect::<Vec<_>>().join(by)
                };
                let text = Bilingual::new(
                    format!("{}：{}", group.name, join(|text| &text.zh, "；")),
                    format!("{}: {}", group.name, join(|text| &text.en, "; ")),
                );
                (Verdict::NeedsEvidence, text, states.iter().map(|(category, _)| category.id.as_str()).collect())
            };
            let refused = group
                .fallback
                .iter()
                .find(|id| !documents::admissible(input, group).any(|a| a == *id) && input.items_of(id).next().is_some());
            let mut outcome = Outcome::new(&group.clause, verdict, text).on(&group.id);
            outcome = outcome.all_at(reported.into_iter().map(|id| format!("/evidence/{id}")));
            if let (Some(id), true) = (refused, verdict != Verdict::Met) {
                let name = input.cycle.evidence_category(id).map_or(id.as_str(), |category| category.name.as_str());
                outcome.arithmetic.add(
                    &format!("；{name}仅在无法查询时可用，须先声明"),
                    &format!("; {name} counts only where it is declared that the others cannot be had"),
                );
                outcome = outcome.at("/profile/education");
            }
            outcome
        })
        .collect()
}

/// 4.2.3b: each document is declared not to be classified, or declassified.
pub fn declassification(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let rule = &input.cycle.blind_review;
    if !rule.declassification_required {
        return Vec::new();
    }
    let undeclared: Vec<_> = input.facts.evidence.iter().filter(|item| !item.declassified).collect();
    let (count, all) = (undeclared.len(), input.facts.evidence.len());
    let text = Bilingual::new(
        format!("{all}份附件中{count}份未声明不涉密或已脱密"),
        format!("{count} of {all} documents are not declared unclassified or declassified"),
    );
    let mut pointers: Vec<_> = undeclared.iter().map(|item| format!("/evidence/{}", item.category)).collect();
    pointers.dedup();
    vec![Outcome::of(&rule.declassification_clause, undeclared.is_empty(), text).all_at(pointers).using("undeclared", count)]
}
