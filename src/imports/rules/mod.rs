//! How files and cells are read. Pure.

pub mod cells;
pub mod table;
pub mod text;

/// Bytes of an uploaded file, and of what it inflates to.
pub const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Lines of a file.
pub const LINES: u64 = 100_000;
/// Columns of a table.
pub const COLUMNS: usize = 256;
/// Bytes of a line.
pub const LINE_BYTES: usize = 64 * 1024;
/// Imports of one owner that have not ended.
pub const AT_ONCE: i64 = 3;
/// Lines that failed and of which it is kept why; further ones are counted.
pub const FINDINGS: i64 = 10_000;
/// Days for which the rows of a file are kept.
pub const KEPT_DAYS: i64 = 30;

/// A name that a client gives an import: `[a-z0-9-]{1,64}`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Why a file is not read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("empty")]
    Empty,
    /// It is neither text nor one of the formats.
    #[error("another format")]
    Format,
    /// Bytes that are not in the encoding of the rest.
    #[error("not in an encoding at byte {byte}, line {line}")]
    Encoding {
        /// The byte, counted from 1.
        byte: u64,
        /// Its line, counted from 1.
        line: u64,
    },
    /// A compressed file that is cut off or broken.
    #[error("broken gzip")]
    Compression,
    /// More than [`FILE_BYTES`] once inflated.
    #[error("too large once inflated")]
    Inflated,
    /// A line longer than [`LINE_BYTES`].
    #[error("line {line} is too long")]
    Line {
        /// Which.
        line: u64,
    },
    /// More than [`COLUMNS`] columns.
    #[error("line {line} has too many columns")]
    Columns {
        /// Where.
        line: u64,
    },
    /// More than [`LINES`] lines.
    #[error("too many lines")]
    Lines,
    /// A quoted cell that does not end.
    #[error("a quoted cell begins on line {line} and does not end")]
    Quote {
        /// Where it begins.
        line: u64,
    },
    /// Columns that the entity has to have are not there; headers that would do.
    #[error("columns are missing: {0:?}")]
    Headers(Vec<String>),
    /// Two columns for one field.
    #[error("two columns for {0}")]
    TwoColumns(String),
}
