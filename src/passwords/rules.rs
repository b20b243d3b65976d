//! What is wrong with a password.

mod common;

use crate::problem::Text;
use title_review_core::passwords::Requirements;

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
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

impl Finding {
    /// The finding in both languages.
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
pub fn check(needs: Requirements, login: &str, password: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !(needs.least..=Requirements::MOST).contains(&password.chars().count()) {
        findings.push(Finding::Length { least: needs.least });
    }
    let classes = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if classes.into_iter().filter(|has| *has).count() < needs.policy.classes() {
        findings.push(Finding::Classes);
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        findings.push(Finding::HoldsLogin);
    }
    if common::is_common(password) {
        findings.push(Finding::Common);
    }
    findings
}

#[cfg(test)]
mod tests;
