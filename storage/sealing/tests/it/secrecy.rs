//! Neither rows nor words show a secret.

use hearthline_engine::raw::Raw;
use hearthline_sealing::{MasterKey, MasterKeyError, OsRandom, StoredKeyring};
use hearthline_storage_api::{Keyring, Purpose, Random, Sealing};
use hearthline_storage_memory::MemoryStore;
use std::sync::Arc;

use crate::{Noted, binding, lead, tenant};

const MASTER: [u8; 32] = *b"this is the planted master key..";

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn prv_5_no_key_stands_in_the_store_in_clear() {
    let (memory, random) = (MemoryStore::new(), Noted::new(1));
    let keyring = StoredKeyring::open(
        Arc::new(memory.clone()),
        MasterKey::from_bytes(MASTER),
        Arc::clone(&random) as _,
    )
    .await
    .unwrap();
    for n in 0..20 {
        keyring.lead_key(tenant(1), lead(n)).await.unwrap();
        keyring.ingest_key(tenant(n), 20_000).await.unwrap();
        keyring.tenant_key(tenant(n), Purpose::Lookup).await.unwrap();
    }
    let stored: Vec<u8> =
        memory.dump().into_iter().flat_map(|(at, row)| [at.key, row.key, row.value].concat()).collect();
    let given = random.given.lock();
    let roots: Vec<_> = given.iter().filter(|bytes| bytes.len() == 32).collect();
    assert_eq!(roots.len(), 81, "one for the check, and 20 each of wrapping, lead, ingest and lookup keys");
    for root in roots {
        assert!(!root.chunks(8).any(|part| contains(&stored, part)));
    }
    assert!(
        given.iter().filter(|bytes| bytes.len() == 12).all(|nonce| contains(&stored, nonce)),
        "nonces do"
    );
    assert!(!MASTER.chunks(8).any(|part| contains(&stored, part)));
}

#[tokio::test]
async fn prv_5_a_planted_word_is_not_in_what_is_sealed() {
    const PLANTED: &str = "zanzibar";
    let random = Noted::new(1);
    let memory = Arc::new(MemoryStore::new());
    let keyring = StoredKeyring::open(memory, MasterKey::from_bytes(MASTER), random).await.unwrap();
    let key = keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    let sealing = Sealing { key: key.as_ref(), binding: binding() };
    let sealed = Raw::new(PLANTED.to_owned()).seal(&sealing);
    assert!(!contains(&sealed.0, PLANTED.as_bytes()));
    let opened = sealing.open_raw(&sealed).unwrap();
    assert_eq!(opened.len(), PLANTED.len());
    assert!(!format!("{opened:?} {sealed:?}").contains(PLANTED));
}

#[tokio::test]
async fn prv_6_no_debug_shows_a_secret() {
    let master = MasterKey::from_bytes(MASTER);
    assert_eq!(format!("{master:?}"), "MasterKey(…)");
    let keyring =
        StoredKeyring::open(Arc::new(MemoryStore::new()), master, Arc::new(OsRandom)).await.unwrap();
    keyring.lead_key(tenant(1), lead(1)).await.unwrap();
    keyring.lead_key(tenant(1), lead(2)).await.unwrap();
    assert_eq!(format!("{keyring:?}"), "StoredKeyring(2 lead keys and 2 others in memory)");
}

#[test]
fn prv_6_a_bad_key_file_is_named_and_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    std::fs::write(&path, "planted-and-no-key").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let error = MasterKey::from_file(&path).unwrap_err();
    assert!(matches!(error, MasterKeyError::NotAKey { .. }));
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(text.contains("master.key") && !text.contains("planted-and"), "{text}");
    }
}

#[test]
fn the_systems_randomness_fills_and_differs() {
    let (mut one, mut other) = ([0; 32], [0; 32]);
    OsRandom.fill(&mut one);
    OsRandom.fill(&mut other);
    assert_ne!(one, other);
    assert_ne!(one, [0; 32]);
}
