//! One bit flipped in any file of a closed folder: named, or harmless; never other data.

use bytes::Bytes;
use hearthline_storage_api::{
    Commit, Group, InboundStream as _, KeyRange, Outcome, Partition, Store as _, StoreError, StreamError,
    Table, Token,
};
use hearthline_storage_embedded::{Config, Embedded};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    rng::Rng,
    store::{partition, put},
};

fn config(folder: &Path) -> Config {
    let mut config = Config::new(folder);
    config.store.segment_bytes = 16 * 1024;
    config.store.memory_bytes = 24 * 1024;
    config.stream.segment_bytes = 8 * 1024;
    config
}

fn partitions() -> Vec<Partition> {
    let tables = [Table::LeadCore, Table::Timeline, Table::LeadKey];
    tables.iter().flat_map(|table| (0..20).map(|lead| partition(*table, &format!("lead {lead}")))).collect()
}

/// What the contracts say about everything.
#[derive(Debug, PartialEq, Eq)]
struct Contents {
    slices: BTreeMap<usize, (u64, Vec<(Bytes, Bytes)>)>,
    entries: Vec<Bytes>,
}

/// The contents, or the words in which damage was told.
async fn contents(folder: &Path) -> Result<Contents, String> {
    let (store, stream) = Embedded::open(config(folder)).map_err(|error| error.to_string())?;
    let mut slices = BTreeMap::new();
    for (at, partition) in partitions().iter().enumerate() {
        match store.read(partition, &KeyRange::all()).await {
            Ok(slice) => {
                let rows = slice.rows.into_iter().map(|row| (row.key, row.value)).collect();
                slices.insert(at, (slice.version, rows));
            }
            Err(StoreError::Corrupt(text)) => return Err(text),
            Err(error) => panic!("{error}"),
        }
    }
    let mut entries = Vec::new();
    for _ in 0..stream.backlog() {
        let next = tokio::time::timeout(Duration::from_secs(10), stream.next(Group::of(3))).await;
        match next.unwrap() {
            Ok(delivery) => entries.push(delivery.entry),
            Err(StreamError::Corrupt(text)) => return Err(text),
            Err(error) => panic!("{error}"),
        }
    }
    Ok(Contents { slices, entries })
}

/// A folder with tables, logs beyond the tables, keys, and a stream of which a part is acknowledged.
async fn filled(folder: &Path) {
    let (store, stream) = Embedded::open(config(folder)).unwrap();
    for round in 0..40 {
        for partition in partitions() {
            let rows = vec![
                put(&format!("{round:03}"), &format!("row {round} {}", "y".repeat(60))),
                put("same", "z"),
            ];
            if partition.table == Table::Timeline {
                store.put(&partition, round, rows).await.unwrap();
            } else {
                let commit = Commit { partition, expected: round, token: Token(7), writes: rows };
                assert_eq!(store.commit(commit).await.unwrap(), Outcome::Applied);
            }
        }
    }
    for number in 0..100 {
        stream.append(Group::of(3), Bytes::from(vec![number; 200])).await.unwrap();
    }
    for _ in 0..30 {
        let delivery = stream.next(Group::of(3)).await.unwrap();
        stream.acknowledge(Group::of(3), delivery.position).await.unwrap();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(file, target).unwrap();
    }
}

#[tokio::test]
async fn a_flipped_bit_in_any_file_is_named_or_harmless_and_never_other_data() {
    let whole = tempfile::tempdir().unwrap();
    filled(whole.path()).await;
    let pristine = tempfile::tempdir().unwrap();
    copy(whole.path(), pristine.path());
    let truth = contents(whole.path()).await.unwrap();
    let files = files(pristine.path());
    assert!(files.iter().filter(|file| file.to_string_lossy().contains("tables")).count() >= 2, "{files:?}");
    let (mut named, mut harmless) = (BTreeMap::new(), BTreeMap::new());
    for seed in 0..500 {
        let mut rng = Rng::new(seed);
        let file = &files[rng.size(files.len())];
        let mut bytes = std::fs::read(file).unwrap();
        // Zeros behind the end of a segment are many and say nothing.
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if used == 0 {
            continue;
        }
        let bit = rng.size(used * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let folder = tempfile::tempdir().unwrap();
        copy(pristine.path(), folder.path());
        let place = file.strip_prefix(pristine.path()).unwrap();
        std::fs::write(folder.path().join(place), bytes).unwrap();
        let kind = place.parent().unwrap().to_string_lossy().into_owned();
        match contents(folder.path()).await {
            Err(text) => {
                assert!(
                    text.contains(&*place.to_string_lossy()),
                    "seed {seed}: {} told as: {text}",
                    place.display()
                );
                *named.entry(kind).or_insert(0) += 1;
            }
            Ok(found) => {
                let is_list_of_acknowledged = place.ends_with("acknowledged");
                if is_list_of_acknowledged {
                    assert!(
                        found.entries.ends_with(&truth.entries),
                        "seed {seed}: entries come again, none is lost"
                    );
                } else {
                    assert_eq!(found.entries, truth.entries, "seed {seed}: {}", place.display());
                }
                assert!(
                    found.slices == truth.slices,
                    "seed {seed}: {} bit {bit}: other data",
                    place.display()
                );
                *harmless
                    .entry(format!("{kind}/{}", place.file_name().unwrap().to_string_lossy()))
                    .or_insert(0) += 1;
            }
        }
    }
    println!("named: {named:?}\nharmless: {harmless:?}");
    assert!(named.values().sum::<i32>() > 250 && named.len() >= 5, "{named:?} {harmless:?}");
}

/// Whether a file of the tree is one that the tree does not use any more.
fn is_replaced(file: &Path) -> bool {
    let is_list = file.file_name().unwrap().to_string_lossy().starts_with('v');
    let Ok(current) = std::fs::read(file.with_file_name("current")) else { return false };
    is_list && !file.ends_with(format!("v{}", u64::from_le_bytes(*current.first_chunk().unwrap())))
}

#[tokio::test]
async fn a_missing_file_is_named_and_verify_finds_a_damaged_table_that_nobody_reads() {
    let whole = tempfile::tempdir().unwrap();
    filled(whole.path()).await;
    // Opened once, so that tables that were merged are gone.
    contents(whole.path()).await.unwrap();
    for file in files(whole.path()) {
        let place = file.strip_prefix(whole.path()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy(whole.path(), folder.path());
        let gone = folder.path().join(place);
        std::fs::remove_file(&gone).unwrap();
        let opened = Embedded::open(config(folder.path()));
        let name = place.file_name().unwrap().to_string_lossy().into_owned();
        // The lock is made anew; without the list of what is acknowledged entries come again; what was replaced is only a
        // leftover.
        if name == "lock" || name == "acknowledged" || is_replaced(&file) {
            opened.unwrap();
            continue;
        }
        let Err(error) = opened else { panic!("{} is missing, and nobody noticed", place.display()) };
        let error = error.to_string();
        let folder_of_it = place.parent().unwrap().to_string_lossy().into_owned();
        let is_told = error.contains("damaged") || error.contains("missing");
        // If it was the only one, the folder is named; of tables the library does not tell which is missing.
        let is_named = error.contains(&folder_of_it) || folder_of_it.ends_with("tables");
        assert!(is_told && is_named, "{}: {error}", place.display());
    }

    let (store, _stream) = Embedded::open(config(whole.path())).unwrap();
    store.verify().unwrap();
    let table = files(&whole.path().join("data/tree/tables")).pop().unwrap();
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let Err(StoreError::Corrupt(text)) = store.verify() else { panic!("it was not found") };
    assert!(text.contains(&*table.to_string_lossy()), "{text}");
}
