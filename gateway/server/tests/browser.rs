//! The web client in a real browser against the started binary: one test for each file of `gateway/web/e2e`, but for the
//! budgets, which are measured alone (`budget.rs`).

mod support;

use std::fs;
use support::browser::{in_a_browser, web};

#[test]
fn every_file_of_browser_tests_is_run() {
    let run = concat!(include_str!("browser.rs"), include_str!("budget.rs"));
    for entry in fs::read_dir(web().join("e2e")).expect("the folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name of text");
        if let Some(file) = name.strip_suffix(".e2e.mjs") {
            assert!(run.contains(&format!("in_a_browser(\"{file}\")")), "no test runs {name}");
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
async fn lif_2_a_device_whose_clock_is_wrong_tells_the_right_time() {
    in_a_browser("clock").await;
}
