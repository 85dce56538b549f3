//! Chromium with the web client of the started binary: `gateway/web/e2e` does the looking and clicking, this gives it a
//! server, a user of its own and a number.

#![allow(clippy::print_stdout, reason = "what the browser measured is for whoever asks to see it")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::{Brokerage, Log, Options, Process, Server};

/// How long one file may take, beside another one.
const BOUND: Duration = Duration::from_secs(400);

/// What a browser test can't do without, and how to get it.
fn needed(what: &str, found: bool, get: &str) {
    assert!(found, "the browser test needs {what}: {get}");
}

fn chromium() -> PathBuf {
    let named = std::env::var_os("HEARTHLINE_CHROMIUM").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    let found = named.filter(|file| file.is_file()).or_else(|| names.into_iter().find_map(on_path));
    needed("Chromium", found.is_some(), "apt-get install chromium, or name one in HEARTHLINE_CHROMIUM");
    found.expect("checked above")
}

/// Runs `gateway/web/e2e/{file}.e2e.mjs` against a server of its own, with an agent, their number, a team lead and an
/// administrator.
pub async fn in_a_browser(file: &str) {
    let web = web();
    let chromium = chromium();
    let build = "run `cargo xtask build`, or `npm ci && npm run build` in gateway/web";
    needed("the web client's packages", web.join("node_modules/playwright-core").is_dir(), build);
    needed("the built web client", web.join("dist/index.html").is_file(), build);

    let server = Server::start(Options::default()).await;
    let brokerage = Brokerage::open(&server).await;
    let ana = brokerage.agent().await;
    let tom = brokerage.team_lead().await;
    let number = brokerage.connect(&ana).await;
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    fs::create_dir_all(&screenshots).expect("a folder for screenshots");
    let log = Log(server.folder().join("browser.log"));
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "e2e", "--"]).arg(format!("e2e/{file}.e2e.mjs")).current_dir(&web);
    command.stderr(fs::File::create(&log.0).expect("a log"));
    command.envs([
        ("HEARTHLINE_URL", server.address().as_str()),
        ("HEARTHLINE_EMAIL", &ana.email),
        ("HEARTHLINE_PASSWORD", &ana.password),
        ("HEARTHLINE_ADMIN_EMAIL", &brokerage.admin.email),
        ("HEARTHLINE_ADMIN_PASSWORD", &brokerage.admin.password),
        ("HEARTHLINE_LEAD_EMAIL", &tom.email),
        ("HEARTHLINE_LEAD_PASSWORD", &tom.password),
        ("HEARTHLINE_HOOK_URL", &number.webhook_url),
        ("HEARTHLINE_TWILIO_TOKEN", &number.auth_token),
        ("HEARTHLINE_ACCOUNT_SID", &number.account_sid),
        ("HEARTHLINE_NUMBER", &number.number),
        ("HEARTHLINE_SCREENSHOTS", screenshots.to_str().expect("a path of text")),
        ("HEARTHLINE_BINARY", env!("CARGO_BIN_EXE_hearthline")),
        ("HEARTHLINE_CHROMIUM", chromium.to_str().expect("a path of text")),
    ]);
    let browsing = Process::start(command, Path::new(""));
    let status = tokio::time::timeout(BOUND, browsing.ended()).await;
    let said = || format!("{}\n{}", browsing.out(), log.text());
    match status {
        Ok(status) => assert!(status.success(), "{status}\n{}\n{}", said(), server.log().tail()),
        Err(_) => server.log().fail(&format!("the browser was not done within {BOUND:?}:\n{}", said())),
    }
    println!("{}", browsing.out());
}

pub fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web").canonicalize().expect("gateway/web")
}
