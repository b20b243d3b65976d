//! Appending to the audit log, and reading it.

use data_encoding::HEXLOWER;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chain::{BEFORE_THE_FIRST, Chained, detail_hash};
use super::model::{Entry, Outcome};
use super::rows;
use crate::db::schema::audit;
use crate::db::{self, Conn, meta, proven};
use crate::keys::{KeyRing, random_bytes};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, OrganisationId};
use title_review_core::vocabulary::Role;

/// Where the sealed end of the chain is kept, in `meta`: `seq hash mac reached`.
pub const HEAD: &str = "audit.head";

/// A row of the audit log.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
pub struct Row {
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When the request was received.
    pub at: Instant,
    /// Who acted.
    pub actor_id: Option<String>,
    /// In which role.
    pub role: Option<String>,
    /// For which organisation.
    pub organisation_id: Option<String>,
    /// What was done.
    pub action: String,
    /// Kind of the thing it was done to.
    pub object_kind: String,
    /// Its id.
    pub object_id: String,
    /// The clause that it rests on.
    pub clause: Option<String>,
    /// What came of it.
    pub outcome: String,
    /// The request's trace id.
    pub trace_id: String,
    /// More about it, as JSON; none once it was erased.
    pub detail: Option<String>,
    /// Enters the hash of the detail; erased with it.
    pub detail_salt: Option<String>,
    /// Salted hash of the detail.
    pub detail_hash: String,
    /// Hash of the row before.
    pub prev_hash: String,
    /// Hash of this row, which covers the one before.
    pub hash: String,
}

impl Row {
    /// Where a page that ends with this row ended.
    #[must_use]
    pub fn place(&self) -> LogPosition {
        (self.at.micros(), self.seq)
    }

    /// The row of an act, before it has its place in the chain.
    fn of(entry: Entry) -> Self {
        let detail = entry.detail.to_string();
        let salt = HEXLOWER.encode(&random_bytes::<16>());
        Self {
            seq: 0,
            at: entry.at,
            actor_id: entry.actor.map(|id| id.to_string()),
            role: entry.role.map(|role| role.to_string()),
            organisation_id: entry.organisation.map(|id| id.to_string()),
            action: entry.action,
            object_kind: entry.object_kind,
            object_id: entry.object_id,
            clause: entry.clause,
            outcome: entry.outcome.to_string(),
            trace_id: entry.trace_id,
            detail_hash: HEXLOWER.encode(&detail_hash(&salt, &detail, &mut Vec::new())),
            detail: Some(detail),
            detail_salt: Some(salt),
            prev_hash: String::new(),
            hash: String::new(),
        }
    }

    /// Gives the row its place after a head.
    fn follow(&mut self, head: &Head) {
        self.seq = head.seq + 1;
        self.prev_hash.clone_from(&head.hash);
        self.hash = self.computed_hash();
    }

    /// The row is what its hash and the hash of its detail say.
    #[must_use]
    pub fn holds(&self) -> bool {
        let detail = match (&self.detail, &self.detail_salt) {
            (Some(detail), Some(salt)) => HEXLOWER.encode(&detail_hash(salt, detail, &mut Vec::new())) == self.detail_hash,
            (None, None) => true,
            _ => false,
        };
        detail && self.hash == self.computed_hash()
    }

    fn computed_hash(&self) -> String {
        let chained = Chained {
            prev_hash: &self.prev_hash,
            seq: self.seq,
            at: self.at.micros(),
            actor: self.actor_id.as_deref(),
            role: self.role.as_deref(),
            organisation: self.organisation_id.as_deref(),
            action: &self.action,
            object_kind: &self.object_kind,
            object_id: &self.object_id,
            clause: self.clause.as_deref(),
            outcome: &self.outcome,
            trace_id: &self.trace_id,
            detail_hash: &self.detail_hash,
        };
        HEXLOWER.encode(&chained.hash(&mut Vec::with_capacity(1024)))
    }
}

/// The last row of the chain.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub seq: i64,
    pub hash: String,
    /// The latest business time of any act, in microseconds: time never goes back behind it (docs/decisions/0031).
    pub reached: Option<i64>,
}

impl Head {
    /// The kept head and its seal; that of an empty chain where there is none.
    pub fn find(conn: &mut Conn) -> db::Result<(Self, String)> {
        let Some(text) = meta::find_meta(conn, HEAD)? else {
            return Ok((Self { seq: 0, hash: BEFORE_THE_FIRST.to_owned(), reached: None }, String::new()));
        };
        let unreadable = || db::Error::Unreadable(format!("meta {HEAD}"));
        let mut parts = text.split(' ');
        let (seq, hash, mac, reached) = (parts.next(), parts.next(), parts.next(), parts.next());
        let seq = seq.and_then(|seq| seq.parse().ok()).ok_or_else(unreadable)?;
        let reached = reached.map(|reached| reached.parse().map_err(|_| unreadable())).transpose()?;
        Ok((Self { seq, hash: hash.ok_or_else(unreadable)?.to_owned(), reached }, mac.unwrap_or_default().to_owned()))
    }

    pub fn seal(&self, keys: &KeyRing) -> String {
        let mut text = format!("{} {}", self.seq, self.hash);
        if let Some(reached) = self.reached {
            text = format!("{text} {reached}");
        }
        HEXLOWER.encode(&keys.mac("audit head", text.as_bytes()))
    }

    /// The head once a row has followed.
    fn after(&self, row: &Row) -> Self {
        let at = row.at.micros();
        Self { seq: row.seq, hash: row.hash.clone(), reached: Some(self.reached.map_or(at, |reached| reached.max(at))) }
    }

    /// As it is kept.
    fn text(&self, keys: &KeyRing) -> String {
        let reached = self.reached.map(|reached| format!(" {reached}")).unwrap_or_default();
        format!("{} {} {}{reached}", self.seq, self.hash, self.seal(keys))
    }

    fn keep(&self, conn: &mut Conn, keys: &KeyRing) -> db::Result<()> {
        meta::set_meta(conn, HEAD, &self.text(keys))
    }
}

/// The end of the chain as this server last wrote it, and the text that is kept of it: spares reading it before each act. It may be wrong, where a
/// transaction was rolled back or another process wrote: the head is replaced only where it is still this text.
#[derive(Debug, Default)]
pub struct ChainEnd(Mutex<Option<(Head, String)>>);

impl ChainEnd {
    fn known(&self) -> MutexGuard<'_, Option<(Head, String)>> {
        // Replaced as a whole: a panic elsewhere leaves nothing half-written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As [`append_after`], where nothing is known of the chain yet.
pub fn append(conn: &mut Conn, keys: &KeyRing, entry: Entry) -> db::Result<i64> {
    append_after(conn, keys, &ChainEnd::default(), entry, Vec::new())
}

/// Appends an act to the audit log, in the transaction of the act, with proofs of the rows that it wrote. Answers its number in the chain, counted from 1 without gaps.
pub fn append_after(
    conn: &mut Conn,
    keys: &KeyRing,
    end: &ChainEnd,
    mut entry: Entry,
    written: Vec<proven::Written>,
) -> db::Result<i64> {
    let known = end.known().take();
    rows::add_proofs(keys, &mut entry.detail, written);
    let mut row = Row::of(entry);
    if let Some((head, text)) = known {
        row.follow(&head);
        let next = head.after(&row);
        let next_text = next.text(keys);
        if meta::replace_meta(conn, HEAD, &text, &next_text)? {
            return insert(conn, &row, end, next, next_text);
        }
    }
    let (head, _) = Head::find(conn)?;
    row.follow(&head);
    let next = head.after(&row);
    let text = next.text(keys);
    meta::set_meta(conn, HEAD, &text)?;
    insert(conn, &row, end, next, text)
}

fn insert(conn: &mut Conn, row: &Row, end: &ChainEnd, head: Head, text: String) -> db::Result<i64> {
    diesel::insert_into(audit::table).values(row).execute(conn)?;
    *end.known() = Some((head, text));
    Ok(row.seq)
}

/// Number of the last row of the log, as the text of [`HEAD`] says; 0 where it says none.
#[must_use]
pub fn seq_of_head(text: &str) -> i64 {
    text.split(' ').next().and_then(|seq| seq.parse().ok()).unwrap_or_default()
}

/// The latest business time of any act, or of [`reach`].
pub fn find_reached(conn: &mut Conn) -> db::Result<Option<Instant>> {
    Ok(Head::find(conn)?.0.reached.map(Instant::from_micros))
}

/// Number and hash of the last row, as the sealed head says; 0 for an empty log.
pub fn find_head(conn: &mut Conn) -> db::Result<(i64, String)> {
    let (head, _) = Head::find(conn)?;
    Ok((head.seq, head.hash))
}

/// Keeps that business time has come to this instant: it never goes back behind it.
pub fn reach(conn: &mut Conn, keys: &KeyRing, at: Instant) -> db::Result<()> {
    let (head, _) = Head::find(conn)?;
    if head.reached.is_some_and(|reached| reached >= at.micros()) {
        return Ok(());
    }
    Head { reached: Some(at.micros()), ..head }.keep(conn, keys)
}

/// Sets back how far business time has come: for a host whose clock was wrong. The caller records it.
pub fn set_reached(conn: &mut Conn, keys: &KeyRing, at: Instant) -> db::Result<()> {
    let (head, _) = Head::find(conn)?;
    Head { reached: Some(at.micros()), ..head }.keep(conn, keys)
}

/// Erases the detail of a row and its salt. The chain stays whole: it covers the salted hash.
pub fn erase_detail(conn: &mut Conn, seq: i64) -> db::Result<()> {
    let erased = (audit::detail.eq(None::<String>), audit::detail_salt.eq(None::<String>));
    match diesel::update(audit::table.find(seq)).set(erased).execute(conn)? {
        0 => Err(db::Error::NotFound),
        _ => Ok(()),
    }
}

/// Which rows.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By this account.
    pub actor: Option<AccountId>,
    /// In this role.
    pub role: Option<Role>,
    /// For this organisation.
    pub organisation: Option<OrganisationId>,
    /// On things of this kind.
    pub object_kind: Option<String>,
    /// On this thing.
    pub object_id: Option<String>,
    /// This act.
    pub action: Option<String>,
    /// Resting on this clause.
    pub clause: Option<String>,
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// Not before this instant.
    pub from: Option<Instant>,
    /// Before this instant.
    pub to: Option<Instant>,
}

impl AuditFilter {
    /// Rows are asked for by time: then they come in its order, so that an index leads to them.
    fn is_by_time(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    fn rows<'a>(&self) -> audit::BoxedQuery<'a, db::MultiBackend> {
        let mut query = audit::table.into_boxed();
        if let Some(actor) = self.actor {
            query = query.filter(audit::actor_id.eq(actor.to_string()));
        }
        if let Some(role) = self.role {
            query = query.filter(audit::role.eq(role.as_str()));
        }
        if let Some(organisation) = self.organisation {
            query = query.filter(audit::organisation_id.eq(organisation.to_string()));
        }
        if let Some(kind) = &self.object_kind {
            query = query.filter(audit::object_kind.eq(kind.clone()));
        }
        if let Some(id) = &self.object_id {
            query = query.filter(audit::object_id.eq(id.clone()));
        }
        if let Some(action) = &self.action {
            query = query.filter(audit::action.eq(action.clone()));
        }
        if let Some(clause) = &self.clause {
            query = query.filter(audit::clause.eq(clause.clone()));
        }
        if let Some(outcome) = self.outcome {
            // Written out: an index of some rows alone is used where the query names them, not where a value is bound.
            query = query.filter(sql::<Bool>(match outcome {
                Outcome::Refused => "outcome = 'refused'",
                Outcome::Done => "outcome = 'done'",
            }));
        }
        if let Some(from) = self.from {
            query = query.filter(audit::at.ge(from));
        }
        if let Some(to) = self.to {
            query = query.filter(audit::at.lt(to));
        }
        query
    }
}

/// Where a page ended: instant in microseconds, and number.
pub type LogPosition = (i64, i64);

/// A page of the log, newest first: by number, or by instant where the filter names a time.
pub fn list_rows(conn: &mut Conn, filter: &AuditFilter, before: Option<LogPosition>, limit: i64) -> db::Result<Vec<Row>> {
    let mut query = filter.rows().select(Row::as_select()).limit(limit);
    if filter.is_by_time() {
        query = query.order((audit::at.desc(), audit::seq.desc()));
        if let Some((at, seq)) = before {
            let at = Instant::from_micros(at);
            query = query.filter(audit::at.le(at)).filter(audit::at.lt(at).or(audit::seq.lt(seq)));
        }
    } else {
        query = query.order(audit::seq.desc());
        if let Some((_, seq)) = before {
            query = query.filter(audit::seq.lt(seq));
        }
    }
    Ok(query.load(conn)?)
}

/// Rows in the order of the chain: after one number, up to another.
pub fn list_onwards(conn: &mut Conn, filter: &AuditFilter, after: i64, to: i64, limit: i64) -> db::Result<Vec<Row>> {
    let query = filter.rows().filter(audit::seq.gt(after)).filter(audit::seq.le(to)).order(audit::seq).limit(limit);
    Ok(query.select(Row::as_select()).load(conn)?)
}
