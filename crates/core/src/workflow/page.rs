//! The page `docs/workflow.md`, generated from the table.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::guards::Guard;
use super::table::{TABLE, To, Transition};
use crate::vocabulary::{Action, Stage};

/// Rows with more stages than this are drawn as one arrow from a box that names them.
const DRAWN_STAGES: usize = 4;

/// The whole page, as Markdown.
#[must_use]
pub fn workflow_page() -> String {
    let mut page = String::from(
        "# The workflow of an application\n\n\
         Generated from the transition table in `crates/core/src/workflow/table.rs`; `just generate` writes it anew.\n\n",
    );
    diagram(&mut page);
    stages(&mut page);
    transitions(&mut page);
    guards(&mut page);
    page
}

fn diagram(page: &mut String) {
    page.push_str("## Diagram\n\nThe cycle defines the chain of reviewers: `in_review` is any of its steps but the last, `formal_review` is the last, the committee's.\n\n```mermaid\nstateDiagram-v2\n    [*] --> draft\n");
    let mut drawn = BTreeSet::new();
    let mut boxes: Vec<&[Stage]> = Vec::new();
    for row in TABLE.iter().filter(|row| row.to != To::WhereItStands) {
        if row.from.len() > DRAWN_STAGES {
            let at = boxes.iter().position(|from| *from == row.from).unwrap_or_else(|| {
                boxes.push(row.from);
                boxes.len() - 1
            });
            for to in row.from.iter().flat_map(|from| targets(row, *from)).collect::<BTreeSet<_>>() {
                drawn.insert((format!("any_of_{}", at + 1), to.to_string(), row.action));
            }
            continue;
        }
        for from in row.from {
            for to in targets(row, *from) {
                if to != *from {
                    drawn.insert((from.to_string(), to.to_string(), row.action));
                }
            }
        }
    }
    for (at, stages) in boxes.iter().enumerate() {
        let names: Vec<_> = stages.iter().map(|stage| stage.as_str()).collect();
        let _ = writeln!(page, "    state \"{}\" as any_of_{}", names.join(", "), at + 1);
    }
    for (from, to, action) in &drawn {
        let _ = writeln!(page, "    {from} --> {to}: {action}");
    }
    for stage in Stage::ALL.iter().filter(|stage| stage.has_ended()) {
        let _ = writeln!(page, "    {stage} --> [*]");
    }
    page.push_str("```\n\n");
}

fn stages(page: &mut String) {
    page.push_str("## Stages\n\n| stage | 中文 | actions |\n|---|---|---|\n");
    for stage in Stage::ALL {
        let actions: Vec<_> = Action::ALL
            .iter()
            .filter(|action| Transition::find(*stage, **action).is_some())
            .map(|action| format!("`{action}`"))
            .collect();
        let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
        let _ = writeln!(page, "| `{stage}` | {} | {actions} |", stage.zh());
    }
    page.push('\n');
}

fn transitions(page: &mut String) {
    page.push_str("## Transitions\n\n| clause | action | from | by | refused for | to | with |\n|---|---|---|---|---|---|---|\n");
    for row in TABLE {
        let from: Vec<_> = row.from.iter().map(|stage| format!("`{stage}`")).collect();
        let guards: Vec<_> = row.guards.iter().map(|guard| format!("`{}`", guard.text().code)).collect();
        let effects: Vec<_> = row.effects.iter().map(|effect| effect.en()).collect();
        let _ = writeln!(
            page,
            "| {} | `{}` {} | {} | {} | {} | {} | {} |",
            row.clause,
            row.action,
            row.action.zh(),
            from.join(", "),
            row.actor.en(),
            if guards.is_empty() { "-".to_owned() } else { guards.join(", ") },
            target_text(row.to),
            if effects.is_empty() { "-".to_owned() } else { effects.join("; ") },
        );
    }
    page.push('\n');
}

fn guards(page: &mut String) {
    page.push_str(
        "## Refusals\n\nAll that apply are reported together.\n\n| code | clause | 中文 | English |\n|---|---|---|---|\n",
    );
    for text in Guard::ALL.iter().map(|guard| guard.text()) {
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", text.code, text.clause.unwrap_or("-"), text.zh, text.en);
    }
}

fn target_text(to: To) -> String {
    match to {
        To::Stage(stage) => format!("`{stage}`"),
        To::FirstInChain => "the first reviewer of the chain".to_owned(),
        To::NextInChain => "the next reviewer of the chain".to_owned(),
        To::ReturnedTo => "the reviewer who returned it, or the first of the chain, as the cycle says".to_owned(),
        To::ReturnedOrNotAccepted => "`returned`; `not_accepted` on the last submission".to_owned(),
        To::ReadyWhenComplete => "`ready` once paid, originals and defence are there".to_owned(),
        To::Outcome => "`passed` or `not_passed`, by the tally".to_owned(),
        To::WhereItWas => "where it was before".to_owned(),
        To::WhereItStands => "where it stands".to_owned(),
    }
}

/// Every stage that a row can lead to from one of its stages, along any chain.
pub(super) fn targets(row: &Transition, from: Stage) -> BTreeSet<Stage> {
    match row.to {
        To::Stage(stage) => BTreeSet::from([stage]),
        To::FirstInChain | To::NextInChain | To::ReturnedTo => BTreeSet::from([Stage::InReview, Stage::FormalReview]),
        To::ReturnedOrNotAccepted => BTreeSet::from([Stage::Returned, Stage::NotAccepted]),
        To::ReadyWhenComplete => BTreeSet::from([from, Stage::Ready]),
        To::Outcome => BTreeSet::from([Stage::Passed, Stage::NotPassed]),
        To::WhereItStands => BTreeSet::from([from]),
        To::WhereItWas => match (row.action, from) {
            (Action::Recall, _) => BTreeSet::from([Stage::Draft, Stage::Returned]),
            (Action::Revive, Stage::NotAccepted) => BTreeSet::from([Stage::Returned]),
            (Action::Revive, _) | (Action::Reinstate, Stage::Lapsed) => {
                BTreeSet::from([Stage::Draft, Stage::InReview, Stage::Returned, Stage::Accepted])
            }
            (Action::Reinstate, Stage::NotAccepted) => BTreeSet::from([Stage::Returned, Stage::FormalReview]),
            (_, Stage::Ineligible) => BTreeSet::from([Stage::FormalReview]),
            _ => BTreeSet::from([Stage::InReview]),
        },
    }
}
