//! The table of tools: one row per program that must be on the machine.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{Purpose, install};
use crate::process::output;
use crate::workspace::Workspace;

/// The version of cargo-deny that CI uses; another one may read `deny.toml` differently.
pub const CARGO_DENY: &str = "0.20.2";

/// Vite 8, which builds the client, runs on no older one.
const NODE: (u32, u32) = (20, 19);
/// What Twilio's library runs on.
const PYTHON: (u32, u32) = (3, 9);
/// The one that comes with that Node.
const NPM: (u32, u32) = (10, 0);

/// Names the Chromium that the browser tests start; they read the same variable.
pub const CHROMIUM_VARIABLE: &str = "HEARTHLINE_CHROMIUM";
/// Names under which one is found on `PATH` if the variable is not set, tried in this order.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/// A program we start but do not build.
pub struct Tool {
    pub name: &'static str,
    pub needed: Purpose,
    /// What was found, or in a few words what is wrong.
    pub find: fn() -> Result<String, String>,
    /// One sentence: how to get it by hand.
    pub get: &'static str,
    pub install: Option<fn(&Workspace) -> Result<()>>,
}

pub const TOOLS: &[Tool] = &[
    Tool {
        name: "Node.js 20.19 or newer",
        needed: Purpose::Demo,
        find: || at_least(&["node", "--version"], NODE),
        get: "Get it from nodejs.org or a version manager; Debian 12's own package is too old.",
        install: None,
    },
    Tool {
        name: "npm 10 or newer",
        needed: Purpose::Demo,
        find: || at_least(&["npm", "--version"], NPM),
        get: "It comes with Node.js.",
        install: None,
    },
    Tool {
        name: "Python 3.9 or newer with pip",
        needed: Purpose::Tests,
        find: python,
        get: "Run `apt-get install python3-pip` on Debian.",
        install: Some(install::python),
    },
    Tool {
        name: "rustfmt",
        needed: Purpose::Tests,
        find: || version_of(&["cargo", "fmt", "--version"]),
        get: "Run `rustup component add rustfmt`.",
        install: None,
    },
    Tool {
        name: "clippy",
        needed: Purpose::Tests,
        find: || version_of(&["cargo", "clippy", "--version"]),
        get: "Run `rustup component add clippy`.",
        install: None,
    },
    Tool {
        name: "cargo-deny",
        needed: Purpose::Tests,
        find: cargo_deny,
        get: "Run `cargo install --locked cargo-deny@0.20.2`.",
        install: Some(install::cargo_deny),
    },
    Tool {
        name: "Chromium",
        needed: Purpose::Tests,
        find: chromium,
        get: "Run `apt-get install chromium` on Debian, or name another one in HEARTHLINE_CHROMIUM.",
        install: Some(install::chromium),
    },
    Tool {
        name: "a Java 17 development kit",
        needed: Purpose::Tests,
        find: java,
        get: "Run `apt-get install openjdk-17-jdk-headless` on Debian.",
        install: Some(install::java),
    },
    Tool {
        name: "Maven",
        needed: Purpose::Tests,
        find: || version_of(&["mvn", "--version"]).map(|text| first_line(&text)),
        get: "Run `apt-get install maven` on Debian.",
        install: Some(install::maven),
    },
    // Behind Java and Maven, which fetch it.
    Tool {
        name: "the jars of Apache Cassandra",
        needed: Purpose::Tests,
        find: || {
            hearthline_test_cql::find().map(|folder| folder.display().to_string()).map_err(|e| e.to_string())
        },
        get: "Run `cargo xtask setup --install`, which asks Maven for them.",
        install: Some(|_| hearthline_test_cql::fetch().map(drop)),
    },
];

/// The one that Cassandra 5.0 runs on. It needs the kit's modules, not only the machine.
const JAVA: &str = "17";

fn java() -> Result<String, String> {
    let found = version_of(&["javac", "--version"])?;
    let version = found.trim_start_matches("javac ");
    if version.split('.').next() == Some(JAVA) { Ok(found) } else { Err(format!("found only {found}")) }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn version_of(command: &[&str]) -> Result<String, String> {
    output(Command::new(command[0]).args(&command[1..])).ok_or_else(|| "not found".to_owned())
}

fn at_least(command: &[&str], wanted: (u32, u32)) -> Result<String, String> {
    let found = version_of(command)?;
    if major_minor(&found).is_some_and(|version| version >= wanted) {
        Ok(found)
    } else {
        Err(format!("found only {found}"))
    }
}

/// Reads `v20.19.1` or `11.2.0`.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// pip as a module of that Python: it is what installs for it.
fn python() -> Result<String, String> {
    let found = version_of(&["python3", "--version"])?;
    if major_minor(found.trim_start_matches("Python ")).is_none_or(|version| version < PYTHON) {
        return Err(format!("found only {found}"));
    }
    version_of(&["python3", "-m", "pip", "--version"]).map_err(|_| format!("found {found} without pip"))
}

fn cargo_deny() -> Result<String, String> {
    let found = version_of(&["cargo-deny", "--version"])?;
    if found.ends_with(CARGO_DENY) { Ok(found) } else { Err(format!("found only {found}")) }
}

fn chromium() -> Result<String, String> {
    let path = chromium_path().ok_or("not found")?;
    output(Command::new(&path).arg("--version")).ok_or_else(|| format!("{} does not start", path.display()))
}

/// The browser of the browser tests, if there is one: the variable's, or the first on `PATH`.
pub fn chromium_path() -> Option<PathBuf> {
    let named = std::env::var_os(CHROMIUM_VARIABLE).map(PathBuf::from);
    named.or_else(|| CHROMIUM.iter().find_map(|name| on_path(name)))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|program| program.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(major_minor("v20.19.1"), Some((20, 19)));
        assert!(major_minor("20.9.0") < Some(NODE));
        assert!(major_minor("v22.0.0") > Some(NODE));
        assert_eq!(major_minor("nightly"), None);
    }

    #[test]
    fn a_program_is_looked_for_in_every_folder_of_the_path() {
        assert!(on_path("sh").is_some_and(|program| program.is_absolute()));
        assert_eq!(on_path("hearthline-no-such-program"), None);
    }

    #[test]
    fn the_advice_names_the_version_that_is_checked() {
        let deny = TOOLS.iter().find(|tool| tool.name == "cargo-deny").expect("in the table");
        assert!(deny.get.contains(CARGO_DENY));
    }
}
