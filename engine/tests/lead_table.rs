//! The whole life cycle as one table: every situation a lead can be in, and what every command makes of it. This snapshot
//! is what a reviewer reads; a change of a rule is a change of lines in it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    ids::TaskId,
    lead::{
        AtRiskReason, Brought, CallOutcome, Card, CardClosed, CardKind, Cause, Command, DeadlineKind, Event,
        Lead, Reason, RescueProgress, SendCommand, SendEvent, SendName, Slot, State, Status, next_deadline,
    },
    message::{Delivery, EventKind, OptWord},
    time::{Seconds, Timestamp},
};

use std::fmt::Write;

const DAY: Seconds = Seconds(86_400);

fn situations() -> Vec<(&'static str, Story)> {
    let new = Story::new_lead();
    let waits = Story::active().at(min(20)).then(receive(min(20)));
    let opted_out = Story::active().at(min(20)).then(receive_message(word(min(20), OptWord::Stop)));
    let call =
        Story::active().at(min(20)).then(Command::StartCall { call: call_id(1), by: ANA, at: min(20) });
    let in_progress = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    let answered = in_progress.clone().at(hours(51)).then(receive(hours(51)));
    let archive = Command::ChangeStatus { to: Status::Archived, by: ANA };
    let unowned = Story::stale().then(Command::Reassign { to: None, team: TEAM, by: TIM });
    let doubtful = Story::active()
        .at(min(20))
        .then(request(1, ANA, 0))
        .then(told(SendCommand::Doubt { send: send_id(1) }));
    let delivered = Story::active().at(min(20)).then(request(1, ANA, 0)).then(accepted(1));
    vec![
        ("nobody", Story::vacant()),
        ("New", new.clone()),
        ("New, card done", new.clone().at(min(1)).then(new.done())),
        ("New, card snoozed", new.clone().at(min(1)).then(new.snooze(hours(2)))),
        ("New, made by an import", Story::vacant().then(created_by_hand(false))),
        ("AtRisk by first contact", new.clone().at(min(50)).then(Command::Tick)),
        ("AtRisk by first contact, breached", new.clone().at(min(61)).then(Command::Tick)),
        ("Active", Story::active().at(min(20))),
        ("Active, client waits for a reply", waits.clone()),
        ("Active, reply snoozed", waits.clone().then(waits.snooze(hours(2)))),
        ("Active, opted out", opted_out),
        ("Active, call without outcome", call),
        ("AtRisk by no touch", Story::at_risk()),
        ("Stale", Story::stale()),
        ("Stale, rescue in progress", in_progress),
        ("Stale, client answered", answered),
        ("Stale, no owner", unowned.at(hours(100)).then(Command::Tick)),
        ("archived out of Active", Story::active().at(min(20)).then(archive.clone())),
        ("archived out of Stale", Story::stale().then(archive)),
        (
            "Active, message waits",
            Story::active().at(min(20)).then(receive(min(20))).then(request(1, ANA, 30)),
        ),
        ("New, message under way", new.clone().at(min(5)).then(request(1, ANA, 0))),
        ("Active, message in doubt", doubtful),
        ("Active, message sent", delivered),
        (
            "Active, another merged into it",
            Story::active().at(min(20)).then(absorb(Brought::by(waits.lead()))),
        ),
        ("deleted", Story::active().at(min(20)).then(delete())),
        ("merged", Story::active().at(min(20)).then(merge_into(OTHER_LEAD))),
    ]
}

fn commands(story: &Story) -> Vec<(&'static str, Command)> {
    let now = story.now;
    let card = story.slot.lead().and_then(|lead| lead.automatic_card().or(lead.cards.first()));
    let (task, expected_version) = card.map_or((task_id(9), 1), |card| (card.task, card.version));
    let become_ = |to| Command::ChangeStatus { to, by: TIM };
    let next = story.slot.lead().and_then(next_deadline).map_or(now, |(at, _)| at);
    assert!(next >= now);
    vec![
        ("message", receive(now)),
        ("message \"STOP\"", receive_message(word(now, OptWord::Stop))),
        ("message \"START\"", receive_message(word(now, OptWord::Start))),
        ("reaction", receive_message(message(now, EventKind::Reaction, None))),
        ("create", created_by_hand(true)),
        ("touch by the owner", touch(9, ANA, now)),
        ("touch by somebody else", touch(9, TIM, now)),
        ("touch, six hours late", touch(9, ANA, now.plus_millis(-6 * HOUR))),
        ("touch revoked", Command::RevokeTouch { touch: touch_id(1) }),
        ("touch settled", Command::SettleTouch { touch: touch_id(1) }),
        ("call placed", Command::StartCall { call: call_id(2), by: ANA, at: now }),
        ("call: spoke", outcome(1, CallOutcome::Spoke)),
        ("call: no answer", outcome(1, CallOutcome::NoAnswer)),
        ("note", note(1, false)),
        ("note of a contact", note(1, true)),
        ("follow-up planned", Command::Schedule { by: ANA, due_at: now.plus_millis(HOUR), title: None }),
        ("card done", Command::Done { task, by: ANA, expected_version }),
        ("card done, seen older", Command::Done { task, by: ANA, expected_version: expected_version - 1 }),
        ("card snoozed", Command::Snooze { task, by: ANA, until: now.plus_millis(HOUR), expected_version }),
        ("windows longer", Command::ChangeRules { rules: rules_v(2, 4 * 3_600, 14 * 86_400) }),
        ("windows shorter", Command::ChangeRules { rules: rules_v(2, 240, 1_200) }),
        ("other owner", Command::Reassign { to: Some(BEN), team: TEAM, by: TIM }),
        ("no owner", Command::Reassign { to: None, team: TEAM, by: TIM }),
        ("hand-back", Command::HandBack { by: TIM }),
        ("archive", become_(Status::Archived)),
        ("make a client", become_(Status::ActiveClient)),
        ("make a lead", become_(Status::Lead)),
        ("merge into another", merge_into(OTHER_LEAD)),
        ("merge another into it", absorb(Brought::by(Story::active().lead()))),
        ("come back from a merge", Command::ComeBack { from: OTHER_LEAD, lost: vec![], by: ANA }),
        ("let a merged one go", Command::LetGo { lead: OTHER_LEAD, by: ANA }),
        ("delete", delete()),
        ("delete, if quiet for a day", Command::Delete { by: ANA, quiet_for: DAY }),
        ("message asked for", request(2, ANA, 0)),
        ("message asked for, undo 30 s", request(2, ANA, 30)),
        ("message taken back", told(SendCommand::TakeBack { which: SendName::Event(send_id(1)), by: ANA })),
        ("message accepted", accepted(1)),
        ("message refused", told(SendCommand::Refused { send: send_id(1), code: None, opted_out: false })),
        ("message not sent", told(SendCommand::NotSent { send: send_id(1), retry_after: None })),
        ("message in doubt", told(SendCommand::Doubt { send: send_id(1) })),
        ("person: it went", told(SendCommand::Resolve { send: send_id(1), went: true, by: ANA })),
        ("person: it did not go", told(SendCommand::Resolve { send: send_id(1), went: false, by: ANA })),
        ("message by Ben's number", receive_by(BEN, now)),
        ("status: delivered", status(1, Delivery::Delivered)),
        ("status: failed", status(1, Delivery::Failed)),
        ("tick now", Command::Tick),
        ("tick at the next deadline", Command::Tick),
    ]
}

#[test]
fn lif_1_every_command_in_every_situation() {
    let mut table = String::from(
        "For each situation: where the lead stands, then a line for each command: what follows.\n\
         Times count from the first message. W1 60 min, W2 48 h, r 0.8.\n\
         +card opened, ~changed, -closed (why), =state entered (cause, when), {cards open afterwards}.\n",
    );
    for (name, story) in situations() {
        writeln!(table, "\n## {name} — {}", standing(&story.slot)).unwrap();
        for (asked, command) in commands(&story) {
            let mut after = story.clone();
            if asked == "tick at the next deadline" {
                after.now = story.slot.lead().and_then(next_deadline).map_or(story.now, |(at, _)| at);
            }
            let line = match after.run(command) {
                Ok(events) if events.is_empty() => "nothing".to_owned(),
                Ok(events) => {
                    let all: Vec<Event> = story.journal.iter().chain(&events).cloned().collect();
                    let told: Vec<String> = events.iter().map(|event| short(event, &all)).collect();
                    format!("{} {}", told.join(", "), cards(&after.slot))
                }
                Err(rejected) => format!("refused: {}", rejected.code()),
            };
            writeln!(table, "{asked:<26} {line}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

fn standing(slot: &Slot) -> String {
    let Some(lead) = slot.lead() else { return "no lead".to_owned() };
    let deadline = match next_deadline(lead) {
        Some((at, kind)) => format!("next {kind:?} {}", clock(at)),
        None => "no clock".to_owned(),
    };
    format!("{}, base {}, {deadline} {}", state(&lead.state), clock(lead.base()), cards(slot))
}

fn state(state: &State) -> String {
    match state {
        State::New => "New".to_owned(),
        State::Active => "Active".to_owned(),
        State::AtRisk(AtRiskReason::FirstContact) => "AtRisk(first contact)".to_owned(),
        State::AtRisk(AtRiskReason::NoTouch) => "AtRisk(no touch)".to_owned(),
        State::Stale(rescue) => format!("Stale({})", progress(&rescue.progress)),
    }
}

fn progress(progress: &RescueProgress) -> &'static str {
    match progress {
        RescueProgress::Waiting => "waiting",
        RescueProgress::InProgress { .. } => "in progress",
        RescueProgress::Answered { escalated: false, .. } => "answered",
        RescueProgress::Answered { escalated: true, .. } => "answered, escalated",
    }
}

/// "+48m", "+38h34m".
fn clock(at: Timestamp) -> String {
    let ms = at.millis_since(START);
    let sign = if ms < 0 { "-" } else { "+" };
    let (h, m, s) = (ms.abs() / HOUR, ms.abs() % HOUR / MINUTE, ms.abs() % MINUTE / 1_000);
    let part = |n: i64, unit: &str| if n == 0 { String::new() } else { format!("{n}{unit}") };
    let text = format!("{}{}{}", part(h, "h"), part(m, "m"), part(s, "s"));
    format!("{sign}{}", if text.is_empty() { "0" } else { &text })
}

fn kind(kind: CardKind) -> &'static str {
    match kind {
        CardKind::Reply => "reply",
        CardKind::ContactNow => "contact_now",
        CardKind::AtRisk => "at_risk",
        CardKind::Rescue => "rescue",
        CardKind::FollowUp => "follow_up",
        CardKind::CallOutcome => "call_outcome",
    }
}

fn cards(slot: &Slot) -> String {
    let cards = slot.lead().map_or(&[][..], |lead: &Lead| lead.cards.as_slice());
    let shown: Vec<String> = cards
        .iter()
        .map(|card| {
            let snoozed = card.snoozed_until.map_or(String::new(), |at| format!(" snoozed to {}", clock(at)));
            format!("{} due {}{snoozed}", kind(card.kind), clock(card.due_at))
        })
        .collect();
    format!("{{{}}}", shown.join(", "))
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::FirstReplyDue => "first reply due".to_owned(),
        Reason::FirstReplyAtRisk => "first reply at risk".to_owned(),
        Reason::NoTouch { since } => format!("no touch since {}", clock(*since)),
        Reason::Stale { since } => format!("Stale since {}", clock(*since)),
        Reason::Wrote { at } => format!("wrote {}", clock(*at)),
        Reason::FollowUp => "planned".to_owned(),
        Reason::CallWithoutOutcome { at } => format!("called {}", clock(*at)),
        Reason::TouchRevoked { sent_at } => format!("message of {} never arrived", clock(*sent_at)),
        Reason::OptedOut { closed, open } => format!("{closed:?} closed, open {open:?}"),
        Reason::SendFailed { asked_at, failure } => {
            format!("message of {} failed: {failure:?}", clock(*asked_at))
        }
        Reason::SendInDoubt { tried_at } => format!("message of {} in doubt", clock(*tried_at)),
    }
}

fn card(card: &Card) -> String {
    format!("{} ({})", kind(card.kind), reason(&card.reason))
}

/// The kind of the card that a task had when it was last told of.
fn kind_of(task: TaskId, events: &[Event]) -> &'static str {
    let known = events.iter().find_map(|event| match event {
        Event::CardOpened { card } if card.task == task => Some(kind(card.kind)),
        _ => None,
    });
    known.unwrap_or("?")
}

fn short(event: &Event, all: &[Event]) -> String {
    match event {
        Event::Created { .. } => "created".to_owned(),
        Event::MessageReceived { .. } => "message".to_owned(),
        Event::NameLearned { .. } => "name".to_owned(),
        Event::StateChanged { to, cause: because, at } => {
            format!("={} ({}, {})", state(to), cause(*because), clock(*at))
        }
        Event::DeadlinePassed { deadline, at } => format!("{deadline:?} passed {}", clock(*at)),
        Event::FirstContactMade { at } => format!("first contact {}", clock(*at)),
        Event::FirstContactUndone => "first contact undone".to_owned(),
        Event::FirstContactBreached { at } => format!("breach {}", clock(*at)),
        Event::Touched { touch, rescue } => {
            format!("{} {}", if *rescue { "rescuer's touch" } else { "touch" }, clock(touch.at))
        }
        Event::TouchRevoked { .. } => "touch revoked".to_owned(),
        Event::TouchUndone { .. } => "touch undone".to_owned(),
        Event::TouchSettled { .. } => "touch settled".to_owned(),
        Event::ClockRestarted { at } => format!("base {}", clock(*at)),
        Event::RescueMoved { progress: to, .. } => format!("rescue {}", progress(to)),
        Event::HandedBack { .. } => "handed back".to_owned(),
        Event::RescueEscalated { at, count, .. } => format!("escalation {count} {}", clock(*at)),
        Event::CardOpened { card: opened } => format!("+{}", card(opened)),
        Event::CardChanged { card: changed } => format!("~{}", card(changed)),
        Event::CardClosed { task, how, .. } => format!("-{} ({})", kind_of(*task, all), closed(*how)),
        Event::CardSnoozed { task, until, .. } => {
            format!("{} snoozed to {}", kind_of(*task, all), clock(*until))
        }
        Event::CardReturned { task, .. } => format!("{} returned", kind_of(*task, all)),
        Event::FollowUpScheduled { follow_up, by } => {
            format!("follow-up {}{}", clock(follow_up.due_at), if by.is_none() { " by default" } else { "" })
        }
        Event::FollowUpRemoved { .. } => "follow-up gone".to_owned(),
        Event::CallStarted { .. } => "call placed".to_owned(),
        Event::CallReopened { .. } => "call reopened".to_owned(),
        Event::NoteWritten { .. } => "note".to_owned(),
        Event::ProfileChanged { .. } => "profile changed".to_owned(),
        Event::DeedUndone { .. } => "deed undone".to_owned(),
        Event::CallEnded { .. } => "call ended".to_owned(),
        Event::OptedOut { channel, .. } => format!("{channel:?} closed"),
        Event::OptedIn { channel, .. } => format!("{channel:?} open"),
        Event::OwnerChanged { .. } => "owner changed".to_owned(),
        Event::RulesChanged { .. } => "rules changed".to_owned(),
        Event::StatusChanged { to, .. } => format!("status {to:?}"),
        Event::Deleted { .. } => "deleted".to_owned(),
        Event::Reviewed { restored, .. } => format!("reviewed, restored: {restored}"),
        Event::Restored { .. } => "restored".to_owned(),
        Event::IdentityLinked { .. } => "identity linked".to_owned(),
        Event::IdentityUnlinked { .. } => "identity unlinked".to_owned(),
        Event::SentToReview { .. } => "to review".to_owned(),
        Event::WroteToAnother { .. } => "another told".to_owned(),
        Event::Reached { status, .. } => format!("conversation {status:?}"),
        Event::MergedInto { .. } => "merged into another".to_owned(),
        Event::Absorbed { .. } => "another merged into it".to_owned(),
        Event::LetGo { .. } => "merged one let go".to_owned(),
        Event::CameBack { .. } => "came back".to_owned(),
        Event::Send(event) => sent(event),
    }
}

fn sent(event: &SendEvent) -> String {
    match event {
        SendEvent::Requested { outgoing } => {
            format!("message asked for, to go {}", clock(outgoing.not_before))
        }
        SendEvent::Started { .. } => "message tried".to_owned(),
        SendEvent::PutOff { until, .. } => format!("message put off to {}", clock(*until)),
        SendEvent::Accepted { .. } => "message accepted".to_owned(),
        SendEvent::StatusRaised { status, .. } => format!("message {status:?}"),
        SendEvent::Failed { why, .. } => format!("message failed: {why:?}"),
        SendEvent::Doubted { .. } => "message in doubt".to_owned(),
        SendEvent::Asked { .. } => "message asked about".to_owned(),
        SendEvent::Resolved { went, by, .. } => {
            let by = if by.is_some() { "a person" } else { "the provider" };
            format!("message {} ({by})", if *went { "went" } else { "did not go" })
        }
        SendEvent::TakenBack { .. } => "message taken back".to_owned(),
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Deadline(DeadlineKind::FirstContactAtRisk) => "r·W1",
        Cause::Deadline(DeadlineKind::FirstContactBreach) => "W1",
        Cause::Deadline(DeadlineKind::StaleAtRisk) => "r·W2",
        Cause::Deadline(DeadlineKind::Stale) => "W2",
        Cause::Deadline(
            DeadlineKind::RescueEscalation
            | DeadlineKind::SnoozeEnds
            | DeadlineKind::FollowUpDue
            | DeadlineKind::SendDue
            | DeadlineKind::SendInDoubt,
        ) => "a deadline that moves no state",
        Cause::FirstTouch => "first touch",
        Cause::Touch => "touch",
        Cause::TouchRevoked => "touch revoked",
        Cause::RulesChanged => "rules changed",
        Cause::HandedBack => "handed back",
        Cause::Reassigned => "reassigned",
        Cause::ReturnedFromArchive => "returned",
        Cause::ClockRestarted => "clock restarted",
    }
}

fn closed(how: CardClosed) -> &'static str {
    match how {
        CardClosed::Done { .. } => "done",
        CardClosed::Undone { .. } => "undone",
        CardClosed::Replaced => "replaced",
        CardClosed::Touched => "touched",
        CardClosed::StateLeft => "state left",
        CardClosed::OutcomeRecorded => "outcome told",
        CardClosed::LeadGone => "lead gone",
    }
}
