//! How the tools that can be installed from here are installed. Only `setup --install` comes here.
//!
//! The package managers retry the network themselves; nothing here does.

use std::process::Command;

use anyhow::{Result, bail};

use super::tools::CARGO_DENY;
use crate::process::{cargo, output, run};
use crate::workspace::Workspace;

/// cargo-deny into cargo's own folder of programs, where it outlives the target folder. It is built with little
/// optimization: it runs for a second, and a full release build takes several times as long.
pub fn cargo_deny(workspace: &Workspace) -> Result<()> {
    let mut install = cargo(workspace.root());
    install.args(["install", "--locked", "--force", &format!("cargo-deny@{CARGO_DENY}")]);
    install.args(["--config", "profile.release.opt-level=1", "--config", "profile.release.lto=\"off\""]);
    install.args(["--config", "profile.release.codegen-units=16", "--config", "profile.release.debug=false"]);
    run(&mut install)
}

/// Debian's Chromium.
pub fn chromium(_: &Workspace) -> Result<()> {
    package("chromium", "install Google Chrome by hand")
}

/// Debian's Java.
pub fn java(_: &Workspace) -> Result<()> {
    package("openjdk-17-jdk-headless", "install a JDK 17 by hand, such as Temurin")
}

/// Debian's Maven.
pub fn maven(_: &Workspace) -> Result<()> {
    package("maven", "install Apache Maven by hand")
}

/// Debian's pip, with Debian's Python.
pub fn python(_: &Workspace) -> Result<()> {
    package("python3-pip", "install Python with pip by hand")
}

fn package(name: &str, otherwise: &str) -> Result<()> {
    if output(Command::new("apt-get").arg("--version")).is_none() {
        bail!("{name} can only be installed from here where there is apt-get: {otherwise}");
    }
    run(&mut apt_get(&["update"]))?;
    run(&mut apt_get(&["install", "--yes", "--no-install-recommends", name]))
}

fn apt_get(args: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["-o", "Acquire::Retries=2", "-o", "Dpkg::Use-Pty=0", "--quiet=2"]).args(args);
    command
}
