//! The one thread that decides and writes: everything queued during one sync shares the next.

use hearthline_storage_api::StoreError;
use std::{sync::Arc, time::Duration};

use super::{
    batch,
    group::{Failure, Group, Request},
    keeper::Keeper,
    space::{Shared, store_error},
};
use crate::{
    log::{Log, LogError, Record},
    queue::{Reading, Taken},
};

/// After so long without work, what was written is made provable, and snapshots let go of the past.
const IDLE: Duration = Duration::from_millis(100);

/// Memory tables that may wait for the keeper before writes wait too.
const MAX_SEALED: usize = 3;

pub(super) struct Committer {
    shared: Arc<Shared>,
    keeper: Arc<Keeper>,
    log: Log,
    last_label: u64,
}

impl Committer {
    pub const fn new(shared: Arc<Shared>, keeper: Arc<Keeper>, log: Log, last_label: u64) -> Self {
        Self { shared, keeper, log, last_label }
    }

    pub fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let _reading = Reading(&shared.queue);
        self.seal_if_large();
        let mut requests = Vec::new();
        loop {
            match shared.queue.take(&mut requests, shared.config.max_group_bytes, IDLE) {
                Taken::Items => self.commit(&mut requests),
                Taken::Idle => self.rest(),
                Taken::Closed => break,
            }
        }
        self.rest();
    }

    /// Decides, writes, syncs, shows, answers: in this order.
    fn commit(&mut self, requests: &mut Vec<Request>) {
        if let Err(error) = self.room() {
            requests.drain(..).for_each(|request| request.refuse(error.clone()));
            return;
        }
        let tree = Arc::clone(&self.shared.tree);
        let mut group = Group::new(&tree);
        requests.drain(..).for_each(|request| group.add(request));
        if let Err(failure) = self.write(&group) {
            group.fail(&failure);
            if let Failure::InDoubt(error) = failure {
                self.shared.halt(error);
            }
            return;
        }
        if let Some((label, _)) = group.records.last() {
            self.last_label = *label;
        }
        tree.apply(std::mem::take(&mut group.records));
        tree.publish();
        group.answer();
        self.seal_if_large();
    }

    /// Whether anything may be written now.
    fn room(&self) -> Result<(), StoreError> {
        if let Some(why) = self.shared.halted.get()
            && !matches!(why, StoreError::Unavailable(_))
        {
            return Err(why.clone());
        }
        let reserve = self.shared.config.reserve_bytes;
        match self.shared.disk.free_bytes(&self.shared.folder) {
            Ok(free) if free >= reserve => self.keeper.wait_for_room(&self.shared, MAX_SEALED),
            Ok(free) => Err(StoreError::Full(format!("{free} bytes are free, the reserve is {reserve}"))),
            Err(error) => Err(StoreError::Unavailable(format!("asking for room: {error}"))),
        }
    }

    fn write(&mut self, group: &Group<'_>) -> Result<(), Failure> {
        let payloads: Vec<(u64, Vec<u8>)> =
            group.records.iter().map(|(number, writes)| (*number, batch::encode(writes))).collect();
        let records: Vec<Record<'_>> =
            payloads.iter().map(|(label, payload)| Record { label: *label, payload }).collect();
        match self.log.append(&self.last_label.to_le_bytes(), &records) {
            Ok(_) => Ok(()),
            Err(error @ LogError::Full(_)) => Err(Failure::Nothing(store_error(&error))),
            Err(error) => Err(Failure::InDoubt(store_error(&error))),
        }
    }

    fn seal_if_large(&self) {
        if self.shared.tree.memory_bytes() >= self.shared.config.memory_bytes {
            self.keeper.seal(&self.shared, self.last_label);
        }
    }

    fn rest(&mut self) {
        // Numbers that the tree took for itself: without this the latest snapshot would hold on to what it replaced.
        self.shared.tree.publish();
        match self.log.settle() {
            Ok(()) | Err(LogError::Poisoned(_)) => {}
            Err(LogError::Full(text)) => tracing::warn!(text, "the last mark waits for room"),
            Err(error) => self.shared.halt(store_error(&error)),
        }
    }
}
