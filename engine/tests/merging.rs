//! Two leads that are one person, and two again (IDN-3).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    deck::{Audience, lead_cards},
    identity::Address,
    ids::LeadId,
    lead::{
        Brought, CallOutcome, CardKind, Command, Event, Lead, Rejected, SendCommand, StateName, Status,
        next_deadline,
    },
    message::{Channel, Delivery, OptWord},
};

const OTHER: LeadId = OTHER_LEAD;

fn merge() -> Command {
    merge_into(OTHER)
}
fn let_go() -> Command {
    Command::LetGo { lead: OTHER, by: ANA }
}
fn come_back(lost: &[Address]) -> Command {
    Command::ComeBack { from: OTHER, lost: lost.to_vec(), by: ANA }
}
/// Everything but what a merge leaves behind on purpose: versions, and when somebody last had to do with it.
fn bare(lead: &Lead) -> Lead {
    let mut bare = Lead { version: 0, ..lead.clone() };
    bare.cards.iter_mut().for_each(|card| card.version = 0);
    bare
}
/// Another person's lead, of another number, with a tag, a plan and a message that waits.
fn theirs() -> Lead {
    let touched = Story::new_lead().at(min(1)).then(touch(7, ANA, min(1)));
    let mut story = touched.at(min(3)).then(receive(min(3)));
    story = story.then(Command::Schedule { by: ANA, due_at: min(500), title: None });
    let mut lead = story.lead().clone();
    let number = phone("+14155559999");
    lead.identities = vec![number.clone()];
    lead.last_inbound.as_mut().unwrap().from = Some(number);
    lead.tags.insert("seller".to_owned());
    lead
}

#[test]
fn idn_3_a_lead_that_is_merged_away_stands_still_and_comes_back_as_it_was() {
    let before = Story::new_lead().at(min(5)).then(touch(1, ANA, min(5))).at(min(9)).then(receive(min(9)));
    let away = before.clone().then(merge());
    assert_eq!(away.lead().merged_into, Some(OTHER));
    assert_eq!(next_deadline(away.lead()), None, "no clock runs");
    assert!(lead_cards(away.lead(), ANA, Audience::Owner).cards.is_empty());
    // Whatever is asked of it is the other one's; asked again, it is done.
    for command in [receive(min(9)), before.done(), delete(), request(1, ANA, 0), Command::Tick] {
        assert_eq!(away.rejects(command), Rejected::Forwarded { to: OTHER });
    }
    let elsewhere = Command::MergeInto { into: LEAD, by: ANA };
    assert_eq!(away.rejects(elsewhere), Rejected::Forwarded { to: OTHER });
    assert_eq!(away.clone().run(merge()).unwrap(), []);
    let back = away.clone().then(come_back(&[]));
    assert_eq!(bare(back.lead()), bare(before.lead()));
    assert_eq!(lead_cards(back.lead(), ANA, Audience::Owner).cards.len(), 1);
    assert_eq!(back.clone().run(come_back(&[])).unwrap(), [], "it is back");
    // An address that became somebody else's meanwhile stays theirs.
    let number = before.lead().identities[0].clone();
    assert!(away.clone().then(come_back(&[number])).lead().identities.is_empty());
    // Its clocks went on.
    let late = away.at(hours(60)).then(come_back(&[]));
    assert_eq!(late.state(), StateName::Stale);
}

#[test]
fn idn_3_what_waits_for_somebody_keeps_a_lead_from_being_merged_away() {
    let call = Command::StartCall { call: call_id(1), by: ANA, at: min(1) };
    let calling = Story::new_lead().at(min(1)).then(call);
    assert_eq!(calling.rejects(merge()), Rejected::OutcomeMissing);
    calling.then(outcome(1, CallOutcome::Spoke)).then(merge());
    let sending = Story::new_lead().at(min(1)).then(request(1, ANA, 0));
    assert_eq!(sending.rejects(merge()), Rejected::SendUnderWay);
    let doubtful = sending.clone().then(told(SendCommand::Doubt { send: send_id(1) }));
    assert_eq!(doubtful.rejects(merge()), Rejected::SendUnderWay);
    assert_eq!(Story::active().then(delete()).rejects(merge()), Rejected::Deleted);
    assert_eq!(Story::active().rejects(Command::MergeInto { into: LEAD, by: ANA }), Rejected::NothingChanges);
    // What was sent goes on to be told of, without a card.
    let sent = sending.then(accepted(1)).then(merge());
    let told_of = sent.then(status(1, Delivery::Failed));
    assert_eq!(told_of.lead().outgoing(send_id(1)).unwrap().message.status, Delivery::Failed);
    assert_eq!(told_of.lead().merged_into, Some(OTHER));
    let back = told_of.then(come_back(&[]));
    assert_eq!((back.state(), back.lead().last_touch_at()), (StateName::New, None), "it never arrived");
}

#[test]
fn idn_3_the_lead_that_goes_on_takes_what_the_other_brings_and_gives_all_of_it_back() {
    let brought = Brought::by(&theirs());
    let before = Story::new_lead().at(min(10));
    assert_eq!((before.state(), before.automatic()), (StateName::New, Some(CardKind::ContactNow)));
    let one = before.clone().then(absorb(brought.clone()));
    let lead = one.lead();
    assert_eq!(lead.identities.len(), 2);
    assert_eq!(lead.tags.len(), 1);
    assert!(lead.follow_ups.iter().any(|plan| plan.due_at == min(500)));
    assert_eq!(lead.last_touch_at(), Some(min(1)), "somebody was in touch with the person");
    assert_eq!((one.state(), one.automatic()), (StateName::Active, Some(CardKind::Reply)));
    assert_eq!(lead.last_inbound.as_ref().unwrap().at, min(3));
    assert_eq!(one.clone().run(absorb(brought)).unwrap(), [], "once");

    let two = one.at(min(11)).then(let_go());
    assert_eq!((two.state(), two.automatic()), (StateName::New, Some(CardKind::ContactNow)));
    let plain = |lead: &Lead| (lead.identities.clone(), lead.tags.clone(), lead.last_inbound.clone());
    assert_eq!(plain(two.lead()), plain(before.lead()));
    assert!(two.lead().touches.is_empty() && two.lead().merged.is_empty());
    assert!(!two.lead().follow_ups.iter().any(|plan| plan.due_at == min(500)));
    assert_eq!(two.clone().run(let_go()).unwrap(), [], "once");
}

#[test]
fn idn_3_what_was_done_since_a_merge_stays_when_it_is_taken_back() {
    let one = Story::new_lead().at(min(10)).then(absorb(Brought::by(&theirs())));
    let one = one.at(min(20)).then(touch(9, ANA, min(20))).at(min(30)).then(receive(min(30)));
    let two = one.then(let_go());
    assert_eq!(two.lead().last_touch_at(), Some(min(20)));
    assert_eq!((two.state(), two.automatic()), (StateName::Active, Some(CardKind::Reply)));
    assert_eq!(two.lead().last_inbound.as_ref().unwrap().at, min(30));
    // Whoever had it merged before it was put away gets the other one back all the same.
    let archive = Command::ChangeStatus { to: Status::Archived, by: ANA };
    let put_away = Story::active().then(absorb(Brought::by(&theirs()))).then(archive.clone());
    assert_eq!(put_away.then(let_go()).lead().identities.len(), 1);
    assert_eq!(Story::active().then(archive).rejects(absorb(Brought::by(&theirs()))), Rejected::Archived);
    assert_eq!(Story::active().then(delete()).rejects(absorb(Brought::by(&theirs()))), Rejected::Deleted);
}

#[test]
fn idn_3_a_merged_lead_stays_small_and_wants_no_more_messages_where_either_did_not() {
    let mut crowded = theirs();
    crowded.identities = (0..32).map(|n| phone(&format!("+1415555{n:04}"))).collect();
    let story = Story::active();
    assert_eq!(story.rejects(absorb(Brought::by(&crowded))), Rejected::TooManyIdentities);
    let mut busy = theirs();
    let plan = busy.follow_ups[0].clone();
    busy.follow_ups =
        (0..50).map(|n| hearthline_engine::lead::FollowUp { task: task_id(n), ..plan.clone() }).collect();
    busy.follow_ups.iter_mut().for_each(|plan| plan.by_default = false);
    assert_eq!(
        story
            .clone()
            .then(Command::Schedule { by: ANA, due_at: hours(90), title: None })
            .rejects(absorb(Brought::by(&busy))),
        Rejected::TooManyOpenTasks
    );
    let mut many = Story::active();
    for n in 0..16 {
        let lead = LeadId(uuid::Uuid::from_u128(0x2000 + n));
        let brought = Brought { identities: Vec::new(), follow_ups: Vec::new(), ..Brought::by(&theirs()) };
        many = many.then(Command::Absorb { lead, brought: Box::new(brought), by: ANA });
    }
    assert_eq!(many.rejects(absorb(Brought::by(&theirs()))), Rejected::TooManyMerged);
    let mut closed = theirs();
    closed.opted_out.insert(Channel::Sms);
    let one = Story::active().then(absorb(Brought::by(&closed)));
    assert_eq!(one.rejects(request(1, ANA, 0)), Rejected::ChannelOptedOut);
    assert!(one.then(let_go()).lead().opted_out.is_empty());
    // Closed here before, it stays closed.
    let both = Story::active().at(min(20)).then(receive_message(word(min(20), OptWord::Stop)));
    let both = both.then(absorb(Brought::by(&closed))).then(let_go());
    assert!(both.lead().opted_out.contains(&Channel::Sms));
    let absorbed = both.journal.iter().filter(|event| matches!(event, Event::Absorbed { .. })).count();
    assert_eq!(absorbed, 1);
}
