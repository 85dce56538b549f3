//! Messages to the client, from the approval to the last word of the provider (OUT-3, OUT-7, ING-1, ING-13).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    hours::{Hours, QuietHours, WallTime},
    ids::TouchId,
    lead::{
        CardKind, Command, DeadlineKind, Event, KEPT_SENDS, Lead, OPEN_SENDS, Outgoing, Reason, Rejected,
        SendCommand, SendEvent, SendFailure, SendName, StateName, Status, next_deadline,
    },
    message::{Channel, Delivery, OptWord},
    time::{Seconds, Timestamp, Zone},
};

fn outgoing_of(lead: &Lead, n: u128) -> &Outgoing {
    lead.outgoing(send_id(n)).unwrap()
}
fn status_of(story: &Story, n: u128) -> Delivery {
    outgoing_of(story.lead(), n).message.status
}
fn touch_of(n: u128) -> TouchId {
    TouchId(send_id(n).0)
}
fn doubt(n: u128) -> Command {
    told(SendCommand::Doubt { send: send_id(n) })
}
fn not_sent(n: u128, retry_after_s: Option<u32>) -> Command {
    told(SendCommand::NotSent { send: send_id(n), retry_after: retry_after_s.map(Seconds) })
}
fn refused(n: u128, code: &str, opted_out: bool) -> Command {
    told(SendCommand::Refused { send: send_id(n), code: Some(code.to_owned()), opted_out })
}
fn take_back(n: u128) -> Command {
    told(SendCommand::TakeBack { which: SendName::Mutation(mutation(n)), by: ANA })
}
fn seconds(seconds: i64) -> Timestamp {
    min(5).plus_millis(seconds * 1_000)
}
/// A new lead whose first answer is under way.
fn under_way() -> Story {
    Story::new_lead().at(min(5)).then(request(1, ANA, 0))
}

#[test]
fn out_3_a_message_is_sending_before_the_provider_is_called_and_a_touch_once_the_provider_has_it() {
    let story = under_way();
    assert_eq!(status_of(&story, 1), Delivery::Sending);
    assert_eq!(story.state(), StateName::New, "nothing is a touch before the provider took it");
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));

    let story = story.at(seconds(2)).then(accepted(1));
    assert_eq!(status_of(&story, 1), Delivery::Sent);
    assert_eq!(outgoing_of(story.lead(), 1).message.provider_event_id, "SMout1");
    assert_eq!(story.lead().last_touch_at(), Some(seconds(2)));
    assert_eq!((story.state(), story.automatic()), (StateName::Active, None));
    assert_eq!(story.lead().follow_ups.len(), 1, "DECK-8: what comes next is planned");
    assert!(story.lead().follow_ups[0].by_default);
    assert_eq!(story.rejects(accepted(1)), Rejected::NothingChanges);
}

#[test]
fn deck_8_the_sender_plans_what_comes_next_in_the_same_step() {
    let wanted = Outgoing { follow_up_at: Some(hours(5)), ..outgoing(1, ANA) };
    let ask = told(SendCommand::Request { outgoing: Box::new(wanted), undo: Seconds(0), opted_out: false });
    let story = Story::new_lead().at(min(5)).then(ask).then(accepted(1));
    let plans = &story.lead().follow_ups;
    assert_eq!(
        plans.iter().map(|plan| (plan.due_at, plan.by_default)).collect::<Vec<_>>(),
        [(hours(5), false)]
    );
}

#[test]
fn deck_2_undo_and_the_waits_for_a_provider_are_wall_time_however_fast_the_engines_runs() {
    let story = Story::new_lead().at(min(5)).running(60).then(request(1, ANA, 5));
    assert_eq!(next_deadline(story.lead()), Some((seconds(300), DeadlineKind::SendDue)), "five wall seconds");
    assert_eq!(status_of(&story.at(seconds(299)).then(take_back(1)), 1), Delivery::Canceled);

    let story = under_way().running(60).then(not_sent(1, Some(7)));
    assert_eq!(next_deadline(story.lead()), Some((seconds(420), DeadlineKind::SendDue)), "Retry-After");
    let story = under_way().running(60).then(doubt(1));
    assert_eq!(
        next_deadline(story.lead()),
        Some((seconds(60), DeadlineKind::SendInDoubt)),
        "asked after one"
    );
    // What the life cycle counts is the engine's time.
    let story = Story::vacant().running(60).at(START).then(receive(START));
    assert_eq!(next_deadline(story.lead()), Some((min(48), DeadlineKind::FirstContactAtRisk)));
}

#[test]
fn deck_2_a_message_waits_for_its_time_to_be_taken_back_and_is_taken_back_until_then() {
    let story = Story::new_lead().at(min(5)).then(request(1, ANA, 30));
    assert_eq!(status_of(&story, 1), Delivery::Pending);
    assert_eq!(next_deadline(story.lead()), Some((seconds(30), DeadlineKind::SendDue)));

    let back = story.clone().at(seconds(29)).then(take_back(1));
    assert_eq!(status_of(&back, 1), Delivery::Canceled);
    assert_eq!(back.rejects(take_back(1)), Rejected::NothingChanges, "twice is as good as once");
    let later = back.at(hours(1)).then(Command::Tick);
    assert_eq!(status_of(&later, 1), Delivery::Canceled, "it never goes");

    let late = story.clone().at(seconds(30));
    assert_eq!(late.rejects(take_back(1)), Rejected::SendUnderWay);
    let gone = late.then(Command::Tick);
    assert_eq!(status_of(&gone, 1), Delivery::Sending);
    let others = told(SendCommand::TakeBack { which: SendName::Event(send_id(1)), by: BEN });
    assert_eq!(story.rejects(others), Rejected::SendNotKnown, "it is another person's");
}

#[test]
fn ing_1_nothing_is_sent_to_who_opted_out_from_that_commit_on() {
    let out = Story::active().at(min(20)).then(receive_message(word(min(20), OptWord::Stop)));
    assert_eq!(out.rejects(request(1, ANA, 0)), Rejected::ChannelOptedOut);
    assert_eq!(Rejected::ChannelOptedOut.number(), 17);
    let back = out.at(min(21)).then(receive_message(word(min(21), OptWord::Start)));
    assert_eq!(status_of(&back.then(request(1, ANA, 0)), 1), Delivery::Sending);

    let unknown = told(SendCommand::Request {
        outgoing: Box::new(outgoing(1, ANA)),
        undo: Seconds(0),
        opted_out: true,
    });
    assert_eq!(Story::active().at(min(20)).rejects(unknown), Rejected::ChannelOptedOut, "by its address");

    let waits = Story::active().at(min(20)).then(request(1, ANA, 60)).then(request(2, ANA, 60));
    let stopped = waits.at(min(20)).then(receive_message(word(min(20), OptWord::Stop)));
    for n in [1, 2] {
        assert_eq!(status_of(&stopped, n), Delivery::Failed);
        assert_eq!(outgoing_of(stopped.lead(), n).failure, Some(SendFailure::OptedOut));
    }
    assert_eq!(stopped.automatic(), None, "an opt-out word opens no card");
}

#[test]
fn ing_1_a_carrier_that_knows_of_an_opt_out_closes_the_channel() {
    let mut story = under_way();
    let events = story.run(refused(1, "21610", true)).unwrap();
    let closed = events.iter().any(|event| {
        matches!(event, Event::OptedOut { channel: Channel::Sms, address, .. } if *address == phone("+14155550100"))
    });
    assert!(closed, "{events:?}");
    assert_eq!(story.rejects(request(2, ANA, 0)), Rejected::ChannelOptedOut);
    assert_eq!(outgoing_of(story.lead(), 1).failure, Some(SendFailure::OptedOut));
    assert!(matches!(story.card().reason, Reason::SendFailed { failure: SendFailure::OptedOut, .. }));
}

#[test]
fn out_3_what_surely_was_not_sent_is_tried_again_later_and_later_and_in_the_end_shown_on_the_card() {
    let mut story = under_way();
    let mut waits = Vec::new();
    for _ in 0..9 {
        story = story.then(not_sent(1, None));
        assert_eq!(status_of(&story, 1), Delivery::Pending);
        let (at, kind) = next_deadline(story.lead()).unwrap();
        assert_eq!(kind, DeadlineKind::SendDue);
        waits.push(at.millis_since(story.now) / 1_000);
        story = story.at(at).then(Command::Tick);
        assert_eq!(status_of(&story, 1), Delivery::Sending);
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
    let story = story.then(not_sent(1, None));
    assert_eq!(status_of(&story, 1), Delivery::Failed);
    assert!(matches!(story.card().reason, Reason::SendFailed { failure: SendFailure::GaveUp, .. }));
    assert_eq!((story.state(), story.lead().last_touch_at()), (StateName::New, None));
}

#[test]
fn out_7_a_provider_that_asks_for_time_gets_it() {
    let story = under_way().then(not_sent(1, Some(77)));
    assert_eq!(next_deadline(story.lead()), Some((seconds(77), DeadlineKind::SendDue)));
    let greedy = under_way().then(not_sent(1, Some(100_000)));
    assert_eq!(outgoing_of(greedy.lead(), 1).not_before, seconds(3_600));
}

#[test]
fn out_3_a_refused_message_is_not_tried_again_and_shows_on_the_card() {
    let story = under_way().then(refused(1, "21211", false));
    assert_eq!(status_of(&story, 1), Delivery::Failed);
    let failure = SendFailure::Refused { code: Some("21211".to_owned()) };
    assert_eq!(story.card().reason, Reason::SendFailed { asked_at: START, failure });
    let next = next_deadline(story.lead()).map(|(_, kind)| kind);
    assert_eq!(next, Some(DeadlineKind::FirstContactAtRisk), "nothing of it is due any more");

    // Nobody waits for an answer: the failure brings a card of its own.
    let story = Story::active().at(min(20)).then(request(1, ANA, 0)).then(refused(1, "30007", false));
    assert_eq!(story.automatic(), Some(CardKind::Reply));
    assert!(matches!(story.card().reason, Reason::SendFailed { .. }));
    let story = story.then(request(2, ANA, 0)).then(accepted(2));
    assert_eq!(story.automatic(), None, "the next message that goes answers it");
}

#[test]
fn out_3_no_later_news_of_the_state_takes_the_reason_of_a_failed_message_from_the_card() {
    let refusal = || refused(1, "21211", false);
    let in_doubt = |mut story: Story| {
        story = story.then(doubt(1));
        while let Some((at, DeadlineKind::SendInDoubt)) = next_deadline(story.lead()) {
            story = story.at(at).then(Command::Tick);
        }
        story
    };
    let undelivered = |story: Story| story.then(accepted(1)).then(status(1, Delivery::Failed));
    let asked = |story: Story, at: Timestamp| story.at(at).then(request(1, ANA, 0));
    let failed: [(&str, Story); 5] = [
        ("refused, new", under_way().then(refusal())),
        ("in doubt, new", in_doubt(under_way())),
        ("undelivered, new", undelivered(under_way())),
        ("refused, active", asked(Story::active(), min(20)).then(refusal())),
        ("in doubt, active", in_doubt(asked(Story::active(), min(20)))),
    ];
    for (what, story) in failed {
        let reason = story.card().reason.clone();
        assert!(reason.speaks_of_a_send(), "{what}: {reason:?}");
        // Every deadline of the state in turn, until nobody else but a rescuer can help.
        let (mut story, mut seen) = (story, Vec::new());
        while let Some((at, kind)) = next_deadline(story.lead()) {
            story = story.at(at).then(Command::Tick);
            if story.state() == StateName::Stale {
                break;
            }
            seen.push(kind);
            assert_eq!(story.card().reason, reason, "{what}, after {kind:?}");
            let next = story.clone().then(request(2, ANA, 0)).then(accepted(2));
            assert!(next.automatic().is_none(), "{what}: the next message that goes ends it");
        }
        let at_risk = [DeadlineKind::FirstContactAtRisk, DeadlineKind::StaleAtRisk];
        assert!(seen.iter().any(|kind| at_risk.contains(kind)), "{what}: {seen:?}");
        assert!(matches!(story.card().reason, Reason::Stale { .. }), "{what}: a rescue speaks of the lead");
    }
}

/// Rules of a team in UTC with quiet hours, or without.
fn quiet(version: u64, hours: Option<(&str, &str)>) -> Command {
    let wall = |text: &str| WallTime::parse(text).unwrap();
    let quiet = hours.map(|(from, to)| QuietHours::new(wall(from), wall(to)).unwrap());
    let hours = Hours { zone: Zone::named("UTC").unwrap(), business: None, pause_stale: false, quiet };
    let rules = rules_v(version, 3_600, 172_800).with_hours(Some(hours)).unwrap();
    Command::ChangeRules { rules }
}

#[test]
fn out_7_a_message_waits_for_the_end_of_quiet_hours_as_they_are_and_goes_when_they_are_lifted() {
    // START is 09:00 UTC.
    let held =
        Story::new_lead().then(quiet(1, Some(("08:00", "12:00")))).at(min(5)).then(request(1, ANA, 30));
    let goes = |story: &Story| outgoing_of(story.lead(), 1).not_before;
    assert_eq!((status_of(&held, 1), goes(&held)), (Delivery::Pending, hours(3)));
    let back = held.clone().then(take_back(1));
    assert_eq!(status_of(&back, 1), Delivery::Canceled);

    let longer = held.clone().then(quiet(2, Some(("08:00", "14:00"))));
    assert_eq!(goes(&longer), hours(5));
    let lifted = held.clone().then(quiet(2, None));
    assert_eq!(
        (status_of(&lifted, 1), goes(&lifted)),
        (Delivery::Pending, seconds(30)),
        "the time to take it back stays"
    );
    let gone = lifted.at(seconds(30)).then(Command::Tick);
    assert_eq!(status_of(&gone, 1), Delivery::Sending);
    let later = held.clone().at(min(20)).then(quiet(2, None));
    assert_eq!(status_of(&later, 1), Delivery::Sending, "its time was over long ago");

    // Tried, and put off into quiet hours that came meanwhile.
    let tried = under_way().then(quiet(1, Some(("08:00", "12:00")))).then(not_sent(1, None));
    assert_eq!(goes(&tried), hours(3));
    assert_eq!(goes(&tried.clone().then(quiet(2, None))), seconds(2));
    // They begin before its time: it does not go then either.
    let begun =
        Story::new_lead().at(min(5)).then(request(1, ANA, 600)).then(quiet(1, Some(("09:10", "10:00"))));
    assert_eq!(goes(&begun), hours(1));
}

#[test]
fn out_3_a_message_in_doubt_is_asked_about_and_never_sent_again() {
    let mut story = under_way().then(doubt(1));
    assert_eq!(status_of(&story, 1), Delivery::Unknown);
    let (mut asked, mut started) = (0, 0);
    while let Some((at, DeadlineKind::SendInDoubt)) = next_deadline(story.lead()) {
        story.now = at;
        for event in story.run(Command::Tick).unwrap() {
            match event {
                Event::Send(SendEvent::Asked { .. }) => asked += 1,
                Event::Send(SendEvent::Started { .. }) => started += 1,
                _ => {}
            }
        }
    }
    assert_eq!((asked, started), (10, 0));
    assert_eq!(story.now, seconds(1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256 + 300));
    assert_eq!(status_of(&story, 1), Delivery::Unknown);
    assert_eq!(story.card().reason, Reason::SendInDoubt { tried_at: seconds(0) });
    assert_eq!(story.rejects(not_sent(1, None)), Rejected::NothingChanges, "an answer that comes late");
    assert_eq!(story.rejects(take_back(1)), Rejected::SendUnderWay);

    // Found at last: it went when it was tried, and that is the time of the touch.
    let story = story.then(status(1, Delivery::Delivered));
    assert_eq!(status_of(&story, 1), Delivery::Delivered);
    assert_eq!(story.lead().last_touch_at(), Some(seconds(0)));
    assert_eq!((story.state(), story.automatic()), (StateName::Active, None));
}

/// A message whose fate nobody could find out: a person was asked to look.
fn left_to_a_person() -> Story {
    let mut story = under_way().then(doubt(1));
    while let Some((at, DeadlineKind::SendInDoubt)) = next_deadline(story.lead()) {
        story.now = at;
        story.run(Command::Tick).unwrap();
    }
    assert!(outgoing_of(story.lead(), 1).is_left_to_a_person());
    story
}
fn resolve(n: u128, went: bool) -> Command {
    told(SendCommand::Resolve { send: send_id(n), went, by: TIM })
}
fn resolved(story: &Story) -> Vec<(bool, bool)> {
    let told = story.journal.iter().filter_map(|event| match event {
        Event::Send(SendEvent::Resolved { went, by, .. }) => Some((*went, by.is_some())),
        _ => None,
    });
    told.collect()
}

#[test]
fn out_3_a_person_says_that_a_message_in_doubt_went_and_it_is_the_touch_of_when_it_was_tried() {
    let story = left_to_a_person().then(resolve(1, true));
    assert_eq!(status_of(&story, 1), Delivery::Sent);
    assert_eq!(story.lead().last_touch_at(), Some(seconds(0)));
    assert_eq!((story.state(), story.automatic()), (StateName::Active, None));
    assert_eq!(resolved(&story), [(true, true)]);
    assert_eq!(story.rejects(resolve(1, false)), Rejected::NothingChanges, "it is known");
    // The provider speaks of it after all, and names it.
    let story = story.then(status(1, Delivery::Delivered));
    let known = outgoing_of(story.lead(), 1);
    assert_eq!(
        (known.message.status, known.message.provider_event_id.as_str()),
        (Delivery::Delivered, "SMout1")
    );
    assert_eq!(story.lead().touches.len(), 1);
}

#[test]
fn out_3_a_person_says_that_it_did_not_go_and_the_providers_word_still_goes_before_theirs() {
    let story = left_to_a_person().then(resolve(1, false));
    assert_eq!(status_of(&story, 1), Delivery::Failed);
    let asked_at = outgoing_of(story.lead(), 1).message.received_at;
    assert_eq!(story.card().reason, Reason::SendFailed { asked_at, failure: SendFailure::NotSent });
    assert_eq!((story.lead().last_touch_at(), resolved(&story)), (None, vec![(false, true)]));
    let story = story.then(status(1, Delivery::Delivered));
    assert_eq!((status_of(&story, 1), story.state()), (Delivery::Delivered, StateName::Active));
    assert_eq!(story.lead().last_touch_at(), Some(seconds(0)));
}

#[test]
fn out_3_what_a_person_was_asked_about_is_asked_no_more_once_the_provider_tells() {
    for word in [status(1, Delivery::Sent), status(1, Delivery::Failed), accepted(1)] {
        let story = left_to_a_person().then(word);
        assert_eq!(resolved(&story), [(true, false)]);
    }
    // Found before anybody was asked, it is nobody's news.
    assert!(resolved(&under_way().then(doubt(1)).then(accepted(1))).is_empty());
    // What is on its way is no question yet.
    assert_eq!(under_way().rejects(resolve(1, true)), Rejected::SendUnderWay);
    assert_eq!(under_way().then(accepted(1)).rejects(resolve(1, true)), Rejected::NothingChanges);
    assert_eq!(under_way().rejects(resolve(7, true)), Rejected::SendNotKnown);
    let story = left_to_a_person().then(delete());
    assert_eq!(story.rejects(resolve(1, true)), Rejected::Deleted);
    // Archived meanwhile: what is found out is the truth all the same, and brings no card.
    let archive = Command::ChangeStatus { to: Status::Archived, by: TIM };
    let story = left_to_a_person().then(archive).then(resolve(1, false));
    assert_eq!((status_of(&story, 1), story.automatic()), (Delivery::Failed, None));
}

#[test]
fn out_3_a_message_in_doubt_holds_no_other_one_back() {
    let story = under_way().then(request(2, ANA, 0)).then(request(3, ANA, 0));
    assert_eq!(
        [1, 2, 3].map(|n| status_of(&story, n)),
        [Delivery::Sending, Delivery::Pending, Delivery::Pending]
    );
    let story = story.then(doubt(1));
    assert_eq!(
        [1, 2, 3].map(|n| status_of(&story, n)),
        [Delivery::Unknown, Delivery::Sending, Delivery::Pending]
    );
    // One that is put off keeps its place before the next.
    let story = story.then(not_sent(2, None));
    assert_eq!([2, 3].map(|n| status_of(&story, n)), [Delivery::Pending, Delivery::Pending]);
    let story = story.at(seconds(2)).then(Command::Tick).then(accepted(2));
    assert_eq!([2, 3].map(|n| status_of(&story, n)), [Delivery::Sent, Delivery::Sending]);
}

/// All orders of `items`.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![vec![]];
    }
    let with = |n: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(n);
        permutations(&rest).into_iter().map(move |mut tail| {
            tail.insert(0, first.clone());
            tail
        })
    };
    (0..items.len()).flat_map(with).collect()
}

#[test]
fn ing_13_statuses_in_all_orders_and_with_every_lost_one_end_the_same() {
    use Delivery::{Delivered, Failed, Pending, Read, Sending, Sent};
    let histories: [(&[Delivery], Delivery); 5] = [
        (&[Pending, Sending, Sent, Delivered, Read], Read),
        (&[Pending, Sending, Sent, Delivered], Delivered),
        (&[Pending, Sending, Sent, Failed], Failed),
        (&[Pending, Failed], Failed),
        // Carriers that tell both: what was delivered was not undelivered.
        (&[Pending, Sending, Sent, Failed, Delivered], Delivered),
    ];
    let answers: [Option<Command>; 4] = [Some(accepted(1)), Some(doubt(1)), Some(not_sent(1, None)), None];
    let mut orders = 0;
    for (told, last) in histories {
        for order in permutations(told) {
            for answer in &answers {
                // The answer to the call comes before, between or after the statuses.
                for place in 0..=order.len() {
                    let mut story = under_way();
                    for (n, word) in order.iter().enumerate() {
                        if n == place {
                            let _ = answer.clone().map(|answer| story.run(answer));
                        }
                        let _ = story.run(status(1, *word));
                        let _ = story.run(status(1, *word));
                    }
                    if place == order.len() {
                        let _ = answer.clone().map(|answer| story.run(answer));
                    }
                    let known = outgoing_of(story.lead(), 1);
                    let (shown, touched) = (known.message.status, known.touched);
                    assert_eq!(shown, last, "{order:?}, {answer:?} at {place}");
                    assert_eq!(touched, last != Failed, "{order:?}, {answer:?} at {place}");
                    assert_eq!(
                        story.lead().knows_touch(touch_of(1)),
                        touched,
                        "{order:?}, {answer:?} at {place}"
                    );
                    let state = if touched { StateName::Active } else { StateName::New };
                    assert_eq!(story.state(), state, "{order:?}, {answer:?} at {place}");
                    assert_eq!(story.automatic().is_none(), touched, "a failure is on the card: {order:?}");
                    orders += 1;
                }
            }
        }
    }
    assert!(orders > 6_000, "{orders}");
}

#[test]
fn lif_1_a_final_failure_takes_the_touch_back_and_delivery_makes_it_final() {
    let sent = under_way().then(accepted(1));
    let failed = sent.clone().at(min(7)).then(status(1, Delivery::Failed));
    assert_eq!((failed.state(), failed.lead().last_touch_at()), (StateName::New, None));
    assert_eq!(failed.card().reason, Reason::TouchRevoked { sent_at: min(5) });
    assert!(failed.lead().follow_ups.is_empty(), "what was planned after it is not");

    let delivered = sent.at(min(6)).then(status(1, Delivery::Delivered));
    assert_eq!(delivered.rejects(Command::RevokeTouch { touch: touch_of(1) }), Rejected::TouchSettled);
    assert_eq!(delivered.rejects(status(1, Delivery::Failed)), Rejected::NothingChanges);
    assert_eq!(status_of(&delivered.then(status(1, Delivery::Read)), 1), Delivery::Read);
}

#[test]
fn rsc_6_a_rescuers_message_does_not_end_the_stale_state_and_the_owners_does() {
    let stale = Story::stale();
    let rescued = stale.clone().then(request(1, TIM, 0)).then(accepted(1));
    assert_eq!(rescued.state(), StateName::Stale);
    assert!(rescued.lead().rescue_touches.contains(&touch_of(1)));
    let own = stale.then(request(2, ANA, 0)).then(accepted(2));
    assert_eq!(own.state(), StateName::Active);
}

#[test]
fn lif_7_a_lead_that_is_put_away_sends_nothing_and_hears_of_what_it_sent() {
    let archive = Command::ChangeStatus { to: Status::Archived, by: ANA };
    let waits = under_way().then(request(2, ANA, 60)).then(archive);
    assert_eq!([1, 2].map(|n| status_of(&waits, n)), [Delivery::Sending, Delivery::Canceled]);
    assert_eq!(next_deadline(waits.lead()), None);
    assert_eq!(waits.rejects(request(3, ANA, 0)), Rejected::Archived);
    let told = waits.then(accepted(1)).then(status(1, Delivery::Delivered));
    assert_eq!(status_of(&told, 1), Delivery::Delivered);
    assert_eq!(told.lead().cards.len(), 0);
}

#[test]
fn what_waits_for_one_client_is_bounded_and_what_is_over_is_forgotten() {
    let mut story = Story::active().at(min(20));
    for n in 0..OPEN_SENDS as u128 {
        story = story.then(request(n, ANA, 0));
    }
    assert_eq!(story.rejects(request(99, ANA, 0)), Rejected::TooManySends);
    for n in 0..OPEN_SENDS as u128 {
        story = story.then(accepted(n)).then(status(n, Delivery::Read));
    }
    for n in 100..140 {
        story = story.then(request(n, ANA, 0)).then(accepted(n));
        assert!(story.lead().sends.len() <= KEPT_SENDS);
    }
    assert_eq!(story.rejects(status(1, Delivery::Delivered)), Rejected::SendNotKnown);
    assert_eq!(status_of(&story, 139), Delivery::Sent);
    assert_eq!(story.rejects(request(139, ANA, 0)), Rejected::NothingChanges, "asked again, it is sent once");
}

#[test]
fn out_2_an_answer_goes_to_where_the_client_wrote_from_last() {
    let story = Story::active();
    assert_eq!(story.lead().address_on(Channel::Sms), Some(&phone("+14155550100")));
    let mut from_elsewhere = sms(min(30));
    from_elsewhere.from = phone("+33612345678");
    let story = story.at(min(30)).then(receive_message(from_elsewhere));
    assert_eq!(story.lead().address_on(Channel::Sms), Some(&phone("+33612345678")));
    assert_eq!(story.lead().address_on(Channel::Email), None);
}
