//! Worlds by seed: 300,000 events on bad days, and the same seed twice.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows its counts"
)]

use hearthline_world::{Counts, Deaths, Plan, Report, Weather, World};

/// Events of most worlds.
const EVENTS: u64 = 750;
/// Events of those in which leads get old: what they remember is full, and the oldest is forgotten.
const LONG: u64 = 3_000;

/// Panics with everything that does not hold, and with the command that shows it again.
fn expect_whole(report: &Report) {
    let events = report.counts.events;
    assert!(
        report.broken.is_empty(),
        "{:#?}\nreplay: HEARTHLINE_SEED={} HEARTHLINE_EVENTS={events} cargo test -p hearthline-world --test seeds replay -- --nocapture",
        report.broken,
        report.seed
    );
}

/// Names the seed of a world that panicked, also where the panic says nothing.
struct Named {
    seed: u64,
    events: u64,
}

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { seed, events } = self;
            println!("seed {seed}: HEARTHLINE_SEED={seed} HEARTHLINE_EVENTS={events}");
        }
    }
}

/// The worlds of a range of seeds. What they have in common is that everything holds.
fn live_through(seeds: std::ops::Range<u64>, events: u64) {
    let mut all = Counts::default();
    for seed in seeds.clone() {
        let _named = Named { seed, events };
        let report = World::run(seed, &Plan::rough(events));
        expect_whole(&report);
        all.add(&report.counts);
    }
    println!("seeds {seeds:?}: {all:?}");
    assert!(all.events >= (seeds.end - seeds.start) * events);
    assert!(all.deaths > 0 && all.deltas > 0 && all.rulings > 0 && all.orders > 0 && all.deeds > 0);
    assert!(all.letters > 0 && all.calls > all.taken && all.taken > 0 && all.statuses > 0);
    assert!(all.doubtful * 20 <= all.letters, "too much was left to people: {all:?}");
    assert!(all.undecided * 50 <= all.judged, "the model left too many leads undecided: {all:?}");
    assert_eq!(all.happened.missing(), [], "what never happens is not tested: {all:?}");
}

// Four tests, so that a machine with more than one core uses them: 302,250 events together.

#[test]
fn ing_7_out_3_nothing_is_lost_or_doubled_on_bad_days_first_third() {
    live_through(0..125, EVENTS);
}

#[test]
fn ing_7_out_3_nothing_is_lost_or_doubled_on_bad_days_second_third() {
    live_through(1_000..1_125, EVENTS);
}

#[test]
fn ing_7_out_3_nothing_is_lost_or_doubled_on_bad_days_last_third() {
    live_through(2_000..2_125, EVENTS);
}

#[test]
fn ing_7_out_3_nothing_is_lost_or_doubled_on_bad_days_that_go_on_for_long() {
    live_through(3_000..3_007, LONG);
}

#[test]
fn the_same_seed_twice_leaves_the_same_trace_and_another_seed_another() {
    let run = |seed| {
        let report = World::run(seed, &Plan::rough(600));
        expect_whole(&report);
        (report.trace, report.trace_lines, report.counts)
    };
    for seed in [11, 12, 13] {
        assert_eq!(run(seed), run(seed), "seed {seed} depends on more than the seed");
    }
    assert_ne!(run(11).0, run(12).0);
}

#[test]
fn a_fair_day_without_a_death_is_whole() {
    let plan = Plan { weather: Weather::FAIR, deaths: Deaths::Never, ..Plan::rough(500) };
    let report = World::run(5, &plan);
    expect_whole(&report);
    assert_eq!(report.counts.deaths, 0);
}

/// Runs one seed and shows its trace: `HEARTHLINE_SEED=… HEARTHLINE_EVENTS=… cargo test -p hearthline-world --test seeds replay -- --nocapture`.
#[test]
fn replay() {
    let Some(seed) = std::env::var("HEARTHLINE_SEED").ok() else { return };
    let seed = seed.parse().expect("HEARTHLINE_SEED is a number");
    let events = std::env::var("HEARTHLINE_EVENTS").ok().and_then(|n| n.parse().ok()).unwrap_or(EVENTS);
    let (report, lines) = World::run_and_tell(seed, &Plan::rough(events));
    lines.iter().for_each(|line| println!("{line}"));
    println!("trace {:016x} of {} lines, {:?}", report.trace, report.trace_lines, report.counts);
    expect_whole(&report);
}
