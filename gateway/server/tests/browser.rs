//! The page in a real browser, served by the started binary: an SMS arrives live, Done is clicked, and stays done. The
//! steps are the web client's own (`gateway/web/e2e`); pictures of every screen are left in `target/screenshots`.

mod support;

use std::{path::Path, process::Stdio, time::Duration};
use support::{Brokerage, Options, Server};
use tokio::process::Command;

/// How long the browser may take for all of it.
const LONGEST: Duration = Duration::from_secs(180);

#[tokio::test]
async fn web_2_a_card_arrives_live_in_a_browser_and_done_is_done() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert!(
        root.join("gateway/web/dist/index.html").is_file() && root.join("gateway/web/node_modules").is_dir(),
        "the web client is not built: run `cargo xtask web` first"
    );
    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    let steps = Command::new("npm")
        .args(["run", "--silent", "e2e"])
        .current_dir(root.join("gateway/web"))
        .env("HEARTHLINE_URL", server.address())
        .env("HEARTHLINE_EMAIL", &ana.email)
        .env("HEARTHLINE_PASSWORD", &ana.password)
        .env("HEARTHLINE_HOOK_URL", &number.webhook_url)
        .env("HEARTHLINE_TWILIO_TOKEN", &number.auth_token)
        .env("HEARTHLINE_ACCOUNT_SID", &number.account_sid)
        .env("HEARTHLINE_NUMBER", &number.number)
        .env("HEARTHLINE_SCREENSHOTS", root.join("target/screenshots"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LONGEST, steps).await.expect("the browser is done in time").expect("npm runs");
    let told = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the browser's steps failed:\n{told}\n{wrong}");
}
