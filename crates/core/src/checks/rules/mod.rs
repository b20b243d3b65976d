//! The rules, one file per family. Each function answers one rule; [`super::table`] lists them.

pub mod evidence;
pub mod information;
pub mod persons;
pub mod seniority;
pub mod skilled;
pub mod study;
pub mod tracks;
