//! A refusal as one line, for the commands.

use super::Problem;

/// The problem that an error is told as: its code and its findings.
pub fn describe(error: impl Into<Problem>) -> String {
    error.into().to_string()
}
