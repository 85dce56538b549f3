//! `hearthline demo`: a brokerage with a past, made through public routes on an embedded store, whose clients write by
//! signed webhooks for as long as it runs.
//!
//! The engine's clock starts days back, jumps while the past is lived through, and then runs so many times as fast as
//! people's. What lives there is `hearthline-load`'s; here it gets a server, a clock, a folder, and an end.

mod folder;

use anyhow::Context;
use hearthline_actors::Clock;
use hearthline_engine::time::Timestamp;
use hearthline_load::{
    drive::{EngineTime, Kept, Office, Past, Providers, Traffic, Valve, seed},
    plan::Plan,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use self::folder::Folder;
use crate::{
    clock::{DemoClock, SystemClock},
    config::{Config, LogFormat},
    serve::Server,
    signals::Stop,
};

/// How the demo is started.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Keeps everything here instead of in a temporary folder that goes with the process; a second time, goes on with it.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// How many times as fast as wall time deadlines pass. Undo, sessions and limits keep wall time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub speed: u32,
}

/// The same brokerage at every first start.
const SEED: u64 = 7;
/// Since the start, when the past should be over (surface: the address is there within 10 s). What a slow machine can't do
/// until then is left out.
const PAST_WITHIN: Duration = Duration::from_millis(5_500);
/// But it gets so long, however late it is.
const PAST_AT_LEAST: Duration = Duration::from_millis(1_500);
/// So long before the past the clock starts: the brokerage is made then.
const BEFORE_THE_PAST_MS: i64 = 3_600_000;
/// It is kept where the past stands after so many steps.
const STEPS_A_KEEP: usize = 64;
/// How long the first agent's deck may take to fill.
const CARDS_WITHIN: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(15);
/// How often it is kept where the demo stands.
const KEEP_EVERY: Duration = Duration::from_secs(5);
/// So many rounds between two looks at the room.
const ROUNDS_A_LOOK: u32 = 12;
/// With more than this on disk, in bytes, everybody falls silent: a demo that is forgotten fills no disk.
const ROOM: u64 = 1 << 30;

/// The demo's clock, in the generator's hands.
struct Moved(Arc<DemoClock>);

impl EngineTime for Moved {
    fn now_ms(&self) -> i64 {
        self.0.now().as_millis()
    }

    fn jump_to(&self, at_ms: i64) {
        self.0.jump_to(Timestamp::from_millis(at_ms));
    }
}

/// Runs the demo until it is stopped.
///
/// # Errors
/// It could not be started or seeded.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let (began, stop) = (Instant::now(), Stop::listen().context("setting up signals")?);
    let folder = Folder::open(args.data_dir.clone())?;
    let kept = match folder.kept()? {
        Some(kept) => kept,
        None => Kept::fresh(SEED, folder::secrets()?),
    };
    folder.keep(&kept)?;
    let operator = folder.operator_token()?;
    let config = configuration(&args, folder.path(), folder.operator_token_file());
    crate::logging::start(&config.log)?;
    let plan = (!kept.seeded).then(|| Plan::of(kept.seed));
    let clock = Arc::new(DemoClock::starting_at(starts_at(&kept, plan.as_ref())));
    let server = Server::start_by(config, Arc::<DemoClock>::clone(&clock)).await?;
    let demo = Demo { folder, clock, base: format!("http://{}", server.address()), speed: args.speed };
    let living = async {
        let (kept, office) = demo.open(kept, plan, &operator, began).await?;
        demo.announce(&kept);
        demo.live(kept, office).await
    };
    // Also in the middle of the past.
    let lived = tokio::select! {
        lived = living => lived,
        () = stop.told() => Ok(()),
    };
    server.stop().await?;
    lived
}

/// Before the past, or where the clock stood when the demo was stopped; in the present never before now.
fn starts_at(kept: &Kept, plan: Option<&Plan>) -> Timestamp {
    let (now, shown) = (SystemClock.now(), Timestamp::from_millis(kept.shown_ms));
    match plan {
        Some(plan) if kept.past_ends_ms.is_none() => now.plus_millis(-plan.begins_ms() - BEFORE_THE_PAST_MS),
        Some(_) => shown,
        None => now.max(shown),
    }
}

/// What a running demo is made of, beside its server.
struct Demo {
    folder: Folder,
    clock: Arc<DemoClock>,
    base: String,
    speed: u32,
}

impl Demo {
    /// The brokerage, with its past behind it.
    async fn open(
        &self,
        mut kept: Kept,
        plan: Option<Plan>,
        operator: &str,
        began: Instant,
    ) -> anyhow::Result<(Kept, Arc<Office>)> {
        let providers = Providers::start(kept.seed).await.context("starting the simulated providers")?;
        let opened = Office::open(&self.base, operator, &mut kept, providers).await;
        // What was made is known also if the rest failed.
        self.folder.keep(&kept)?;
        let office = Arc::new(opened.context("making the demo's brokerage")?);
        if let Some(plan) = plan {
            self.live_through(&mut kept, &plan, &office, began).await?;
        }
        self.clock.jump_to(SystemClock.now());
        self.clock.run(self.speed);
        let cards = async {
            while office.person(0).get("/v1/deck").await.is_ok_and(|deck| deck["cards"][0].is_null()) {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        if tokio::time::timeout(CARDS_WITHIN, cards).await.is_err() {
            tracing::warn!("the first agent's deck is empty yet");
        }
        Ok((kept, office))
    }

    /// A past that was cut off goes on where it stood.
    async fn live_through(
        &self,
        kept: &mut Kept,
        plan: &Plan,
        office: &Arc<Office>,
        began: Instant,
    ) -> anyhow::Result<()> {
        let ends_ms = *kept.past_ends_ms.get_or_insert(SystemClock.now().as_millis());
        kept.shown_ms = self.clock.now().as_millis();
        self.folder.keep(kept)?;
        let within = PAST_WITHIN.saturating_sub(began.elapsed()).max(PAST_AT_LEAST);
        let past = Past { plan, done: kept.past_done, ends_ms, within };
        let time: Arc<dyn EngineTime> = Arc::new(Moved(Arc::clone(&self.clock)));
        let stands = |done: usize| {
            if done < kept.past_done + STEPS_A_KEEP {
                return;
            }
            (kept.past_done, kept.shown_ms) = (done, self.clock.now().as_millis());
            if let Err(error) = self.folder.keep(kept) {
                tracing::warn!(%error, "where the past stands could not be kept");
            }
        };
        let seeded = seed(office, past, &time, stands).await.context("living through the demo's past")?;
        tracing::info!(?seeded, took = ?began.elapsed(), "the past is over");
        kept.seeded = true;
        self.folder.keep(kept)
    }

    #[allow(
        clippy::print_stdout,
        reason = "these lines are the demo's interface (surface: \"hearthline demo\")"
    )]
    fn announce(&self, kept: &Kept) {
        println!("{}", self.base);
        for person in &kept.sign_ins {
            println!("{}  {}  {}", person.role, person.email, person.password);
        }
    }

    /// Life goes on, and where it stands is kept.
    async fn live(&self, mut kept: Kept, office: Arc<Office>) -> anyhow::Result<()> {
        let (valve, time) = (Arc::new(Valve::default()), Arc::new(Moved(Arc::clone(&self.clock))));
        // Other dice after each restart: what was thrown before is not thrown again.
        let dice = (self.clock.now().as_millis().unsigned_abs(), self.speed);
        let traffic = Traffic::new(office, time, Arc::clone(&valve), &kept, dice);
        let next_client = traffic.next_client();
        let kept_up = async {
            for round in 1_u32.. {
                self.stand(&mut kept, &next_client)?;
                tokio::time::sleep(KEEP_EVERY).await;
                if round.is_multiple_of(ROUNDS_A_LOOK) {
                    self.look_at_room(&valve).await?;
                }
            }
            Ok::<(), anyhow::Error>(())
        };
        tokio::select! {
            () = traffic.run() => Ok(()),
            ended = kept_up => ended,
        }
    }

    /// The clock as it will be at the next round but one: it may have shown that when the process is killed.
    fn stand(&self, kept: &mut Kept, next_client: &AtomicU32) -> anyhow::Result<()> {
        let ahead_ms = 2 * i64::try_from(KEEP_EVERY.as_millis())?;
        let ahead_ms = self.clock.pace().in_wall_millis(ahead_ms);
        kept.shown_ms = self.clock.now().plus_millis(ahead_ms).as_millis();
        kept.next_client = next_client.load(Ordering::Relaxed);
        self.folder.keep(kept)
    }

    async fn look_at_room(&self, valve: &Valve) -> anyhow::Result<()> {
        let folder = self.folder.path().to_owned();
        let size_bytes = tokio::task::spawn_blocking(move || folder::size_bytes(&folder)).await?;
        match (size_bytes > ROOM, valve.is_closed()) {
            (true, false) => {
                tracing::warn!(size_bytes, "the demo has grown large: its clients fall silent");
                valve.close();
            }
            (false, true) => valve.open(),
            (true, true) | (false, false) => {}
        }
        Ok(())
    }
}

fn configuration(args: &DemoArgs, folder: &Path, token_file: PathBuf) -> Config {
    let mut config = Config::default();
    config.http.listen = args.listen;
    config.http.public_url = format!("http://{}", args.listen);
    config.http.operator_token_file = Some(token_file);
    config.store.path = folder.join("data");
    config.keys.master_file = folder.join("master.key");
    config.log.format = LogFormat::Text;
    // What is printed is for people who look at it; who wants to know more says so, as to `serve`.
    config.log.filter = std::env::var("HEARTHLINE__LOG__FILTER").unwrap_or_else(|_| "warn".to_owned());
    config
}
