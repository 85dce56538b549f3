//! Building and starting the product itself, and its benchmarks.
//!
//! Promises: what `demo` prints on standard output is the product's alone, its first line the address; and the
//! product replaces this process, so that signals and the exit code are its own.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use anyhow::{Context, Result, anyhow};

use crate::process::{cargo, npm, run, run_aside};
use crate::web;
use crate::workspace::Workspace;

/// Where the report of the benchmarks goes.
const BENCHMARKS: &str = "docs/benchmarks.md";

/// `target/release/hearthline`, with the web client inside.
pub fn build(workspace: &Workspace) -> Result<()> {
    built(workspace, "release")
}

fn built(workspace: &Workspace, profile: &str) -> Result<()> {
    web::build(workspace)?;
    run_aside(cargo(workspace.root()).args(["build", "--profile", profile, "--package", "hearthline"]))
}

/// Builds what is not up to date, then becomes `hearthline demo`. The build is a quick one: what one sees in it is all there.
pub fn demo(workspace: &Workspace, args: &[String]) -> Result<()> {
    built(workspace, "demo")?;
    let binary = workspace.target().join("demo/hearthline");
    let error = Command::new(&binary).arg("demo").args(args).exec();
    Err(anyhow!(error).context(format!("starting {}", binary.display())))
}

/// The demo from a debug build, which reads the client from disk, while the client is rebuilt at every change.
/// After a change of Rust code: stop it and run it again.
pub fn dev(workspace: &Workspace, args: &[String]) -> Result<()> {
    web::build(workspace)?;
    let watch =
        Watch(npm(&workspace.web()).args(["run", "build", "--", "--watch"]).spawn().context("starting npm")?);
    let ended =
        run(cargo(workspace.root()).args(["run", "--package", "hearthline", "--", "demo"]).args(args));
    drop(watch);
    ended
}

/// Runs every benchmark and writes the report.
pub fn bench(workspace: &Workspace) -> Result<()> {
    let mut benches = cargo(workspace.root());
    benches.args(["run", "--release", "--package", "hearthline-benches", "--", "--markdown"]);
    run(benches.arg(workspace.path(BENCHMARKS)))
}

/// The rebuilding of the client; it ends with the task.
struct Watch(Child);

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended by itself, at the same Ctrl-C as we.
        let _ended_already = self.0.kill();
        let _ended_already = self.0.wait();
    }
}
