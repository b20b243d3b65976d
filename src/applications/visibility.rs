//! Whose applications a principal sees: the scopes of the authorization table as terms on rows.

use super::narrow::{Condition, Term, all_of};
use crate::authz::{Grant, Permission, Principal, Scope};
use diesel::prelude::*;
use title_review_core::vocabulary::{Role, Stage};

/// The applications that the principal reaches with the permission, as one condition; `None`: none at all.
#[must_use]
pub fn visible(principal: &Principal, permission: Permission) -> Option<Condition> {
    any_of(&reaches(principal, permission))
}

/// Any of the reaches in one condition; `None` where there are none.
#[must_use]
pub fn any_of(reaches: &[Vec<Term>]) -> Option<Condition> {
    reaches.iter().filter_map(|terms| all_of(terms)).reduce(|a, b| Box::new(a.or(b)))
}

/// The applications that the principal reaches with the permission: one list of terms for each grant.
#[must_use]
pub fn reaches(principal: &Principal, permission: Permission) -> Vec<Vec<Term>> {
    distinct(principal.scopes(permission).filter_map(|(scope, grant)| terms(principal, scope, grant)))
}

/// The applications that wait for a decision of the principal.
#[must_use]
pub fn waiting_for(principal: &Principal) -> Vec<Vec<Term>> {
    distinct(principal.scopes(Permission::ApplicationDecide).filter_map(|(scope, grant)| {
        let stage = Stage::ALL.iter().find(|stage| stage.reviewer() == Some(grant.role))?;
        let mut reached = terms(principal, scope, grant)?;
        reached.push(Term::Stage(*stage));
        Some(reached)
    }))
}

fn distinct(reaches: impl Iterator<Item = Vec<Term>>) -> Vec<Vec<Term>> {
    let mut kept = Vec::new();
    for reach in reaches {
        if !kept.contains(&reach) {
            kept.push(reach);
        }
    }
    kept
}

fn terms(principal: &Principal, scope: Scope, grant: &Grant) -> Option<Vec<Term>> {
    let account = principal.account?;
    Some(match scope {
        Scope::Own => vec![Term::Applicant(account)],
        Scope::Organisation => vec![Term::Employer(grant.organisation?), Term::Submitted],
        Scope::Subordinate => vec![Term::Department(grant.organisation?), Term::Submitted],
        Scope::Region => {
            let region = grant.region.clone()?;
            let there = if grant.role == Role::CountyService { Term::County(region) } else { Term::Prefecture(region) };
            vec![there, Term::ByServices, Term::Submitted]
        }
        Scope::Committee => vec![Term::Committee(grant.organisation?), Term::Submitted],
        Scope::All => vec![Term::Submitted],
    })
}
