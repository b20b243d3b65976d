//! The conditions of the table's rows: each guard with its code, its clause and its sentences.

/// Code, clause and sentences of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardText {
    /// Code of the refusal, as clients see it.
    pub code: &'static str,
    /// Clause that it comes from; `None` where it follows from the table alone.
    pub clause: Option<&'static str>,
    /// The reason in Chinese; `{name}` is a placeholder.
    pub zh: &'static str,
    /// The reason in English.
    pub en: &'static str,
}

macro_rules! guards {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $clause:expr, $zh:literal, $en:literal;)+) => {
        /// A condition of a row of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Guard { $($(#[$meta])* $name,)+ }

        impl Guard {
            /// Every guard, in the order of the workflow.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Code, clause and sentences.
            #[must_use]
            pub const fn text(self) -> GuardText {
                match self { $(Self::$name => GuardText { code: $code, clause: $clause, zh: $zh, en: $en },)+ }
            }
        }
    };
}

guards! {
    /// The table has a row for the stage and the action.
    StageAllows = "stage_conflict", None, "申请现处于“{stage_zh}”阶段，不能“{action_zh}”", "the application is at {stage}, where {action} is not possible";
    /// The actor is the one that the row names.
    ActorAllowed = "out_of_turn", Some("4.1b"), "该操作现由其他人员或单位办理", "this act belongs to somebody else at this stage";
    /// Nobody decides on their own application.
    NotOwnApplication = "self_review", Some("5.1"), "不得办理本人的申报", "nobody decides on their own application";
    /// Two steps of one application are not decided by one person.
    OneStepPerPerson = "second_step_by_same_person", Some("5.1"), "同一人不得审核同一申报的两个环节", "two steps of one application are not decided by one person";
    /// The application window is open, or the committee has had the dossier before.
    ApplicationWindowOpen = "window_closed", Some("2.1"), "不在申报时间内（{opens} 至 {closes}）", "outside the application window ({opens} to {closes})";
    /// The review window is open.
    ReviewWindowOpen = "review_window_closed", Some("2.2"), "不在审核时间内（{opens} 至 {closes}）", "outside the review window ({opens} to {closes})";
    /// The correction is in time.
    CorrectionInTime = "correction_overdue", Some("4.2.1b"), "已超过修改期限 {due}", "the correction was due before {due}";
    /// The payment is in time.
    PaymentInTime = "payment_window_closed", Some("2.3"), "已超过缴费期限 {due}", "the payment was due before {due}";
    /// The deadline of this action of the system has passed.
    DeadlinePassed = "deadline_not_reached", Some("2.1"), "尚无已到期的期限", "no deadline that does this has passed";
    /// The deadline by which it lapsed lies ahead again.
    DeadlineExtended = "deadline_not_extended", Some("2.1"), "期限未延长", "the deadline by which it lapsed was not extended";
    /// The deadline that holds where it was lies ahead.
    WindowAhead = "deadline_not_extended", Some("2.1"), "原环节的期限已过，须一并延长", "the deadline that holds where it was has passed: it needs a window of its own";
    /// Its reinstatement is proposed.
    ReinstatementProposed = "not_proposed", Some("4.1a"), "评审委员会办事机构未提出恢复申报", "the committee office has not proposed it";
    /// Who confirms is not who proposed.
    SecondPerson = "second_person_required", Some("5.1"), "提出人不得自行确认", "who proposes does not confirm";
    /// Nothing was done about it since the submission or the decision that is to be undone.
    NothingSince = "acted_on_since", Some("4.1a"), "已有后续办理，不能收回", "something was done about it since: it cannot be taken back";
    /// Fields and evidence are complete.
    DossierComplete = "dossier_incomplete", Some("4.2.1a"), "申报材料不完整", "the dossier is not complete";
    /// The commitment is signed.
    CommitmentSigned = "commitment_missing", Some("A3"), "尚未签署个人承诺书", "the commitment is not signed";
    /// No rule of the cycle blocks it.
    RulesMet = "rules_unmet", Some("3.1"), "有 {count} 项申报条件未满足", "{count} rules are not met";
    /// Each correction is answered.
    CorrectionsAnswered = "correction_unanswered", Some("4.2.1b"), "有 {count} 项修改意见未答复", "{count} corrections are not answered";
    /// Another submission to the committee is left.
    SubmissionsLeft = "submissions_exhausted", Some("4.2.1b"), "提交评审委员会审核次数已达 {max} 次", "the committee has been asked {max} times already";
    /// The checklist is answered item by item.
    ChecklistAnswered = "checklist_incomplete", Some("4.3a"), "审核要点未逐项答复", "the checklist is not answered item by item";
    /// An opinion is written.
    OpinionGiven = "opinion_missing", Some("4.3b"), "未填写明确意见", "a clear opinion is missing";
    /// The employer's sentence is present, word for word.
    FixedSentence = "fixed_sentence_missing", Some("4.4b"), "未填写规定的推荐意见原文", "the employer's fixed sentence is missing";
    /// A return names corrections.
    CorrectionsNamed = "corrections_missing", Some("R1"), "退回时须逐项列明修改意见", "a return names each correction";
    /// A later return names only what is new or uncorrected, or says why it is late.
    CorrectionsNew = "correction_told_late", Some("R1"), "修改意见应一次性告知：{places} 自上次退回以来没有变动或已提出过，请按“未改正”提出，或说明为何此前未提出", "corrections are told once: {places} did not change since the last return, or was told then; say that it is uncorrected, or why it was not told earlier";
    /// A return that leaves less than the days of the notice is confirmed as such.
    ShortTimeConfirmed = "correction_time_short", Some("4.2.1b"), "审核时间将止，只剩{days}天可供修改，不足{of}天，请确认后退回", "the review window leaves {days} days to correct, fewer than {of}: confirm it to return";
    /// Signature and seal are declared for each document that asks for them.
    SealsDeclared = "seals_undeclared", Some("4.2.6"), "未声明已核对签字盖章的材料：{documents_zh}", "signature and seal are not declared for: {documents}";
    /// A finding of ineligibility names its clauses.
    GroundsNamed = "grounds_missing", Some("4.3b"), "未列明不符合的条款", "the clauses that are not met are not named";
    /// The step's publicity has run its days.
    StepPublicityFinished = "publicity_incomplete", Some("4.3c"), "公示未满规定的天数", "the publicity has not run its days";
    /// No objection to it is open.
    StepObjectionsDecided = "objection_open", Some("4.3c"), "公示有 {count} 项异议未处理", "{count} objections to the publicity are open";
    /// No objection to it was upheld.
    StepObjectionsRejected = "objection_upheld", Some("4.3c"), "公示有 {count} 项异议成立，不得上报", "{count} objections to the publicity were upheld";
    /// Each publicity of the chain is finished and covers what is accepted: employer, specialty and level.
    ChainPublicised = "publicity_not_covering", Some("4.3c"), "{steps_zh}：没有就现申报的用人单位、专业和级别公示期满的公示，不得通过", "{steps}: no finished publicity covers the employer, specialty and level that would be accepted";
    /// No objection to one is open.
    ChainObjectionsDecided = "objection_open", Some("4.3c"), "公示有 {count} 项异议未处理，不得通过", "{count} objections to the publicity of the chain are open";
    /// No objection to one was upheld.
    ChainObjectionsRejected = "objection_upheld", Some("4.3c"), "公示有 {count} 项异议成立，不得通过", "{count} objections to the publicity of the chain were upheld";
    /// Each step of the chain has approved, for this employer.
    ChainApproved = "recommendation_missing", Some("4.3b"), "{steps_zh}：没有该单位对本次申报的同意意见，不得通过", "{steps}: no approval of this application is on record";
    /// The order is not paid yet.
    OrderUnpaid = "order_paid", Some("4.6"), "已缴费，不得重复确认", "the order is paid already";
    /// Originals are still to come.
    OriginalsOwed = "originals_complete", Some("4.4a"), "原件已全部收讫", "every original is in already";
    /// An original is in.
    OriginalReceived = "original_not_received", Some("4.4a"), "尚无已收讫的原件，无可撤销", "no original is in: there is no receipt to reverse";
    /// The level defends, and how the defence ended is not on record yet.
    DefenceOwed = "defence_not_required", Some("4.5"), "该级别免于答辩，或答辩结果已登记", "no defence is owed: the level does not defend, or how it ended is on record";
    /// The order is paid.
    OrderPaid = "order_not_paid", Some("4.6"), "该订单未缴费，无可冲销", "the order is not paid: there is nothing to reverse";
    /// The meeting that it is before lies ahead.
    MeetingAhead = "meeting_begun", Some("2.4"), "会议已开始，不能移出名单", "the meeting has begun: nobody is taken off its list";
    /// The meeting had its quorum.
    QuorumPresent = "quorum_missing", Some("R3"), "出席人数未达法定人数", "the meeting has no quorum";
    /// A tally is recorded.
    TallyRecorded = "tally_missing", Some("R4"), "未登记表决结果", "no tally is recorded for this candidate";
    /// The publicity of the result has run its days.
    ResultPublicityFinished = "publicity_incomplete", Some("R7"), "会议公示未满规定的天数", "the publicity of the result has not run its days";
    /// No objection to it is open.
    ResultObjectionsDecided = "objection_open", Some("R7"), "会议公示有 {count} 项异议未处理", "{count} objections to the result are open";
    /// No objection to it was upheld.
    ResultObjectionsRejected = "objection_upheld", Some("R7"), "会议公示有 {count} 项异议成立，不得确认", "{count} objections to the result were upheld";
    /// The employer has confirmed its own posting, where the cycle waits for it.
    ResultPosted = "posting_missing", Some("2.4"), "用人单位尚未确认同步公示，不得确认结果", "the employer has not confirmed its own posting of the result";
    /// A notice about it counts that nothing stands on yet.
    NoticeStands = "publicity_not_current", Some("4.3c"), "没有可撤回的公示", "no notice counts that could be withdrawn";
    /// No objection to the notice is open.
    NoticeUndisputed = "objection_open", Some("4.3c"), "公示有 {count} 项异议未处理，处理后方可撤回", "{count} objections to the notice are open: they are decided before it is withdrawn";
    /// No objection to the notice was upheld.
    NoticeUncontested = "objection_upheld", Some("4.3c"), "公示有 {count} 项异议成立，不得撤回", "{count} objections to the notice were upheld: it is not withdrawn";
    /// Fraud is decided or an objection upheld.
    DisqualificationGround = "ground_missing", Some("A3"), "没有已认定的弄虚作假或成立的异议", "neither fraud nor an upheld objection is on record";
    /// Fraud is decided.
    FraudDecided = "fraud_not_decided", Some("R10"), "没有已作出的弄虚作假认定", "no fraud decision is on record";
    /// No publicity of it runs.
    NoPublicityRuns = "publicity_running", Some("4.3c"), "公示正在进行，或有异议未处理、已成立，不能变更用人单位", "a publicity is running, or an objection is open or was upheld: the employer does not change";
    /// No correction for the committee is pending.
    NoCorrectionPending = "correction_pending", Some("4.2.1b"), "评审委员会的修改意见尚未答复，重新提交后方可变更用人单位", "corrections for the committee are pending: the employer changes after they are answered";
    /// It was submitted once.
    EverSubmitted = "never_submitted", Some("A3"), "该申报从未提交", "the application was never submitted";
    /// No fraud decision was on record before.
    FraudDecidedOnce = "fraud_decided", Some("A3"), "已作出弄虚作假认定，不得重复认定", "fraud is decided on this application already";
}

impl Guard {
    /// Whether it is judged on the publicity of the present step, whose rule names its clause.
    #[must_use]
    pub const fn is_about_a_step_publicity(self) -> bool {
        matches!(
            self,
            Self::StepPublicityFinished
                | Self::StepObjectionsDecided
                | Self::StepObjectionsRejected
                | Self::NoticeStands
                | Self::NoticeUndisputed
                | Self::NoticeUncontested
        )
    }

    /// Whether it is judged on the record of the whole chain, which is looked at when the act is done: [`super::allowed_actions`] leaves it out.
    #[must_use]
    pub const fn is_left_to_the_act(self) -> bool {
        matches!(self, Self::ChainPublicised | Self::ChainObjectionsDecided | Self::ChainObjectionsRejected | Self::ChainApproved)
    }

    /// Whether it is judged on the content of the request. Such guards do not depend on the state, so [`super::allowed_actions`] leaves
    /// them out.
    #[must_use]
    pub const fn is_about_the_request(self) -> bool {
        matches!(
            self,
            Self::ChecklistAnswered
                | Self::OpinionGiven
                | Self::FixedSentence
                | Self::CorrectionsNamed
                | Self::CorrectionsNew
                | Self::ShortTimeConfirmed
                | Self::SealsDeclared
                | Self::GroundsNamed
        )
    }
}
