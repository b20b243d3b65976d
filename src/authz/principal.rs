//! Who acts, with the roles they hold now.

use super::{Permission, Scope};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId, PersonalTokenId, SessionId};
use title_review_core::vocabulary::{OrganisationKind, Role, wire_enum};

wire_enum! {
    /// What has to be done before the roles of an account count.
    RequiredAction {
        EnrolSecondFactor = "enrol_second_factor", "绑定第二因素", "enrol a second factor";
        ChangePassword = "change_password", "修改密码", "change the password";
    }
}

/// One role, with the organisation it is held in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The organisation, for staff roles.
    pub organisation: Option<OrganisationId>,
    /// What that organisation is.
    pub kind: Option<OrganisationKind>,
    /// GB/T 2260 code of that organisation's region.
    pub region: Option<String>,
}

/// By what the caller showed who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// By nothing: anonymous, or the system itself.
    #[default]
    Nothing,
    /// A person's session.
    Session,
    /// An OAuth client: a service account.
    Client,
    /// A token that a person has made for their programs.
    PersonalToken(PersonalTokenId),
}

/// Nobody is signed in. An access guard that asks for a token lets no such request through (decision 0002).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody is signed in")]
pub struct NotSignedIn;

/// The account behind a request; anonymous when it has none.
#[derive(Clone, Debug, Default)]
pub struct Principal {
    /// The account; `None` for a request without a token.
    pub account: Option<AccountId>,
    /// The session the token belongs to.
    pub session: Option<SessionId>,
    /// Roles held at the time of the request; of a token's principal, those that the token's scopes name.
    pub grants: Vec<Grant>,
    /// By what they showed it.
    pub via: Via,
    /// When whoever holds the session last proved who they are, by the session clock; `None` without a session.
    pub authenticated_at: Option<Instant>,
    /// That proof had a second factor.
    pub second_factor: bool,
    /// What has to be done first: as long as it is there, `grants` is empty.
    pub duty: Option<RequiredAction>,
}

impl Principal {
    /// Nobody in particular.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The account that is signed in.
    pub fn signed_in(&self) -> Result<AccountId, NotSignedIn> {
        self.account.ok_or(NotSignedIn)
    }

    /// A person is there, not a program with a token of theirs.
    #[must_use]
    pub const fn in_person(&self) -> bool {
        matches!(self.via, Via::Session)
    }

    /// Holds the role anywhere.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// Holds the permission with at least one role.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        permission.holders().iter().any(|(role, _)| self.has_role(*role))
    }

    /// Whose rows the permission reaches: one entry per grant that holds it.
    pub fn scopes(&self, permission: Permission) -> impl Iterator<Item = (Scope, &Grant)> {
        self.grants.iter().filter_map(move |grant| {
            let (_, scope) = permission.holders().iter().find(|(role, _)| *role == grant.role)?;
            Some((*scope, grant))
        })
    }

    /// The account id as text, for records; `None` when anonymous.
    #[must_use]
    pub fn account_str(&self) -> Option<String> {
        self.account.as_ref().map(ToString::to_string)
    }
}
