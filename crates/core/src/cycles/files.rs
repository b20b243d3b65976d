//! Cycle and calendar files that come with the product.

/// Cycle files, as file name and text. The first one is the first cycle of the product.
const CYCLES: &[(&str, &str)] = &[
    ("aksu-2024.toml", include_str!("../../../../cycles/aksu-2024.toml")),
    ("tianhe-2024.toml", include_str!("../../../../cycles/tianhe-2024.toml")),
];

/// Calendar files, as file name and text.
pub const BUILTIN_CALENDARS: &[(&str, &str)] = &[("calendar-cn.toml", include_str!("../../../../cycles/calendar-cn.toml"))];

/// Cycle files that come with the product, as file name and text. The first one is the first cycle of the product.
#[must_use]
pub const fn builtin() -> &'static [(&'static str, &'static str)] {
    CYCLES
}
