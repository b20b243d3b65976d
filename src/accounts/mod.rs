//! People, organisations, and who holds which role where.
//!
//! An applicant registers; everybody else is entered by an administrator. An organisation stands below its supervising department. A membership gives
//! an account one role, in one organisation where the role has one. ID numbers and phones are kept sealed, found by a blind index, shown masked.

pub mod http;
mod record;
mod service;
mod store;

pub use record::{AccountRow, Error, OrganisationRow};
pub use service::{
    Directory, ID_NUMBER_END, NewAccount, NewOrganisation, add_membership, create_account, create_administrator,
    create_organisation, create_service_account, end_index, find_account, find_organisation, find_organisation_by_code,
    id_number_of, index_ends, list_accounts, list_members, phone_of, set_account_status, set_password,
};
