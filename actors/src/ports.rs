//! What the actors are given: storage, keys, time, randomness, and who listens.

use async_trait::async_trait;
use hearthline_engine::{
    ids::{TeamId, TenantId, UserId},
    rules::TeamRules,
};
use hearthline_storage_api::{Keyring, Random, Store, rows::codec::RowError};
use std::{sync::Arc, time::Duration};

use crate::{Carrier, Clock, DeckFeed, FailPoints, Metrics};

/// Everything from outside.
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub keyring: Arc<dyn Keyring>,
    pub random: Arc<dyn Random>,
    pub clock: Arc<dyn Clock>,
    /// Wall time: what the seconds of an undo are counted in, however fast the engine's time runs.
    pub wall: Arc<dyn Clock>,
    pub points: Arc<dyn FailPoints>,
    pub teams: Arc<dyn TeamBook>,
    pub feed: Arc<dyn DeckFeed>,
    pub carrier: Arc<dyn Carrier>,
    pub metrics: Arc<Metrics>,
    pub settings: Settings,
}

/// What is known of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamFacts {
    pub rules: TeamRules,
    pub team_leads: Vec<UserId>,
}

/// Where an owner of leads is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In that team, and so are their leads.
    Member { team: TeamId },
    /// They left, or own no leads any more: the heir has them, or nobody.
    Gone { heir: Option<UserId>, by: UserId },
    /// Nobody keeps book of that.
    Unknown,
}

/// Looks teams up; may cache, and is told of changes before they are rolled out.
#[async_trait]
pub trait TeamBook: Send + Sync + 'static {
    /// The team, if it exists.
    ///
    /// # Errors
    /// When it can't be read.
    async fn team(&self, tenant: TenantId, team: TeamId) -> Result<Option<TeamFacts>, RowError>;

    /// Where somebody who owns leads is by now.
    ///
    /// # Errors
    /// When it can't be read.
    async fn standing(&self, _tenant: TenantId, _user: UserId) -> Result<Standing, RowError> {
        Ok(Standing::Unknown)
    }

    /// Who of a team takes new leads now: its active agents, each once, in an order that stays.
    ///
    /// # Errors
    /// When it can't be read.
    async fn takers(&self, _tenant: TenantId, _team: TeamId) -> Result<Vec<UserId>, RowError> {
        Ok(Vec::new())
    }

    /// Whether those whom nobody knows wait to be assigned (IDN-5).
    ///
    /// # Errors
    /// When it can't be read.
    async fn unknown_senders_wait(&self, _tenant: TenantId) -> Result<bool, RowError> {
        Ok(false)
    }
}

/// Bounds and waits. All of them are limits of one node.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Commands under way in one of the 256 partitions; more wait, then are told to come back.
    pub in_flight_per_shard: usize,
    /// Commands waiting for one lead.
    pub queue_per_lead: usize,
    /// How long a command waits for a place.
    pub queue_wait: Duration,
    /// A lead without work leaves memory after so long.
    pub hibernate_after: Duration,
    /// The first wait before an unfinished effect is tried again; doubles up to 64 times that.
    pub retry_after: Duration,
    /// Failures in a row before a lead is quarantined.
    pub failures_before_quarantine: u32,
    /// Leads woken at once when the node starts.
    pub wake_at_once: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            in_flight_per_shard: 256,
            queue_per_lead: 64,
            queue_wait: Duration::from_secs(2),
            hibernate_after: Duration::from_secs(30),
            retry_after: Duration::from_millis(100),
            failures_before_quarantine: 5,
            wake_at_once: 64,
        }
    }
}
