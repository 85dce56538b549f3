//! What this machine needs before anything can be built, run or tested, in one line each.
//!
//! Promises: nothing is installed unless asked; what is missing is said together, not one at a time.

mod install;
mod tools;

use std::fmt;

use anyhow::Result;

pub use self::tools::{CHROMIUM_VARIABLE, chromium_path};
use self::tools::{TOOLS, Tool};
use crate::workspace::Workspace;

/// What a tool is needed for. Ordered: what the demo needs, the tests need too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Demo,
    Tests,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Demo => "to build and run",
            Self::Tests => "for the tests",
        })
    }
}

/// The tools that are not there, one a line, and what to do. Ends the task with exit code 2.
#[derive(Debug)]
pub struct Missing(Vec<String>);

impl std::error::Error for Missing {}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// An error that lists what is missing for this purpose.
pub fn require(purpose: Purpose) -> Result<()> {
    let needed = TOOLS.iter().filter(|tool| tool.needed <= purpose);
    let missing: Vec<_> = needed.filter_map(|tool| Some((tool, (tool.find)().err()?))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<_> = missing.iter().map(|(tool, lack)| line_of_missing(tool, lack)).collect();
    if missing.iter().any(|(tool, _)| tool.install.is_some()) {
        lines.push("`cargo xtask setup --install` installs what it can (as root, on Debian).".to_owned());
    }
    Err(Missing(lines).into())
}

/// Says what is there and what is missing, one line per tool; with `install`, first installs what can be installed.
pub fn report(workspace: &Workspace, install: bool) -> Result<()> {
    if install {
        install_missing(workspace)?;
    }
    for tool in TOOLS {
        if let Ok(found) = (tool.find)() {
            println!("found    {}: {found}", tool.name);
        }
    }
    require(Purpose::Tests)?;
    println!("Everything is there. `cargo xtask demo` runs it, `cargo xtask test` checks it.");
    Ok(())
}

fn install_missing(workspace: &Workspace) -> Result<()> {
    for tool in TOOLS {
        if let (Err(lack), Some(install)) = ((tool.find)(), tool.install) {
            println!("install  {} ({lack})", tool.name);
            install(workspace)?;
        }
    }
    Ok(())
}

fn line_of_missing(tool: &Tool, lack: &str) -> String {
    format!("missing  {} ({}): {lack}. {}", tool.name, tool.needed, tool.get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_one_line_with_what_it_is_for_and_how_to_get_it() {
        for tool in TOOLS {
            let line = line_of_missing(tool, "not found");
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(line.contains(tool.name) && line.ends_with('.'), "{line}");
        }
    }

    #[test]
    fn the_tests_need_all_that_the_demo_needs() {
        assert!(Purpose::Demo < Purpose::Tests);
    }
}
