//! Privacy as a type (PRV-1, PRV-2).
//!
//! [`Raw`] holds what only some may read: it has no `Serialize`, no `Display`, and its `Debug` shows nothing. It can be
//! opened with a [`RawGrant`], which only [`crate::access`] can make, or sealed by a [`Seal`] for storage. Code inside this
//! crate (normalizers) may look, because it only turns raw input into raw output and derived facts.

pub use crate::access::RawGrant;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A value that only a [`RawGrant`] opens.
#[derive(Clone, PartialEq, Eq)]
pub struct Raw<T>(T);

impl<T> Raw<T> {
    /// Marks a value as raw. There is no way back without a grant.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
    /// The value, for one whom the access policy allows it.
    pub fn open(self, _grant: &RawGrant) -> T {
        self.0
    }
    /// The value, to become part of another raw one.
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
    /// Engine code may derive from raw values; whatever it keeps of the text is raw again.
    pub(crate) const fn peek(&self) -> &T {
        &self.0
    }
}

impl<T: AsRef<[u8]>> Raw<T> {
    /// Length in bytes: a derived fact.
    pub fn len(&self) -> usize {
        self.0.as_ref().len()
    }
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// What equal values have in common.
    pub fn tag(&self, with: &dyn Tag) -> u64 {
        with.tag(self.0.as_ref())
    }
    /// The same for equal values of one tenant, and different for others: by which a content that is there already is found.
    pub fn keyed_hash(&self, with: &dyn KeyedHash) -> [u8; 32] {
        with.hash(self.0.as_ref())
    }
    /// The sealed form of the value, the only one that may be stored.
    pub fn seal(&self, with: &dyn Seal) -> SealedRaw {
        SealedRaw(with.seal(self.0.as_ref()))
    }
}

impl<T> fmt::Debug for Raw<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Raw(…)")
    }
}

/// Tells equal texts of a tenant from different ones, and nothing else (a keyed hash in production).
pub trait Tag {
    /// The same for the same bytes.
    fn tag(&self, plain: &[u8]) -> u64;
}

/// Names bytes without telling anything of them to those who have no key (HMAC-SHA-256 in production).
pub trait KeyedHash {
    /// The same for the same bytes.
    fn hash(&self, plain: &[u8]) -> [u8; 32];
}

/// Turns plain bytes into sealed ones (AES-256-GCM in production), bound to where they will stand.
pub trait Seal {
    /// The sealed form of `plain`.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;
}

/// Raw content as it may be stored and passed around: ciphertext.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedRaw(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl fmt::Debug for SealedRaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}
