//! Bench 1: a signed webhook to its durable 2xx, beside a loop that checks the same signatures, appends the same bytes and
//! syncs them in groups.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    Setup,
    load::Measured,
    office::Office,
    raw_log::{Grouped, RawFile},
    report::Table,
    servers::{Surface, Whole},
    wire::{BareServer, Connection, Delivery, Hook},
};

const IN_FLIGHT: &[u64] = &[1, 64, 1024];
/// Deliveries that are made beforehand and sent round and round where nobody looks whether they are new.
const POOL: u64 = 4096;
/// Clients that write again and again to the whole server.
const CLIENTS: u64 = 256;
/// More than the whole server can take in one turn of a second; it gets so many that are all new.
const NEW_PER_SECOND: f64 = 40_000.0;

pub fn run(setup: &Setup) -> anyhow::Result<Vec<Table>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut tables = Vec::new();
    for in_flight in IN_FLIGHT {
        tables.push(runtime.block_on(at(setup, *in_flight))?);
    }
    Ok(tables)
}

async fn at(setup: &Setup, in_flight: u64) -> anyhow::Result<Table> {
    let mut raw = Measured::new("HMAC, parse, append and fdatasync in groups: a loop, no HTTP");
    let mut bare = Measured::new("the same behind a bare HTTP/1.1 responder on loopback");
    let mut surface = Measured::new("our surface: webhook to durable 2xx");
    let mut whole = Measured::new("our whole server: the same while consumers apply every message");
    for _ in 0..setup.rounds {
        raw_loop(setup, in_flight, &mut raw).await?;
        bare_server(setup, in_flight, &mut bare).await?;
        our_surface(setup, in_flight, &mut surface).await?;
        our_server(setup, in_flight, &mut whole).await?;
    }
    Ok(Table {
        title: format!("{in_flight} in flight"),
        columns: vec!["", "per second", "ratio", "p50 / p99 ms"],
        rows: [&raw, &bare, &surface, &whole].map(|measured| measured.cells(&raw)).into(),
        note: "Client and server share the process and its cores. The client sends requests that were signed beforehand \
               over kept TCP connections, one for each in flight. The file of the first two is \
               written full beforehand. Ours also seals each entry, checks limits and times out."
            .to_owned(),
    })
}

async fn raw_loop(setup: &Setup, in_flight: u64, measured: &mut Measured) -> anyhow::Result<()> {
    let folder = setup.folder()?;
    let hook = Arc::new(Hook::of_nobody());
    let pool = pool(&hook);
    let grouped = Arc::new(Grouped::new(RawFile::with_room(folder.path())?));
    let next = Arc::new(AtomicU64::new(0));
    measured
        .run(in_flight, setup.turn(), move |_, _| {
            let (hook, pool, grouped, next) =
                (Arc::clone(&hook), Arc::clone(&pool), Arc::clone(&grouped), Arc::clone(&next));
            async move {
                let delivery = nth(&pool, &next);
                hook.check(&delivery.signature, &delivery.body)?;
                grouped.commit(vec![(Vec::new(), delivery.body.clone())]).await
            }
        })
        .await
}

async fn bare_server(setup: &Setup, in_flight: u64, measured: &mut Measured) -> anyhow::Result<()> {
    let folder = setup.folder()?;
    let hook = Hook::of_nobody();
    let pool = pool(&hook);
    let grouped = Arc::new(Grouped::new(RawFile::with_room(folder.path())?));
    let server = BareServer::start(hook, grouped, None).await?;
    over_http(setup, in_flight, measured, server.address, pool).await
}

async fn our_surface(setup: &Setup, in_flight: u64, measured: &mut Measured) -> anyhow::Result<()> {
    let surface = Surface::start(setup.folder()?).await?;
    let office = Office::open(surface.address).await?;
    over_http(setup, in_flight, measured, surface.address, pool(&office.hook)).await?;
    surface.stop().await
}

async fn our_server(setup: &Setup, in_flight: u64, measured: &mut Measured) -> anyhow::Result<()> {
    let whole = Whole::start(setup.folder()?).await?;
    let office = Office::open(whole.address()).await?;
    let count = (NEW_PER_SECOND * setup.seconds) as u64;
    let fresh = (0..count).map(|n| office.hook.sms(n, n % CLIENTS, "Is it still available?")).collect();
    over_http(setup, in_flight, measured, whole.address(), fresh).await?;
    whole.stop().await
}

async fn over_http(
    setup: &Setup,
    in_flight: u64,
    measured: &mut Measured,
    address: SocketAddr,
    deliveries: Arc<[Delivery]>,
) -> anyhow::Result<()> {
    let connections = Connection::many(address, in_flight).await?;
    let next = Arc::new(AtomicU64::new(0));
    measured
        .run(in_flight, setup.turn(), move |caller, _| {
            let (connections, deliveries, next) =
                (Arc::clone(&connections), Arc::clone(&deliveries), Arc::clone(&next));
            async move {
                let mut connection = connections[usize::try_from(caller)?].lock().await;
                connection.deliver(nth(&deliveries, &next)).await
            }
        })
        .await
}

fn pool(hook: &Hook) -> Arc<[Delivery]> {
    (0..POOL).map(|n| hook.sms(n, n % CLIENTS, "Is it still available?")).collect()
}

fn nth<'a>(deliveries: &'a [Delivery], next: &AtomicU64) -> &'a Delivery {
    let n = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
    &deliveries[n % deliveries.len()]
}
