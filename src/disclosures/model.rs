//! What may be disclosed of a person, to whom it is shown whole, and what for.

use serde_json::{Value, json};
use title_review_core::ids::{ApplicationId, AttachmentId};
use title_review_core::vocabulary::wire_enum;

/// Kind of the object of every row of the record that is about somebody's data as such; its id is the account's. Migrations and queries name it.
pub const OBJECT: &str = "personal_data";

wire_enum! {
    /// A field that is shown masked.
    PersonalField {
        IdNumber = "id_number", "居民身份证号码", "resident ID";
        Phone = "phone", "手机号", "mobile phone";
    }
}

wire_enum! {
    /// What somebody's number is looked at for.
    Purpose {
        Identity = "identity", "核对身份", "to check who the person is";
        Contact = "contact", "联系本人", "to reach the person";
        Originals = "originals", "核对原件", "to compare originals with the dossier";
        Objection = "objection", "核查异议或举报", "to look into an objection or a report";
        Supervision = "supervision", "监督检查", "to supervise";
        Law = "law", "依法提供", "because a law demands it";
    }
}

wire_enum! {
    /// What was seen.
    ViewKind {
        Identity = "identity", "完整身份信息", "numbers in full";
        Dossier = "dossier", "申报材料内容", "a dossier";
        Attachment = "attachment", "材料文件", "the content of a file";
        Export = "export", "本人数据导出", "the export of one's own data";
    }
}

impl ViewKind {
    /// The act as it is on record.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Identity => "personal_data.view_identity",
            Self::Dossier => "personal_data.view_dossier",
            Self::Attachment => "personal_data.view_attachment",
            Self::Export => "personal_data.export",
        }
    }

    /// What an act on record was.
    #[must_use]
    pub fn of_action(action: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.action() == action)
    }
}

/// What is seen, and what for.
#[derive(Debug, Clone)]
pub struct View {
    /// What kind of thing.
    pub kind: ViewKind,
    /// Of which application.
    pub application: Option<ApplicationId>,
    /// Which file.
    pub attachment: Option<AttachmentId>,
    /// Which fields in full.
    pub fields: Vec<PersonalField>,
    /// What for; kinds that ask for it.
    pub purpose: Option<(Purpose, String)>,
}

impl View {
    /// Of this kind and application, without more to say.
    #[must_use]
    pub const fn of(kind: ViewKind, application: Option<ApplicationId>) -> Self {
        Self { kind, application, attachment: None, fields: Vec::new(), purpose: None }
    }

    /// As it stands in the record.
    #[must_use]
    pub fn detail(&self) -> Value {
        let (purpose, reason) = self.purpose.as_ref().map(|(purpose, reason)| (purpose.as_str(), reason.as_str())).unzip();
        json!({
            "application": self.application, "attachment": self.attachment, "fields": self.fields, "purpose": purpose, "reason": reason,
        })
    }
}
