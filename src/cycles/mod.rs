//! Cycles as the server keeps them: versions that were published, the committee of each, extensions of windows, deadlines as a calendar feed.
//!
//! What a cycle says, and how it is read and counted, is in `title_review_core::cycles`; nothing of it depends on a database.

pub mod feed;
pub mod http;
pub mod model;
pub mod record;
pub mod service;
mod store;
