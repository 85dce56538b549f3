//! Appends to the inbound stream beside a raw append and fdatasync of the same bytes in groups.

use bytes::Bytes;
use hearthline_storage_api::{Group, InboundStream as _};
use hearthline_storage_embedded::{Config, Embedded};
use std::sync::Arc;

use crate::{
    Setup,
    load::Measured,
    raw_log::{Grouped, RawFile},
    report::Table,
};

/// A sealed webhook.
const ENTRY_BYTES: usize = 1024;
const IN_FLIGHT: &[u64] = &[1, 64, 1024];

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut tables = Vec::new();
    for in_flight in IN_FLIGHT {
        tables.push(runtime.block_on(at(setup, *in_flight))?);
    }
    Ok(tables)
}

async fn at(setup: &Setup, in_flight: u64) -> anyhow::Result<Table> {
    let mut raw = Measured::new("raw append and fdatasync in groups");
    let mut ours = Measured::new("inbound stream");
    for _ in 0..setup.rounds {
        let folder = setup.folder()?;
        let grouped = Arc::new(Grouped::new(RawFile::create(folder.path())?));
        raw.run(in_flight, setup.turn(), move |_, _| {
            let grouped = Arc::clone(&grouped);
            async move { grouped.commit(vec![(Vec::new(), vec![7; ENTRY_BYTES])]).await }
        })
        .await?;
        drop(folder);

        let folder = setup.folder()?;
        let mut config = Config::new(folder.path());
        config.stream.max_waiting_bytes = u64::MAX;
        config.stream.max_waiting_entries = u64::MAX;
        let (_store, stream) = Embedded::open(config)?;
        let appended = Arc::clone(&stream);
        ours.run(in_flight, setup.turn(), move |caller, _| {
            let stream = Arc::clone(&appended);
            async move {
                stream.append(Group::of(caller), Bytes::from(vec![7; ENTRY_BYTES])).await?;
                Ok(())
            }
        })
        .await?;
        stream.close();
    }
    Ok(Table {
        title: format!("{in_flight} in flight, {ENTRY_BYTES} B each"),
        columns: vec!["", "per second", "ratio", "p50 / p99 ms"],
        rows: vec![raw.cells(&raw), ours.cells(&raw)],
        note: String::new(),
    })
}
