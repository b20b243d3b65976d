//! Whose applications a principal sees: the scopes of the authorization table as terms on rows.

use super::narrow::{Condition, Term, all_of};
use super::turn::turns_of;
use crate::authz::{Grant, Permission, Principal, Scope};
use diesel::prelude::*;
use title_review_core::ids::OrganisationId;

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

/// The applications that the principal reaches with the permission: one list of terms for each way of reaching them.
#[must_use]
pub fn reaches(principal: &Principal, permission: Permission) -> Vec<Vec<Term>> {
    distinct(principal.scopes(permission).flat_map(|(scope, grant)| terms(principal, scope, grant)))
}

/// The applications that wait for a decision of the principal.
#[must_use]
pub fn waiting_for(principal: &Principal) -> Vec<Vec<Term>> {
    let grants = principal.scopes(Permission::ApplicationDecide).map(|(_, grant)| grant);
    distinct(grants.flat_map(turns_of).map(|turn| vec![Term::Turn(turn), Term::Submitted]))
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

fn terms(principal: &Principal, scope: Scope, grant: &Grant) -> Vec<Vec<Term>> {
    let Some(account) = principal.account else { return Vec::new() };
    let of_organisation = |term: fn(OrganisationId) -> Term| grant.organisation.map(|id| vec![term(id), Term::Submitted]);
    match scope {
        Scope::Own => vec![vec![Term::Applicant(account)]],
        Scope::Organisation => of_organisation(Term::Employer).into_iter().collect(),
        Scope::Chain => of_organisation(Term::Department).into_iter().chain(of_region(grant)).collect(),
        Scope::Committee => of_organisation(Term::Committee).into_iter().collect(),
        // The table gives orders alone by it.
        Scope::Bureau => Vec::new(),
        Scope::All => vec![vec![Term::Submitted]],
    }
}

/// What organisations of the grant's kind review for its region.
fn of_region(grant: &Grant) -> Option<Vec<Term>> {
    let (kind, code) = grant.kind.zip(grant.region.clone())?;
    let there = if code.ends_with("0000") {
        Term::AutonomousRegion(code)
    } else if code.ends_with("00") {
        Term::Prefecture(code)
    } else {
        Term::County(code)
    };
    Some(vec![there, Term::ReviewedBy(kind), Term::Submitted])
}
