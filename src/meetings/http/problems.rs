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
            Error::Cancelled(at) => Self::new(Code::MeetingCancelled)
                .detail(format!("会议已于 {at} 取消"), format!("the meeting was cancelled at {at}"))
                .state("cancelled"),
            Error::Begun(at) => Self::new(Code::MeetingBegun).detail(
                format!("会议已于 {at} 开始，时间、地点和名单不再更改"),
                format!("the meeting began at {at}: time, place and list do not change any more"),
            ),
            Error::NotEmpty(count) => Self::new(Code::MeetingNotEmpty).detail(
                format!("会议名单上还有{count}件申报，请先移出"),
                format!("{count} applications are on the list of the meeting: take them off first"),
            ),
            Error::SameSchedule => {
                Self::field(Code::InvalidField, "/scheduled_at", "与原定时间、地点相同，无需更正", "time and place are those that it has")
            }
            Error::QuorumPresent => Code::QuorumPresent.into(),
            Error::NotBegun(at) => Self::new(Code::MeetingNotBegun)
                .detail(format!("会议定于 {at} 开始，在此之前不予登记"), format!("the meeting begins at {at}: nothing is recorded before")),
            Error::Settled(at) => Self::new(Code::CapSettled)
                .detail(format!("本年度的通过名额已于 {at} 核定"), format!("the caps of the cycle were settled at {at}")),
            Error::MeetingsOpen(count) => Self::new(Code::MeetingsOpen)
                .detail(format!("还有{count}次会议未结束，最后一次会议后方可核定"), format!("{count} meetings are not closed: the caps are settled after the last")),
            Error::UnderWay(count) => Self::new(Code::CapCandidatesWaiting).detail(
                format!("还有{count}件该级别的申报可能上会；不等候的，以 leave_out_waiting 注明"),
                format!("{count} applications at levels with a cap may still come before a meeting: say leave_out_waiting to leave them out"),
            ),
            Error::NobodyWaits => Self::new(Code::Conflict)
                .detail("没有待核定名额的申报", "nobody waits for a settlement of the caps"),
            Error::InThePast => Self::field(Code::InvalidField, "/scheduled_at", "会议时间不得早于当前时间", "is in the past"),
            // What the meeting asks for is told before what the list gets wrong.
            Error::CandidatesRefused(findings) => {
                let code = findings.iter().find_map(|found| Code::find(&found.code).filter(|code| *code != Code::InvalidField));
                Self::new(code.unwrap_or(Code::InvalidField)).findings(findings)
            }
            Error::AttendanceRecorded => {
                Self::new(Code::AlreadyExists)
                    .detail("出席情况已登记；登记有误的，请注明更正理由", "the attendance is recorded already: to correct it, say why")
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
            code::CAP_SETTLED,
            title_review_core::findings::INVALID_FIELD,
        ] {
            assert!(Code::find(code).is_some(), "{code}");
        }
    }
}
