//! One process at a time: an exclusive lock on the data folder.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::disk::{Disk as _, RealDisk};

/// Held as long as anything of the folder is open; the system drops it with the process.
#[derive(Debug)]
pub struct FolderLock {
    file: File,
}

/// Why the folder could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    #[error("locking {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the lock.
    ///
    /// # Errors
    /// Another process has it, or the folder can't be written to.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("lock");
        let fail = |source| LockError::Io { path: path.clone(), source };
        RealDisk.create_folder(folder).map_err(fail)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }
}

/// Said, not left to the closing of the file: a process that is just being started may hold a copy of it for a moment.
impl Drop for FolderLock {
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock on the data folder was not given back; it goes with the process");
        }
    }
}
