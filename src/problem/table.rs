//! The table: code, status, titles, what it means, what to do.

/// Declares the closed set of problem codes.
macro_rules! problems {
    ($($(#[$meta:meta])* $variant:ident = $status:literal, $code:literal, $clause:expr, $zh:literal, $en:literal;)+) => {
        /// A row of the problem table. The code never changes once published.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$meta])* #[doc = $en] $variant,)+ }

        impl Code {
            /// Every row, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// HTTP status of the answer.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status,)+ } }

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)+ } }

            /// Clause of the notice that the code enforces, when it enforces one.
            #[must_use]
            pub const fn clause(self) -> Option<&'static str> { match self { $(Self::$variant => $clause,)+ } }

            /// Title in Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)+ } }

            /// Title in English.
            #[must_use]
            pub const fn en(self) -> &'static str { match self { $(Self::$variant => $en,)+ } }

            /// The row of this code.
            #[must_use]
            pub fn find(code: &str) -> Option<Self> { match code { $($code => Some(Self::$variant),)+ _ => None } }
        }
    };
}

problems! {
    // What every API has.
    MalformedJson = 400, "malformed_json", None, "请求体不是有效的 JSON", "The body is not valid JSON";
    UnknownParameter = 400, "unknown_parameter", None, "未知的查询参数", "The query has an unknown parameter";
    InvalidParameter = 400, "invalid_parameter", None, "查询参数无效", "A query parameter is invalid";
    InvalidCursor = 400, "invalid_cursor", None, "分页游标无效或与筛选条件不符", "The cursor is not ours or belongs to another filter";
    InvalidHeader = 400, "invalid_header", None, "请求头无效", "A header is invalid";
    BadRequest = 400, "bad_request", None, "请求无法理解", "The request cannot be understood";
    Unauthenticated = 401, "unauthenticated", None, "需要登录", "Sign in first";
    TokenExpired = 401, "token_expired", None, "访问令牌已过期", "The access token has expired";
    TokenInvalid = 401, "token_invalid", None, "令牌无效", "The token is not valid";
    WrongCredentials = 401, "wrong_credentials", None, "账号或密码不正确", "Login or password is wrong";
    AccountSuspended = 403, "account_suspended", None, "账号已停用", "The account is suspended";
    Forbidden = 403, "forbidden", None, "没有此项权限", "Your roles do not permit this";
    PersonRequired = 403, "person_required", None, "须由本人登录办理，程序令牌不可用", "A person's own session is needed; a token for programs does not do";
    NotFound = 404, "not_found", None, "不存在", "Not found";
    MethodNotAllowed = 405, "method_not_allowed", None, "不支持此方法", "The resource does not have this method";
    NotAcceptable = 406, "not_acceptable", None, "无法提供所要求的格式", "None of the accepted formats can be given";
    RequestTimeout = 408, "request_timeout", None, "请求超时", "The request took too long to arrive";
    Conflict = 409, "conflict", None, "与当前状态冲突", "The request conflicts with the current state";
    AdministratorApart = 409, "administrator_apart", None, "系统、安全、审计管理员不得兼任其他角色", "The system, security and audit administrators hold no other role";
    AlreadyExists = 409, "already_exists", None, "已存在", "It exists already";
    StaleVersion = 412, "stale_version", None, "对象已被修改，请重新读取", "The object has changed since you read it";
    PayloadTooLarge = 413, "payload_too_large", None, "内容过大", "The content is too large";
    UriTooLong = 414, "uri_too_long", None, "地址过长", "The address is too long";
    UnsupportedMediaType = 415, "unsupported_media_type", None, "不支持的内容类型", "The content type is not supported";
    RangeNotSatisfiable = 416, "range_not_satisfiable", None, "请求的范围无法满足", "The range cannot be satisfied";
    InvalidBody = 422, "invalid_body", None, "内容有误", "The body is invalid";
    UnknownField = 422, "unknown_field", None, "含有未知字段", "The body has an unknown field";
    NumberInText = 422, "number_in_text", None, "此处不得填写身份证号或手机号", "No resident ID or phone number may stand here";
    InvalidField = 422, "invalid_field", None, "字段有误", "A field is invalid";
    IdempotencyMismatch = 422, "idempotency_mismatch", None, "幂等键已用于不同的请求", "The idempotency key was used for another request";
    PreconditionRequired = 428, "precondition_required", None, "缺少 If-Match", "If-Match is required";
    IdempotencyKeyRequired = 428, "idempotency_key_required", None, "缺少 Idempotency-Key", "Idempotency-Key is required";
    TooManyRequests = 429, "too_many_requests", None, "请求过于频繁，请稍后再试", "Too many requests; try again later";
    HeadersTooLarge = 431, "headers_too_large", None, "请求头过大", "The headers are too large";
    Internal = 500, "internal", None, "服务器内部错误", "Something went wrong here";
    Unavailable = 503, "unavailable", None, "服务暂不可用", "The service is not available right now";
    NotReady = 503, "not_ready", None, "服务尚未就绪或正在停止", "The server is not ready for requests";

    // Identity.
    SecondFactorRequired = 401, "second_factor_required", None, "需要第二因素验证码", "The account asks for a second factor";
    SecondFactorWrong = 401, "second_factor_wrong", None, "第二因素验证码不正确或已使用", "The code of the second factor is wrong or was used already";
    SecondFactorEnrolmentRequired = 403, "second_factor_enrolment_required", None, "须先绑定第二因素", "Enrol a second factor first";
    PasswordChangeRequired = 403, "password_change_required", None, "密码已到期，须先修改", "The password has expired: change it first";
    SecondFactorEnrolled = 409, "second_factor_enrolled", None, "已绑定第二因素", "A second factor is enrolled already";
    AdministratorReset = 409, "administrator_reset", None, "管理员账户须在服务器上重置（title-review admin reset）", "An administrator's account is reset on the host (`title-review admin reset`)";
    OwnReset = 409, "own_reset", None, "不得为本人重置，须由他人办理", "Nobody resets their own: another security administrator does";
    OwnIdentity = 409, "own_identity", None, "不得更正本人的身份信息，须由其他安全管理员办理", "Nobody corrects who they are themselves: another security administrator does";
    ResetTokenInvalid = 403, "reset_token_invalid", None, "重置令牌无效、已使用或已过期", "The reset token is not valid, was used or has expired";
    PasswordReused = 422, "password_reused", None, "不得使用近期用过的密码", "The password was used before";
    StepUpRequired = 403, "step_up_required", None, "须重新验证身份", "Prove again who you are";
    RegistrationClosed = 403, "registration_closed", None, "未开放自行注册", "Applicants cannot register themselves here";
    SignInLocked = 429, "sign_in_locked", None, "失败次数过多，请稍后再试", "Too many failures; try again later";
    InvalidResidentId = 422, "invalid_resident_id", None, "居民身份证号码有误（GB 11643）", "The resident ID is not valid (GB 11643)";
    InvalidCreditCode = 422, "invalid_credit_code", None, "统一社会信用代码有误（GB 32100）", "The unified social credit code is not valid (GB 32100)";
    WeakPassword = 422, "weak_password", None, "密码不符合要求", "The password does not satisfy the policy";
    LoginTaken = 409, "login_taken", None, "账号已被使用", "The login is taken";
    ResidentIdTaken = 409, "resident_id_taken", None, "该身份证号已注册", "The resident ID is registered already";
    SandboxOnly = 404, "sandbox_only", None, "仅在沙箱模式可用", "Exists in the sandbox only";
    AddressNotAllowed = 403, "address_not_allowed", None, "该令牌不可在此地址使用", "The token may not be used from this address";
    ClientEnded = 409, "client_ended", None, "该客户端已注销", "The client has ended";
    OtherAuthentication = 409, "other_authentication", None, "该客户端以另一种方式认证", "The client proves itself in another way";
    TooManyTokens = 409, "too_many_tokens", None, "令牌数量已达上限，请先注销不用的令牌", "You have as many tokens as one may have; end one first";

    // OAuth 2.0: the words of RFC 6749, section 5.2.
    InvalidRequest = 400, "invalid_request", None, "OAuth 请求有误", "The OAuth request is not well formed";
    InvalidClient = 401, "invalid_client", None, "客户端认证失败", "The client is not authenticated";
    UnauthorizedClient = 400, "unauthorized_client", None, "该客户端不可作此请求", "The client may not do this";
    UnsupportedGrantType = 400, "unsupported_grant_type", None, "不支持的授权类型", "The grant type is not supported";
    InvalidScope = 400, "invalid_scope", None, "所请求的范围无效或未授予", "The scope is unknown, or not one of the client's";

    // The notice as data.
    InvalidCycle = 422, "invalid_cycle", None, "年度定义文件有误", "The cycle definition has errors";
    CommitteeMissing = 409, "committee_missing", Some("2.2"), "该年度尚未指定评审委员会", "The cycle has no committee yet";
    CycleNotPublished = 409, "cycle_not_published", None, "该年度尚未发布", "The cycle is not published";

    // The life of an application.
    WindowClosed = 409, "window_closed", Some("2.1"), "不在申报时间内", "The application window is not open";
    ReviewWindowClosed = 409, "review_window_closed", Some("2.2"), "不在审核时间内", "The review window is not open";
    PaymentWindowClosed = 409, "payment_window_closed", Some("2.3"), "已过缴费截止时间", "The payment window is closed";
    Lapsed = 409, "lapsed", Some("2.1"), "已视为放弃", "The application has lapsed";
    OneApplicationPerYear = 409, "one_application_per_year", Some("4.1d"), "同一年度只能选择一种方式申报一次", "One application of one track per person and year";
    Barred = 409, "barred", Some("1.1d"), "在禁止申报期内", "The person is barred from applying";
    ExamReplacesReview = 422, "exam_replaces_review", Some("1.1b"), "该专业或级别以考代评", "A state exam replaces review here";
    LevelNotOpen = 422, "level_not_open", Some("3.1"), "该级别不在本次评审范围", "The level is not open in this cycle";
    RulesUnmet = 422, "rules_unmet", Some("3.1"), "不符合申报条件或材料不全", "Rules of the notice are unmet";
    DossierIncomplete = 422, "dossier_incomplete", Some("4.2.1a"), "申报材料不完整", "The dossier is not complete";
    GroundsMissing = 422, "grounds_missing", Some("4.3b"), "未列明不符合的条款", "The clauses that are not met are not named";
    DeadlineNotReached = 409, "deadline_not_reached", Some("2.1"), "尚无已到期的期限", "No deadline that does this has passed";
    CommitmentMissing = 409, "commitment_missing", Some("A3"), "尚未签署个人承诺书", "The commitment is not signed";
    StageConflict = 409, "stage_conflict", None, "当前阶段不能进行此操作", "The application's stage does not permit this";
    OutOfTurn = 409, "out_of_turn", Some("4.1b"), "尚未轮到或不由您审核", "It is not your turn to decide";
    ActedOnSince = 409, "acted_on_since", Some("4.1a"), "已有后续办理，不能收回", "Something was done about it since: it cannot be taken back";
    DeadlineNotExtended = 409, "deadline_not_extended", Some("2.1"), "期限未延长", "The deadline by which it lapsed was not extended";
    NotProposed = 409, "not_proposed", Some("4.1a"), "未提出恢复申报", "Its reinstatement has not been proposed";
    SecondPersonRequired = 409, "second_person_required", Some("5.1"), "须由提出人以外的人确认", "Somebody other than who proposed it confirms";
    ProposalDecided = 409, "proposal_decided", Some("5.1"), "该提议已有结果", "The proposal has been decided already";
    SelfReview = 409, "self_review", Some("5.1"), "不得审核本人的申报", "No one decides on their own application";
    SecondStepBySamePerson = 409, "second_step_by_same_person", Some("5.1"), "同一申报的两个环节不得由同一人审核", "Two steps of one application are not decided by one person";
    SubmissionsExhausted = 409, "submissions_exhausted", Some("4.2.1b"), "提交评审委员会审核次数已用完", "No submission to the committee is left";
    CorrectionOverdue = 409, "correction_overdue", Some("4.2.1b"), "已超过退回修改时限", "The time to correct has passed";
    CorrectionUnanswered = 422, "correction_unanswered", Some("4.2.1b"), "尚有修改意见未逐条答复", "A correction has no answer";
    CorrectionPending = 409, "correction_pending", Some("4.2.1b"), "评审委员会的修改意见尚未答复", "Corrections for the committee are pending";
    CorrectionsMissing = 422, "corrections_missing", Some("R1"), "退回须逐条列明修改意见", "A return lists its corrections";
    CorrectionTimeShort = 422, "correction_time_short", Some("4.2.1b"), "修改期限不足通知规定的天数，须确认后退回", "The return leaves less time to correct than the notice gives: confirm it";
    SealsUndeclared = 422, "seals_undeclared", Some("4.2.6"), "未逐项声明已核对签字盖章", "Signature and seal are not declared for each document that asks for them";
    CorrectionToldLate = 422, "correction_told_late", Some("R1"), "再次退回只能针对新的或未改正的问题，否则须说明理由", "A later return names what is new or uncorrected, or says why not earlier";
    OpinionMissing = 422, "opinion_missing", Some("4.3b"), "须填写明确意见", "A clear opinion is required";
    ChecklistIncomplete = 422, "checklist_incomplete", Some("4.3a"), "重点审核内容未逐项填写", "The checklist is not answered item by item";
    FixedSentenceMissing = 422, "fixed_sentence_missing", Some("4.4b"), "用人单位意见须为规定语句", "The employer's opinion must be the notice's sentence";
    PublicityIncomplete = 409, "publicity_incomplete", Some("4.3c"), "单位公示未满规定的工作日", "The employer's publicity has not run its working days";
    PublicityNotCovering = 409, "publicity_not_covering", Some("4.3c"), "没有就现申报的用人单位、专业和级别公示期满的公示", "No finished publicity covers the employer, specialty and level that would be accepted";
    RecommendationMissing = 409, "recommendation_missing", Some("4.3b"), "申报经过的环节没有同意意见", "A step of the chain has not approved the application";
    PostingMissing = 409, "posting_missing", Some("2.4"), "用人单位尚未确认同步公示", "The employer has not confirmed its own posting of the result";
    PublicityTooShort = 422, "publicity_too_short", Some("4.3c"), "公示期少于规定的工作日", "The publicity is shorter than the notice demands";
    ObjectionOpen = 409, "objection_open", Some("4.3c"), "尚有未处理的异议", "An objection is not resolved";
    TooManyObjections = 409, "too_many_objections", None, "待处理的异议过多", "Too many objections wait to be decided";
    ObjectionUpheld = 409, "objection_upheld", Some("4.3c"), "公示异议成立", "An objection was upheld";
    ObjectionDecided = 409, "objection_decided", Some("R7"), "该异议已作出处理", "The objection has been decided already";
    PublicityClosed = 409, "publicity_closed", Some("R7"), "公示已结束，不再受理异议", "The publicity has ended; objections are no longer taken";

    PublicityNotCurrent = 409, "publicity_not_current", Some("4.3c"), "该公示已被替代、撤下或撤回，无可撤回", "The notice does not count any more: there is nothing to withdraw";

    // The registry of continuing education.
    ClientRefReused = 409, "client_ref_reused", None, "该客户端编号已用于不同的内容", "The reference of the client was used for other content";
    InvalidImportName = 422, "invalid_import_name", None, "导入名称须为 1 至 64 个小写字母、数字或连字符", "The name of an import has 1 to 64 lower-case letters, digits or hyphens";
    ImportNameUsed = 409, "import_name_used", None, "该导入名称已用于其他文件或参数", "The name of the import was used for another file or other parameters";
    ImportUnreadable = 422, "import_unreadable", None, "文件无法读取", "The file cannot be read";
    TooManyImports = 409, "too_many_imports", None, "已有三个导入尚未结束", "Three imports have not ended yet";
    ImportNotClean = 422, "import_not_clean", None, "导入未全部成功", "Not every line of the import is good";
    ImportNotEnded = 409, "import_not_ended", None, "导入尚未结束", "The import has not come to rest";
    ImportErased = 409, "import_erased", None, "文件内容已按期清除", "The rows of the file were erased after their time";
    RecordWithdrawn = 409, "record_withdrawn", None, "该记录已撤回", "The record was withdrawn already";

    // Attachments.
    UnknownCategory = 422, "unknown_category", Some("4.2.6"), "材料类别不在清单内", "The category is not on the evidence list";
    DisguisedFile = 422, "disguised_file", Some("4.2.1a"), "文件内容与类型不符", "The file is not what it claims to be";
    ImageTooLarge = 422, "image_too_large", Some("4.2.1a"), "图像尺寸超出限制", "The image has too many pixels";
    EmptyFile = 422, "empty_file", Some("4.2.1a"), "文件为空", "The file is empty";
    NotDeclassified = 422, "not_declassified", Some("4.2.3b"), "未声明已脱密", "The declaration of declassification is missing";
    VerificationCodeInvalid = 422, "verification_code_invalid", Some("4.2.2"), "学信网验证码格式有误", "The CHSI verification code has the wrong form";
    StorageQuota = 409, "storage_quota", None, "上传的文件总量已达上限", "As many bytes are kept as are of one application or person";
    TooManyFiles = 409, "too_many_files", Some("4.2.6"), "该类别的文件已达上限", "The category has as many files as it takes";
    AttachmentEnded = 409, "attachment_ended", None, "该材料已被替换或删除", "The attachment was replaced or deleted";
    TooManyParts = 422, "too_many_parts", None, "一次只能上传一个文件", "One file per upload";

    // Payment, originals, defence.
    OrderPaid = 409, "order_paid", Some("4.6"), "该订单已缴费", "The order is paid already";
    OrderNotPaid = 409, "order_not_paid", Some("4.6"), "该订单未缴费，无可冲销", "The order is not paid: there is nothing to reverse";
    MoneySettles = 409, "money_settles", Some("4.6"), "该款项与订单相符，请直接确认缴费", "The money settles its order: confirm the payment";
    MoneyNotHeld = 409, "money_not_held", Some("4.6"), "该款项已退款或已入账", "The money was refunded or booked already";
    ReferenceUsed = 409, "reference_used", Some("4.6"), "该缴费凭证号已使用", "The payment reference is used already";
    AmountMismatch = 422, "amount_mismatch", Some("4.6"), "金额与应缴不符", "The amount is not the fee";
    OriginalsComplete = 409, "originals_complete", Some("4.4a"), "原件已全部收讫", "Every original is in already";
    UnknownOriginal = 422, "unknown_original", Some("4.4a"), "不在原件清单内", "Not on the list of originals";
    OriginalNotReceived = 409, "original_not_received", Some("4.4a"), "该原件未登记收讫", "The original is not on record as received";
    DefenceNotRequired = 409, "defence_not_required", Some("4.5"), "该级别免于答辩", "This level does not defend";
    DefenceMissing = 409, "defence_missing", Some("4.5"), "尚未答辩", "The defence has not been held";

    // The meeting and its result.
    CommitteeTooSmall = 422, "committee_too_small", Some("R2"), "评审委员会人数不足", "The committee is too small";
    QuorumMissing = 409, "quorum_missing", Some("R3"), "出席人数不足三分之二", "Fewer than two thirds of the members are present";
    TallyInvalid = 422, "tally_invalid", Some("R4"), "票数与出席人数不符", "The votes do not add up to the experts present";
    TallyMissing = 409, "tally_missing", Some("R4"), "未登记表决结果", "No tally is recorded for this candidate";
    GroundMissing = 409, "ground_missing", Some("A3"), "没有已认定的弄虚作假或成立的异议", "Neither fraud nor an upheld objection is on record";
    PublicityRunning = 409, "publicity_running", Some("4.3c"), "公示正在进行，或有异议未了，不能变更用人单位", "A publicity is running, or an objection stands: the employer does not change";
    TransferPending = 409, "transfer_pending", Some("4.3c"), "已有待新单位接收的变更申请", "A transfer of this application waits for its new employer already";
    TransferDecided = 409, "transfer_decided", Some("4.3c"), "该变更申请已办结", "The transfer was accepted, declined or withdrawn";
    NeverSubmitted = 409, "never_submitted", Some("A3"), "该申报从未提交", "The application was never submitted";
    FraudDecided = 409, "fraud_decided", Some("A3"), "已作出弄虚作假认定", "Fraud is decided on this application already";
    FraudNotDecided = 409, "fraud_not_decided", Some("R10"), "没有已作出的弄虚作假认定", "No fraud decision is on record";
    MeetingNotBegun = 409, "meeting_not_begun", Some("2.4"), "会议尚未开始", "The meeting has not begun";
    QuorumPresent = 409, "quorum_present", Some("R3"), "出席人数已达法定人数，会议不予改期", "The meeting has its quorum: it is not adjourned";
    MeetingBegun = 409, "meeting_begun", Some("2.4"), "会议已开始", "The meeting has begun";
    MeetingCancelled = 409, "meeting_cancelled", Some("2.4"), "会议已取消", "The meeting was cancelled";
    MeetingNotEmpty = 409, "meeting_not_empty", Some("2.4"), "会议名单上还有申报，须先移出", "Applications are on the list of the meeting: take them off first";
    MeetingClosed = 409, "meeting_closed", Some("R6"), "会议已结束", "The meeting is closed";
    CapSettled = 409, "cap_settled", Some("4.8"), "本年度的通过名额已核定", "The caps of the cycle are settled";
    CapCandidatesWaiting = 409, "cap_candidates_waiting", Some("4.8"), "还有申报可能上会", "Applications may still come before a meeting";
    MeetingsOpen = 409, "meetings_open", Some("4.8"), "还有会议未结束", "Meetings of the cycle are not closed";
    CandidateNotReady = 409, "candidate_not_ready", Some("4.4a"), "该申报尚不能上会", "The application is not ready for the meeting";
}
