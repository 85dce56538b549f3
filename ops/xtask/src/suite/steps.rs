//! The table of steps, in the order they run: what fails fastest first, what others need before them.
//! A new check is one row here.

use anyhow::Result;

use crate::checks::{dependencies, edges, sizes};
use crate::official;
use crate::process::{cargo, npm, run};
use crate::setup;
use crate::web;
use crate::workspace::Workspace;

pub struct Step {
    pub name: &'static str,
    pub what: &'static str,
    /// Steps whose results it uses: it does not run if one of them failed.
    pub needs: &'static [&'static str],
    pub run: fn(&Workspace) -> Result<()>,
}

const fn step(name: &'static str, what: &'static str, run: fn(&Workspace) -> Result<()>) -> Step {
    Step { name, what, needs: &[], run }
}

pub const STEPS: &[Step] = &[
    step("format", "rustfmt changes nothing", |w| run(cargo(w.root()).args(["fmt", "--all", "--check"]))),
    step("sizes", "no file outside tests is longer than 500 lines", sizes::check),
    step("edges", "every dependency between crates is one the architecture allows", edges::check),
    step("dependencies", "every dependency has its line in docs/dependencies.md", dependencies::check),
    step("licences", "licences, banned crates, duplicate versions and sources, by deny.toml", licences),
    step("web-build", "the web client is built", web::build),
    Step { needs: &["web-build"], ..step("web-check", "the client's types", |w| npm_script(w, "check")) },
    Step {
        needs: &["web-build"],
        ..step("web-lint", "the client's lints and format", |w| npm_script(w, "lint"))
    },
    Step { needs: &["web-build"], ..step("web-test", "the client's unit tests", |w| npm_script(w, "test")) },
    Step { needs: &["web-build"], ..step("web-budget", "the client's size", |w| npm_script(w, "budget")) },
    step("libraries", "providers' own libraries, for the simulators' tests", official::install),
    step("clippy", "lints, warnings denied", clippy),
    // The server's browser tests open the built client; the simulators' tests run providers' libraries.
    Step {
        needs: &["web-build", "libraries"],
        ..step("tests", "every Rust test, browser tests included", tests)
    },
    step("cql", "the started binary's tests once more, on a CQL server", cql),
];

/// Advisories are left out here: their data comes from the network, and a build must not change by the day.
fn licences(workspace: &Workspace) -> Result<()> {
    let mut deny = cargo(workspace.root());
    run(deny.args(["deny", "--offline", "--all-features", "check", "bans", "licenses", "sources"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    run(cargo(workspace.root()).args(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

fn tests(workspace: &Workspace) -> Result<()> {
    let mut tests = cargo(workspace.root());
    tests.args(["test", "--workspace", "--no-fail-fast"]);
    tests.envs(setup::chromium_path().map(|path| (setup::CHROMIUM_VARIABLE, path)));
    run(&mut tests)
}

/// Tests of the started binary that are run a second time, with their rows on a CQL server: those in which it matters where
/// rows are kept. Where no server is named, each starts one of its own: tables of all of them would make every new one slow.
const ON_CQL: [&str; 7] = ["deeds", "kills", "live", "messages", "privacy", "record", "timers"];

fn cql(workspace: &Workspace) -> Result<()> {
    let mut again = cargo(workspace.root());
    // Of the whole workspace, as above: with fewer packages, cargo would build the same with other features once more.
    again
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(ON_CQL.iter().flat_map(|name| ["--test", name]));
    run(again.env("HEARTHLINE_TEST_STORE", "scylla"))
}

fn npm_script(workspace: &Workspace, script: &str) -> Result<()> {
    run(npm(&workspace.web()).args(["run", "--silent", script]))
}
