//! How Rust types stand in columns, the same on both databases: terms and ids as TEXT, instants as UTC TIMESTAMP, structures as JSON
//! in TEXT. Dates use chrono's `NaiveDate` as DATE directly.

use std::fmt;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, SingleValue, Text, Timestamp};
use diesel::sqlite::Sqlite;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Conn, MultiBackend};
use crate::clock::Instant;
use crate::{ids, words};

/// Makes a statement that both databases know (ON CONFLICT, UNION, window functions) run on [`Conn`].
#[derive(Debug, Clone, Copy)]
pub struct Both<T>(pub T);

impl<T: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<MultiBackend> for Both<T> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> diesel::QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}

impl<T> QueryId for Both<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: Query> Query for Both<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<Conn> for Both<T> {}

/// Lets a type stand where diesel expects an expression of this SQL type, and be read from a row: what diesel's derives would write,
/// kept out of the types themselves, which know no database.
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

/// Stores types with `as_str` and `FromStr` as TEXT, on both databases. For further words and ids of a slice:
/// `crate::db::text_column!(MyWord, OtherWord);`
macro_rules! text_column {
    ($($type:ty),+ $(,)?) => { $( const _: () = {
        use diesel::backend::Backend;
        use diesel::deserialize::{self, FromSql, Queryable};
        use diesel::expression::AsExpression;
        use diesel::internal::derives::as_expression::Bound;
        use diesel::serialize::{self, Output, ToSql};
        use diesel::sql_types::{Nullable, SingleValue, Text};

        $crate::db::column_type!([] $type, Text);
        impl<DB: Backend> ToSql<Text, DB> for $type where str: ToSql<Text, DB> {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { self.as_str().to_sql(out) }
        }
        impl<DB: Backend> FromSql<Text, DB> for $type where String: FromSql<Text, DB> {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> { Ok(String::from_sql(raw)?.parse::<Self>()?) }
        }
    }; )+ };
}
pub(crate) use {column_type, text_column};

crate::db::text_column!(
    words::AccountKind,
    words::AccountStatus,
    words::Action,
    words::AppraisalResult,
    words::Level,
    words::LevelGroup,
    words::OrganisationKind,
    words::OrganisationStatus,
    words::Ownership,
    words::PostKind,
    words::PutonghuaLevel,
    words::Qualification,
    words::Role,
    words::Sex,
    words::SkillGrade,
    words::Stage,
    words::StudyKind,
    words::StudySource,
    words::TechnicalSchoolClass,
    words::Verdict,
    ids::AccountId,
    ids::ApplicationId,
    ids::AttachmentId,
    ids::ClientTokenId,
    ids::CorrectionId,
    ids::JobId,
    ids::MeetingId,
    ids::MembershipId,
    ids::NoticeId,
    ids::ObjectionId,
    ids::OrderId,
    ids::OrganisationId,
    ids::PersonalTokenId,
    ids::PublicityId,
    ids::SanctionId,
    ids::SessionId,
    ids::StepId,
);

column_type!([] Instant, Timestamp);

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

/// A structure stored as JSON in a TEXT column.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

impl<T: fmt::Debug> fmt::Debug for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

column_type!([T: fmt::Debug] Json<T>, Text);

impl<T: Serialize + fmt::Debug> ToSql<Text, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: Serialize + fmt::Debug> ToSql<Text, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: Serialize + fmt::Debug + Send + Sync + 'static> ToSql<Text, MultiBackend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned, DB: Backend> FromSql<Text, DB> for Json<T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&String::from_sql(raw)?)?))
    }
}
