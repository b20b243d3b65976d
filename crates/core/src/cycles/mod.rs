//! The notice of a cycle as data, read from a file that an office can write, check and load.
//!
//! [`definition`] has the types, [`loader`] reads a file strictly, [`calendar`] counts working days, [`deadlines`] evaluates windows and
//! computes due dates. Code outside this module knows mechanisms (a window, a chain, a cap, a count of working days) and takes every
//! number, name and text from a [`CycleDefinition`]. Only [`loader::cli_check`] and [`loader::Calendars::with_folder`] read files; everything else is pure.

pub mod calendar;
pub mod deadlines;
pub mod definition;
mod files;
pub mod format;
pub mod loader;
mod windows;

pub use calendar::{CalendarError, WorkingCalendar};
pub use definition::CycleDefinition;
pub use files::{BUILTIN_CALENDARS, builtin};
pub use loader::{Calendars, working_calendar};
pub use windows::{Window, Windows};
