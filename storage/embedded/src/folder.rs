//! One process at a time: an exclusive lock on the data folder.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Held as long as anything of the folder is open; the system drops it with the process.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
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
        std::fs::create_dir_all(folder).map_err(fail)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse(folder.to_owned())),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }
}
