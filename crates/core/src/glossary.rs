//! The generated page of the field's terms: Chinese, English, and the type that stands for each.

use std::any::type_name;
use std::fmt::Write as _;

use crate::{checks, cycles, ids, profiles, vocabulary, workflow};

/// Terms that are things rather than values: Chinese, English, type.
fn things() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("年度（批次）", "cycle: one notice of one year", type_name::<cycles::CycleDefinition>()),
        ("申报方式", "track", type_name::<cycles::definition::Track>()),
        ("审核链", "chain of review", type_name::<cycles::definition::ChainStep>()),
        ("条款", "clause of the notice", type_name::<cycles::definition::Clause>()),
        ("时间窗口", "window", type_name::<cycles::definition::WindowName>()),
        ("截止时间", "deadline", type_name::<cycles::deadlines::Deadline>()),
        ("延期", "extension of a window", type_name::<cycles::deadlines::Extension>()),
        ("工作日历", "working calendar", type_name::<cycles::WorkingCalendar>()),
        ("个人信息", "profile of an applicant", type_name::<profiles::Profile>()),
        ("申报", "application", type_name::<ids::ApplicationId>()),
        ("申报材料（附件）", "attachment", type_name::<ids::AttachmentId>()),
        ("审核记录", "step of an application's history", type_name::<ids::StepId>()),
        ("修改意见", "correction asked for in a return", type_name::<ids::CorrectionId>()),
        ("公示", "publicity: a public notice with a period and objections", type_name::<ids::PublicityId>()),
        ("异议", "objection against a publicity", type_name::<ids::ObjectionId>()),
        ("缴费单", "payment order", type_name::<ids::OrderId>()),
        ("评审会议", "meeting of the committee", type_name::<ids::MeetingId>()),
        ("处理（处分、不得申报、延迟申报）", "sanction", type_name::<ids::SanctionId>()),
        ("机构", "organisation", type_name::<ids::OrganisationId>()),
        ("账号", "account", type_name::<ids::AccountId>()),
        ("任职（机构内角色）", "membership: a role in an organisation", type_name::<ids::MembershipId>()),
        ("通知", "notice to an account", type_name::<ids::NoticeId>()),
        ("状态流转", "transition of the workflow", type_name::<workflow::Transition>()),
        ("前置条件", "guard of a transition", type_name::<workflow::Guard>()),
        ("规则核验", "check: a rule of the notice asked of one application", type_name::<checks::RuleResult>()),
    ]
}

/// `docs/glossary.md`: things with their types, then every closed set of values with its wire value and both labels.
#[must_use]
pub fn glossary_page() -> String {
    let mut page = String::from(
        "# Glossary\n\nWritten from `crates/core/src/glossary.rs` and `crates/core/src/vocabulary.rs`. A wire value is what stands in JSON, in the database and in cycle \
         files; it never changes.\n\n## Things\n\n| Chinese | English | type |\n|---|---|---|\n",
    );
    for (zh, en, path) in things() {
        let _ = writeln!(page, "| {zh} | {en} | `{}` |", path.trim_start_matches("title_review_core::"));
    }
    macro_rules! values {
        ($($name:ident),+ $(,)?) => { $(
            let _ = write!(page, "\n## {}\n\n| wire value | Chinese | English |\n|---|---|---|\n", stringify!($name));
            for value in vocabulary::$name::ALL {
                let _ = writeln!(page, "| `{}` | {} | {} |", value.as_str(), value.zh(), value.en());
            }
        )+ };
    }
    values!(
        Level,
        LevelGroup,
        SkillGrade,
        Qualification,
        TechnicalSchoolClass,
        OrganisationKind,
        Ownership,
        Role,
        Stage,
        Action,
        Verdict,
        PutonghuaLevel,
        StudyKind,
        StudySource,
        Sex,
        PostKind,
        AppraisalResult,
        AccountKind,
        AccountStatus,
        OrganisationStatus,
    );
    page
}
