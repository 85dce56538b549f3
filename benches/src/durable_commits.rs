//! Commits through the store's contract (a version compared, five rows and the partition's own written, atomically) beside
//! the bare library doing the same batches in groups, and the raw limit.

use bytes::Bytes;
use hearthline_storage_api::{Commit, Outcome, Partition, Store as _, Table as StoreTable, Token, Write};
use hearthline_storage_embedded::{Config, Embedded, EmbeddedStore};
use std::sync::Arc;

use crate::{
    Setup,
    load::Measured,
    raw_log::{Grouped, RawFile},
    report::Table,
    store_libraries::{FjallLibrary, batch},
};

const WRITERS: &[u64] = &[1, 64, 256];

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut tables = Vec::new();
    for writers in WRITERS {
        tables.push(runtime.block_on(with(setup, *writers))?);
    }
    Ok(tables)
}

async fn with(setup: &Setup, writers: u64) -> anyhow::Result<Table> {
    let mut raw = Measured::new("raw append and fdatasync in groups");
    let mut library = Measured::new("fjall, bare, the same batches in groups");
    let mut ours = Measured::new("our store, through its contract");
    for _ in 0..setup.rounds {
        let folder = setup.folder()?;
        grouped(&mut raw, Grouped::new(RawFile::create(folder.path())?), writers, setup).await?;
        let folder = setup.folder()?;
        grouped(&mut library, Grouped::new(FjallLibrary::open(folder.path())?), writers, setup).await?;
        let folder = setup.folder()?;
        let (store, _stream) = Embedded::open(Config::new(folder.path()))?;
        let committed = Arc::clone(&store);
        ours.run(writers, setup.turn(), move |writer, turn| {
            let store = Arc::clone(&committed);
            async move { commit(&store, writer, turn).await }
        })
        .await?;
        store.close();
    }
    Ok(Table {
        title: format!("{writers} writers, 5 rows of 300 B in one commit"),
        columns: vec!["", "commits per second", "ratio", "p50 / p99 ms"],
        rows: vec![library.cells(&library), ours.cells(&library), raw.cells(&library)],
        note: "Ours also reads and compares the partition's version, and writes it.".to_owned(),
    })
}

/// The same rows through one committer thread.
pub async fn grouped(
    measured: &mut Measured,
    durable: Grouped,
    writers: u64,
    setup: &Setup,
) -> anyhow::Result<()> {
    let durable = Arc::new(durable);
    let used = Arc::clone(&durable);
    let result = measured
        .run(writers, setup.turn(), move |writer, turn| {
            let durable = Arc::clone(&used);
            async move { durable.commit(batch(writer, turn)).await }
        })
        .await;
    if let Ok(mut durable) = Arc::try_unwrap(durable) {
        durable.close()?;
    }
    result
}

async fn commit(store: &EmbeddedStore, writer: u64, turn: u64) -> anyhow::Result<()> {
    // Every hundred commits another lead.
    let key = [writer.to_be_bytes(), (turn / 100).to_be_bytes()].concat();
    let writes = batch(writer, turn)
        .into_iter()
        .map(|(key, value)| Write::Put { key: key.into(), value: value.into() });
    let outcome = store
        .commit(Commit {
            partition: Partition { table: StoreTable::LeadCore, key: Bytes::from(key) },
            expected: turn % 100,
            token: Token(1 + u128::from(turn)),
            writes: writes.collect(),
        })
        .await?;
    anyhow::ensure!(outcome == Outcome::Applied, "a commit of one writer met {outcome:?}");
    Ok(())
}
