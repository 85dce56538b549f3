//! A data key in memory.

use hearthline_storage_api::{Binding, DataKey, OpenError, Random};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

use crate::seal::{self, Bound, KEY_BYTES, Secret};

/// Two keys derived from one root (HKDF-SHA-256, RFC 5869), so that sealing and hashing never share a key.
pub struct SealingKey {
    sealing: Secret,
    hashing: Secret,
    random: Arc<dyn Random>,
}

impl SealingKey {
    /// The keys under a root of full entropy. The same root and purpose give the same keys.
    pub fn derive(root: &Secret, purpose: &str, random: Arc<dyn Random>) -> Self {
        let derived = Hkdf::<Sha256>::new(None, root.as_slice());
        let subkey = |use_of_it: &str| {
            let mut key = Zeroizing::new([0; KEY_BYTES]);
            let info = [b"hearthline 1 ", use_of_it.as_bytes(), b" ", purpose.as_bytes()];
            derived.expand_multi_info(&info, key.as_mut_slice()).expect("HKDF gives up to 8,160 bytes");
            key
        };
        Self { sealing: subkey("sealing"), hashing: subkey("hashing"), random }
    }

    /// Seals bound to any parts; [`DataKey::seal`] is this, bound to a [`Binding`].
    pub fn seal_bound(&self, bound: &Bound, plain: &[u8]) -> Vec<u8> {
        seal::seal(&self.sealing, self.random.as_ref(), bound, plain)
    }

    /// What [`SealingKey::seal_bound`] was given.
    pub fn open_bound(&self, bound: &Bound, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        seal::open(&self.sealing, bound, sealed)
    }
}

impl DataKey for SealingKey {
    fn seal(&self, binding: Binding<'_>, plain: &[u8]) -> Vec<u8> {
        self.seal_bound(&bound(binding), plain)
    }

    fn open(&self, binding: Binding<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.open_bound(&bound(binding), sealed)
    }

    fn keyed_hash(&self, purpose: &'static str, value: &[u8]) -> [u8; 32] {
        let key: &[u8; KEY_BYTES] = &self.hashing;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        let length = u32::try_from(purpose.len()).expect("purposes are words");
        mac.update(&length.to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

fn bound(binding: Binding<'_>) -> Bound {
    Bound::to(&[binding.tenant.as_bytes(), binding.subject, binding.column.as_bytes()])
}
