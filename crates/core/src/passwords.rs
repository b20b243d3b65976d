//! What a password has to be like: the standard that the office follows, and the length that it asks for; what is wrong with one.

mod rules;

pub use rules::{WEAK_PASSWORD, Weakness, judge, list_weaknesses};

crate::vocabulary::wire_enum! {
    /// The standard that passwords follow.
    Policy {
        Mlps = "mlps", "等保（GB/T 22239）", "GB/T 22239 (MLPS)";
        Asvs = "asvs", "OWASP ASVS 5", "OWASP ASVS 5";
    }
}

impl Policy {
    /// Fewest characters, where the configuration names none.
    #[must_use]
    pub const fn usual_length(self) -> usize {
        match self {
            Self::Mlps => 10,
            Self::Asvs => 15,
        }
    }

    /// How many classes of characters of: lower case, upper case, digits, others.
    #[must_use]
    pub const fn classes(self) -> usize {
        match self {
            Self::Mlps => 3,
            Self::Asvs => 0,
        }
    }
}

/// What a password has to be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirements {
    /// The standard.
    pub policy: Policy,
    /// Fewest characters.
    pub least: usize,
}

impl Requirements {
    /// Most characters.
    pub const MOST: usize = 128;
}
