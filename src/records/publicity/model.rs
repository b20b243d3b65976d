//! Words of the slice.

use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// Whose public notice.
    PublicityKind {
        Employer = "employer", "单位公示", "the employer's, before it sends an application on (4.3c)";
        Reviewer = "reviewer", "审核单位公示", "another reviewer's, before it sends an application on";
        Result = "result", "会议公示", "the result of the meeting (2.4, R7)";
    }
}

wire_enum! {
    /// Whether a notice is the one that counts.
    PublicityStatus {
        Current = "current", "有效", "the newest of its kind";
        Superseded = "superseded", "已被新公示替代", "another was put up after it";
        TakenDown = "taken_down", "已撤下", "its application came to an end while it ran";
        Withdrawn = "withdrawn", "已撤回", "who put it up withdrew it, with a reason";
    }
}

wire_enum! {
    /// Where a notice stands at an instant.
    PublicityState {
        Upcoming = "upcoming", "未开始", "its first day has not begun";
        Running = "running", "公示中", "it can be seen and objected to";
        Over = "over", "已结束", "its last day is over";
        Superseded = "superseded", "已被新公示替代", "another was put up after it";
        TakenDown = "taken_down", "已撤下", "its application came to an end while it ran";
        Withdrawn = "withdrawn", "已撤回", "who put it up withdrew it, with a reason";
    }
}

wire_enum! {
    /// What became of an objection.
    ObjectionStatus {
        Open = "open", "待处理", "waits for its decision";
        Upheld = "upheld", "异议成立", "found right";
        Rejected = "rejected", "异议不成立", "found wrong";
    }
}
