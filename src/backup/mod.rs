//! All data of a server in one file, and back: made while the server runs, sealed with a key of its own, tried out before it counts as one.
//!
//! [`create`] copies the database as it is at one moment, then the objects that the copy names: objects are written before the rows that name them and
//! never changed, so every one is there. The archive gets its name only after it was read back, its database filled into a temporary one and its record
//! of acts checked. [`restore`] reads the whole archive before it writes anything, fills an empty place, and leaves a mark there until all of it is in
//! place: without it the server starts, with it only another [`restore`] goes on. What an archive is made of: docs/backup-format.md.

mod archive;
mod check;
mod create;
mod error;
mod key;
mod manifest;
mod restore;
mod seal;

pub use archive::{Reader, Writer};
pub use check::{Sink, check, walk};
pub use create::{Options, Work, create};
pub use error::Error;
pub use key::BackupKey;
pub use manifest::{Entry, Manifest};
pub use restore::{Restored, refuse_unfinished, restore};
