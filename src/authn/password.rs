//! Passwords as hashes: argon2id, a few at a time, and only so many that wait.

use crate::keys::random_bytes;
use crate::problem::{Code, Problem};
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
    places: Semaphore,
    decoy: String,
    computed: AtomicU64,
}

/// A turn at the hasher. Whoever holds one is one of [`Cost::at_once`].
pub struct Place<'a> {
    hasher: &'a Hasher,
    _ticket: SemaphorePermit<'a>,
    _turn: SemaphorePermit<'a>,
}

/// Seconds after which to try again when too many wait.
const TRY_AGAIN: u32 = 2;

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
            places: Semaphore::new(at_once),
            decoy,
            computed: AtomicU64::new(0),
        }
    }

    /// How many hashes wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let at_once = self.cost.at_once.max(1);
        let inside = (at_once + self.cost.waiting).saturating_sub(self.tickets.available_permits());
        let computing = at_once.saturating_sub(self.places.available_permits());
        inside.saturating_sub(computing) as u64
    }

    /// How many hashes were computed since the start.
    #[must_use]
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Waits for a turn. Where too many wait already: 503 with Retry-After, at once.
    pub async fn place(&self) -> Result<Place<'_>, Problem> {
        let ticket = self.tickets.try_acquire().map_err(|_| {
            let mut problem = Problem::new(Code::Unavailable);
            problem.retry_after = Some(TRY_AGAIN);
            problem
        })?;
        let place = self.places.acquire().await.map_err(|_| Code::Unavailable)?;
        Ok(Place { hasher: self, _ticket: ticket, _turn: place })
    }

    /// The PHC string of a password, now: for commands. The server uses [`Hasher::hash`].
    pub fn hash_now(&self, password: &str) -> Result<String, Problem> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        hash_at(self.cost, password)
    }

    /// The PHC string of a password, when it is its turn.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        self.place().await?.hash(password).await
    }
}

impl Place<'_> {
    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let cost = self.hasher.cost;
        self.hasher.computed.fetch_add(1, Ordering::Relaxed);
        actix_web::web::block(move || hash_at(cost, &password)).await.map_err(|error| Problem::internal(&error))?
    }

    /// The password belongs to the hash. Without a hash (an unknown login, an account without a password) the same work is done and the answer
    /// is no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let hash = hash.filter(|hash| PasswordHash::new(hash).is_ok());
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.hasher.decoy.clone());
        let argon2 = argon2_at(self.hasher.cost)?;
        self.hasher.computed.fetch_add(1, Ordering::Relaxed);
        let same = actix_web::web::block(move || {
            PasswordHash::new(&hash).is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
        .map_err(|error| Problem::internal(&error))?;
        Ok(same && known)
    }
}

fn argon2_at(cost: Cost) -> Result<Argon2<'static>, Problem> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|error| Problem::internal(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_at(cost: Cost, password: &str) -> Result<String, Problem> {
    let hash = argon2_at(cost)?.hash_password(password.as_bytes()).map_err(|error| Problem::internal(&error))?;
    Ok(hash.to_string())
}
