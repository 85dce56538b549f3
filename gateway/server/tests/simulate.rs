//! `hearthline simulate` as a process: set up by flags, changed and counted over HTTP.

mod support;

use rustix::process::Signal;
use serde_json::{Value, json};
use std::{path::Path, process::Command};
use support::{Process, bare_client};

const SID: &str = "AC0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn out_2_a_simulator_takes_messages_loses_answers_to_order_and_counts_what_it_took() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearthline"));
    command.args(["simulate", "twilio", "--listen", "127.0.0.1:0", "--account-sid", SID]);
    command.args(["--auth-token", "token", "--number", "+14155550190"]);
    let mut process = Process::start(command, folder.path());
    let base = process.first_line().await.expect("its address on standard output");

    let http = bare_client();
    let lost = http.put(format!("{base}/_simulator/knobs")).json(&json!({"lost_answer": {"next": 1}}));
    assert_eq!(lost.send().await.expect("answered").status(), 204);
    let misspelt = http.put(format!("{base}/_simulator/knobs")).json(&json!({"lost_answers": {"next": 1}}));
    assert_eq!(misspelt.send().await.expect("answered").status(), 422);
    let send = |body: &'static str| {
        let url = format!("{base}/2010-04-01/Accounts/{SID}/Messages.json");
        let form = [("To", "+14155550117"), ("From", "+14155550190"), ("Body", body)];
        http.post(url).basic_auth(SID, Some("token")).form(&form).send()
    };
    assert!(send("one").await.is_err());
    assert_eq!(send("two").await.expect("answered").status(), 201);

    let settled = http.get(format!("{base}/_simulator/settled")).send().await.expect("answered");
    assert_eq!(settled.status(), 204);
    let ledger = http.get(format!("{base}/_simulator/ledger")).send().await.expect("answered");
    let ledger: Value = ledger.json().await.expect("JSON");
    let taken = ledger["accepted"].as_array().expect("a list").iter();
    let taken: Vec<_> = taken.map(|row| (row["body"].as_str(), row["answered"].as_bool())).collect();
    assert_eq!(taken, [(Some("one"), Some(false)), (Some("two"), Some(true))]);

    process.signal(Signal::TERM);
    assert!(process.ended().await.success());
}

#[tokio::test]
async fn a_number_that_is_none_is_named_before_anything_is_served() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearthline"));
    command.args(["simulate", "twilio", "--listen", "127.0.0.1:0", "--number", "4155550190"]);
    let ended = command.current_dir(Path::new("/")).output().expect("it starts");
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(said.contains("--number 4155550190: a number in E.164 begins with +"), "{said}");
}
