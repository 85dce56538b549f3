//! What a world is made of and what happens in it, as numbers. The seed decides the rest.

use crate::life::Place;

/// The size of a world and how rough it is.
#[derive(Clone, Debug)]
pub struct Plan {
    pub tenants: usize,
    /// Of each tenant. Each has a team lead.
    pub teams: usize,
    /// Of each team. Each has a number, and the team has one more.
    pub agents: usize,
    /// Of each tenant.
    pub clients: usize,
    /// How many events there are: messages, duplicates, deeds of people, changes of rules, waits.
    pub events: u64,
    /// Opt-out and opt-in words, in a thousand messages.
    pub words: u16,
    /// What storage does.
    pub weather: Weather,
    /// Where incarnations die.
    pub deaths: Deaths,
}

/// Faults of storage, in thousandths of the operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Refused, nothing done.
    pub away: u16,
    /// A commit whose answer is lost; half of them became true.
    pub unknown: u16,
    /// A put or an append that answers an error although it was done.
    pub done_and_refused: u16,
    /// Takes up to three seconds.
    pub slow: u16,
    /// An acknowledgement that is forgotten.
    pub acks_lost: u16,
    /// A look-up of a team or a connection that panics.
    pub panics: u16,
}

impl Weather {
    /// Nothing ever fails.
    pub const FAIR: Self =
        Self { away: 0, unknown: 0, done_and_refused: 0, slow: 0, acks_lost: 0, panics: 0 };
    /// A bad day.
    pub const ROUGH: Self =
        Self { away: 20, unknown: 30, done_and_refused: 20, slow: 20, acks_lost: 50, panics: 1 };
}

/// How incarnations end before the world does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deaths {
    /// Not at all.
    Never,
    /// Now and then, at any place: about once in so many events.
    AnywhereEvery(u64),
    /// At one place, so many times, each time at a visit between the first and `within`.
    At { place: Place, times: u32, within: u64 },
}

impl Plan {
    /// A small brokerage on a bad day: what most seeds run.
    #[must_use]
    pub const fn rough(events: u64) -> Self {
        Self {
            tenants: 2,
            teams: 1,
            agents: 2,
            clients: 24,
            events,
            words: 60,
            weather: Weather::ROUGH,
            deaths: Deaths::AnywhereEvery(400),
        }
    }

    /// One team, nothing fails, and the process dies at one place.
    #[must_use]
    pub const fn cut_at(place: Place, times: u32, within: u64) -> Self {
        Self {
            tenants: 1,
            teams: 1,
            agents: 2,
            clients: 6,
            events: 24,
            words: 250,
            weather: Weather::FAIR,
            deaths: Deaths::At { place, times, within },
        }
    }
}
