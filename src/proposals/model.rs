//! The terms of a proposal.

use title_review_core::vocabulary::wire_enum;

wire_enum! {
    /// What is proposed.
    ProposalKind {
        Reinstatement = "reinstatement", "恢复申报", "to reinstate an application";
        WindowExtension = "window_extension", "延长时间窗口", "to keep a window open longer";
    }
}

wire_enum! {
    /// Where a proposal stands.
    ProposalState {
        Open = "open", "待确认", "waits for a second person";
        Confirmed = "confirmed", "已确认", "confirmed";
        Rejected = "rejected", "不予确认", "rejected";
        Withdrawn = "withdrawn", "已撤回", "withdrawn by the office";
    }
}

wire_enum! {
    /// By which mistake an application ended.
    ReinstatementGround {
        BankDelay = "bank_delay", "缴费到账延迟", "the bank was late with money paid in time";
        PlatformFailure = "platform_failure", "平台故障", "the platform failed";
        ClerkMistake = "clerk_mistake", "经办人失误", "somebody in an office made a mistake";
        WrongClock = "wrong_clock", "系统时钟错误", "the clock was wrong";
    }
}

wire_enum! {
    /// What the second person says.
    ProposalRuling {
        Confirm = "confirm", "确认", "confirm";
        Reject = "reject", "不予确认", "reject";
    }
}
