//! The rules of the notice that speak of persons, tracks, seniority, study and evidence, asked of one application.
//!
//! Pure: [`Facts`] and a [`CycleDefinition`] in, a [`Report`] out; no clock, no I/O. Every rule of [`RULES`] answers met, unmet,
//! needs evidence or waived, with its clause, the words of the notice, the values used and how the verdict comes about. The
//! same engine is asked by an applicant before submitting, at the submission and at each later step; which verdict stops an
//! application at which step is a column of the table of rules, nothing else.
//!
//! `needs_evidence` means that the claim would do, but the document for it is not there. `waived` means that the rule would not
//! be met and does not have to be, and says why. A result that does not stop anything is still told: an applicant sees
//! what the reviewers will see.

mod arithmetic;
mod evidence;
mod information;
mod input;
mod model;
mod persons;
mod seniority;
mod skilled;
mod study;
mod table;
mod tracks;

#[cfg(test)]
mod tests;

pub use arithmetic::{Bilingual, Elapsed};
pub use model::{
    BarGround, BarSpan, Choice, DefenceState, EmployerFacts, EvidenceItem, Facts, GivenFacts, NamedValue, OtherApplication,
    RecordedBar, Report, RuleResult, Step,
};
pub use table::{Blocks, Family, RULES, RuleInfo, checks_page};

use chrono::NaiveDate;
use input::{Input, Outcome};

use crate::{cycles::CycleDefinition, vocabulary::Verdict};

/// Asks every rule.
#[must_use]
pub fn evaluate(facts: &Facts, cycle: &CycleDefinition) -> Report {
    report(&Input::new(facts, cycle, false))
}

/// Asks the rules on facts that somebody gives without an account: documents, records and formalities are left out, claims are
/// taken as they stand. `on` is the local day of asking.
#[must_use]
pub fn evaluate_given(given: &GivenFacts, on: NaiveDate, cycle: &CycleDefinition) -> Report {
    let facts = Facts {
        profile: given.profile.clone(),
        sex: None,
        birth_date: None,
        employer: given.employer.clone(),
        choice: Choice {
            track: given.track.clone(),
            series: cycle.specialty(&given.specialty).map(|specialty| specialty.series.clone()).unwrap_or_default(),
            specialty: given.specialty.clone(),
            level: given.level,
        },
        evidence: Vec::new(),
        commitment_signed: false,
        sanctions: Vec::new(),
        bars: Vec::new(),
        other_applications: Vec::new(),
        earlier_applications: 0,
        defence: DefenceState::Open,
        on,
        submitted_on: None,
        step: Step::Submission,
    };
    report(&Input::new(&facts, cycle, true))
}

fn report(input: &Input<'_>) -> Report {
    let rules = RULES.iter().filter(|info| !(input.given && info.needs_account));
    let results = rules.flat_map(|info| (info.ask)(input).into_iter().map(|outcome| result(input, info, outcome))).collect();
    Report { step: input.facts.step, results }
}

/// An outcome with what the cycle and the table of rules say about it.
fn result(input: &Input<'_>, info: &RuleInfo, outcome: Outcome) -> RuleResult {
    let cycle = input.cycle;
    let within = |path: &str, part: &str| {
        path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || rest.starts_with('['))
    };
    let assumed = cycle.clause(&outcome.clause).is_some_and(|clause| clause.assumed)
        || cycle
            .assumptions
            .iter()
            .any(|assumption| info.parameters.iter().any(|path| within(path, &assumption.path) || within(&assumption.path, path)));
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
