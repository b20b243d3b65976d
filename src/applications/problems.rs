//! Refusals of the workflow as problems: every reason, each with its clause and words.

use super::record::Error;
use crate::problem::{At, Code, Finding, Problem, Text};
use title_review_core::checks::RuleResult;
use title_review_core::vocabulary::Verdict;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::Problem(problem) => *problem,
            Error::Db(error) => error.into(),
            Error::Refused { stage, refusals, rules } => {
                let code = refusals.first().and_then(|refusal| Code::find(refusal.code())).unwrap_or(Code::Conflict);
                let mut problem = Self::new(code).state(stage);
                if let Some(first) = refusals.first() {
                    problem = problem.detail(first.zh(), first.en());
                    problem.clause = first.clause().map(str::to_owned);
                }
                problem
                    .findings(refusals.iter().map(|refusal| {
                        let finding = Finding::whole(refusal.code(), Text::new(refusal.zh(), refusal.en()));
                        match refusal.clause() {
                            Some(clause) => finding.clause(clause, refusal.words().map(str::to_owned)),
                            None => finding,
                        }
                    }))
                    .findings(rules.into_iter().map(rule_finding))
            }
        }
    }
}

/// A rule that stands against the application, at the first place it speaks of.
fn rule_finding(rule: RuleResult) -> Finding {
    let code = if rule.verdict == Verdict::NeedsEvidence { Verdict::NeedsEvidence.as_str() } else { rule.rule };
    let at = rule.pointers.first().map_or(At::Whole, |pointer| At::Body(pointer.clone()));
    Finding {
        at,
        code: code.to_owned(),
        detail: Text::new(rule.arithmetic.zh, rule.arithmetic.en),
        clause: Some(rule.clause),
        words: Some(rule.words).filter(|words| !words.is_empty()),
    }
}
