//! Passwords: argon2id, a few hashes at a time, and the policy.

use crate::problem::{Code, Problem};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// Price of one hash: memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes that may run at the same time: bounds the memory of a burst of logins.
    pub at_once: usize,
}

impl Cost {
    /// 19 MiB, two passes (OWASP's first choice for argon2id).
    pub const STANDARD: Self = Self { memory_kib: 19_456, passes: 2, at_once: 2 };
}

/// Hashes and checks passwords on the blocking pool, at most [`Cost::at_once`] at a time.
pub struct Hasher {
    cost: Cost,
    places: Semaphore,
    decoy: OnceLock<String>,
}

impl Hasher {
    /// A hasher of this price.
    #[must_use]
    pub fn new(cost: Cost) -> Self {
        Self { cost, places: Semaphore::new(cost.at_once.max(1)), decoy: OnceLock::new() }
    }

    fn argon2(&self) -> Result<Argon2<'static>, Problem> {
        let params = Params::new(self.cost.memory_kib, self.cost.passes, 1, None).map_err(|error| Problem::internal(&error))?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// The PHC string of a password, now: for commands. The server uses [`Hasher::hash`].
    pub fn hash_now(&self, password: &str) -> Result<String, Problem> {
        let hash = self.argon2()?.hash_password(password.as_bytes()).map_err(|error| Problem::internal(&error))?;
        Ok(hash.to_string())
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        let _place = self.places.acquire().await.map_err(|_| Code::Unavailable)?;
        let hasher = Self { cost: self.cost, places: Semaphore::new(1), decoy: OnceLock::new() };
        actix_web::web::block(move || hasher.hash_now(&password)).await.map_err(|error| Problem::internal(&error))?
    }

    /// The password belongs to the hash. Without a hash (unknown login) the same work is done and the answer is no.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = if let Some(hash) = hash.or_else(|| self.decoy.get().cloned()) {
            hash
        } else {
            let decoy = self.hash("decoy".to_owned()).await?;
            self.decoy.get_or_init(|| decoy).clone()
        };
        let _place = self.places.acquire().await.map_err(|_| Code::Unavailable)?;
        let argon2 = self.argon2()?;
        let same = actix_web::web::block(move || {
            PasswordHash::new(&hash).is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
        .map_err(|error| Problem::internal(&error))?;
        Ok(same && known)
    }
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFinding {
    /// Fewer than 10 or more than 128 characters.
    Length,
    /// Fewer than three of: lower case, upper case, digits, others (等保).
    Classes,
    /// Contains the login.
    HoldsLogin,
}

impl PasswordFinding {
    /// The finding in both languages.
    #[must_use]
    pub const fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Length => ("密码须为 10 至 128 个字符", "a password has 10 to 128 characters"),
            Self::Classes => {
                ("密码须含大写、小写、数字、符号中的至少三类", "a password has three of: upper case, lower case, digits, signs")
            }
            Self::HoldsLogin => ("密码不得包含账号", "a password does not contain the login"),
        }
    }
}

/// Every rule of the policy that the password breaks.
#[must_use]
pub fn check_policy(login: &str, password: &str) -> Vec<PasswordFinding> {
    let mut findings = Vec::new();
    if !(10..=128).contains(&password.chars().count()) {
        findings.push(PasswordFinding::Length);
    }
    let classes = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if classes.into_iter().filter(|has| *has).count() < 3 {
        findings.push(PasswordFinding::Classes);
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        findings.push(PasswordFinding::HoldsLogin);
    }
    findings
}
