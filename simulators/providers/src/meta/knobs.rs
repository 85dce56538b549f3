//! What can be made to go wrong.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::chance::Fault;

/// How a message ends instead of `delivered`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// `sent` (no receipt ever comes), `delivered`, `read`, or (WhatsApp alone) `failed`.
    pub status: String,
    /// WhatsApp's, of a failure: 131026 undeliverable, 131047 window, 131049 not delivered on purpose …
    #[serde(default)]
    pub error_code: Option<u32>,
}

/// Every knob, at rest by default: a provider that works, without waiting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Knobs {
    /// Before an answer to a send goes out, after it was accepted. Webhooks do not wait for it.
    pub answer_delay_ms: u64,
    /// A send is refused as one too many; not accepted.
    pub throttled: Fault,
    /// With which code: 4, 613, 80007, 130429 … 130429 for WhatsApp and 613 for the others if 0.
    pub throttled_code: u32,
    /// What such a refusal says in `Retry-After`; nothing if 0.
    pub retry_after_seconds: u32,
    /// A send is answered 503 with code 2; not accepted.
    pub unavailable: Fault,
    /// The token is said to have expired: code 190; not accepted.
    pub expired_token: Fault,
    /// The connection of a send breaks before it is accepted.
    pub lost_request: Fault,
    /// A send is **accepted**, and the connection breaks without an answer.
    pub lost_answer: Fault,
    /// A send is **accepted**, and answered 500 with code 1.
    pub failed_answer: Fault,
    /// A send is **accepted**, and answered 200 with something that is no JSON.
    pub garbled_answer: Fault,
    /// WhatsApp refuses what is outside the window at once, and not by a status later.
    pub window_at_once: bool,
    /// To these clients every window is closed, whenever they wrote.
    pub closed_windows: BTreeSet<String>,
    /// Between two webhooks about a message.
    pub status_delay_ms: u64,
    /// A webhook is called twice.
    pub duplicated_webhook: Fault,
    /// The webhooks of a message are called at its end, in an order of the seed's choice.
    pub reordered_webhooks: Fault,
    /// A webhook is never called.
    pub lost_webhook: Fault,
    /// A message is read.
    pub read: Fault,
    /// How messages to these recipients end.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Pages and Instagram accounts are told of no echoes: they did not subscribe to `message_echoes`.
    pub no_echoes: bool,
    /// Asking for a file, or for where it is, is answered 503.
    pub unreadable: Fault,
    /// Where a file is has expired: 404.
    pub expired_link: Fault,
    /// A file is begun and never ends.
    pub stalled_file: Fault,
    /// A file is served with one of its bits turned: not what was announced.
    pub altered_file: Fault,
    /// What clients write is told so many hours after they wrote it, as after a long outage of whoever is called.
    pub late_hours: u32,
}
