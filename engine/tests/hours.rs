//! Business hours, holidays and quiet hours, against a second reckoning that looks at every minute (LIF-5, OUT-7).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::{
    hours::{
        BusinessHours, HORIZON_DAYS, Holiday, Hours, InvalidHours, OpenSpan, QuietHours, SPANS_A_DAY,
        WallTime,
    },
    rules::{InvalidRules, Share, TeamRules},
    time::{Seconds, Timestamp, Zone},
};
use proptest::prelude::*;

/// Zones whose clocks change by an hour, by half an hour, on the southern half of the earth, at midnight, not any more,
/// and one that once left out a whole day.
const ZONES: [&str; 8] = [
    "America/New_York",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Pacific/Apia",
    "UTC",
];
const MINUTE_MS: i64 = 60_000;

fn wall(text: &str) -> WallTime {
    WallTime::parse(text).unwrap()
}
fn span(text: &str) -> OpenSpan {
    let (from, to) = text.split_once('-').unwrap();
    OpenSpan { from: wall(from), to: wall(to) }
}
/// The same spans from Monday to Friday.
fn weekdays(spans: &[&str]) -> [Vec<OpenSpan>; 7] {
    std::array::from_fn(
        |day| if day < 5 { spans.iter().map(|text| span(text)).collect() } else { Vec::new() },
    )
}
fn every_day(spans: &[&str]) -> [Vec<OpenSpan>; 7] {
    std::array::from_fn(|_| spans.iter().map(|text| span(text)).collect())
}
fn holidays(days: &[&str]) -> Vec<Holiday> {
    days.iter().map(|day| Holiday::parse(day).unwrap()).collect()
}
fn hours(zone: &str, week: [Vec<OpenSpan>; 7], off: &[&str]) -> Hours {
    let business = BusinessHours::new(week, holidays(off)).unwrap();
    Hours { zone: Zone::named(zone).unwrap(), business: Some(business), pause_stale: false, quiet: None }
}
fn at(text: &str) -> Timestamp {
    let moment: jiff::Timestamp = text.parse().unwrap();
    Timestamp::from_millis(moment.as_millisecond())
}

/// Whether the clock on the wall shows business time at that moment: the definition, word for word.
fn is_open(hours: &Hours, moment: Timestamp) -> bool {
    let zone = jiff::tz::TimeZone::get(hours.zone.name()).unwrap();
    let here = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap().to_zoned(zone);
    let business = hours.business.as_ref().unwrap();
    let date = here.date().to_string();
    let minute = here.hour() as u16 * 60 + here.minute() as u16;
    let spans = &business.week()[here.weekday().to_monday_zero_offset() as usize];
    business.holidays().iter().all(|day| day.to_string() != date)
        && spans.iter().any(|span| (span.from.minutes()..span.to.minutes()).contains(&minute))
}

/// The same answer, minute by minute: zones differ from UTC by whole minutes in our time, so each is open or closed.
fn slowly(hours: &Hours, from: Timestamp, millis: i64) -> Timestamp {
    let (mut now, mut left) = (from, millis);
    loop {
        let next = Timestamp::from_millis((now.as_millis().div_euclid(MINUTE_MS) + 1) * MINUTE_MS);
        if is_open(hours, now) {
            let length = next.millis_since(now);
            if left <= length {
                return now.plus_millis(left);
            }
            left -= length;
        }
        now = next;
    }
}

fn any_span() -> impl Strategy<Value = Vec<OpenSpan>> {
    prop::collection::btree_set(0_u16..=24 * 12, 0..=6).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().map(|five| five * 5).collect();
        let wall = |minutes: u16| WallTime::new(minutes / 60, minutes % 60).unwrap();
        cuts.chunks_exact(2).map(|pair| OpenSpan { from: wall(pair[0]), to: wall(pair[1]) }).collect()
    })
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let week = prop::array::uniform7(any_span());
    let off = prop::collection::vec(0_i32..1_400, 0..20);
    (prop::sample::select(&ZONES[..]), week, off).prop_filter_map("opens", |(zone, week, off)| {
        let first = jiff::civil::date(2024, 1, 1);
        let days = off.into_iter().map(|day| first.saturating_add(jiff::Span::new().days(day)).to_string());
        let days = days.map(|day| Holiday::parse(&day).unwrap()).collect();
        let business = BusinessHours::new(week, days).ok()?;
        let zone = Zone::named(zone).unwrap();
        Some(Hours { zone, business: Some(business), pause_stale: false, quiet: None })
    })
}

/// Any moment of four years, and as often one near a change of clocks in one of the zones.
fn any_moment() -> impl Strategy<Value = Timestamp> {
    let start = at("2024-01-01T00:00:00Z").as_millis();
    let anywhere = (0_i64..4 * 365 * 86_400_000).prop_map(move |more| start + more);
    let near = (prop::sample::select(&ZONES[..]), 0_usize..8, -200_000_000_i64..100_000_000).prop_map(
        move |(zone, nth, off)| {
            let zone = jiff::tz::TimeZone::get(zone).unwrap();
            let first = jiff::Timestamp::from_millisecond(start).unwrap();
            let change = zone.following(first).nth(nth).map_or(start, |it| it.timestamp().as_millisecond());
            // Zones without changes in our time answer with none, or far away.
            if change > start + 10 * 365 * 86_400_000 { start } else { change + off }
        },
    );
    prop_oneof![anywhere, near].prop_map(Timestamp::from_millis)
}

/// Spans of a few hours, as windows are.
fn any_millis() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0), 1_i64..90_000, 1_i64..20 * 3_600_000]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn lif_5_business_time_ends_where_counting_every_minute_ends(
        hours in any_hours(), from in any_moment(), millis in any_millis(),
    ) {
        prop_assert_eq!(hours.after(from, millis), slowly(&hours, from, millis));
    }

    #[test]
    fn lif_5_a_deadline_never_falls_into_closed_time_and_later_starts_never_end_earlier(
        hours in any_hours(), from in any_moment(), more in 0_i64..400_000_000, millis in any_millis(),
    ) {
        let end = hours.after(from, millis);
        // The last moment that was needed is open; with nothing needed, the answer itself is.
        let inside = if millis == 0 { end } else { end.plus_millis(-1) };
        prop_assert!(end >= from && is_open(&hours, inside), "{:?}", end);
        prop_assert!(hours.after(from.plus_millis(more), millis) >= end);
        prop_assert!(hours.after(from, millis + 1) > end || millis == 0);
        prop_assert_eq!(hours.after(hours.after(from, 0), 0), hours.after(from, 0), "idempotent");
        prop_assert_eq!(hours.millis_between(from, end), millis, "what passed in between is what was asked for");
    }

    #[test]
    fn lif_5_two_windows_one_after_the_other_are_one_of_both(
        hours in any_hours(), from in any_moment(), one in 1_i64..40_000_000, two in 1_i64..40_000_000,
    ) {
        prop_assert_eq!(hours.after(hours.after(from, one), two), hours.after(from, one + two));
    }

    #[test]
    fn out_7_quiet_hours_end_at_the_first_loud_minute(
        zone in prop::sample::select(&ZONES[..]), begin in 0_u16..288, end in 0_u16..288, now in any_moment(),
    ) {
        prop_assume!(begin != end);
        let wall = |five: u16| WallTime::new(five / 12, five % 12 * 5).unwrap();
        let Some(quiet) = QuietHours::new(wall(begin), wall(end)) else { return Ok(()) };
        let zone = Zone::named(zone).unwrap();
        let rules = TeamRules::default();
        let hours = Hours { zone: zone.clone(), business: None, pause_stale: false, quiet: Some(quiet) };
        let rules = rules.with_hours(Some(hours)).unwrap();
        let is_quiet = |moment: Timestamp| {
            let tz = jiff::tz::TimeZone::get(zone.name()).unwrap();
            let here = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap().to_zoned(tz);
            let minute = here.hour() as u16 * 60 + here.minute() as u16;
            let (from, to) = (wall(begin).minutes(), wall(end).minutes());
            if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
        };
        let mut expected = now;
        while is_quiet(expected) {
            expected = Timestamp::from_millis((expected.as_millis().div_euclid(MINUTE_MS) + 1) * MINUTE_MS);
        }
        prop_assert_eq!(rules.may_send_from(now), expected);
    }

    #[test]
    fn stored_hours_come_back_as_they_were(hours in any_hours(), pause in any::<bool>(), quiet in any::<bool>()) {
        let quiet = quiet.then(|| QuietHours::new(wall("21:00"), wall("08:00")).unwrap());
        let hours = Hours { pause_stale: pause, quiet, ..hours };
        let Ok(rules) = TeamRules::new(Seconds(60), Seconds(120), Share::from_permille(800).unwrap())
            .unwrap().with_hours(Some(hours)) else { return Ok(()) };
        let bytes = rmp_serde::to_vec_named(&rules).unwrap();
        prop_assert_eq!(rmp_serde::from_slice::<TeamRules>(&bytes).unwrap(), rules);
    }
}

#[test]
fn rows_of_teams_without_hours_are_what_they_always_were() {
    let bytes = rmp_serde::to_vec_named(&TeamRules::default()).unwrap();
    assert!(!bytes.windows(5).any(|five| five == b"hours"), "a team without hours pays nothing for them");
    assert_eq!(rmp_serde::from_slice::<TeamRules>(&bytes).unwrap(), TeamRules::default());
}

#[test]
fn a_weeks_hours_and_a_dozen_holidays_take_a_hundred_bytes_in_each_lead() {
    let off: Vec<String> = (1..=12).map(|month| format!("2026-{month:02}-01")).collect();
    let off: Vec<&str> = off.iter().map(String::as_str).collect();
    let rules = TeamRules::default();
    let before = rmp_serde::to_vec_named(&rules).unwrap().len();
    let with =
        rules.with_hours(Some(hours("America/New_York", weekdays(&["09:00-12:30", "13:30-18:00"]), &off)));
    let after = rmp_serde::to_vec_named(&with.unwrap()).unwrap().len();
    assert!(after - before <= 128, "{} bytes", after - before);
}

#[test]
fn damaged_hours_are_refused_and_never_half_read() {
    let rules = TeamRules::default().with_hours(Some(hours("Europe/Paris", weekdays(&["09:00-18:00"]), &[])));
    let bytes = rmp_serde::to_vec_named(&rules.unwrap()).unwrap();
    let start = bytes.windows(5).position(|five| five == b"hours").unwrap() + 7;
    for broken in [bytes[..bytes.len() - 1].to_vec(), {
        let mut other = bytes.clone();
        other[start] = 9;
        other
    }] {
        assert!(rmp_serde::from_slice::<TeamRules>(&broken).is_err());
    }
}

#[test]
fn lif_5_hours_that_never_open_overlap_or_run_backwards_are_refused_with_their_place() {
    let refused = |week: [Vec<OpenSpan>; 7]| BusinessHours::new(week, Vec::new()).unwrap_err();
    assert_eq!(refused(Default::default()), InvalidHours::NeverOpen);
    let mut week = weekdays(&["09:00-12:00"]);
    week[2].push(span("11:59-13:00"));
    assert_eq!(refused(week), InvalidHours::Overlaps { weekday: 2, span: 1 });
    let mut week = weekdays(&["09:00-12:00"]);
    week[6].push(OpenSpan { from: wall("10:00"), to: wall("10:00") });
    assert_eq!(refused(week), InvalidHours::EndsTooEarly { weekday: 6, span: 0 });
    let many = (0..=SPANS_A_DAY as u16)
        .map(|n| OpenSpan { from: WallTime::new(n, 0).unwrap(), to: WallTime::new(n, 30).unwrap() });
    let mut week: [Vec<OpenSpan>; 7] = Default::default();
    week[0] = many.collect();
    assert_eq!(refused(week), InvalidHours::TooManySpans { weekday: 0 });
    assert!(WallTime::parse("24:00").is_some(), "a day may be open to its end");
    for wrong in ["24:01", "9:00", "09:60", "25:00", "-1:00", "09.00", "0900", ""] {
        assert_eq!(WallTime::parse(wrong), None, "{wrong}");
    }
    for wrong in ["2026-02-30", "2026-2-3", "1969-12-31", "2149-06-07", "2026-01-01T00", "christmas"] {
        assert_eq!(Holiday::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Holiday::parse("2149-06-06").unwrap().to_string(), "2149-06-06");
    assert_eq!(QuietHours::new(wall("09:00"), wall("09:00")), None);
    assert_eq!(QuietHours::new(wall("00:00"), wall("24:00")), None, "then nothing could ever be sent");
    assert_eq!(QuietHours::new(wall("24:00"), wall("00:00")), None);
    assert!(QuietHours::new(wall("22:00"), wall("24:00")).is_some());
}

#[test]
fn lif_5_a_window_that_would_not_end_within_a_year_of_business_hours_is_refused() {
    let mut week: [Vec<OpenSpan>; 7] = Default::default();
    week[6].push(span("02:00-02:01"));
    let hours = hours("America/New_York", week, &[]);
    let share = Share::from_permille(800).unwrap();
    let rules = |w1, w2| TeamRules::new(Seconds(w1), Seconds(w2), share).unwrap();
    let at_most = Seconds(52 * 60);
    let refused = rules(at_most.0 + 1, 900_000).with_hours(Some(hours.clone())).unwrap_err();
    assert_eq!(refused, InvalidRules::FirstContactTooLong { at_most });
    let pausing = Hours { pause_stale: true, ..hours.clone() };
    let refused = rules(60, at_most.0 + 1).with_hours(Some(pausing)).unwrap_err();
    assert_eq!(refused, InvalidRules::StaleTooLong { at_most });

    // The longest that is allowed ends, two Sundays a year without 02:00 included, and long before the horizon.
    let from = at("2026-01-01T00:00:00Z");
    let longest = rules(at_most.0, 900_000).with_hours(Some(hours)).unwrap();
    let ends = longest.first_contact_ends(from);
    assert_eq!(ends, at("2027-01-03T07:01:00Z"), "the 53rd Sunday: one had no such minute");
    assert!(ends < from.plus_millis(HORIZON_DAYS * 86_400_000));
}

#[test]
fn lif_5_a_skipped_hour_is_no_business_time_and_a_repeated_one_counts_twice() {
    let ends = |zone: &str, week: &[&str], from: &str, minutes: i64| {
        hours(zone, every_day(week), &[]).after(at(from), minutes * MINUTE_MS)
    };
    // New York, 8 March 2026: 02:00 became 03:00.
    assert_eq!(
        ends("America/New_York", &["01:00-04:00"], "2026-03-08T06:00:00Z", 120),
        at("2026-03-08T08:00:00Z")
    );
    assert_eq!(
        ends("America/New_York", &["02:00-03:00"], "2026-03-08T05:00:00Z", 30),
        at("2026-03-09T06:30:00Z"),
        "the span did not come that day"
    );
    // 1 November 2026: 01:00 to 02:00 came twice.
    assert_eq!(
        ends("America/New_York", &["01:00-02:00"], "2026-11-01T05:00:00Z", 120),
        at("2026-11-01T07:00:00Z")
    );
    // Lord Howe goes by half an hour: 5 April 2026, 01:30 to 02:00 came twice.
    assert_eq!(
        ends("Australia/Lord_Howe", &["01:00-02:00"], "2026-04-04T14:00:00Z", 90),
        at("2026-04-04T15:30:00Z")
    );
    // Samoa left out 30 December 2011.
    let samoa = hours("Pacific/Apia", every_day(&["00:00-24:00"]), &["2011-12-31"]);
    assert_eq!(samoa.after(at("2011-12-30T09:59:00Z"), 2 * MINUTE_MS), at("2011-12-31T10:01:00Z"));
}

#[test]
fn lif_5_holidays_are_days_of_the_teams_own_calendar() {
    let hours = hours("Europe/Paris", weekdays(&["09:00-18:00"]), &["2026-12-25", "2027-01-01"]);
    // Thursday 24 December, 17:30 in Paris: half an hour is left, and the next is Monday's.
    assert_eq!(hours.after(at("2026-12-24T16:30:00Z"), 60 * MINUTE_MS), at("2026-12-28T08:30:00Z"));
    assert_eq!(hours.after(at("2026-12-24T16:30:00Z"), 30 * MINUTE_MS), at("2026-12-24T17:00:00Z"));
}

/// A commit asks for the deadlines of its lead a dozen times; a million leads must not feel it. The bound is wide: it is
/// there to see a walk that became a crawl.
#[test]
fn a_million_deadlines_in_business_time_are_reckoned_in_seconds() {
    let hours = hours("America/New_York", weekdays(&["09:00-12:30", "13:30-18:00"]), &["2026-12-25"]);
    let rules = TeamRules::default().with_hours(Some(hours)).unwrap();
    let from = at("2026-05-04T09:00:00Z");
    let started = std::time::Instant::now();
    let mut sum = 0_i64;
    for n in 0..100_000 {
        sum ^= rules.first_contact_ends(from.plus_millis(n * 91_000)).as_millis();
    }
    let each = started.elapsed() / 100_000;
    println!("{each:?} a deadline ({sum})");
    assert!(each < std::time::Duration::from_micros(20), "{each:?} a deadline");
}
