//! Where a demo keeps everything: a folder that stays, or one that goes with the process.

use anyhow::Context;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hearthline_load::drive::Kept;
use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// What the generator has to know again.
const KEPT: &str = "demo.json";
const OPERATOR_TOKEN: &str = "operator-token";

/// The folder of a demo.
pub struct Folder {
    path: PathBuf,
    /// Held for its end: it takes the folder with it.
    _temporary: Option<TempDir>,
}

impl Folder {
    /// That folder, made if it is not there; or a temporary one.
    ///
    /// # Errors
    /// It can't be made.
    pub fn open(wanted: Option<PathBuf>) -> anyhow::Result<Self> {
        if let Some(path) = wanted {
            fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
            return Ok(Self { path, _temporary: None });
        }
        let temporary = tempfile::Builder::new().prefix("hearthline-demo-").tempdir();
        let temporary = temporary.context("a temporary folder")?;
        Ok(Self { path: temporary.path().to_owned(), _temporary: Some(temporary) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What an earlier run kept.
    ///
    /// # Errors
    /// It can't be read.
    pub fn kept(&self) -> anyhow::Result<Option<Kept>> {
        let file = self.path.join(KEPT);
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        serde_json::from_slice(&text).map(Some).with_context(|| format!("reading {}", file.display()))
    }

    /// Keeps it, as a whole or not at all. It holds passwords: nobody else may read it.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(&self, kept: &Kept) -> anyhow::Result<()> {
        self.write(KEPT, &serde_json::to_vec(kept)?)
    }

    /// A new token of the operator's, in its file.
    ///
    /// # Errors
    /// It can't be written, or there is no randomness.
    pub fn operator_token(&self) -> anyhow::Result<String> {
        let token = secrets()?();
        self.write(OPERATOR_TOKEN, token.as_bytes())?;
        Ok(token)
    }

    /// Where that token is.
    pub fn operator_token_file(&self) -> PathBuf {
        self.path.join(OPERATOR_TOKEN)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (file, new) = (self.path.join(name), self.path.join(format!("{name}.new")));
        let written = || -> std::io::Result<()> {
            let mut options = fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            options.open(&new)?.write_all(bytes)?;
            fs::rename(&new, &file)
        };
        written().with_context(|| format!("writing {}", file.display()))
    }
}

/// Passwords and keys that nobody knows: a new one at each call.
///
/// # Errors
/// The machine has no randomness.
pub fn secrets() -> anyhow::Result<impl FnMut() -> String> {
    let mut bytes = [0_u8; 15];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(|| {
        let mut bytes = [0_u8; 15];
        getrandom::fill(&mut bytes).expect("there was randomness a moment ago");
        URL_SAFE_NO_PAD.encode(bytes)
    })
}

/// What everything below takes, in bytes. What goes away meanwhile takes nothing.
pub fn size_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size_bytes(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
