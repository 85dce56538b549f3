//! An hour of a connection's, which is what rates are made of.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Different codes that an hour remembers; what is more is counted under [`OTHER`].
pub(super) const CODES: usize = 16;
const OTHER: &str = "other";
/// No code of a provider's is longer.
const LONGEST_CODE: usize = 32;

/// An hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hour {
    /// Requests that were made durable.
    #[serde(rename = "r")]
    pub received: u64,
    /// Requests with a wrong signature.
    #[serde(rename = "s")]
    pub signature_failures: u64,
    /// Requests that could not be made durable.
    #[serde(rename = "d")]
    pub not_durable: u64,
    /// Messages that the provider took.
    #[serde(rename = "a")]
    pub accepted: u64,
    /// Messages that it did not take.
    #[serde(rename = "f")]
    pub refused: u64,
    /// Attempts that never reached it.
    #[serde(rename = "u")]
    pub unreachable: u64,
    /// Attempts whose answer was lost.
    #[serde(rename = "l")]
    pub unknown: u64,
    /// Messages that it took and that did not arrive.
    #[serde(rename = "x")]
    pub undelivered: u64,
    /// Messages that came too late after the client's.
    #[serde(rename = "w")]
    pub window_closed: u64,
    /// Attempts that it asked to repeat later.
    #[serde(rename = "t")]
    pub throttled: u64,
    /// Codes of what was refused or did not arrive.
    #[serde(rename = "c")]
    pub codes: BTreeMap<String, u64>,
}

impl Hour {
    pub(super) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.signature_failures += other.signature_failures;
        self.not_durable += other.not_durable;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.unreachable += other.unreachable;
        self.unknown += other.unknown;
        self.undelivered += other.undelivered;
        self.window_closed += other.window_closed;
        self.throttled += other.throttled;
        for (code, count) in &other.codes {
            self.note_code(code, *count);
        }
    }

    pub(super) fn note_code(&mut self, code: &str, count: u64) {
        let known = self.codes.contains_key(code) || self.codes.len() < CODES;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
        let is_code = !code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(plain);
        let code = if known && is_code { code } else { OTHER };
        *self.codes.entry(code.to_owned()).or_default() += count;
    }

    /// Attempts that were answered, or should have been: what errors are a share of. Those to be repeated, and those that
    /// are no fault of the connection's, are not.
    #[must_use]
    pub const fn attempts(&self) -> u64 {
        self.accepted + self.refused + self.unreachable + self.unknown
    }

    /// Of these, those that failed, at once or later.
    #[must_use]
    pub fn errors(&self) -> u64 {
        (self.refused + self.unreachable + self.unknown + self.undelivered).min(self.attempts())
    }
}
