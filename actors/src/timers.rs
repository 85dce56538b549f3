//! Timers (LIF-4). The lead's state is the truth; the durable index is a hint in five-minute buckets; this actor, one per
//! group of partitions, reads the hints ahead into one ordered map and wakes leads at their time, late ones first and in
//! order. No task and no allocation per timer beyond its two map entries.

use bytes::Bytes;
use futures::{StreamExt, stream};
use hearthline_engine::time::Timestamp;
use hearthline_storage_api::{
    Commit, KeyRange, Settled, Write, commit_settled,
    keys::{KeyReader, KeyWriter},
    rows::{
        codec::RowError,
        lead::LeadRef,
        timer::{
            Bucket, TIMER_GROUPS, WATERMARK_ROW, group_of, key, partition, read_key, watermark_partition,
        },
    },
};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    lead::{Ask, AskError},
    leads::Leads,
    node::StartError,
    observe::TimerObservation,
    ports::Ports,
};

/// How far ahead of now hints are read into memory.
const AHEAD_MS: i64 = 2 * Bucket::MILLIS;
/// How many buckets the watermark stays behind now: a hint's write that is still under way can't fall behind it.
const LAG_BUCKETS: u64 = 2;
/// Deadlines that fire at the same time, per group.
const FIRE_AT_ONCE: usize = 32;
/// When a lead could not take its tick, it is asked again after this.
const RETRY_MS: i64 = 1_000;
/// Hints read from a bucket at once.
const PAGE: usize = 1_000;

/// Arms timers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Timers {
    groups: Arc<[Group]>,
    ports: Arc<Ports>,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

struct Group {
    armed: Mutex<Armed>,
    changed: Notify,
}

/// The ordered map of a group, and where each lead stands in it.
#[derive(Default)]
struct Armed {
    by_time: BTreeSet<(Timestamp, LeadRef)>,
    by_lead: BTreeMap<LeadRef, Timestamp>,
    /// Hints before this moment have been read; later ones stay in the store alone.
    read_until: Timestamp,
    /// Leads that could not take their tick, with the deadline they missed: the watermark waits for them.
    missed: BTreeMap<LeadRef, Timestamp>,
}

impl Armed {
    /// Sets or clears a lead's deadline. One beyond what is read ahead is left to its hint.
    fn set(&mut self, lead: LeadRef, due: Option<Timestamp>) {
        if let Some(before) = self.by_lead.remove(&lead) {
            self.by_time.remove(&(before, lead));
        }
        if let Some(due) = due.filter(|due| *due < self.read_until) {
            self.by_lead.insert(lead, due);
            self.by_time.insert((due, lead));
        }
    }

    /// A hint from the store: what is armed already knows better.
    fn hint(&mut self, lead: LeadRef, due: Timestamp) {
        if let Entry::Vacant(place) = self.by_lead.entry(lead) {
            place.insert(due);
            self.by_time.insert((due, lead));
        }
    }

    /// Notes who took the tick; the others are asked again.
    fn told(&mut self, told: Vec<(Timestamp, LeadRef, bool)>, again: Timestamp) {
        for (at, lead, taken) in told {
            if taken {
                self.missed.remove(&lead);
            } else {
                self.missed.entry(lead).or_insert(at);
                self.hint(lead, again);
            }
        }
    }

    /// Everything before this moment has been told.
    fn settled(&self, now: Timestamp) -> Timestamp {
        let next = self.by_time.first().map_or(now, |(at, _)| *at);
        self.missed.values().copied().chain([next, now]).min().unwrap_or(now)
    }

    /// Takes the leads that are due, in the order of their deadlines.
    fn take_due(&mut self, now: Timestamp) -> Vec<(Timestamp, LeadRef)> {
        let mut due = Vec::new();
        while let Some((at, lead)) = self.by_time.first().copied().filter(|(at, _)| *at <= now) {
            self.by_time.remove(&(at, lead));
            self.by_lead.remove(&lead);
            due.push((at, lead));
        }
        due
    }
}

impl Timers {
    /// Reads everything that is due or nearly due, without firing yet.
    pub(crate) async fn start(ports: Arc<Ports>) -> Result<Self, StartError> {
        let now = ports.clock.now();
        let groups = stream::iter(0..TIMER_GROUPS)
            .map(|group| read_group(&ports, group, now))
            .buffered(usize::from(TIMER_GROUPS))
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(StartError::Timers)?;
        Ok(Self { groups: groups.into(), ports, tasks: Arc::default() })
    }

    /// Writes the hint of a lead's deadline, and arms it.
    pub(crate) async fn keep(&self, lead: LeadRef, due: Option<Timestamp>) -> Result<(), RowError> {
        if let Some(due) = due {
            self.write_hint(lead, due).await?;
        }
        self.arm(lead, due);
        Ok(())
    }

    /// Never behind the watermark: a hint that is due already goes into the bucket of now.
    async fn write_hint(&self, lead: LeadRef, due: Timestamp) -> Result<(), RowError> {
        let bucket = Bucket::of(due).max(Bucket::of(self.ports.clock.now()));
        let hint = Write::Put { key: key(due, lead), value: Bytes::new() };
        Ok(self.ports.store.put(&partition(bucket, group_of(lead.class())), 1, vec![hint]).await?)
    }

    /// The slow sweep's way: the hint is written again, and fires if nothing is armed. What is armed knows better.
    pub(crate) async fn keep_hint(&self, lead: LeadRef, due: Timestamp) -> Result<(), RowError> {
        self.write_hint(lead, due).await?;
        let group = &self.groups[usize::from(group_of(lead.class()))];
        let mut armed = group.armed.lock();
        if due < armed.read_until {
            armed.hint(lead, due);
        }
        drop(armed);
        group.changed.notify_one();
        Ok(())
    }

    /// Sets or clears the deadline of a lead, whose hint is durable.
    pub(crate) fn arm(&self, lead: LeadRef, due: Option<Timestamp>) {
        let group = &self.groups[usize::from(group_of(lead.class()))];
        group.armed.lock().set(lead, due);
        group.changed.notify_one();
    }

    /// What each group holds.
    pub(crate) fn observe(&self) -> Vec<TimerObservation> {
        let groups = (0..TIMER_GROUPS).zip(self.groups.iter());
        let seen = groups.map(|(group, place)| {
            let armed = place.armed.lock();
            TimerObservation {
                group,
                armed: armed.by_time.len(),
                missed: armed.missed.len(),
                next_at: armed.by_time.first().map(|(at, _)| *at),
                read_until: armed.read_until,
            }
        });
        seen.collect()
    }

    /// Starts firing.
    pub(crate) fn run(&self, leads: Leads) {
        let mut tasks = self.tasks.lock();
        for group in 0..TIMER_GROUPS {
            tasks.push(tokio::spawn(fire_forever(self.clone(), group, leads.clone())));
        }
    }

    /// Stops firing.
    pub(crate) fn stop(&self) {
        self.tasks.lock().drain(..).for_each(|task| task.abort());
    }
}

async fn read_group(ports: &Ports, group: u8, now: Timestamp) -> Result<Group, RowError> {
    let mut armed = Armed::default();
    let until = Bucket::of(now.plus_millis(AHEAD_MS)).next();
    let mut bucket = watermark(ports, group).await?.map_or(Bucket::of(now), |(bucket, _)| bucket);
    while bucket < until {
        read_bucket(ports, group, bucket, &mut |lead, due| armed.hint(lead, due)).await?;
        bucket = bucket.next();
    }
    armed.read_until = until.start();
    if watermark(ports, group).await?.is_none() {
        move_watermark(ports, group, Bucket::of(now)).await?;
    }
    Ok(Group { armed: Mutex::new(armed), changed: Notify::new() })
}

async fn read_bucket(
    ports: &Ports,
    group: u8,
    bucket: Bucket,
    take: &mut (dyn FnMut(LeadRef, Timestamp) + Send),
) -> Result<(), RowError> {
    let mut range = KeyRange::all().limit(PAGE);
    loop {
        let slice = ports.store.read(&partition(bucket, group), &range).await?;
        for row in &slice.rows {
            let (due, lead) = read_key(&row.key)?;
            take(lead, due);
        }
        let Some(last) = slice.rows.last().filter(|_| slice.rows.len() == PAGE) else { return Ok(()) };
        let mut from = last.key.to_vec();
        from.push(0);
        range.from = from.into();
    }
}

/// The first bucket that is not dealt with, and the version of its partition.
async fn watermark(ports: &Ports, group: u8) -> Result<Option<(Bucket, u64)>, RowError> {
    let slice = ports.store.read(&watermark_partition(group), &KeyRange::all()).await?;
    let Some(row) = slice.rows.first() else { return Ok(None) };
    Ok(Some((Bucket(KeyReader::new(&row.value).number()?), slice.version)))
}

async fn move_watermark(ports: &Ports, group: u8, to: Bucket) -> Result<(), RowError> {
    let standing = watermark(ports, group).await?;
    if standing.is_some_and(|(bucket, _)| bucket >= to) {
        return Ok(());
    }
    let value = KeyWriter::new().number(to.0).finish();
    let commit = Commit {
        partition: watermark_partition(group),
        expected: standing.map_or(0, |(_, version)| version),
        token: ports.random.token(),
        writes: vec![Write::Put { key: Bytes::from_static(WATERMARK_ROW), value }],
    };
    match commit_settled(&*ports.store, commit).await? {
        Settled::Applied => {}
        Settled::Conflict { .. } => return Err(RowError::Contended("timer_watermark")),
        Settled::Unresolved(error) => return Err(error.into()),
    }
    // Behind the watermark nothing is read again: whole buckets go.
    let mut bucket = standing.map_or(to, |(bucket, _)| bucket);
    while bucket < to {
        let place = partition(bucket, group);
        // Most are empty, and a read costs no write: after a long stop there are hundreds of them.
        if !ports.store.read(&place, &KeyRange::all().limit(1)).await?.rows.is_empty() {
            ports.store.clear(&place, &KeyRange::all()).await?;
        }
        bucket = bucket.next();
    }
    Ok(())
}

async fn fire_forever(timers: Timers, group: u8, leads: Leads) {
    let place = &timers.groups[usize::from(group)];
    let ports = &timers.ports;
    loop {
        let now = ports.clock.now();
        if let Err(error) = read_ahead(&timers, group, now).await {
            tracing::warn!(group, %error, "timers could not be read ahead");
        }
        let due = place.armed.lock().take_due(now);
        let any = !due.is_empty();
        let told: Vec<(Timestamp, LeadRef, bool)> = stream::iter(due)
            .map(|(at, lead)| {
                let leads = leads.clone();
                let ports = Arc::clone(ports);
                async move { (at, lead, fire(&ports, &leads, lead).await) }
            })
            .buffered(FIRE_AT_ONCE)
            .collect()
            .await;
        let again = ports.clock.now().plus_millis(ports.clock.pace().in_wall_millis(RETRY_MS));
        place.armed.lock().told(told, again);
        if any {
            continue;
        }
        let next = place.armed.lock().by_time.first().map(|(at, _)| *at);
        let wake_at = next.unwrap_or(now.plus_millis(AHEAD_MS / 2)).min(now.plus_millis(AHEAD_MS / 2));
        // Biased, so that a simulated run repeats.
        tokio::select! {
            biased;
            () = place.changed.notified() => {}
            () = ports.clock.sleep_until(wake_at) => {}
        }
    }
}

/// Wakes one lead. Answers whether it took the tick.
async fn fire(ports: &Ports, leads: &Leads, lead: LeadRef) -> bool {
    ports.metrics.timers_fired.inc();
    match leads.ask(lead, Ask::Tick).await {
        Ok(_) | Err(AskError::Rejected(_)) => true,
        Err(error) => {
            tracing::warn!(lead = %lead.lead, %error, "a deadline could not be told");
            false
        }
    }
}

/// Keeps the next minutes in memory, and drops the buckets that are past for good.
async fn read_ahead(timers: &Timers, group: u8, now: Timestamp) -> Result<(), RowError> {
    let place = &timers.groups[usize::from(group)];
    let ports = &timers.ports;
    let read_until = place.armed.lock().read_until;
    let until = Bucket::of(now.plus_millis(AHEAD_MS)).next();
    let mut bucket = Bucket::of(read_until);
    if until <= bucket {
        return Ok(());
    }
    // Hints of these buckets that are written from now on are armed in memory as well.
    place.armed.lock().read_until = until.start();
    let mut hints = Vec::new();
    while bucket < until {
        let read = read_bucket(ports, group, bucket, &mut |lead, due| hints.push((lead, due))).await;
        if let Err(error) = read {
            place.armed.lock().read_until = read_until;
            return Err(error);
        }
        bucket = bucket.next();
    }
    {
        let mut armed = place.armed.lock();
        hints.into_iter().for_each(|(lead, due)| armed.hint(lead, due));
    }
    let settled = place.armed.lock().settled(now);
    let behind = Bucket(Bucket::of(settled).0.saturating_sub(LAG_BUCKETS));
    move_watermark(ports, group, behind).await
}
