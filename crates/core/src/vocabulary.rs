//! The standard terms as closed enums, each value with a wire value, a Chinese and an English label.
//!
//! Terms that a notice can add (tracks, series, specialties, evidence categories) are strings from the cycle definition.

/// Declares a closed enum with its wire values and labels, and its conversions from and to text.
#[macro_export]
macro_rules! wire_enum {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$vmeta:meta])* $variant:ident = $wire:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[doc = $en] #[serde(rename = $wire)] $variant,)+ }

        impl $name {
            /// Every value, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value in JSON, in the database and in cycle files.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $wire,)+ } }

            /// The Chinese term.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)+ } }

            /// The English term.
            #[must_use]
            pub const fn en(self) -> &'static str { match self { $(Self::$variant => $en,)+ } }
        }

        // Not derived: the derive ignores a `rename` that comes from a macro, and would publish the names of the variants.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let labels = [$(concat!("- `", $wire, "`: ", $zh, " / ", $en)),+];
                let description = [$($doc),+].map(str::trim).join(" ");
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(format!("{description}\n\n{}", labels.join("\n"))))
                    .enum_values(Some([$($wire),+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> { std::borrow::Cow::Borrowed(stringify!($name)) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::vocabulary::UnknownValue;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($wire => Ok(Self::$variant),)+ _ => Err($crate::vocabulary::UnknownValue { kind: stringify!($name), value: text.to_owned() }) }
            }
        }
    };
}
pub use wire_enum;

/// The error for a text that is not a value of its enum.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not a {kind}")]
pub struct UnknownValue {
    /// Name of the enum.
    pub kind: &'static str,
    /// The text.
    pub value: String,
}

wire_enum! {
    /// Title level, in rising order (职称级别).
    Level {
        Entry = "entry", "员级", "entry";
        Assistant = "assistant", "助理级", "assistant";
        Intermediate = "intermediate", "中级", "intermediate";
        AssociateSenior = "associate_senior", "副高级", "associate senior";
        Senior = "senior", "正高级", "senior";
    }
}

wire_enum! {
    /// Group of levels that shares a fee and the duty to defend (4.5, 4.6).
    LevelGroup {
        Junior = "junior", "初级", "junior";
        Intermediate = "intermediate", "中级", "intermediate";
        Senior = "senior", "高级", "senior";
    }
}

impl Level {
    /// 初级 / 中级 / 高级 of this level.
    #[must_use]
    pub const fn group(self) -> LevelGroup {
        match self {
            Self::Entry | Self::Assistant => LevelGroup::Junior,
            Self::Intermediate => LevelGroup::Intermediate,
            Self::AssociateSenior | Self::Senior => LevelGroup::Senior,
        }
    }
}

wire_enum! {
    /// Grade of a skilled worker, in rising order (4.7a). Not a title level.
    SkillGrade {
        IntermediateWorker = "intermediate_worker", "中级工", "intermediate worker";
        SeniorWorker = "senior_worker", "高级工", "senior worker";
        Technician = "technician", "技师", "technician";
        SeniorTechnician = "senior_technician", "高级技师", "senior technician";
    }
}

wire_enum! {
    /// Education or degree, in rising order. `bachelor` covers undergraduate education and the bachelor's degree (3.1a).
    Qualification {
        SecondaryVocational = "secondary_vocational", "中专", "secondary vocational school";
        JuniorCollege = "junior_college", "大专", "junior college";
        Bachelor = "bachelor", "本科/学士", "bachelor or undergraduate education";
        SecondBachelor = "second_bachelor", "第二学士学位", "second bachelor's degree";
        Master = "master", "硕士", "master";
        Doctorate = "doctorate", "博士", "doctorate";
    }
}

wire_enum! {
    /// Class of a technical school, counted as an education by the cycle's equivalence table (4.7c).
    TechnicalSchoolClass {
        IntermediateWorkerClass = "intermediate_worker_class", "中级工班", "intermediate worker class";
        SeniorWorkerClass = "senior_worker_class", "高级工班", "senior worker class";
        TechnicianClass = "technician_class", "预备技师（技师）班", "technician class";
    }
}

wire_enum! {
    /// What an organisation is in the review.
    OrganisationKind {
        Enterprise = "enterprise", "企业", "enterprise";
        PublicInstitution = "public_institution", "事业单位", "public institution";
        PersonnelAgency = "personnel_agency", "人事代理机构", "personnel agency";
        SupervisingDepartment = "supervising_department", "主管部门", "supervising department";
        CountyEmploymentService = "county_employment_service", "县级公共就业服务机构", "county employment service";
        PrefectureEmploymentService = "prefecture_employment_service", "地区公共就业服务机构", "prefecture employment service";
        Committee = "committee", "评审委员会", "committee";
        Bureau = "bureau", "主办局", "bureau that runs the review";
    }
}

wire_enum! {
    /// Who owns an enterprise. `none` for what is not an enterprise.
    Ownership {
        State = "state", "国有", "state";
        Private = "private", "民营", "private";
        None = "none", "不适用", "not applicable";
    }
}

wire_enum! {
    /// A person's role; staff roles are held in an organisation.
    Role {
        Applicant = "applicant", "申报人", "applicant";
        EmployerClerk = "employer_clerk", "用人单位经办人", "employer clerk";
        Reviewer = "reviewer", "审核人", "reviewer in a department, bureau or employment service";
        CommitteeOffice = "committee_office", "评审委员会办公室", "committee office";
        Expert = "expert", "评审专家", "expert";
        Finance = "finance", "财务", "finance";
        Supervisor = "supervisor", "监督", "supervisor";
        SystemAdministrator = "system_administrator", "系统管理员", "system administrator";
        SecurityAdministrator = "security_administrator", "安全管理员", "security administrator";
        AuditAdministrator = "audit_administrator", "审计管理员", "audit administrator";
    }
}

impl Role {
    /// Kinds of organisation in which the role is held; none for roles that stand alone.
    #[must_use]
    pub const fn organisation_kinds(self) -> &'static [OrganisationKind] {
        use OrganisationKind as K;
        match self {
            Self::Applicant | Self::SystemAdministrator | Self::SecurityAdministrator | Self::AuditAdministrator => &[],
            Self::EmployerClerk => &[K::Enterprise, K::PublicInstitution, K::PersonnelAgency],
            Self::Reviewer => &[K::SupervisingDepartment, K::CountyEmploymentService, K::PrefectureEmploymentService],
            Self::CommitteeOffice | Self::Expert => &[K::Committee],
            Self::Finance | Self::Supervisor => &[K::Bureau],
        }
    }

    /// The three administrators that GB/T 22239 separates. None of them holds another role or decides on dossiers.
    pub const ADMINISTRATORS: [Self; 3] = [Self::SystemAdministrator, Self::SecurityAdministrator, Self::AuditAdministrator];

    /// Whether it is one of [`Self::ADMINISTRATORS`].
    #[must_use]
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SystemAdministrator | Self::SecurityAdministrator | Self::AuditAdministrator)
    }
}

wire_enum! {
    /// Stage of an application.
    Stage {
        Draft = "draft", "草稿", "draft";
        InReview = "in_review", "逐级审核", "in review";
        FormalReview = "formal_review", "形式审核", "formal review";
        Returned = "returned", "退回修改", "returned";
        Accepted = "accepted", "审核通过", "accepted";
        Ready = "ready", "待上会", "ready";
        InMeeting = "in_meeting", "上会", "in meeting";
        Passed = "passed", "评审通过", "passed";
        Publicised = "publicised", "会议公示", "publicised";
        Confirmed = "confirmed", "已确认", "confirmed";
        Withdrawn = "withdrawn", "已撤回", "withdrawn";
        Lapsed = "lapsed", "视为放弃", "lapsed";
        NotRecommended = "not_recommended", "不予推荐", "not recommended";
        NotAccepted = "not_accepted", "不予受理", "not accepted";
        Ineligible = "ineligible", "不符合申报条件", "ineligible";
        NotPassed = "not_passed", "未通过", "not passed";
        Disqualified = "disqualified", "取消资格", "disqualified";
        Revoked = "revoked", "撤销", "revoked";
    }
}

impl Stage {
    /// Whether the application has come to an end. Only undoing leads out of it.
    #[must_use]
    pub const fn has_ended(self) -> bool {
        match self {
            Self::Withdrawn
            | Self::Lapsed
            | Self::NotRecommended
            | Self::NotAccepted
            | Self::Ineligible
            | Self::NotPassed
            | Self::Disqualified
            | Self::Revoked => true,
            Self::Draft
            | Self::InReview
            | Self::FormalReview
            | Self::Returned
            | Self::Accepted
            | Self::Ready
            | Self::InMeeting
            | Self::Passed
            | Self::Publicised
            | Self::Confirmed => false,
        }
    }

    /// Whether a reviewer of the chain decides at this stage.
    #[must_use]
    pub const fn is_review(self) -> bool {
        match self {
            Self::InReview | Self::FormalReview => true,
            Self::Draft
            | Self::Returned
            | Self::Accepted
            | Self::Ready
            | Self::InMeeting
            | Self::Passed
            | Self::Publicised
            | Self::Confirmed
            | Self::Withdrawn
            | Self::Lapsed
            | Self::NotRecommended
            | Self::NotAccepted
            | Self::Ineligible
            | Self::NotPassed
            | Self::Disqualified
            | Self::Revoked => false,
        }
    }

    /// Whether the dossier is with its applicant, who may change it, its evidence and its commitment.
    #[must_use]
    pub const fn is_with_applicant(self) -> bool {
        match self {
            Self::Draft | Self::Returned => true,
            Self::InReview
            | Self::FormalReview
            | Self::Accepted
            | Self::Ready
            | Self::InMeeting
            | Self::Passed
            | Self::Publicised
            | Self::Confirmed
            | Self::Withdrawn
            | Self::Lapsed
            | Self::NotRecommended
            | Self::NotAccepted
            | Self::Ineligible
            | Self::NotPassed
            | Self::Disqualified
            | Self::Revoked => false,
        }
    }
}

wire_enum! {
    /// What somebody, or a deadline, does to an application.
    Action {
        Submit = "submit", "提交", "submit";
        Withdraw = "withdraw", "撤回", "withdraw";
        Resubmit = "resubmit", "修改后重新提交", "resubmit";
        Recall = "recall", "收回提交", "recall a submission";
        Approve = "approve", "审核通过", "approve";
        Return = "return", "退回", "return";
        NotRecommend = "not_recommend", "不予推荐", "not recommend";
        FindIneligible = "find_ineligible", "认定不符合条件", "find ineligible";
        TakeBack = "take_back", "收回审核意见", "take back a decision";
        RefuseAcceptance = "refuse_acceptance", "不予受理", "refuse acceptance";
        Lapse = "lapse", "视为放弃", "lapse";
        Revive = "revive", "恢复", "revive";
        Reinstate = "reinstate", "恢复申报", "reinstate";
        ConfirmPayment = "confirm_payment", "确认缴费", "confirm payment";
        ReversePayment = "reverse_payment", "冲销缴费", "reverse a payment";
        ReceiveOriginal = "receive_original", "收讫原件", "receive an original";
        ReverseReceipt = "reverse_receipt", "撤销原件收讫", "reverse the receipt of an original";
        RecordDefence = "record_defence", "登记答辩", "record the defence";
        EnterMeeting = "enter_meeting", "列入评审会议", "enter a meeting";
        LeaveMeeting = "leave_meeting", "移出评审会议", "leave a meeting";
        RecordOutcome = "record_outcome", "登记表决结果", "record the outcome";
        Publicise = "publicise", "会议公示", "publicise the result";
        WithdrawPublicity = "withdraw_publicity", "撤回公示", "withdraw a public notice";
        Confirm = "confirm", "确认", "confirm the result";
        Disqualify = "disqualify", "取消资格", "disqualify";
        Revoke = "revoke", "撤销证书", "revoke the certificate";
        Transfer = "transfer", "变更用人单位", "transfer to another employer";
        DecideFraud = "decide_fraud", "认定弄虚作假", "decide fraud after the end";
    }
}

impl Action {
    /// Whether a reviewer of the chain rules by it: two rulings on one application are not one person's (5.1).
    #[must_use]
    pub const fn is_ruling(self) -> bool {
        match self {
            Self::Approve | Self::Return | Self::NotRecommend | Self::FindIneligible => true,
            Self::Submit
            | Self::Withdraw
            | Self::Resubmit
            | Self::Recall
            | Self::TakeBack
            | Self::RefuseAcceptance
            | Self::Lapse
            | Self::Revive
            | Self::Reinstate
            | Self::ConfirmPayment
            | Self::ReversePayment
            | Self::ReceiveOriginal
            | Self::ReverseReceipt
            | Self::RecordDefence
            | Self::EnterMeeting
            | Self::LeaveMeeting
            | Self::RecordOutcome
            | Self::Publicise
            | Self::WithdrawPublicity
            | Self::Confirm
            | Self::Disqualify
            | Self::Revoke
            | Self::Transfer
            | Self::DecideFraud => false,
        }
    }
}

wire_enum! {
    /// Verdict on one rule for one person.
    Verdict {
        Met = "met", "符合", "met";
        Unmet = "unmet", "不符合", "unmet";
        NeedsEvidence = "needs_evidence", "待补材料", "needs evidence";
        Waived = "waived", "免除", "waived";
    }
}

wire_enum! {
    /// Putonghua proficiency level, best first (4.2.5); 三级乙等 = 3B is the lowest.
    PutonghuaLevel {
        L1A = "1A", "一级甲等", "level 1 grade A";
        L1B = "1B", "一级乙等", "level 1 grade B";
        L2A = "2A", "二级甲等", "level 2 grade A";
        L2B = "2B", "二级乙等", "level 2 grade B";
        L3A = "3A", "三级甲等", "level 3 grade A";
        L3B = "3B", "三级乙等", "level 3 grade B";
    }
}

wire_enum! {
    /// Kind of continuing education (4.2.4a).
    StudyKind {
        General = "general", "公需课", "general";
        Specialty = "specialty", "专业课", "specialty";
    }
}

wire_enum! {
    /// Where a study record comes from (4.2.4b).
    StudySource {
        System = "system", "系统获取", "taken from the system";
        Upload = "upload", "手动上传", "uploaded by hand";
    }
}

wire_enum! {
    /// Sex as the resident ID tells it; retirement ages depend on it (1.1c).
    Sex {
        Male = "male", "男", "male";
        Female = "female", "女", "female";
    }
}

wire_enum! {
    /// Kind of post; retirement ages depend on it (1.1c).
    PostKind {
        Professional = "professional", "专业技术或管理岗位", "professional or managerial post";
        Worker = "worker", "工勤技能岗位", "worker's post";
    }
}

wire_enum! {
    /// Result of a yearly appraisal (4.7a).
    AppraisalResult {
        Excellent = "excellent", "优秀", "excellent";
        Pass = "pass", "合格", "pass";
        BasicPass = "basic_pass", "基本合格", "basic pass";
        Fail = "fail", "不合格", "fail";
        NotRated = "not_rated", "不定等次", "not rated";
    }
}

impl Role {
    /// Whether programs may hold the role. Applicants, experts and administrators are persons.
    #[must_use]
    pub const fn is_for_programs(self) -> bool {
        !matches!(self, Self::Applicant | Self::Expert) && !self.is_administrator()
    }
}

wire_enum! {
    /// Whose an account is.
    AccountKind {
        Person = "person", "个人", "a person's";
        Service = "service", "服务账号", "a program's: an OAuth client";
    }
}

wire_enum! {
    /// Whether an account can sign in.
    AccountStatus {
        Active = "active", "正常", "active";
        Suspended = "suspended", "停用", "suspended";
    }
}

wire_enum! {
    /// Whether an organisation takes part.
    OrganisationStatus {
        Active = "active", "正常", "active";
        Closed = "closed", "停用", "closed";
    }
}
