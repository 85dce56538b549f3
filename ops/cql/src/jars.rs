//! Cassandra's jars, fetched once by Maven and kept in the user's cache.

use anyhow::{Context, Result, bail, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The version that tests run on.
pub const VERSION: &str = "5.0.9";

/// The folder of the jars.
///
/// # Errors
/// They are not there yet.
pub fn find() -> Result<PathBuf> {
    let folder = folder()?;
    ensure!(folder.is_dir(), "the jars of Apache Cassandra {VERSION} are not in {}", folder.display());
    Ok(folder)
}

/// Fetches the jars with `mvn`, unless they are there.
///
/// # Errors
/// There is no `mvn`, or it failed.
pub fn fetch() -> Result<PathBuf> {
    let folder = folder()?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let parent = folder.parent().context("the cache has a parent")?;
    fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
    // Beside where they will be: a run that is cut short leaves nothing that looks whole.
    let partly = tempfile::Builder::new().prefix("fetching-").tempdir_in(parent)?;
    let pom = partly.path().join("pom.xml");
    fs::write(&pom, include_str!("../pom.xml").replace("@VERSION@", VERSION))?;
    let jars = partly.path().join("lib");
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(&pom).arg("dependency:copy-dependencies");
    maven.arg("-DincludeScope=runtime").arg(format!("-DoutputDirectory={}", jars.display()));
    let status = maven.status().context("starting mvn")?;
    ensure!(
        status.success(),
        "`mvn dependency:copy-dependencies` for Apache Cassandra {VERSION} failed: {status}"
    );
    agent(&jars)?;
    match fs::rename(&jars, &folder) {
        // Somebody else was faster.
        Err(_) if folder.is_dir() => Ok(folder),
        Err(error) => Err(error).with_context(|| format!("moving the jars to {}", folder.display())),
        Ok(()) => Ok(folder),
    }
}

/// The jar that measures objects, which Cassandra needs as an agent.
pub(crate) fn agent(jars: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(jars).with_context(|| format!("reading {}", jars.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("jamm-") && name.ends_with(".jar") {
            return Ok(path);
        }
    }
    bail!("there is no jamm in {}: remove the folder and run `cargo xtask setup --install`", jars.display())
}

fn folder() -> Result<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = cache.or_else(home).context("neither XDG_CACHE_HOME nor HOME says where the cache is")?;
    Ok(cache.join("hearthline").join(format!("cassandra-{VERSION}")))
}
