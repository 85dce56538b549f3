//! Sealing and opening.

use hearthline_storage_api::{Binding, DataKey, OpenError};
use proptest::prelude::*;
use std::sync::Arc;

use crate::{Noted, binding, master, same, tenant};
use hearthline_sealing::StoredKeyring;
use hearthline_storage_memory::MemoryStore;

fn keyring(random: &Arc<Noted>) -> StoredKeyring {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = Arc::new(MemoryStore::new());
    runtime.block_on(StoredKeyring::open(store, master(), Arc::clone(random) as _)).unwrap()
}

fn key() -> Arc<dyn hearthline_storage_api::Keyring> {
    Arc::new(keyring(&Noted::new(1)))
}

fn data_key() -> Arc<dyn DataKey> {
    key().deployment_key("tests")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn prv_5_what_was_sealed_opens_as_it_was_and_is_29_bytes_longer(
        plain in proptest::collection::vec(any::<u8>(), 0..5000),
        subject in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let (key, binding) = (data_key(), Binding { subject: &subject, ..binding() });
        let sealed = key.seal(binding, &plain);
        prop_assert_eq!(sealed.len(), plain.len() + 29);
        prop_assert_eq!(&*key.open(binding, &sealed).unwrap(), &plain);
    }

    #[test]
    fn prv_5_any_other_bytes_do_not_open(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(data_key().open(binding(), &bytes).is_err());
    }

    #[test]
    fn prv_5_a_flipped_bit_anywhere_breaks_the_seal(
        plain in proptest::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let key = data_key();
        let mut sealed = key.seal(binding(), &plain);
        let at = at.index(sealed.len());
        sealed[at] ^= 1_u8 << bit;
        let wanted = if at == 0 { OpenError::NotSealed } else { OpenError::Broken };
        prop_assert_eq!(key.open(binding(), &sealed), Err(wanted));
    }
}

#[test]
fn prv_5_every_flipped_bit_of_one_message_breaks_the_seal() {
    let (key, plain) = (data_key(), b"see you at five, the key is under the mat");
    let sealed = key.seal(binding(), plain);
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(key.open(binding(), &flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn prv_5_a_part_or_more_than_the_whole_does_not_open() {
    let key = data_key();
    let sealed = key.seal(binding(), b"a message");
    for length in 0..sealed.len() {
        let wanted = if length < 29 { OpenError::NotSealed } else { OpenError::Broken };
        assert_eq!(key.open(binding(), &sealed[..length]), Err(wanted), "{length} bytes");
    }
    assert_eq!(key.open(binding(), &[&sealed[..], &[0]].concat()), Err(OpenError::Broken));
}

#[test]
fn prv_5_another_tenant_subject_or_column_does_not_open() {
    let key = data_key();
    let sealed = key.seal(binding(), b"a message");
    let others = [
        Binding { tenant: tenant(8), ..binding() },
        Binding { subject: b"subjec", ..binding() },
        Binding { subject: b"", ..binding() },
        Binding { column: "columns", ..binding() },
        // The same bytes with the boundary elsewhere.
        Binding { subject: b"subjectc", column: "olumn", ..binding() },
        Binding { subject: b"subjec", column: "tcolumn", ..binding() },
    ];
    for other in others {
        assert_eq!(key.open(other, &sealed), Err(OpenError::Broken), "{other:?}");
    }
    assert!(key.open(binding(), &sealed).is_ok());
}

#[test]
fn prv_5_another_key_does_not_open() {
    let keyring = key();
    let (one, other) = (keyring.deployment_key("one"), keyring.deployment_key("other"));
    assert!(!same(&one, &other));
    assert!(same(&one, &keyring.deployment_key("one")), "a deployment key is the same each time");
}

#[test]
fn prv_5_each_seal_takes_twelve_fresh_bytes_as_its_nonce() {
    let random = Noted::new(1);
    let key = hearthline_storage_api::Keyring::deployment_key(&keyring(&random), "tests");
    random.given.lock().clear();
    let sealed: Vec<_> = (0..100).map(|_| key.seal(binding(), b"the same words")).collect();
    let nonces: Vec<_> = sealed.iter().map(|sealed| sealed[1..13].to_vec()).collect();
    assert_eq!(*random.given.lock(), nonces, "all of the nonce, once each, and nothing else");
    assert!(key.open(binding(), &sealed[0]).is_ok());
    assert_eq!(random.given.lock().len(), 100, "opening takes none");
}

#[test]
fn keyed_hashes_differ_by_purpose_value_and_key_and_are_equal_otherwise() {
    let keyring = key();
    let (one, other) = (keyring.deployment_key("one"), keyring.deployment_key("other"));
    let hash = one.keyed_hash("phone", b"+49151");
    assert_eq!(hash, keyring.deployment_key("one").keyed_hash("phone", b"+49151"));
    assert_ne!(hash, one.keyed_hash("phone", b"+49152"));
    assert_ne!(hash, one.keyed_hash("email", b"+49151"));
    assert_ne!(hash, one.keyed_hash("phone+", b"49151"), "a purpose ends where it ends");
    assert_ne!(hash, other.keyed_hash("phone", b"+49151"));
}
