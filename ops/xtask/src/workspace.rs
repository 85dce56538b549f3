//! Where the project lies, and what cargo says of its crates.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

/// The project's root folder, with what cargo knows of the crates in it.
pub struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Reads the workspace this task was built from. Dependencies are not resolved, so no network is needed.
    pub fn find() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .context("reading the workspace with `cargo metadata`")?;
        Ok(Self { metadata })
    }

    pub fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// A file or folder of the project, named from its root.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// The folder of the web client.
    pub fn web(&self) -> PathBuf {
        self.path("gateway/web")
    }

    /// Where cargo leaves what it builds; `CARGO_TARGET_DIR` may move it.
    pub fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Reads a text file of the project; the error names it.
    pub fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.path(relative)).with_context(|| format!("reading {relative}"))
    }
}
