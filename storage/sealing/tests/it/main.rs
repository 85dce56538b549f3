//! Keys and sealing, seen from outside: through the contract, the rows that they leave, and a store that fails.

#![allow(
    clippy::unwrap_used,
    reason = "a test that fails to get what it needs has failed: that is what a panic says"
)]

mod destroying;
mod format;
mod keyring;
mod master;
mod seal;
mod secrecy;

use hearthline_engine::ids::{LeadId, TenantId};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{Binding, DataKey, KeyError, Random, Store};
use hearthline_storage_memory::{MemoryStore, SeededRandom};
use parking_lot::Mutex;
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
};

fn tenant(n: u8) -> TenantId {
    TenantId::from_bytes([n; 16])
}

fn lead(n: u8) -> LeadId {
    LeadId::from_bytes([n; 16])
}

fn master() -> MasterKey {
    MasterKey::from_bytes([0x11; 32])
}

/// A keyring as a new process would open it.
async fn try_open(store: Arc<dyn Store>, seed: u64) -> Result<StoredKeyring, KeyError> {
    StoredKeyring::open(store, master(), Arc::new(SeededRandom::new(seed))).await
}

async fn open(memory: &MemoryStore, seed: u64) -> StoredKeyring {
    try_open(Arc::new(memory.clone()), seed).await.unwrap()
}

const fn binding() -> Binding<'static> {
    Binding { tenant: TenantId(uuid::Uuid::from_u128(7)), subject: b"subject", column: "column" }
}

/// Whether they are one key: what one seals, the other opens.
fn same(one: &Arc<dyn DataKey>, other: &Arc<dyn DataKey>) -> bool {
    let opened = other.open(binding(), &one.seal(binding(), b"words"));
    assert_eq!(opened.is_ok(), one.keyed_hash("p", b"v") == other.keyed_hash("p", b"v"));
    opened.is_ok_and(|plain| plain.as_slice() == b"words")
}

/// Whether it comes to an end now. With nothing that sleeps in between, what does not now never will.
fn ends_now<T>(future: impl Future<Output = T>) -> bool {
    // Without a limit to how much is done in one turn, which would look like waiting.
    pin!(tokio::task::unconstrained(future)).poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Notes everything that it gives.
struct Noted {
    inner: SeededRandom,
    given: Mutex<Vec<Vec<u8>>>,
}

impl Noted {
    fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self { inner: SeededRandom::new(seed), given: Mutex::default() })
    }
}

impl Random for Noted {
    fn fill(&self, bytes: &mut [u8]) {
        self.inner.fill(bytes);
        self.given.lock().push(bytes.to_vec());
    }
}
