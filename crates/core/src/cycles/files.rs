//! Cycle and calendar files that come with the product.

/// Cycle files, as file name and text. The first one is the first cycle of the product.
const CYCLES: &[(&str, &str)] = &[
    ("aksu-2024.toml", include_str!("../../../../cycles/aksu-2024.toml")),
    ("tianhe-2024.toml", include_str!("../../../../cycles/tianhe-2024.toml")),
];

/// Calendar files, as file name and text.
pub const BUILTIN_CALENDARS: &[(&str, &str)] = &[
    ("cn-2024.toml", include_str!("../../../../calendars/cn-2024.toml")),
    ("cn-2025.toml", include_str!("../../../../calendars/cn-2025.toml")),
    ("cn-2026.toml", include_str!("../../../../calendars/cn-2026.toml")),
    ("xinjiang-2025.toml", include_str!("../../../../calendars/xinjiang-2025.toml")),
];

/// Cycle files that come with the product, as file name and text. The first one is the first cycle of the product.
#[must_use]
pub const fn builtin() -> &'static [(&'static str, &'static str)] {
    CYCLES
}
