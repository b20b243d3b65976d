//! Attachments: the documents of a dossier (4.2.1a, 4.2.2, 4.2.3b, 4.2.6).
//!
//! A file arrives in a temporary file, hashed and measured on its way, is looked at by content, and goes to the object store under its SHA-256 before its
//! row is written. Rows are ended, never deleted: decisions refer to the hashes that were there. An object whose row was never written (a crash between
//! the two, a refusal in the last moment) is harmless: nothing points to it, and the next upload of the same bytes finds it there. Objects are not deleted yet;
//! whoever adds that sweeps only what no row names.

mod content;
mod error;
mod files;
pub mod http;
mod rules;
pub(crate) mod service;

pub use error::Error;
pub use files::sweep;
