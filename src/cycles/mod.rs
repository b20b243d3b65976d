//! The notice as data: what a cycle is held to, read from a file that an office can write, check and load.
//!
//! [`definition`] is the notice as types. Code outside this slice knows mechanisms (a window, a chain, a cap, a count
//! of working days) and takes every number, name and text from a [`CycleDefinition`].

pub mod definition;

pub use definition::CycleDefinition;
