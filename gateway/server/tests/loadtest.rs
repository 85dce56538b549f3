//! `hearthline loadtest` as a process: on a server of its own, and on one that is killed under it (SIM-2).

mod support;

use serde_json::Value;
use std::{path::Path, process::Output, time::Duration};
use support::{OPERATOR_TOKEN, Options, POLL, Server};
use tokio::process::Command;

fn loadtest(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearthline"));
    command.arg("loadtest").args(args).args(["--json", "report.json"]).current_dir(folder).kill_on_drop(true);
    command
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn report(folder: &Path) -> Value {
    let json = std::fs::read(folder.join("report.json")).expect("a report");
    serde_json::from_slice(&json).expect("JSON")
}

#[tokio::test]
async fn sim_2_a_load_test_on_a_server_of_its_own_stops_by_itself_and_says_how_long_everybody_waited() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = [
        "--tenants",
        "2",
        "--agents",
        "2",
        "--leads",
        "10",
        "--sockets",
        "2",
        "--rate",
        "30",
        "--actions",
        "120",
        "--seconds",
        "4",
    ];
    let output = loadtest(folder.path(), &args).output().await.expect("it starts");
    let (printed, error) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}\n{error}");

    let report = report(folder.path());
    let messages = &report["messages"];
    let taken = messages["taken"].as_u64().expect("a number");
    assert!(taken > 20, "{report:#}");
    assert_eq!(messages["shown"], taken, "each message came to a page: {report:#}");
    let due = messages["due"].as_u64().expect("a number");
    let spared = messages["nobody_free"].as_u64().expect("a number");
    assert_eq!(due, taken + spared, "{report:#}");
    assert_eq!((&report["checked"]["missing"], &report["checked"]["doubled"]), (&0.into(), &0.into()));
    assert!(report["checked"]["threads"].as_u64() > Some(0), "{report:#}");
    assert!(report["agents_did"]["actions_applied"].as_u64() > Some(0), "{report:#}");
    assert!(report["settled_after_s"].is_number());
    for (name, count) in [("webhook answered", taken), ("on the agent's page", taken)] {
        let waited = &report["waits"][name];
        assert_eq!(waited["count"], count, "{report:#}");
        let quantiles =
            ["p50_us", "p90_us", "p99_us", "p999_us"].map(|name| waited[name].as_u64().expect("a number"));
        assert!(quantiles.is_sorted() && quantiles[0] > 0, "{waited}");
        assert!(printed.contains(name), "{printed}");
    }
    assert!(printed.contains("nothing was lost"), "{printed}");
}

#[tokio::test]
async fn sim_2_a_load_test_goes_on_while_its_server_dies_and_finds_that_nothing_was_lost() {
    let mut server = Server::start(Options::default()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, OPERATOR_TOKEN).expect("a file");
    let address = server.address();
    let args = [
        "--server",
        &address,
        "--operator-token-file",
        "token",
        "--tenants",
        "1",
        "--agents",
        "2",
        "--leads",
        "10",
        "--rate",
        "20",
        "--seconds",
        "6",
    ];
    let running = loadtest(folder.path(), &args).spawn().expect("it starts");
    // Nothing tells when the load is on from outside, and any moment will do: killed before, it could not begin.
    while server.metric("hearthline_hot_leads").await < 4.0 {
        tokio::time::sleep(POLL).await;
    }
    server.kill9().await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.restart().await;
    let output = running.wait_with_output().await.expect("it ends");
    assert_eq!(output.status.code(), Some(0), "see above");
    let report = report(folder.path());
    assert!(report["messages"]["failed"].as_u64() > Some(0), "{report:#}");
    assert!(report["agents_did"]["reconnects"].as_u64() > Some(0), "{report:#}");
    assert_eq!((&report["checked"]["missing"], &report["checked"]["doubled"]), (&0.into(), &0.into()));
}

#[tokio::test]
async fn sim_2_load_without_bounds_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    for (args, named) in [
        (["--rate", "0"], "rate = 0: from 1 to 10000 is allowed"),
        (["--leads", "10001"], "leads = 10001: from 1 to 10000 is allowed"),
        (["--sockets", "21"], "sockets = 21: from 1 to 20 is allowed"),
        (["--seconds", "3601"], "duration = 3601: from 1 to 3600 is allowed"),
    ] {
        let output = loadtest(folder.path(), &args).output().await.expect("it starts");
        let (_, error) = said(&output);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(named), "{error}");
    }
}
