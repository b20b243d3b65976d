//! Writes the demo into an empty database, in one transaction, through the services that everybody else goes through.

use super::Error;
use super::demo::{self, Demo};
use crate::accounts::{self, NewAccount, NewOrganisation};
use crate::authz::{Grant, Principal};
use crate::committees::service as committees;
use crate::context::{App, Cx, Version};
use crate::credentials::Hasher;
use crate::db::meta;
use crate::profiles;
use crate::study_records::rules::NewStudyRecord;
use crate::study_records::service::{self as study_records, Enterer};
use title_review_core::clock::Instant;
use title_review_core::cycles::CycleDefinition;
use title_review_core::identity_numbers::parse_resident_id;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::profiles::Profile;
use title_review_core::vocabulary::{OrganisationKind, OrganisationStatus, Role, StudySource};

/// Key in the table of facts about the database: the demo was written.
const SEEDED: &str = "sandbox.demo";

/// The demo of every cycle that comes with the product.
pub(super) fn demos() -> Result<Vec<(CycleDefinition, Demo)>, Error> {
    let load = |(number, (name, text)): (u32, &(&str, &str))| {
        let definition = title_review_core::cycles::loader::load(text, name)
            .map_err(|errors| Error::Cycle(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        let demo = demo::of_cycle(&definition, number);
        Ok((definition, demo))
    };
    (0..).zip(title_review_core::cycles::builtin()).map(load).collect()
}

/// Writes the demo into a database that has no account and no organisation. Gives whether the demo is there.
pub async fn seed(app: &App) -> Result<bool, Error> {
    let state = app
        .act_as_system(|cx| {
            let seeded = meta::find_meta(cx.conn, SEEDED)?.is_some();
            let used = !accounts::list_accounts(cx, None, None, 1).map_err(Error::refused)?.is_empty();
            Ok::<_, Error>((seeded, used))
        })
        .await?;
    if let (true, _) | (_, true) = state {
        return Ok(state.0);
    }
    // One hash for all: a start with some forty accounts should not cost forty of them.
    let password_hash = app.state::<Hasher>().hash_now(demo::PASSWORD).map_err(Error::refused)?;
    let demos = demos()?;
    app.act_as_system(move |cx| {
        cx.changes_everything();
        for (login, role) in demo::ADMINISTRATORS {
            let account = enter(cx, login, &format!("演示{}", role.zh()), None, &password_hash)?;
            accounts::add_membership(cx, account, None, role).map_err(Error::refused)?;
        }
        for (definition, demo) in &demos {
            write_cycle(cx, definition, demo, &password_hash)?;
        }
        meta::set_meta(cx.conn, SEEDED, "yes")?;
        Ok(true)
    })
    .await
}

fn enter(cx: &mut Cx<'_>, login: &str, name: &str, id_number: Option<&str>, password_hash: &str) -> Result<AccountId, Error> {
    let new = NewAccount {
        login: login.to_owned(),
        password_hash: password_hash.to_owned(),
        name: name.to_owned(),
        id_number: id_number.map(str::to_owned),
        phone: id_number.map(|_| "13800000000".to_owned()),
    };
    Ok(accounts::create_account(cx, &new, id_number.is_some()).map_err(Error::refused)?.id)
}

fn write_cycle(cx: &mut Cx<'_>, definition: &CycleDefinition, demo: &Demo, password_hash: &str) -> Result<(), Error> {
    let mut ids: Vec<OrganisationId> = Vec::new();
    let mut registrar: Option<Enterer> = None;
    for seat in &demo.seats {
        let new = NewOrganisation {
            kind: seat.kind,
            ownership: seat.ownership,
            name: seat.name.clone(),
            credit_code: seat.credit_code.clone(),
            region: seat.region.clone(),
            parent_id: ids.first().copied().filter(|_| seat.supervised),
            civil_service_managed: false,
            status: OrganisationStatus::Active,
        };
        let id = accounts::create_organisation(cx, &new).map_err(Error::refused)?.id;
        ids.push(id);
        for (login, role) in &seat.staff {
            let account = enter(cx, login, role.zh(), None, password_hash)?;
            accounts::add_membership(cx, account, Some(id), *role).map_err(Error::refused)?;
            if seat.kind == OrganisationKind::PrefectureEmploymentService {
                registrar = Some(Enterer { organisation: id, account, import: None });
            }
        }
        if seat.kind == OrganisationKind::Committee {
            committees::assign(cx, &definition.id, Version::ANY, id).map_err(Error::refused)?;
        }
    }
    // A profile is judged on the day on which it is written: not before the notice is out.
    let issued = Instant::start_of_day(definition.issued_on);
    let now = cx.now.max(issued);
    for applicant in &demo.applicants {
        let account = enter(cx, &applicant.login, demo::APPLICANT, Some(&applicant.id_number), password_hash)?;
        let (Some(employer), Ok(person)) = (ids.get(applicant.employer), parse_resident_id(&applicant.id_number)) else { continue };
        let profile = applicant.story.profile(definition, person.sex, *employer, now.date_in_shanghai());
        if let Some(registrar) = registrar {
            let registry = registry_of(&applicant.id_number, &profile);
            let staff = Principal { account: Some(registrar.account), ..Principal::default() };
            cx.act_as(&staff, now, |cx| study_records::enter(cx, registrar, registry, None)).map_err(Error::refused)?;
        }
        as_applicant(cx, account, now, |cx| profiles::service::replace(cx, account, Version::of(0), profile))
            .map_err(Error::refused)?;
    }
    Ok(())
}

/// What the registry holds of somebody, so that their profile says no more than that.
fn registry_of(id_number: &str, profile: &Profile) -> Vec<NewStudyRecord> {
    let system = profile.study_records.iter().filter(|record| record.source == StudySource::System);
    system
        .map(|record| NewStudyRecord {
            id_number: id_number.to_owned(),
            year: record.year,
            kind: record.kind,
            hours: record.hours,
            certificate_number: format!("演示-{}-{}", record.year, record.kind.zh()),
            client_ref: None,
        })
        .collect()
}

/// Does something in the name of an applicant, in the same transaction.
fn as_applicant<T, E>(
    cx: &mut Cx<'_>,
    account: AccountId,
    now: Instant,
    act: impl FnOnce(&mut Cx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let grant = Grant { role: Role::Applicant, organisation: None, kind: None, region: None };
    let principal = Principal { account: Some(account), grants: vec![grant], ..Principal::default() };
    cx.act_as(&principal, now, act)
}
