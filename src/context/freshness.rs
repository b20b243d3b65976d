//! Whether what was read from the database some time ago still holds, without asking it again.
//!
//! Commits of this server are numbered. Each part of the data that something kept depends on ([`Part`]) remembers the number of the last commit that
//! changed it; what was read in a transaction that began after that commit still holds. Parts share slots by hash: two that share one cost a read too
//! many, never a stale answer.
//!
//! Other processes on the same database (a second server on PostgreSQL, a command) are noticed by the number of the last audit row, which every act
//! raises: whoever sees one that is not this server's own drops everything.

use crate::audit;
use crate::db;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use title_review_core::clock::Instant;
use title_review_core::ids::{AccountId, ApplicationId};

/// A part of the data that changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The row of an application, its history, corrections, publicity, originals, order.
    Application(ApplicationId),
    /// The dossier of an application.
    Dossier(ApplicationId),
    /// The evidence of an application, and its defence.
    Evidence(ApplicationId),
    /// Which applications a person has, and what the registry holds of them.
    Person(AccountId),
}

/// What an act changes of what others may have kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changes {
    /// Anything: what is assumed unless an act says otherwise.
    Everything,
    /// These parts alone; none at all where the list is empty.
    Parts(Vec<Part>),
}

/// The number of the last commit that somebody has certainly seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AsOf(u64);

/// Tables that everybody's answers depend on: an act that writes one changes [`Changes::Everything`].
const OF_EVERYBODY: [&str; 6] = ["accounts", "organisations", "cycles", "cycle_versions", "window_extensions", "sanctions"];
/// Of those, the tables of which rows are kept by their id: a row that is added was kept by nobody.
const BY_ID: [&str; 2] = ["+accounts", "+organisations"];
/// Tables of the parts: an act that writes one changes a part at least.
const OF_PARTS: [&str; 10] = [
    "applications",
    "steps",
    "corrections",
    "attachments",
    "defences",
    "received_originals",
    "publicities",
    "objections",
    "certificates",
    "study_records",
];

const SLOTS: usize = 16_384;

/// More acts than a group ever has: what waits was not committed, and nothing has been since.
const MOST_PENDING: usize = 4_096;

/// How long an answer may be given without looking whether another process has written, on a database of this server alone.
const UNCHECKED_MICROS: i64 = 1_000_000;

/// See the module.
#[derive(Debug)]
pub struct Freshness {
    commits: AtomicU64,
    everything: AtomicU64,
    slots: Box<[AtomicU64]>,
    /// Number of the last audit row that was seen.
    seen: AtomicI64,
    /// Session time, in microseconds, at which it was last looked at.
    looked_at: AtomicI64,
    /// What acts of the group that is being written have changed; they are committed together.
    pending: Mutex<Vec<Changes>>,
}

impl Default for Freshness {
    fn default() -> Self {
        Self {
            commits: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            slots: std::iter::repeat_with(AtomicU64::default).take(SLOTS).collect(),
            seen: AtomicI64::new(0),
            looked_at: AtomicI64::new(i64::MIN),
            pending: Mutex::default(),
        }
    }
}

impl Freshness {
    /// Now: to be asked before a transaction reads anything.
    pub fn now(&self) -> AsOf {
        AsOf(self.commits.load(Ordering::Acquire))
    }

    fn slot(&self, part: Part) -> &AtomicU64 {
        // Without a key: ids are made here, nobody chooses them, and a story takes the same slots each time.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(part);
        &self.slots[usize::try_from(hash % SLOTS as u64).unwrap_or(0)]
    }

    /// What was read as of then still holds, as far as these parts and what everybody depends on are concerned.
    pub fn holds(&self, as_of: AsOf, parts: &[Part]) -> bool {
        self.everything.load(Ordering::Acquire) <= as_of.0
            && parts.iter().all(|part| self.slot(*part).load(Ordering::Acquire) <= as_of.0)
    }

    fn pending(&self) -> MutexGuard<'_, Vec<Changes>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An act that is not committed yet has changed one of these parts.
    pub(super) fn is_pending(&self, parts: &[Part]) -> bool {
        self.pending().iter().any(|changes| changes.concern(parts))
    }

    /// An act has written this and waits for its commit.
    pub(super) fn expect(&self, changes: &Changes) {
        let mut pending = self.pending();
        match changes {
            Changes::Parts(parts) if parts.is_empty() => {}
            Changes::Parts(_) if pending.len() < MOST_PENDING => pending.push(changes.clone()),
            // One that concerns everything says what all others say, and more.
            _ => *pending = vec![Changes::Everything],
        }
    }

    /// An act is committed; `acts`: its first and last audit row; `hooks` does what follows. Called on the writer's thread, in the order of the commits.
    pub(super) fn committed(&self, changes: &Changes, acts: Option<(i64, i64)>, hooks: impl FnOnce()) {
        self.pending().clear();
        let foreign = acts.is_some_and(|(first, last)| self.seen.fetch_max(last, Ordering::AcqRel) + 1 < first);
        match changes {
            Changes::Everything => self.drop_everything(),
            Changes::Parts(parts) => {
                let number = self.commits.fetch_add(1, Ordering::AcqRel) + 1;
                for part in parts {
                    self.slot(*part).store(number, Ordering::Release);
                }
            }
        }
        hooks();
        // Another process has written. Last: what the act has kept by its hooks may have been read before that.
        if foreign {
            self.drop_everything();
        }
    }

    /// Number of the last audit row, as a transaction sees it: one that is not known means that another process has written.
    pub fn observe(&self, last: i64, session_now: Instant) {
        self.looked_at.store(session_now.micros(), Ordering::Release);
        if self.seen.fetch_max(last, Ordering::AcqRel) < last {
            self.drop_everything();
        }
    }

    /// What was kept is used no more.
    pub fn drop_everything(&self) {
        let number = self.commits.fetch_add(1, Ordering::AcqRel) + 1;
        self.everything.store(number, Ordering::Release);
    }

    /// It is time to look whether another process has written.
    pub fn is_stale(&self, session_now: Instant) -> bool {
        let age = session_now.micros().saturating_sub(self.looked_at.load(Ordering::Acquire));
        !(0..UNCHECKED_MICROS).contains(&age)
    }
}

impl Changes {
    pub(super) fn concern(&self, parts: &[Part]) -> bool {
        match self {
            Self::Everything => true,
            Self::Parts(changed) => changed.iter().any(|part| parts.contains(part)),
        }
    }

    /// Whether an act that changes this may have written these tables. Tests run with debug assertions, which ask this of every act.
    pub(super) fn admit<'a>(&self, written: &'a std::collections::BTreeSet<String>) -> Result<(), &'a str> {
        let Self::Parts(parts) = self else { return Ok(()) };
        let unsaid = |written: &&String| {
            let table = written.trim_start_matches('+');
            let of_everybody = OF_EVERYBODY.contains(&table) && !BY_ID.contains(&written.as_str());
            of_everybody || (parts.is_empty() && OF_PARTS.contains(&table))
        };
        written.iter().find(unsaid).map_or(Ok(()), |table| Err(table))
    }

    /// With these parts, too.
    pub(super) fn and(&mut self, parts: &[Part]) {
        if let Self::Parts(known) = self {
            known.extend_from_slice(parts);
        }
    }
}

/// Looks in the database whether another process has written.
pub(super) fn look(conn: &mut db::Conn, freshness: &Freshness, session_now: Instant) -> db::Result<()> {
    let (last, _) = audit::find_head(conn)?;
    freshness.observe(last, session_now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Changes, Freshness, Part};
    use title_review_core::clock::Instant;
    use title_review_core::ids::{ApplicationId, SeededIds};

    fn two_parts() -> (Part, Part) {
        let ids = SeededIds::new(1);
        let part = || Part::Application(ApplicationId::new(&ids, Instant::EPOCH));
        (part(), part())
    }

    #[test]
    fn what_was_read_before_a_change_of_its_part_does_not_hold() {
        let (freshness, (changed, other)) = (Freshness::default(), two_parts());
        let before = freshness.now();
        freshness.committed(&Changes::Parts(vec![changed]), Some((1, 1)), || {});
        assert!(!freshness.holds(before, &[changed]));
        assert!(freshness.holds(before, &[other]) && freshness.holds(freshness.now(), &[changed]));
        freshness.committed(&Changes::Everything, Some((2, 2)), || {});
        assert!(!freshness.holds(before, &[other]));
    }

    #[test]
    fn gap_in_the_audit_rows_means_another_writer() {
        let (freshness, (part, other)) = (Freshness::default(), two_parts());
        freshness.committed(&Changes::Parts(vec![part]), Some((1, 2)), || {});
        let kept = freshness.now();
        let mut kept_by_hook = kept;
        freshness.committed(&Changes::Parts(vec![part]), Some((3, 3)), || kept_by_hook = freshness.now());
        assert!(freshness.holds(kept, &[other]) && freshness.holds(kept_by_hook, &[part]));
        // Number 4 is somebody else's.
        let mut kept_by_hook = kept;
        freshness.committed(&Changes::Parts(vec![part]), Some((5, 5)), || kept_by_hook = freshness.now());
        assert!(!freshness.holds(kept, &[other]) && !freshness.holds(kept_by_hook, &[other]));
        let kept = freshness.now();
        freshness.observe(5, Instant::EPOCH);
        assert!(freshness.holds(kept, &[other]));
        freshness.observe(6, Instant::EPOCH);
        assert!(!freshness.holds(kept, &[other]));
    }

    #[test]
    fn changes_of_the_same_group_are_pending_until_it_is_committed() {
        let (freshness, (part, other)) = (Freshness::default(), two_parts());
        freshness.expect(&Changes::Parts(vec![part]));
        assert!(freshness.is_pending(&[part]) && !freshness.is_pending(&[other]));
        freshness.expect(&Changes::Everything);
        assert!(freshness.is_pending(&[other]) && freshness.is_pending(&[]));
        freshness.committed(&Changes::Everything, None, || {});
        assert!(!freshness.is_pending(&[part]));
    }
}
