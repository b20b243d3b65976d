//! Accounts, organisations and memberships over HTTP.

mod identity;

use super::record::{AccountRow, Error, MembershipRow, OrganisationRow, Refusal};
use super::service::{self, NewAccount, NewOrganisation};
use super::store::OrganisationFilter;
use crate::authz::perm;
use crate::context::Cx;
use crate::http::{
    Allowed, Answer, Body, Created, Cursor, IdempotencyKey, IfMatch, NoContent, Outcome, Path, Public, Query,
    RecentlyAuthenticated, Resource, Routes, SignedIn, page, page_limit, routes,
};
use crate::problem::{Code, Problem};
use serde::{Deserialize, Serialize};
use title_review_core::clock::Instant;
use title_review_core::findings::{Finding, Text};
use title_review_core::identity_numbers::{holds_number, mask_id_number, mask_phone};
use title_review_core::ids::{AccountId, MembershipId, OrganisationId};
use title_review_core::person_names::person_name;
use title_review_core::vocabulary::{AccountKind, AccountStatus, OrganisationKind, OrganisationStatus, Ownership, Role};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

/// An applicant who registers.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AccountCreate {
    /// Letters, digits, `.`, `_`, `-`; no resident ID, no phone number. Kept in lower case: `Admin` is `admin`.
    #[validate(length(min = 3, max = 64), custom(function = "check_login"))]
    #[schema(min_length = 3, max_length = 64, pattern = "^[A-Za-z0-9._-]+$", example = "applicant-1")]
    pub login: String,
    /// As `GET /v1/password-policy` asks.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: String,
    /// Name as on the resident ID: letters, and `·` (U+00B7) between parts of a name. Notices, forms and the certificate say it.
    #[validate(custom(function = "person_name"))]
    #[schema(min_length = 1, max_length = 50, example = "申报人甲")]
    pub name: String,
    /// Resident ID (GB 11643).
    #[schema(pattern = "^[0-9]{17}[0-9Xx]$", example = "11010519491231002X")]
    pub id_number: String,
    /// Mobile phone.
    #[validate(custom(function = "check_phone"))]
    #[schema(pattern = "^1[0-9]{10}$", example = "13800000000")]
    pub phone: String,
}

/// A member of staff whom an administrator enters.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StaffAccountCreate {
    /// Letters, digits, `.`, `_`, `-`; no resident ID, no phone number. Kept in lower case: `Admin` is `admin`.
    #[validate(length(min = 3, max = 64), custom(function = "check_login"))]
    #[schema(min_length = 3, max_length = 64, pattern = "^[A-Za-z0-9._-]+$", example = "clerk-1")]
    pub login: String,
    /// As `GET /v1/password-policy` asks. Without one nobody signs in until the security administrator has the person set their own, by a reset: then whoever
    /// enters an account never knows its password.
    #[validate(length(min = 1, max = 128))]
    #[schema(min_length = 8, max_length = 128, format = Password)]
    pub password: Option<String>,
    /// Name, as on the resident ID.
    #[validate(custom(function = "person_name"))]
    #[schema(min_length = 1, max_length = 50, example = "经办人甲")]
    pub name: String,
    /// Mobile phone.
    #[validate(custom(function = "check_phone"))]
    #[schema(pattern = "^1[0-9]{10}$", example = "13800000001")]
    pub phone: Option<String>,
}

/// Whether an account can sign in.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AccountStatusUpdate {
    /// The new status.
    pub status: AccountStatus,
}

fn check_login(login: &str) -> Result<(), ValidationError> {
    let plain = login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !plain {
        return Err(ValidationError::new("login").with_message("账号只含字母、数字和 . _ -".into()));
    }
    // Logins are no secret: they stand in lists, in the database and in addresses.
    check_no_number(login)
}

/// Refuses a text that holds a resident ID or a phone number.
fn check_no_number(text: &str) -> Result<(), ValidationError> {
    if holds_number(text) {
        Err(ValidationError::new("number_in_text").with_message(Code::NumberInText.zh().into()))
    } else {
        Ok(())
    }
}

fn check_phone(phone: &str) -> Result<(), ValidationError> {
    let mobile = phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|byte| byte.is_ascii_digit());
    if mobile { Ok(()) } else { Err(ValidationError::new("phone").with_message("手机号须为 11 位数字".into())) }
}

/// A role and where it is held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// Who holds it.
    pub account_id: AccountId,
    /// Where; null for roles held in no organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Which.
    pub role: Role,
    /// Since when.
    pub since: Instant,
}

impl Resource for Membership {}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self { id: row.id, account_id: row.account_id, organisation_id: row.organisation_id, role: row.role, since: row.created_at }
    }
}

/// An account. Resident ID and phone are shown masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What its owner signs in with.
    pub login: String,
    /// Name.
    pub name: String,
    /// A person's or a program's.
    pub kind: AccountKind,
    /// Whether it can sign in.
    pub status: AccountStatus,
    /// Masked in its middle; null when none is known.
    #[schema(example = "110105********002X")]
    pub id_number_masked: Option<String>,
    /// Masked in its middle; null when none is known.
    #[schema(example = "138****0000")]
    pub phone_masked: Option<String>,
    /// Roles held now.
    pub memberships: Vec<Membership>,
    /// When it was made.
    pub created_at: Instant,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Account {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/accounts/{}", self.id))
    }
}

fn account_view(cx: &mut Cx<'_>, row: AccountRow, memberships: Vec<Membership>) -> Result<Account, Problem> {
    let (id_number, phone) = (service::id_number_of(cx, &row)?, service::phone_of(cx, &row)?);
    Ok(Account {
        id: row.id,
        login: row.login,
        name: row.name,
        kind: row.kind,
        status: row.status,
        id_number_masked: id_number.as_deref().map(mask_id_number),
        phone_masked: phone.as_deref().map(mask_phone),
        memberships,
        created_at: row.created_at,
        version: row.version,
    })
}

fn account_with_roles(cx: &mut Cx<'_>, row: AccountRow) -> Result<Account, Problem> {
    let memberships = service::list_members(cx, Some(row.id), None)?;
    account_view(cx, row, memberships.into_iter().map(Membership::from).collect())
}

/// An account in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountSummary {
    /// Its id.
    pub id: AccountId,
    /// What its owner signs in with.
    pub login: String,
    /// Name.
    pub name: String,
    /// A person's or a program's.
    pub kind: AccountKind,
    /// Whether it can sign in.
    pub status: AccountStatus,
}

page!(
    /// Accounts, by id.
    AccountPage of AccountSummary
);

/// 申报人注册 / Register as an applicant
///
/// A resident ID that an account has is refused; its owner is told of it (notice `account.resident_id_claimed`), and an address from which that happens again
/// and again registers nobody for some minutes (429). Whoever finds their own number taken asks the office: a security administrator gives it back.
#[utoipa::path(post, path = "/v1/accounts", tag = "identity", extensions(("x-problems" = json!(["weak_password", "invalid_resident_id", "login_taken", "resident_id_taken", "registration_closed"]))))]
pub async fn create_account(call: Public, key: IdempotencyKey, body: Body<AccountCreate>) -> Outcome<Created<Account>> {
    if !call.app.config.auth.registration {
        return Err(Code::RegistrationClosed.into());
    }
    let new = body.value;
    let password_hash = service::hash_password(&call.app, &new.login, new.password).await?;
    let new =
        NewAccount { login: new.login, password_hash, name: new.name, id_number: Some(new.id_number), phone: Some(new.phone) };
    call.write_once_or_refuse(key, &body.fingerprint, move |cx| match service::register(cx, &new)? {
        Ok(row) => account_with_roles(cx, row).map(Ok),
        Err(refused) => Ok(Err(refused)),
    })
    .await
}

/// 登记工作人员账号 / Enter a member of staff
#[utoipa::path(post, path = "/v1/staff-accounts", tag = "identity", extensions(("x-problems" = json!(["weak_password", "login_taken"]))))]
pub async fn create_staff_account(
    call: Allowed<perm::AccountManage>,
    key: IdempotencyKey,
    body: Body<StaffAccountCreate>,
) -> Outcome<Created<Account>> {
    let new = body.value;
    let password_hash = match new.password {
        None => service::NO_PASSWORD.to_owned(),
        Some(password) => service::hash_password(&call.app, &new.login, password).await?,
    };
    let new = NewAccount { login: new.login, password_hash, name: new.name, id_number: None, phone: new.phone };
    call.write_once(key, &body.fingerprint, move |cx| {
        let row = service::create_account(cx, &new, false)?;
        account_with_roles(cx, row)
    })
    .await
}

/// 本人账号 / The own account
#[utoipa::path(get, path = "/v1/me", tag = "identity")]
pub async fn get_me(call: SignedIn) -> Outcome<Answer<Account>> {
    call.read(|cx| {
        let id = cx.principal.account.ok_or(Code::Unauthenticated)?;
        let row = service::find_account(cx, id)?;
        account_with_roles(cx, row)
    })
    .await
    .map(Into::into)
}

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountQuery {
    /// This login, in whatever case.
    pub login: Option<String>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 账号列表 / List accounts
#[utoipa::path(get, path = "/v1/accounts", tag = "identity", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_accounts(call: Allowed<perm::AccountRead>, query: Query<AccountQuery>) -> Outcome<Answer<AccountPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = format!("accounts|{:?}", query.login);
        let keys = &cx.app.clone().keys;
        let after = Cursor::read(keys, &filter, query.cursor.as_deref())?;
        let rows = service::list_accounts(cx, query.login.as_deref(), after, limit + 1)?;
        AccountPage::of(
            rows,
            limit,
            keys,
            &filter,
            |row| row.id,
            |row| AccountSummary { id: row.id, login: row.login, name: row.name, kind: row.kind, status: row.status },
        )
    })
    .await
    .map(Into::into)
}

/// 账号 / Get an account
#[utoipa::path(get, path = "/v1/accounts/{account_id}", tag = "identity")]
pub async fn get_account(call: Allowed<perm::AccountRead>, id: Path<AccountId>) -> Outcome<Answer<Account>> {
    call.read(move |cx| {
        let row = service::find_account(cx, id.0)?;
        account_with_roles(cx, row)
    })
    .await
    .map(Into::into)
}

/// 停用或恢复账号 / Suspend or restore an account
///
/// Its sessions end at once.
#[utoipa::path(put, path = "/v1/accounts/{account_id}/status", tag = "identity")]
pub async fn update_account_status(
    call: RecentlyAuthenticated<perm::RoleManage>,
    id: Path<AccountId>,
    if_match: IfMatch,
    body: Body<AccountStatusUpdate>,
) -> Outcome<Answer<Account>> {
    call.write(move |cx| {
        let row = service::set_account_status(cx, id.0, if_match.version(), body.value.status)?;
        account_with_roles(cx, row)
    })
    .await
    .map(Into::into)
}

/// What is said of an organisation.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OrganisationCreate {
    /// What it is in the review.
    pub kind: OrganisationKind,
    /// Who owns it; `none` unless it is an enterprise.
    pub ownership: Ownership,
    /// Full name.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "测绘院（示例）")]
    pub name: String,
    /// Unified social credit code (GB 32100).
    #[schema(pattern = "^[0-9A-HJ-NPQRTUWXY]{18}$", example = "91350100M000100Y43")]
    pub credit_code: String,
    /// GB/T 2260 code of where it is registered.
    #[validate(length(equal = 6))]
    #[schema(pattern = "^[0-9]{6}$", example = "652901")]
    pub region: String,
    /// The supervising department above it.
    pub parent_id: Option<OrganisationId>,
    /// Managed like the civil service (1.1c).
    #[serde(default)]
    pub civil_service_managed: bool,
    /// Whether it takes part; `active` when omitted.
    pub status: Option<OrganisationStatus>,
}

impl From<OrganisationCreate> for NewOrganisation {
    fn from(body: OrganisationCreate) -> Self {
        Self {
            kind: body.kind,
            ownership: body.ownership,
            name: body.name,
            credit_code: body.credit_code,
            region: body.region,
            parent_id: body.parent_id,
            civil_service_managed: body.civil_service_managed,
            status: body.status.unwrap_or(OrganisationStatus::Active),
        }
    }
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What it is in the review.
    pub kind: OrganisationKind,
    /// Who owns it.
    pub ownership: Ownership,
    /// Full name.
    pub name: String,
    /// Unified social credit code.
    pub credit_code: String,
    /// GB/T 2260 code.
    pub region: String,
    /// The supervising department above it.
    pub parent_id: Option<OrganisationId>,
    /// Managed like the civil service.
    pub civil_service_managed: bool,
    /// Whether it takes part.
    pub status: OrganisationStatus,
    /// Rises with each change; the ETag.
    pub version: i64,
}

impl Resource for Organisation {
    const VERSIONED: bool = true;
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/v1/organisations/{}", self.id))
    }
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            ownership: row.ownership,
            name: row.name,
            credit_code: row.credit_code,
            region: row.region,
            parent_id: row.parent_id,
            civil_service_managed: row.civil_service_managed,
            status: row.status,
            version: row.version,
        }
    }
}

page!(
    /// Organisations, by id.
    OrganisationPage of Organisation
);

/// Which organisations.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OrganisationQuery {
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
    /// Of this ownership.
    pub ownership: Option<Ownership>,
    /// Registered in this region.
    pub region: Option<String>,
    /// Directly below this one.
    pub parent_id: Option<OrganisationId>,
    /// With exactly this credit code.
    pub credit_code: Option<String>,
    /// With this status.
    pub status: Option<OrganisationStatus>,
    /// Rows on the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// 登记机构 / Register an organisation
#[utoipa::path(post, path = "/v1/organisations", tag = "organisations", extensions(("x-problems" = json!(["already_exists", "invalid_credit_code"]))))]
pub async fn create_organisation(
    call: Allowed<perm::OrganisationManage>,
    key: IdempotencyKey,
    body: Body<OrganisationCreate>,
) -> Outcome<Created<Organisation>> {
    let new = NewOrganisation::from(body.value);
    call.write_once(key, &body.fingerprint, move |cx| service::create_organisation(cx, &new).map(Organisation::from)).await
}

/// 机构列表 / List organisations
#[utoipa::path(get, path = "/v1/organisations", tag = "organisations", extensions(("x-problems" = json!(["invalid_cursor"]))))]
pub async fn list_organisations(
    call: Allowed<perm::OrganisationRead>,
    query: Query<OrganisationQuery>,
) -> Outcome<Answer<OrganisationPage>> {
    let query = query.0;
    let limit = page_limit(query.limit)?;
    call.read(move |cx| {
        let filter = OrganisationFilter {
            kind: query.kind,
            ownership: query.ownership,
            region: query.region,
            parent_id: query.parent_id,
            credit_code: query.credit_code,
            status: query.status,
        };
        let bound = format!("organisations|{filter:?}");
        let keys = &cx.app.clone().keys;
        let after = Cursor::read(keys, &bound, query.cursor.as_deref())?;
        let rows = service::list_organisations(cx, filter, after, limit + 1)?;
        OrganisationPage::of(rows, limit, keys, &bound, |row| row.id, Organisation::from)
    })
    .await
    .map(Into::into)
}

/// 机构 / Get an organisation
#[utoipa::path(get, path = "/v1/organisations/{organisation_id}", tag = "organisations")]
pub async fn get_organisation(call: Allowed<perm::OrganisationRead>, id: Path<OrganisationId>) -> Outcome<Answer<Organisation>> {
    call.read(move |cx| service::find_organisation(cx, id.0).map(Organisation::from)).await.map(Into::into)
}

/// 修改机构 / Replace an organisation
#[utoipa::path(put, path = "/v1/organisations/{organisation_id}", tag = "organisations", extensions(("x-problems" = json!(["already_exists", "invalid_credit_code"]))))]
pub async fn update_organisation(
    call: Allowed<perm::OrganisationManage>,
    id: Path<OrganisationId>,
    if_match: IfMatch,
    body: Body<OrganisationCreate>,
) -> Outcome<Answer<Organisation>> {
    let new = NewOrganisation::from(body.value);
    call.write(move |cx| service::update_organisation(cx, id.0, if_match.version(), &new).map(Organisation::from))
        .await
        .map(Into::into)
}

/// A role to give.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MembershipCreate {
    /// To whom.
    pub account_id: AccountId,
    /// Where; omitted for roles held in no organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Which.
    pub role: Role,
}

/// 授予角色 / Give a role
#[utoipa::path(post, path = "/v1/memberships", tag = "organisations", extensions(("x-problems" = json!(["already_exists", "administrator_apart"]))))]
pub async fn create_membership(
    call: RecentlyAuthenticated<perm::RoleManage>,
    key: IdempotencyKey,
    body: Body<MembershipCreate>,
) -> Outcome<Created<Membership>> {
    let MembershipCreate { account_id, organisation_id, role } = body.value;
    call.write_once(key, &body.fingerprint, move |cx| {
        service::add_membership(cx, account_id, organisation_id, role).map(Membership::from)
    })
    .await
}

/// 收回角色 / End a role
///
/// The account's sessions end at once.
#[utoipa::path(delete, path = "/v1/memberships/{membership_id}", tag = "organisations")]
pub async fn delete_membership(call: RecentlyAuthenticated<perm::RoleManage>, id: Path<MembershipId>) -> Outcome<NoContent> {
    call.write(move |cx| service::end_membership(cx, id.0)).await?;
    Ok(NoContent)
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::ResidentIdTaken => {
                Self::field(Code::ResidentIdTaken, "/id_number", Code::ResidentIdTaken.zh(), Code::ResidentIdTaken.en())
            }
            Refusal::Locked { seconds } => {
                let mut problem = Self::new(Code::TooManyRequests);
                problem.retry_after = Some(seconds);
                problem
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::LoginTaken => Self::field(Code::LoginTaken, "/login", Code::LoginTaken.zh(), Code::LoginTaken.en()),
            Error::ResidentIdTaken => Refusal::ResidentIdTaken.into(),
            Error::CreditCodeTaken => Self::new(Code::AlreadyExists).finding(Finding::field(
                "/credit_code",
                Code::AlreadyExists.as_str(),
                Text::new("该信用代码已登记", "the credit code is registered already"),
            )),
            Error::MembershipExists => Code::AlreadyExists.into(),
            Error::AdministratorApart => Code::AdministratorApart.into(),
            Error::Invalid(findings) => {
                // One kind of finding: its own code; several: the general one.
                let code = findings.first().and_then(|first| Code::find(&first.code)).filter(|_| findings.len() == 1);
                Self::new(code.unwrap_or(Code::InvalidBody)).findings(findings)
            }
            Error::OwnIdentity => Code::OwnIdentity.into(),
            Error::NotFound => Code::NotFound.into(),
            Error::Version(mismatch) => mismatch.into(),
            Error::ChangedMeanwhile => Code::StaleVersion.into(),
            Error::WeakPassword(findings) => Self::new(Code::WeakPassword).findings(findings),
            Error::Hashing(error) => error.into(),
            Error::Keys(error) => Self::internal(&error),
            Error::Db(error) => error.into(),
        }
    }
}

/// Adds the operations of this module.
pub fn routes(list: &mut Routes) {
    identity::routes(list);
    list.require::<super::Directory>();
    list.require::<crate::credentials::Hasher>();
    routes!(
        list;
        create_account, create_staff_account, get_me, list_accounts, get_account, update_account_status,
        create_organisation, list_organisations, get_organisation, update_organisation, create_membership, delete_membership,
    );
}
