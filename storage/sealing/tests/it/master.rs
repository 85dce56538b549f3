//! The master key's file.

use hearthline_sealing::{MasterKey, MasterKeyError, OsRandom, StoredKeyring};
use hearthline_storage_api::{DataKey, Keyring};
use hearthline_storage_memory::{MemoryStore, SeededRandom};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

use crate::same;

/// 32 bytes of 0x11.
const KEY: &str = "ERERERERERERERERERERERERERERERERERERERERERE=";

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master.key");
    (folder, path)
}

/// Keys are compared by what they do: their bytes can't be had.
async fn derived(master: MasterKey) -> Arc<dyn DataKey> {
    let store = Arc::new(MemoryStore::new());
    let keyring = StoredKeyring::open(store, master, Arc::new(SeededRandom::new(1))).await.unwrap();
    keyring.deployment_key("tests")
}

fn write(path: &Path, content: impl AsRef<[u8]>, mode: u32) {
    fs::write(path, content).unwrap();
    set_mode(path, mode);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) {}

#[tokio::test]
async fn a_key_that_was_made_is_read_again() {
    let (_folder, path) = folder();
    let made = derived(MasterKey::create_file(&path, &OsRandom).unwrap()).await;
    assert!(same(&made, &derived(MasterKey::from_file(&path).unwrap()).await));
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!((text.len(), text.ends_with('\n')), (45, true), "base64 of 32 bytes on one line");
}

#[cfg(unix)]
#[test]
fn a_made_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    MasterKey::create_file(&path, &OsRandom).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_key_is_never_written_over() {
    let (_folder, path) = folder();
    MasterKey::create_file(&path, &OsRandom).unwrap();
    let before = fs::read(&path).unwrap();
    let error = MasterKey::create_file(&path, &OsRandom).unwrap_err();
    let MasterKeyError::File { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_key_in_a_folder_that_is_not_there_is_not_made() {
    let (_folder, path) = folder();
    let error = MasterKey::create_file(&path.join("deeper"), &OsRandom).unwrap_err();
    assert!(error.to_string().contains("deeper"), "{error}");
}

#[tokio::test]
async fn a_line_end_may_follow_the_key_or_not() {
    let wanted = derived(MasterKey::from_bytes([0x11; 32])).await;
    for end in ["", "\n", "\r\n"] {
        let (_folder, path) = folder();
        write(&path, format!("{KEY}{end}"), 0o600);
        assert!(same(&wanted, &derived(MasterKey::from_file(&path).unwrap()).await), "{end:?}");
    }
}

#[test]
fn anything_else_is_not_a_key() {
    let long = "EREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREREQ==";
    let (whole, unpadded) = (format!("{KEY}\n\n"), KEY.trim_end_matches('='));
    let others = [
        "",
        "\n",
        "not base64!",
        // 31 and 33 bytes, a key twice, and a key with something about it.
        "EREREREREREREREREREREREREREREREREREREREREQ==",
        "ERERERERERERERERERERERERERERERERERERERERERER",
        long,
        &whole,
        unpadded,
        &format!(" {KEY}"),
        &format!("{KEY} "),
    ];
    for other in others {
        let (_folder, path) = folder();
        write(&path, other, 0o600);
        let error = MasterKey::from_file(&path).unwrap_err();
        assert!(matches!(error, MasterKeyError::NotAKey { .. }), "{other:?}: {error}");
    }
    let (_folder, path) = folder();
    write(&path, [0xff; 32], 0o600);
    assert!(matches!(MasterKey::from_file(&path), Err(MasterKeyError::NotAKey { .. })), "not text");
}

#[test]
fn a_missing_file_is_named() {
    let (_folder, path) = folder();
    let error = MasterKey::from_file(&path).unwrap_err();
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    assert!(matches!(error, MasterKeyError::File { .. }));
}

#[cfg(unix)]
#[test]
fn prv_6_a_file_that_others_can_open_is_refused_and_the_error_says_how_to_mend_it() {
    for mode in [0o640, 0o644, 0o604, 0o660, 0o610, 0o601] {
        let (_folder, path) = folder();
        write(&path, KEY, mode);
        let error = MasterKey::from_file(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("run `chmod 600 {}`", path.display())), "{error}");
        assert!(error.contains(&format!("mode {mode:04o}")), "{error}");
    }
    let (_folder, path) = folder();
    write(&path, KEY, 0o400);
    assert!(MasterKey::from_file(&path).is_ok(), "its owner alone may read it");
}
