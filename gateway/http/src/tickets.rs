//! Socket tickets: what opens `/v1/live` once within 30 s, so that no token stands in an address.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hearthline_actors::Clock;
use hearthline_api::Fault;
use hearthline_engine::{
    ids::UserId,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::Random;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::{ports::Ports, problem::Problem, viewer::Viewer};

/// How long a ticket can be used, in wall time.
pub const TICKET_LASTS: Seconds = Seconds(30);
/// How many tickets of one user stand at a time; the oldest goes first.
const PER_USER: usize = 16;
/// How many stand at a time.
const STANDING: usize = 100_000;

/// Tickets that were given and not used. In memory: after a restart, clients get new ones.
pub struct Tickets {
    wall: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    standing: Mutex<Standing>,
}

type TicketHash = [u8; 32];

#[derive(Default)]
struct Standing {
    holders: HashMap<TicketHash, (Viewer, Timestamp)>,
    /// In the order they were given, and so of their end.
    order: VecDeque<TicketHash>,
    by_user: HashMap<UserId, VecDeque<TicketHash>>,
}

impl Tickets {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { wall: ports.wall.clone(), random: ports.random.clone(), standing: Mutex::default() }
    }

    /// A new ticket.
    ///
    /// # Errors
    /// 503 when too many stand.
    pub(crate) fn issue(&self, viewer: Viewer) -> Result<String, Problem> {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes);
        let ticket = URL_SAFE_NO_PAD.encode(bytes);
        let now = self.wall.now();
        self.standing.lock().add(hash(&ticket), viewer, now)?;
        Ok(ticket)
    }

    /// Whose ticket it is; from now on it is nobody's.
    ///
    /// # Errors
    /// 401 when it is unknown, used or too old.
    pub fn redeem(&self, ticket: &str) -> Result<Viewer, Problem> {
        let now = self.wall.now();
        let taken = self.standing.lock().take(&hash(ticket));
        let standing = taken.filter(|(_, until)| now < *until);
        standing.map(|(viewer, _)| viewer).ok_or(Problem(Fault::TicketInvalid))
    }
}

impl Standing {
    fn add(&mut self, hash: TicketHash, viewer: Viewer, now: Timestamp) -> Result<(), Problem> {
        self.drop_old(now);
        if self.holders.len() >= STANDING {
            return Err(Fault::Unavailable { retry_after_s: 5 }.into());
        }
        let of_user = self.by_user.entry(viewer.user).or_default();
        of_user.push_back(hash);
        let oldest = if of_user.len() > PER_USER { of_user.pop_front() } else { None };
        if let Some(oldest) = oldest {
            self.holders.remove(&oldest);
        }
        self.order.push_back(hash);
        self.holders.insert(hash, (viewer, now.plus(TICKET_LASTS)));
        Ok(())
    }

    fn take(&mut self, hash: &TicketHash) -> Option<(Viewer, Timestamp)> {
        let taken = self.holders.remove(hash)?;
        self.forget(taken.0.user, hash);
        Some(taken)
    }

    fn forget(&mut self, user: UserId, hash: &TicketHash) {
        if let Some(of_user) = self.by_user.get_mut(&user) {
            of_user.retain(|other| other != hash);
            if of_user.is_empty() {
                self.by_user.remove(&user);
            }
        }
    }

    /// Amortized: every ticket is looked at once after its end, used ones included.
    fn drop_old(&mut self, now: Timestamp) {
        while let Some(hash) = self.order.front().copied() {
            match self.holders.get(&hash) {
                Some((_, until)) if now < *until => return,
                Some((viewer, _)) => {
                    let user = viewer.user;
                    self.holders.remove(&hash);
                    self.forget(user, &hash);
                }
                None => {}
            }
            self.order.pop_front();
        }
    }
}

fn hash(ticket: &str) -> TicketHash {
    Sha256::digest(ticket.as_bytes()).into()
}
