//! What one may do: one table of permission x role, whose cell says *whose rows*.
//!
//! A permission stands in the handler's signature as `http::Allowed<perm::X>`; which rows it reaches is decided where the row is
//! loaded, from the [`Scope`]s that [`Principal::scopes`] gives. What one may not see is absent (404).

mod generation;
mod guards;
mod page;
mod principal;
mod table;

pub use generation::PrincipalGeneration;
pub use guards::OwnApplication;
pub use page::authorization_page;
pub use principal::{Grant, NotSignedIn, Principal, RequiredAction, Via};
pub use table::{Permission, Scope, perm};

/// A permission as a type, so that it can stand in a handler's signature.
pub trait Permit: 'static {
    /// The row of the table.
    const PERMISSION: Permission;
}
