//! Blobs as files: `blobs/TENANT/CC/CONTENT`, where `CC` are the last two digits of the content's id. A file is written
//! under another name, synced, and renamed: what has its own name is whole. What a crash leaves under another name is
//! removed when the folder is opened.

use async_trait::async_trait;
use bytes::Bytes;
use hearthline_storage_api::{BlobName, Blobs, StoreError};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::disk::{Disk, means_full};

/// Where files are while they are being written.
const UNFINISHED: &str = "unfinished";

/// Blobs in a folder of their own.
#[derive(Clone, Debug)]
pub struct DiskBlobs {
    disk: Arc<dyn Disk>,
    folder: Arc<Path>,
    reserve_bytes: u64,
    unfinished: Arc<AtomicU64>,
}

impl DiskBlobs {
    /// Opens the folder, made if it is missing. Blobs are refused while the disk has less room than `reserve_bytes`. The
    /// caller holds the lock on the data folder above.
    ///
    /// # Errors
    /// The system's.
    pub fn open(disk: Arc<dyn Disk>, folder: PathBuf, reserve_bytes: u64) -> Result<Self, StoreError> {
        let unfinished = folder.join(UNFINISHED);
        let clean = || {
            disk.create_folder(&unfinished)?;
            disk.list(&unfinished)?.iter().try_for_each(|name| disk.remove(&unfinished.join(name)))
        };
        clean().map_err(|error| failed("opening the folder of files", &error))?;
        Ok(Self { disk, folder: folder.into(), reserve_bytes, unfinished: Arc::default() })
    }

    fn path(&self, name: BlobName) -> PathBuf {
        let content = name.content.to_string();
        let shelf = &content[content.len() - 2..];
        self.folder.join(name.tenant.to_string()).join(shelf).join(&content)
    }

    fn write(&self, name: BlobName, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.unfinished.fetch_add(1, Ordering::Relaxed);
        let from = self.folder.join(UNFINISHED).join(written.to_string());
        let made = self.write_and_rename(&from, &self.path(name), bytes);
        if made.is_err() {
            // Without a name of its own it is nothing; the next start removes it if this does not.
            let _ = self.disk.remove(&from);
        }
        made
    }

    fn write_and_rename(&self, from: &Path, to: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let io = |error| failed("writing a file", &error);
        let free = self.disk.free_bytes(&self.folder).map_err(io)?;
        if free < self.reserve_bytes.saturating_add(bytes.len() as u64) {
            return Err(StoreError::Full("the reserve of the disk is reached".to_owned()));
        }
        let shelf = to.parent().expect("a blob's path has folders above it");
        self.disk.create_folder(shelf).map_err(io)?;
        let file = self.disk.create(from).map_err(io)?;
        file.write_at(bytes, 0).map_err(io)?;
        file.sync().map_err(io)?;
        self.disk.rename(from, to).map_err(io)?;
        self.disk.sync_folder(shelf).map_err(io)
    }

    fn read(&self, name: BlobName) -> Result<Option<Bytes>, StoreError> {
        let read = || {
            let file = self.disk.open(&self.path(name))?;
            let size_bytes = usize::try_from(file.size_bytes()?).map_err(io::Error::other)?;
            let mut bytes = vec![0; size_bytes];
            file.read_at(&mut bytes, 0)?;
            Ok(Bytes::from(bytes))
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if missing(&error) => Ok(None),
            Err(error) => Err(failed("reading a file", &error)),
        }
    }

    fn delete(&self, name: BlobName) -> Result<(), StoreError> {
        let path = self.path(name);
        match self.disk.remove(&path) {
            Err(error) if missing(&error) => Ok(()),
            Err(error) => Err(failed("removing a file", &error)),
            Ok(()) => {
                let shelf = path.parent().expect("a blob's path has folders above it");
                self.disk.sync_folder(shelf).map_err(|error| failed("removing a file", &error))
            }
        }
    }

    /// On a thread that may wait for the disk.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let own = self.clone();
        let done = tokio::task::spawn_blocking(move || work(own)).await;
        done.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }
}

fn missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// A failed sync leaves no file under its own name, so that nothing is believed that may not be there: it can be repeated.
fn failed(doing: &str, error: &io::Error) -> StoreError {
    let text = format!("{doing}: {error}");
    if means_full(error) { StoreError::Full(text) } else { StoreError::Unavailable(text) }
}

#[async_trait]
impl Blobs for DiskBlobs {
    async fn put(&self, name: BlobName, bytes: Bytes) -> Result<(), StoreError> {
        self.aside(move |own| own.write(name, &bytes)).await
    }
    async fn get(&self, name: BlobName) -> Result<Option<Bytes>, StoreError> {
        self.aside(move |own| own.read(name)).await
    }
    async fn remove(&self, name: BlobName) -> Result<(), StoreError> {
        self.aside(move |own| own.delete(name)).await
    }
}
