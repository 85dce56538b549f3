//! What a flipped bit does: found, harmless, or silent.
//!
//! A database of 400 batches is closed, one random bit of one of its files is flipped, and everything is read back. Silent
//! means: no error, and rows missing or wrong.

use anyhow::Context as _;
use bytes::Bytes;
use hearthline_storage_api::{
    Commit, KeyRange, Outcome, Partition, Store as _, Table as StoreTable, Token, Write,
};
use hearthline_storage_embedded::{Config, Embedded};
use redb::{ReadableDatabase as _, ReadableTable as _};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use crate::{
    Setup,
    raw_log::Durable as _,
    report::Table,
    store_libraries::{FjallLibrary, ROWS_TABLE, RedbLibrary, batch},
};

const BATCHES: u64 = 400;
const FLIPS: u64 = 300;

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// How a database is made, and how all of it is read.
struct Kind {
    name: &'static str,
    make: fn(&Path) -> anyhow::Result<()>,
    read: fn(&Path) -> anyhow::Result<Rows>,
}

const KINDS: &[Kind] = &[
    Kind { name: "fjall", make: make_fjall, read: read_fjall },
    Kind { name: "redb", make: make_redb, read: read_redb },
    Kind { name: "our store (log, then lsm-tree)", make: make_ours, read: read_ours },
];

pub fn table(setup: &Setup) -> anyhow::Result<Table> {
    let mut rows = Vec::new();
    for kind in KINDS {
        let folder = setup.folder()?;
        (kind.make)(folder.path())?;
        let truth = (kind.read)(folder.path())?;
        anyhow::ensure!(truth.len() as u64 >= BATCHES, "{}: {} rows", kind.name, truth.len());
        let mut counts = [0_u64; 4];
        for flip in 0..FLIPS {
            counts[outcome(setup, kind, folder.path(), &truth, flip)? as usize] += 1;
        }
        let [found, panicked, harmless, silent] = counts.map(|count| count.to_string());
        rows.push(vec![kind.name.to_owned(), found, panicked, harmless, silent]);
    }
    Ok(Table {
        title: format!("{FLIPS} databases with one flipped bit each"),
        columns: vec!["", "found", "found by a panic", "harmless", "silent: rows lost or wrong"],
        rows,
        note: "Bits are chosen evenly over the bytes of all files that are not zero.".to_owned(),
    })
}

#[derive(Clone, Copy)]
enum Result {
    Found,
    Panicked,
    Harmless,
    Silent,
}

fn outcome(setup: &Setup, kind: &Kind, whole: &Path, truth: &Rows, flip: u64) -> anyhow::Result<Result> {
    let copy = setup.folder()?;
    copy_folder(whole, copy.path())?;
    flip_one(copy.path(), flip)?;
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let read = catch_unwind(AssertUnwindSafe(|| (kind.read)(copy.path())));
    std::panic::set_hook(hook);
    Ok(match read {
        Err(_) => Result::Panicked,
        Ok(Err(_)) => Result::Found,
        Ok(Ok(rows)) if rows == *truth => Result::Harmless,
        Ok(Ok(_)) => Result::Silent,
    })
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { files(&entry.path(), into)? } else { into.push(entry.path()) }
    }
    into.sort();
    Ok(())
}

/// Flips one bit, the same for the same number.
fn flip_one(folder: &Path, flip: u64) -> anyhow::Result<()> {
    let mut paths = Vec::new();
    files(folder, &mut paths)?;
    let mut contents = paths.iter().map(std::fs::read).collect::<std::io::Result<Vec<_>>>()?;
    let used: usize = contents.iter().flatten().filter(|byte| **byte != 0).count();
    let random = (flip + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let chosen = usize::try_from(random >> 11).context("64 bits")? % used.max(1);
    let byte = contents
        .iter_mut()
        .flatten()
        .filter(|byte| **byte != 0)
        .nth(chosen)
        .context("there is such a byte")?;
    *byte ^= 1 << (random & 7);
    for (path, content) in paths.iter().zip(contents) {
        std::fs::write(path, content)?;
    }
    Ok(())
}

fn make_fjall(folder: &Path) -> anyhow::Result<()> {
    let mut library = FjallLibrary::open(folder)?;
    for turn in 0..BATCHES {
        library.commit(vec![batch(0, turn)])?;
        if turn == BATCHES / 2 {
            library.flush()?;
        }
    }
    Ok(())
}

fn read_fjall(folder: &Path) -> anyhow::Result<Rows> {
    FjallLibrary::open(folder)?.all()
}

fn make_redb(folder: &Path) -> anyhow::Result<()> {
    let mut library = RedbLibrary::open(folder)?;
    (0..BATCHES).try_for_each(|turn| library.commit(vec![batch(0, turn)]))
}

fn read_redb(folder: &Path) -> anyhow::Result<Rows> {
    let library = RedbLibrary::open(folder)?;
    let table = library.db.begin_read()?.open_table(ROWS_TABLE)?;
    let mut rows = Rows::new();
    for row in table.iter()? {
        let (key, value) = row?;
        rows.insert(key.value().to_vec(), value.value().to_vec());
    }
    Ok(rows)
}

fn config(folder: &Path) -> Config {
    let mut config = Config::new(folder);
    config.store.memory_bytes = 400 << 10;
    config.store.segment_bytes = 256 << 10;
    config.stream.segment_bytes = 64 << 10;
    config
}

fn lead() -> Partition {
    Partition { table: StoreTable::LeadCore, key: Bytes::from_static(b"lead") }
}

fn make_ours(folder: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (store, _stream) = Embedded::open(config(folder))?;
    for turn in 0..BATCHES {
        let writes = batch(0, turn)
            .into_iter()
            .map(|(key, value)| Write::Put { key: key.into(), value: value.into() });
        let commit = Commit { partition: lead(), expected: turn, token: Token(1), writes: writes.collect() };
        let outcome = runtime.block_on(store.commit(commit))?;
        anyhow::ensure!(outcome == Outcome::Applied, "{outcome:?}");
    }
    Ok(())
}

fn read_ours(folder: &Path) -> anyhow::Result<Rows> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (store, _stream) = Embedded::open(config(folder))?;
    let slice = runtime.block_on(store.read(&lead(), &KeyRange::all()))?;
    let mut rows: Rows = slice.rows.into_iter().map(|row| (row.key.to_vec(), row.value.to_vec())).collect();
    rows.insert(b"version".to_vec(), slice.version.to_be_bytes().to_vec());
    Ok(rows)
}
