//! The HTTP surface.
//!
//! What it is for: sign-in, administration, webhooks, socket tickets, probes and the web client, as one axum router; the
//! extractors and layers that routes of others (leads, deck, the socket) stand behind are here too.
//!
//! What it promises: a webhook is answered 2xx only when it is durable; another tenant's row is answered as one that
//! does not exist; every field that is wrong is named; a write with an `Idempotency-Key` acts once; no secret and no
//! raw text comes back, is logged or becomes a label. Everything that is remembered here is bounded.
//!
//! What it deliberately does not know: which store, stream or keyring is behind the contracts, and what a lead is.

mod along;
mod audit;
mod bounded;
mod client;
mod gateway;
mod grants;
mod headers;
mod hooks;
mod idempotency;
mod input;
mod leads;
mod limits;
pub mod media;
mod metrics;
mod noise;
mod openapi;
mod passwords;
mod ports;
mod probes;
mod problem;
mod router;
mod routes;
mod serve;
mod sessions;
mod settings;
mod static_files;
mod tickets;
mod tokens;
mod turns;
mod uploads;
mod viewer;

pub use along::FirstDecks;
pub use gateway::Gateway;
pub use hooks::{MAX_BATCH_BYTES, MAX_HOOK_BYTES};
pub use idempotency::{IDEMPOTENCY_KEY, Operation, REPLAYED};
pub use input::{IfMatch, JsonInput, MAX_JSON_BYTES, PathId, QueryInput, etag};
pub use leads::{NodePorts, extra};
pub use metrics::Metrics;
pub use ports::{ConnectionTester, FilesDue, PeopleMoved, Ports, RulesChanged, Tested};
pub use problem::Problem;
pub use router::{Extra, router};
pub use routes::tenants::{ensure_first_tenant, wants_first_tenant};
pub use serve::{listen, serve};
pub use sessions::{Ended, Sessions};
pub use settings::{Limits, OperatorToken, PasswordCost, Settings};
pub use tickets::Tickets;
pub use viewer::Viewer;
