//! Reply windows and conversations (OUT-2, ING-13): when a message may still go, and how far what was sent is known to be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    hours::{Hours, QuietHours, WallTime},
    identity::{Address, IdentityKind},
    ids::ConnectionId,
    lead::{
        ChannelStanding, Command, KEPT_CONVERSATIONS, Lead, Outgoing, Reason, Rejected, ReplyWindow,
        SendCommand, SendFailure, StateName, reply_window,
    },
    message::{Channel, Delivery, Direction, EventKind, Message, OptWord, Provider},
    time::{Seconds, Timestamp, Zone},
};

const ALL: [Channel; 9] = [
    Channel::Sms,
    Channel::Whatsapp,
    Channel::Messenger,
    Channel::Instagram,
    Channel::Email,
    Channel::Voice,
    Channel::Note,
    Channel::Task,
    Channel::System,
];
const DAY_S: i64 = 24 * 3_600;

fn after(seconds: i64) -> Timestamp {
    START.plus_millis(seconds * 1_000)
}

/// The `n`-th connection.
fn line(n: u8) -> ConnectionId {
    ConnectionId::from_bytes([n; 16])
}

fn client(channel: Channel) -> Address {
    let kind = match channel {
        Channel::Whatsapp => return phone("+14155550100"),
        Channel::Messenger => IdentityKind::Messenger,
        _ => IdentityKind::Instagram,
    };
    Address { kind, value: "psid-1".to_owned() }
}

/// The client's message on that channel, to the `n`-th connection.
fn heard(channel: Channel, n: u8, at: Timestamp) -> Message {
    Message { channel, provider: Provider::Meta, connection: line(n), from: client(channel), ..sms(at) }
}

fn lead_on(channel: Channel) -> Story {
    Story::vacant().at(START).then(receive_message(heard(channel, 0, START)))
}

fn outgoing_on(channel: Channel, n: u128) -> Outgoing {
    let Outgoing { message, .. } = outgoing(n, ANA);
    let to = vec![client(channel)];
    let message = Message { channel, provider: Provider::Meta, connection: line(0), to, ..message };
    Outgoing::approved(message, ANA, Some(mutation(n)), 7, None)
}

fn ask(channel: Channel, n: u128, undo_s: u32) -> Command {
    let outgoing = Box::new(outgoing_on(channel, n));
    told(SendCommand::Request { outgoing, undo: Seconds(undo_s), opted_out: false })
}

fn reached(channel: Channel, status: Delivery, until: Timestamp) -> Command {
    let connection = line(0);
    told(SendCommand::Reached { connection, client: client(channel), status, until })
}

fn of(lead: &Lead, n: u128) -> (Delivery, Option<SendFailure>) {
    let outgoing = lead.outgoing(send_id(n)).unwrap();
    (outgoing.message.status, outgoing.failure.clone())
}

#[test]
fn out_2_the_table_of_windows_is_that_of_the_providers_documents() {
    let open = |seconds| ReplyWindow::Open { until: after(seconds) };
    let by_hand = ReplyWindow::ByHand { until: after(7 * DAY_S) };
    let closed = ReplyWindow::Closed;
    // Seconds since the client wrote, WhatsApp, Messenger and Instagram.
    let table = [
        (0, open(DAY_S), open(7 * DAY_S)),
        (DAY_S - 1, open(DAY_S), open(7 * DAY_S)),
        (DAY_S, closed, by_hand),
        (7 * DAY_S - 1, closed, by_hand),
        (7 * DAY_S, closed, closed),
        (400 * DAY_S, closed, closed),
    ];
    for (seconds, whatsapp, others) in table {
        let window = |channel| reply_window(channel, Some(START), after(seconds));
        assert_eq!(window(Channel::Whatsapp), whatsapp, "{seconds}");
        assert_eq!((window(Channel::Messenger), window(Channel::Instagram)), (others, others), "{seconds}");
    }
    for channel in ALL {
        let counts = matches!(channel, Channel::Whatsapp | Channel::Messenger | Channel::Instagram);
        let never = reply_window(channel, None, START);
        assert_eq!(never, if counts { closed } else { ReplyWindow::Always }, "{channel:?}");
        assert_eq!(reply_window(channel, Some(START), after(400 * DAY_S)).is_open(), !counts, "{channel:?}");
    }
}

#[test]
fn out_2_a_message_is_refused_once_the_window_is_over_and_taken_again_when_the_client_writes() {
    for (channel, hours_open) in
        [(Channel::Whatsapp, 24), (Channel::Messenger, 168), (Channel::Instagram, 168)]
    {
        let last_moment = hours(hours_open).plus_millis(-1);
        let story = lead_on(channel);
        assert_eq!(of(story.clone().at(last_moment).then(ask(channel, 1, 0)).lead(), 1).0, Delivery::Sending);
        let late = story.at(hours(hours_open));
        assert_eq!(late.rejects(ask(channel, 1, 0)), Rejected::WindowClosed, "{channel:?}");
        assert_eq!((Rejected::WindowClosed.code(), Rejected::WindowClosed.number()), ("window_closed", 40));
        let now = late.now;
        let wrote = late.then(receive_message(heard(channel, 0, now)));
        assert_eq!(of(wrote.then(ask(channel, 1, 0)).lead(), 1).0, Delivery::Sending, "{channel:?}");
    }
}

#[test]
fn out_2_a_window_is_that_of_one_address_and_one_connection() {
    let story = lead_on(Channel::Whatsapp);
    let other = Message { connection: line(0xcf), ..outgoing_on(Channel::Whatsapp, 1).message };
    assert_eq!(story.lead().window_of(&other, START), ReplyWindow::Closed, "they wrote to another number");
    let to = vec![phone("+14155550177")];
    let other = Message { to, ..outgoing_on(Channel::Whatsapp, 1).message };
    assert_eq!(story.lead().window_of(&other, START), ReplyWindow::Closed, "another phone wrote");
}

#[test]
fn out_2_only_what_the_client_says_opens_a_window() {
    let later = hours(20);
    for kind in [EventKind::Reaction, EventKind::Unsend, EventKind::Edit] {
        let message = Message { kind, ..heard(Channel::Whatsapp, 0, later) };
        let story = lead_on(Channel::Whatsapp).at(later).then(receive_message(message)).at(hours(24));
        assert_eq!(story.rejects(ask(Channel::Whatsapp, 1, 0)), Rejected::WindowClosed, "{kind:?}");
    }
    let echo = Message { direction: Direction::Out, ..heard(Channel::Whatsapp, 0, later) };
    let story = lead_on(Channel::Whatsapp).at(later).then(receive_message(echo)).at(hours(24));
    assert_eq!(story.rejects(ask(Channel::Whatsapp, 1, 0)), Rejected::WindowClosed);
    for kind in [EventKind::Location, EventKind::Contacts, EventKind::Call, EventKind::Unsupported] {
        let message = Message { kind, ..heard(Channel::Whatsapp, 0, later) };
        let story = lead_on(Channel::Whatsapp).at(later).then(receive_message(message)).at(hours(24));
        assert_eq!(of(story.then(ask(Channel::Whatsapp, 1, 0)).lead(), 1).0, Delivery::Sending, "{kind:?}");
    }
}

#[test]
fn out_2_a_message_that_waits_past_its_window_is_refused_or_fails_with_the_reason_on_the_card() {
    // Asked for with a minute to go, and held back for longer by its time to be taken back.
    let late = lead_on(Channel::Whatsapp).at(after(DAY_S - 60));
    assert_eq!(late.rejects(ask(Channel::Whatsapp, 1, 120)), Rejected::WindowClosed);

    // It waits for the provider, and the window ends meanwhile.
    let waits = lead_on(Channel::Whatsapp).at(after(DAY_S - 60)).then(ask(Channel::Whatsapp, 1, 0));
    let not_sent = SendCommand::NotSent { send: send_id(1), retry_after: Some(Seconds(300)) };
    let waits = waits.then(told(not_sent));
    let ended = waits.at(after(DAY_S + 300)).then(Command::Tick);
    assert_eq!(of(ended.lead(), 1), (Delivery::Failed, Some(SendFailure::WindowClosed { code: None })));
    let failure = SendFailure::WindowClosed { code: None };
    assert!(matches!(&ended.card().reason, Reason::SendFailed { failure: told, .. } if *told == failure));
}

#[test]
fn out_2_out_7_quiet_hours_that_outlast_the_window_refuse_at_once() {
    // The lead's day begins at nine: the window ends in the middle of these.
    let wall = |text: &str| WallTime::parse(text).unwrap();
    let quiet = QuietHours::new(wall("08:00"), wall("12:00"));
    let hours = Hours { zone: Zone::named("UTC").unwrap(), business: None, pause_stale: false, quiet };
    let rules = rules_v(1, 3_600, 172_800).with_hours(Some(hours)).unwrap();
    let story = lead_on(Channel::Whatsapp).then(Command::ChangeRules { rules });
    let goes = story.lead().rules.may_send_from(after(DAY_S - 60));
    assert!(goes > after(DAY_S), "the test needs quiet hours over the end of the window");
    assert_eq!(story.at(after(DAY_S - 60)).rejects(ask(Channel::Whatsapp, 1, 0)), Rejected::WindowClosed);
}

#[test]
fn out_2_the_providers_own_word_for_a_closed_window_is_the_reason_whenever_it_comes() {
    let closed = |code: &str| SendFailure::WindowClosed { code: Some(code.to_owned()) };
    // At once: no touch was ever made.
    let story = lead_on(Channel::Messenger).at(min(5)).then(ask(Channel::Messenger, 1, 0));
    let refusal = SendCommand::WindowClosed { send: send_id(1), code: Some("10/2018278".to_owned()) };
    let refused = story.then(told(refusal.clone()));
    assert_eq!(of(refused.lead(), 1), (Delivery::Failed, Some(closed("10/2018278"))));
    assert!(
        matches!(&refused.card().reason, Reason::SendFailed { failure, .. } if *failure == closed("10/2018278"))
    );
    assert_eq!(refused.rejects(told(refusal)), Rejected::NothingChanges);

    // By a status, after WhatsApp took it: the touch goes, and the card says why.
    let story = lead_on(Channel::Whatsapp).at(min(5)).then(ask(Channel::Whatsapp, 1, 0)).then(accepted(1));
    assert_eq!(story.state(), StateName::Active);
    let failed = SendCommand::Status {
        send: send_id(1),
        provider_event_id: "SMout1".to_owned(),
        status: Delivery::Failed,
        code: Some("131047".to_owned()),
    };
    let failed = story.then(told(failed));
    assert_eq!(of(failed.lead(), 1), (Delivery::Failed, Some(closed("131047"))));
    assert_eq!((failed.state(), failed.lead().last_touch_at()), (StateName::New, None));
    assert!(
        matches!(&failed.card().reason, Reason::SendFailed { failure, .. } if *failure == closed("131047"))
    );

    // The same number from another provider is just a number.
    let other = under_twilio("131047");
    assert!(matches!(of(other.lead(), 1).1, Some(SendFailure::Undelivered { .. })));
}

fn under_twilio(code: &str) -> Story {
    let failed = SendCommand::Status {
        send: send_id(1),
        provider_event_id: "SMout1".to_owned(),
        status: Delivery::Failed,
        code: Some(code.to_owned()),
    };
    Story::new_lead().at(min(5)).then(request(1, ANA, 0)).then(accepted(1)).then(told(failed))
}

/// Everything that can be told of a message of Messenger's that was tried at minute five: its answer, its delivery by id and
/// by watermark, and that it was read.
fn words() -> [Command; 4] {
    [
        accepted(1),
        status(1, Delivery::Delivered),
        reached(Channel::Messenger, Delivery::Delivered, min(6)),
        reached(Channel::Messenger, Delivery::Read, min(7)),
    ]
}

fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let starting = |first: usize| {
        let rest: Vec<usize> = of.iter().copied().filter(|other| *other != first).collect();
        orders(&rest).into_iter().map(move |tail| [vec![first], tail].concat())
    };
    of.iter().copied().flat_map(starting).collect()
}

#[test]
fn ing_13_answer_delivery_and_watermarks_in_every_order_and_twice_come_to_the_same_status() {
    for order in orders(&[0, 1, 2, 3]) {
        let mut story = lead_on(Channel::Messenger).at(min(5)).then(ask(Channel::Messenger, 1, 0)).at(min(8));
        for n in order.iter().flat_map(|n| [*n, *n]) {
            match story.run(words()[n].clone()) {
                Ok(_) | Err(Rejected::NothingChanges) => {}
                Err(other) => panic!("{other} in {order:?}"),
            }
        }
        assert_eq!(of(story.lead(), 1), (Delivery::Read, None), "{order:?}");
        assert_eq!(story.state(), StateName::Active, "{order:?}");
        assert!(story.lead().last_touch_at().is_some(), "{order:?}");
    }
}

#[test]
fn ing_13_a_watermark_says_nothing_of_what_was_sent_after_it_or_elsewhere_or_never_taken() {
    let story = lead_on(Channel::Messenger).at(min(5)).then(ask(Channel::Messenger, 1, 0)).then(accepted(1));
    let before = reached(Channel::Messenger, Delivery::Read, min(4));
    assert_eq!(story.clone().at(min(9)).rejects(before), Rejected::NothingChanges);
    let elsewhere = told(SendCommand::Reached {
        connection: line(0xcf),
        client: client(Channel::Messenger),
        status: Delivery::Read,
        until: min(9),
    });
    assert_eq!(story.clone().at(min(9)).rejects(elsewhere), Rejected::NothingChanges);
    let read = story.at(min(9)).then(reached(Channel::Messenger, Delivery::Read, min(9)));
    assert_eq!(of(read.lead(), 1).0, Delivery::Read);
    assert_eq!(
        read.rejects(reached(Channel::Messenger, Delivery::Delivered, min(9))),
        Rejected::NothingChanges,
        "what was read was delivered"
    );
    assert_eq!(read.rejects(reached(Channel::Messenger, Delivery::Failed, min(9))), Rejected::NothingChanges);

    // In doubt: that the client read until then does not prove that the provider had it.
    let doubt = lead_on(Channel::Messenger).at(min(5)).then(ask(Channel::Messenger, 1, 0));
    let doubt = doubt.then(told(SendCommand::Doubt { send: send_id(1) }));
    let doubt = doubt.at(min(9)).then(reached(Channel::Messenger, Delivery::Read, min(9)));
    assert_eq!(of(doubt.lead(), 1).0, Delivery::Unknown);
    assert_eq!(of(doubt.then(accepted(1)).lead(), 1).0, Delivery::Read, "found later, it was read long ago");
}

#[test]
fn out_2_a_lead_says_where_it_can_be_written_to() {
    let story = lead_on(Channel::Whatsapp);
    let until = Some(hours(24));
    let open = ChannelStanding::Open { until: None };
    let whatsapp = ChannelStanding::Open { until };
    assert_eq!(story.lead().channels(START), [(Channel::Sms, open), (Channel::Whatsapp, whatsapp)]);
    let late = [(Channel::Sms, open), (Channel::Whatsapp, ChannelStanding::WindowClosed)];
    assert_eq!(story.lead().channels(hours(24)), late);
    let stop = Message { opt_word: Some(OptWord::Stop), ..heard(Channel::Whatsapp, 0, min(1)) };
    let stopped = story.at(min(1)).then(receive_message(stop));
    let out = [(Channel::Sms, open), (Channel::Whatsapp, ChannelStanding::OptedOut)];
    assert_eq!(stopped.lead().channels(min(1)), out);

    let sms = Story::new_lead();
    assert_eq!(sms.lead().channels(START), [(Channel::Sms, open)], "a phone alone is no WhatsApp");
    let messenger = ChannelStanding::Open { until: Some(after(7 * DAY_S)) };
    assert_eq!(lead_on(Channel::Messenger).lead().channels(START), [(Channel::Messenger, messenger)]);
}

#[test]
fn a_lead_remembers_a_bounded_number_of_conversations_those_that_were_heard_last() {
    let mut story = lead_on(Channel::Whatsapp);
    for n in 1..=u8::try_from(KEPT_CONVERSATIONS).unwrap() {
        let at = min(n.into());
        story = story.at(at).then(receive_message(heard(Channel::Whatsapp, n, at)));
    }
    let conversations = &story.lead().conversations;
    assert_eq!(conversations.len(), KEPT_CONVERSATIONS);
    assert!(conversations.iter().all(|known| known.heard_at > START), "the quietest was forgotten");
    let latest = story.lead().latest_conversation(Channel::Whatsapp).unwrap();
    assert_eq!(latest.connection, line(u8::try_from(KEPT_CONVERSATIONS).unwrap()));
}
