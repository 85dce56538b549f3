//! Every user's open page: it holds a deck by deltas alone, and resumes from its position when the process is a new one.

use hearthline_actors::{Attached, DeckDelta, DeckFeed, DeckOp, DeckPosition};
use hearthline_engine::{
    deck::DeckCard,
    ids::{TaskId, TenantId, UserId},
};
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

use crate::trace::Trace;

/// One page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screen {
    pub position: Option<DeckPosition>,
    pub cards: BTreeMap<TaskId, DeckCard>,
    link: Link,
}

/// How a page stands to the process.
#[derive(Clone, Debug, Default)]
enum Link {
    /// Its process died, or it has not asked the new one yet: it hears nothing.
    #[default]
    Away,
    /// It has asked; what came since.
    Attaching(Vec<DeckDelta>),
    Attached,
}

/// All of them, and what they saw go wrong.
#[derive(Default)]
struct All {
    screens: BTreeMap<(TenantId, UserId), Screen>,
    broken: Vec<String>,
    deltas: u64,
}

/// The recorder behind the feed.
pub(crate) struct Screens {
    all: Mutex<All>,
    trace: Arc<Trace>,
}

impl Screens {
    pub(crate) fn new(users: impl Iterator<Item = (TenantId, UserId)>, trace: Arc<Trace>) -> Self {
        let screens = users.map(|user| (user, Screen::default())).collect();
        Self { all: Mutex::new(All { screens, ..All::default() }), trace }
    }

    pub(crate) fn of(&self, tenant: TenantId, user: UserId) -> Screen {
        self.all.lock().screens.get(&(tenant, user)).cloned().unwrap_or_default()
    }

    pub(crate) fn deltas(&self) -> u64 {
        self.all.lock().deltas
    }

    pub(crate) fn take_broken(&self) -> Vec<String> {
        std::mem::take(&mut self.all.lock().broken)
    }

    /// The process is gone, and every page's connection with it.
    pub(crate) fn lose_all(&self) {
        self.all.lock().screens.values_mut().for_each(|screen| screen.link = Link::Away);
    }

    /// The process is a new one: every page attaches again from where it stands.
    pub(crate) fn begin_attaching(&self, tenant: TenantId, user: UserId) -> Option<DeckPosition> {
        let mut all = self.all.lock();
        let screen = all.screens.entry((tenant, user)).or_default();
        screen.link = Link::Attaching(Vec::new());
        screen.position
    }

    /// What the page got, and then what came meanwhile.
    pub(crate) fn attached(&self, tenant: TenantId, user: UserId, attached: Attached) {
        let mut all = self.all.lock();
        let All { screens, broken, .. } = &mut *all;
        let screen = screens.entry((tenant, user)).or_default();
        match attached {
            Attached::Resumed { position, ops } => {
                ops.iter().for_each(|op| screen.apply(op));
                screen.position = Some(position);
            }
            Attached::Snapshot { position, cards } => {
                if screen.position.is_some() {
                    broken.push(format!("the page of {user} got a snapshot where it could have resumed"));
                }
                screen.cards = cards.into_iter().map(|(card, _)| (card.task, card)).collect();
                screen.position = Some(position);
            }
        }
        if let Link::Attaching(waiting) = std::mem::replace(&mut screen.link, Link::Attached) {
            waiting.iter().for_each(|delta| screen.take(user, delta, broken));
        }
    }
}

impl DeckFeed for Screens {
    fn changed(&self, tenant: TenantId, user: UserId, delta: DeckDelta) {
        let position = format!("{} {}", delta.prev, delta.position.offset);
        let ops: Vec<u8> = delta.ops.iter().flat_map(|op| *task_of(op).as_bytes()).collect();
        self.trace.note("delta", &[user.as_bytes(), position.as_bytes(), &ops]);
        let mut all = self.all.lock();
        all.deltas += 1;
        let All { screens, broken, .. } = &mut *all;
        let screen = screens.entry((tenant, user)).or_default();
        match &mut screen.link {
            Link::Away => {}
            Link::Attaching(waiting) => waiting.push(delta),
            Link::Attached => screen.take(user, &delta, broken),
        }
    }
}

impl Screen {
    fn take(&mut self, user: UserId, delta: &DeckDelta, broken: &mut Vec<String>) {
        let Some(standing) = self.position else { return };
        if delta.position.epoch != standing.epoch {
            broken.push(format!("the deck of {user} changed its epoch"));
        }
        if delta.position.offset <= standing.offset {
            return;
        }
        if delta.prev != standing.offset {
            broken.push(format!(
                "the page of {user} stood at {} and was told of a change from {} to {}",
                standing.offset, delta.prev, delta.position.offset
            ));
        }
        delta.ops.iter().for_each(|op| self.apply(op));
        self.position = Some(delta.position);
        self.look_at(user, &delta.ops, broken);
    }

    /// A lead has at most one automatic card, at every moment of every page.
    fn look_at(&self, user: UserId, changed: &[DeckOp], broken: &mut Vec<String>) {
        for op in changed {
            let DeckOp::Put(put, _) = op else { continue };
            let of_lead = |card: &&DeckCard| card.lead == put.lead && card.kind.is_automatic();
            if self.cards.values().filter(of_lead).count() > 1 {
                broken.push(format!("the page of {user} had two automatic cards of lead {}", put.lead));
            }
        }
    }

    fn apply(&mut self, op: &DeckOp) {
        match op {
            DeckOp::Put(card, _) => drop(self.cards.insert(card.task, (**card).clone())),
            DeckOp::Delete(task) => drop(self.cards.remove(task)),
        }
    }
}

fn task_of(op: &DeckOp) -> TaskId {
    match op {
        DeckOp::Put(card, _) => card.task,
        DeckOp::Delete(task) => *task,
    }
}
