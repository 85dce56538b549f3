//! Which kills, how many of each, in which order; and the table of what they came to.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::Path,
    sync::atomic::Ordering::Relaxed,
    time::Duration,
};

use super::{dice::Dice, ledger::Ledger};

/// The points, as `actors/src/points.rs` names them, with how many kills each gets and how often it is passed at most
/// before. Those that only strangers' first messages pass are passed seldom.
const AT_POINTS: &[(&str, &str, usize, u64)] = &[
    ("append", "verified", 4, 80),
    ("append", "append", 8, 80),
    ("claim", "identify", 4, 4),
    ("claim", "claim", 8, 80),
    ("commit", "hot", 4, 5),
    ("commit", "key", 4, 4),
    ("commit", "commit", 8, 80),
    ("project", "project_timeline", 5, 80),
    ("project", "project_decks", 5, 60),
    ("project", "project_timer", 5, 8),
    ("project", "project_directory", 5, 60),
    ("project", "project_opt_out", 3, 4),
    ("acknowledge", "acknowledge", 8, 80),
    ("acknowledge", "acknowledged", 4, 80),
    ("acknowledge", "claim_done", 4, 80),
];

const FROM_OUTSIDE: usize = 20;
/// How many of those come while the server starts.
const WHILE_STARTING: usize = 6;

/// How a run of the server ends.
#[derive(Clone, Copy, Debug)]
pub enum Kill {
    /// `serving`: counted from when it is ready, not from its start.
    AtPoint { point: &'static str, nth: u64, serving: bool },
    /// That long after its launch, or after it is ready.
    FromOutside { after: Duration, from_launch: bool },
}

/// One run of the server.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub stage: &'static str,
    pub kill: Kill,
}

impl Round {
    /// What the server is started with.
    pub fn variables(&self, serving_file: &Path) -> Vec<(&'static str, String)> {
        match self.kill {
            Kill::AtPoint { point, nth, serving } => {
                let from = if serving { serving_file } else { Path::new("/") };
                let at = format!("{point}:{nth}");
                vec![("HEARTHLINE_KILL_AT", at), ("HEARTHLINE_KILL_FROM", from.display().to_string())]
            }
            Kill::FromOutside { .. } => vec![("HEARTHLINE_KILL_AT", String::new())],
        }
    }

    fn name(&self) -> &'static str {
        match self.kill {
            Kill::AtPoint { point, .. } => point,
            Kill::FromOutside { from_launch: true, .. } => "while starting",
            Kill::FromOutside { from_launch: false, .. } => "any moment",
        }
    }
}

/// All rounds, in an order by chance.
pub fn rounds(dice: &mut Dice) -> Vec<Round> {
    let mut rounds = Vec::new();
    for &(stage, point, kills, passed) in AT_POINTS {
        for n in 0..kills {
            // Every fourth may die while it takes up what was left, and redelivery comes to it.
            let serving = n % 4 != 3;
            rounds.push(Round { stage, kill: Kill::AtPoint { point, nth: dice.roll(1..=passed), serving } });
        }
    }
    for n in 0..FROM_OUTSIDE {
        let from_launch = n < WHILE_STARTING;
        let after = Duration::from_millis(if from_launch { dice.roll(20..=400) } else { dice.roll(1..=300) });
        rounds.push(Round { stage: "from outside", kill: Kill::FromOutside { after, from_launch } });
    }
    dice.shuffle(&mut rounds);
    rounds
}

#[derive(Default)]
struct Row {
    kills: usize,
    before_ready: usize,
}

/// What the kills came to.
#[derive(Default)]
pub struct Table {
    rows: BTreeMap<(&'static str, &'static str), Row>,
    ready_after: Vec<Duration>,
}

impl Table {
    pub fn note(&mut self, round: &Round, ready_after: Option<Duration>) {
        let row = self.rows.entry((round.stage, round.name())).or_default();
        row.kills += 1;
        row.before_ready += usize::from(ready_after.is_none());
        self.ready_after.extend(ready_after);
    }

    /// Every point had all of its kills.
    pub fn assert_complete(&self) {
        for &(stage, point, kills, _) in AT_POINTS {
            let row = self.rows.get(&(stage, point));
            assert_eq!(row.map_or(0, |row| row.kills), kills, "kills at {point}");
        }
    }

    /// To standard output itself: what a passing test prints through `println!` is swallowed.
    pub fn print(&self, dice: &Dice, ledger: &Ledger) {
        let mut text = format!("\nkills of the started binary under load (seed {})\n", dice.seed);
        text += "stage         at                  kills  before it was ready\n";
        for ((stage, name), row) in &self.rows {
            text += &format!("{stage:<13} {name:<19} {:>5}  {:>5}\n", row.kills, row.before_ready);
        }
        let all: usize = self.rows.values().map(|row| row.kills).sum();
        let mut starts = self.ready_after.clone();
        starts.sort();
        let at =
            |share: usize| starts.get(starts.len() * share / 100).copied().unwrap_or_default().as_millis();
        text += &format!("all {all}; ready after p50 {} ms, p90 {} ms\n", at(50), at(90));
        text += &ledger_text(ledger);
        let _ = io::stdout().write_all(text.as_bytes());
    }
}

fn ledger_text(ledger: &Ledger) -> String {
    let counts = &ledger.counts;
    let (messages, done) = (ledger.messages().len(), ledger.all_done());
    let done: usize = done.values().map(std::collections::BTreeSet::len).sum();
    format!(
        "{messages} messages in {} deliveries ({} unanswered, {} refused, {} repeated, {} pairs at one instant), none lost, none twice\n\
         {done} cards done in {} actions ({} repeated, {} in doubt, {} conflicts); {} deltas, {} times resumed; {} checks\n",
        counts.deliveries.load(Relaxed),
        counts.unanswered.load(Relaxed),
        counts.refused.load(Relaxed),
        counts.repeated.load(Relaxed),
        counts.at_one_instant.load(Relaxed),
        counts.acts.load(Relaxed),
        counts.acts_repeated.load(Relaxed),
        counts.acts_in_doubt.load(Relaxed),
        counts.conflicts.load(Relaxed),
        counts.deltas.load(Relaxed),
        counts.resumed.load(Relaxed),
        counts.checks.load(Relaxed),
    )
}
