//! What holds for every lead, whatever happens to it, against an independent model of its state.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;
mod model;

use given::*;
use hearthline_engine::{
    deck::{Audience, lead_cards},
    hours::{BusinessHours, Hours, OpenSpan, WallTime},
    ids::{TaskId, TeamId, UserId},
    lead::{
        self, CallOutcome, CardKind, Cause, Command, DeadlineKind, Effect, Event, Lead, Placement, Rejected,
        SendCommand, SendName, Slot, State, StateName, Status, Undoable, next_deadline,
    },
    message::{Delivery, EventKind, Message, OptWord},
    rules::TeamRules,
    time::{Pace, Timestamp, Zone},
};
use model::Model;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Something that happens, in terms that make sense for any lead.
#[derive(Clone, Debug)]
enum Deed {
    Inbound(EventKind, Option<OptWord>),
    Touch {
        n: u128,
        by: UserId,
        ago_ms: i64,
    },
    Revoke(u128),
    Settle(u128),
    StartCall(u128, UserId),
    Outcome(u128, CallOutcome),
    Schedule {
        in_ms: i64,
    },
    Done {
        nth: usize,
    },
    Snooze {
        nth: usize,
        for_ms: i64,
    },
    Rules(TeamRules),
    Reassign(Option<UserId>, TeamId),
    HandBack,
    Status(Status),
    Delete,
    /// On what was written to the deleted lead.
    Decide(bool),
    Note(u128, bool),
    Undo,
    Tick,
    /// A message is asked for: who, and for how long it can be taken back.
    Send {
        n: u128,
        by: UserId,
        undo_s: u32,
    },
    /// Something comes of it.
    Sent(SendCommand),
}

fn person() -> impl Strategy<Value = UserId> {
    prop_oneof![3 => Just(ANA), 1 => Just(BEN), 1 => Just(TIM)]
}

/// Windows of seconds, so that a run of a minute sees all of them; half of the teams keep business hours.
fn windows() -> impl Strategy<Value = TeamRules> {
    (1_u32..12, 1_u32..30, 50_u16..=950, any::<bool>(), any::<bool>(), minutes_of_business()).prop_map(
        |(w1, more, share, restarts, counts, hours)| {
            let mut rules = rules(w1, w1 + more, share).with_hours(hours).unwrap();
            rules.owner_change_restarts_clock = restarts;
            rules.no_answer_counts = counts;
            rules
        },
    )
}

/// Some of the minutes after `START` are open, in a zone that is not at a whole hour from UTC.
fn minutes_of_business() -> impl Strategy<Value = Option<Hours>> {
    let open = prop::collection::btree_set(0_u16..12, 1..6);
    let hours = (open, any::<bool>()).prop_map(|(open, pause_stale)| {
        // 09:00 in UTC is 14:45 in Kathmandu.
        let wall = |minute: u16| WallTime::new(14 + (45 + minute) / 60, (45 + minute) % 60).unwrap();
        let spans = open.into_iter().map(|minute| OpenSpan { from: wall(minute), to: wall(minute + 1) });
        let rest = OpenSpan { from: WallTime::new(15, 0).unwrap(), to: WallTime::END_OF_DAY };
        let spans: Vec<OpenSpan> = spans.chain([rest]).collect();
        let business = BusinessHours::new(std::array::from_fn(|_| spans.clone()), Vec::new()).unwrap();
        let zone = Zone::named("Asia/Kathmandu").unwrap();
        Hours { zone, business: Some(business), pause_stale, quiet: None }
    });
    prop::option::of(hours)
}

fn deed() -> impl Strategy<Value = Deed> {
    let kinds = prop_oneof![
        6 => Just(EventKind::Message),
        1 => Just(EventKind::Reaction),
        1 => Just(EventKind::Unsupported)
    ];
    let words = prop_oneof![8 => Just(None), 1 => Just(Some(OptWord::Stop)), 1 => Just(Some(OptWord::Start))];
    let outcomes = prop_oneof![
        Just(CallOutcome::Spoke),
        Just(CallOutcome::LeftMessage),
        Just(CallOutcome::NoAnswer),
        Just(CallOutcome::WrongNumber)
    ];
    let owners = prop_oneof![3 => person().prop_map(Some), 1 => Just(None)];
    let teams = prop_oneof![3 => Just(TEAM), 1 => Just(OTHER_TEAM)];
    let statuses = prop_oneof![Just(Status::Lead), Just(Status::ActiveClient), Just(Status::Archived)];
    prop_oneof![
        4 => (kinds, words).prop_map(|(kind, word)| Deed::Inbound(kind, word)),
        6 => (0_u128..9, person(), prop_oneof![2 => Just(0), 1 => -5_000_i64..40_000])
            .prop_map(|(n, by, ago_ms)| Deed::Touch { n, by, ago_ms }),
        3 => (0_u128..9).prop_map(Deed::Revoke),
        1 => (0_u128..9).prop_map(Deed::Settle),
        1 => (0_u128..3, person()).prop_map(|(n, by)| Deed::StartCall(n, by)),
        1 => (0_u128..3, outcomes).prop_map(|(n, outcome)| Deed::Outcome(n, outcome)),
        1 => (0_i64..30_000).prop_map(|in_ms| Deed::Schedule { in_ms }),
        1 => (0_u128..9, any::<bool>()).prop_map(|(n, contact)| Deed::Note(n, contact)),
        2 => Just(Deed::Undo),
        2 => (0_usize..3).prop_map(|nth| Deed::Done { nth }),
        2 => (0_usize..3, -1_000_i64..30_000).prop_map(|(nth, for_ms)| Deed::Snooze { nth, for_ms }),
        2 => windows().prop_map(Deed::Rules),
        2 => (owners, teams).prop_map(|(to, team)| Deed::Reassign(to, team)),
        1 => Just(Deed::HandBack),
        1 => statuses.prop_map(Deed::Status),
        1 => prop_oneof![1 => Just(Deed::Delete), 9 => Just(Deed::Tick)],
        1 => any::<bool>().prop_map(Deed::Decide),
        3 => Just(Deed::Tick),
    ]
}

/// What can come of a message.
fn sent() -> impl Strategy<Value = SendCommand> {
    let send = || (0_u128..6).prop_map(send_id);
    let statuses = prop_oneof![
        Just(Delivery::Pending),
        Just(Delivery::Sent),
        Just(Delivery::Delivered),
        Just(Delivery::Read),
        Just(Delivery::Failed),
        Just(Delivery::Unknown),
    ];
    let id = |send: &hearthline_engine::ids::EventId| format!("SM{send}");
    prop_oneof![
        2 => send().prop_map(|send| SendCommand::TakeBack { which: SendName::Event(send), by: ANA }),
        4 => send().prop_map(move |send| SendCommand::Accepted { send, provider_event_id: id(&send) }),
        1 => (send(), any::<bool>())
            .prop_map(|(send, opted_out)| SendCommand::Refused { send, code: None, opted_out }),
        2 => send().prop_map(|send| SendCommand::NotSent { send, retry_after: None }),
        1 => send().prop_map(|send| SendCommand::Blocked { send }),
        2 => send().prop_map(|send| SendCommand::Doubt { send }),
        4 => (send(), statuses).prop_map(move |(send, status)| SendCommand::Status {
            send,
            provider_event_id: id(&send),
            status,
            code: None,
        }),
    ]
}

/// A life in which messages are sent, too.
fn talkative_life() -> impl Strategy<Value = Vec<(i64, Deed)>> {
    let step = prop_oneof![1 => Just(0_i64), 3 => 1_i64..3_000, 2 => 3_000_i64..30_000];
    let deed = prop_oneof![
        6 => deed(),
        2 => (0_u128..6, person(), 0_u32..20).prop_map(|(n, by, undo_s)| Deed::Send { n, by, undo_s }),
        3 => sent().prop_map(Deed::Sent),
    ];
    prop::collection::vec((step, deed), 1..40)
}

/// Deeds with the milliseconds that pass before each.
fn life() -> impl Strategy<Value = Vec<(i64, Deed)>> {
    let step = prop_oneof![1 => Just(0_i64), 3 => 1_i64..3_000, 2 => 3_000_i64..30_000];
    prop::collection::vec((step, deed()), 1..40)
}

/// The command that a deed is for this lead now.
fn command(deed: &Deed, story: &Story) -> Command {
    let now = story.now;
    let nth_card = |nth: usize| {
        let card = story.slot.lead().and_then(|lead| lead.cards.get(nth));
        card.map_or((task_id(99), 0), |card| (card.task, card.version))
    };
    match deed.clone() {
        Deed::Inbound(kind, opt_word) => receive_message(message(now, kind, opt_word)),
        Deed::Touch { n, by, ago_ms } => touch(n, by, now.plus_millis(-ago_ms)),
        Deed::Revoke(n) => Command::RevokeTouch { touch: touch_id(n) },
        Deed::Settle(n) => Command::SettleTouch { touch: touch_id(n) },
        Deed::StartCall(n, by) => Command::StartCall { call: call_id(n), by, at: now },
        Deed::Outcome(n, told) => outcome(n, told),
        Deed::Schedule { in_ms } => {
            Command::Schedule { by: ANA, due_at: now.plus_millis(in_ms), title: None }
        }
        Deed::Done { nth } => {
            let (task, expected_version) = nth_card(nth);
            Command::Done { task, by: ANA, expected_version }
        }
        Deed::Snooze { nth, for_ms } => {
            let (task, expected_version) = nth_card(nth);
            Command::Snooze { task, by: ANA, until: now.plus_millis(for_ms), expected_version }
        }
        Deed::Rules(rules) => Command::ChangeRules { rules },
        Deed::Reassign(to, team) => Command::Reassign { to, team, by: TIM },
        Deed::HandBack => Command::HandBack { by: TIM },
        Deed::Status(to) => Command::ChangeStatus { to, by: ANA },
        Deed::Delete => delete(),
        Deed::Decide(restore) => match story.slot.lead().and_then(|lead| lead.in_review.first().copied()) {
            Some(event) => {
                let held = Message { event, ..message(now, EventKind::Message, None) };
                Command::Review { event, restored: restore.then(|| Box::new(held)), by: TIM }
            }
            None => Command::Tick,
        },
        Deed::Note(n, contact) => note(n, contact),
        Deed::Undo => match story.undo.clone() {
            Some(deed) => Command::Undo { deed, by: ANA },
            None => Command::Tick,
        },
        Deed::Tick => Command::Tick,
        Deed::Send { n, by, undo_s } => request(n, by, undo_s),
        Deed::Sent(came_of_it) => told(came_of_it),
    }
}

/// A lead whose first SMS came at `START`.
fn born(rules: TeamRules) -> Story {
    let place = Placement { rules, ..place() };
    Story::vacant().then(Command::Receive { message: sms(START), place, name: None })
}

/// What the model makes of a command that the engine took.
fn tell(model: &mut Model, command: &Command, events: &[Event], before: &Lead, now: Timestamp) {
    match command {
        Command::Receive { message, .. } => {
            let returns = before.status == Status::Archived
                && !before.deleted
                && message.kind.opens_a_lead()
                && message.opt_word != Some(OptWord::Stop);
            if returns {
                model.woken(now);
            }
        }
        Command::Touch { touch } => model.touched(touch.id, touch.by, touch.at, now),
        Command::Send(_) => {
            // Whether a message is a touch is a rule of its own (sends.rs); here only what a touch does to the state.
            for event in events {
                match event {
                    Event::Touched { touch, .. } => model.touched(touch.id, touch.by, touch.at, now),
                    Event::TouchRevoked { touch } => model.revoked(*touch),
                    _ => {}
                }
            }
        }
        Command::RecordOutcome { .. } | Command::WriteNote { .. } => {
            // Which outcomes count is a rule of its own (lead_rows.rs); here only what a touch does to the state.
            let made = events.iter().find_map(|event| match event {
                Event::Touched { touch, .. } => Some(touch),
                _ => None,
            });
            if let Some(touch) = made {
                model.touched(touch.id, touch.by, touch.at, now);
            }
        }
        Command::RevokeTouch { touch } => model.revoked(*touch),
        Command::Undo { deed, .. } => {
            if let Undoable::Outcome { touch: Some(taken), .. } = deed {
                model.revoked(taken.touch.id);
            }
        }
        Command::ChangeRules { rules } => model.rules = rules.clone(),
        Command::Reassign { to, .. } => model.owner_changed(*to, now),
        Command::HandBack { .. } => model.begun_anew(now),
        Command::ChangeStatus { to: Status::Archived, .. } | Command::Delete { .. } => {
            if model.asleep.is_none() {
                model.put_to_sleep(now);
            }
        }
        Command::ChangeStatus { .. } => {
            if before.status == Status::Archived {
                model.woken(now);
            }
        }
        Command::Review { .. } => {
            if events.iter().any(|event| matches!(event, Event::Restored { .. })) {
                model.woken(now);
            }
        }
        Command::SettleTouch { .. }
        | Command::LinkIdentity { .. }
        | Command::UnlinkIdentity { .. }
        | Command::MergeInto { .. }
        | Command::Absorb { .. }
        | Command::LetGo { .. }
        | Command::ComeBack { .. }
        | Command::StartCall { .. }
        | Command::Schedule { .. }
        | Command::Done { .. }
        | Command::Snooze { .. }
        | Command::Edit { .. }
        | Command::Create { .. }
        | Command::Tick => {}
    }
}

/// What must hold for a lead at rest.
fn check(story: &Story, model: &Model) {
    let lead = story.lead();
    assert_eq!(lead.state_name(), model.state(story.now), "the model differs\n{lead:#?}\n{model:#?}");
    let automatic: Vec<CardKind> =
        lead.cards.iter().map(|card| card.kind).filter(|kind| kind.is_automatic()).collect();
    assert!(automatic.len() <= 1, "more than one automatic card: {automatic:?}");
    let tasks: BTreeSet<TaskId> = lead.cards.iter().map(|card| card.task).collect();
    assert_eq!(tasks.len(), lead.cards.len(), "two cards with one task");
    for kind in automatic {
        let fits = match kind {
            CardKind::Reply => true,
            CardKind::ContactNow => matches!(lead.state_name(), StateName::New | StateName::AtRisk),
            CardKind::AtRisk => lead.state_name() == StateName::AtRisk,
            CardKind::Rescue => lead.state_name() == StateName::Stale,
            CardKind::FollowUp | CardKind::CallOutcome => false,
        };
        assert!(fits, "{kind:?} stands in {:?}", lead.state_name());
    }
    assert!(lead.cards.iter().all(|card| card.version <= lead.version && card.version > 0));
    match next_deadline(lead) {
        Some((at, kind)) => {
            assert!(!lead.is_dormant(), "a lead at rest has a deadline");
            assert!(at > story.now, "{kind:?} at {at} is still overdue at {}", story.now);
        }
        None => assert!(lead.is_dormant() || lead.state_name() == StateName::Stale, "no clock runs"),
    }
    if lead.is_dormant() {
        assert_eq!((lead.cards.len(), lead.follow_ups.len()), (0, 0));
        let waits = |outgoing: &&lead::Outgoing| outgoing.message.status == Delivery::Pending;
        assert_eq!(lead.sends.iter().filter(waits).count(), 0, "a lead at rest sends nothing");
    }
}

/// As rows are stored and read back.
fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    rmp_serde::from_slice(&rmp_serde::to_vec_named(value).unwrap()).unwrap()
}

/// What a projection shows has changed only where an event asks for that projection.
fn check_effects(before: &Lead, after: &Lead, events: &[Event]) {
    let asked: BTreeSet<Effect> = events.iter().flat_map(lead::effects).collect();
    let decks = asked.iter().any(|effect| matches!(effect, Effect::Decks { .. }));
    let shown = |lead: &Lead| {
        let cards = |user, audience| lead_cards(lead, user, audience).cards;
        (lead.owner.map(|owner| cards(owner, Audience::Owner)), cards(TIM, Audience::TeamLead))
    };
    assert!(decks || shown(before) == shown(after), "no deck is told of {events:?}");
    let timer = asked.contains(&Effect::Timer);
    assert!(timer || next_deadline(before) == next_deadline(after), "no timer is told of {events:?}");
    let row = |lead: &Lead| {
        let times = (lead.last_interaction_at, lead.last_touch_at(), lead.first_contact_at, lead.breached_at);
        let next = (lead.next_action_at(), lead.at_risk_at(), lead.stale_at());
        (lead.state_name(), lead.status, lead.deleted, lead.owner, lead.team, lead.name.clone(), times, next)
    };
    assert!(asked.contains(&Effect::Directory) || row(before) == row(after), "no list is told of {events:?}");
    let opted: Vec<_> = before.opted_out.symmetric_difference(&after.opted_out).collect();
    let told = asked.iter().any(|effect| matches!(effect, Effect::OptOut { .. }));
    assert!(told || opted.is_empty(), "no opt-out is told of {events:?}");
    if before.owner != after.owner {
        assert!(
            asked.contains(&Effect::Decks { also: before.owner }),
            "the old owner's deck keeps the cards"
        );
    }
}

/// Every change of state is one, has a cause that brings it, and lies in the past.
fn check_moves(from: &State, events: &[Event], now: Timestamp) {
    let mut standing = from.clone();
    for event in events {
        let Event::StateChanged { to, cause, at } = event else { continue };
        assert_ne!(std::mem::discriminant(&standing), std::mem::discriminant(to), "no change: {event:?}");
        assert!(*at <= now, "{event:?} lies ahead of {now}");
        let brings = match cause {
            Cause::Deadline(kind @ (DeadlineKind::FirstContactAtRisk | DeadlineKind::StaleAtRisk)) => {
                matches!((kind.at_risk_reason(), to), (Some(reason), State::AtRisk(to)) if reason == *to)
            }
            Cause::Deadline(DeadlineKind::Stale) => matches!(to, State::Stale(_)),
            Cause::Deadline(_) => false,
            Cause::FirstTouch
            | Cause::Touch
            | Cause::HandedBack
            | Cause::Reassigned
            | Cause::ReturnedFromArchive => matches!(to, State::Active),
            Cause::TouchRevoked => matches!(to, State::New),
            Cause::RulesChanged | Cause::ClockRestarted => matches!(to, State::New | State::Active),
        };
        assert!(brings, "{cause:?} does not bring {to:?}");
        standing = to.clone();
    }
}

/// Events with ids in order of appearance and without versions: what two lives have in common that were committed in
/// different portions.
fn essence(events: &[Event]) -> Vec<Event> {
    let mut seen: BTreeMap<TaskId, TaskId> = BTreeMap::new();
    let mut rename = |task: &mut TaskId| {
        let next = task_id(u128::try_from(seen.len()).unwrap());
        *task = *seen.entry(*task).or_insert(next);
    };
    let mut events = events.to_vec();
    for event in &mut events {
        match event {
            Event::CardOpened { card } | Event::CardChanged { card } => {
                rename(&mut card.task);
                card.version = 0;
            }
            Event::CardClosed { task, .. }
            | Event::CardSnoozed { task, .. }
            | Event::CardReturned { task, .. }
            | Event::FollowUpRemoved { task }
            | Event::CallStarted { card: task, .. } => rename(task),
            Event::CallReopened { call, .. } => rename(&mut call.card),
            Event::FollowUpScheduled { follow_up, .. } => rename(&mut follow_up.task),
            _ => {}
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lif_1_every_life_follows_the_model_and_keeps_the_invariants(rules in windows(), life in talkative_life()) {
        let mut story = born(rules.clone());
        let mut model = Model::created(START, Some(ANA), rules);
        let mut replayed = Slot::Vacant;
        for event in &story.journal {
            lead::apply(&mut replayed, event);
        }
        lead::advance(&mut replayed);
        check(&story, &model);
        for (passes_ms, deed) in &life {
            story.now = story.now.plus_millis(*passes_ms);
            let command = command(deed, &story);
            let before = story.lead().clone();
            prop_assert_eq!(
                lead::decide(&story.slot, command.clone(), &story.ctx()),
                lead::decide(&story.slot, command.clone(), &story.ctx()),
                "the same input gave another output"
            );
            let taken = story.run(command.clone());
            let Ok(events) = taken else {
                prop_assert_eq!(story.lead(), &before, "a rejected command changed something");
                continue;
            };
            model.until(story.now);
            tell(&mut model, &command, &events, &before, story.now);
            model.until(story.now);
            check(&story, &model);
            check_moves(&before.state, &events, story.now);
            let revoked = events.iter().any(|event| matches!(event, Event::TouchRevoked { .. }));
            if !revoked && !matches!(command, Command::RevokeTouch { .. } | Command::Undo { .. }) {
                prop_assert!(story.lead().base() >= before.base(), "the base moved back by {:?}", command);
            }
            prop_assert_eq!(story.lead().base(), model.base());
            check_effects(&before, story.lead(), &events);
            // Deadlines fire once: asked again at the same moment, nothing is left to do.
            prop_assert_eq!(lead::decide(&story.slot, Command::Tick, &story.ctx()), Ok(vec![]));
            for event in &events {
                lead::apply(&mut replayed, event);
            }
            if !events.is_empty() {
                lead::advance(&mut replayed);
            }
            prop_assert_eq!(&replayed, &story.slot, "the journal does not rebuild the state");
            prop_assert_eq!(&stored(&story.slot), &story.slot, "the state does not survive being stored");
            prop_assert_eq!(&stored(&events), &events, "events do not survive being stored");
        }
    }

    #[test]
    fn lif_4_one_late_tick_is_worth_as_many_punctual_ones(
        rules in windows(),
        life in life(),
        cuts in prop::collection::vec(0_i64..30_000, 0..6),
    ) {
        let (mut late, mut punctual) = (born(rules.clone()), born(rules));
        for (passes_ms, deed) in &life {
            let from = late.now;
            let then = from.plus_millis(*passes_ms);
            late.now = then;
            late.run(Command::Tick).unwrap();
            // At arbitrary moments in between, and at every deadline.
            let mut moments: BTreeSet<Timestamp> =
                cuts.iter().map(|cut| from.plus_millis(*cut)).filter(|at| *at < then).collect();
            loop {
                let due = next_deadline(punctual.lead()).map(|(at, _)| at).filter(|at| *at <= then);
                let cut = moments.first().copied();
                let Some(at) = due.into_iter().chain(cut).min() else { break };
                moments.remove(&at);
                punctual.now = at.max(punctual.now);
                punctual.run(Command::Tick).unwrap();
            }
            punctual.now = then;
            let taken = late.run(command(deed, &late));
            let taken_too = punctual.run(command(deed, &punctual));
            prop_assert_eq!(taken.is_ok(), taken_too.is_ok());
            prop_assert_eq!(essence(&late.journal), essence(&punctual.journal));
        }
    }

    #[test]
    fn lif_4_a_command_meets_the_lead_as_a_punctual_tick_would_have_left_it(rules in windows(), life in life()) {
        let (mut plain, mut ticked) = (born(rules.clone()), born(rules));
        for (passes_ms, deed) in &life {
            (plain.now, ticked.now) = (plain.now.plus_millis(*passes_ms), ticked.now.plus_millis(*passes_ms));
            if matches!(deed, Deed::Done { .. } | Deed::Snooze { .. }) {
                // These name a card as somebody saw it, so both have to see the same one.
                plain.run(Command::Tick).unwrap();
            }
            ticked.run(Command::Tick).unwrap();
            let taken = plain.run(command(deed, &plain));
            let taken_too = ticked.run(command(deed, &ticked));
            match (taken, taken_too) {
                (Ok(_), Ok(_)) => {}
                (Err(one), Err(other)) => {
                    prop_assert_eq!(one.code(), other.code());
                    plain.run(Command::Tick).unwrap();
                }
                (one, other) => prop_assert!(false, "{:?} but {:?}", one, other),
            }
            prop_assert_eq!(essence(&plain.journal), essence(&ticked.journal));
        }
    }

    #[test]
    fn lif_1_events_can_be_applied_to_any_slot(
        one in talkative_life(),
        other in talkative_life(),
        rules in windows(),
    ) {
        let stranger = run(born(rules.clone()), &other);
        let merged = Story::active().then(merge_into(OTHER_LEAD)).slot;
        let mut slots = vec![Slot::Vacant, merged, stranger.slot];
        let journal = run(born(rules), &one).journal;
        for event in journal.iter().chain(stranger.journal.iter()) {
            for slot in &mut slots {
                lead::apply(slot, event);
                lead::advance(slot);
                let _ = lead::effects(event);
            }
        }
        // What came of it is still a lead that can be asked anything.
        for slot in slots {
            let story = Story { slot, now: hours(1), pace: Pace::WALL, journal: vec![], undo: None };
            for (_, deed) in &one {
                let _ = lead::decide(&story.slot, command(deed, &story), &story.ctx());
            }
        }
    }

    #[test]
    fn lif_1_deciding_never_panics_at_the_ends_of_time(
        life in talkative_life(),
        nows in prop::collection::vec(any::<i64>(), 40),
        rules in windows(),
    ) {
        let mut story = born(rules);
        for ((_, deed), now) in life.iter().zip(nows) {
            let sensible = command(deed, &story);
            story.now = Timestamp::from_millis(now);
            let _ = story.run(sensible);
            if now >= 0 {
                let _ = story.run(command(deed, &story));
            }
        }
    }
}

fn run(mut story: Story, life: &[(i64, Deed)]) -> Story {
    for (passes_ms, deed) in life {
        story.now = story.now.plus_millis(*passes_ms);
        let _ = story.run(command(deed, &story));
    }
    story
}

#[test]
fn lif_1_a_vacant_slot_refuses_what_needs_a_lead() {
    let story = Story::vacant();
    for deed in [
        Deed::Touch { n: 1, by: ANA, ago_ms: 0 },
        Deed::Revoke(1),
        Deed::Settle(1),
        Deed::StartCall(1, ANA),
        Deed::Outcome(1, CallOutcome::Spoke),
        Deed::Schedule { in_ms: 1 },
        Deed::Done { nth: 0 },
        Deed::Snooze { nth: 0, for_ms: 1 },
        Deed::Rules(TeamRules::default()),
        Deed::Reassign(None, TEAM),
        Deed::HandBack,
        Deed::Status(Status::Archived),
        Deed::Delete,
        Deed::Tick,
        Deed::Send { n: 1, by: ANA, undo_s: 0 },
    ] {
        assert_eq!(story.rejects(command(&deed, &story)), Rejected::NoSuchLead, "{deed:?}");
    }
}
