//! Reads the log as fast as it can be hashed: plain columns, only the types that the check needs.

use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SingleValue, Text, Timestamp};
use diesel::sqlite::{Sqlite, SqliteType};

use crate::db::schema::audit;
use crate::db::{self, Conn};

/// A row as the check needs it.
pub(super) struct Raw {
    pub seq: i64,
    /// Microseconds since 1970.
    pub at: i64,
    pub actor: Option<String>,
    pub role: Option<String>,
    pub organisation: Option<String>,
    pub action: String,
    pub object_kind: String,
    pub object_id: String,
    pub clause: Option<String>,
    pub outcome: String,
    pub trace_id: String,
    pub detail: Option<String>,
    pub detail_salt: Option<String>,
    pub detail_hash: String,
    pub prev_hash: String,
    pub hash: String,
}

/// A text column of SQLite that holds a text, and no blob or number that merely reads like one: queries would pass such a row over.
struct Plain(String);

impl FromSql<Text, Sqlite> for Plain {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            Some(SqliteType::Text) => Ok(Self(value.read_text().to_owned())),
            _ => Err("not a text".into()),
        }
    }
}

impl<ST: SingleValue> Queryable<ST, Sqlite> for Plain
where
    Self: FromSql<ST, Sqlite>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

/// A number of SQLite that is an integer, and nothing that is rounded to one.
struct Whole(i64);

impl FromSql<BigInt, Sqlite> for Whole {
    fn from_sql(mut value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        match value.value_type() {
            Some(SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt) => Ok(Self(value.read_long())),
            _ => Err("not a whole number".into()),
        }
    }
}

impl<ST: SingleValue> Queryable<ST, Sqlite> for Whole
where
    Self: FromSql<ST, Sqlite>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

/// A timestamp of PostgreSQL as it comes: microseconds since 2000.
struct Since2000(i64);

impl FromSql<Timestamp, Pg> for Since2000 {
    fn from_sql(value: <Pg as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <PgTimestamp as FromSql<Timestamp, Pg>>::from_sql(value).map(|PgTimestamp(micros)| Self(micros))
    }
}

impl<ST: SingleValue> Queryable<ST, Pg> for Since2000
where
    Self: FromSql<ST, Pg>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

const MICROS_TO_2000: i64 = 946_684_800_000_000;

type Texts<T> = (Option<T>, Option<T>, Option<T>, T, T, T, Option<T>, T, T, Option<T>, Option<T>, T, T, T);

type TextColumns = (
    audit::actor_id,
    audit::role,
    audit::organisation_id,
    audit::action,
    audit::object_kind,
    audit::object_id,
    audit::clause,
    audit::outcome,
    audit::trace_id,
    audit::detail,
    audit::detail_salt,
    audit::detail_hash,
    audit::prev_hash,
    audit::hash,
);
const TEXT_COLUMNS: TextColumns = (
    audit::actor_id,
    audit::role,
    audit::organisation_id,
    audit::action,
    audit::object_kind,
    audit::object_id,
    audit::clause,
    audit::outcome,
    audit::trace_id,
    audit::detail,
    audit::detail_salt,
    audit::detail_hash,
    audit::prev_hash,
    audit::hash,
);

fn raw<T>(seq: i64, at: i64, texts: Texts<T>, text: impl Fn(T) -> String) -> Raw {
    let (actor, role, organisation, action, kind, id, clause, outcome, trace, detail, salt, detail_hash, prev_hash, hash) = texts;
    Raw {
        seq,
        at,
        actor: actor.map(&text),
        role: role.map(&text),
        organisation: organisation.map(&text),
        action: text(action),
        object_kind: text(kind),
        object_id: text(id),
        clause: clause.map(&text),
        outcome: text(outcome),
        trace_id: text(trace),
        detail: detail.map(&text),
        detail_salt: salt.map(&text),
        detail_hash: text(detail_hash),
        prev_hash: text(prev_hash),
        hash: text(hash),
    }
}

/// A batch of rows in the order of the chain.
pub(super) struct Batch {
    pub rows: Vec<Raw>,
    /// The row after these does not read as one.
    pub unreadable: bool,
}

/// The rows after a number, at most so many.
pub(super) fn list_after(conn: &mut Conn, seq: i64, limit: i64) -> db::Result<Batch> {
    let mut rows = Vec::with_capacity(usize::try_from(limit).unwrap_or(0));
    match conn {
        Conn::Sqlite(conn) => {
            // As it stands: SQLite keeps a timestamp as a text.
            let at = sql::<Text>("at");
            let query =
                audit::table.filter(audit::seq.gt(seq)).order(audit::seq).limit(limit).select((audit::seq, at, TEXT_COLUMNS));
            for row in query.load_iter::<(Whole, Plain, Texts<Plain>), DefaultLoadingMode>(conn)? {
                let row = match row {
                    Ok(row) => row,
                    Err(diesel::result::Error::DeserializationError(_)) => return Ok(Batch { rows, unreadable: true }),
                    Err(other) => return Err(other.into()),
                };
                let (Whole(seq), Plain(at), texts) = row;
                let Some(at) = micros(at.as_bytes()) else { return Ok(Batch { rows, unreadable: true }) };
                rows.push(raw(seq, at, texts, |Plain(text)| text));
            }
        }
        Conn::Pg(conn) => {
            let query = audit::table.filter(audit::seq.gt(seq)).order(audit::seq).limit(limit).select((
                audit::seq,
                audit::at,
                TEXT_COLUMNS,
            ));
            for row in query.load_iter::<(i64, Since2000, Texts<String>), DefaultLoadingMode>(conn)? {
                let (seq, Since2000(at), texts) = row?;
                rows.push(raw(seq, at.saturating_add(MICROS_TO_2000), texts, |text| text));
            }
        }
    }
    Ok(Batch { rows, unreadable: false })
}

/// Microseconds since 1970 of a timestamp as this program writes it to SQLite, `2024-08-30 10:00:00.500`: nothing, three or six digits
/// behind the point. None for any other text, also where it means an instant.
fn micros(text: &[u8]) -> Option<i64> {
    let digits = |from: usize, to: usize| {
        text.get(from..to)?
            .iter()
            .try_fold(0_i64, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| text.get(*at) != Some(mark)) {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    let fraction = match text.len() {
        19 => 0,
        23 | 26 if text[19] == b'.' => {
            let fraction = digits(20, text.len())?;
            let (fraction, shortest) = if text.len() == 23 { (fraction * 1000, 0) } else { (fraction, fraction % 1000) };
            // As it is written, the fraction is as short as it can be.
            if fraction == 0 || (text.len() == 26 && shortest == 0) {
                return None;
            }
            fraction
        }
        _ => return None,
    };
    let in_month =
        [31, 28 + i64::from((year % 4 == 0 && year % 100 != 0) || year % 400 == 0), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days_here = in_month.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    if !(1..=*days_here).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970 by the civil calendar, with years that begin in March.
    let shifted = if month <= 2 { year - 1 } else { year };
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::micros;
    use proptest::prelude::*;
    use title_review_core::clock::Instant;

    #[test]
    fn audit_timestamp_in_another_form_is_rejected() {
        for text in [
            "2024-08-30 10:00:00.000",
            "2024-08-30 10:00:00.500000",
            "2024-08-30T10:00:00",
            "2024-08-30 10:00:00Z",
            "2024-08-30 10:00",
            "2024-02-30 10:00:00",
            "2023-02-29 10:00:00",
            "2024-08-30 24:00:00",
            "2024-13-30 10:00:00",
            " 2024-08-30 10:00:00",
            "2024-08-30 10:00:00.5",
            "",
        ] {
            assert_eq!(micros(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn instants_read_as_chrono_writes_them(at in -2_000_000_000_000_000_i64..50_000_000_000_000_000, whole: bool) {
            let at = if whole { at / 1_000_000 * 1_000_000 } else { at };
            let text = Instant::from_micros(at).naive_utc().format("%F %T%.f").to_string();
            prop_assert_eq!(micros(text.as_bytes()), Some(at), "{}", text);
        }
    }
}
