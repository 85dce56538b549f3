//! What the operator sets of the HTTP surface.

use hearthline_engine::time::Seconds;
use serde::Deserialize;
use std::num::NonZeroU32;

/// What the surface needs to know of its surroundings.
#[derive(Clone)]
pub struct Settings {
    /// Scheme and host (and port) under which clients and providers reach us, without a slash at its end.
    pub public_url: String,
    /// A proxy in front of us sets `X-Forwarded-For`, `-Proto` and `-Host`; without one, anybody could.
    pub trust_proxy: bool,
    /// Who has it may make tenants; without one, nobody can.
    pub operator_token: Option<OperatorToken>,
    /// How long a raw-access grant lasts; whatever is set, it is over after 15 minutes.
    pub raw_access: Seconds,
    /// The `[limits]` section.
    pub limits: Limits,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
}

/// The token of the operator. Can't be printed.
#[derive(Clone)]
pub struct OperatorToken(pub String);

/// The cost of argon2id. The default is OWASP's: 19 MiB, 2 passes, 1 lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// How much is let through: `burst` at once, then so many a second. Every number is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests of one user.
    pub user_per_second: NonZeroU32,
    pub user_burst: NonZeroU32,
    /// Requests of all users of one tenant together.
    pub tenant_per_second: NonZeroU32,
    pub tenant_burst: NonZeroU32,
    /// Signed webhooks of one connection. A provider may not repeat what was answered 429: keep it high.
    pub connection_per_second: NonZeroU32,
    pub connection_burst: NonZeroU32,
    /// Sign-ins, refreshes and makings of tenants from one address (IPv6: one /64).
    pub address_per_second: NonZeroU32,
    pub address_burst: NonZeroU32,
    /// Wrong passwords for one e-mail address.
    pub wrong_passwords_per_minute: NonZeroU32,
    pub wrong_passwords_burst: NonZeroU32,
}

const fn n(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("the defaults below are not 0")
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            user_per_second: n(100),
            user_burst: n(1_000),
            tenant_per_second: n(2_000),
            tenant_burst: n(10_000),
            connection_per_second: n(10_000),
            connection_burst: n(20_000),
            address_per_second: n(20),
            address_burst: n(300),
            wrong_passwords_per_minute: n(10),
            wrong_passwords_burst: n(20),
        }
    }
}
