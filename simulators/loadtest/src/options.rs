//! What is asked of a load test, and its bounds: it is bounded in everything, and stops by itself (SIM-2).

use std::{ops::RangeInclusive, time::Duration};

use crate::LoadError;

/// How much load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Brokerages, each made for this test. 1 to 100.
    pub tenants: u32,
    /// Agents of each tenant, each with a number of their own. 1 to 100.
    pub agents: u32,
    /// Clients of each agent: a lead each, once they wrote. 1 to 10,000; 1,000,000 in all.
    pub leads: u32,
    /// Open pages of each agent. 1 to 20; 10,000 in all.
    pub sockets: u32,
    /// Messages a second, of all clients together, at random moments. 1 to 10,000.
    pub rate: u32,
    /// Actions a minute of each agent: they look at the deck and at a thread, and are done with its card. 0 to 600.
    pub actions: u32,
    /// How long clients write. 1 s to 1 h.
    pub duration: Duration,
    /// What chance comes from: the same seed, the same clients and words.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tenants: 2,
            agents: 10,
            leads: 20,
            sockets: 1,
            rate: 50,
            actions: 6,
            duration: Duration::from_secs(30),
            seed: 1,
        }
    }
}

impl Options {
    /// Whether all of it is within bounds.
    ///
    /// # Errors
    /// The first that is not, with what is allowed.
    pub fn check(&self) -> Result<(), LoadError> {
        within("tenants", u64::from(self.tenants), 1..=100)?;
        within("agents", u64::from(self.agents), 1..=100)?;
        within("leads", u64::from(self.leads), 1..=10_000)?;
        within("sockets", u64::from(self.sockets), 1..=20)?;
        within("rate", u64::from(self.rate), 1..=10_000)?;
        within("actions", u64::from(self.actions), 0..=600)?;
        within("duration", self.duration.as_secs(), 1..=3600)?;
        within("tenants × agents × leads", self.all_leads(), 1..=1_000_000)?;
        within("tenants × agents × sockets", self.all_agents() * u64::from(self.sockets), 1..=10_000)
    }

    pub(crate) fn all_agents(&self) -> u64 {
        u64::from(self.tenants) * u64::from(self.agents)
    }

    pub(crate) fn all_leads(&self) -> u64 {
        self.all_agents() * u64::from(self.leads)
    }
}

fn within(field: &'static str, given: u64, allowed: RangeInclusive<u64>) -> Result<(), LoadError> {
    if allowed.contains(&given) {
        return Ok(());
    }
    Err(LoadError::OutOfBounds { field, given, least: *allowed.start(), most: *allowed.end() })
}
