//! Which forms there are, and the fonts that print them.

use title_review_core::vocabulary::wire_enum;
use title_review_papers::{FontError, Fonts};

wire_enum! {
    /// A form that the system prints.
    FormKind {
        ReviewForm = "review_form", "评审表", "review form (4.4a)";
        EmployerPublicity = "employer_publicity", "推荐单位公示", "employer's publicity (A1)";
        Recommendation = "recommendation", "所在单位推荐意见", "employer's recommendation (A2)";
        Commitment = "commitment", "个人承诺书", "commitment (A3)";
        StudyExemption = "study_exemption", "免除继续教育学习申请表", "application for exemption from study (A4)";
        Receipt = "receipt", "原件收讫回执", "receipt of originals";
        ReturnNotice = "return_notice", "退回修改通知", "notice of a return";
        Certificate = "certificate", "任职资格证书", "certificate";
    }
}

wire_enum! {
    /// Why a form cannot be printed now.
    FormObstacle {
        NotAcceptedYet = "not_accepted_yet", "尚未通过形式审核", "formal review has not accepted it";
        NotSubmitted = "not_submitted", "尚未提交", "not submitted yet";
        Ended = "ended", "申报已终止", "the application has ended";
        NoText = "no_text", "通知没有该表的文字", "the notice has no text for it";
        NothingReceived = "nothing_received", "尚未收到原件", "no original is in";
        NotReturned = "not_returned", "没有退回", "it was never returned";
        NoCertificate = "no_certificate", "尚无有效证书", "there is no certificate that holds";
    }
}

/// The fonts, loaded once.
#[derive(Debug)]
pub struct Printer(pub(super) Fonts);

impl Printer {
    /// With the font that comes with the program.
    pub fn built_in() -> Result<Self, FontError> {
        Fonts::built_in().map(Self)
    }
}
