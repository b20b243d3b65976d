//! Use cases: registering, entering organisations, giving and ending roles.

use super::record::{AccountRow, Error, MembershipRow, OrganisationRow, Refusal};
use super::store;
use crate::audit::Outcome;
use crate::authz::Principal;
use crate::context::Version;
use crate::context::{Act, App, Cx, Kept};
use crate::credentials;
use crate::credentials::Hasher;
use crate::credentials::failures;
use crate::credentials::passwords::folded;
use crate::db::{self, Conn};
use crate::keys::{KeyRing, field_aad};
use crate::records::{notices, sanctions};
use serde_json::json;
use title_review_core::findings::{Finding, Text};
use title_review_core::identity_numbers;
use title_review_core::ids::{AccountId, MembershipId, OrganisationId};
use title_review_core::passwords;
use title_review_core::person_names::check_person_name;
use title_review_core::vocabulary::{AccountKind, AccountStatus, OrganisationKind, OrganisationStatus, Ownership, Role};

/// The finding on a resident ID: a row of the problem table.
const INVALID_RESIDENT_ID: &str = "invalid_resident_id";
/// The finding on a credit code: a row of the problem table.
const INVALID_CREDIT_CODE: &str = "invalid_credit_code";

/// A person who is to get an account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What the person signs in with.
    pub login: String,
    /// Hash of the password (PHC string).
    pub password_hash: String,
    /// Name.
    pub name: String,
    /// Resident ID; an applicant has to have one.
    pub id_number: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

fn check_resident_id(number: &str) -> Result<(), Finding> {
    identity_numbers::parse_resident_id(number)
        .map(drop)
        .map_err(|error| Finding::field("/id_number", INVALID_RESIDENT_ID, Text::new(error.zh(), error.to_string())))
}

/// A value of an account, sealed, and its blind index.
fn sealed(keys: &KeyRing, id: AccountId, column: &str, value: &str) -> Result<(String, String), Error> {
    Ok((keys.seal(&field_aad("accounts", id.as_str(), column), value)?, keys.blind_index(column, value)))
}

/// The notice to somebody with whose resident ID another registration was tried.
const CLAIMED: &str = "account.resident_id_claimed";

/// Registers an applicant. Whoever names a resident ID that an account has is refused; that is on record, counted for the network and told to the owner of the
/// account, once until they have read it (docs/decisions/0052).
pub fn register(cx: &mut Cx<'_>, new: &NewAccount) -> Result<Result<AccountRow, Refusal>, Error> {
    let network = failures::network_subject(cx, "registration network");
    if let Some(seconds) = failures::locked_seconds(cx, network.as_deref())? {
        return Ok(Err(Refusal::Locked { seconds }));
    }
    let index = new.id_number.as_deref().map(|number| cx.app.keys.blind_index("id_number", &number.to_uppercase()));
    let holder = index.map(|index| store::find_holder(cx.conn, &index)).transpose()?.flatten();
    let Some(holder) = holder else { return create_account(cx, new, true).map(Ok) };
    cx.changes_only(&[]);
    let most = cx.app.config.auth.registration_failures;
    let locked = network.map(|network| failures::count(cx, &network, most)).transpose()?.unwrap_or_default();
    cx.record_by(
        &Principal::anonymous(),
        Outcome::Refused,
        Act {
            action: "account.create",
            object_kind: "account",
            object_id: holder.to_string(),
            clause: None,
            detail: json!({ "reason": "resident_id_taken", "locked": locked }),
        },
    )?;
    if !notices::is_unread(cx, holder, CLAIMED)? {
        notices::insert(cx, holder, None, CLAIMED, None, &json!({}))?;
    }
    Ok(Err(Refusal::ResidentIdTaken))
}

/// Makes an account. With `applicant` it may apply for itself.
pub fn create_account(cx: &mut Cx<'_>, new: &NewAccount, applicant: bool) -> Result<AccountRow, Error> {
    cx.changes_only(&[]);
    let id_number = new.id_number.as_deref().map(str::to_uppercase);
    let wrong_name = check_person_name(&new.name)
        .map_err(|error| Finding::invalid_field("/name", format!("姓名{}", error.zh()), format!("the name {error}")));
    let findings: Vec<Finding> =
        wrong_name.err().into_iter().chain(id_number.as_deref().and_then(|number| check_resident_id(number).err())).collect();
    if !findings.is_empty() {
        return Err(Error::Invalid(findings));
    }
    let login = folded(&new.login);
    if store::has_login(cx.conn, &login)? {
        return Err(Error::LoginTaken);
    }
    let id = AccountId::new(&*cx.app.ids, cx.now);
    let keys = &cx.app.keys;
    let row = store::NewAccountRow {
        id,
        login: &login,
        name: &new.name,
        password_hash: &new.password_hash,
        kind: AccountKind::Person,
        id_number: id_number.as_deref().map(|number| sealed(keys, id, "id_number", number)).transpose()?,
        id_number_end_index: id_number.as_deref().and_then(|number| end_index(keys, number)),
        phone: new.phone.as_deref().map(|phone| sealed(keys, id, "phone", phone)).transpose()?,
        now: cx.now,
        password_set_at: cx.session_now,
    };
    store::insert_account(cx.conn, row).map_err(|error| {
        if error.is_unique_on("accounts.login") {
            Error::LoginTaken
        } else if error.is_unique_on("accounts.id_number_index") {
            Error::ResidentIdTaken
        } else {
            Error::Db(error)
        }
    })?;
    cx.record(Act {
        action: "account.create",
        object_kind: "account",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "applicant": applicant }),
    })?;
    if applicant {
        add_membership(cx, id, None, Role::Applicant)?;
    }
    find_account(cx, id)
}

/// Characters of a resident ID by which finance finds an order: those that are shown of a masked one.
pub const ID_NUMBER_END: usize = 4;

/// The blind index of the last characters of a resident ID, or of these characters themselves; `None` if the text is shorter.
#[must_use]
pub fn end_index(keys: &KeyRing, number: &str) -> Option<String> {
    let from = number.len().checked_sub(ID_NUMBER_END)?;
    Some(keys.blind_index("id_number_end", &number.get(from..)?.to_uppercase()))
}

/// Works out the index of the last characters for accounts that were there before it was kept. Once, at the start after an upgrade.
pub fn index_ends(conn: &mut Conn, keys: &KeyRing) -> Result<(), db::Error> {
    for (id, sealed) in store::list_without_end_index(conn)? {
        // A value that does not open is refused elsewhere, with its key.
        let number = keys.open(&field_aad("accounts", id.as_str(), "id_number"), &sealed).ok();
        if let Some(index) = number.and_then(|number| end_index(keys, &number)) {
            store::set_end_index(conn, id, &index)?;
        }
    }
    Ok(())
}

/// Makes an account for a program. It has no password and no login that one could sign in with.
pub fn create_service_account(cx: &mut Cx<'_>, name: &str) -> Result<AccountRow, Error> {
    let id = AccountId::new(&*cx.app.ids, cx.now);
    let row = store::NewAccountRow {
        id,
        login: &format!("service:{id}"),
        name,
        password_hash: "-",
        kind: AccountKind::Service,
        id_number: None,
        id_number_end_index: None,
        phone: None,
        now: cx.now,
        password_set_at: cx.session_now,
    };
    store::insert_account(cx.conn, row)?;
    cx.record(Act {
        action: "account.create",
        object_kind: "account",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "kind": AccountKind::Service }),
    })?;
    find_account(cx, id)
}

/// Accounts and organisations that were asked for.
#[derive(Debug)]
pub struct Directory {
    accounts: Kept<AccountId, AccountRow>,
    organisations: Kept<OrganisationId, OrganisationRow>,
}

impl Default for Directory {
    fn default() -> Self {
        Self { accounts: Kept::at_most(2_000), organisations: Kept::at_most(2_000) }
    }
}

/// An account.
pub fn find_account(cx: &mut Cx<'_>, id: AccountId) -> Result<AccountRow, Error> {
    let kept = &cx.app.state::<Directory>().accounts;
    kept.get(cx, id, &[], |cx| store::find_account(cx.conn, id)?.ok_or(Error::NotFound))
}

/// Accounts by id.
pub fn list_accounts(
    cx: &mut Cx<'_>,
    login: Option<&str>,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountRow>, db::Error> {
    store::list_accounts(cx.conn, login, after, limit)
}

fn open(cx: &Cx<'_>, account: &AccountRow, column: &str, sealed: Option<&String>) -> Result<Option<String>, Error> {
    let place = field_aad("accounts", account.id.as_str(), column);
    Ok(sealed.map(|text| cx.app.keys.open(&place, text)).transpose()?)
}

/// The resident ID of an account, opened: for the rules, and to be shown masked. Whoever shows it in full goes by `privacy`.
pub fn id_number_of(cx: &mut Cx<'_>, account: &AccountRow) -> Result<Option<String>, Error> {
    open(cx, account, "id_number", account.id_number_sealed.as_ref())
}

/// The phone of an account, opened: to be shown masked. Whoever shows it in full goes by `privacy`.
pub fn phone_of(cx: &mut Cx<'_>, account: &AccountRow) -> Result<Option<String>, Error> {
    open(cx, account, "phone", account.phone_sealed.as_ref())
}

/// Suspends or restores an account; its sessions end with it.
pub fn set_account_status(cx: &mut Cx<'_>, id: AccountId, read: Version, status: AccountStatus) -> Result<AccountRow, Error> {
    let row = find_account(cx, id)?;
    read.check(row.version)?;
    if !store::set_account_status(cx.conn, id, row.version, status, cx.now)? {
        return Err(Error::ChangedMeanwhile);
    }
    credentials::end_all(cx, id)?;
    cx.record(Act {
        action: "account.set_status",
        object_kind: "account",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "status": status }),
    })?;
    find_account(cx, id)
}

/// What was recorded wrongly of a person; what is `None` stays.
#[derive(Debug, Clone)]
pub struct IdentityCorrection {
    /// Name.
    pub name: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Resident ID.
    pub id_number: Option<String>,
    /// The account gives up its resident ID: it is somebody else's.
    pub release_id_number: bool,
    /// What shows it.
    pub reason: String,
}

/// Corrects who somebody is, on record. Another account's resident ID is not taken, nor is one given up to which sanctions are bound (A3).
pub fn correct_identity(cx: &mut Cx<'_>, id: AccountId, read: Version, wanted: &IdentityCorrection) -> Result<AccountRow, Error> {
    if cx.principal.account == Some(id) {
        return Err(Error::OwnIdentity);
    }
    let row = find_account(cx, id)?;
    read.check(row.version)?;
    let number = wanted.id_number.as_deref().map(str::to_uppercase);
    let mut findings = Vec::new();
    if wanted.name.is_none() && wanted.phone.is_none() && number.is_none() && !wanted.release_id_number {
        findings.push(Finding::invalid_field("/name", "须填写要更正的内容", "say what is to be corrected"));
    }
    if row.kind != AccountKind::Person {
        findings.push(Finding::invalid_field("/name", "程序账号没有身份信息", "the account of a program has no identity"));
    }
    findings.extend(number.as_deref().and_then(|number| check_resident_id(number).err()));
    if wanted.release_id_number {
        let bound = !sanctions::store::list_of_account(cx.conn, id)?.is_empty();
        if let Some((zh, en)) = match (number.is_some(), row.id_number_sealed.is_some(), bound) {
            (true, _, _) => Some(("不能同时填写新的身份证号", "not together with another resident ID")),
            (_, false, _) => Some(("该账号没有身份证号", "the account has no resident ID")),
            (_, _, true) => {
                Some(("该账号有违规处理记录，其身份证号不得释放", "sanctions are bound to the resident ID of the account"))
            }
            _ => None,
        } {
            findings.push(Finding::invalid_field("/release_id_number", zh, en));
        }
    }
    if !findings.is_empty() {
        return Err(Error::Invalid(findings));
    }
    let keys = cx.app.keys.clone();
    let (phone_sealed, phone_index) = wanted.phone.as_deref().map(|phone| sealed(&keys, id, "phone", phone)).transpose()?.unzip();
    let change = store::IdentityChange { name: wanted.name.clone(), phone_sealed, phone_index };
    let numbered = match &number {
        Some(number) => {
            let (sealed, index) = sealed(&keys, id, "id_number", number)?;
            Some(store::NumberChange { sealed: Some(sealed), index: Some(index), end_index: end_index(&keys, number) })
        }
        None => wanted.release_id_number.then(store::NumberChange::default),
    };
    let masked = |number: Option<String>| number.as_deref().map(identity_numbers::mask_id_number);
    let renumbered = number.is_some() || wanted.release_id_number;
    let was = if renumbered { masked(id_number_of(cx, &row)?) } else { None };
    match store::set_identity(cx.conn, id, row.version, (&change, numbered.as_ref()), cx.now) {
        Ok(true) => {}
        Ok(false) => return Err(Error::ChangedMeanwhile),
        Err(error) if error.is_unique_on("accounts.id_number_index") => return Err(Error::ResidentIdTaken),
        Err(error) => return Err(error.into()),
    }
    if renumbered {
        credentials::end_all(cx, id)?;
    }
    let corrected = json!({ "name": wanted.name.is_some(), "phone": wanted.phone.is_some(), "id_number": renumbered });
    cx.record(Act {
        action: "account.correct_identity",
        object_kind: "account",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "corrected": &corrected, "id_number_was": was, "id_number": masked(number), "reason": wanted.reason }),
    })?;
    notices::insert(cx, id, None, "account.correct_identity", None, &corrected)?;
    find_account(cx, id)
}

/// What stands in the place of a hash where nobody can sign in yet: the hash of no password.
pub(super) const NO_PASSWORD: &str = "!";

/// Sets a new password in the place of the one that has this hash; every session of the account ends. False if it was changed meanwhile.
pub fn set_password(cx: &mut Cx<'_>, id: AccountId, present: &str, hash: &str) -> Result<bool, Error> {
    if !store::set_password_hash(cx.conn, id, present, hash, cx.session_now, cx.now)? {
        return Ok(false);
    }
    credentials::end_all(cx, id)?;
    // Whoever has a token of a reset is the account's owner, though not signed in.
    let owner = Principal { account: Some(id), ..Principal::default() };
    let who = if cx.principal.account.is_some() { cx.principal.clone() } else { owner };
    cx.record_by(
        &who,
        Outcome::Done,
        Act { action: "account.set_password", object_kind: "account", object_id: id.to_string(), clause: None, detail: json!({}) },
    )?;
    Ok(true)
}

/// What an administrator says of an organisation.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// What it is in the review.
    pub kind: OrganisationKind,
    /// Who owns it; `none` unless it is an enterprise.
    pub ownership: Ownership,
    /// Full name.
    pub name: String,
    /// GB 32100.
    pub credit_code: String,
    /// GB/T 2260.
    pub region: String,
    /// The supervising department above it; of a committee, its bureau.
    pub parent_id: Option<OrganisationId>,
    /// Managed like the civil service (1.1c).
    pub civil_service_managed: bool,
    /// Whether it takes part.
    pub status: OrganisationStatus,
}

impl NewOrganisation {
    fn row(&self, id: OrganisationId, version: i64) -> OrganisationRow {
        OrganisationRow {
            id,
            kind: self.kind,
            ownership: self.ownership,
            name: self.name.clone(),
            credit_code: self.credit_code.clone(),
            region: self.region.clone(),
            parent_id: self.parent_id,
            civil_service_managed: self.civil_service_managed,
            status: self.status,
            version,
        }
    }
}

fn check_organisation(cx: &mut Cx<'_>, new: &NewOrganisation, id: Option<OrganisationId>) -> Result<(), Error> {
    let mut findings = Vec::new();
    if let Err(error) = identity_numbers::check_credit_code(&new.credit_code) {
        findings.push(Finding::field("/credit_code", INVALID_CREDIT_CODE, Text::new(error.zh(), error.to_string())));
    }
    if (new.kind == OrganisationKind::Enterprise) == (new.ownership == Ownership::None) {
        findings.push(Finding::invalid_field(
            "/ownership",
            "企业须注明所有制，其他机构为 none",
            "an enterprise has an ownership; other organisations have none",
        ));
    }
    if let Some(parent) = new.parent_id {
        let found = store::find_organisation(cx.conn, parent)?;
        let (above, zh, en) = match new.kind {
            OrganisationKind::Committee => (
                OrganisationKind::Bureau,
                "评审委员会的上级须为已登记的局",
                "the parent of a committee is a bureau that is registered",
            ),
            _ => (
                OrganisationKind::SupervisingDepartment,
                "上级须为已登记的主管部门",
                "the parent is a supervising department that is registered",
            ),
        };
        if Some(parent) == id || found.is_none_or(|row| row.kind != above) {
            findings.push(Finding::invalid_field("/parent_id", zh, en));
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(Error::Invalid(findings)) }
}

fn credit_code_taken(error: db::Error) -> Error {
    if error.is_unique_on("organisations.credit_code") { Error::CreditCodeTaken } else { Error::Db(error) }
}

/// Registers an organisation.
pub fn create_organisation(cx: &mut Cx<'_>, new: &NewOrganisation) -> Result<OrganisationRow, Error> {
    cx.changes_only(&[]);
    check_organisation(cx, new, None)?;
    let row = new.row(OrganisationId::new(&*cx.app.ids, cx.now), 1);
    store::insert_organisation(cx.conn, &row, cx.now).map_err(credit_code_taken)?;
    cx.record(Act {
        action: "organisation.create",
        object_kind: "organisation",
        object_id: row.id.to_string(),
        clause: None,
        detail: json!({ "kind": row.kind, "region": row.region }),
    })?;
    Ok(row)
}

/// Replaces what is said of an organisation.
pub fn update_organisation(
    cx: &mut Cx<'_>,
    id: OrganisationId,
    read: Version,
    new: &NewOrganisation,
) -> Result<OrganisationRow, Error> {
    let before = find_organisation(cx, id)?;
    read.check(before.version)?;
    check_organisation(cx, new, Some(id))?;
    let row = new.row(id, before.version + 1);
    if !store::set_organisation(cx.conn, &row, cx.now).map_err(credit_code_taken)? {
        return Err(Error::ChangedMeanwhile);
    }
    cx.principals_changed();
    cx.record(Act {
        action: "organisation.update",
        object_kind: "organisation",
        object_id: id.to_string(),
        clause: None,
        detail: json!({ "kind": row.kind, "region": row.region, "status": row.status }),
    })?;
    Ok(row)
}

/// An organisation.
pub fn find_organisation(cx: &mut Cx<'_>, id: OrganisationId) -> Result<OrganisationRow, Error> {
    let kept = &cx.app.state::<Directory>().organisations;
    kept.get(cx, id, &[], |cx| store::find_organisation(cx.conn, id)?.ok_or(Error::NotFound))
}

/// The organisation with this credit code.
pub fn find_organisation_by_code(cx: &mut Cx<'_>, code: &str) -> Result<Option<OrganisationRow>, db::Error> {
    let filter = store::OrganisationFilter { credit_code: Some(code.to_owned()), ..store::OrganisationFilter::default() };
    Ok(store::list_organisations(cx.conn, filter, None, 1)?.pop())
}

/// Organisations by id.
pub fn list_organisations(
    cx: &mut Cx<'_>,
    filter: store::OrganisationFilter,
    after: Option<OrganisationId>,
    limit: i64,
) -> Result<Vec<OrganisationRow>, db::Error> {
    store::list_organisations(cx.conn, filter, after, limit)
}

/// Gives an account a role; the account's sessions end, so that none goes on with more than it was proved for.
pub fn add_membership(
    cx: &mut Cx<'_>,
    account_id: AccountId,
    organisation_id: Option<OrganisationId>,
    role: Role,
) -> Result<MembershipRow, Error> {
    cx.changes_only(&[]);
    let invalid = |pointer: &str, zh: &str, en: &str| Error::Invalid(vec![Finding::invalid_field(pointer, zh, en)]);
    let Some(account) = store::find_account(cx.conn, account_id)? else {
        return Err(invalid("/account_id", "账号不存在", "there is no such account"));
    };
    if account.kind == AccountKind::Service && !role.is_for_programs() {
        return Err(invalid("/role", "该角色不能由程序担任", "this role is not held by programs"));
    }
    let kinds = role.organisation_kinds();
    match organisation_id {
        None if !kinds.is_empty() => {
            return Err(invalid("/organisation_id", "该角色须在机构中担任", "this role is held in an organisation"));
        }
        Some(_) if kinds.is_empty() => {
            return Err(invalid("/organisation_id", "该角色不属于任何机构", "this role is held in no organisation"));
        }
        Some(id) => {
            let found = store::find_organisation(cx.conn, id)?;
            if found.is_none_or(|row| !kinds.contains(&row.kind)) {
                return Err(invalid(
                    "/organisation_id",
                    "该角色不能在此类机构中担任",
                    "this role is not held in an organisation of that kind",
                ));
            }
        }
        None => {}
    }
    let held = store::list_memberships(cx.conn, Some(account_id), None)?;
    if held.iter().any(|other| other.role != role && (other.role.is_administrator() || role.is_administrator())) {
        return Err(Error::AdministratorApart);
    }
    let row = MembershipRow { id: MembershipId::new(&*cx.app.ids, cx.now), account_id, organisation_id, role, created_at: cx.now };
    store::insert_membership(cx.conn, &row).map_err(|error| match error {
        db::Error::Unique(_) => Error::MembershipExists,
        other => Error::Db(other),
    })?;
    credentials::end_all(cx, account_id)?;
    cx.record(Act {
        action: "membership.create",
        object_kind: "account",
        object_id: account_id.to_string(),
        clause: None,
        detail: json!({ "role": role, "organisation": organisation_id }),
    })?;
    Ok(row)
}

/// Ends a role; the account's sessions end with it.
pub fn end_membership(cx: &mut Cx<'_>, id: MembershipId) -> Result<(), Error> {
    let account = store::set_membership_ended(cx.conn, id, cx.now)?.ok_or(Error::NotFound)?;
    credentials::end_all(cx, account)?;
    cx.record(Act {
        action: "membership.end",
        object_kind: "account",
        object_id: account.to_string(),
        clause: None,
        detail: json!({ "membership": id }),
    })?;
    Ok(())
}

/// Roles held now, of an account or in an organisation.
pub fn list_members(
    cx: &mut Cx<'_>,
    account: Option<AccountId>,
    organisation: Option<OrganisationId>,
) -> Result<Vec<MembershipRow>, db::Error> {
    store::list_memberships(cx.conn, account, organisation)
}

/// Refuses a password that breaks the policy, with every rule that it breaks.
fn refuse_weak(app: &App, login: &str, password: &str) -> Result<(), Error> {
    let findings = passwords::judge(app.config.auth.requirements(), login, password, "/password");
    if findings.is_empty() { Ok(()) } else { Err(Error::WeakPassword(findings)) }
}

/// The hash of a first password, if it satisfies the policy.
pub async fn hash_password(app: &App, login: &str, password: String) -> Result<String, Error> {
    refuse_weak(app, login, &password)?;
    Ok(app.state::<Hasher>().hash(password).await?)
}

/// Makes one of the three administrators: the way in where there are no accounts yet. For the command.
pub async fn create_administrator(app: &App, role: Role, login: &str, name: &str, password: &str) -> Result<AccountId, Error> {
    refuse_weak(app, login, password)?;
    let password_hash = app.state::<Hasher>().hash_now(password)?;
    let new = NewAccount { login: login.to_owned(), password_hash, name: name.to_owned(), id_number: None, phone: None };
    app.act_as_system(move |cx| {
        let row = create_account(cx, &new, false)?;
        add_membership(cx, row.id, None, role)?;
        Ok(row.id)
    })
    .await
}
