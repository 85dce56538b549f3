//! Providers' own libraries (Twilio's for Python and Node.js), by which the simulators are tested.
//!
//! Promises: exactly what `simulators/providers/official` pins, by checksum, in folders that git does not see; nothing is
//! done if that is what is there already.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{npm, run};
use crate::web::install_locked;
use crate::workspace::Workspace;

const FOLDER: &str = "simulators/providers/official";
/// Where Python's packages go; the tests look there.
const PYTHON: &str = "target/official-python";

pub fn install(workspace: &Workspace) -> Result<()> {
    install_locked(&workspace.path(FOLDER), |folder| {
        run(npm(folder).args(["ci", "--no-audit", "--no-fund"]))
    })?;
    python(workspace)
}

fn python(workspace: &Workspace) -> Result<()> {
    let pinned = workspace.read(&format!("{FOLDER}/requirements.txt"))?;
    let target = workspace.path(PYTHON);
    let installed = target.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == pinned) {
        return Ok(());
    }
    if target.exists() {
        fs::remove_dir_all(&target).with_context(|| format!("emptying {}", target.display()))?;
    }
    let mut pip = Command::new("python3");
    pip.current_dir(workspace.root()).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    // A folder of its own needs no virtual environment, and any machine can take wheels of pure Python.
    pip.args(["--no-deps", "--require-hashes", "--only-binary", ":all:", "--platform", "any"]);
    pip.args(["--target", PYTHON, "--requirement", &format!("{FOLDER}/requirements.txt")]);
    pip.env("PIP_ROOT_USER_ACTION", "ignore");
    run(&mut pip)?;
    fs::write(&installed, pinned).with_context(|| format!("noting what is in {}", target.display()))
}
