//! Providers' own libraries and others that are widely used against the simulators: what they send is taken, what they read
//! they understand, and what is called they validate. The versions are in `official/`.

use hearthline_simulators::{
    meta::Meta,
    twilio::{Account, Number, Service, Twilio},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const ACCOUNT_SID: &str = "AC0123456789abcdef0123456789abcdef";
const AUTH_TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+14155550190";
const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn official() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("official")
}

/// What this test can't do without.
fn needed(what: &Path) {
    assert!(what.is_dir(), "{} is missing: run `cargo xtask test --only libraries`", what.display());
}

/// Runs a script against a simulator of its own; everything it says is shown if it fails.
async fn held(mut script: Command) {
    let twilio = Twilio::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("a simulator");
    twilio.set_account(Account {
        account_sid: ACCOUNT_SID.to_owned(),
        auth_token: AUTH_TOKEN.to_owned(),
        numbers: vec![Number { number: NUMBER.to_owned(), webhook_url: None }],
        services: vec![Service {
            sid: SERVICE.to_owned(),
            numbers: vec![NUMBER.to_owned()],
            status_callback: None,
        }],
    });
    script.envs([
        ("TWILIO_BASE_URL", twilio.base_url()),
        ("TWILIO_ACCOUNT_SID", ACCOUNT_SID),
        ("TWILIO_AUTH_TOKEN", AUTH_TOKEN),
        ("TWILIO_NUMBER", NUMBER),
        ("TWILIO_SERVICE", SERVICE),
    ]);
    everything_holds(script).await;
}

async fn everything_holds(mut script: Command) {
    // A proxy of the machine's must not stand between the two.
    script.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    script.current_dir(official()).stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || script.output()).await.expect("no panic");
    let ended = ended.expect("the interpreter starts");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ended.status.success(), "{}{}", said(&ended.stdout), said(&ended.stderr));
    assert_eq!(said(&ended.stdout), "everything held\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_1_out_2_twilios_python_library_sends_lists_fetches_and_validates_our_callbacks() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/official-python");
    needed(&packages.join("twilio"));
    let mut python = Command::new("python3");
    python.arg("twilio_check.py").env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    held(python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_1_out_2_twilios_node_library_sends_lists_fetches_and_validates_our_callbacks() {
    needed(&official().join("node_modules/twilio"));
    let mut node = Command::new("node");
    node.arg("twilio_check.mjs");
    held(node).await;
}

/// Runs a script against a simulator of Meta, whose accounts it sets up itself.
async fn held_with_meta(mut script: Command) {
    let meta = Meta::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("a simulator");
    script.envs([
        ("META_BASE_URL", meta.base_url()),
        ("META_ACCESS_TOKEN", "0123456789abcdef0123456789abcdef"),
        ("META_APP_SECRET", "fedcba9876543210fedcba9876543210"),
        ("META_NUMBER", "106540352242922"),
        ("META_PAGE", "100000000000001"),
        ("META_INSTAGRAM", "17841400000000000"),
    ]);
    everything_holds(script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_5_out_2_metas_python_library_and_pywa_send_fetch_and_validate_our_webhooks() {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/official-python");
    needed(&packages.join("facebook_business"));
    needed(&packages.join("pywa"));
    let mut python = Command::new("python3");
    python.arg("meta_check.py").env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    held_with_meta(python).await;
}
