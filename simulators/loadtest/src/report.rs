//! What came of a test, for people and for programs.

use hdrhistogram::Histogram;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use crate::{
    Options,
    meters::{Count, Meters, WAITS},
};

/// All figures of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where the server is.
    pub server: String,
    pub tenants: u32,
    pub agents: u64,
    pub clients: u64,
    pub sockets: u64,
    /// Messages a second that were asked for.
    pub rate: u32,
    /// How long clients wrote, in seconds. Shorter than asked for if the test was stopped.
    pub seconds: f64,
    pub seed: u64,
    pub messages: Messages,
    pub agents_did: AgentsDid,
    /// Waiting, by kind; in the order of a message's way.
    pub waits: BTreeMap<&'static str, Waited>,
    /// How long after the last message nothing was left to do, in seconds. None: it was not within a minute.
    pub settled_after_s: Option<f64>,
    pub checked: Checked,
}

/// What became of the clients' messages.
#[derive(Clone, Debug, Serialize)]
pub struct Messages {
    pub due: u64,
    pub nobody_free: u64,
    pub taken: u64,
    pub told_to_wait: u64,
    pub failed: u64,
    pub given_up: u64,
    pub shown: u64,
}

/// What the agents did.
#[derive(Clone, Debug, Serialize)]
pub struct AgentsDid {
    pub actions_applied: u64,
    pub conflicts: u64,
    pub errors: u64,
    pub reconnects: u64,
}

/// How long something took: microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Waited {
    pub count: u64,
    pub p50_us: u64,
    pub p90_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    pub max_us: u64,
}

/// Threads that were read after the load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Checked {
    pub threads: u64,
    /// Messages that were answered 2xx and are in no thread.
    pub missing: u64,
    /// Messages that stand in a thread more than once.
    pub doubled: u64,
}

impl Checked {
    /// A thread that should have so many messages has these.
    pub(crate) fn compare(&mut self, taken: u32, times: &HashMap<&str, u64>) {
        self.missing += u64::from(taken).saturating_sub(times.len() as u64);
        self.doubled += times.values().map(|times| times - 1).sum::<u64>();
    }
}

impl Waited {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Self {
            count: histogram.len(),
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: histogram.max(),
        }
    }
}

impl Report {
    pub(crate) fn new(
        server: &str,
        options: &Options,
        wrote: Duration,
        meters: &Meters,
        settled: Option<Duration>,
        checked: Checked,
    ) -> Self {
        let counted = |count| meters.counted(count);
        Self {
            server: server.to_owned(),
            tenants: options.tenants,
            agents: options.all_agents(),
            clients: options.all_leads(),
            sockets: options.all_agents() * u64::from(options.sockets),
            rate: options.rate,
            seconds: wrote.as_secs_f64(),
            seed: options.seed,
            messages: Messages {
                due: counted(Count::Due),
                nobody_free: counted(Count::NobodyFree),
                taken: counted(Count::Taken),
                told_to_wait: counted(Count::ToldToWait),
                failed: counted(Count::Failed),
                given_up: counted(Count::GivenUp),
                shown: counted(Count::Shown),
            },
            agents_did: AgentsDid {
                actions_applied: counted(Count::Applied),
                conflicts: counted(Count::Conflicts),
                errors: counted(Count::AgentErrors),
                reconnects: counted(Count::Reconnects),
            },
            waits: WAITS.iter().map(|(wait, name)| (*name, Waited::of(&meters.waits(*wait)))).collect(),
            settled_after_s: settled.map(|settled| settled.as_secs_f64()),
            checked,
        }
    }

    /// Nothing that was answered 2xx is missing or doubled, and everything settled.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.checked.missing == 0 && self.checked.doubled == 0 && self.settled_after_s.is_some()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, agents_did, checked, .. } = self;
        writeln!(f, "Load test of {}, {:.0} s, seed {}", self.server, self.seconds, self.seed)?;
        writeln!(
            f,
            "{} tenants, {} agents, {} clients, {} open pages; {} messages a second asked for",
            self.tenants, self.agents, self.clients, self.sockets, self.rate
        )?;
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = messages.taken as f64 / self.seconds.max(f64::EPSILON);
        writeln!(f)?;
        writeln!(
            f,
            "messages   {} due, {} taken ({rate:.1}/s), {} shown",
            messages.due, messages.taken, messages.shown
        )?;
        writeln!(
            f,
            "           {} not written (nobody free), {} told to wait, {} failed, {} given up",
            messages.nobody_free, messages.told_to_wait, messages.failed, messages.given_up
        )?;
        writeln!(
            f,
            "agents     {} actions, {} conflicts, {} errors, {} sockets opened again",
            agents_did.actions_applied, agents_did.conflicts, agents_did.errors, agents_did.reconnects
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "{:20}{:>9}{:>11}{:>11}{:>11}{:>11}{:>11}",
            "", "count", "p50", "p90", "p99", "p99.9", "max"
        )?;
        for (_, name) in WAITS {
            let Some(waited) = self.waits.get(name) else { continue };
            let [p50, p90, p99, p999, max] =
                [waited.p50_us, waited.p90_us, waited.p99_us, waited.p999_us, waited.max_us].map(spell);
            writeln!(f, "{name:20}{:>9}{p50:>11}{p90:>11}{p99:>11}{p999:>11}{max:>11}", waited.count)?;
        }
        writeln!(f)?;
        match self.settled_after_s {
            Some(after) => writeln!(f, "settled {after:.1} s after the last message")?,
            None => writeln!(f, "NOT SETTLED within a minute of the last message")?,
        }
        let verdict = if self.is_whole() { "nothing was lost" } else { "NOT WHOLE" };
        write!(
            f,
            "{verdict}: {} threads read, {} messages missing, {} doubled",
            checked.threads, checked.missing, checked.doubled
        )
    }
}

/// Microseconds as people read them.
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
fn spell(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        _ => format!("{:.2} s", micros as f64 / 1e6),
    }
}
