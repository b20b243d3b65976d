//! Evidence: the files of a dossier (4.2.1a, 4.2.6). Rows are ended, never deleted: decisions refer to the hashes that were there.

mod facts;
pub mod objects;
mod rows;
pub(crate) mod store;

pub use facts::{FileName, evidence_of, file_names, is_in_a_dossier, take_out};
pub use rows::{AttachmentRow, AttachmentStatus};
