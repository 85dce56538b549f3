//! A full disk: a real small file system. Needs the right to mount one, as root in a container or in CI has.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Group, InboundStream as _, KeyRange, Outcome, Store as _, StoreError, StreamError, Table, Token,
};
use hearthline_storage_embedded::{Config, Embedded};
use std::{path::Path, process::Command, time::Duration};
use tempfile::TempDir;

use crate::store::{partition, put};

/// A mounted file system of its own, taken away at the end.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        let mounted =
            mount.args(["-t", "tmpfs", "-o", &size, "hearthline-test"]).arg(folder.path()).status().unwrap();
        assert!(
            mounted.success(),
            "this test mounts a small file system: run it as root, or with CAP_SYS_ADMIN"
        );
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}

fn free_bytes(disk: &SmallDisk) -> usize {
    let free = rustix::fs::statvfs(disk.path()).map(|answer| answer.f_bavail * answer.f_frsize).unwrap();
    usize::try_from(free).unwrap()
}

fn config(path: &Path) -> Config {
    let mut config = Config::new(path.join("data folder"));
    config.store.segment_bytes = 256 << 10;
    config.store.memory_bytes = 256 << 10;
    config.store.reserve_bytes = 2 << 20;
    config.stream.segment_bytes = 256 << 10;
    config.stream.reserve_bytes = 2 << 20;
    config
}

fn commit(version: u64) -> Commit {
    Commit {
        partition: partition(Table::LeadCore, "lead"),
        expected: version,
        token: Token(1),
        writes: vec![put(&format!("{version:06}"), &"x".repeat(20_000))],
    }
}

#[tokio::test]
async fn a_full_disk_is_answered_with_full_and_the_store_goes_on_when_there_is_room() {
    let disk = SmallDisk::mount("24m");
    let (store, stream) = Embedded::open(config(disk.path())).unwrap();
    let filler = disk.path().join("filler");
    std::fs::write(&filler, vec![1; 12 << 20]).unwrap();
    for _ in 0..3 {
        let mut version = store.read(&commit(0).partition, &KeyRange::all()).await.unwrap().version;
        let full = loop {
            match store.commit(commit(version)).await {
                Ok(Outcome::Applied) => version += 1,
                other => break other,
            }
        };
        assert!(matches!(full, Err(StoreError::Full(_))), "{full:?}");
        // What the store itself still gives back, by writing tables, is taken too.
        let mut rest = Vec::new();
        let refused = loop {
            rest.push(disk.path().join(format!("rest {}", rest.len())));
            drop(std::fs::write(rest.last().unwrap(), vec![1; free_bytes(&disk)]));
            if let Err(refused) = store.put(&partition(Table::Timeline, "lead"), 1, vec![put("a", "b")]).await
            {
                break refused;
            }
        };
        assert!(matches!(refused, StoreError::Full(_)), "{refused:?}");
        let slice = store.read(&commit(0).partition, &KeyRange::all().limit(3)).await.unwrap();
        assert_eq!((slice.version, slice.rows.len()), (version, 3), "reading goes on");

        rest.iter().for_each(|file| std::fs::remove_file(file).unwrap());
        std::fs::remove_file(&filler).unwrap();
        assert_eq!(store.commit(commit(version)).await.unwrap(), Outcome::Applied);
        // The store may take room at the same moment: then less is filled, which is as good.
        drop(std::fs::write(&filler, vec![1; free_bytes(&disk).saturating_sub(3 << 20)]));
    }
    std::fs::remove_file(&filler).unwrap();
    let version = store.read(&commit(0).partition, &KeyRange::all().limit(1)).await.unwrap().version;
    drop((store, stream));
    let (store, _stream) = Embedded::open(config(disk.path())).unwrap();
    let slice = store.read(&commit(0).partition, &KeyRange::all()).await.unwrap();
    assert_eq!((slice.version, slice.rows.len() as u64), (version, version));
}

#[tokio::test]
async fn a_full_disk_is_answered_with_full_and_the_stream_goes_on_when_entries_are_acknowledged() {
    let disk = SmallDisk::mount("8m");
    let (_store, stream) = Embedded::open(config(disk.path())).unwrap();
    let group = Group::of(0);
    for _ in 0..3 {
        let full = loop {
            if let Err(error) = stream.append(group, Bytes::from(vec![7; 10_000])).await {
                break error;
            }
        };
        assert!(matches!(full, StreamError::Full(_)), "{full:?}");
        while stream.backlog() > 0 {
            let delivery = stream.next(group).await.unwrap();
            assert_eq!(delivery.entry.len(), 10_000);
            stream.acknowledge(group, delivery.position).await.unwrap();
        }
        // Room comes with the removal of segments, within the interval of acknowledgements.
        let again = tokio::time::timeout(Duration::from_secs(20), async {
            while stream.append(group, Bytes::from(vec![7; 10_000])).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        again.await.unwrap();
    }
}
