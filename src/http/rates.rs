//! Rate limits: so many requests a minute for each address or account, in classes, with the fields of draft-ietf-httpapi-ratelimit-headers-11.
//!
//! Memory is bounded by construction: a class has a fixed number of slots, and a key falls into the slot that a hash with a random start gives it. Two
//! keys of one slot share its limit, which happens seldom and by chance (docs/decisions/0023).

use crate::config::LimitsConfig;
use crate::problem::{Code, Problem};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage as _, HttpRequest, web};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use title_review_core::clock::Clock;
use title_review_core::ids::AccountId;

/// Slots of a class, 8 bytes each.
const SLOTS: usize = 1 << 17;

/// Seconds in which a quota may be used up and comes back.
const WINDOW: u32 = 60;

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Without signing in.
    Anonymous,
    /// By an account.
    SignedIn,
    /// Where a password or a secret is tried.
    SignIn,
    /// An objection by anybody.
    Objections,
}

impl Class {
    const ALL: [Self; 4] = [Self::Anonymous, Self::SignedIn, Self::SignIn, Self::Objections];

    /// The name of its policy.
    const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::SignedIn => "signed-in",
            Self::SignIn => "sign-in",
            Self::Objections => "objections",
        }
    }

    const fn quota(self, limits: &LimitsConfig) -> u32 {
        match self {
            Self::Anonymous => limits.rate_anonymous,
            Self::SignedIn => limits.rate_signed_in,
            Self::SignIn => limits.rate_sign_in,
            Self::Objections => limits.rate_objections,
        }
    }
}

/// Whom a request counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// An address; of IPv6 its /64, which is what one customer has.
    Address(Option<IpAddr>),
    /// An account.
    Account(AccountId),
}

impl Key {
    pub(super) fn address(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
            address @ IpAddr::V4(_) => address,
        }))
    }
}

/// Where a request stands with its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    class: Class,
    quota: u32,
    remaining: u32,
}

impl Standing {
    /// Seconds until the whole quota is there again.
    fn whole_in(self) -> u32 {
        let missing = u64::from(self.quota - self.remaining.min(self.quota));
        u32::try_from((missing * u64::from(WINDOW)).div_ceil(u64::from(self.quota))).unwrap_or(WINDOW)
    }
}

/// The counts of a server.
pub(super) struct Rates {
    limiters: Vec<(Class, u32, Limiter)>,
    random: RandomState,
}

type Limiter = RateLimiter<usize, Slots, SessionTime, StateInformationMiddleware>;

impl Rates {
    /// Counts nothing: for a sandbox, which plays a year in a minute from one address.
    pub(super) fn none() -> Self {
        Self { limiters: Vec::new(), random: RandomState::new() }
    }

    /// Nothing counted yet; a class with the quota 0 counts nothing.
    pub(super) fn new(limits: &LimitsConfig, clock: &Arc<dyn Clock>) -> Self {
        let quotas = Class::ALL.into_iter().filter_map(|class| Some((class, NonZeroU32::new(class.quota(limits))?)));
        let limiters = quotas.map(|(class, quota)| {
            let limiter = Limiter::new(Quota::per_minute(quota), Slots::new(), SessionTime(Arc::clone(clock)));
            (class, quota.get(), limiter)
        });
        Self { limiters: limiters.collect(), random: RandomState::new() }
    }

    /// Counts one request; `Err` says after how many seconds the next one is welcome.
    fn count(&self, class: Class, key: Key) -> Option<Result<Standing, (Standing, u32)>> {
        let (_, quota, limiter) = self.limiters.iter().find(|(known, ..)| *known == class)?;
        let (quota, slot) = (*quota, usize::try_from(self.random.hash_one(key) % SLOTS as u64).unwrap_or_default());
        Some(match limiter.check_key(&slot) {
            Ok(state) => Ok(Standing { class, quota, remaining: state.remaining_burst_capacity() }),
            Err(until) => {
                let wait = until.wait_time_from(governor::clock::Clock::now(limiter.clock()));
                let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(WINDOW).max(1);
                Err((Standing { class, quota, remaining: 0 }, seconds))
            }
        })
    }
}

/// Counts a request of this class: 429 when its quota is used up. The answer will say where it stands.
pub(super) fn admit(request: &HttpRequest, class: Class, key: Key) -> Result<(), Problem> {
    let Some(rates) = request.app_data::<web::Data<Rates>>() else { return Ok(()) };
    let (standing, outcome) = match rates.count(class, key) {
        None => return Ok(()),
        Some(Ok(standing)) => (standing, Ok(())),
        Some(Err((standing, seconds))) => {
            let mut problem = Problem::new(Code::TooManyRequests);
            problem.retry_after = Some(seconds);
            (standing, Err(problem))
        }
    };
    request.extensions_mut().insert(standing);
    outcome
}

/// Says where the request stands.
pub(super) fn add_fields(request: &HttpRequest, headers: &mut HeaderMap) {
    let Some(standing) = request.extensions().get::<Standing>().copied() else { return };
    let name = standing.class.name();
    let policy = format!("\"{name}\";q={};w={WINDOW}", standing.quota);
    let limit = format!("\"{name}\";r={};t={}", standing.remaining, standing.whole_in());
    for (field, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(field), value);
        }
    }
}

/// As many states as ever.
struct Slots(Box<[InMemoryState]>);

impl Slots {
    fn new() -> Self {
        Self((0..SLOTS).map(|_| InMemoryState::default()).collect())
    }
}

impl StateStore for Slots {
    type Key = usize;

    fn measure_and_replace<T, F, E>(&self, key: &usize, f: F) -> Result<T, E>
    where
        F: Fn(Option<governor::nanos::Nanos>) -> Result<(T, governor::nanos::Nanos), E>,
    {
        self.0[*key].measure_and_replace(&NotKeyed::NonKey, f)
    }
}

/// Session time, which never steps back.
struct SessionTime(Arc<dyn Clock>);

impl governor::clock::Clock for SessionTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.now().micros()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::sync::atomic::{AtomicU32, Ordering};
    use title_review_core::clock::SettableClock;

    fn rates(quota: u32) -> (Rates, Arc<SettableClock>) {
        let mut limits = Config::with_data(std::path::Path::new("x")).unwrap().limits;
        (limits.rate_anonymous, limits.rate_objections) = (quota, 0);
        let clock = Arc::new(SettableClock::frozen("2024-07-01T09:00:00+08:00".parse().unwrap()));
        (Rates::new(&limits, &(Arc::clone(&clock) as _)), clock)
    }

    fn key(text: &str) -> Key {
        Key::address(Some(text.parse().unwrap()))
    }

    #[test]
    fn requests_beyond_the_quota_are_refused() {
        let (rates, clock) = rates(6);
        let count = |text| rates.count(Class::Anonymous, key(text)).unwrap();
        for left in (0..6).rev() {
            let standing = count("192.0.2.1").unwrap();
            assert_eq!((standing.remaining, standing.whole_in()), (left, (6 - left) * 10));
        }
        assert_eq!(count("192.0.2.1").unwrap_err().1, 10);
        assert!(count("192.0.2.2").is_ok(), "another address");
        assert!(rates.count(Class::Objections, key("192.0.2.1")).is_none(), "no limit");
        clock.advance(chrono::TimeDelta::milliseconds(9_999));
        assert_eq!(count("192.0.2.1").unwrap_err().1, 1);
        clock.advance(chrono::TimeDelta::milliseconds(1));
        assert!(count("192.0.2.1").is_ok() && count("192.0.2.1").is_err());
        clock.advance(chrono::TimeDelta::hours(1));
        assert_eq!((0..10).filter(|_| count("192.0.2.1").is_ok()).count(), 6, "a quota is not saved up");
    }

    #[test]
    fn concurrent_requests_beyond_the_quota_are_refused() {
        let (rates, _clock) = rates(50);
        let passed = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        if rates.count(Class::Anonymous, key("192.0.2.1")).unwrap().is_ok() {
                            passed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), 50);
    }

    #[test]
    fn ipv6_addresses_of_one_64_share_a_quota() {
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::9"));
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
