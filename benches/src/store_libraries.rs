//! Which library should hold the rows: speed with the durability we need, beside the raw limit, and what each does about
//! flipped bits. The choice that came of it: `docs/adr/0002-embedded-store.md`.

use anyhow::Context as _;
use hearthline_storage_embedded::{
    disk::RealDisk,
    log::{Log, LogConfig, Record},
};
use lsm_tree::{AbstractTree as _, Guard as _};
use redb::ReadableDatabase as _;
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

use crate::{
    Setup,
    durable_commits::grouped,
    load::Measured,
    raw_log::{Batch, Durable, Grouped, RawFile},
    report::Table,
};

const ROWS: usize = 5;
const VALUE_BYTES: usize = 300;
const WRITERS: &[u64] = &[1, 256];

/// Five rows of a writer that no other batch has. Values can't be compressed.
pub fn batch(writer: u64, turn: u64) -> Batch {
    let mut state = writer.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ turn.wrapping_mul(0xbf58_476d_1ce4_e5b9) | 1;
    (0..ROWS as u64)
        .map(|row| {
            let key = [writer.to_be_bytes(), turn.to_be_bytes(), row.to_be_bytes()].concat();
            let mut value = Vec::with_capacity(VALUE_BYTES + 8);
            while value.len() < VALUE_BYTES {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                value.extend_from_slice(&state.to_le_bytes());
            }
            value.truncate(VALUE_BYTES);
            (key, value)
        })
        .collect()
}

/// A library that is also asked for rows.
trait Library: Durable {
    /// The first so many rows from a key on.
    fn first(&self, from: &[u8], count: usize) -> anyhow::Result<usize>;
    /// Moves what can be moved out of memory, as after an hour.
    fn settle(&self) -> anyhow::Result<()>;
}

/// fjall, synced after each group.
pub struct FjallLibrary {
    db: fjall::Database,
    rows: fjall::Keyspace,
    sync: bool,
}

impl FjallLibrary {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Self::with(folder, true)
    }

    fn with(folder: &Path, sync: bool) -> anyhow::Result<Self> {
        let db = fjall::Database::builder(folder).manual_journal_persist(true).open()?;
        let rows = db.keyspace("rows", fjall::KeyspaceCreateOptions::default)?;
        Ok(Self { db, rows, sync })
    }

    /// Moves memory to a table.
    pub fn flush(&self) -> anyhow::Result<()> {
        Ok(self.rows.rotate_memtable_and_wait()?)
    }

    /// Every row.
    pub fn all(&self) -> anyhow::Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let mut rows = BTreeMap::new();
        for row in self.rows.iter() {
            let (key, value) = row.into_inner()?;
            rows.insert(key.to_vec(), value.to_vec());
        }
        Ok(rows)
    }
}

impl Durable for FjallLibrary {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        let mut batch = self.db.batch();
        for (key, value) in group.into_iter().flatten() {
            batch.insert(&self.rows, key, value);
        }
        batch.commit()?;
        if self.sync {
            self.db.persist(fjall::PersistMode::SyncData)?;
        }
        Ok(())
    }
}

impl Library for FjallLibrary {
    fn first(&self, from: &[u8], count: usize) -> anyhow::Result<usize> {
        let mut bytes = 0;
        for row in self.rows.range(from..).take(count) {
            let (key, value) = row.into_inner()?;
            bytes += key.len() + value.len();
        }
        Ok(bytes)
    }

    fn settle(&self) -> anyhow::Result<()> {
        self.flush()
    }
}

pub const ROWS_TABLE: redb::TableDefinition<'_, &[u8], &[u8]> = redb::TableDefinition::new("rows");

/// redb, one transaction for each group.
pub struct RedbLibrary {
    pub db: redb::Database,
}

impl RedbLibrary {
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        Ok(Self { db: redb::Database::create(folder.join("rows.redb"))? })
    }
}

impl Durable for RedbLibrary {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        let transaction = self.db.begin_write()?;
        {
            let mut table = transaction.open_table(ROWS_TABLE)?;
            for (key, value) in group.iter().flatten() {
                table.insert(key.as_slice(), value.as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    }
}

impl Library for RedbLibrary {
    fn first(&self, from: &[u8], count: usize) -> anyhow::Result<usize> {
        let table = self.db.begin_read()?.open_table(ROWS_TABLE)?;
        let mut bytes = 0;
        for row in table.range(from..)?.take(count) {
            let (key, value) = row?;
            bytes += key.value().len() + value.value().len();
        }
        Ok(bytes)
    }

    fn settle(&self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Our log, synced for each group, and something behind it that is not.
struct Logged<L> {
    log: Log,
    behind: L,
    label: u64,
}

impl<L> Logged<L> {
    fn open(folder: &Path, behind: L) -> anyhow::Result<Self> {
        let config = LogConfig {
            disk: Arc::new(RealDisk),
            folder: folder.join("log"),
            segment_bytes: 64 << 20,
            reserve_bytes: 0,
            may_be_new: true,
        };
        let (log, _) =
            Log::open(config, &[], &mut |_| {}).map_err(|error| anyhow::anyhow!(error.in_full()))?;
        Ok(Self { log, behind, label: 0 })
    }
}

impl<L: Library> Durable for Logged<L> {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        let payloads: Vec<Vec<u8>> = group
            .iter()
            .map(|batch| {
                batch.iter().flat_map(|(key, value)| [key.as_slice(), value.as_slice()].concat()).collect()
            })
            .collect();
        let records: Vec<Record<'_>> =
            payloads.iter().map(|payload| Record { label: self.label, payload }).collect();
        self.log.append(&[], &records).map_err(|error| anyhow::anyhow!(error.in_full()))?;
        self.label += 1;
        self.behind.commit(group)
    }
}

impl<L: Library> Library for Logged<L> {
    fn first(&self, from: &[u8], count: usize) -> anyhow::Result<usize> {
        self.behind.first(from, count)
    }

    fn settle(&self) -> anyhow::Result<()> {
        self.behind.settle()
    }
}

/// The tree inside fjall, without fjall's journal. Flushes in the committer's thread: the store has a keeper for it.
struct LsmLibrary {
    tree: lsm_tree::AnyTree,
    number: lsm_tree::SequenceNumberCounter,
}

impl LsmLibrary {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let number = lsm_tree::SequenceNumberCounter::new(1);
        let config = lsm_tree::Config::new(
            folder.join("tree"),
            number.clone(),
            lsm_tree::SequenceNumberCounter::default(),
        );
        Ok(Self { tree: config.open()?, number })
    }
}

impl Durable for LsmLibrary {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        for batch in group {
            let number = self.number.next();
            for (key, value) in batch {
                self.tree.insert(key, value, number);
            }
        }
        if self.tree.active_memtable().size() > 32 << 20 {
            self.settle()?;
        }
        Ok(())
    }
}

impl Library for LsmLibrary {
    fn first(&self, from: &[u8], count: usize) -> anyhow::Result<usize> {
        let mut bytes = 0;
        for row in self.tree.range(from.., lsm_tree::SeqNo::MAX, None).take(count) {
            let (key, value) = row.into_inner()?;
            bytes += key.len() + value.len();
        }
        Ok(bytes)
    }

    fn settle(&self) -> anyhow::Result<()> {
        self.tree.flush_active_memtable(0)?;
        Ok(self.tree.compact(Arc::new(lsm_tree::compaction::Leveled::default()), 0)?)
    }
}

type Open = fn(&Path) -> anyhow::Result<Box<dyn Library>>;

const LIBRARIES: &[(&str, Open)] = &[
    ("fjall", |folder| Ok(Box::new(FjallLibrary::open(folder)?))),
    ("redb", |folder| Ok(Box::new(RedbLibrary::open(folder)?))),
    ("our log, then fjall without sync", |folder| {
        Ok(Box::new(Logged::open(folder, FjallLibrary::with(&folder.join("fjall"), false)?)?))
    }),
    ("our log, then lsm-tree", |folder| Ok(Box::new(Logged::open(folder, LsmLibrary::open(folder)?)?))),
];

impl Durable for Box<dyn Library> {
    fn commit(&mut self, group: Vec<Batch>) -> anyhow::Result<()> {
        (**self).commit(group)
    }
}

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut tables = Vec::new();
    for writers in WRITERS {
        tables.push(runtime.block_on(commits(setup, *writers))?);
    }
    tables.push(reads(setup)?);
    tables.push(crate::damage::table(setup)?);
    Ok(tables)
}

async fn commits(setup: &Setup, writers: u64) -> anyhow::Result<Table> {
    let mut raw = Measured::new("raw append and fdatasync");
    let mut measured: Vec<Measured> = LIBRARIES.iter().map(|(name, _)| Measured::new(*name)).collect();
    for _ in 0..setup.rounds {
        let folder = setup.folder()?;
        grouped(&mut raw, Grouped::new(RawFile::create(folder.path())?), writers, setup).await?;
        for (measured, (_, open)) in measured.iter_mut().zip(LIBRARIES) {
            let folder = setup.folder()?;
            grouped(measured, Grouped::new(open(folder.path())?), writers, setup).await?;
        }
    }
    let rows = std::iter::once(&raw).chain(&measured).map(|contender| contender.cells(&raw)).collect();
    Ok(Table {
        title: format!("{writers} writers, {ROWS} × {VALUE_BYTES} B in one atomic batch, synced"),
        columns: vec!["", "batches per second", "ratio", "p50 / p99 ms"],
        rows,
        note: "Everything queued during one sync shares the next, for every contender.".to_owned(),
    })
}

/// The newest 50 of 10,000 rows of one partition, out of tables on disk (cached by the library or the system).
fn reads(setup: &Setup) -> anyhow::Result<Table> {
    const READS: u32 = 2000;
    let mut rows = Vec::new();
    for (name, open) in LIBRARIES {
        let folder = setup.folder()?;
        let mut library = open(folder.path())?;
        for turn in 0..20 {
            library.commit((0..100).map(|at| batch(turn % 2, turn * 100 + at)).collect())?;
        }
        library.settle()?;
        let from = 1_u64.to_be_bytes();
        library.first(&from, 50).context("warming up")?;
        let start = Instant::now();
        for _ in 0..READS {
            let bytes = library.first(&from, 50)?;
            anyhow::ensure!(bytes > 50 * VALUE_BYTES, "rows are missing");
        }
        rows.push(vec![
            (*name).to_owned(),
            format!("{:.1}", start.elapsed().as_secs_f64() * 1e6 / f64::from(READS)),
        ]);
    }
    Ok(Table {
        title: "The newest 50 of 10,000 rows".to_owned(),
        columns: vec!["", "µs"],
        rows,
        note: String::new(),
    })
}
