//! What slices keep in memory beside the database: caches, counters, semaphores.

use std::any::{Any, TypeId, type_name};
use std::collections::{BTreeSet, HashMap};

/// What slices keep in memory while the server runs, one value of each type. The composition root (`server::assemble`) fills it; nothing is added later.
#[derive(Default)]
pub struct State(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

/// A state that somebody will ask for, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequiredState {
    id: TypeId,
    /// Name of the type.
    pub name: &'static str,
}

impl RequiredState {
    /// The state of this type.
    #[must_use]
    pub fn of<T: Any>() -> Self {
        Self { id: TypeId::of::<T>(), name: type_name::<T>() }
    }
}

impl State {
    /// With this value as the state of its type; an earlier one is replaced.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }

    /// The state of this type, if there is one.
    #[must_use]
    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The names of those required states that are not there, each once.
    pub fn missing(&self, required: impl IntoIterator<Item = RequiredState>) -> Vec<&'static str> {
        let missing: BTreeSet<_> =
            required.into_iter().filter(|state| !self.0.contains_key(&state.id)).map(|state| state.name).collect();
        missing.into_iter().collect()
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("values", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{RequiredState, State};

    #[derive(Debug, PartialEq)]
    struct Cache(u8);

    struct Absent;

    #[test]
    fn state_is_found_by_its_type() {
        let state = State::default().with(Cache(1)).with("text").with(Cache(2));
        assert_eq!(state.get::<Cache>(), Some(&Cache(2)));
        assert_eq!(state.get::<&str>(), Some(&"text"));
        assert!(state.get::<Absent>().is_none());
    }

    #[test]
    fn missing_state_is_named() {
        let state = State::default().with(Cache(1));
        let (cache, absent) = (RequiredState::of::<Cache>(), RequiredState::of::<Absent>());
        let missing = state.missing([cache, absent, absent]);
        assert_eq!(missing, ["title_review::context::state::tests::Absent"]);
    }
}
