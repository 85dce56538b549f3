use anyhow::anyhow;

use super::*;

const EXAMPLE: &[Step] = &[
    Step { name: "build", what: "", needs: &[], run: |_| Ok(()) },
    Step { name: "lint", what: "", needs: &[], run: |_| Ok(()) },
    Step { name: "browse", what: "", needs: &["build"], run: |_| Ok(()) },
];

fn choice(only: &[&str], from: Option<&str>) -> Choice {
    let only = only.iter().map(|name| (*name).to_owned()).collect();
    Choice { only, from: from.map(str::to_owned), list: false }
}

fn names(choice: &Choice) -> Vec<&'static str> {
    chosen(EXAMPLE, choice).iter().map(|step| step.name).collect()
}

fn after(outcome: Outcome) -> Vec<Ended> {
    vec![Ended { step: &EXAMPLE[0], outcome, took: Duration::ZERO }]
}

#[test]
fn without_a_choice_every_step_runs_in_order() {
    assert_eq!(names(&choice(&[], None)), ["build", "lint", "browse"]);
}

#[test]
fn a_choice_keeps_the_order_of_the_table() {
    assert_eq!(names(&choice(&["browse", "build"], None)), ["build", "browse"]);
    assert_eq!(names(&choice(&[], Some("lint"))), ["lint", "browse"]);
}

#[test]
fn a_step_does_not_run_when_what_it_needs_failed() {
    let ended = after(Outcome::Failed("no".to_owned()));
    assert_eq!(outcome_of(&EXAMPLE[2], &ended, |_| Ok(())), Outcome::NotRun("build"));
    assert_eq!(outcome_of(&EXAMPLE[1], &ended, |_| Ok(())), Outcome::Passed);
}

#[test]
fn a_step_chosen_alone_runs_without_what_it_needs() {
    assert_eq!(outcome_of(&EXAMPLE[2], &[], |_| Ok(())), Outcome::Passed);
}

#[test]
fn a_step_that_did_not_run_counts_as_failed() {
    let mut ended = after(Outcome::Failed("no".to_owned()));
    ended.push(Ended { step: &EXAMPLE[2], outcome: Outcome::NotRun("build"), took: Duration::ZERO });
    assert_eq!(conclude(&ended).expect_err("failed").to_string(), "2 of 2 steps did not pass");
}

#[test]
fn a_failure_keeps_the_first_line_of_its_reason() {
    let outcome = outcome_of(&EXAMPLE[1], &[], |_| Err(anyhow!("too long:\n  a\n  b")));
    assert_eq!(outcome, Outcome::Failed("too long:".to_owned()));
}

#[test]
fn every_need_in_the_table_is_an_earlier_step() {
    for (n, step) in STEPS.iter().enumerate() {
        for need in step.needs {
            assert!(STEPS[..n].iter().any(|earlier| earlier.name == *need), "{} needs {need}", step.name);
        }
    }
}
