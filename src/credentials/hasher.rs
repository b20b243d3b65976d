//! Passwords as hashes: argon2id, a few at a time, with a bounded queue.

use crate::keys::random_bytes;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Price of one hash: memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes that may run at the same time: bounds the memory of a burst of logins.
    pub at_once: usize,
    /// Hashes that may wait for their turn: bounds how long anybody waits.
    pub waiting: usize,
}

impl Cost {
    /// 19 MiB, two passes (OWASP's first choice for argon2id).
    pub const STANDARD: Self = Self { memory_kib: 19_456, passes: 2, at_once: 2, waiting: 128 };
}

/// Hashes and checks passwords on the blocking pool, at most [`Cost::at_once`] at a time.
pub struct Hasher {
    cost: Cost,
    tickets: Semaphore,
    turns: Semaphore,
    decoy: String,
    computed: AtomicU64,
}

/// Permission to compute hashes. At most [`Cost::at_once`] exist at a time.
pub struct HashPermit<'a> {
    hasher: &'a Hasher,
    _ticket: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

/// Why no hash was computed.
#[derive(Debug, thiserror::Error)]
pub enum HashingError {
    /// As many wait already as may wait. Trying again in a moment is right.
    #[error("too many wait for the hasher")]
    QueueFull,
    /// The cost is none that argon2 takes.
    #[error("the parameters of the password hash are refused")]
    Parameters(#[source] argon2::Error),
    /// No hash came of it.
    #[error("the password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The thread that computed it ended.
    #[error("the computation of a password hash was ended")]
    Task(#[source] tokio::task::JoinError),
}

impl Hasher {
    /// A hasher of this price.
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        let at_once = cost.at_once.max(1);
        // The hash of no known password, with our own parameters: checking against it is the same work.
        let decoy = format!(
            "$argon2id$v=19$m={},t={},p=1${}${}",
            cost.memory_kib,
            cost.passes,
            BASE64_NOPAD.encode(&random_bytes::<16>()),
            BASE64_NOPAD.encode(&random_bytes::<32>()),
        );
        Self {
            cost,
            tickets: Semaphore::new(at_once + cost.waiting),
            turns: Semaphore::new(at_once),
            decoy,
            computed: AtomicU64::new(0),
        }
    }

    /// How many hashes wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let at_once = self.cost.at_once.max(1);
        let inside = (at_once + self.cost.waiting).saturating_sub(self.tickets.available_permits());
        let computing = at_once.saturating_sub(self.turns.available_permits());
        inside.saturating_sub(computing) as u64
    }

    /// How many hashes were computed since the start.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Waits for a permit; [`HashingError::QueueFull`] at once where too many wait already.
    pub async fn acquire(&self) -> Result<HashPermit<'_>, HashingError> {
        let ticket = self.tickets.try_acquire().map_err(|_| HashingError::QueueFull)?;
        // An error means that the semaphore was closed; nobody closes it.
        let turn = self.turns.acquire().await.map_err(|_| HashingError::QueueFull)?;
        Ok(HashPermit { hasher: self, _ticket: ticket, _turn: turn })
    }

    /// The PHC string of a password, now: for commands. The server uses [`Hasher::hash`].
    pub fn hash_now(&self, password: &str) -> Result<String, HashingError> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        hash_at(self.cost, password)
    }

    /// The PHC string of a password, when it is its turn.
    pub async fn hash(&self, password: String) -> Result<String, HashingError> {
        self.acquire().await?.hash(password).await
    }
}

impl HashPermit<'_> {
    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> Result<String, HashingError> {
        let cost = self.hasher.cost;
        self.hasher.computed.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(move || hash_at(cost, &password)).await.map_err(HashingError::Task)?
    }

    /// The password belongs to the hash. Without a hash (an unknown login, an account without a password) the same work is done and the answer
    /// is no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, HashingError> {
        let hash = hash.filter(|hash| PasswordHash::new(hash).is_ok());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.hasher.decoy.clone());
        let argon2 = argon2_at(self.hasher.cost)?;
        self.hasher.computed.fetch_add(1, Ordering::Relaxed);
        let same = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash).is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
        .map_err(HashingError::Task)?;
        Ok(same && known)
    }
}

fn argon2_at(cost: Cost) -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(HashingError::Parameters)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_at(cost: Cost, password: &str) -> Result<String, HashingError> {
    let hash = argon2_at(cost)?.hash_password(password.as_bytes()).map_err(HashingError::Hash)?;
    Ok(hash.to_string())
}
