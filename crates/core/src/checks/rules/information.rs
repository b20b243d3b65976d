//! Information in advance: the defence (4.5) and the fee (4.6). These rules never block.

use crate::{
    checks::{arithmetic::Bilingual, derived::Derived, model::DefenceState, outcome::Outcome},
    vocabulary::Verdict,
};

/// 4.5: who defends in person.
pub fn defence(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let (rule, level) = (&input.cycle.defence, input.facts.choice.level);
    let (verdict, text) = if input.cycle.defence_required(level) {
        match input.defence() {
            DefenceState::Held => (Verdict::Met, Bilingual::new("已参加答辩", "the defence was held")),
            DefenceState::Exempted { ground } => {
                let name = rule.exemptions.iter().find(|row| row.id == *ground).map_or(ground.as_str(), |row| row.name.as_str());
                (Verdict::Waived, Bilingual::new(format!("免于答辩：{name}"), format!("exempted from the defence: {name}")))
            }
            DefenceState::Open => (
                Verdict::NeedsEvidence,
                Bilingual::new("须参加现场专业水平答辩", "a defence in person is to be held after formal review"),
            ),
        }
    } else {
        (Verdict::Waived, Bilingual::new(format!("{}免于答辩", level.zh()), format!("{} does not defend", level.en())))
    };
    vec![Outcome::new(&rule.clause, verdict, text).at("/level").using("level_group", level.group())]
}

/// 4.6: the fee.
pub fn fee(derived: &Derived<'_>) -> Vec<Outcome> {
    let input = &derived.input;
    let level = input.facts.choice.level;
    let Some(amount) = input.cycle.fee(level) else { return Vec::new() };
    let currency = &input.cycle.fees.currency;
    let money = format!("{}.{:02} {currency}", amount / 100, amount % 100);
    let text = Bilingual::new(
        format!("{}{money}，形式审核通过后缴纳", level.group().zh()),
        format!("{}: {money}, to be paid after formal review", level.group().en()),
    );
    vec![Outcome::of(&input.cycle.fees.clause, true, text).using("amount_minor", amount).using("currency", currency)]
}
