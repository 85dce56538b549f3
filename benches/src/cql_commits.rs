//! Commits through the store's contract on a CQL server, beside the bare driver sending the same conditional batch, and the
//! embedded store. The server is the one that `HEARTHLINE_TEST_CQL` names, or Apache Cassandra, started for this run.

use anyhow::Context as _;
use bytes::Bytes;
use hearthline_storage_api::{Commit, Outcome, Partition, Store, Table as StoreTable, Token, Write};
use hearthline_storage_embedded::{Config as EmbeddedConfig, Embedded, EmbeddedStore};
use hearthline_storage_scylla::{Config, ScyllaStore, migrate};
use scylla::{
    client::{session::Session, session_builder::SessionBuilder},
    statement::{
        Consistency, SerialConsistency, batch::Batch, batch::BatchType, prepared::PreparedStatement,
    },
};
use std::sync::Arc;

use crate::{Setup, load::Measured, report::Table, store_libraries::batch};

const WRITERS: &[u64] = &[1, 16, 64];
/// Each writer starts another lead after so many commits.
const COMMITS_OF_A_LEAD: u64 = 100;

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let nodes = hearthline_test_cql::shared()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut config = Config::new(nodes.split(',').map(str::to_owned).collect());
        config.keyspace = format!("bench_{}", std::process::id());
        migrate(&config).await?;
        let bare = Arc::new(Bare::open(&config).await?);
        let ours: Arc<dyn Store> = Arc::new(ScyllaStore::open(&config).await?);
        let mut tables = Vec::new();
        for writers in WRITERS {
            tables.push(with(setup, *writers, &bare, &ours).await?);
        }
        Ok(tables)
    })
}

async fn with(setup: &Setup, writers: u64, bare: &Arc<Bare>, ours: &Arc<dyn Store>) -> anyhow::Result<Table> {
    let mut driver = Measured::new("the bare driver, the same conditional batch");
    let mut contract = Measured::new("our store on CQL, through its contract");
    let mut embedded = Measured::new("our embedded store, through its contract");
    // Round 0 warms the server up, and counts for nobody.
    for round in 0..=setup.rounds {
        let (mut unmeasured, mut unmeasured_too) = (Measured::new(""), Measured::new(""));
        let (driver, contract) =
            if round == 0 { (&mut unmeasured, &mut unmeasured_too) } else { (&mut driver, &mut contract) };
        let used = Arc::clone(bare);
        let name = move |what: u8, writer: u64, turn: u64| -> Vec<u8> {
            let lead = turn / COMMITS_OF_A_LEAD;
            [
                &[what][..],
                &writers.to_be_bytes(),
                &round.to_be_bytes(),
                &writer.to_be_bytes(),
                &lead.to_be_bytes(),
            ]
            .concat()
        };
        let turn_of_driver = driver.run(writers, setup.turn(), move |writer, turn| {
            let bare = Arc::clone(&used);
            async move { bare.commit(&name(b'b', writer, turn), writer, turn).await }
        });
        let used = Arc::clone(ours);
        let turn_of_contract = contract.run(writers, setup.turn(), move |writer, turn| {
            let store = Arc::clone(&used);
            async move { commit(&*store, name(b'c', writer, turn), writer, turn).await }
        });
        // Who comes second finds the server busy with what the first left to compact: they take turns at it.
        if round % 2 == 0 {
            turn_of_driver.await?;
            turn_of_contract.await?;
        } else {
            turn_of_contract.await?;
            turn_of_driver.await?;
        }
        if round > 0 {
            let folder = setup.folder()?;
            let (store, _stream) = Embedded::open(EmbeddedConfig::new(folder.path()))?;
            let used: Arc<dyn Store> = Arc::<EmbeddedStore>::clone(&store);
            embedded
                .run(writers, setup.turn(), move |writer, turn| {
                    let store = Arc::clone(&used);
                    async move { commit(&*store, name(b'e', writer, turn), writer, turn).await }
                })
                .await?;
            store.close();
        }
    }
    Ok(Table {
        title: format!("{writers} writers, 5 rows of 300 B in one commit, one node"),
        columns: vec!["", "commits per second", "ratio", "p50 / p99 ms"],
        rows: vec![driver.cells(&driver), contract.cells(&driver), embedded.cells(&driver)],
        note: "The first two send the same statements to the same table; the server shares the machine with the writers."
            .to_owned(),
    })
}

async fn commit(store: &dyn Store, key: Vec<u8>, writer: u64, turn: u64) -> anyhow::Result<()> {
    let writes = batch(writer, turn)
        .into_iter()
        .map(|(key, value)| Write::Put { key: key.into(), value: value.into() });
    let outcome = store
        .commit(Commit {
            partition: Partition { table: StoreTable::LeadCore, key: Bytes::from(key) },
            expected: turn % COMMITS_OF_A_LEAD,
            token: Token(1 + u128::from(turn)),
            writes: writes.collect(),
        })
        .await?;
    anyhow::ensure!(outcome == Outcome::Applied, "a commit of one writer met {outcome:?}");
    Ok(())
}

/// The driver and nothing else.
struct Bare {
    session: Session,
    version: PreparedStatement,
    put: PreparedStatement,
}

impl Bare {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let session = SessionBuilder::new().known_nodes(&config.nodes).build().await?;
        let table = format!("{}.lead_core", config.keyspace);
        let version = format!("UPDATE {table} SET version = ?, attempt = ? WHERE part = ? IF version = ?");
        let put = format!("INSERT INTO {table} (part, key, value) VALUES (?, ?, ?)");
        let (version, put) = (session.prepare(version).await?, session.prepare(put).await?);
        Ok(Self { session, version, put })
    }

    async fn commit(&self, part: &[u8], writer: u64, turn: u64) -> anyhow::Result<()> {
        let expected = i64::try_from(turn % COMMITS_OF_A_LEAD)?;
        let rows = batch(writer, turn);
        let mut sent = Batch::new(BatchType::Unlogged);
        sent.set_consistency(Consistency::LocalQuorum);
        sent.set_serial_consistency(Some(SerialConsistency::LocalSerial));
        sent.append_statement(self.version.clone());
        rows.iter().for_each(|_| sent.append_statement(self.put.clone()));
        let token = [1_u8; 16];
        let [(k0, v0), (k1, v1), (k2, v2), (k3, v3), (k4, v4)] = &rows[..] else {
            anyhow::bail!("a batch has five rows");
        };
        let values = (
            (expected + 1, &token[..], part, (expected > 0).then_some(expected)),
            (part, k0, v0),
            (part, k1, v1),
            (part, k2, v2),
            (part, k3, v3),
            (part, k4, v4),
        );
        let answer = self.session.batch(&sent, values).await?.into_rows_result()?;
        let row = answer.first_row::<scylla::value::Row>()?;
        let applied = row.columns.first().and_then(|cell| cell.as_ref()?.as_boolean());
        anyhow::ensure!(applied.context("no [applied]")?, "a commit of one writer met a conflict");
        Ok(())
    }
}
