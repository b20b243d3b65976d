//! What must hold for an act: each guard with its code, clause and words, and how it is judged.

use chrono::SecondsFormat;

use super::{Facts, PublicityFacts, Refusal, Relation, State, decide};
use crate::clock::Instant;
use crate::vocabulary::Action;

/// Code, clause and words of a guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardText {
    /// Code of the refusal, as clients see it.
    pub code: &'static str,
    /// Clause it comes from; `None` where it follows from the table alone.
    pub clause: Option<&'static str>,
    /// Why not, in Chinese; `{name}` stands for an argument.
    pub zh: &'static str,
    /// Why not, in English.
    pub en: &'static str,
}

macro_rules! guards {
    ($($(#[$meta:meta])* $name:ident = $code:literal, $clause:expr, $zh:literal, $en:literal;)+) => {
        /// A condition of a row of the table. Its text says why it refuses.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Guard { $($(#[$meta])* $name,)+ }

        impl Guard {
            /// Every guard, in the order of an application's life.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Code, clause and words.
            #[must_use]
            pub const fn text(self) -> GuardText {
                match self { $(Self::$name => GuardText { code: $code, clause: $clause, zh: $zh, en: $en },)+ }
            }
        }
    };
}

guards! {
    /// The stage knows this action.
    StageAllows = "stage_conflict", None, "申请现处于“{stage_zh}”阶段，不能“{action_zh}”", "the application is at {stage}, where {action} is not possible";
    /// The actor is the one the row names.
    ActorAllowed = "out_of_turn", Some("4.1b"), "该操作现由其他人员或单位办理", "this act belongs to somebody else at this stage";
    /// Nobody decides on their own application.
    NotOwnApplication = "self_review", Some("5.1"), "不得办理本人的申报", "nobody decides on their own application";
    /// Two steps of one application are not decided by one person.
    OneStepPerPerson = "second_step_by_same_person", Some("5.1"), "同一人不得审核同一申报的两个环节", "two steps of one application are not decided by one person";
    /// The application window is open, or the committee has had the dossier before.
    ApplicationWindowOpen = "window_closed", Some("2.1"), "不在申报时间内（{opens} 至 {closes}）", "outside the application window ({opens} to {closes})";
    /// The review window is open.
    ReviewWindowOpen = "review_window_closed", Some("2.2"), "不在审核时间内（{opens} 至 {closes}）", "outside the review window ({opens} to {closes})";
    /// The correction is not late.
    CorrectionInTime = "correction_overdue", Some("4.2.1b"), "已超过修改期限 {due}", "the correction was due before {due}";
    /// The payment is not late.
    PaymentInTime = "payment_window_closed", Some("2.3"), "已超过缴费期限 {due}", "the payment was due before {due}";
    /// A deadline has passed that does this act.
    DeadlinePassed = "deadline_not_reached", Some("2.1"), "尚无已到期的期限", "no deadline that does this has passed";
    /// Fields and evidence are complete.
    DossierComplete = "dossier_incomplete", Some("4.2.1a"), "申报材料不完整", "the dossier is not complete";
    /// The commitment is signed.
    CommitmentSigned = "commitment_missing", Some("A3"), "尚未签署个人承诺书", "the commitment is not signed";
    /// No rule of the cycle stands against it.
    RulesMet = "rules_unmet", Some("3.1"), "有 {count} 项申报条件未满足", "{count} rules are not met";
    /// Each correction is answered.
    CorrectionsAnswered = "correction_unanswered", Some("4.2.1b"), "有 {count} 项修改意见未答复", "{count} corrections are not answered";
    /// Another submission to the committee is left.
    SubmissionsLeft = "submissions_exhausted", Some("4.2.1b"), "提交评审委员会审核次数已达 {max} 次", "the committee has been asked {max} times already";
    /// The checklist is answered item by item.
    ChecklistAnswered = "checklist_incomplete", Some("4.3a"), "审核要点未逐项答复", "the checklist is not answered item by item";
    /// An opinion is written.
    OpinionGiven = "opinion_missing", Some("4.3b"), "未填写明确意见", "a clear opinion is missing";
    /// The employer's sentence is there, word for word.
    FixedSentence = "fixed_sentence_missing", Some("4.4b"), "未填写规定的推荐意见原文", "the employer's fixed sentence is missing";
    /// A return names corrections.
    CorrectionsNamed = "corrections_missing", Some("R1"), "退回时须逐项列明修改意见", "a return names each correction";
    /// A later return names only what is new or uncorrected.
    CorrectionsNew = "correction_told_late", Some("R1"), "修改意见应一次性告知，未说明为何此前未提出", "corrections are told once: say why one was not told earlier";
    /// A finding of ineligibility names its clauses.
    GroundsNamed = "grounds_missing", Some("4.3b"), "未列明不符合的条款", "the clauses that are not met are not named";
    /// The employer's publicity has run its days.
    EmployerPublicityFinished = "publicity_incomplete", Some("4.3c"), "单位公示未满规定的工作日", "the employer's publicity has not run its working days";
    /// No objection to it waits for its decision.
    EmployerObjectionsDecided = "objection_open", Some("4.3c"), "单位公示有 {count} 项异议未处理", "{count} objections to the employer's publicity are open";
    /// No objection to it was found right.
    EmployerObjectionsRejected = "objection_upheld", Some("4.3c"), "单位公示有 {count} 项异议成立，不得上报", "{count} objections to the employer's publicity were upheld";
    /// The order is not paid yet.
    OrderUnpaid = "order_paid", Some("4.6"), "已缴费，不得重复确认", "the order is paid already";
    /// The meeting had its quorum.
    QuorumPresent = "quorum_missing", Some("R3"), "出席人数未达法定人数", "the meeting has no quorum";
    /// A tally is recorded.
    TallyRecorded = "tally_missing", Some("R4"), "未登记表决结果", "no tally is recorded for this candidate";
    /// The publicity of the result has run its days.
    ResultPublicityFinished = "publicity_incomplete", Some("R7"), "会议公示未满规定的工作日", "the publicity of the result has not run its working days";
    /// No objection to it waits for its decision.
    ResultObjectionsDecided = "objection_open", Some("R7"), "会议公示有 {count} 项异议未处理", "{count} objections to the result are open";
    /// No objection to it was found right.
    ResultObjectionsRejected = "objection_upheld", Some("R7"), "会议公示有 {count} 项异议成立，不得确认", "{count} objections to the result were upheld";
    /// Fraud is decided or an objection upheld.
    DisqualificationGround = "ground_missing", Some("A3"), "没有已认定的弄虚作假或成立的异议", "neither fraud nor an upheld objection is on record";
    /// Fraud is decided.
    FraudDecided = "fraud_not_decided", Some("R10"), "没有已作出的弄虚作假认定", "no fraud decision is on record";
}

impl Guard {
    /// Whether it is judged on what the request itself brings. Such guards say nothing about who could act now, so
    /// [`super::allowed_actions`] leaves them out.
    #[must_use]
    pub const fn is_about_the_request(self) -> bool {
        matches!(
            self,
            Self::ChecklistAnswered
                | Self::OpinionGiven
                | Self::FixedSentence
                | Self::CorrectionsNamed
                | Self::CorrectionsNew
                | Self::GroundsNamed
        )
    }

    /// Judges it: `None` when it holds.
    pub(super) fn refusal(self, state: &State, action: Action, actor: Relation, facts: &Facts) -> Option<Refusal> {
        let windows = &facts.windows;
        let step = state.step(state.stage);
        let publicity = facts.employer_publicity.filter(|_| step.is_some_and(|step| step.publicity));
        let holds = match self {
            // Both are judged by `decide` before the guards of the row.
            Self::StageAllows | Self::ActorAllowed => true,
            Self::NotOwnApplication => !actor.applicant,
            Self::OneStepPerPerson => !actor.decided_another_step,
            Self::ApplicationWindowOpen => state.reached_committee() || windows.application.contains(facts.now),
            Self::ReviewWindowOpen => windows.review.contains(facts.now),
            Self::CorrectionInTime => state.correction_due.is_none_or(|due| facts.now < due),
            Self::PaymentInTime => facts.now < windows.payment_over,
            Self::DeadlinePassed => decide::due_lapse(state, facts.now, windows).is_some_and(|lapse| lapse.action == action),
            Self::DossierComplete => facts.dossier_complete,
            Self::CommitmentSigned => facts.commitment_signed,
            Self::RulesMet => facts.blocking_rules == Some(0),
            Self::CorrectionsAnswered => facts.unanswered_corrections == Some(0),
            Self::SubmissionsLeft => !state.is_last_submission(),
            Self::ChecklistAnswered => facts.checklist_answered || !step.is_some_and(|step| step.checklist),
            // Where the sentence is asked for, it is the opinion of an approval.
            Self::OpinionGiven => {
                facts.opinion_given || (action == Action::Approve && step.is_some_and(|step| step.fixed_sentence))
            }
            Self::FixedSentence => facts.fixed_sentence || !step.is_some_and(|step| step.fixed_sentence),
            Self::CorrectionsNamed => facts.corrections_named,
            Self::CorrectionsNew => facts.corrections_new,
            Self::GroundsNamed => facts.grounds_named,
            Self::EmployerPublicityFinished => publicity.is_some_and(|p| p.finished) || !step.is_some_and(|step| step.publicity),
            Self::EmployerObjectionsDecided => publicity.is_none_or(|p| p.open_objections == 0),
            Self::EmployerObjectionsRejected => publicity.is_none_or(|p| p.upheld_objections == 0),
            Self::OrderUnpaid => !state.paid,
            Self::QuorumPresent => facts.quorum_present,
            Self::TallyRecorded => facts.outcome.is_some(),
            Self::ResultPublicityFinished => facts.result_publicity.is_some_and(|p| p.finished),
            Self::ResultObjectionsDecided => facts.result_publicity.is_none_or(|p| p.open_objections == 0),
            Self::ResultObjectionsRejected => facts.result_publicity.is_none_or(|p| p.upheld_objections == 0),
            Self::DisqualificationGround => facts.fraud_decided || facts.objection_upheld(),
            Self::FraudDecided => facts.fraud_decided,
        };
        (!holds).then(|| self.refuse(state, action, facts))
    }

    /// The refusal with the values that its sentence shows.
    pub(super) fn refuse(self, state: &State, action: Action, facts: &Facts) -> Refusal {
        let windows = &facts.windows;
        let count = |objections: fn(&PublicityFacts) -> u32, publicity: &Option<PublicityFacts>| {
            publicity.as_ref().map_or(0, objections).to_string()
        };
        let args = match self {
            Self::StageAllows => vec![
                ("stage", state.stage.as_str().to_owned()),
                ("stage_zh", state.stage.zh().to_owned()),
                ("action", action.as_str().to_owned()),
                ("action_zh", action.zh().to_owned()),
            ],
            Self::ApplicationWindowOpen => {
                vec![("opens", shown(windows.application.opens)), ("closes", shown(windows.application.over))]
            }
            Self::ReviewWindowOpen => vec![("opens", shown(windows.review.opens)), ("closes", shown(windows.review.over))],
            Self::CorrectionInTime => vec![("due", state.correction_due.map_or_else(String::new, shown))],
            Self::PaymentInTime => vec![("due", shown(windows.payment_over))],
            Self::RulesMet => vec![("count", facts.blocking_rules.unwrap_or_default().to_string())],
            Self::CorrectionsAnswered => vec![("count", facts.unanswered_corrections.unwrap_or_default().to_string())],
            Self::SubmissionsLeft => vec![("max", state.max_committee_submissions.to_string())],
            Self::EmployerObjectionsDecided => vec![("count", count(|p| p.open_objections, &facts.employer_publicity))],
            Self::EmployerObjectionsRejected => vec![("count", count(|p| p.upheld_objections, &facts.employer_publicity))],
            Self::ResultObjectionsDecided => vec![("count", count(|p| p.open_objections, &facts.result_publicity))],
            Self::ResultObjectionsRejected => vec![("count", count(|p| p.upheld_objections, &facts.result_publicity))],
            _ => Vec::new(),
        };
        Refusal { guard: self, args, own_clause: None }
    }
}

/// An instant as people read it: to the second, in the zone of all deadlines.
fn shown(instant: Instant) -> String {
    instant.in_shanghai().to_rfc3339_opts(SecondsFormat::Secs, false)
}
