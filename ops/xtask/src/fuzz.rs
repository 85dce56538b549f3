//! Letting libFuzzer look for bytes that break a reader or a signature check (`fuzz/`).
//!
//! Promises: a target gets its CPU time, not wall time, so that a busy machine gives no less; what libFuzzer found is kept
//! under `fuzz/cases/`, where every test run tries it; the report says what was run and what came of it, target by target as
//! each is done.
//!
//! Deliberately does not know: what the targets check. Works on the stable compiler: coverage is asked of LLVM directly,
//! and no sanitizer is needed where no code is unsafe.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::process::{cargo, output, run};
use crate::workspace::Workspace;

/// Where the report goes.
const REPORT: &str = "docs/fuzzing.md";
/// The signal that ends a process whose CPU time is used up.
const CPU_TIME_IS_UP: i32 = 24;
/// What LLVM adds to the code, so that libFuzzer sees where an input leads (as cargo-fuzz asks for it).
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

#[derive(Args)]
pub struct Choice {
    /// These targets only, with commas between them
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// CPU time for each target, in minutes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    minutes: u32,
}

/// What came of one target.
struct Outcome {
    target: String,
    executions: u64,
    edges: u64,
    inputs: u64,
    found: Option<PathBuf>,
}

/// Runs every chosen target for its time, and writes the row of each when it is done: the others' stay as they are.
pub fn run_targets(workspace: &Workspace, choice: &Choice) -> Result<()> {
    let targets = targets(workspace)?;
    let unknown = choice.only.iter().find(|name| !targets.contains(name));
    ensure!(
        unknown.is_none(),
        "there is no such target; the folders of fuzz/cases are their names: {targets:?}"
    );
    let fuzzer = build(workspace)?;
    let commit =
        output(Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(workspace.root()));
    let commit = commit.context("git does not tell the commit")?;
    for target in targets.iter().filter(|name| choice.only.is_empty() || choice.only.contains(name)) {
        let outcome = run_target(workspace, &fuzzer, target, choice.minutes)?;
        let path = workspace.path(REPORT);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(&path, report(&before, &targets, &outcome, choice.minutes, commit.trim()))?;
        println!("{target}: {} executions, {} edges", outcome.executions, outcome.edges);
        if let Some(case) = outcome.found {
            bail!("found: {}; it is a case of the tests now", case.display());
        }
    }
    Ok(())
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.path("fuzz/libfuzzer");
    let folder_of_builds = workspace.target().join("fuzz");
    let mut build = cargo(&folder);
    // A named target keeps the flags away from build scripts, which have no libFuzzer to link.
    let host = host()?;
    build.args(["build", "--release", "--locked", "--target", &host, "--target-dir"]).arg(&folder_of_builds);
    run(build.env("RUSTFLAGS", COVERAGE))?;
    Ok(folder_of_builds.join(host).join("release/fuzz"))
}

/// This machine, as the compiler calls it.
fn host() -> Result<String> {
    let told = output(Command::new("rustc").arg("-vV")).context("rustc does not tell its version")?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc names no host")
}

fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in std::fs::read_dir(workspace.path("fuzz/cases"))? {
        names.push(folder?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// One target, started anew after nothing but a finding: its corpus grows in the build folder and is used again next time.
fn run_target(workspace: &Workspace, fuzzer: &Path, target: &str, minutes: u32) -> Result<Outcome> {
    let cases = workspace.path("fuzz/cases").join(target);
    let corpus = workspace.target().join("fuzz/corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -t \"$0\"; exec \"$@\""]).arg((minutes * 60).to_string()).arg(fuzzer);
    command.args([&corpus, &cases]).args([
        "-max_len=8192",
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-use_value_profile=1",
    ]);
    command.arg(format!("-artifact_prefix={}/found-", cases.display()));
    let dictionary = workspace.path("fuzz/dictionary.txt");
    command.arg(format!("-dict={}", dictionary.display())).env("HEARTHLINE_FUZZ_TARGET", target);
    eprintln!("== {target}: {minutes} CPU minutes");
    let mut child = command.stderr(Stdio::piped()).spawn().context("starting the fuzzer")?;
    let lines = BufReader::new(child.stderr.take().context("its standard error is a pipe")?).lines();
    let mut outcome = Outcome { target: target.to_owned(), executions: 0, edges: 0, inputs: 0, found: None };
    for line in lines {
        outcome.hear(&line?);
    }
    let status = child.wait()?;
    let used_up = status.signal() == Some(CPU_TIME_IS_UP);
    ensure!(used_up || outcome.found.is_some(), "the fuzzer of {target} ended by itself: {status}");
    Ok(outcome)
}

impl Outcome {
    /// Reads a line such as `#1024 pulse cov: 512 ft: 900 corp: 80/3Kb …`; what is no such line is passed on.
    fn hear(&mut self, line: &str) {
        if let Some((_, path)) = line.split_once("Test unit written to ") {
            self.found = Some(PathBuf::from(path.trim()));
        }
        let mut words = line.split_whitespace();
        let count = words.next().and_then(|word| word.strip_prefix('#')).and_then(|count| count.parse().ok());
        let Some(executions) = count else {
            eprintln!("{line}");
            return;
        };
        self.executions = executions;
        let behind = |name: &str| {
            let mut words = line.split_whitespace().skip_while(|word| *word != name).skip(1);
            words.next().and_then(|value| value.split('/').next()?.parse().ok())
        };
        self.edges = behind("cov:").unwrap_or(self.edges);
        self.inputs = behind("corp:").unwrap_or(self.inputs);
    }
}

/// The report as it was, with a new row for this outcome's target. Rows of targets that are no more are left out.
fn report(before: &str, targets: &[String], outcome: &Outcome, minutes: u32, commit: &str) -> String {
    let name = |row: &str| row.split('|').nth(1).map(|name| name.trim().to_owned());
    let known = before.lines().filter_map(|row| Some((name(row)?, row.to_owned())));
    let mut rows: BTreeMap<String, String> = known.filter(|(name, _)| targets.contains(name)).collect();
    let Outcome { target, executions, edges, inputs, found } = outcome;
    let found = found.as_deref().and_then(Path::file_name);
    let found = found.map_or("nothing".into(), |name| name.to_string_lossy());
    let row = format!("| {target} | {minutes} | {executions} | {edges} | {inputs} | {found} | {commit} |");
    rows.insert(target.clone(), row);
    let rows: Vec<String> = rows.into_values().collect();
    format!(
        "# Fuzzing\n\nThe last runs of `cargo xtask fuzz`: libFuzzer on each target of `fuzz/`, which says what must hold. \
         `minutes` are of CPU time,\nand `commit` is the one that was run. What it ever found is kept under `fuzz/cases/` and \
         tried in every test run.\n\n\
         | target | minutes | executions | edges reached | inputs kept | found | commit |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n{}\n",
        rows.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_of_the_fuzzer_is_read_from_its_lines() {
        let mut outcome =
            Outcome { target: "whatsapp".into(), executions: 0, edges: 0, inputs: 0, found: None };
        outcome.hear("#524288\tpulse  cov: 1311 ft: 5213 corp: 722/103Kb lim: 4096 exec/s: 10485 rss: 413Mb");
        assert_eq!((outcome.executions, outcome.edges, outcome.inputs), (524_288, 1311, 722));
        outcome.hear("artifact_prefix='x/found-'; Test unit written to x/found-crash-0a");
        assert_eq!(outcome.found, Some(PathBuf::from("x/found-crash-0a")));
    }

    #[test]
    fn a_run_of_one_target_leaves_what_is_known_of_the_others() {
        let targets = ["messenger".to_owned(), "whatsapp".to_owned()];
        let outcome = |target: &str, executions| Outcome {
            target: target.into(),
            executions,
            edges: 3,
            inputs: 2,
            found: None,
        };
        let first = report("", &targets, &outcome("whatsapp", 100), 10, "aaaaaaa");
        let second = report(&first, &targets, &outcome("messenger", 200), 10, "bbbbbbb");
        let third = report(&second, &targets, &outcome("whatsapp", 300), 5, "ccccccc");
        assert!(third.contains("| messenger | 10 | 200 | 3 | 2 | nothing | bbbbbbb |\n"), "{third}");
        assert!(third.ends_with("| whatsapp | 5 | 300 | 3 | 2 | nothing | ccccccc |\n"), "{third}");
        assert_eq!(third.matches("| whatsapp ").count(), 1, "{third}");
        let renamed = report(&third, &targets[..1], &outcome("messenger", 1), 1, "ddddddd");
        assert!(!renamed.contains("whatsapp"), "{renamed}");
    }
}
