//! Whose applications a principal sees: the scopes of the authorization table as conditions on rows.

use super::store::Condition;
use crate::authz::{Grant, Permission, Principal, Scope};
use crate::db::schema::applications;
use crate::words::{Role, Stage};
use diesel::prelude::*;

/// The applications that the principal reaches with the permission; `None`: none at all.
#[must_use]
pub fn visible(principal: &Principal, permission: Permission) -> Option<Condition> {
    principal.scopes(permission).filter_map(|(scope, grant)| condition(principal, scope, grant)).reduce(|a, b| Box::new(a.or(b)))
}

fn condition(principal: &Principal, scope: Scope, grant: &Grant) -> Option<Condition> {
    // A draft is its applicant's alone: others see an application from its first submission on.
    let submitted = || applications::submitted_at.is_not_null();
    let account = principal.account?;
    Some(match scope {
        Scope::Own => Box::new(applications::applicant_id.eq(account).nullable()),
        Scope::Organisation => Box::new(applications::employer_id.eq(grant.organisation?).and(submitted())),
        Scope::Subordinate => Box::new(applications::department_id.eq(grant.organisation?).and(submitted())),
        Scope::Region => {
            let region = grant.region.clone()?;
            let there: Condition = if grant.role == Role::CountyService {
                Box::new(applications::county.eq(region))
            } else {
                Box::new(applications::prefecture.eq(region))
            };
            Box::new(there.and(applications::by_services.and(submitted()).nullable()))
        }
        Scope::Committee => Box::new(applications::committee_id.eq(grant.organisation?).and(submitted())),
        Scope::All => Box::new(submitted().nullable()),
    })
}

/// The applications that wait for a decision of the principal; `None`: none can.
#[must_use]
pub fn waiting_for(principal: &Principal) -> Option<Condition> {
    principal
        .scopes(Permission::ApplicationDecide)
        .filter_map(|(scope, grant)| {
            let stage = match grant.role {
                Role::EmployerClerk => Stage::EmployerReview,
                Role::DepartmentReviewer => Stage::DepartmentReview,
                Role::CountyService => Stage::CountyServiceReview,
                Role::PrefectureService => Stage::PrefectureServiceReview,
                Role::CommitteeOffice => Stage::FormalReview,
                _ => return None,
            };
            let reached = condition(principal, scope, grant)?;
            let waiting: Condition = Box::new(reached.and(applications::stage.eq(stage).nullable()));
            Some(waiting)
        })
        .reduce(|a, b| Box::new(a.or(b)))
}
