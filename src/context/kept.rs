//! Values that were read from the database and are kept while they hold.

use super::Cx;
use super::freshness::{AsOf, Part};
use crate::db;
use std::hash::Hash;

/// Values read from the database by a key, at most so many, the least used dropped first. Each is given again only while it holds
/// ([`super::Freshness`]). Clones share the values.
#[derive(Clone, Debug)]
pub struct Kept<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(moka::sync::Cache<K, (AsOf, V)>);

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Kept<K, V> {
    /// At most so many values.
    #[must_use]
    pub fn at_most(count: u64) -> Self {
        Self(moka::sync::Cache::builder().max_capacity(count).build())
    }

    /// The value, if it is kept and holds for this use case. One that was read after this transaction began is not of the same picture.
    pub fn find(&self, cx: &mut Cx<'_>, key: &K, parts: &[Part]) -> Result<Option<V>, db::Error> {
        if !cx.may_use_kept(parts)? {
            return Ok(None);
        }
        let seen = cx.as_of();
        let known = self.0.get(key).filter(|(as_of, _)| *as_of <= seen && cx.app.freshness.holds(*as_of, parts));
        Ok(known.map(|(_, value)| value))
    }

    /// Keeps a value that this use case has read, or as the act leaves it: then once the act is committed.
    pub fn keep(&self, cx: &mut Cx<'_>, key: K, parts: &[Part], value: V) {
        if cx.reads_committed(parts) {
            self.0.insert(key, (cx.as_of(), value));
        } else {
            let cache = self.0.clone();
            // Acts of the same group that come after this one are committed after this hook, and end what it keeps.
            cx.after_commit(move |app| cache.insert(key, (app.freshness.now(), value)));
        }
    }

    /// The kept value, or the one that `load` reads.
    pub fn get<E: From<db::Error>>(
        &self,
        cx: &mut Cx<'_>,
        key: K,
        parts: &[Part],
        load: impl FnOnce(&mut Cx<'_>) -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(value) = self.find(cx, &key, parts)? {
            return Ok(value);
        }
        let value = load(cx)?;
        // What an act reads of what it changes itself is not kept: it may have been read before the change.
        if cx.reads_committed(parts) {
            self.keep(cx, key, parts, value.clone());
        }
        Ok(value)
    }
}
