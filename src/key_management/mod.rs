//! Keys over their life (docs/keys.md): a database is bound to its key ring, keys are listed, rotated and retired by commands, a running server takes a
//! changed key file, and a job seals old values anew. The ring itself is in `keys`.

mod bind;
mod manage;
mod places;
mod reseal;
mod watch;

pub use bind::{bind_to_database, find_check, refuse_other, refuse_unfit};
pub use manage::{KeyLine, Kind, Refused, list, path_of, retire, rotate};
pub use places::{PLACES, Place};
pub use reseal::{JOB, run_job};
pub use watch::{Settled, refresh, watch};

#[cfg(test)]
mod tests;
