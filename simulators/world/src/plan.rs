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
    /// Messages of people to clients, in a thousand events beside those that come by chance.
    pub letters: u16,
    /// Opt-out and opt-in words, in a thousand messages.
    pub words: u16,
    /// Teams with business hours and quiet hours, in a thousand rules.
    pub hours: u16,
    /// What storage does.
    pub weather: Weather,
    /// What the provider of messages to clients does.
    pub temper: Temper,
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

/// What the provider of messages to clients does, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Temper {
    /// Calls: it takes the message, and the answer is lost.
    pub silent: u16,
    /// Calls: it takes the message, and answers after nobody waits any more.
    pub slow: u16,
    /// Calls: it takes the message, and the adapter panics over the answer.
    pub panics: u16,
    /// Calls: refused for good.
    pub refuses: u16,
    /// Calls: 429.
    pub throttles: u16,
    /// Calls: it can't be reached, surely.
    pub away: u16,
    /// Calls: the call is lost on its way, and nobody can know.
    pub loses: u16,
    /// Questions about a message in doubt that get no answer.
    pub mute: u16,
    /// Statuses that are never told.
    pub forgets: u16,
    /// Statuses that come at any time within a quarter of an hour.
    pub late: u16,
    /// Statuses that are told twice.
    pub repeats: u16,
    /// Statuses whose address does not name their message.
    pub nameless: u16,
}

impl Temper {
    /// It takes everything, and tells of it in order and once.
    pub const CALM: Self = Self {
        silent: 0,
        slow: 0,
        panics: 0,
        refuses: 0,
        throttles: 0,
        away: 0,
        loses: 0,
        mute: 0,
        forgets: 0,
        late: 0,
        repeats: 0,
        nameless: 0,
    };
    /// A bad day.
    pub const ROUGH: Self = Self {
        silent: 60,
        slow: 30,
        panics: 10,
        refuses: 50,
        throttles: 60,
        away: 60,
        loses: 20,
        mute: 200,
        forgets: 50,
        late: 150,
        repeats: 150,
        nameless: 100,
    };
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
            teams: 2,
            agents: 2,
            clients: 24,
            events,
            letters: 0,
            words: 60,
            hours: 350,
            weather: Weather::ROUGH,
            temper: Temper::ROUGH,
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
            letters: 200,
            words: 200,
            hours: 0,
            weather: Weather::FAIR,
            temper: Temper::CALM,
            deaths: Deaths::At { place, times, within },
        }
    }
}
