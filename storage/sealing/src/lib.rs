//! Keys and sealing (PRV-5): what stands on a disk can be read with the master key alone.
//!
//! What it is for: a [`StoredKeyring`] hands out the data keys of tenants, days and leads, which seal with AES-256-GCM.
//!
//! ```text
//! master key (a file) ── deployment keys (derived, one a purpose)
//!    └ wraps: a tenant's keys (administration, lookup, dead letters, wrapping)
//!                └ the wrapping key wraps: the ingest key of a day, the key of a lead
//! ```
//!
//! What it promises: a key is durable before it is handed out; of two makers the first one wins and the other adopts; a
//! destroyed key never comes back, not even under the same name; every seal takes a fresh nonce from [`Random`] and is
//! bound to tenant, subject and column; key bytes are wiped when dropped and shown by no `Debug`.
//!
//! What it deliberately does not know: who may open what (that is the engine's access policy), and when a key is due to be
//! destroyed.
//!
//! [`Random`]: hearthline_storage_api::Random

mod cache;
mod flights;
mod keyring;
mod master;
mod name;
mod random;
mod seal;
mod sealing_key;

pub use keyring::StoredKeyring;
pub use master::{MasterKey, MasterKeyError};
pub use random::OsRandom;
