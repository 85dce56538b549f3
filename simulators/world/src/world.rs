//! A world from its first event to its verdict.

use hearthline_storage_memory::{MemoryStore, MemoryStream};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::runtime::{Builder, Runtime};

use crate::{
    calendar::MORNINGS,
    carrier::Exchange,
    dice::Dice,
    drive::Driver,
    ledger::{Counts, Ledger},
    life::{Cut, Life, Place},
    office::Office,
    people::People,
    plan::{Deaths, Plan, Temper, Weather},
    running::{Durable, Running},
    screens::Screens,
    storage::Sky,
    trace::Trace,
    verdict,
};

/// So long a world may take to settle before that is a fault of its own.
const SETTLE: Duration = Duration::from_secs(3_600);

/// Runs worlds.
#[derive(Clone, Copy, Debug)]
pub struct World;

/// What became of one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Report {
    pub seed: u64,
    pub counts: Counts,
    /// Where incarnations died.
    pub deaths: BTreeMap<Place, u64>,
    /// Of everything that happened: equal for two runs of a seed.
    pub trace: u64,
    /// How many lines the trace took in.
    pub trace_lines: u64,
    /// What does not hold, in words.
    pub broken: Vec<String>,
}

impl World {
    /// Runs the world of a seed to its end.
    pub fn run(seed: u64, plan: &Plan) -> Report {
        Self::run_tracing(seed, plan, Trace::default()).0
    }

    /// As [`World::run`], and every line of its trace.
    pub fn run_and_tell(seed: u64, plan: &Plan) -> (Report, Vec<String>) {
        let (report, trace) = Self::run_tracing(seed, plan, Trace::keeping());
        (report, trace.take_lines())
    }

    fn run_tracing(seed: u64, plan: &Plan, trace: Trace) -> (Report, Arc<Trace>) {
        let trace = Arc::new(trace);
        let mut history = History::new(seed, plan, Arc::clone(&trace));
        history.live_through();
        history.judge();
        (history.report(), trace)
    }
}

/// A world on its way.
struct History<'a> {
    plan: &'a Plan,
    durable: Durable,
    dice: Dice,
    deaths_dice: Dice,
    deaths: BTreeMap<Place, u64>,
    broken: Vec<String>,
}

/// How an incarnation went.
enum Ended {
    /// It was to end here, between two events.
    Stopped,
    /// The plan has happened, and everything got its answer; or this did not.
    Settled(Vec<String>),
    Died,
    NeverStarted,
}

impl<'a> History<'a> {
    fn new(seed: u64, plan: &'a Plan, trace: Arc<Trace>) -> Self {
        let office = Arc::new(Office::set_up(&mut Dice::new(seed, 1), plan));
        let users = office.users.iter().map(|user| (user.tenant, user.viewer.user));
        let screens = Arc::new(Screens::new(users, Arc::clone(&trace)));
        let durable = Durable {
            seed,
            store: MemoryStore::new(),
            truths: Arc::default(),
            stream: Mutex::new(MemoryStream::default()),
            appended: Arc::default(),
            screens,
            office,
            ledger: Arc::new(Mutex::new(Ledger::default())),
            trace,
            sky: Arc::new(Sky::new(Dice::new(seed, 3), Weather::FAIR)),
            exchange: Arc::new(Exchange::new(Dice::new(seed, 5))),
            now: Mutex::new(
                MORNINGS[if plan.hours > 0 { Dice::new(seed, 6).below(MORNINGS.len()) } else { 0 }],
            ),
            incarnations: Mutex::new(0),
        };
        Self {
            plan,
            durable,
            dice: Dice::new(seed, 2),
            deaths_dice: Dice::new(seed, 4),
            deaths: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    /// One incarnation after another, until the plan has happened. The last one settles: the weather clears, and everything
    /// gets its answer.
    fn live_through(&mut self) {
        loop {
            let life = Arc::new(Life::default());
            let until = self.sentence(&life);
            let runtime = paused_runtime();
            let ended = runtime.block_on(self.incarnation(&life, until));
            // What the process held in memory goes, whatever it was in the middle of.
            drop(runtime);
            self.durable.screens.lose_all();
            self.reopen();
            match ended {
                Ended::Settled(broken) => {
                    self.broken.extend(broken);
                    return;
                }
                Ended::Stopped if self.durable.ledger.lock().counts.events < self.plan.events => {
                    self.died(None)
                }
                Ended::Stopped => {}
                Ended::Died => self.died(life.died_at()),
                Ended::NeverStarted => {
                    self.broken.push("a process did not start".to_owned());
                    return;
                }
            }
        }
    }

    /// Decides where the next incarnation dies, and up to which event it goes at most.
    fn sentence(&mut self, life: &Life) -> u64 {
        let events = self.durable.ledger.lock().counts.events;
        match self.plan.deaths {
            Deaths::Never => self.plan.events,
            Deaths::AnywhereEvery(_) if events >= self.plan.events => self.plan.events,
            Deaths::AnywhereEvery(every) => {
                // Half of them in the middle of a write, half between two events.
                let until = events + self.deaths_dice.between(1, 2 * every);
                if self.deaths_dice.chance(500) {
                    let visit = self.deaths_dice.between(1, 20 * every);
                    life.cut_at(Some(Cut { place: Place::AnyWrite, visit }));
                }
                until.min(self.plan.events)
            }
            Deaths::At { place, times, within } => {
                if self.durable.ledger.lock().counts.deaths < u64::from(times) {
                    let visit = self.deaths_dice.between(1, within);
                    life.cut_at(Some(Cut { place, visit }));
                }
                self.plan.events
            }
        }
    }

    fn died(&mut self, place: Option<Place>) {
        self.durable.ledger.lock().counts.deaths += 1;
        if let Some(place) = place {
            *self.deaths.entry(place).or_default() += 1;
        }
    }

    async fn incarnation(&mut self, life: &Arc<Life>, until: u64) -> Ended {
        let started = tokio::time::Instant::now();
        let ended = {
            let going = self.go(life, until);
            tokio::select! {
                biased;
                () = life.ended() => Ended::Died,
                ended = going => ended,
            }
        };
        let passed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let mut now = self.durable.now.lock();
        *now = now.plus_millis(passed + 1);
        ended
    }

    async fn go(&mut self, life: &Arc<Life>, until: u64) -> Ended {
        let done = |history: &Self| history.durable.ledger.lock().counts.events >= history.plan.events;
        let weather = if done(self) { Weather::FAIR } else { self.plan.weather };
        self.durable.exchange.set(self.plan.temper);
        let Some(people) = begin(&self.durable, life, weather).await else {
            return Ended::NeverStarted;
        };
        let mut driver = Driver { durable: &self.durable, people, dice: &mut self.dice, plan: self.plan };
        driver.drive(until).await;
        let people = driver.people;
        // What was acknowledged in bad weather may have been forgotten: only the next process is given it again.
        if !done(self) || weather != Weather::FAIR {
            return Ended::Stopped;
        }
        self.durable.exchange.set(Temper::CALM);
        Ended::Settled(verdict::settled(&self.durable, &people.running, SETTLE).await)
    }

    /// The stream's next session; some acknowledgements of the last one are forgotten.
    fn reopen(&mut self) {
        let mut stream = self.durable.stream.lock();
        let dice = &mut self.deaths_dice;
        let next = stream.reopen_forgetting(|_, _| dice.chance(100));
        *stream = next;
    }

    /// A new process is given everything once more, to no effect; then the verdict.
    fn judge(&mut self) {
        {
            let mut stream = self.durable.stream.lock();
            let next = stream.reopen_forgetting(|_, _| true);
            *stream = next;
        }
        let life = Arc::new(Life::default());
        let runtime = paused_runtime();
        let broken = runtime.block_on(self.judge_settled(&life));
        drop(runtime);
        self.broken.extend(broken);
    }

    async fn judge_settled(&mut self, life: &Arc<Life>) -> Vec<String> {
        self.durable.exchange.set(Temper::CALM);
        let Some(people) = begin(&self.durable, life, Weather::FAIR).await else {
            return vec!["a process did not start in fair weather".to_owned()];
        };
        let mut broken = verdict::settled(&self.durable, &people.running, SETTLE).await;
        if broken.is_empty() {
            broken.extend(verdict::judge(&self.durable, &people.running).await);
        }
        broken
    }

    fn report(mut self) -> Report {
        self.broken.extend(self.durable.screens.take_broken());
        let mut ledger = self.durable.ledger.lock();
        self.broken.append(&mut ledger.contradictions);
        ledger.counts.deltas = self.durable.screens.deltas();
        ledger.counts.calls = self.durable.exchange.call_count();
        ledger.counts.taken = self.durable.exchange.taken().len() as u64;
        ledger.counts.statuses = self.durable.exchange.callbacks().len() as u64;
        let (trace, trace_lines) = self.durable.trace.digest();
        Report {
            seed: self.durable.seed,
            counts: ledger.counts,
            deaths: self.deaths.clone(),
            trace,
            trace_lines,
            broken: std::mem::take(&mut self.broken),
        }
    }
}

/// A process starts; pages attach; whoever is without an answer asks again.
async fn begin(durable: &Durable, life: &Arc<Life>, weather: Weather) -> Option<People> {
    let running = Arc::new(Running::start(durable, Arc::clone(life), weather).await?);
    let people = People {
        running,
        ledger: Arc::clone(&durable.ledger),
        office: Arc::clone(&durable.office),
        trace: Arc::clone(&durable.trace),
    };
    for user in &durable.office.users {
        let (tenant, user) = (user.tenant, user.viewer.user);
        let (screens, people) = (Arc::clone(&durable.screens), people.clone());
        let from = screens.begin_attaching(tenant, user);
        tokio::spawn(async move {
            loop {
                match people.running.node.decks().attach(tenant, user, from).await {
                    Ok(attached) => return screens.attached(tenant, user, attached),
                    Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
                }
            }
        });
    }
    while people.running.node.finish_rollouts().await.is_err() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    while people.running.node.finish_settlements().await.is_err() {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    people.take_up_what_was_left();
    Some(people)
}

fn paused_runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing from the system")
}
