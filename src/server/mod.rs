//! The composition root: the only place that knows every slice. Lists the routes and the jobs, puts the parts and the state of each slice together,
//! and runs the server.

mod assemble;
mod authenticator;
mod jobs;
mod routes;
mod running;
mod start;

pub use assemble::{Environment, Error, assemble};
use authenticator::authenticator;
pub use jobs::job_runner;
pub use routes::{all_routes, bind, openapi_text};
pub use running::Running;
pub use start::run;
