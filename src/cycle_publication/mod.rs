//! Publishing a version of a cycle: its committee is there to review, and drafts follow it.

pub mod http;
pub mod service;
