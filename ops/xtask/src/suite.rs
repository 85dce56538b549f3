//! Runs the steps of `cargo xtask test`, and says at the end what each took.
//!
//! Promises: every step runs, whatever failed before it, unless it needs what a failed step makes; a step that did
//! not run counts as failed, never as skipped. The last line is `steps: N passed, N failed`.

mod steps;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;

use self::steps::{STEPS, Step};
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

#[derive(Args)]
pub struct Choice {
    /// Run only these steps
    #[arg(long, value_delimiter = ',', value_name = "STEP", value_parser = names())]
    only: Vec<String>,
    /// Leave out the steps before this one
    #[arg(long, value_name = "STEP", value_parser = names(), conflicts_with = "only")]
    from: Option<String>,
    /// Name the steps and what each does
    #[arg(long)]
    list: bool,
}

#[derive(PartialEq, Debug)]
enum Outcome {
    Passed,
    Failed(String),
    /// This step, which it needs, did not pass.
    NotRun(&'static str),
}

struct Ended {
    step: &'static Step,
    outcome: Outcome,
    took: Duration,
}

/// Runs the chosen steps; an error if any of them did not pass.
pub fn run(workspace: &Workspace, choice: &Choice) -> Result<()> {
    if choice.list {
        STEPS.iter().for_each(|step| println!("{:14}{}", step.name, step.what));
        return Ok(());
    }
    if choice.only.is_empty() {
        // What is missing is said before minutes are spent, and with the exit code that means it.
        setup::require(Purpose::Tests)?;
    }
    let mut ended: Vec<Ended> = Vec::new();
    for step in chosen(STEPS, choice) {
        println!("\n== {}: {}", step.name, step.what);
        let started = Instant::now();
        let outcome = outcome_of(step, &ended, |step| (step.run)(workspace));
        ended.push(Ended { step, outcome, took: started.elapsed() });
    }
    conclude(&ended)
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(STEPS.iter().map(|step| step.name))
}

fn chosen(steps: &'static [Step], choice: &Choice) -> Vec<&'static Step> {
    let before = |step: &&Step| choice.from.as_ref().is_some_and(|from| step.name != from);
    let only = |step: &&Step| choice.only.is_empty() || choice.only.iter().any(|name| step.name == name);
    steps.iter().skip_while(before).filter(only).collect()
}

fn outcome_of(step: &Step, ended: &[Ended], run: impl FnOnce(&Step) -> Result<()>) -> Outcome {
    let failed = ended
        .iter()
        .find(|earlier| step.needs.contains(&earlier.step.name) && earlier.outcome != Outcome::Passed);
    if let Some(need) = failed {
        return Outcome::NotRun(need.step.name);
    }
    match run(step) {
        Ok(()) => Outcome::Passed,
        Err(error) => {
            println!("FAILED {}: {error:#}", step.name);
            Outcome::Failed(format!("{error:#}").lines().next().unwrap_or_default().to_owned())
        }
    }
}

/// Prints the table and the closing line.
fn conclude(ended: &[Ended]) -> Result<()> {
    println!("\n{:14}{:>8}", "step", "seconds");
    for Ended { step, outcome, took } in ended {
        let seconds = took.as_secs_f64();
        match outcome {
            Outcome::Passed => println!("{:14}{seconds:8.1}", step.name),
            Outcome::Failed(why) => println!("{:14}{seconds:8.1}  FAILED: {why}", step.name),
            Outcome::NotRun(need) => {
                println!("{:14}{:>8}  FAILED: not run, because {need} did not pass", step.name, "-")
            }
        }
    }
    let total: Duration = ended.iter().map(|ended| ended.took).sum();
    println!("{:14}{:8.1}", "all", total.as_secs_f64());
    let passed = ended.iter().filter(|ended| ended.outcome == Outcome::Passed).count();
    let failed = ended.len() - passed;
    println!("\nsteps: {passed} passed, {failed} failed");
    if failed > 0 { bail!("{failed} of {} steps did not pass", ended.len()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
