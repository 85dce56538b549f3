//! The web client: installing what it is built from, building it, and telling whether that has to be done again.
//!
//! Deliberately does not know how the client is built: its own `package.json` does.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::process::{npm, run_aside};
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

/// What is not a source of the client, by the name of a folder in it.
const NOT_SOURCES: [&str; 3] = ["node_modules", "dist", "test-results"];

/// Builds the client into `gateway/web/dist`, unless what is there is newer than every source.
pub fn build(workspace: &Workspace) -> Result<()> {
    setup::require(Purpose::Demo)?;
    install(workspace)?;
    let web = workspace.web();
    if is_newer(&web.join("dist/index.html"), newest_source(&web)?) {
        eprintln!("web client: up to date");
        return Ok(());
    }
    run_aside(npm(&web).args(["run", "build"]))
}

/// Installs exactly what the lock file says, unless that is what is installed.
pub fn install(workspace: &Workspace) -> Result<()> {
    install_locked(&workspace.web(), |web| run_aside(npm(web).args(["ci", "--no-audit", "--no-fund"])))
}

/// Installs a folder's npm packages, unless they are newer than its lock file.
pub fn install_locked(folder: &Path, install: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let locked = modified(&folder.join("package-lock.json"))?.max(modified(&folder.join("package.json"))?);
    if is_newer(&folder.join("node_modules/.package-lock.json"), locked) { Ok(()) } else { install(folder) }
}

fn modified(path: &Path) -> Result<SystemTime> {
    let metadata = std::fs::metadata(path).with_context(|| format!("reading {}", path.display()))?;
    metadata.modified().context("this file system keeps no times of change")
}

/// Whether `built` is there and not older than `since`.
fn is_newer(built: &Path, since: SystemTime) -> bool {
    modified(built).is_ok_and(|built| built >= since)
}

/// When a source last changed. Folders count too: their time changes when a file in them goes away.
fn newest_source(web: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut folders = vec![web.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || NOT_SOURCES.iter().any(|other| *other == name) {
                continue;
            }
            newest = newest.max(modified(&path)?);
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(newest)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;

    fn web_folder() -> tempfile::TempDir {
        let web = tempfile::tempdir().expect("a temporary folder");
        for (file, folder) in
            [("src/app.ts", "src"), ("dist/index.html", "dist"), ("node_modules/a.js", "node_modules")]
        {
            fs::create_dir_all(web.path().join(folder)).expect("created");
            fs::write(web.path().join(file), "x").expect("written");
        }
        web
    }

    fn set_time(path: &Path, time: SystemTime) {
        fs::File::open(path).expect("opens").set_modified(time).expect("time set");
    }

    #[test]
    fn the_client_is_built_again_only_after_a_source_changed() {
        let web = web_folder();
        let index = web.path().join("dist/index.html");
        let later = SystemTime::now() + Duration::from_secs(60);
        set_time(&index, later);
        assert!(is_newer(&index, newest_source(web.path()).expect("reads")));
        set_time(&web.path().join("src/app.ts"), later + Duration::from_secs(60));
        assert!(!is_newer(&index, newest_source(web.path()).expect("reads")));
    }

    #[test]
    fn a_removed_source_counts_as_a_change() {
        let web = web_folder();
        let before = newest_source(web.path()).expect("reads");
        set_time(&web.path().join("src"), before + Duration::from_secs(60));
        assert!(newest_source(web.path()).expect("reads") > before);
    }

    #[test]
    fn what_was_installed_or_built_is_no_source() {
        let web = web_folder();
        let later = SystemTime::now() + Duration::from_secs(60);
        set_time(&web.path().join("node_modules/a.js"), later);
        set_time(&web.path().join("dist"), later);
        assert!(newest_source(web.path()).expect("reads") < later);
    }

    #[test]
    fn a_client_never_built_is_built() {
        assert!(!is_newer(Path::new("/no/such/index.html"), SystemTime::UNIX_EPOCH));
    }
}
