//! `hearthline check` and `hearthline migrate`: what an operator runs before `serve`.

use hearthline_sealing::{OsRandom, StoredKeyring};
use hearthline_storage_api::{InboundStream, Store};
use hearthline_storage_embedded::{FolderLock, LockError};
use hearthline_storage_scylla::ScyllaStore;
use std::sync::Arc;

use crate::{
    backing::{self, Backing, OnDisk},
    config::{Config, StoreKind},
    serve,
};

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    pub what: &'static str,
    /// What was found; or what is wrong, with the fix.
    pub said: Result<String, String>,
}

/// Looks at everything that `serve` needs: what settings name, keys, store, stream. Each is looked at whatever is wrong with
/// the others. Makes no key and no table; beside a server that runs it touches nothing on disk.
pub async fn check(config: &Config) -> Vec<Finding> {
    let mut parts = parts(config).await;
    let keys = keys(config, parts.rows.take()).await;
    if let Some(on_disk) = parts.on_disk.take()
        && let Err(error) = on_disk.close().await
    {
        parts.stream = Err(error);
    }
    let settings = serve::http_settings(config).map(|_| "every key is understood".to_owned());
    [
        ("configuration", settings.map_err(anyhow::Error::new)),
        ("keys", keys),
        ("store", parts.store),
        ("stream", parts.stream),
    ]
    .map(|(what, said)| Finding { what, said: said.map_err(|error| one_line(&error)) })
    .into()
}

/// Prepares the store for this binary. What it says is for people.
///
/// # Errors
/// What stood in the way, with the fix. Running it again goes on from there.
pub async fn migrate(config: &Config) -> anyhow::Result<String> {
    if config.store.kind == StoreKind::Embedded {
        return Ok("nothing to do: an embedded store is made by the first start".to_owned());
    }
    let done = hearthline_storage_scylla::migrate(&backing::scylla(config)?).await?;
    let copies =
        done.replication.map(|copies| format!("; copies of everything: {copies}")).unwrap_or_default();
    Ok(match done.to - done.from {
        0 => format!("nothing to do: {} is at migration {}", done.server, done.to),
        _ => format!("{} went from migration {} to {}{copies}", done.server, done.from, done.to),
    })
}

/// Store and stream as they were found, and what was opened for it.
struct Parts {
    store: anyhow::Result<String>,
    stream: anyhow::Result<String>,
    rows: Option<Arc<dyn Store>>,
    on_disk: Option<OnDisk>,
}

async fn parts(config: &Config) -> Parts {
    let runs = matches!(FolderLock::take(&config.store.path), Err(LockError::InUse(_)));
    match (config.store.kind, runs) {
        (StoreKind::Embedded, false) => embedded(config).await,
        (StoreKind::Embedded, true) => {
            Parts { store: in_use(config), stream: in_use(config), rows: None, on_disk: None }
        }
        (StoreKind::Scylla, runs) => {
            let (stream, on_disk) = if runs { (in_use(config), None) } else { stream(config).await };
            let (store, rows) = cluster(config).await;
            Parts { store, stream, rows, on_disk }
        }
    }
}

async fn embedded(config: &Config) -> Parts {
    match Backing::open(config).await {
        Ok(Backing { store, stream, on_disk, .. }) => Parts {
            store: Ok(format!("embedded, in {}", config.store.path.display())),
            stream: Ok(waiting(&*stream)),
            rows: Some(store),
            on_disk: Some(on_disk),
        },
        Err(error) => {
            let stream = Err(anyhow::anyhow!("it is in the folder of the store"));
            Parts { store: Err(error), stream, rows: None, on_disk: None }
        }
    }
}

async fn stream(config: &Config) -> (anyhow::Result<String>, Option<OnDisk>) {
    match OnDisk::stream_alone(config).await {
        Ok((stream, on_disk)) => (Ok(waiting(&*stream)), Some(on_disk)),
        Err(error) => (Err(error), None),
    }
}

/// Whether the cluster answers, is new enough, and has our tables.
async fn cluster(config: &Config) -> (anyhow::Result<String>, Option<Arc<dyn Store>>) {
    let opened = match backing::scylla(config) {
        Ok(scylla) => ScyllaStore::open(&scylla).await.map_err(anyhow::Error::new),
        Err(error) => Err(error.into()),
    };
    match opened {
        Ok(store) => {
            let said = format!("{}, key space {}", store.server(), config.store.keyspace);
            (Ok(said), Some(Arc::new(store)))
        }
        Err(error) => (Err(error), None),
    }
}

fn waiting(stream: &dyn InboundStream) -> String {
    format!("embedded, {} entries wait", stream.backlog())
}

fn in_use(config: &Config) -> anyhow::Result<String> {
    Ok(format!("{} is in use, by a server that runs", config.store.path.display()))
}

/// Whether the key is there when it has to be, and is the one that sealed what is stored.
async fn keys(config: &Config, rows: Option<Arc<dyn Store>>) -> anyhow::Result<String> {
    let file = &config.keys.master_file;
    let key = backing::read_master_key(file)?;
    let shown = file.display();
    let unopened = match key {
        Some(_) => format!("{shown} can be read"),
        None => format!("the first start will make {shown}"),
    };
    let Some(rows) = rows else { return Ok(unopened) };
    if StoredKeyring::is_new(&*rows).await? {
        return Ok(unopened);
    }
    // Something is sealed, so this finds the key or says that it is missing. It makes none.
    let key = backing::master_key(key, file, &*rows, &OsRandom).await?;
    let opened = StoredKeyring::open(rows, key, Arc::new(OsRandom)).await;
    opened.map_err(|error| backing::unopened(error, file))?;
    Ok(format!("{shown} opens what is stored"))
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
