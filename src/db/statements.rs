//! Counting the statements of a connection, and listening to their texts.
//!
//! What begins, saves and ends a transaction is no statement here: it comes with every read and write alike.

use diesel::connection::{Connection as _, Instrumentation as _, InstrumentationEvent, get_default_instrumentation};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Conn;

thread_local! {
    /// Statements made on this thread.
    static COUNT: Cell<u64> = const { Cell::new(0) };
    /// A closure or what belongs to it is being run: what it sends counts.
    static COUNTING: Cell<bool> = const { Cell::new(false) };
    /// In builds with debug assertions: tables that were written.
    static WRITTEN: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Texts of statements, without their values: those may be personal data. Empty and free of cost until somebody listens.
#[derive(Clone, Debug, Default)]
pub(super) struct StatementLog(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    listening: AtomicBool,
    texts: Mutex<Vec<String>>,
}

impl StatementLog {
    /// Gives what was heard since the last call, and goes on listening.
    pub fn take(&self) -> Vec<String> {
        self.0.listening.store(true, Ordering::Relaxed);
        std::mem::take(&mut *self.0.texts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn hear(&self, query: &dyn std::fmt::Display) {
        let text = query.to_string();
        let text = text.split(" -- binds").next().unwrap_or_default();
        self.0.texts.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
    }
}

/// Has the statements of a connection counted, on the thread that it is used on. Whoever else watches connections goes on doing so.
pub(super) fn count_on(conn: &mut Conn, log: &StatementLog) {
    let (log, mut others) = (log.clone(), get_default_instrumentation());
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = &event
            && COUNTING.get()
        {
            COUNT.set(COUNT.get() + 1);
            if cfg!(debug_assertions) {
                note_written(*query);
            }
            if log.0.listening.load(Ordering::Relaxed) {
                log.hear(*query);
            }
        }
        if let Some(others) = &mut others {
            others.on_connection_event(event);
        }
    });
}

/// Notes which table a statement writes; `+accounts` for rows that are added.
fn note_written(query: &dyn std::fmt::Display) {
    let text = query.to_string();
    let mut words = text.split_whitespace();
    let table = match words.next() {
        Some("INSERT" | "DELETE") => words.nth(1),
        Some("UPDATE") => words.next(),
        _ => None,
    };
    if let Some(table) = table {
        let name = table.trim_matches(|c: char| !c.is_ascii_lowercase() && c != '_');
        let added = if text.starts_with("INSERT") { "+" } else { "" };
        WRITTEN.with_borrow_mut(|written| written.insert(format!("{added}{name}")));
    }
}

/// The tables that this thread has written since it was asked last; in builds without debug assertions none.
#[must_use]
pub fn take_written() -> BTreeSet<String> {
    WRITTEN.take()
}

/// Runs something and gives what it answers, with the number of statements that it made on this thread.
pub(super) fn counted<T>(run: impl FnOnce() -> T) -> (T, u64) {
    let before = COUNT.get();
    COUNTING.set(true);
    let answer = run();
    COUNTING.set(false);
    (answer, COUNT.get() - before)
}
