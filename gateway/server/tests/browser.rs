//! The web client in a real browser against the started binary: `gateway/web/e2e` does the looking and clicking, this
//! gives it a server, a user of its own and a number.

#![allow(clippy::print_stdout, reason = "what the browser measured is for whoever asks to see it")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use support::{Brokerage, Log, Options, Process, Server};

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
async fn in_a_browser(file: &str) {
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

fn web() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web").canonicalize().expect("gateway/web")
}

#[test]
fn every_file_of_browser_tests_is_run() {
    let run = include_str!("browser.rs");
    for entry in fs::read_dir(web().join("e2e")).expect("the folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name of text");
        if let Some(file) = name.strip_suffix(".e2e.mjs") {
            assert!(run.contains(&format!("in_a_browser(\"{file}\")")), "no test of browser.rs runs {name}");
        }
    }
}

#[tokio::test]
async fn web_1_every_screen_is_there_for_whom_it_is_meant_and_survives_a_cut_line() {
    in_a_browser("screens").await;
}

#[tokio::test]
async fn out_4_an_answer_is_written_sent_and_seen_on_its_way() {
    in_a_browser("thread").await;
}

#[tokio::test]
async fn deck_2_cards_arrive_and_leave_by_swipe_button_and_key() {
    in_a_browser("deck").await;
}

#[tokio::test]
async fn deck_8_calls_plans_and_notes_are_kept() {
    in_a_browser("deeds").await;
}

#[tokio::test]
async fn idn_3_addresses_are_linked_and_unlinked() {
    in_a_browser("identities").await;
}

#[tokio::test]
async fn idn_3_two_leads_that_are_one_person_are_merged_and_taken_apart() {
    in_a_browser("merging").await;
}

#[tokio::test]
async fn idn_6_whoever_was_written_to_reads_that_one_message() {
    in_a_browser("notices").await;
}

#[tokio::test]
async fn out_3_a_person_says_what_became_of_a_message() {
    in_a_browser("doubt").await;
}

#[tokio::test]
async fn web_1_everything_is_done_by_keyboard() {
    in_a_browser("keyboard").await;
}

#[tokio::test]
async fn web_1_everything_is_found_by_its_name() {
    in_a_browser("palette").await;
}

#[tokio::test]
async fn con_1_an_administrator_looks_after_connections_rules_and_the_log() {
    in_a_browser("admin").await;
}

#[tokio::test]
async fn idn_5_what_waits_for_somebody_is_decided() {
    in_a_browser("queues").await;
}

#[tokio::test]
async fn rsc_1_a_lead_is_rescued_and_every_look_is_on_record() {
    in_a_browser("rescue").await;
}

#[tokio::test]
async fn web_1_everything_is_there_from_right_to_left() {
    in_a_browser("arabic").await;
}

#[tokio::test]
async fn web_1_the_page_keeps_to_its_budgets() {
    in_a_browser("budget").await;
}

#[tokio::test]
async fn lif_2_a_device_whose_clock_is_wrong_tells_the_right_time() {
    in_a_browser("clock").await;
}
