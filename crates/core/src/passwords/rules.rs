//! What is wrong with a password.

mod common;

use super::Requirements;
use crate::findings::{Finding, Text};

/// Code of every finding on a password: a row of the problem table.
pub const WEAK_PASSWORD: &str = "weak_password";

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Too short or too long.
    Length {
        /// Fewest characters.
        least: usize,
    },
    /// Too few classes of characters.
    Classes,
    /// Contains the login.
    HoldsLogin,
    /// One of those that are tried first.
    Common,
}

impl Weakness {
    /// The sentence in both languages.
    #[must_use]
    pub fn text(self) -> Text {
        let most = Requirements::MOST;
        match self {
            Self::Length { least } => {
                Text::new(format!("密码须为 {least} 至 {most} 个字符"), format!("a password has {least} to {most} characters"))
            }
            Self::Classes => Text::new(
                "密码须含大写、小写、数字、符号中的至少三类",
                "a password has three of: upper case, lower case, digits, signs",
            ),
            Self::HoldsLogin => Text::new("密码不得包含账号", "a password does not contain the login"),
            Self::Common => Text::new("密码过于常见", "the password is too common"),
        }
    }
}

/// Everything that is wrong with a password for this login.
#[must_use]
pub fn list_weaknesses(needs: Requirements, login: &str, password: &str) -> Vec<Weakness> {
    let mut findings = Vec::new();
    if !(needs.least..=Requirements::MOST).contains(&password.chars().count()) {
        findings.push(Weakness::Length { least: needs.least });
    }
    let classes = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if classes.into_iter().filter(|has| *has).count() < needs.policy.classes() {
        findings.push(Weakness::Classes);
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        findings.push(Weakness::HoldsLogin);
    }
    if common::is_common(password) {
        findings.push(Weakness::Common);
    }
    findings
}

/// Everything that is wrong with a password, as findings on the field that holds it.
#[must_use]
pub fn judge(needs: Requirements, login: &str, password: &str, pointer: &str) -> Vec<Finding> {
    list_weaknesses(needs, login, password)
        .into_iter()
        .map(|weakness| Finding::field(pointer, WEAK_PASSWORD, weakness.text()))
        .collect()
}

#[cfg(test)]
mod tests;
