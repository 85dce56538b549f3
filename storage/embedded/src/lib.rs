//! The store and the stream on local disk.
//!
//! What it is for: the default deployment, one process and no other server. [`Embedded::open`] gives the two contracts of
//! `hearthline-storage-api` over one folder.
//!
//! What it promises: what the contracts say, and on disk: nothing answered is lost by a crash of process or machine; a torn
//! tail is told from damage; damage is named by file; after a failed sync nothing is answered until it is opened again; a
//! full disk is answered with `Full` and goes away with its cause; one process at a time.
//!
//! What it deliberately does not know: what rows and entries mean. It needs SIGXFSZ ignored by the process if a limit on
//! file sizes is set, or the system ends the process instead of failing the write.

mod blobs;
pub mod disk;
mod folder;
pub mod log;
mod queue;
mod store;
mod stream;

use hearthline_storage_api::StoreError;
use std::{path::PathBuf, sync::Arc};

pub use blobs::DiskBlobs;
use disk::{Disk, RealDisk};
pub use folder::{FolderLock, LockError};
use log::LogError;
pub use store::{EmbeddedStore, StoreConfig};
pub use stream::{EmbeddedStream, StreamConfig};

/// Where and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder. It gets `data/`, `keys/`, `stream/` and, of files that clients send, `blobs/`; made if it is missing.
    pub path: PathBuf,
    pub store: StoreConfig,
    pub stream: StreamConfig,
    /// The disk under our logs. Tables are always on the system's.
    pub disk: Arc<dyn Disk>,
}

impl Config {
    /// The defaults, on the system's disk.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            store: StoreConfig::default(),
            stream: StreamConfig::default(),
            disk: Arc::new(RealDisk),
        }
    }
}

/// Why the folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("opening the data folder")]
    Lock(#[from] LockError),
    #[error("opening the store: {0}")]
    Store(StoreError),
    #[error("opening the inbound stream: {}", .0.in_full())]
    Stream(LogError),
}

/// The way in.
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

impl Embedded {
    /// Opens the folder: the store and the stream, both recovered. Blocks while the logs are read.
    ///
    /// # Errors
    /// [`OpenError`]; damage is named by file.
    pub fn open(config: Config) -> Result<(Arc<EmbeddedStore>, Arc<EmbeddedStream>), OpenError> {
        let lock = Arc::new(FolderLock::take(&config.path)?);
        let store = EmbeddedStore::open(&config.disk, &config.path, &config.store, Arc::clone(&lock));
        let store = store.map_err(OpenError::Store)?;
        let stream = EmbeddedStream::open(config.disk, config.path.join("stream"), config.stream, lock);
        Ok((Arc::new(store), Arc::new(stream.map_err(OpenError::Stream)?)))
    }

    /// Opens the stream alone, for a deployment whose rows are on servers. The same folder may become a whole one later.
    ///
    /// # Errors
    /// [`OpenError`]; damage is named by file.
    pub fn open_stream(config: Config) -> Result<Arc<EmbeddedStream>, OpenError> {
        let lock = Arc::new(FolderLock::take(&config.path)?);
        let stream = EmbeddedStream::open(config.disk, config.path.join("stream"), config.stream, lock);
        Ok(Arc::new(stream.map_err(OpenError::Stream)?))
    }
}
