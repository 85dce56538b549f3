//! What can be made to go wrong.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::chance::Fault;

/// How a message ends instead of `delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// `sent` (no receipt ever comes), `undelivered`, `failed` or `delivered`.
    pub status: String,
    /// Twilio's, of a failure: 30003 unreachable, 30005 unknown, 30006 landline, 30007 filtered …
    #[serde(default)]
    pub error_code: Option<u32>,
}

/// Every knob, at rest by default: a provider that works, without waiting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Before an answer to a send goes out, after it was accepted.
    pub answer_delay_ms: u64,
    /// A send is refused with 429 and code 20429; not accepted.
    pub throttled: Fault,
    /// What a 429 says in `Retry-After`; nothing if 0.
    pub retry_after_seconds: u32,
    /// A send is answered 503; not accepted.
    pub unavailable: Fault,
    /// The connection of a send breaks before it is accepted.
    pub lost_request: Fault,
    /// A send is **accepted**, and the connection breaks without an answer.
    pub lost_answer: Fault,
    /// A send is **accepted**, and answered 500.
    pub failed_answer: Fault,
    /// A send is **accepted**, and answered 201 with something that is no JSON.
    pub garbled_answer: Fault,
    /// Fetching and listing are answered 503.
    pub unreadable: Fault,
    /// Between two statuses of a message.
    pub status_delay_ms: u64,
    /// A callback is sent twice.
    pub duplicated_callback: Fault,
    /// The callbacks of a message are sent at its end, in an order of the seed's choice.
    pub reordered_callbacks: Fault,
    /// A callback is never sent.
    pub lost_callback: Fault,
    /// A message ends as `undelivered` with code 30003.
    pub undelivered: Fault,
    /// How messages to these recipients end.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Media of inbound messages need the account's credentials ("Enforce HTTP Auth on Media URLs").
    pub media_need_auth: bool,
}
