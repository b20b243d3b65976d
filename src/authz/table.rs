//! The table.

use title_review_core::vocabulary::{Role, wire_enum};

wire_enum! {
    /// Whose rows a role reaches with a permission.
    Scope {
        Own = "own", "本人", "the person's own";
        Organisation = "organisation", "本单位", "those of the own organisation";
        Chain = "chain", "由本单位审核", "those in whose chain the own organisation reviews";
        Committee = "committee", "本评审委员会", "those of the committee's cycles";
        Bureau = "bureau", "本局的评审委员会", "those of the cycles of the bureau's committees";
        All = "all", "全部", "all";
    }
}

/// Declares the permissions: wire name, meaning, and the roles that hold them with whose rows.
macro_rules! permissions {
    ($($variant:ident = $wire:literal, $zh:literal, [$($role:ident: $scope:ident),+ $(,)?];)+) => {
        /// A row of the authorization table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $(#[doc = $zh] $variant,)+ }

        impl Permission {
            /// Every permission, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name published as `x-permission`.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $wire,)+ } }

            /// What it permits, in Chinese.
            #[must_use]
            pub const fn zh(self) -> &'static str { match self { $(Self::$variant => $zh,)+ } }

            /// Roles that hold it, each with whose rows.
            #[must_use]
            pub const fn holders(self) -> &'static [(Role, Scope)] {
                match self { $(Self::$variant => &[$((Role::$role, Scope::$scope)),+],)+ }
            }
        }

        /// The permissions as types.
        pub mod perm {
            use super::super::Permit;
            use super::Permission;
            $(
                #[doc = $zh]
                pub struct $variant;
                impl Permit for $variant { const PERMISSION: Permission = Permission::$variant; }
            )+
        }
    };
}

permissions! {
    ProfileEdit = "profile.edit", "填写个人资料", [Applicant: Own];
    ApplicationCreate = "application.create", "新建申报", [Applicant: Own];
    ApplicationEdit = "application.edit", "编辑、提交、撤回本人申报", [Applicant: Own];
    ApplicationRead = "application.read", "查看申报", [
        Applicant: Own, EmployerClerk: Organisation, Reviewer: Chain, CommitteeOffice: Committee, Supervisor: All,
    ];
    ApplicationDecide = "application.decide", "审核申报", [
        EmployerClerk: Organisation, Reviewer: Chain, CommitteeOffice: Committee,
    ];
    IdentityView = "identity.view", "查看申报人完整身份证号、手机号", [
        EmployerClerk: Organisation, Reviewer: Chain, CommitteeOffice: Committee, Supervisor: All,
    ];
    AttachmentEdit = "attachment.edit", "上传、替换、删除材料", [Applicant: Own, EmployerClerk: Organisation];
    PublicityManage = "publicity.manage", "张贴公示", [EmployerClerk: Organisation, Reviewer: Chain];
    PostingRead = "posting.read", "查看单位同步公示的确认情况", [EmployerClerk: Organisation, CommitteeOffice: Committee, Supervisor: All];
    PublicityWithdraw = "publicity.withdraw", "撤回公示", [EmployerClerk: Organisation, Reviewer: Chain, CommitteeOffice: Committee];
    ObjectionResolve = "objection.resolve", "处理异议", [EmployerClerk: Organisation, Reviewer: Chain, CommitteeOffice: Committee];
    OrderRead = "order.read", "查看订单", [Applicant: Own, Finance: Bureau, CommitteeOffice: Committee, Supervisor: All];
    OrderConfirm = "order.confirm", "确认、冲销缴费，登记暂存款与退款", [Finance: Bureau];
    OriginalsReceive = "originals.receive", "收讫原件", [CommitteeOffice: Committee];
    DefenceRecord = "defence.record", "登记答辩", [CommitteeOffice: Committee];
    MeetingManage = "meeting.manage", "组织评审会议", [CommitteeOffice: Committee];
    MeetingRead = "meeting.read", "查看评审会议", [CommitteeOffice: Committee, Supervisor: All];
    ResultManage = "result.manage", "会议公示与结果确认", [CommitteeOffice: Committee];
    ProposalMake = "proposal.make", "提议恢复申报、延长时间窗口", [CommitteeOffice: Committee];
    ProposalDecide = "proposal.decide", "确认提议", [Supervisor: All];
    ProposalRead = "proposal.read", "查看提议", [CommitteeOffice: Committee, Supervisor: All];
    SanctionManage = "sanction.manage", "登记处分与弄虚作假认定", [CommitteeOffice: Committee];
    SanctionRead = "sanction.read", "查看处分记录", [CommitteeOffice: Committee, Supervisor: All];
    StudyRecordManage = "study_record.manage", "登记继续教育", [Reviewer: Organisation];
    StudyRecordRead = "study_record.read", "查看继续教育登记", [
        Applicant: Own, Reviewer: Organisation, Supervisor: All,
    ];
    ImportManage = "import.manage", "批量导入", [Reviewer: Organisation, SystemAdministrator: Own];
    CycleManage = "cycle.manage", "维护年度定义", [SystemAdministrator: All];
    OrganisationManage = "organisation.manage", "维护机构", [SystemAdministrator: All];
    OrganisationRead = "organisation.read", "查看机构", [
        Applicant: All, EmployerClerk: All, Reviewer: All, CommitteeOffice: All, Finance: All, Supervisor: All, Expert: All, SystemAdministrator: All, SecurityAdministrator: All, AuditAdministrator: All,
    ];
    AccountRead = "account.read", "查看账号", [SystemAdministrator: All, SecurityAdministrator: All];
    AccountManage = "account.manage", "开设工作账号", [SystemAdministrator: All];
    OperationRead = "operation.read", "查看运行记录", [SystemAdministrator: All];
    RoleManage = "role.manage", "授予、收回角色，停用账号", [SecurityAdministrator: All];
    ClientManage = "client.manage", "维护程序客户端", [SecurityAdministrator: All];
    AuditRead = "audit.read", "查看审计日志", [Supervisor: All, AuditAdministrator: All];
}

impl Permission {
    /// Only a person's own session holds it, whatever roles a token carries: giving power away is no work for programs, and a purpose is a person's.
    #[must_use]
    pub const fn in_person(self) -> bool {
        matches!(
            self,
            Self::AccountManage
                | Self::RoleManage
                | Self::ClientManage
                | Self::IdentityView
                | Self::ProposalMake
                | Self::ProposalDecide
        )
    }
}
