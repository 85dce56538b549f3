//! Migrations: repeated, at once, skipped, by a newer binary; and a server that is not there.

use futures::future::join_all;
use hearthline_storage_api::{KeyRange, Partition, Store as _, Table};
use hearthline_storage_scylla::{Config, OpenError, ScyllaStore, migrate};
use scylla::client::{session::Session, session_builder::SessionBuilder};

use crate::cluster::{config, fresh_keyspace, nodes};

async fn session() -> Session {
    SessionBuilder::new().known_nodes(nodes()).build().await.expect("the server answers")
}

async fn run(session: &Session, text: String) {
    session.query_unpaged(text, ()).await.expect("the statement is right");
}

/// One line that names the fix.
#[track_caller]
fn refused(opened: Result<ScyllaStore, OpenError>, fix: &str) {
    let Err(error) = opened else { panic!("it was opened") };
    let said = error.to_string();
    assert!(said.contains(fix) && !said.contains('\n'), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_that_migrate_at_once_end_with_one_whole_set_of_tables_and_repeating_does_nothing() {
    let config = config(fresh_keyspace("migrations"));
    refused(ScyllaStore::open(&config).await, "`hearthline migrate`");
    let done = join_all((0..3).map(|_| migrate(&config))).await;
    let done: Vec<_> = done.into_iter().map(|done| done.expect("they wait for each other")).collect();
    assert_eq!(done.iter().filter(|done| done.from == 0).count(), 1, "one carried it out: {done:?}");
    assert!(done.iter().all(|one| one.to == done[0].to), "{done:?}");
    let store = ScyllaStore::open(&config).await.expect("it was migrated");
    for table in Table::ALL {
        let at = Partition { table: *table, key: b"p".as_slice().into() };
        assert_eq!(store.read(&at, &KeyRange::all()).await.expect("the table is there").rows, []);
    }
    // While it is open, and again.
    let again = migrate(&config).await.expect("repeated");
    assert_eq!((again.from, again.to, again.replication), (done[0].to, done[0].to, None));

    // One cut short: its tables are there, its record is not.
    let session = session().await;
    let table = format!("{}.schema_migration", config.keyspace);
    run(&session, format!("DELETE FROM {table} WHERE realm = 'schema' AND number = {}", again.to)).await;
    refused(ScyllaStore::open(&config).await, "`hearthline migrate`");
    migrate(&config).await.expect("it goes on");
    ScyllaStore::open(&config).await.expect("whole again");

    // One skipped, by hands that know better.
    run(&session, format!("DELETE FROM {table} WHERE realm = 'schema' AND number = 1")).await;
    let insert = |number: u32, needs: u32| {
        format!("INSERT INTO {table} (realm, number, name, needs) VALUES ('schema', {number}, 'x', {needs})")
    };
    run(&session, insert(again.to.max(2), 1)).await;
    refused(ScyllaStore::open(&config).await, "migration 1 is missing");
    assert!(matches!(migrate(&config).await, Err(OpenError::Skipped { missing: 1, .. })));
    run(&session, insert(1, 1)).await;

    // A newer binary added something that this one can live with; and then something that it can't.
    run(&session, insert(again.to + 1, 1)).await;
    ScyllaStore::open(&config).await.expect("it says that it may be opened");
    run(&session, insert(again.to + 2, again.to + 2)).await;
    refused(ScyllaStore::open(&config).await, "use a binary that is as new");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_with_what_to_do() {
    let config = Config::new(vec!["127.0.0.1:1".to_owned()]);
    refused(ScyllaStore::open(&config).await, "no node of 127.0.0.1:1 answers");
    let mut nowhere = crate::cluster::config(fresh_keyspace("nowhere"));
    nowhere.datacenter = Some("atlantis".to_owned());
    let error = migrate(&nowhere).await.expect_err("there is no such data centre").to_string();
    assert!(error.contains("atlantis") && error.contains("store.datacenter"), "{error}");
}
