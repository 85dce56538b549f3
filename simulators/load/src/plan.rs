//! The past of a brokerage: everything that happened before somebody looks, in its order, by seed.
//!
//! Promises: with the usual rules (an hour for the first contact, 48 hours of silence, 80 % at risk) the leads end as
//! [`Ending::shares`] says, whatever of the colour is left out; nothing lies further back than [`DAYS`]. It says how long
//! ago things happened and knows no clock.

use crate::{arcs, dice::Dice, people::Client, voice::Line};

/// How far back the past begins.
pub const DAYS: i64 = 5;
/// Leads of a brokerage.
pub const LEADS: u32 = 200;

/// Milliseconds in a minute, and in an hour.
pub(crate) const MIN: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MIN;

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The client writes: to the number of their agent, or of the team lead who called.
    Writes { text: String, picture: bool, to_team_lead: bool },
    /// The owner writes back.
    Answers { text: String },
    /// The owner calls, or the team lead does.
    Calls { result: Outcome, note: Option<String>, by_team_lead: bool },
    /// The owner writes a note of a meeting or a talk.
    Meets { text: String },
    /// The owner plans to get in touch in so many milliseconds.
    Plans { in_ms: i64, title: String },
    /// The owner writes down who it is.
    Names,
    /// The owner puts the lead away.
    Archives,
    /// The team lead gives the lead back.
    HandsBack,
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Spoke,
    LeftMessage,
    WrongNumber,
}

impl Outcome {
    /// As the API calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spoke => "spoke",
            Self::LeftMessage => "left_message",
            Self::WrongNumber => "wrong_number",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Before the present.
    pub ago_ms: i64,
    /// The client that it is about.
    pub client: u32,
    pub deed: Deed,
    /// It makes the past livelier; the lead ends where it ends without it, too.
    pub colour: bool,
}

/// Where a lead stands when somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    New,
    /// At risk: nobody answered the first message yet.
    Unanswered,
    Active,
    /// Active, and the client waits for an answer.
    Waiting,
    /// At risk: nobody got in touch for 40 hours.
    Quiet,
    Stale,
    /// Stale, and never answered.
    Forgotten,
    /// Stale, and the team lead called.
    InRescue,
    /// And the client answered.
    RescueAnswered,
    /// Handed back, and Active.
    Rescued,
    OptedOut,
    WrongNumber,
    /// Put away, and back.
    Returned,
}

impl Ending {
    /// How many leads end so. Of [`LEADS`] together.
    #[must_use]
    pub const fn shares() -> [(Self, u32); 13] {
        [
            (Self::New, 18),
            (Self::Unanswered, 14),
            (Self::Active, 78),
            (Self::Waiting, 26),
            (Self::Quiet, 20),
            (Self::Stale, 14),
            (Self::Forgotten, 4),
            (Self::InRescue, 3),
            (Self::RescueAnswered, 3),
            (Self::Rescued, 6),
            (Self::OptedOut, 4),
            (Self::WrongNumber, 4),
            (Self::Returned, 6),
        ]
    }

    /// The state in the directory, as the API calls it.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unanswered | Self::Quiet => "at_risk",
            Self::Active
            | Self::Waiting
            | Self::Rescued
            | Self::OptedOut
            | Self::WrongNumber
            | Self::Returned => "active",
            Self::Stale | Self::Forgotten | Self::InRescue | Self::RescueAnswered => "stale",
        }
    }
}

/// A past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Oldest first.
    pub steps: Vec<Step>,
    /// Whose lead ends how, by the client's number.
    pub endings: Vec<Ending>,
}

impl Plan {
    /// The past of that seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let endings = endings(seed);
        let mut steps: Vec<Step> = (0_u32..)
            .zip(&endings)
            .flat_map(|(n, ending)| arcs::life(Dice::new(seed, n.into()), &Client::of(seed, n), *ending))
            .collect();
        // Stable: of one client's steps at one moment, the order stays.
        steps.sort_by_key(|step| std::cmp::Reverse(step.ago_ms));
        Self { steps, endings }
    }

    /// How long ago the first thing happened.
    #[must_use]
    pub fn begins_ms(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.ago_ms)
    }
}

/// Dealt out so that every agent has some of each.
fn endings(seed: u64) -> Vec<Ending> {
    let mut endings: Vec<Ending> =
        Ending::shares().iter().flat_map(|(ending, share)| (0..*share).map(|_| *ending)).collect();
    let mut dice = Dice::new(seed, 2_000_000);
    for last in (1..endings.len()).rev() {
        let other = dice.below(last as u64 + 1);
        endings.swap(last, usize::try_from(other).unwrap_or(last));
    }
    endings
}

/// Lines that clients write in the middle of a conversation.
pub(crate) const SMALL_TALK: [Line; 4] = [Line::Question, Line::Agrees, Line::Offer, Line::Thanks];

/// What fits as an agent's answer to a client's line.
#[must_use]
pub const fn answer_to(line: Line) -> Line {
    match line {
        Line::Inquiry | Line::More | Line::Returns | Line::Picture => Line::Greets,
        Line::Agrees => Line::Shows,
        Line::Offer => Line::Negotiates,
        Line::Thanks | Line::Stop | Line::Wrong => Line::Chases,
        Line::Question
        | Line::Nudge
        | Line::Greets
        | Line::Shows
        | Line::Answers
        | Line::Negotiates
        | Line::Chases
        | Line::Note
        | Line::Task => Line::Answers,
    }
}
