//! Refusals of applications as problems: every reason, each with its clause and words.

use crate::applications::error::{ChoiceFault, Error};
use crate::applications::service::EligibilityError;
use crate::problem::{At, Code, Finding, Problem, Text};
use title_review_core::checks::RuleResult;
use title_review_core::vocabulary::{Stage, Verdict};
use title_review_core::workflow::Refusal;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Anonymous => Code::Unauthenticated.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::Refused { stage, refusals, rules } => refused(stage, &refusals, rules),
            Error::DossierClosed(stage) => Self::new(Code::StageConflict).state(stage),
            Error::SubmissionsExhausted(stage) => Self::new(Code::SubmissionsExhausted).state(stage),
            Error::CycleNotPublished => of_table(Code::CycleNotPublished, "/cycle_id"),
            Error::CommitteeMissing => of_table(Code::CommitteeMissing, "/cycle_id"),
            Error::WindowClosed { opens, closes } => Self::new(Code::WindowClosed)
                .detail(format!("申报时间为 {opens} 至 {closes}"), format!("applications run from {opens} to {closes}")),
            Error::Barred(findings) => {
                let problem = Self::new(Code::Barred);
                let problem = match findings.first().map(|first| first.detail.clone()) {
                    Some(detail) => problem.detail(detail.zh, detail.en),
                    None => problem,
                };
                problem.findings(findings)
            }
            Error::YearTaken { clause, words } => Self::new(Code::OneApplicationPerYear)
                .finding(finding_of_table(Code::OneApplicationPerYear, "/track").clause(clause, Some(words))),
            Error::Choice(faults) => {
                let findings: Vec<Finding> = faults.into_iter().map(choice_finding).collect();
                let single = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
                Self::new(single.unwrap_or(Code::InvalidBody)).findings(findings)
            }
            Error::Invalid(findings) => Self::new(Code::InvalidField).findings(findings),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

impl From<EligibilityError> for Problem {
    fn from(error: EligibilityError) -> Self {
        let unknown = |pointer: &str| Self::field(Code::InvalidField, pointer, "本年度没有", "the cycle has no such id");
        match error {
            EligibilityError::NotFound => Code::NotFound.into(),
            EligibilityError::UnknownTrack => unknown("/facts/track"),
            EligibilityError::UnknownSpecialty => unknown("/facts/specialty"),
            EligibilityError::Db(error) => error.into(),
        }
    }
}

/// The table's own sentence about one field.
fn of_table(code: Code, pointer: &str) -> Problem {
    Problem::new(code).finding(finding_of_table(code, pointer))
}

fn finding_of_table(code: Code, pointer: &str) -> Finding {
    Finding::field(pointer, code.as_str(), Text::new(code.zh(), code.en()))
}

fn choice_finding(fault: ChoiceFault) -> Finding {
    match fault {
        ChoiceFault::UnknownTrack => Finding::invalid_field("/track", "本年度没有此申报方式", "the cycle has no such track"),
        ChoiceFault::UnknownSpecialty => {
            Finding::invalid_field("/specialty", "本年度没有此专业", "the cycle has no such specialty")
        }
        ChoiceFault::ExamReplacesReview { clause, words } => {
            finding_of_table(Code::ExamReplacesReview, "/level").clause(clause, Some(words))
        }
        ChoiceFault::LevelNotOpen { clause, words } => finding_of_table(Code::LevelNotOpen, "/level").clause(clause, Some(words)),
        ChoiceFault::NotAnEmployer => Finding::invalid_field(
            "/employer_id",
            "该机构不能作为此申报方式的用人单位",
            "this organisation cannot be the employer on this track",
        ),
        ChoiceFault::NoDepartment { clause, words } => Finding::invalid_field(
            "/employer_id",
            "此申报方式须经主管部门审核，该单位没有主管部门；请联系主办单位登记其主管部门",
            "this track goes through a supervising department, and the employer has none: ask the office to enter it",
        )
        .clause(clause, Some(words)),
    }
}

fn refused(stage: Stage, refusals: &[Refusal], rules: Vec<RuleResult>) -> Problem {
    let code = refusals.first().and_then(|refusal| Code::find(refusal.code())).unwrap_or(Code::Conflict);
    let mut problem = Problem::new(code).state(stage);
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

#[cfg(test)]
mod tests {
    use crate::applications::error::BARRED;
    use crate::problem::Code;

    #[test]
    fn code_of_a_bar_is_a_row_of_the_problem_table() {
        assert_eq!(Code::find(BARRED), Some(Code::Barred));
    }
}
