//! The store through its contract.

use bytes::Bytes;
use hearthline_storage_api::{Commit, KeyRange, Outcome, Partition, Store as _, Table, Token, Write};
use hearthline_storage_embedded::{Config, Embedded};

pub fn partition(table: Table, key: &str) -> Partition {
    Partition { table, key: Bytes::copy_from_slice(key.as_bytes()) }
}

pub fn put(key: &str, value: &str) -> Write {
    Write::Put {
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: Bytes::copy_from_slice(value.as_bytes()),
    }
}

#[tokio::test]
async fn commits_and_puts_survive_a_restart_with_and_without_tables() {
    for memory_bytes in [1 << 30, 2048] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        config.store.memory_bytes = memory_bytes;
        config.store.segment_bytes = 16 * 1024;
        let lead = partition(Table::LeadCore, "lead");
        let key = partition(Table::LeadKey, "lead");
        let timeline = partition(Table::Timeline, "lead");
        {
            let (store, _stream) = Embedded::open(config.clone()).unwrap();
            for version in 0..200 {
                let commit = Commit {
                    partition: lead.clone(),
                    expected: version,
                    token: Token(u128::from(version) + 1),
                    writes: vec![
                        put("state", &format!("state {version}")),
                        put(&format!("{version:04}"), "journal"),
                    ],
                };
                assert_eq!(store.commit(commit.clone()).await.unwrap(), Outcome::Applied);
                assert_eq!(store.commit(commit).await.unwrap(), Outcome::Conflict { version: version + 1 });
                store.put(&timeline, version, vec![put(&format!("{version}"), "row")]).await.unwrap();
            }
            let commit =
                Commit { partition: key.clone(), expected: 0, token: Token(9), writes: vec![put("k", "v")] };
            assert_eq!(store.commit(commit).await.unwrap(), Outcome::Applied);
            store.clear(&timeline, &KeyRange::prefix(b"1")).await.unwrap();
        }
        let (store, _stream) = Embedded::open(config).unwrap();
        let slice = store.read(&lead, &KeyRange::all()).await.unwrap();
        assert_eq!((slice.version, slice.token, slice.rows.len()), (200, Token(200), 201));
        let state = store.read(&lead, &KeyRange::exactly(b"state")).await.unwrap();
        assert_eq!(state.rows[0].value.as_ref(), b"state 199");
        assert_eq!(store.read(&key, &KeyRange::all()).await.unwrap().version, 1);
        let rows = store.read(&timeline, &KeyRange::all()).await.unwrap().rows;
        assert_eq!(rows.len(), 200 - 111);
        store.verify().unwrap();
    }
}
