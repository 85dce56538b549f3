//! The stored form, bit for bit. The wanted bytes were computed by another implementation (Python's `cryptography`, on
//! OpenSSL) from the words in the documentation; what is stored today must be read in ten years.

use hearthline_engine::ids::{LeadId, TenantId};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{Binding, Keyring, Random, Table};
use hearthline_storage_memory::MemoryStore;
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// The first call is filled with 1, the second with 2, and so on.
struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed) + 1);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn keys_seals_and_hashes_have_the_bytes_that_another_implementation_gives_them() {
    let (tenant, lead) = (
        TenantId::from_bytes(std::array::from_fn(|n| n as u8)),
        LeadId::from_bytes(std::array::from_fn(|n| n as u8 + 16)),
    );
    let store = MemoryStore::new();
    let master = MasterKey::from_bytes([0x11; 32]);
    let random = Arc::new(Counting(AtomicU8::new(0)));
    let keyring = StoredKeyring::open(Arc::new(store.clone()), master, random).await.unwrap();
    let key = keyring.lead_key(tenant, lead).await.unwrap();

    let stored: Vec<_> = store
        .dump()
        .into_iter()
        .map(|(partition, row)| (partition.table, hex(&partition.key), hex(&row.key), hex(&row.value)))
        .collect();
    let (zeros, ids) = ("00".repeat(17), hex(&std::array::from_fn::<u8, 32, _>(|n| n as u8)));
    let wanted = [
        (Table::TenantKey, zeros, "01".to_owned(), "010202020202020202020202028993205378088f6b5f765ef82956b12735ef2aad0f6850b384e4bf94f13a729421354d48208c87cfca9260c6d8da3472".to_owned()),
        (Table::TenantKey, format!("{}01", &ids[..32]), "01".to_owned(), "01050505050505050505050505b2a879fd4ae53f6b56b659cc71ed5f64288f15a66ee8deb51f05b57f60932f8eaa479839bfb13c6cdd37b1ae72631fd7".to_owned()),
        (Table::LeadKey, ids, "01".to_owned(), "0108080808080808080808080868f0bec100fde6cefd77832b441e7c95eff4a68dc88e8547826d50f0074753e866aad611d52541be7abe94da4a7c6ce3".to_owned()),
    ];
    assert_eq!(stored, wanted);

    let content = Binding { tenant, subject: lead.as_bytes(), column: "content" };
    assert_eq!(
        hex(&key.seal(content, b"see you at five")),
        "010a0a0a0a0a0a0a0a0a0a0a0a83eb0d7728c865556bc61460edea9a4f5e22d17c9963da2d5d759d5a553a39"
    );
    assert_eq!(
        hex(&key.keyed_hash("phone", b"+4915112345678")),
        "629565578e0f596e6c3ff9e612c88348b123e9c2aba2625905d6de85d11a845f"
    );
    let place = Binding { tenant, subject: b"subject", column: "column" };
    assert_eq!(
        hex(&keyring.deployment_key("emails").seal(place, b"")),
        "010b0b0b0b0b0b0b0b0b0b0b0bbbf10da72217a640be7933afc4fcc1a5"
    );
}
