//! Failing syncs, full queues and power loss under the store and the stream, seen through their contracts.
//!
//! The logs are on the simulated disk, the tables on a real one: tables are synced before anything relies on them.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Group, InboundStream as _, KeyRange, Outcome, Position, Store as _, StoreError, StreamError,
    Table, Token,
};
use hearthline_storage_embedded::{Config, Embedded, EmbeddedStore, EmbeddedStream, OpenError};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use crate::{
    rng::Rng,
    sim_disk::SimDisk,
    store::{partition, put},
};

fn config(folder: &Path, disk: &SimDisk) -> Config {
    let mut config = Config::new(folder);
    config.disk = Arc::new(disk.clone());
    config.store.reserve_bytes = 0;
    config.store.segment_bytes = 8 * 1024;
    config.store.memory_bytes = 6 * 1024;
    config.stream.reserve_bytes = 0;
    config.stream.segment_bytes = 4 * 1024;
    config.stream.ack_interval = Duration::from_millis(1);
    config
}

fn commit(lead: u64, version: u64) -> Commit {
    Commit {
        partition: partition(Table::LeadCore, &format!("lead {lead}")),
        expected: version,
        token: Token(u128::from(version) + 1),
        writes: vec![put("state", &format!("{version}")), put(&format!("{version:05}"), &"x".repeat(100))],
    }
}

/// All rows of a lead are of its version.
async fn version_of(store: &EmbeddedStore, lead: u64) -> u64 {
    let slice =
        store.read(&partition(Table::LeadCore, &format!("lead {lead}")), &KeyRange::all()).await.unwrap();
    let Some(latest) = slice.version.checked_sub(1) else {
        assert!(slice.rows.is_empty());
        return 0;
    };
    assert_eq!(slice.token, Token(u128::from(slice.version)));
    assert_eq!(slice.rows.len() as u64, slice.version + 1, "a journal row for each version, and the state");
    assert_eq!(slice.rows.last().unwrap().value, latest.to_string());
    slice.version
}

#[tokio::test]
async fn after_a_failed_sync_the_store_answers_nothing_and_what_was_in_doubt_is_unknown() {
    for syncs in 20..40 {
        let folder = tempfile::tempdir().unwrap();
        let disk = SimDisk::new();
        let (store, stream) = Embedded::open(config(folder.path(), &disk)).unwrap();
        let mut applied = 0;
        while applied < 3 {
            assert_eq!(store.commit(commit(1, applied)).await.unwrap(), Outcome::Applied);
            applied += 1;
        }
        disk.fail_sync_after(syncs);
        let failed = loop {
            match store.commit(commit(1, applied)).await {
                Ok(Outcome::Applied) => applied += 1,
                other => break other,
            }
        };
        // Unknown if it was this commit's sync; an error if another one, of an idle log, came first.
        assert!(matches!(failed, Ok(Outcome::Unknown) | Err(StoreError::Poisoned(_))), "{failed:?}");
        assert!(matches!(store.commit(commit(1, applied)).await, Err(StoreError::Poisoned(_))));
        let timeline = partition(Table::Timeline, "lead 1");
        assert!(matches!(store.put(&timeline, 1, vec![put("a", "b")]).await, Err(StoreError::Poisoned(_))));
        assert!(matches!(store.clear(&timeline, &KeyRange::all()).await, Err(StoreError::Poisoned(_))));
        let read = store.read(&commit(1, 0).partition, &KeyRange::all()).await;
        assert!(
            matches!(read, Err(StoreError::Poisoned(_))),
            "reading back would say what a restart may deny"
        );
        drop((store, stream));

        let (store, _stream) = Embedded::open(config(folder.path(), &disk.after_kill())).unwrap();
        let version = version_of(&store, 1).await;
        assert!(version == applied || version == applied + 1, "{version} after {applied}");
        assert_eq!(store.commit(commit(1, version)).await.unwrap(), Outcome::Applied);
    }
}

#[tokio::test]
async fn after_a_failed_sync_the_stream_takes_gives_and_acknowledges_nothing() {
    for syncs in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let disk = SimDisk::new();
        let mut config = config(folder.path(), &disk);
        config.stream.ack_interval = Duration::from_secs(3600);
        let (store, stream) = Embedded::open(config.clone()).unwrap();
        let group = Group::of(1);
        let first = stream.append(group, Bytes::from_static(b"first")).await.unwrap();
        disk.fail_sync_after(syncs);
        let mut taken = 1;
        let failed = loop {
            match stream.append(group, Bytes::from(vec![1; 500])).await {
                Ok(position) => {
                    taken += 1;
                    assert_eq!(position, Position(taken));
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(failed, StreamError::Poisoned(_)), "{failed:?}");
        assert!(matches!(stream.append(group, Bytes::new()).await, Err(StreamError::Poisoned(_))));
        assert!(matches!(stream.next(group).await, Err(StreamError::Poisoned(_))));
        assert!(matches!(stream.acknowledge(group, first).await, Err(StreamError::Poisoned(_))));
        drop((store, stream));

        config.disk = Arc::new(disk.after_kill());
        let (_store, stream) = Embedded::open(config).unwrap();
        assert!(stream.backlog() == taken || stream.backlog() == taken + 1);
        assert_eq!(stream.next(group).await.unwrap().entry.as_ref(), b"first");
    }
}

#[tokio::test]
async fn a_full_queue_is_answered_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SimDisk::new();
    let mut config = config(folder.path(), &disk);
    (config.store.queue_requests, config.stream.queue_entries) = (4, 4);
    let (store, stream) = Embedded::open(config).unwrap();
    disk.hold_syncs(true);
    let appends: Vec<_> = (0..50)
        .map(|_| {
            let stream = Arc::clone(&stream);
            tokio::spawn(async move { stream.append(Group::of(0), Bytes::from_static(b"entry")).await })
        })
        .collect();
    let commits: Vec<_> = (0..50)
        .map(|lead| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(commit(lead, 0)).await })
        })
        .collect();
    // The disk stands still: whatever is answered now is a refusal.
    let (mut refused_appends, mut refused_commits) = (0, 0);
    let mut waiting_appends = Vec::new();
    let mut waiting_commits = Vec::new();
    for mut append in appends {
        match tokio::time::timeout(Duration::from_millis(20), &mut append).await {
            Ok(answer) => {
                assert!(matches!(answer.unwrap(), Err(StreamError::Unavailable(_))));
                refused_appends += 1;
            }
            Err(_) => waiting_appends.push(append),
        }
    }
    for mut commit in commits {
        match tokio::time::timeout(Duration::from_millis(20), &mut commit).await {
            Ok(answer) => {
                assert!(matches!(answer.unwrap(), Err(StoreError::Unavailable(_))));
                refused_commits += 1;
            }
            Err(_) => waiting_commits.push(commit),
        }
    }
    // Four wait, and what the writers took before the disk stood still.
    assert!(refused_appends >= 40 && refused_commits >= 40, "{refused_appends}, {refused_commits}");
    disk.hold_syncs(false);
    for append in waiting_appends {
        append.await.unwrap().unwrap();
    }
    for commit in waiting_commits {
        assert_eq!(commit.await.unwrap().unwrap(), Outcome::Applied);
    }
}

/// What one life of store and stream was answered.
#[derive(Default)]
struct Answered {
    versions: BTreeMap<u64, u64>,
    in_doubt: BTreeSet<u64>,
    appended: BTreeMap<(u8, u64), Vec<u8>>,
    acknowledged: BTreeSet<(u8, u64)>,
}

impl Answered {
    async fn check(&mut self, store: &EmbeddedStore, stream: &EmbeddedStream, seed: u64) {
        for lead in 0..4 {
            let (certain, found) = (self.versions.entry(lead).or_default(), version_of(store, lead).await);
            let in_doubt = self.in_doubt.remove(&lead);
            assert!(
                found == *certain || (in_doubt && found == *certain + 1),
                "seed {seed}: {found} for {certain}"
            );
            *certain = found;
        }
        let mut missing: BTreeSet<_> = self.appended.keys().copied().collect();
        let mut last = BTreeMap::new();
        // The backlog says how many come; which groups they are in is found out by asking.
        for found in 0..stream.backlog() {
            let next =
                (0..3).map(|group| Box::pin(async move { (group, stream.next(Group::of(group)).await) }));
            let next = tokio::time::timeout(Duration::from_secs(10), futures::future::select_all(next)).await;
            let ((group, delivery), ..) = next.unwrap_or_else(|_| panic!("seed {seed}: only {found} came"));
            let delivery = delivery.unwrap();
            let at = (Group::of(group).index(), delivery.position.0);
            let before = last.insert(group, delivery.position);
            assert!(before.is_none_or(|before| before < delivery.position), "seed {seed}: in order");
            missing.remove(&at);
            match self.appended.get(&at) {
                Some(entry) => assert_eq!(delivery.entry, entry, "seed {seed}: another entry"),
                // Taken, and the answer lost with the power.
                None => drop(self.appended.insert(at, delivery.entry.to_vec())),
            }
        }
        assert!(missing.is_subset(&self.acknowledged), "seed {seed}: lost {missing:?}");
    }

    async fn live(&mut self, store: &EmbeddedStore, stream: &EmbeddedStream, rng: &mut Rng) {
        for _ in 0..60 {
            match rng.below(3) {
                0 => {
                    let lead = rng.below(4);
                    let version = self.versions.entry(lead).or_default();
                    match store.commit(commit(lead, *version)).await {
                        Ok(Outcome::Applied) => *version += 1,
                        Ok(Outcome::Unknown) => drop(self.in_doubt.insert(lead)),
                        Ok(Outcome::Conflict { version }) => panic!("nobody else writes: {version}"),
                        Err(_) => {}
                    }
                    if !self.in_doubt.is_empty() {
                        return;
                    }
                }
                1 => {
                    let (group, length) = (Group::of(rng.below(3)), rng.size(400));
                    let entry = rng.bytes(length);
                    match stream.append(group, entry.clone().into()).await {
                        Ok(position) => drop(self.appended.insert((group.index(), position.0), entry)),
                        Err(_) => return,
                    }
                }
                _ => {
                    let some = rng.size(self.appended.len().max(1));
                    let Some((group, position)) = self.appended.keys().nth(some).copied() else { continue };
                    // Counted even if it fails: it may have become durable.
                    self.acknowledged.insert((group, position));
                    drop(stream.acknowledge(Group::of(group.into()), Position(position)).await);
                }
            }
        }
    }
}

fn crash(disk: &SimDisk, rng: &mut Rng) -> SimDisk {
    if rng.chance(2) { disk.after_kill() } else { disk.after_power_loss(rng) }
}

#[tokio::test]
async fn nothing_answered_is_lost_whatever_a_power_loss_keeps() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let mut disk = SimDisk::new();
        let mut answered = Answered::default();
        for _ in 0..4 {
            if rng.chance(2) {
                disk.cut_power_after(rng.below(20));
                drop(Embedded::open(config(folder.path(), &disk)));
                disk = crash(&disk, &mut rng);
            }
            let (store, stream) = Embedded::open(config(folder.path(), &disk)).unwrap_or_else(|error| {
                panic!("seed {seed}: {error}");
            });
            answered.check(&store, &stream, seed).await;
            if rng.chance(3) {
                disk.cut_write_after(rng.below(40));
            }
            disk.cut_power_after(rng.below(250));
            answered.live(&store, &stream, &mut rng).await;
            drop((store, stream));
            disk = crash(&disk, &mut rng);
        }
        let (store, stream) = Embedded::open(config(folder.path(), &disk)).unwrap();
        answered.check(&store, &stream, seed).await;
    }
}

#[test]
fn a_folder_in_use_is_refused_with_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let open = Embedded::open(Config::new(folder.path())).unwrap();
    let error = Embedded::open(Config::new(folder.path())).unwrap_err();
    let OpenError::Lock(lock) = &error else { panic!("{error}") };
    assert!(lock.to_string().contains("in use by another process"), "{lock}");
    drop(open);
    Embedded::open(Config::new(folder.path())).unwrap();
}
