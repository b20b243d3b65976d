//! Terms that a notice adds itself: short names, `[a-z][a-z0-9_]*` of at most [`MAX_LENGTH`] characters, that are copied like the values of a closed
//! set ([`crate::vocabulary`]).

use std::borrow::Cow;

/// Characters of a name at most.
pub const MAX_LENGTH: usize = 40;

/// What a name looks like, as a regular expression.
pub const PATTERN: &str = "^[a-z][a-z0-9_]{0,39}$";

/// The text is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name: lower-case letters, digits and `_`, a letter first, at most 40 characters")]
pub struct NotAName(pub String);

/// The characters of a name, in place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    bytes: [u8; MAX_LENGTH],
    length: u8,
}

impl Name {
    /// Reads a name; `None` for a text that is none.
    #[must_use]
    pub const fn read(text: &str) -> Option<Self> {
        let given = text.as_bytes();
        if given.is_empty() || given.len() > MAX_LENGTH || !given[0].is_ascii_lowercase() {
            return None;
        }
        let mut bytes = [0; MAX_LENGTH];
        let mut at = 0;
        while at < given.len() {
            if !(given[at].is_ascii_lowercase() || given[at].is_ascii_digit() || given[at] == b'_') {
                return None;
            }
            bytes[at] = given[at];
            at += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 40")]
        let length = given.len() as u8;
        Some(Self { bytes, length })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// The schema of a name.
pub(crate) fn schema(description: &str, example: &str) -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .description(Some(description))
        .pattern(Some(PATTERN))
        .max_length(Some(MAX_LENGTH))
        .examples([serde_json::Value::from(example)])
        .into()
}

/// Declares a term that a notice adds: its type, with an example.
macro_rules! open_term {
    ($(#[doc = $doc:literal])+ $name:ident, $example:literal) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::open_terms::Name);

        impl $name {
            /// The value in JSON, in the database and in cycle files.
            #[must_use]
            pub fn as_str(&self) -> &str { self.0.as_str() }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}({})", stringify!($name), self.as_str()) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::open_terms::NotAName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::open_terms::Name::read(text).map(Self).ok_or_else(|| $crate::open_terms::NotAName(text.to_owned()))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> { serializer.serialize_str(self.as_str()) }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::open_terms::schema(&[$($doc),+].map(str::trim).join(" "), $example)
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> Cow<'static, str> { Cow::Borrowed(stringify!($name)) }
        }
    };
}

open_term! {
    /// Id of a step of a track's chain of reviewers, as the cycle names it.
    ChainStepId, "employer_review"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_strictly() {
        let longest = "a".repeat(MAX_LENGTH);
        for good in ["a", "county_2", longest.as_str()] {
            assert_eq!(good.parse::<ChainStepId>().map(|id| id.to_string()), Ok(good.to_owned()));
        }
        let too_long = "a".repeat(MAX_LENGTH + 1);
        for bad in ["", "A", "2a", "_a", "a-b", "a b", "学校", too_long.as_str()] {
            assert_eq!(bad.parse::<ChainStepId>(), Err(NotAName(bad.to_owned())));
        }
    }

    #[test]
    fn names_are_ordered_as_their_texts() {
        let mut ids: Vec<ChainStepId> = ["b", "ab", "a"].map(|text| text.parse().expect("a name")).into();
        ids.sort();
        assert_eq!(ids.iter().map(ChainStepId::as_str).collect::<Vec<_>>(), ["a", "ab", "b"]);
    }
}
