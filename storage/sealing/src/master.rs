//! The master key: one file, which no backup of data holds.

use base64::{Engine, engine::general_purpose::STANDARD};
use hearthline_storage_api::Random;
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

use crate::seal::{KEY_BYTES, Secret};

/// No key file is longer: 44 characters and a line end.
const FILE_BYTES_MAX: u64 = 64;

/// The key that everything else stands under.
pub struct MasterKey(pub(crate) Secret);

/// Why there is no master key. Shows where it was looked for, never what was found.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file can't be read, written or made (it may exist already).
    #[error("the master key file {}", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Others than its owner may read or write the file.
    #[error(
        "the master key file {path} is open to others (mode {mode:04o}): run `chmod 600 {path}`",
        path = path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    /// The file is something else.
    #[error("the master key file {} does not hold a key: base64 of 32 bytes on one line is wanted", path.display())]
    NotAKey { path: PathBuf },
}

impl MasterKey {
    /// A key from its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the key: base64 of 32 bytes, with or without a line end, in a file that only its owner can open.
    ///
    /// # Errors
    /// [`MasterKeyError`].
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        check_mode(path, &file)?;
        let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX as usize));
        let not_a_key = || MasterKeyError::NotAKey { path: path.to_owned() };
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => not_a_key(),
            _ => failed(error),
        })?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        decode(line.strip_suffix('\r').unwrap_or(line)).map(Self).ok_or_else(not_a_key)
    }

    /// Makes a key and its file, which only its owner can open. Both the file and its name are durable when it answers.
    ///
    /// # Errors
    /// [`MasterKeyError::File`]; also when the file exists: a key is never written over.
    pub fn create_file(path: &Path, random: &dyn Random) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File { path: path.to_owned(), source };
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random.fill(key.as_mut_slice());
        let mut file = create_private(path).map_err(failed)?;
        if let Err(error) = write_key(&mut file, &key).and_then(|()| sync_folder(path)) {
            // Half a key would stand in the way of the next start. If it can't be removed either, the error says where.
            let _ = std::fs::remove_file(path);
            return Err(failed(error));
        }
        Ok(Self(key))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn decode(text: &str) -> Option<Secret> {
    // One group of base64 more than a key needs, so that a longer text is seen to be longer.
    let mut decoded = Zeroizing::new([0; KEY_BYTES + 3]);
    let length = STANDARD.decode_slice(text, decoded.as_mut_slice()).ok()?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    key.copy_from_slice(decoded.get(..length).filter(|bytes| bytes.len() == KEY_BYTES)?);
    Some(key)
}

fn write_key(file: &mut File, key: &Secret) -> io::Result<()> {
    let mut line = Zeroizing::new(STANDARD.encode(key.as_slice()));
    line.push('\n');
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Makes the file's name durable, too.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), MasterKeyError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        file.metadata().map_err(|source| MasterKeyError::File { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(MasterKeyError::Exposed { path: path.to_owned(), mode })
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _file: &File) -> Result<(), MasterKeyError> {
    Ok(())
}
