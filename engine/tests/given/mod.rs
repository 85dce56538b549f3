//! What the engine's tests are given: people, messages, times, and a lead that goes through commands.
#![allow(dead_code, reason = "each test binary uses its part")]

use hearthline_engine::{
    identity::{Address, IdentityKind},
    ids::{CallId, ConnectionId, EventId, LeadId, MutationId, TaskId, TeamId, TenantId, TouchId, UserId},
    lead::{
        self, Brought, CallOutcome, Card, CardKind, Command, Context, Event, Lead, Outgoing, Placement,
        ProfileChange, Rejected, SendCommand, Slot, Source, StateName, Touch, Undoable, Written,
    },
    message::{Channel, Delivery, Direction, EventKind, Message, OptWord, Provider},
    raw::SealedRaw,
    rules::{Share, TeamRules},
    time::{Pace, Seconds, Timestamp},
};

/// 2026-05-04T09:00:00Z, a Monday.
pub const START: Timestamp = Timestamp::from_millis(1_777_885_200_000);
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

/// `START` and some minutes.
pub const fn min(minutes: i64) -> Timestamp {
    START.plus_millis(minutes * MINUTE)
}
/// `START` and some hours.
pub const fn hours(hours: i64) -> Timestamp {
    START.plus_millis(hours * HOUR)
}

pub const LEAD: LeadId = LeadId(uuid(0x1ead));
pub const TENANT: TenantId = TenantId(uuid(0x7e));
pub const TEAM: TeamId = TeamId(uuid(0x7ea));
pub const OTHER_TEAM: TeamId = TeamId(uuid(0x7eb));
/// The owner.
pub const ANA: UserId = UserId(uuid(0xa));
/// Another agent.
pub const BEN: UserId = UserId(uuid(0xb));
/// The team lead.
pub const TIM: UserId = UserId(uuid(0xc));

/// Another lead, of the same person.
pub const OTHER_LEAD: LeadId = LeadId(uuid(0x1eae));

pub fn merge_into(into: LeadId) -> Command {
    Command::MergeInto { into, by: ANA }
}
/// The other lead comes in.
pub fn absorb(brought: Brought) -> Command {
    Command::Absorb { lead: OTHER_LEAD, brought: Box::new(brought), by: ANA }
}

const fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

pub fn touch_id(n: u128) -> TouchId {
    TouchId(uuid(0x70_0000 + n))
}
pub fn call_id(n: u128) -> CallId {
    CallId(uuid(0xca_0000 + n))
}
pub fn task_id(n: u128) -> TaskId {
    TaskId(uuid(0x7a_0000 + n))
}

pub fn phone(value: &str) -> Address {
    Address { kind: IdentityKind::Phone, value: value.to_owned() }
}

pub fn rules(first_contact_s: u32, stale_after_s: u32, permille: u16) -> TeamRules {
    let share = Share::from_permille(permille).unwrap();
    TeamRules::new(Seconds(first_contact_s), Seconds(stale_after_s), share).unwrap()
}

/// As `rules`, as the `version`-th change of them.
pub fn rules_v(version: u64, first_contact_s: u32, stale_after_s: u32) -> TeamRules {
    let mut rules = rules(first_contact_s, stale_after_s, 800);
    rules.version = version;
    rules
}

pub fn place() -> Placement {
    place_under(TeamRules::default())
}
pub fn place_under(rules: TeamRules) -> Placement {
    Placement { tenant: TENANT, team: TEAM, owner: Some(ANA), rules }
}

/// An SMS of the client that we received then.
pub fn sms(at: Timestamp) -> Message {
    message(at, EventKind::Message, None)
}
pub fn word(at: Timestamp, word: OptWord) -> Message {
    message(at, EventKind::Message, Some(word))
}

pub fn message(at: Timestamp, kind: EventKind, opt_word: Option<OptWord>) -> Message {
    let n = u128::from(at.as_millis().unsigned_abs());
    Message {
        event: EventId(uuid(n)),
        channel: Channel::Sms,
        kind,
        direction: Direction::In,
        provider: Provider::Twilio,
        provider_event_id: format!("SM{n}"),
        connection: ConnectionId(uuid(0xc0)),
        from: phone("+14155550100"),
        to: vec![phone("+14155550199")],
        received_at: at,
        occurred_at: at,
        late_from: None,
        status: Delivery::Received,
        opt_word,
        content: SealedRaw(vec![1, 2, 3]),
        preview: Some(SealedRaw(at.as_millis().to_be_bytes().to_vec())),
    }
}

pub fn receive(at: Timestamp) -> Command {
    receive_message(sms(at))
}
/// Through another agent's own number.
pub fn receive_by(owner: UserId, at: Timestamp) -> Command {
    let place = Placement { owner: Some(owner), ..place() };
    Command::Receive { message: sms(at), place, name: None }
}
pub fn receive_message(message: Message) -> Command {
    Command::Receive { message, place: place(), name: None }
}

pub fn touch(n: u128, by: UserId, at: Timestamp) -> Command {
    Command::Touch { touch: Touch { id: touch_id(n), by, at, channel: Channel::Sms, settled: false } }
}

pub fn send_id(n: u128) -> EventId {
    EventId(uuid(0x5e_0000 + n))
}
pub fn mutation(n: u128) -> MutationId {
    MutationId(uuid(0x3u128 << 64 | n))
}

/// The `n`-th message to the client, as the shell hands it in.
pub fn outgoing(n: u128, by: UserId) -> Outgoing {
    let client = sms(START);
    let message = Message {
        event: send_id(n),
        direction: Direction::Out,
        provider_event_id: String::new(),
        from: client.to[0].clone(),
        to: vec![client.from.clone()],
        status: Delivery::Pending,
        content: SealedRaw(Vec::new()),
        preview: None,
        ..client
    };
    Outgoing::approved(message, by, Some(mutation(n)), 7, None)
}
pub fn request(n: u128, by: UserId, undo_s: u32) -> Command {
    told(SendCommand::Request {
        outgoing: Box::new(outgoing(n, by)),
        undo: Seconds(undo_s),
        opted_out: false,
    })
}
pub const fn told(command: SendCommand) -> Command {
    Command::Send(command)
}
pub fn accepted(n: u128) -> Command {
    told(SendCommand::Accepted { send: send_id(n), provider_event_id: format!("SMout{n}") })
}
pub fn status(n: u128, status: Delivery) -> Command {
    let (send, provider_event_id) = (send_id(n), format!("SMout{n}"));
    told(SendCommand::Status { send, provider_event_id, status, code: None })
}

/// One lead and its journal.
#[derive(Clone, Debug)]
pub struct Story {
    pub slot: Slot,
    pub now: Timestamp,
    /// How fast the engine's time runs.
    pub pace: Pace,
    pub journal: Vec<Event>,
    /// How the latest deed that can be taken back is taken back; none once somebody got in touch since.
    pub undo: Option<Undoable>,
}

impl Story {
    /// Nothing stands behind the id yet.
    pub fn vacant() -> Self {
        Self { slot: Slot::Vacant, now: START, pace: Pace::WALL, journal: Vec::new(), undo: None }
    }

    /// A lead of Ana's whose first SMS we received at `START`.
    pub fn new_lead() -> Self {
        Self::vacant().at(START).then(receive(START))
    }

    /// New, then contacted by Ana after ten minutes.
    pub fn active() -> Self {
        Self::new_lead().at(min(10)).then(touch(1, ANA, min(10)))
    }

    /// Active since minute ten, then left alone until it is at risk (38.4 h later).
    pub fn at_risk() -> Self {
        Self::active().at(hours(39)).then(Command::Tick)
    }

    /// Active since minute ten, then left alone for 48 h.
    pub fn stale() -> Self {
        Self::active().at(hours(49)).then(Command::Tick)
    }

    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Under a clock that runs so many times as fast as people's.
    pub fn running(mut self, speed: u32) -> Self {
        self.pace = Pace::times(speed);
        self
    }

    /// The command must be taken.
    pub fn then(mut self, command: Command) -> Self {
        let shown = format!("{command:?}");
        self.run(command).unwrap_or_else(|rejected| panic!("{rejected} ({shown})"));
        self
    }

    /// What one commit does: decide, apply, count.
    pub fn run(&mut self, command: Command) -> Result<Vec<Event>, Rejected> {
        let touches = matches!(command, Command::Touch { .. });
        let events = lead::decide(&self.slot, command, &self.ctx())?;
        let undo = lead::undoable(&self.slot, &events);
        if undo.is_some() || touches {
            self.undo = undo;
        }
        for event in &events {
            lead::apply(&mut self.slot, event);
        }
        if !events.is_empty() {
            lead::advance(&mut self.slot);
        }
        self.journal.extend(events.clone());
        Ok(events)
    }

    pub fn rejects(&self, command: Command) -> Rejected {
        lead::decide(&self.slot, command, &self.ctx()).expect_err("the command was taken")
    }

    pub fn ctx(&self) -> Context {
        Context { lead: LEAD, now: self.now, pace: self.pace }
    }
    pub fn lead(&self) -> &Lead {
        self.slot.lead().expect("there is no lead")
    }
    pub fn state(&self) -> StateName {
        self.lead().state_name()
    }
    pub fn automatic(&self) -> Option<CardKind> {
        self.lead().automatic_card().map(|card| card.kind)
    }
    pub fn card(&self) -> &Card {
        self.lead().automatic_card().expect("there is no automatic card")
    }

    pub fn done(&self) -> Command {
        let card = self.card();
        Command::Done { task: card.task, by: ANA, expected_version: card.version }
    }
    pub fn snooze(&self, until: Timestamp) -> Command {
        let card = self.card();
        Command::Snooze { task: card.task, by: ANA, until, expected_version: card.version }
    }
}

pub fn created_by_hand(with_card: bool) -> Command {
    Command::Create {
        place: place(),
        source: Source::Manual,
        name: None,
        identities: vec![],
        profile: ProfileChange::default(),
        by: Some(ANA),
        with_card,
    }
}

/// Softly, whatever happened just before.
pub fn delete() -> Command {
    Command::Delete { by: ANA, quiet_for: Seconds(0) }
}

/// The outcome of a call, without a word.
pub fn outcome(n: u128, outcome: CallOutcome) -> Command {
    Command::RecordOutcome { call: call_id(n), by: ANA, outcome, note: None, follow_up_at: None, seen: None }
}

/// A note of Ana's.
pub fn note(n: u128, client_interaction: bool) -> Command {
    let text = Written { event: EventId(uuid(0x40_0000 + n)), content: SealedRaw(vec![4, 5]) };
    Command::WriteNote { text, by: ANA, client_interaction }
}
