//! A lead in words, and the choices of Snooze, in people's time zones.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    lead::{Command, Explanation, SnoozePreset, Status},
    time::{Timestamp, Zone},
};
use proptest::prelude::*;

fn says(story: &Story, zone: &str) -> String {
    story.lead().explanation().in_english(story.now, &Zone::named(zone).unwrap())
}

#[test]
fn lif_1_every_state_explains_itself() {
    // START is 09:00 UTC on Monday 4 May 2026, 11:00 in Paris.
    let paris = "Europe/Paris";
    let new = Story::new_lead();
    assert_eq!(says(&new, paris), "New since 11:00; first reply due by 12:00.");
    let at_risk = new.at(min(50)).then(Command::Tick);
    assert_eq!(says(&at_risk, paris), "At risk since 11:48; first reply due by 12:00.");
    let breached = at_risk.at(min(70)).then(Command::Tick);
    assert_eq!(says(&breached, paris), "At risk since 11:48; the first reply was due by 12:00.");
    assert_eq!(says(&Story::active(), paris), "Active; last touch 11:10; at risk from Wed 6 May 01:34.");
    let no_touch = Story::at_risk();
    assert_eq!(
        says(&no_touch, paris),
        "At risk since 01:34; no touch since Mon 4 May 11:10; stale from 11:10."
    );
    let stale = Story::stale();
    assert_eq!(says(&stale, paris), "Stale since 11:10; waits for rescue.");
    let rescued = stale.at(hours(50)).then(touch(2, TIM, hours(50)));
    assert_eq!(says(&rescued, paris), "Stale since 11:10; rescue in progress.");
    let answered = rescued.at(hours(51)).then(receive(hours(51)));
    assert_eq!(
        says(&answered, paris),
        "Stale since 11:10; the client answered 14:00; hand-back is possible."
    );
    let archived = answered.then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!(says(&archived, paris), "Archived; no clock runs.");
    assert_eq!(says(&archived.then(delete()), paris), "Deleted; no clock runs.");
    let back = Story::new_lead().then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    let back = back.at(min(5)).then(Command::ChangeStatus { to: Status::Lead, by: ANA });
    assert_eq!(says(&back, "UTC"), "Active; no touch yet; at risk from Tue 5 May 23:29.");
}

#[test]
fn lif_1_a_time_of_another_year_says_so() {
    let story = Story::new_lead().at(START.plus_millis(300 * 24 * HOUR));
    assert_eq!(
        says(&story, "UTC"),
        "New since Mon 4 May 2026 09:00; first reply due by Mon 4 May 2026 10:00."
    );
    // The calendar day is the one of the person who reads.
    let new = Explanation::New { since: min(60 * 14), due_by: min(60 * 16) };
    assert_eq!(
        new.in_english(min(60 * 14), &Zone::named("America/New_York").unwrap()),
        "New since 19:00; first reply due by 21:00."
    );
    assert_eq!(
        new.in_english(min(60 * 14), &Zone::UTC),
        "New since 23:00; first reply due by Tue 5 May 01:00."
    );
}

#[test]
fn crm_3_the_times_of_a_lead_say_what_comes_next() {
    let new = Story::new_lead();
    let times = |story: &Story| {
        let lead = story.lead();
        (lead.at_risk_at(), lead.stale_at(), lead.next_action_at())
    };
    assert_eq!(times(&new), (Some(min(48)), Some(hours(48)), Some(min(60))));
    let active = Story::active();
    assert_eq!(times(&active).1, Some(min(10 + 48 * 60)));
    assert_eq!(times(&active).2, Some(min(10 + 48 * 60)), "the follow-up of the team's default");
    let snoozed = new.clone().then(new.snooze(hours(3)));
    assert_eq!(times(&snoozed).2, Some(hours(3)));
    let stale = Story::stale();
    assert_eq!((times(&stale).0, times(&stale).1), (None, Some(min(10 + 48 * 60))));
    let archived = new.then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!(times(&archived), (None, None, None));
}

fn paris(text: &str) -> Timestamp {
    let zoned: jiff::Zoned = format!("{text}[Europe/Paris]").parse().unwrap();
    Timestamp::from_millis(zoned.timestamp().as_millisecond())
}

#[test]
fn lif_6_the_choices_of_snooze_are_times_of_day_where_the_user_is() {
    let zone = Zone::named("Europe/Paris").unwrap();
    let until = |preset: SnoozePreset, now: &str| preset.until(paris(now), &zone).unwrap();
    assert_eq!(until(SnoozePreset::LaterToday, "2026-05-04T10:15"), paris("2026-05-04T13:15"));
    assert_eq!(until(SnoozePreset::LaterToday, "2026-05-04T19:30"), paris("2026-05-04T21:00"));
    assert_eq!(until(SnoozePreset::LaterToday, "2026-05-04T20:30"), paris("2026-05-05T09:00"));
    assert_eq!(until(SnoozePreset::LaterToday, "2026-05-04T23:30"), paris("2026-05-05T09:00"));
    assert_eq!(until(SnoozePreset::Tomorrow, "2026-05-04T08:00"), paris("2026-05-05T09:00"));
    assert_eq!(until(SnoozePreset::NextWeek, "2026-05-04T08:00"), paris("2026-05-11T09:00"));
    assert_eq!(until(SnoozePreset::NextWeek, "2026-05-10T23:00"), paris("2026-05-11T09:00"));
}

#[test]
fn lif_6_nine_in_the_morning_stays_nine_when_the_clocks_change() {
    let zone = Zone::named("Europe/Paris").unwrap();
    // Clocks go forward on 29 March 2026 and back on 25 October 2026.
    let spring = SnoozePreset::Tomorrow.until(paris("2026-03-28T22:00"), &zone).unwrap();
    assert_eq!(spring, paris("2026-03-29T09:00"));
    assert_eq!(spring.millis_since(paris("2026-03-28T22:00")), 10 * HOUR);
    let autumn = SnoozePreset::Tomorrow.until(paris("2026-10-24T22:00"), &zone).unwrap();
    assert_eq!(autumn.millis_since(paris("2026-10-24T22:00")), 12 * HOUR);
}

#[test]
fn lif_6_a_zone_that_does_not_exist_is_none() {
    assert_eq!(Zone::named("Europe/Atlantis"), None);
    assert_eq!(Zone::named(""), None);
}

proptest! {
    #[test]
    fn lif_6_a_snooze_always_ends_later_than_now(
        now in -2_000_000_000_000_i64..8_000_000_000_000,
        zone in prop_oneof![
            Just("Europe/Paris"),
            Just("America/St_Johns"),
            Just("Pacific/Apia"),
            Just("Australia/Lord_Howe"),
            Just("Africa/Cairo"),
            Just("UTC")
        ],
    ) {
        let (now, zone) = (Timestamp::from_millis(now), Zone::named(zone).unwrap());
        for preset in [SnoozePreset::LaterToday, SnoozePreset::Tomorrow, SnoozePreset::NextWeek] {
            let until = preset.until(now, &zone).unwrap();
            prop_assert!(until > now, "{:?}: {} is not after {}", preset, until, now);
            prop_assert!(until.millis_since(now) <= 8 * 24 * HOUR);
        }
    }
}
