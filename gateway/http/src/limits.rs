//! Rate limits (PRV-6): GCRA per user, tenant, address and failing e-mail address, in bounded memory.

use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use hearthline_api::Fault;
use hearthline_engine::ids::{TenantId, UserId};
use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::{
    bounded::Bounded,
    metrics::{LimitKind, Metrics},
    problem::Problem,
    settings::Limits as Numbers,
};

/// How many keys a limiter remembers before it forgets the idle ones.
const KEYS: usize = 100_000;
/// How many checks pass between two looks at the number of keys.
const CHECKS_PER_SWEEP: u32 = 4_096;

/// A limiter for many keys. Over [`KEYS`] busy ones, which only an attack brings together, all share one quota.
pub(crate) struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    overflow: DefaultDirectRateLimiter,
    full: AtomicBool,
    checks: AtomicU32,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    pub(crate) fn new(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::keyed(quota),
            overflow: RateLimiter::direct(quota),
            full: AtomicBool::new(false),
            checks: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// # Errors
    /// How long to wait.
    pub(crate) fn check(&self, key: &K) -> Result<(), Duration> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_PER_SWEEP == CHECKS_PER_SWEEP - 1 {
            self.sweep();
        }
        let until = if self.full.load(Ordering::Relaxed) {
            self.overflow.check().err()
        } else {
            self.limiter.check_key(key).err()
        };
        until.map_or(Ok(()), |until| Err(until.wait_time_from(self.clock.now())))
    }

    fn sweep(&self) {
        if self.limiter.len() > KEYS {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.full.store(self.limiter.len() > KEYS, Ordering::Relaxed);
    }
}

/// A limiter for one connection.
pub(crate) struct Single {
    limiter: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Single {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { limiter: RateLimiter::direct(quota), clock: DefaultClock::default() }
    }
    /// # Errors
    /// [`Fault::RateLimited`].
    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.limiter.check().map_err(|until| limited(until.wait_time_from(self.clock.now())))
    }
}

/// `burst` at once, then so many a second.
pub(crate) fn per_second(rate: NonZeroU32, burst: NonZeroU32) -> Quota {
    Quota::per_second(rate).allow_burst(burst)
}

fn limited(wait: Duration) -> Fault {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
    Fault::RateLimited { retry_after_s: seconds.max(1) }
}

/// All limits of the API but those of connections, which live beside them.
pub(crate) struct Limits {
    users: Keyed<UserId>,
    tenants: Keyed<TenantId>,
    addresses: Keyed<IpAddr>,
    wrong_passwords: Keyed<[u8; 32]>,
    /// Keyed hashes of e-mail addresses that failed too often, and until when.
    blocked: Bounded<[u8; 32], Instant>,
    metrics: Metrics,
}

impl Limits {
    pub(crate) fn new(numbers: &Numbers, metrics: Metrics) -> Self {
        let wrong_passwords =
            Quota::per_minute(numbers.wrong_passwords_per_minute).allow_burst(numbers.wrong_passwords_burst);
        Self {
            users: Keyed::new(per_second(numbers.user_per_second, numbers.user_burst)),
            tenants: Keyed::new(per_second(numbers.tenant_per_second, numbers.tenant_burst)),
            addresses: Keyed::new(per_second(numbers.address_per_second, numbers.address_burst)),
            wrong_passwords: Keyed::new(wrong_passwords),
            blocked: Bounded::new(10_000),
            metrics,
        }
    }

    /// # Errors
    /// 429.
    pub(crate) fn viewer(&self, tenant: TenantId, user: UserId) -> Result<(), Problem> {
        self.counted(LimitKind::User, self.users.check(&user))?;
        self.counted(LimitKind::Tenant, self.tenants.check(&tenant))
    }

    /// # Errors
    /// 429.
    pub(crate) fn address(&self, address: IpAddr) -> Result<(), Problem> {
        self.counted(LimitKind::Address, self.addresses.check(&network(address)))
    }

    /// Whether a password may be tried for that (hashed) e-mail address.
    ///
    /// # Errors
    /// 429.
    pub(crate) fn password(&self, email: &[u8; 32]) -> Result<(), Problem> {
        let left = self.blocked.get(email).and_then(|until| until.checked_duration_since(Instant::now()));
        self.counted(LimitKind::Password, left.map_or(Ok(()), Err))
    }

    /// A wrong password was tried.
    pub(crate) fn wrong_password(&self, email: [u8; 32]) {
        if let Err(wait) = self.wrong_passwords.check(&email) {
            self.blocked.insert(email, Instant::now() + wait);
        }
    }

    fn counted(&self, limit: LimitKind, checked: Result<(), Duration>) -> Result<(), Problem> {
        checked.map_err(|wait| {
            self.metrics.limited(limit);
            limited(wait).into()
        })
    }
}

/// An IPv6 network of 64 bits is one customer's: its addresses count together.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}
