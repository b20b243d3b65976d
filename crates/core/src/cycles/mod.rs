//! The notice as data: what a cycle is held to, read from a file that an office can write, check and load.
//!
//! [`definition`] is the notice as types, [`loader`] reads it strictly, [`calendar`] counts working days, [`deadlines`] judges windows
//! and works out what falls due. Code outside this module knows mechanisms (a window, a chain, a cap, a count of working days) and takes
//! every number, name and text from a [`CycleDefinition`].

pub mod calendar;
pub mod deadlines;
pub mod definition;
pub mod loader;

pub use calendar::{CalendarError, WorkingCalendar};
pub use definition::CycleDefinition;

/// Cycle files that come with the product, as name and text.
const BUILTIN_CYCLES: &[(&str, &str)] = &[
    ("aksu-2024.toml", include_str!("../../../../cycles/aksu-2024.toml")),
    ("tianhe-2024.toml", include_str!("../../../../cycles/tianhe-2024.toml")),
];

/// Calendar files that come with the product, as name and text.
pub const BUILTIN_CALENDARS: &[(&str, &str)] = &[("calendar-cn.toml", include_str!("../../../../cycles/calendar-cn.toml"))];

/// Cycle files that come with the product, as file name and text. The first one is the first cycle of the product.
#[must_use]
pub const fn builtin() -> &'static [(&'static str, &'static str)] {
    BUILTIN_CYCLES
}
