//! The reusable profile of an applicant, kept between cycles; an application takes a snapshot of it when it is submitted.
//!
//! The shapes and rules of the document are in `title_review_core::profiles`.

pub mod http;
pub(crate) mod service;
mod store;
