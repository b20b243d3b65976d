//! Refusals of meetings as problems.

use crate::meetings::rules::code;
use crate::meetings::service::Error;
use crate::problem::{Code, Finding, Problem, Text};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::Changed => Code::StaleVersion.into(),
            Error::OwnApplication(_) => Code::SelfReview.into(),
            Error::UnknownCycle => Self::field(
                Code::InvalidField,
                "/cycle_id",
                "没有由本评审委员会评审的此年度",
                "your committee reviews no such published cycle",
            ),
            Error::CommitteeTooSmall(finding) => Self::new(Code::CommitteeTooSmall).finding(finding),
            Error::Closed(at) => Self::new(Code::MeetingClosed)
                .detail(format!("会议已于 {at} 结束，不得更改"), format!("the meeting was closed at {at} and is frozen"))
                .state("closed"),
            Error::NotBegun(at) => Self::new(Code::MeetingNotBegun).detail(
                format!("会议定于 {at} 开始，在此之前不予登记"),
                format!("the meeting begins at {at}: nothing is recorded before"),
            ),
            Error::InThePast => Self::field(Code::InvalidField, "/scheduled_at", "会议时间不得早于当前时间", "is in the past"),
            // What the meeting asks for is told before what the list gets wrong.
            Error::CandidatesRefused(findings) => {
                let code = findings.iter().find_map(|found| Code::find(&found.code).filter(|code| *code != Code::InvalidField));
                Self::new(code.unwrap_or(Code::InvalidField)).findings(findings)
            }
            Error::AttendanceRecorded => {
                Self::new(Code::AlreadyExists).detail("出席情况已登记", "the attendance is recorded already")
            }
            Error::AttendanceInvalid(findings) => Self::new(Code::InvalidField).findings(findings),
            Error::NoQuorum(finding) => told_by(Code::QuorumMissing, finding),
            Error::AttendanceMissing => Self::new(Code::QuorumMissing).detail("尚未登记出席情况", "the attendance is not recorded"),
            Error::TallyInvalid(finding) => told_by(Code::TallyInvalid, finding),
            Error::TalliesMissing(numbers) => Self::new(Code::TallyMissing).findings(numbers.into_iter().map(|number| {
                let text = Text::new(format!("第{number}号未登记表决结果"), format!("candidate {number} has no tally"));
                Finding::whole(code::TALLY_MISSING, text)
            })),
            Error::NoCandidates => {
                Self::new(Code::Conflict).detail("会议没有可表决的申报", "the meeting has no candidate to decide on")
            }
            Error::Application(error) => error.into(),
            Error::Accounts(error) => error.into(),
            Error::Db(error) => error.into(),
        }
    }
}

/// A problem whose sentence is that of its one finding.
fn told_by(code: Code, finding: Finding) -> Problem {
    Problem::new(code).detail(finding.detail.zh.clone(), finding.detail.en.clone()).finding(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_rules_are_rows_of_the_problem_table() {
        for code in [
            code::COMMITTEE_TOO_SMALL,
            code::CANDIDATE_NOT_READY,
            code::QUORUM_MISSING,
            code::TALLY_INVALID,
            code::TALLY_MISSING,
            title_review_core::findings::INVALID_FIELD,
        ] {
            assert!(Code::find(code).is_some(), "{code}");
        }
    }
}
