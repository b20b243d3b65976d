//! Column types, the same on every database: terms and ids are TEXT, instants are TIMESTAMP in UTC.

use crate::clock::Instant;
use crate::{ids, vocabulary};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Nullable, SingleValue, Timestamp};

/// Implements the traits that diesel's derives would implement for a type and an SQL type, so that the types themselves do not depend on
/// diesel.
#[macro_export]
macro_rules! column_type {
    ([$($generics:tt)*] $type:ty, $sql:ty) => {
        impl<$($generics)*> AsExpression<$sql> for $type {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<$($generics)*> AsExpression<Nullable<$sql>> for $type {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<'a, $($generics)*> AsExpression<$sql> for &'a $type {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<'a, $($generics)*> AsExpression<Nullable<$sql>> for &'a $type {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<'a, 'b, $($generics)*> AsExpression<$sql> for &'b &'a $type {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<'a, 'b, $($generics)*> AsExpression<Nullable<$sql>> for &'b &'a $type {
            type Expression = Bound<Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression { Bound::new(self) }
        }
        impl<DB: Backend, $($generics)*> ToSql<Nullable<$sql>, DB> for $type where Self: ToSql<$sql, DB> {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { ToSql::<$sql, DB>::to_sql(self, out) }
        }
        impl<DB: Backend, ST: SingleValue, $($generics)*> Queryable<ST, DB> for $type where Self: FromSql<ST, DB> {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> { Ok(row) }
        }
    };
}

/// Stores types with `as_str` and `FromStr` as TEXT on both databases. For further terms and ids of a slice:
/// `crate::text_column!(MyWord, OtherWord);`
#[macro_export]
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => { $( const _: () = {
        use diesel::backend::Backend;
        use diesel::deserialize::{self, FromSql, Queryable};
        use diesel::expression::AsExpression;
        use diesel::internal::derives::as_expression::Bound;
        use diesel::serialize::{self, Output, ToSql};
        use diesel::sql_types::{Nullable, SingleValue, Text};

        $crate::column_type!([] $type, Text);
        impl<DB: Backend> ToSql<Text, DB> for $type where str: ToSql<Text, DB> {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { self.as_str().to_sql(out) }
        }
        impl<DB: Backend> FromSql<Text, DB> for $type where String: FromSql<Text, DB> {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> { Ok(String::from_sql(raw)?.parse::<Self>()?) }
        }
    }; )+ };
}

crate::text_column!(
    crate::cycles::definition::WindowName,
    crate::open_terms::ChainStepId,
    vocabulary::AccountKind,
    vocabulary::AccountStatus,
    vocabulary::Action,
    vocabulary::AppraisalResult,
    vocabulary::Level,
    vocabulary::LevelGroup,
    vocabulary::OrganisationKind,
    vocabulary::OrganisationStatus,
    vocabulary::Ownership,
    vocabulary::PostKind,
    vocabulary::PutonghuaLevel,
    vocabulary::Qualification,
    vocabulary::Role,
    vocabulary::Sex,
    vocabulary::SkillGrade,
    vocabulary::Stage,
    vocabulary::StudyKind,
    vocabulary::StudySource,
    vocabulary::TechnicalSchoolClass,
    vocabulary::Verdict,
    ids::AccountId,
    ids::ApplicationId,
    ids::AttachmentId,
    ids::ClientTokenId,
    ids::CorrectionId,
    ids::ExtensionId,
    ids::JobId,
    ids::MeetingId,
    ids::MembershipId,
    ids::NoticeId,
    ids::ObjectionId,
    ids::OrderId,
    ids::OrganisationId,
    ids::PersonalTokenId,
    ids::PublicityId,
    ids::ImportId,
    ids::SanctionId,
    ids::ProposalId,
    ids::StudyRecordId,
    ids::TransferId,
    ids::SessionId,
    ids::StepId,
);

crate::column_type!([] Instant, Timestamp);

impl<DB: Backend> ToSql<Timestamp, DB> for Instant
where
    chrono::NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.naive_utc().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Timestamp, DB> for Instant
where
    chrono::NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        chrono::NaiveDateTime::from_sql(raw).map(Self::from_naive_utc)
    }
}
