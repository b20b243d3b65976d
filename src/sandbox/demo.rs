//! Who takes part in the sandbox: for each cycle that comes with the product, the organisations of its chains with one account each, and
//! applicants whose profiles meet or miss a rule by a day. All of it follows from the definition, so that another notice has a sandbox too.

use super::profiles::{OUTSIDE, Story};
use title_review_core::cycles::CycleDefinition;
use title_review_core::identity_numbers::{credit_code_check, resident_id_check};
use title_review_core::vocabulary::{OrganisationKind, Ownership, Role};

/// The password of every demo account.
pub const PASSWORD: &str = "Sandbox-2024";

/// The name of every demo applicant.
pub const APPLICANT: &str = "演示申报人";

/// Logins of the demo administrators.
pub const ADMINISTRATORS: [(&str, Role); 3] =
    [("admin", Role::SystemAdministrator), ("security", Role::SecurityAdministrator), ("auditor", Role::AuditAdministrator)];

/// An organisation with those who act for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// What it is in the review.
    pub kind: OrganisationKind,
    /// Who owns it.
    pub ownership: Ownership,
    /// Full name.
    pub name: String,
    /// GB/T 2260 code.
    pub region: String,
    /// GB 32100.
    pub credit_code: String,
    /// It is below the cycle's supervising department.
    pub supervised: bool,
    /// Login and role of its people.
    pub staff: Vec<(String, Role)>,
}

/// An applicant with a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// What they sign in with.
    pub login: String,
    /// GB 11643.
    pub id_number: String,
    /// Which profile.
    pub story: Story,
    /// Place of the employer among the seats.
    pub employer: usize,
}

/// Everybody of one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demo {
    /// Supervising department first.
    pub seats: Vec<Seat>,
    /// Applicants.
    pub applicants: Vec<Applicant>,
}

/// What stands before the logins of a cycle: nothing for the first one, the first part of its id for the others.
fn prefix(definition: &CycleDefinition, number: u32) -> String {
    let name = definition.id.split('-').next().unwrap_or(&definition.id);
    if number == 0 { String::new() } else { format!("{name}_") }
}

/// Everybody of the cycle with this number among those that come with the product.
#[must_use]
pub fn of_cycle(definition: &CycleDefinition, number: u32) -> Demo {
    use OrganisationKind as Kind;

    let prefix = prefix(definition, number);
    let prefecture = &definition.region;
    let county = definition
        .region
        .counties
        .first()
        .map_or((prefecture.code.as_str(), prefecture.name.as_str()), |county| (county.code.as_str(), county.name.as_str()));
    let mut seats = Vec::new();
    let mut seat =
        |kind: OrganisationKind, ownership: Ownership, name: String, region: &str, supervised: bool, staff: &[(&str, Role)]| {
            let serial = number * 100 + u32::try_from(seats.len()).unwrap_or(u32::MAX) + 1;
            seats.push(Seat {
                kind,
                ownership,
                name,
                region: region.to_owned(),
                credit_code: credit_code(region, serial),
                supervised,
                staff: staff.iter().map(|(login, role)| (format!("{prefix}{login}"), *role)).collect(),
            });
            seats.len() - 1
        };
    let clerk = |login| [(login, Role::EmployerClerk)];
    let (place, region) = (county.1, &prefecture.name);
    seat(
        Kind::SupervisingDepartment,
        Ownership::None,
        format!("{region}主管部门（演示）"),
        &prefecture.code,
        false,
        &[("department", Role::Reviewer)],
    );
    let institution = seat(
        Kind::PublicInstitution,
        Ownership::None,
        format!("{place}事业单位（演示）"),
        county.0,
        true,
        &clerk("institution_clerk"),
    );
    let state = seat(Kind::Enterprise, Ownership::State, format!("{place}国有企业（演示）"), county.0, true, &clerk("state_clerk"));
    let private =
        seat(Kind::Enterprise, Ownership::Private, format!("{place}民营企业（演示）"), county.0, false, &clerk("private_clerk"));
    let agency = seat(
        Kind::PersonnelAgency,
        Ownership::None,
        format!("{place}人事代理机构（演示）"),
        county.0,
        false,
        &clerk("agency_clerk"),
    );
    let outside =
        seat(Kind::Enterprise, Ownership::Private, "外地民营企业（演示）".to_owned(), OUTSIDE, false, &clerk("outside_clerk"));
    for one in &prefecture.counties {
        let login = format!("county_{}", one.code);
        seat(
            Kind::CountyEmploymentService,
            Ownership::None,
            format!("{}公共就业服务机构（演示）", one.name),
            &one.code,
            false,
            &[(&login, Role::Reviewer)],
        );
    }
    seat(
        Kind::PrefectureEmploymentService,
        Ownership::None,
        format!("{region}公共就业服务机构（演示）"),
        &prefecture.code,
        false,
        &[("prefecture", Role::Reviewer)],
    );
    seat(
        Kind::Committee,
        Ownership::None,
        format!("{}（演示）", definition.authority.committee),
        &prefecture.code,
        false,
        &[("office", Role::CommitteeOffice), ("expert", Role::Expert)],
    );
    seat(
        Kind::Bureau,
        Ownership::None,
        format!("{}（演示）", definition.authority.name),
        &prefecture.code,
        false,
        &[("finance", Role::Finance), ("supervisor", Role::Supervisor)],
    );
    let stories = [
        ("applicant_intermediate", Story::Intermediate, institution),
        ("applicant_senior", Story::AssociateSenior, institution),
        ("applicant_short", Story::OneDayShort, state),
        ("applicant_sanctioned", Story::Sanctioned, state),
        ("applicant_private", Story::FirstTimeWithoutStudy, private),
        ("applicant_skilled", Story::Skilled, private),
        ("applicant_freelancer", Story::Hosted, agency),
        ("applicant_stationed", Story::Stationed, outside),
        ("applicant_stationed_short", Story::StationedOneDayShort, outside),
    ];
    let applicants = stories
        .into_iter()
        .zip(1..)
        .filter(|((_, story, _), _)| story.exists_in(definition))
        .map(|((login, story, employer), serial)| Applicant {
            login: format!("{prefix}{login}"),
            // Odd serials are male, even ones female.
            id_number: resident_id(county.0, &story.birth_date(definition).format("%Y%m%d").to_string(), number * 100 + serial),
            story,
            employer,
        })
        .collect();
    Demo { seats, applicants }
}

/// A resident ID that proves itself.
fn resident_id(region: &str, birth: &str, serial: u32) -> String {
    let first = format!("{region}{birth}{serial:03}");
    let check = resident_id_check(&first).map(String::from).unwrap_or_default();
    format!("{first}{check}")
}

/// A credit code that proves itself.
fn credit_code(region: &str, serial: u32) -> String {
    let first = format!("91{region}MA{serial:07}");
    let check = credit_code_check(&first).map(String::from).unwrap_or_default();
    format!("{first}{check}")
}
