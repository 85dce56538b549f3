//! Snoozes and business hours across changes of clocks in four zones, as one table (LIF-5, LIF-6).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::{
    hours::{BusinessHours, Hours, OpenSpan, WallTime},
    lead::SnoozePreset,
    time::{Timestamp, Zone},
};
use proptest::prelude::*;
use std::fmt::Write;

/// By an hour in spring and autumn, by half an hour, and at midnight: Cairo has no 00:00 on the last Friday of April.
const ZONES: [&str; 4] = ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo"];
const HOUR_MS: i64 = 3_600_000;

fn zone(name: &str) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(name).unwrap()
}

fn wall(zone: &jiff::tz::TimeZone, at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap().to_zoned(zone.clone());
    at.strftime("%a %d %b %H:%M %:z").to_string()
}

/// Every day from one hour on the wall to another.
fn open(name: &str, from: u16, to: u16) -> Hours {
    let time = |hour| WallTime::new(hour, 0).unwrap();
    let span = OpenSpan { from: time(from), to: time(to) };
    let business = BusinessHours::new(std::array::from_fn(|_| vec![span]), Vec::new()).unwrap();
    Hours { zone: Zone::named(name).unwrap(), business: Some(business), pause_stale: false, quiet: None }
}

/// The changes of clocks of 2026.
fn changes(name: &str) -> Vec<Timestamp> {
    let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let end: jiff::Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let zone = zone(name);
    let changes = zone.following(start).map(|change| change.timestamp()).take_while(|at| *at < end);
    changes.map(|at| Timestamp::from_millis(at.as_millisecond())).collect()
}

#[test]
fn lif_6_snoozes_and_business_hours_across_changes_of_clocks() {
    let mut table = String::new();
    for name in ZONES {
        let (tz, engine) = (zone(name), Zone::named(name).unwrap());
        for change in changes(name) {
            writeln!(table, "{name}, clocks change at {}", wall(&tz, change)).unwrap();
            for hours_before in [60, 26, 14, 5, 2, 0] {
                let now = change.plus_millis(-hours_before * HOUR_MS);
                let until = |preset: SnoozePreset| wall(&tz, preset.until(now, &engine).unwrap());
                writeln!(table, "  now        {}", wall(&tz, now)).unwrap();
                writeln!(table, "    later    {}", until(SnoozePreset::LaterToday)).unwrap();
                writeln!(table, "    tomorrow {}", until(SnoozePreset::Tomorrow)).unwrap();
                writeln!(table, "    week     {}", until(SnoozePreset::NextWeek)).unwrap();
                let night = open(name, 0, 4).after(now, 3 * HOUR_MS + HOUR_MS / 2);
                writeln!(table, "    3½ h of 00:00-04:00 end {}", wall(&tz, night)).unwrap();
                let day = open(name, 9, 18).after(now, 10 * HOUR_MS);
                writeln!(table, "    10 h of 09:00-18:00 end {}", wall(&tz, day)).unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}

proptest! {
    #[test]
    fn lif_6_a_snooze_ends_later_than_now_and_tomorrow_and_next_week_at_nine(
        name in prop::sample::select(&ZONES[..]), minutes in 0_i64..3 * 365 * 1_440,
    ) {
        let now = Timestamp::from_millis(1_767_225_600_000 + minutes * 60_000);
        let (tz, engine) = (zone(name), Zone::named(name).unwrap());
        let until = |preset: SnoozePreset| preset.until(now, &engine).unwrap();
        let (later, tomorrow, week) =
            (until(SnoozePreset::LaterToday), until(SnoozePreset::Tomorrow), until(SnoozePreset::NextWeek));
        prop_assert!(now < later && later <= tomorrow && tomorrow <= week);
        prop_assert!(wall(&tz, tomorrow).contains(" 09:00 ") && wall(&tz, week).contains(" 09:00 "));
        prop_assert!(wall(&tz, week).starts_with("Mon "));
        // A minute later never means earlier.
        let next = SnoozePreset::Tomorrow.until(now.plus_millis(60_000), &engine).unwrap();
        prop_assert!(next >= tomorrow);
    }
}
