//! Small worlds to look at.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and shows its counts"
)]

use hearthline_world::{Deaths, Plan, Weather, World};

#[test]
fn fair() {
    let plan = Plan {
        tenants: 1,
        teams: 1,
        agents: 1,
        clients: 3,
        events: 60,
        weather: Weather::FAIR,
        deaths: Deaths::Never,
    };
    let report = World::run(1, &plan);
    println!("{report:#?}");
    assert!(report.broken.is_empty(), "{:#?}", report.broken);
}

#[test]
fn rough() {
    let from: u64 = std::env::var("HEARTHLINE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let n: u64 = std::env::var("N").ok().and_then(|s| s.parse().ok()).unwrap_or(5);
    let started = std::time::Instant::now();
    let mut bad = 0;
    for seed in from..from + n {
        let t = std::time::Instant::now();
        let report = World::run(seed, &Plan::rough(1_000));
        println!("{seed}: {:?} {:?} {:x} {}", t.elapsed(), report.counts, report.trace, report.trace_lines);
        for b in report.broken.iter().take(12) {
            println!("   {b}");
        }
        bad += usize::from(!report.broken.is_empty());
    }
    println!("{:?}", started.elapsed());
    assert_eq!(bad, 0);
}

#[test]
fn tell() {
    let Some(seed) = std::env::var("HEARTHLINE_SEED").ok().and_then(|s| s.parse().ok()) else { return };
    let (report, lines) = World::run_and_tell(seed, &Plan::rough(1_000));
    for line in lines {
        println!("{line}");
    }
    println!("{:#?}", report.broken);
}
