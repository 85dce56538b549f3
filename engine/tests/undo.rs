//! Taking back what was done a moment ago (DECK-2), notes, the outcome form, the record and its deletion (CRM-1, CRM-2).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    identity::Address,
    ids::EventId,
    lead::{
        Birthday, CallOutcome, CardKind, Change, Command, Event, Name, ProfileChange, ProfileField, Reason,
        Rejected, Source, StateName, Status, Touch, Written,
    },
    message::Channel,
    raw::SealedRaw,
    time::Seconds,
};

fn undo(story: &Story) -> Command {
    Command::Undo { deed: story.undo.clone().expect("a deed that can be undone"), by: ANA }
}

fn kinds(story: &Story) -> Vec<CardKind> {
    story.lead().cards.iter().map(|card| card.kind).collect()
}

fn schedule(at: hearthline_engine::time::Timestamp) -> Command {
    Command::Schedule { by: ANA, due_at: at, title: Some(SealedRaw(vec![7])) }
}

#[test]
fn deck_2_a_done_card_comes_back_as_it_was_and_counts_as_changed() {
    let story = Story::new_lead().at(min(1));
    let before = story.card().clone();
    let story = story.clone().then(story.done());
    let back = story.clone().then(undo(&story));
    let after = back.card().clone();
    assert_eq!((after.task, after.kind, after.due_at), (before.task, before.kind, before.due_at));
    assert!(after.version > before.version, "pages must take it in");
    assert_eq!(back.rejects(undo(&story)), Rejected::LeadMovedOn, "once");
}

#[test]
fn deck_2_a_done_card_makes_way_for_nothing_that_the_lead_needs_more() {
    let story = Story::new_lead().at(min(1));
    let done = story.clone().then(story.done());
    let command = undo(&done);
    // The client wrote meanwhile: the higher card takes the place of the lower.
    let wrote = done.clone().at(min(2)).then(receive(min(2)));
    assert_eq!(kinds(&wrote), [CardKind::Reply]);
    assert_eq!(kinds(&wrote.then(command.clone())), [CardKind::ContactNow]);
    // The deadline brought it back by itself.
    let due = done.clone().at(min(49)).then(Command::Tick);
    assert_eq!(due.rejects(command.clone()), Rejected::LeadMovedOn);
    // Somebody answered: the state asks for nothing any more.
    let touched = done.clone().at(min(2)).then(touch(1, ANA, min(2)));
    assert_eq!(touched.rejects(command.clone()), Rejected::LeadMovedOn);
    let gone = done.then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!(gone.rejects(command), Rejected::Archived);
}

#[test]
fn deck_2_a_reply_that_was_done_comes_back_while_the_client_waits() {
    let story = Story::active().at(min(20)).then(receive(min(20)));
    let story = story.clone().then(story.done());
    assert_eq!(kinds(&story.clone().then(undo(&story))), [CardKind::Reply]);
    let answered = story.clone().at(min(21)).then(touch(2, ANA, min(21)));
    assert_eq!(answered.rejects(undo(&story)), Rejected::LeadMovedOn);
}

#[test]
fn deck_2_a_snooze_taken_back_leaves_the_card_as_the_snooze_before_it_did() {
    let story = Story::new_lead().at(min(1));
    let snoozed = story.clone().then(story.snooze(hours(2)));
    let back = snoozed.clone().then(undo(&snoozed));
    assert_eq!(back.card().snoozed_until, None);
    assert_eq!(back.rejects(undo(&snoozed)), Rejected::LeadMovedOn);
    let longer = snoozed.clone().then(snoozed.snooze(hours(5)));
    let back = longer.clone().then(undo(&longer));
    assert_eq!(back.card().snoozed_until, Some(hours(2)));
}

#[test]
fn deck_8_a_plan_taken_back_gives_the_default_its_place_again() {
    let story = Story::active();
    let default = story.lead().follow_ups.clone();
    assert_eq!(default.len(), 1, "planned by the first touch");
    let planned = story.then(schedule(hours(5)));
    assert_eq!(planned.lead().follow_ups.iter().map(|plan| plan.due_at).collect::<Vec<_>>(), [hours(5)]);
    let back = planned.clone().then(undo(&planned));
    assert_eq!(back.lead().follow_ups, default);
    // It has become a card: that leaves.
    let due = planned.clone().at(hours(5)).then(Command::Tick);
    assert_eq!(kinds(&due), [CardKind::FollowUp]);
    assert_eq!(kinds(&due.clone().then(undo(&planned))), []);
    // It was dealt with.
    let card = due.lead().cards[0].clone();
    let done = due.then(Command::Done { task: card.task, by: ANA, expected_version: card.version });
    assert_eq!(done.rejects(undo(&planned)), Rejected::LeadMovedOn);
}

#[test]
fn deck_5_an_outcome_taken_back_leaves_the_lead_as_if_nobody_had_been_reached() {
    let start = Command::StartCall { call: call_id(1), by: ANA, at: min(5) };
    let story = Story::new_lead().at(min(5)).then(start);
    let told = story.clone().at(min(6)).then(Command::RecordOutcome {
        call: call_id(1),
        by: ANA,
        outcome: CallOutcome::Spoke,
        note: Some(Written { event: EventId(uuid::Uuid::from_u128(1)), content: SealedRaw(vec![1]) }),
        follow_up_at: Some(hours(9)),
        seen: None,
    });
    assert_eq!((told.state(), told.lead().first_contact_at), (StateName::Active, Some(min(5))));
    assert_eq!(told.lead().follow_ups.len(), 1, "the form's plan, not the default beside it");
    let back = told.clone().then(undo(&told));
    assert_eq!((back.state(), back.lead().first_contact_at), (StateName::New, None));
    assert_eq!(back.lead().follow_ups, []);
    assert_eq!(back.lead().calls, story.lead().calls);
    let mut cards = kinds(&back);
    cards.sort_unstable();
    assert_eq!(cards, [CardKind::ContactNow, CardKind::CallOutcome]);
    assert_eq!(back.card().reason, Reason::FirstReplyDue, "no message failed");
    // And it can be told again.
    let again = back.then(outcome(1, CallOutcome::LeftMessage));
    assert_eq!(again.state(), StateName::Active);
}

#[test]
fn deck_5_an_outcome_taken_back_gives_back_the_touches_that_it_had_pushed_out() {
    let settled = |n, at| Command::Touch {
        touch: Touch { id: touch_id(n), by: ANA, at, channel: Channel::Email, settled: true },
    };
    let story = Story::new_lead().at(min(1)).then(settled(1, min(1))).at(hours(1)).then(settled(2, hours(1)));
    let start = Command::StartCall { call: call_id(1), by: ANA, at: hours(2) };
    let before = story.at(hours(2)).then(start);
    let told = before.clone().at(hours(3)).then(outcome(1, CallOutcome::Spoke));
    assert!(!told.lead().knows_touch(touch_id(2)), "a newer one stands for it");
    let back = told.clone().then(undo(&told));
    assert_eq!(back.lead().base(), before.lead().base());
    assert!(back.lead().knows_touch(touch_id(2)));
}

#[test]
fn deck_5_an_outcome_taken_back_makes_a_stale_lead_stale_again() {
    let start = Command::StartCall { call: call_id(1), by: ANA, at: hours(50) };
    let story = Story::stale().at(hours(50)).then(start);
    let told = story.at(hours(50)).then(outcome(1, CallOutcome::Spoke));
    assert_eq!(told.state(), StateName::Active);
    let back = told.clone().then(undo(&told));
    assert_eq!((back.state(), back.automatic()), (StateName::Stale, Some(CardKind::Rescue)));
}

#[test]
fn deck_4_an_outcome_on_a_card_that_changed_is_refused_with_the_card() {
    let start = Command::StartCall { call: call_id(1), by: ANA, at: min(5) };
    let story = Story::new_lead().at(min(5)).then(start);
    let card = story.lead().cards_of(CardKind::CallOutcome).next().unwrap().clone();
    let told = |seen| Command::RecordOutcome {
        call: call_id(1),
        by: ANA,
        outcome: CallOutcome::Spoke,
        note: None,
        follow_up_at: None,
        seen: Some(seen),
    };
    assert!(
        matches!(story.rejects(told(card.version - 1)), Rejected::CardChanged { current } if *current == card)
    );
    assert_eq!(story.then(told(card.version)).state(), StateName::Active);
}

#[test]
fn crm_5_a_note_is_a_touch_only_as_an_interaction_with_the_client() {
    let story = Story::new_lead().at(min(5));
    let noted = story.clone().then(note(1, false));
    assert_eq!((noted.state(), noted.lead().last_touch_at()), (StateName::New, None));
    let met = story.then(note(1, true));
    assert_eq!((met.state(), met.lead().last_touch_at()), (StateName::Active, Some(min(5))));
    assert_eq!(met.lead().cards, []);
    let archived = met.then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert!(archived.clone().run(note(2, true)).is_ok(), "a fact, whatever the status");
    assert_eq!(archived.then(delete()).rejects(note(3, false)), Rejected::Deleted);
}

#[test]
fn out_6_a_call_needs_a_number() {
    let story = Story::vacant().then(created_by_hand(true));
    let call = Command::StartCall { call: call_id(1), by: ANA, at: START };
    assert_eq!(story.rejects(call), Rejected::NoPhone);
}

fn name(text: &str) -> Name {
    Name(text.to_owned())
}

#[test]
fn crm_1_a_lead_made_by_hand_has_its_record_and_waits_for_contact() {
    let profile = ProfileChange {
        first_name: Change::Set(name("Maria")),
        last_name: Change::Set(name("Oliveira")),
        birthday: Change::Set(Birthday::parse("1984-02-29").unwrap()),
        language: Change::Set("pt".to_owned()),
        tags: Some(["buyer".to_owned()].into()),
        ..ProfileChange::default()
    };
    let create = Command::Create {
        place: place(),
        source: Source::Manual,
        name: None,
        identities: vec![Address::email("maria@example.com").unwrap()],
        profile,
        by: Some(ANA),
        with_card: true,
    };
    let story = Story::vacant().then(create.clone());
    let lead = story.lead();
    assert_eq!((story.state(), lead.name.clone()), (StateName::New, Some(name("Maria Oliveira"))));
    assert_eq!((lead.language.as_deref(), lead.tags.len()), (Some("pt"), 1));
    assert_eq!(lead.details.birthday.unwrap().to_string(), "1984-02-29");
    assert_eq!(kinds(&story), [CardKind::ContactNow]);
    assert_eq!(story.rejects(create), Rejected::AlreadyExists);
}

#[test]
fn crm_1_a_change_says_which_fields_differ_and_nothing_happens_when_none_does() {
    let edit = |change| Command::Edit { change, status: None, by: ANA };
    let mut story = Story::new_lead();
    let named = ProfileChange { name: Change::Set(name("Ms Brown")), ..ProfileChange::default() };
    assert_eq!(story.run(edit(named.clone())).unwrap().len(), 1);
    assert_eq!(story.run(edit(named)), Ok(vec![]));
    let parts = ProfileChange {
        first_name: Change::Set(name("Eva")),
        address: Change::Remove,
        ..ProfileChange::default()
    };
    let events = story.run(edit(parts)).unwrap();
    let [Event::ProfileChanged { fields, by: Some(ANA), .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(fields[..], [ProfileField::Name, ProfileField::FirstName]);
    assert_eq!(story.lead().name, Some(name("Eva")));
}

#[test]
fn crm_1_record_and_status_change_together_or_not_at_all() {
    let tags = ProfileChange { tags: Some(["vip".to_owned()].into()), ..ProfileChange::default() };
    let both = Command::Edit { change: tags, status: Some(Status::Archived), by: ANA };
    let story = Story::new_lead().then(both.clone());
    assert_eq!((story.lead().status, story.lead().tags.len(), kinds(&story)), (Status::Archived, 1, vec![]));
    let back =
        Command::Edit { change: ProfileChange::default(), status: Some(Status::ActiveClient), by: ANA };
    assert_eq!(story.clone().then(back).lead().status, Status::ActiveClient);
    assert_eq!(story.then(delete()).rejects(both), Rejected::Deleted);
}

#[test]
fn crm_1_a_birthday_is_a_day_of_the_calendar() {
    for (text, taken) in [
        ("1984-02-29", true),
        ("1985-02-29", false),
        ("1984-13-01", false),
        ("1799-12-31", false),
        ("84-02-01", false),
        ("1984-2-1", false),
        ("1984-02-01T00:00", false),
        ("", false),
    ] {
        assert_eq!(Birthday::parse(text).is_some(), taken, "{text}");
    }
}

#[test]
fn crm_2_deleting_is_refused_while_there_was_contact_not_long_ago() {
    let quiet = |seconds| Command::Delete { by: ANA, quiet_for: Seconds(seconds) };
    let story = Story::new_lead().at(hours(2));
    assert_eq!(story.rejects(quiet(7_201)), Rejected::RecentActivity);
    assert!(story.clone().then(quiet(7_200)).lead().deleted);
    let call = Command::StartCall { call: call_id(1), by: ANA, at: hours(2) };
    assert_eq!(story.then(call).at(hours(500)).rejects(quiet(7_200)), Rejected::RecentActivity);
    let by_hand = Story::vacant().then(created_by_hand(true));
    assert!(by_hand.then(quiet(86_400)).lead().deleted, "nobody ever had to do with it");
}
