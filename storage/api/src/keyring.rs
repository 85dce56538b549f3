//! Keys that seal what is stored (PRV-5). A key is durable before it is handed out.

use async_trait::async_trait;
use hearthline_engine::{
    ids::{ContentId, LeadId, TenantId},
    raw::{KeyedHash, Raw, Seal, SealedRaw},
};
use std::sync::Arc;
use zeroize::Zeroizing;

use crate::StoreError;

/// What sealed bytes are bound to: opening them under another tenant, subject or column fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    pub tenant: TenantId,
    /// The lead's, user's, connection's … id, or a stream's day.
    pub subject: &'a [u8],
    /// Which column or purpose: `state`, `journal`, `content`, `preview`, `inbound` …
    pub column: &'static str,
}

/// A data key in memory. Seals with AES-256-GCM under a fresh nonce.
pub trait DataKey: Send + Sync + 'static {
    /// The sealed form: key version, nonce, ciphertext, tag.
    fn seal(&self, binding: Binding<'_>, plain: &[u8]) -> Vec<u8>;
    /// What [`DataKey::seal`] was given.
    ///
    /// # Errors
    /// Another key, another binding, or changed bytes.
    fn open(&self, binding: Binding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError>;
    /// HMAC-SHA-256 under a key derived from this one for lookups: equal inputs give equal outputs within a tenant.
    fn keyed_hash(&self, purpose: &'static str, value: &[u8]) -> [u8; 32];
}

/// Sealed bytes could not be opened. Says nothing about their content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too short, or of an unknown form.
    #[error("these bytes are not sealed")]
    NotSealed,
    /// Changed, moved to another place, or sealed by another key.
    #[error("the seal is broken")]
    Broken,
}

/// Why no key could be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key store did not answer, or failed.
    #[error("the key store: {0}")]
    Store(#[from] StoreError),
    /// The key was destroyed (erasure), or never existed.
    #[error("the key is gone")]
    Gone,
    /// The stored key can't be unwrapped: another master key, or damage.
    #[error("the key can't be unwrapped: is this the right master key?")]
    Wrapped,
}

/// What a tenant key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Administration rows: connections' secrets, users, idempotency results.
    Administration,
    /// Lookups by keyed hash: identities, opt-outs.
    Lookup,
    /// Dead letters and queues, kept for 30 days.
    DeadLetter,
}

/// Hands out data keys. Every key is made at its first use, and the first of two makers wins.
#[async_trait]
pub trait Keyring: Send + Sync + 'static {
    /// The key of a tenant for a purpose.
    ///
    /// # Errors
    /// [`KeyError`].
    async fn tenant_key(&self, tenant: TenantId, purpose: Purpose) -> Result<Arc<dyn DataKey>, KeyError>;
    /// The tenant's key of a day (days since 1970-01-01 UTC) for the inbound stream.
    ///
    /// # Errors
    /// [`KeyError`].
    async fn ingest_key(&self, tenant: TenantId, day: u32) -> Result<Arc<dyn DataKey>, KeyError>;
    /// The key of a lead: inserted if absent, the winner's adopted (path row 6b).
    ///
    /// # Errors
    /// [`KeyError`].
    async fn lead_key(&self, tenant: TenantId, lead: LeadId) -> Result<Arc<dyn DataKey>, KeyError>;
    /// The key of the bytes of a file, which may belong to several leads: destroyed with the last of them.
    ///
    /// # Errors
    /// [`KeyError`].
    async fn content_key(&self, tenant: TenantId, content: ContentId) -> Result<Arc<dyn DataKey>, KeyError>;
    /// A key of the deployment, derived from the master key: for what has no tenant yet (users' e-mail addresses, tokens).
    fn deployment_key(&self, purpose: &'static str) -> Arc<dyn DataKey>;
}

/// Names what the engine calls raw, by a tenant's key.
pub struct Naming<'a> {
    pub key: &'a dyn DataKey,
    pub purpose: &'static str,
}

impl KeyedHash for Naming<'_> {
    fn hash(&self, plain: &[u8]) -> [u8; 32] {
        self.key.keyed_hash(self.purpose, plain)
    }
}

/// Seals what the engine calls raw, with a data key, bound to its place.
pub struct Sealing<'a> {
    pub key: &'a dyn DataKey,
    pub binding: Binding<'a>,
}

impl Seal for Sealing<'_> {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.key.seal(self.binding, plain)
    }
}

impl Sealing<'_> {
    /// Raw again from its sealed form. Reading it still takes a grant.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_raw(&self, sealed: &SealedRaw) -> Result<Raw<Vec<u8>>, OpenError> {
        self.key.open(self.binding, &sealed.0).map(|plain| Raw::new(plain.to_vec()))
    }
}
