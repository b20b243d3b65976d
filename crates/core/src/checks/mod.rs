//! The rules of the notice on persons, tracks, seniority, study and evidence, evaluated for one application.
//!
//! [`evaluate`] takes [`Facts`] and a [`CycleDefinition`] and returns a [`Report`]. Every rule of [`RULES`] answers met, unmet, needs
//! evidence or waived, with its clause, the words of the notice, the values used and the arithmetic. The same rules are evaluated for an
//! applicant before submitting, at the submission and at each later step. Columns of the table say which verdict blocks at which step.
//!
//! `needs_evidence`: the claim suffices, but its document is missing. `waived`: the rule is not met and does not have to be, with the
//! reason. Results that do not block are reported too, so that an applicant sees what the reviewers will see.

mod arithmetic;
mod derived;
mod input;
mod model;
mod outcome;
mod rules;
mod table;

#[cfg(test)]
mod tests;

pub use arithmetic::{Bilingual, Elapsed};
pub use derived::conditions::highest_education;
pub use model::{
    AnonymousFacts, BarGround, BarSpan, Choice, DefenceState, EmployerChange, EmployerFacts, EvidenceItem, Facts, IssuedTitle,
    NamedValue, OtherApplication, RecordedBar, RegisteredStudy, Report, RuleResult, Step,
};
pub use table::{Blocks, Family, RULES, RuleInfo, checks_page};

use chrono::NaiveDate;
use derived::Derived;
use input::Input;
use outcome::Outcome;

use crate::{cycles::CycleDefinition, vocabulary::Verdict};

/// Evaluates every rule.
#[must_use]
pub fn evaluate(facts: &Facts, cycle: &CycleDefinition) -> Report {
    report(&Derived::new(Input::new(facts, cycle, false)))
}

/// Evaluates the rules on the facts of somebody without an account. Rules on documents, records and formalities are left out, and claims
/// need no proof. `on` is the local day.
#[must_use]
pub fn evaluate_anonymous(declared: &AnonymousFacts, on: NaiveDate, cycle: &CycleDefinition) -> Report {
    let facts = Facts {
        profile: declared.profile.clone(),
        name: None,
        sex: None,
        birth_date: None,
        employer: declared.employer.clone(),
        choice: Choice {
            track: declared.track.clone(),
            series: cycle.specialty(&declared.specialty).map(|specialty| specialty.series.clone()).unwrap_or_default(),
            specialty: declared.specialty.clone(),
            level: declared.level,
        },
        evidence: Vec::new(),
        commitment_signed: false,
        sanctions: Vec::new(),
        bars: Vec::new(),
        study: Vec::new(),
        titles: Vec::new(),
        other_applications: Vec::new(),
        earlier_applications: 0,
        defence: DefenceState::Open,
        on,
        submitted_on: None,
        step: Step::Submission,
    };
    report(&Derived::new(Input::new(&facts, cycle, true)))
}

fn report(derived: &Derived<'_>) -> Report {
    let input = &derived.input;
    let rules = RULES.iter().filter(|info| !(input.anonymous && info.needs_account));
    let results = rules.flat_map(|info| (info.evaluate)(derived).into_iter().map(|outcome| result(input, info, outcome))).collect();
    Report { step: input.facts.step, results }
}

/// An outcome with the words of the cycle and the columns of the table.
fn result(input: &Input<'_>, info: &RuleInfo, outcome: Outcome) -> RuleResult {
    let cycle = input.cycle;
    let assumed = cycle.clause(&outcome.clause).is_some_and(|clause| clause.assumed)
        || cycle.assumptions.iter().any(|assumption| explains(&assumption.path, input, info, &outcome));
    let blocks = !outcome.informative
        && match outcome.verdict {
            Verdict::Unmet => info.blocks.unmet.is_some_and(|(first, last)| (first..=last).contains(&input.facts.step)),
            Verdict::NeedsEvidence => {
                info.blocks.needs_evidence.is_some_and(|(first, last)| (first..=last).contains(&input.facts.step))
            }
            Verdict::Met | Verdict::Waived => false,
        };
    RuleResult {
        rule: info.id,
        subject: outcome.subject,
        words: cycle.clause_words(&outcome.clause).to_owned(),
        clause: outcome.clause,
        verdict: outcome.verdict,
        blocks,
        pointers: outcome.pointers,
        values: outcome.values,
        arithmetic: outcome.arithmetic,
        assumed,
    }
}

/// The assumption is about a parameter that the outcome rests on: one of the rule's, and of the item that the outcome is about where the path
/// names an item (`tracks[directed]`, `evidence[commitment]`).
fn explains(assumption: &str, input: &Input<'_>, info: &RuleInfo, outcome: &Outcome) -> bool {
    let within = |path: &str, part: &str| path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let mut path = String::new();
    for (at, part) in assumption.split('[').enumerate() {
        path.push_str(if at == 0 { part } else { part.split_once(']').map_or("", |(_, rest)| rest) });
    }
    if !info.parameters.iter().any(|parameter| within(parameter, &path) || within(&path, parameter)) {
        return false;
    }
    let Some((list, item)) = assumption.split_once('[').and_then(|(list, rest)| Some((list, rest.split_once(']')?.0))) else {
        return true;
    };
    let choice = &input.facts.choice;
    match list {
        // A version that was stored with indexes says nothing about which item is meant.
        _ if item.bytes().all(|b| b.is_ascii_digit()) => true,
        "tracks" => item == choice.track,
        "levels" | "conditions" => item == choice.level.as_str(),
        "specialties" => item == choice.specialty,
        "evidence" | "evidence_alternatives" => outcome.subject.as_deref().is_none_or(|subject| subject == item),
        _ => true,
    }
}
