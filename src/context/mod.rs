//! What every use case stands on, whichever slice it belongs to: the parts of the running server ([`App`]), and what one request gives ([`Cx`]).
//!
//! Nothing here knows a slice. What a slice keeps in memory is a [`State`] found by its type; what a slice does after a commit is a closure
//! ([`Cx::after_commit`]).

mod app;
mod cx;
mod freshness;
mod kept;
mod state;
mod version;

pub use app::{App, Parts};
pub use cx::{Act, Cx, RequestContext};
pub use freshness::{AsOf, Changes, Freshness, Part};
pub use kept::Kept;
pub use state::{RequiredState, State};
pub use version::{Version, VersionMismatch};
