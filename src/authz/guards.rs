//! Guards that several slices share.

use super::{Permission, Principal, Scope};
use title_review_core::ids::{AccountId, OrganisationId};

/// Nobody decides on their own application (5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody decides on their own application")]
pub struct OwnApplication;

impl Principal {
    /// Refuses the applicant a decision on their own application (5.1).
    pub fn refuse_own(&self, applicant: AccountId) -> Result<(), OwnApplication> {
        if self.account == Some(applicant) { Err(OwnApplication) } else { Ok(()) }
    }

    /// The organisations in which the principal holds the permission; `None`: it reaches all.
    #[must_use]
    pub fn organisations_with(&self, permission: Permission) -> Option<Vec<OrganisationId>> {
        let mut found = Vec::new();
        for (scope, grant) in self.scopes(permission) {
            match scope {
                Scope::All => return None,
                Scope::Own | Scope::Organisation | Scope::Chain | Scope::Committee | Scope::Bureau => {
                    found.extend(grant.organisation);
                }
            }
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authz::Grant;
    use title_review_core::vocabulary::Role;

    fn account(number: u128) -> AccountId {
        AccountId::from(uuid::Uuid::from_u128(number))
    }

    // clauses: 5.1
    #[test]
    fn applicant_is_refused_a_decision_on_their_own_application() {
        let clerk = Principal { account: Some(account(1)), ..Principal::anonymous() };
        assert_eq!(clerk.refuse_own(account(1)), Err(OwnApplication));
        assert_eq!(clerk.refuse_own(account(2)), Ok(()));
        assert_eq!(Principal::anonymous().refuse_own(account(1)), Ok(()));
    }

    #[test]
    fn office_reaches_its_committee_and_supervisor_reaches_all() {
        let committee = OrganisationId::from(uuid::Uuid::from_u128(7));
        let holding = |role, organisation| Principal {
            grants: vec![Grant { role, organisation, kind: None, region: None }],
            ..Principal::anonymous()
        };
        let office = holding(Role::CommitteeOffice, Some(committee));
        assert_eq!(office.organisations_with(Permission::MeetingRead), Some(vec![committee]));
        assert_eq!(holding(Role::Supervisor, None).organisations_with(Permission::MeetingRead), None);
        assert_eq!(Principal::anonymous().organisations_with(Permission::MeetingRead), Some(Vec::new()));
    }
}
