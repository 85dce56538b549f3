//! The store and the stream that the configuration names, and the master key that seals what is in them.

use anyhow::Context;
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{Blobs, InboundStream, KeyError, Random, Store};
use hearthline_storage_embedded::{
    Config as EmbeddedConfig, DiskBlobs, Embedded, EmbeddedStore, EmbeddedStream, OpenError,
};
use hearthline_storage_scylla::{Config as ScyllaConfig, ScyllaStore};
use std::{path::Path, sync::Arc};

use crate::config::{Config, ConfigError, StoreKind};

/// What was opened.
pub(crate) struct Backing {
    pub store: Arc<dyn Store>,
    pub stream: Arc<dyn InboundStream>,
    /// The bytes of files.
    pub blobs: Arc<dyn Blobs>,
    pub on_disk: OnDisk,
}

/// What has to be closed: it is on this machine's disk.
pub(crate) struct OnDisk {
    store: Option<Arc<EmbeddedStore>>,
    stream: Arc<EmbeddedStream>,
}

impl OnDisk {
    /// The stream of a deployment whose rows are on servers.
    pub async fn stream_alone(config: &Config) -> anyhow::Result<(Arc<dyn InboundStream>, Self)> {
        let stream = on_disk(config, Embedded::open_stream).await?;
        Ok((Arc::<EmbeddedStream>::clone(&stream), Self { store: None, stream }))
    }

    /// Makes everything durable and lets the folder go.
    pub async fn close(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || {
            self.stream.close();
            if let Some(store) = self.store {
                store.close();
            }
        })
        .await?;
        Ok(())
    }
}

impl Backing {
    /// Opens both. The folder is opened first: whoever may not have it disturbs no cluster.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        match config.store.kind {
            StoreKind::Embedded => {
                let (store, stream) = on_disk(config, Embedded::open).await?;
                let on_disk = OnDisk { store: Some(Arc::clone(&store)), stream: Arc::clone(&stream) };
                Ok(Self { store, stream, blobs: blobs(config).await?, on_disk })
            }
            StoreKind::Scylla => {
                let (stream, on_disk) = OnDisk::stream_alone(config).await?;
                let store = ScyllaStore::open(&scylla(config)?).await.context("opening the store")?;
                tracing::info!(server = %store.server(), keyspace = config.store.keyspace, "the store answers");
                Ok(Self { store: Arc::new(store), stream, blobs: blobs(config).await?, on_disk })
            }
        }
    }
}

/// The folder of files, beside the others: whoever opens it holds their lock.
async fn blobs(config: &Config) -> anyhow::Result<Arc<dyn Blobs>> {
    let opened = on_disk(config, |embedded| {
        let folder = embedded.path.join("blobs");
        DiskBlobs::open(embedded.disk, folder, embedded.store.reserve_bytes).map_err(OpenError::Store)
    });
    Ok(Arc::new(opened.await?))
}

/// Opens something in the data folder, on a thread that may wait for the disk.
async fn on_disk<T: Send + 'static>(
    config: &Config,
    open: fn(EmbeddedConfig) -> Result<T, hearthline_storage_embedded::OpenError>,
) -> anyhow::Result<T> {
    let embedded = embedded(config);
    let opened =
        tokio::task::spawn_blocking(move || open(embedded)).await.context("opening the data folder")?;
    opened.with_context(|| format!("store.path = {:?}", config.store.path.display()))
}

/// The smallest that anything on disk is made, in bytes.
const SMALLEST_SEGMENT: u64 = 1 << 20;

/// Sizes follow the two that are set, so that a small disk gets small files; the defaults make the backend's defaults.
fn embedded(config: &Config) -> EmbeddedConfig {
    let mut embedded = EmbeddedConfig::new(config.store.path.clone());
    let (store, stream) = (&mut embedded.store, &mut embedded.stream);
    store.reserve_bytes = config.store.reserve_bytes;
    // What still has to become a table when the disk is full fits into the reserve, with its log beside it.
    store.memory_bytes = (store.reserve_bytes / 2).clamp(SMALLEST_SEGMENT, store.memory_bytes);
    store.segment_bytes = store.memory_bytes;
    stream.reserve_bytes = config.store.reserve_bytes;
    stream.max_waiting_bytes = config.stream.max_bytes;
    stream.segment_bytes = (config.stream.max_bytes / 16).clamp(SMALLEST_SEGMENT, stream.segment_bytes);
    embedded
}

/// How the cluster is reached.
pub(crate) fn scylla(config: &Config) -> Result<ScyllaConfig, ConfigError> {
    let from = &config.store;
    let mut scylla = ScyllaConfig::new(from.nodes.clone());
    scylla.keyspace.clone_from(&from.keyspace);
    scylla.datacenter.clone_from(&from.datacenter);
    scylla.replication = from.replication.map(|copies| usize::from(copies.get()));
    if let (Some(user), Some(file)) = (&from.user, &from.password_file) {
        let password = std::fs::read_to_string(file)
            .map_err(|error| ConfigError::at("store.password_file", file.display(), error))?;
        scylla.login = Some((user.clone(), password.trim_end_matches(['\r', '\n']).to_owned()));
    }
    Ok(scylla)
}

/// The master key, if its file is there.
pub(crate) fn read_master_key(file: &Path) -> Result<Option<MasterKey>, ConfigError> {
    if !file.exists() {
        return Ok(None);
    }
    MasterKey::from_file(file).map(Some).map_err(|error| wrong_key(file, &whole(&error)))
}

/// The key that was read; a deployment makes one at its first start, and only then: a key that is missing beside data that
/// it sealed is a mistake to be told.
pub(crate) async fn master_key(
    read: Option<MasterKey>,
    file: &Path,
    store: &dyn Store,
    random: &dyn Random,
) -> anyhow::Result<MasterKey> {
    if let Some(key) = read {
        return Ok(key);
    }
    if !StoredKeyring::is_new(store).await.context("looking for keys in the store")? {
        let why = "there is no such file, but there is data in the store that it sealed; put the key back";
        return Err(wrong_key(file, why).into());
    }
    Ok(MasterKey::create_file(file, random).map_err(|error| wrong_key(file, &whole(&error)))?)
}

/// The keyring says no: the key is another one, or the store is away.
pub(crate) fn unopened(error: KeyError, file: &Path) -> anyhow::Error {
    match error {
        KeyError::Wrapped => {
            let why = "this is another master key than the one that sealed the data, or the data is damaged";
            wrong_key(file, why).into()
        }
        error => anyhow::Error::new(error).context("opening the keyring"),
    }
}

fn wrong_key(file: &Path, why: &str) -> ConfigError {
    ConfigError::at("keys.master_file", file.display(), why)
}

/// An error with its causes.
fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
