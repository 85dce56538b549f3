//! The worked examples of docs/life-cycle.md, run (LIF-5).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hearthline_engine::{
    hours::{BusinessHours, Holiday, Hours, OpenSpan, WallTime},
    rules::{Share, TeamRules},
    time::{Seconds, Timestamp, Zone},
};

const DOCUMENT: &str = include_str!("../../docs/life-cycle.md");

struct Example<'a> {
    zone: &'a str,
    hours: &'a str,
    holidays: &'a str,
    window: &'a str,
    starts: &'a str,
    ends: &'a str,
}

fn examples() -> Vec<Example<'static>> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| ")).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, zone, hours, holidays, window, starts, ends, because, _] = cells[..] else {
            panic!("seven cells: {row}")
        };
        assert!(!because.is_empty());
        Example { zone, hours, holidays, window, starts, ends }
    })
    .collect()
}

/// `Mon-Fri 09:00-12:30 13:30-18:00`, or `every day …`.
fn week(hours: &str) -> [Vec<OpenSpan>; 7] {
    let (days, spans) = match hours.strip_prefix("every day ") {
        Some(spans) => (0..7, spans),
        None => (0..5, hours.strip_prefix("Mon-Fri ").unwrap()),
    };
    let span = |text: &str| {
        let (from, to) = text.split_once('-').unwrap();
        OpenSpan { from: WallTime::parse(from).unwrap(), to: WallTime::parse(to).unwrap() }
    };
    let spans: Vec<OpenSpan> = spans.split(' ').map(span).collect();
    std::array::from_fn(|day| if days.contains(&day) { spans.clone() } else { Vec::new() })
}

fn seconds(amount: &str, unit: &str) -> Seconds {
    let amount: u32 = amount.parse().unwrap();
    Seconds(match unit {
        "min" => amount * 60,
        "h" => amount * 3_600,
        other => panic!("a unit: {other}"),
    })
}

/// When it ends, as the team's wall shows it.
fn run(example: &Example<'_>) -> String {
    let (kind, length) = example
        .window
        .rsplit_once(' ')
        .map(|(rest, unit)| {
            let (kind, amount) = rest.rsplit_once(' ').unwrap();
            (kind, seconds(amount, unit))
        })
        .unwrap();
    let off = example.holidays.split_whitespace().map(|day| Holiday::parse(day).unwrap()).collect();
    let hours = Hours {
        zone: Zone::named(example.zone).unwrap(),
        business: Some(BusinessHours::new(week(example.hours), off).unwrap()),
        pause_stale: kind == "stale, paused",
        quiet: None,
    };
    let share = Share::from_permille(800).unwrap();
    let (first, stale) = match kind {
        "first contact" => (length, Seconds(length.0 + 1)),
        "stale" | "stale, paused" => (Seconds(60), length),
        other => panic!("a window: {other}"),
    };
    let rules = TeamRules::new(first, stale, share).unwrap().with_hours(Some(hours)).unwrap();
    let zone = jiff::tz::TimeZone::get(example.zone).unwrap();
    let starts: jiff::civil::DateTime = example.starts.parse().unwrap();
    let starts = starts.to_zoned(zone.clone()).unwrap().timestamp();
    let starts = Timestamp::from_millis(starts.as_millisecond());
    let ends = match kind {
        "first contact" => rules.first_contact_ends(starts),
        _ => rules.stale_ends(starts),
    };
    let ends = jiff::Timestamp::from_millisecond(ends.as_millis()).unwrap().to_zoned(zone);
    ends.strftime("%Y-%m-%d %H:%M").to_string()
}

#[test]
fn lif_5_the_worked_examples_are_true() {
    let examples = examples();
    assert_eq!(examples.len(), 11);
    for example in examples {
        assert_eq!(run(&example), example.ends, "{} from {}", example.window, example.starts);
    }
}
