//! Ids: UUIDv7, made by the application from the instant of the request, so that they sort by time.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::clock::Instant;

/// A source of new ids.
pub trait IdSource: Send + Sync {
    /// A new UUIDv7 for this instant. Ids of the same source and instant differ.
    fn uuid(&self, at: Instant) -> Uuid;
}

/// Reproducible ids for tests and snapshots. Ids of one instant ascend in the order of creation.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    next: AtomicU64,
}

impl SeededIds {
    /// A source that starts from this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, next: AtomicU64::new(1) }
    }
}

impl IdSource for SeededIds {
    fn uuid(&self, at: Instant) -> Uuid {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        version_7(at, ((count << 16) ^ (self.seed & 0xffff)).to_be_bytes())
    }
}

/// RFC 9562 version 7: milliseconds, then the microseconds within in the 12 bits of `rand_a`, then `low`.
#[must_use]
pub fn version_7(at: Instant, low: [u8; 8]) -> Uuid {
    let micros = u64::try_from(at.micros()).unwrap_or(0);
    let within = u16::try_from(micros % 1000).unwrap_or(0) * 4;
    let mut tail = [0_u8; 10];
    tail[..2].copy_from_slice(&within.to_be_bytes());
    tail[2..].copy_from_slice(&low);
    Builder::from_unix_timestamp_millis(micros / 1000, &tail).into_uuid()
}

/// The 36 characters of a UUID in lower case. Ids are stored as text; this form is `Copy` and needs no allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdText([u8; 36]);

impl IdText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Always ASCII: only `From<Uuid>` makes one.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<Uuid> for IdText {
    fn from(id: Uuid) -> Self {
        let mut text = [0_u8; 36];
        id.hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

impl FromStr for IdText {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        // Only the hyphenated form: one id, one text.
        if text.len() != 36 {
            return Err(NotAnId);
        }
        Uuid::try_parse(text).map(Self::from).map_err(|_| NotAnId)
    }
}

impl fmt::Display for IdText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that is not a UUID in its hyphenated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID such as 01912345-6789-7abc-8def-0123456789ab")]
pub struct NotAnId;

/// Declares newtypes of ids: text of a UUID in JSON and in the database, a type of its own in code.
#[macro_export]
macro_rules! id_type {
    ($($(#[$meta:meta])* $name:ident;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String, format = Uuid, example = "01912345-6789-7abc-8def-0123456789ab")]
        pub struct $name($crate::ids::IdText);

        impl $name {
            /// A new id for something made at this instant.
            #[must_use]
            pub fn new(ids: &dyn $crate::ids::IdSource, at: $crate::clock::Instant) -> Self { Self(ids.uuid(at).into()) }

            /// The UUID as text, in lower case.
            #[must_use]
            pub fn as_str(&self) -> &str { self.0.as_str() }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self { Self(id.into()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ids::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { self.as_str() }
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
    )+ };
}
pub use id_type;

crate::ids::id_type! {
    /// A person's account.
    AccountId;
    /// An application (申报).
    ApplicationId;
    /// An attachment.
    AttachmentId;
    /// An access token of an OAuth client.
    ClientTokenId;
    /// One correction asked for in a return.
    CorrectionId;
    /// An extension of a cycle's window.
    ExtensionId;
    /// A leased job.
    JobId;
    /// A committee's meeting.
    MeetingId;
    /// A person's role in an organisation.
    MembershipId;
    /// A notice to an account.
    NoticeId;
    /// An objection against a publicity.
    ObjectionId;
    /// A payment order.
    OrderId;
    /// An organisation.
    OrganisationId;
    /// What one person proposes and another confirms.
    ProposalId;
    /// A change of employer.
    TransferId;
    /// A person's token for their programs.
    PersonalTokenId;
    /// A publicity (公示) of an employer or of a result.
    PublicityId;
    /// A sanction.
    SanctionId;
    /// A signed-in session.
    SessionId;
    /// One step of an application's history.
    StepId;
    /// A record of continuing education in the registry.
    StudyRecordId;
    /// An import of a file.
    ImportId;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Instant {
        "2024-08-30T18:00:00.000001+08:00".parse().unwrap()
    }

    #[test]
    fn seeded_ids_are_reproducible_and_ascending() {
        let (a, b) = (SeededIds::new(7), SeededIds::new(7));
        let first = ApplicationId::new(&a, at());
        assert_eq!(first, ApplicationId::new(&b, at()));
        assert!(first < ApplicationId::new(&a, at()));
        assert_ne!(first, ApplicationId::new(&SeededIds::new(8), at()));
    }

    #[test]
    fn id_in_another_form_is_rejected() {
        let text = "01912345-6789-7abc-8def-0123456789ab";
        let id: AccountId = serde_json::from_str(&format!("\"{}\"", text.to_uppercase())).unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        for refused in [
            "",
            "1",
            "0191234567897abc8def0123456789ab",
            "{01912345-6789-7abc-8def-0123456789ab}",
            "01912345-6789-7abc-8def-0123456789ax",
        ] {
            assert_eq!(refused.parse::<AccountId>(), Err(NotAnId), "{refused}");
        }
    }
}
