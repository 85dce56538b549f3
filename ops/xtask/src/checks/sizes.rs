//! No file outside tests is longer than 500 lines. (Functions: clippy's `too_many_lines`, set in `clippy.toml`.)
//!
//! A long file has two things in it: split it by what changes together. Files that a program wrote are left out, and the
//! words of a language: a language is one file (AI-5), as long as there are sentences.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::verdict;
use crate::process::output;
use crate::workspace::Workspace;

const MOST_LINES: usize = 500;

/// The files that are counted: code, by its ending.
const CODE: [&str; 6] = ["rs", "ts", "js", "svelte", "css", "sh"];

pub fn check(workspace: &Workspace) -> Result<()> {
    let mut findings = Vec::new();
    for file in files(workspace)?.lines().filter(|file| is_code(file) && !is_test(file) && !is_language(file))
    {
        // Deleted, but not yet committed so.
        if !workspace.path(file).exists() {
            continue;
        }
        let text = workspace.read(file)?;
        let lines = text.lines().count();
        if lines > MOST_LINES && !is_made(&text) {
            findings.push(format!(
                "{file}: {lines} lines, at most {MOST_LINES}; split it by what changes together"
            ));
        }
    }
    verdict("files that are too long", &findings)
}

/// Every file git knows or would take: what was built or installed is left out by `.gitignore`.
fn files(workspace: &Workspace) -> Result<String> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    output(&mut git).context("listing the project's files with `git ls-files`")
}

fn is_code(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|ending| CODE.iter().any(|code| ending == *code))
}

/// What a program wrote says so in its first lines, and is as long as it is.
fn is_made(text: &str) -> bool {
    text.lines().take(5).any(|line| line.contains("Do not edit: "))
}

/// All words of the web client in one language: its file is named by the language's tag.
fn is_language(file: &str) -> bool {
    let name = file.strip_prefix("gateway/web/src/i18n/").and_then(|name| name.strip_suffix(".ts"));
    name.is_some_and(|tag| tag.len() == 2)
}

fn is_test(file: &str) -> bool {
    let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
    file.split('/').any(|folder| folder == "tests")
        || stem == "tests"
        || stem.ends_with(".test")
        || stem.ends_with("_tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_made_says_so_at_its_beginning() {
        assert!(is_made("/**\n * Made by a tool. Do not edit: change its source."));
        assert!(!is_made("//! A lead.\n\n\n\n\n// Do not edit: not at the beginning."));
    }

    #[test]
    fn a_language_is_one_file_and_as_long_as_it_is() {
        assert!(is_language("gateway/web/src/i18n/vi.ts"));
        for counted in ["gateway/web/src/i18n/index.ts", "gateway/web/src/core/id.ts"] {
            assert!(!is_language(counted), "{counted}");
        }
    }

    #[test]
    fn only_code_outside_tests_is_counted() {
        for counted in ["engine/src/lead.rs", "gateway/web/src/App.svelte", "engine/src/contests.rs"] {
            assert!(is_code(counted) && !is_test(counted), "{counted}");
        }
        for left_out in ["engine/tests/table.rs", "engine/src/lead/tests.rs", "gateway/web/src/deck.test.ts"]
        {
            assert!(is_test(left_out), "{left_out}");
        }
        assert!(!is_code("Cargo.lock"));
    }
}
