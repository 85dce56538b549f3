//! Every gap of the path is cut, at random visits in random worlds: afterwards nothing is lost and nothing is doubled.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows its counts"
)]

use hearthline_actors::Point;
use hearthline_storage_api::Table;
use hearthline_world::{Place, Plan, World};

/// So many worlds die at each place.
const SCHEDULES: u64 = 200;
/// A place that so many worlds hardly ever visit is not covered.
const WORLDS: u64 = 1_200;

/// Runs the world of a seed that dies at a place. Answers how often it did. Panics with everything that does not hold, and
/// with the command that shows it again.
fn cut_once(seed: u64, place: Place, within: u64) -> u64 {
    let report = World::run(seed, &Plan::cut_at(place, 1, within));
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    assert!(
        report.broken.is_empty(),
        "cut at {place}: {:#?}\nreplay: HEARTHLINE_SEED={seed} cargo test -p hearthline-world --test cuts {test} -- --exact",
        report.broken
    );
    report.deaths.get(&place).copied().unwrap_or(0)
}

/// Cuts a place in one random world after another until enough of them died there; or in that of `HEARTHLINE_SEED` alone.
fn cut(place: Place, within: u64) {
    if let Ok(seed) = std::env::var("HEARTHLINE_SEED") {
        cut_once(seed.parse().expect("HEARTHLINE_SEED is a number"), place, within);
        return;
    }
    let (mut visited, mut worlds) = (0, 0);
    while visited < SCHEDULES && worlds < WORLDS {
        worlds += 1;
        visited += cut_once(worlds, place, within);
    }
    println!("{place}: {visited} cuts in {worlds} worlds");
    assert!(visited >= SCHEDULES, "{place} was cut {visited} times in {worlds} worlds");
}

macro_rules! points {
    ($($name:ident: $point:ident within $within:literal;)*) => {
        $(#[test] fn $name() { cut(Place::Point(Point::$point), $within); })*

        #[test]
        fn every_point_of_the_path_has_its_cuts() {
            let covered = [$(Point::$point),*];
            assert_eq!(covered.as_slice(), Point::ALL);
        }
    };
}

points! {
    row_1_a_process_that_dies_with_a_checked_request_in_hand_loses_nothing: Verified within 12;
    row_2_a_process_that_dies_between_append_and_answer_doubles_nothing: Appended within 12;
    row_4_an_identity_without_its_claim_is_taken_up: Identified within 4;
    row_5_a_claim_without_its_commit_is_taken_up: Claimed within 10;
    row_6_a_hot_row_without_its_commit_is_taken_up: Hot within 6;
    row_6b_a_key_without_its_commit_is_taken_up: Keyed within 4;
    row_7_a_commit_that_nobody_heard_of_holds: Committed within 16;
    row_8_a_timeline_without_the_other_projections_is_finished: TimelineProjected within 14;
    row_8_decks_without_the_other_projections_are_finished: DecksProjected within 14;
    row_8_a_timer_without_the_other_projections_is_finished: TimerProjected within 8;
    row_8_a_directory_without_the_other_projections_is_finished: DirectoryProjected within 14;
    row_8_an_opt_out_without_the_other_projections_is_finished: OptOutProjected within 2;
    row_8_entries_of_the_log_without_their_register_are_finished: AuditAppended within 14;
    row_8_an_audit_log_that_the_lead_has_not_heard_of_records_nothing_twice: AuditProjected within 14;
    row_8_a_message_without_its_status_in_the_timeline_is_finished: MessageProjected within 4;
    row_9_a_message_under_way_that_nobody_called_for_is_left_to_a_person: Sending within 2;
    row_9_an_answer_of_the_provider_that_nobody_kept_is_found_again: HandedOver within 2;
    row_9_a_providers_id_without_its_commit_is_taken_up: OutboundReferred within 2;
    row_5_a_status_that_is_done_and_not_acknowledged_changes_nothing: StatusClaimed within 3;
    row_10_an_entry_that_is_done_and_not_acknowledged_changes_nothing: Acknowledging within 12;
    row_10_an_entry_that_was_just_acknowledged_is_not_lost: Acknowledged within 12;
    row_10b_a_claim_that_is_done_in_storage_alone_is_noted: ClaimDone within 12;
    row_11_a_trimmed_lead_with_its_hot_row_comes_to_rest: Trimmed within 3;
    row_11_a_lead_whose_hot_row_has_just_gone_is_at_rest: Hibernated within 3;
}

macro_rules! tables {
    ($($name:ident: $table:ident within $within:literal;)*) => {
        $(#[test] fn $name() { cut(Place::Write(Table::$table), $within); })*
    };
}

tables! {
    a_cut_before_any_write_of_a_lead_leaves_it_whole: LeadCore within 16;
    a_cut_before_any_write_of_a_hot_row_leaves_it_found: HotLead within 10;
    a_cut_before_any_write_of_a_timeline_leaves_it_whole: Timeline within 14;
    a_cut_before_any_write_of_a_deck_leaves_it_contiguous: Deck within 14;
    a_cut_before_any_hint_leaves_its_deadline_known: TimerDue within 8;
    a_cut_before_any_write_of_a_claim_leaves_it_one: InboundClaim within 16;
    a_cut_before_any_identity_leaves_it_one: Identity within 4;
    a_cut_before_any_write_of_the_audit_log_leaves_it_whole: Audit within 20;
    a_cut_before_any_reference_to_a_message_leaves_it_one: OutboundRef within 2;
    a_cut_before_any_row_of_the_directory_leaves_it_listed: Directory within 14;
}

#[test]
fn a_cut_between_any_two_writes_leaves_everything_whole() {
    // A start writes some 800 rows of its own: cuts fall into it, and into what comes after.
    cut(Place::AnyWrite, 1_100);
}
