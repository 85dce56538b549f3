//! The rows of the life cycle, one by one, in words: given, when, then.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    ids::{EventId, UserId},
    lead::{
        AtRiskReason, CallOutcome, CardClosed, CardKind, Cause, Command, DeadlineKind, Event, Name,
        Placement, Reason, Rejected, RescueProgress, Slot, State, StateName, Status, next_deadline,
    },
    message::{Channel, Direction, EventKind, Message, OptWord},
    raw::SealedRaw,
    rules::TeamRules,
    time::Timestamp,
};

/// Which states a lead went through, with their times and causes.
fn moves(events: &[Event]) -> Vec<(StateName, Cause, Timestamp)> {
    let name = |state: &State| match state {
        State::New => StateName::New,
        State::Active => StateName::Active,
        State::AtRisk(_) => StateName::AtRisk,
        State::Stale(_) => StateName::Stale,
    };
    let moved = events.iter().filter_map(|event| match event {
        Event::StateChanged { to, cause, at } => Some((name(to), *cause, *at)),
        _ => None,
    });
    moved.collect()
}

fn progress(story: &Story) -> RescueProgress {
    story.lead().rescue().unwrap().progress.clone()
}

fn reassign(to: Option<UserId>) -> Command {
    Command::Reassign { to, team: TEAM, by: TIM }
}

#[test]
fn lif_1_an_unknown_senders_first_message_makes_a_new_lead_with_one_contact_card() {
    let story = Story::new_lead();
    assert_eq!(story.state(), StateName::New);
    assert_eq!(story.lead().cards.len(), 1);
    let card = story.card();
    assert_eq!(
        (card.kind, card.due_at, &card.reason),
        (CardKind::ContactNow, min(60), &Reason::FirstReplyDue)
    );
    assert_eq!((card.version, story.lead().version), (1, 1));
    assert_eq!(card.preview, sms(START).preview);
    assert_eq!(next_deadline(story.lead()), Some((min(48), DeadlineKind::FirstContactAtRisk)));
}

#[test]
fn lif_1_a_reaction_status_or_echo_makes_no_lead() {
    for kind in [EventKind::Reaction, EventKind::Unsend, EventKind::Edit] {
        let story = Story::vacant();
        assert_eq!(story.rejects(receive_message(message(START, kind, None))), Rejected::NoSuchLead);
    }
    let echo = Message { direction: Direction::Out, ..sms(START) };
    assert_eq!(Story::vacant().rejects(receive_message(echo)), Rejected::NoSuchLead);
}

#[test]
fn lif_1_an_unsupported_first_message_makes_a_lead() {
    let story = Story::vacant().then(receive_message(message(START, EventKind::Unsupported, None)));
    assert_eq!(story.state(), StateName::New);
}

#[test]
fn ing_1_an_unknown_senders_opt_out_word_makes_no_lead_and_is_kept() {
    let story = Story::vacant().then(receive_message(word(START, OptWord::Stop)));
    assert_eq!(story.slot, Slot::Vacant);
    let out = Event::OptedOut { channel: Channel::Sms, address: phone("+14155550100"), at: START };
    assert_eq!(story.journal, [out]);
}

#[test]
fn deck_1_a_new_lead_that_writes_three_times_has_one_card_with_the_latest_preview() {
    let story = Story::new_lead().at(min(1)).then(receive(min(1))).at(min(2)).then(receive(min(2)));
    assert_eq!(story.lead().cards.len(), 1);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    assert_eq!(story.card().preview, sms(min(2)).preview);
    assert_eq!(story.card().version, 3);
}

#[test]
fn lif_1_the_first_touch_makes_a_new_lead_active_and_plans_the_follow_up() {
    let story = Story::active();
    assert_eq!(moves(&story.journal), [(StateName::Active, Cause::FirstTouch, min(10))]);
    assert_eq!(story.lead().first_contact_at, Some(min(10)));
    assert_eq!(story.automatic(), None);
    let [follow_up] = story.lead().follow_ups.as_slice() else { panic!("no follow-up") };
    assert_eq!(follow_up.due_at, min(10).plus(TeamRules::default().default_follow_up));
}

#[test]
fn deck_8_what_the_agent_plans_takes_the_place_of_the_default_follow_up() {
    let mut story = Story::active();
    story.run(Command::Schedule { by: ANA, due_at: hours(5), title: None }).unwrap();
    let dues: Vec<Timestamp> = story.lead().follow_ups.iter().map(|follow_up| follow_up.due_at).collect();
    assert_eq!(dues, [hours(5)]);
    let planned_first = Story::new_lead()
        .then(Command::Schedule { by: ANA, due_at: hours(3), title: None })
        .at(min(10))
        .then(touch(1, ANA, min(10)));
    let dues: Vec<Timestamp> =
        planned_first.lead().follow_ups.iter().map(|follow_up| follow_up.due_at).collect();
    assert_eq!(dues, [hours(3)]);
}

#[test]
fn lif_1_the_first_contact_window_goes_at_risk_then_breaches_then_ends_stale() {
    let story = Story::new_lead().at(hours(200)).then(Command::Tick);
    assert_eq!(
        moves(&story.journal),
        [
            (StateName::AtRisk, Cause::Deadline(DeadlineKind::FirstContactAtRisk), min(48)),
            (StateName::Stale, Cause::Deadline(DeadlineKind::Stale), hours(48)),
        ]
    );
    assert_eq!(story.lead().breached_at, Some(min(60)));
    let breaches = story.journal.iter().filter(|event| matches!(event, Event::FirstContactBreached { .. }));
    assert_eq!(breaches.count(), 1);
    let escalations: Vec<(Timestamp, u32)> = story
        .journal
        .iter()
        .filter_map(|event| match event {
            Event::RescueEscalated { at, count, .. } => Some((*at, *count)),
            _ => None,
        })
        .collect();
    assert_eq!(escalations, [(hours(96), 1), (hours(144), 2), (hours(192), 3)]);
    assert_eq!(story.automatic(), Some(CardKind::Rescue));
}

#[test]
fn deck_1_the_contact_card_of_a_lead_at_risk_is_the_same_task_and_urgent() {
    let story = Story::new_lead();
    let task = story.card().task;
    let story = story.at(min(50)).then(Command::Tick);
    assert_eq!((story.card().task, &story.card().reason), (task, &Reason::FirstReplyAtRisk));
    assert_eq!(story.lead().state, State::AtRisk(AtRiskReason::FirstContact));
}

#[test]
fn lif_1_an_active_lead_is_at_risk_at_80_percent_and_stale_at_the_end() {
    let story = Story::at_risk();
    let at_risk = min(10).plus_millis(48 * HOUR * 8 / 10);
    assert_eq!(
        moves(&story.journal)[1],
        (StateName::AtRisk, Cause::Deadline(DeadlineKind::StaleAtRisk), at_risk)
    );
    assert_eq!(story.automatic(), Some(CardKind::AtRisk));
    let story = story.at(hours(49)).then(Command::Tick);
    let stale = min(10 + 48 * 60);
    assert_eq!(moves(&story.journal)[2], (StateName::Stale, Cause::Deadline(DeadlineKind::Stale), stale));
    assert_eq!((story.automatic(), story.card().due_at), (Some(CardKind::Rescue), stale));
}

#[test]
fn lif_4_a_deadline_that_passed_fires_before_the_command_that_comes_late() {
    let story = Story::new_lead().at(min(70)).then(touch(1, ANA, min(70)));
    assert_eq!(story.lead().breached_at, Some(min(60)));
    assert_eq!(story.state(), StateName::Active);
}

#[test]
fn lif_3_inbound_clears_no_task_and_moves_no_touch() {
    let story = Story::at_risk().then(receive(hours(39)));
    assert_eq!((story.automatic(), story.state()), (Some(CardKind::AtRisk), StateName::AtRisk));
    assert_eq!(story.lead().last_touch_at(), Some(min(10)));
}

#[test]
fn deck_1_inbound_of_an_active_lead_opens_a_reply_card_that_a_touch_closes() {
    let story = Story::active().at(min(20)).then(receive(min(20)));
    assert_eq!(story.automatic(), Some(CardKind::Reply));
    assert_eq!(story.card().reason, Reason::Wrote { at: min(20) });
    let answered = story.clone().at(min(30)).then(touch(2, ANA, min(30)));
    assert_eq!(answered.automatic(), None);
    // A call from before the message, told later, answers nothing.
    let older = story.at(min(30)).then(touch(2, ANA, min(15)));
    assert_eq!(older.automatic(), Some(CardKind::Reply));
}

#[test]
fn lif_1_an_older_touch_that_arrives_late_never_moves_the_base_back() {
    let story = Story::active().at(hours(2)).then(touch(2, ANA, hours(2)));
    let base = story.lead().base();
    let story = story.at(hours(3)).then(touch(3, ANA, hours(1)));
    assert_eq!(story.lead().base(), base);
    // Earlier than the first contact: that is corrected.
    let story = story.then(touch(4, ANA, min(5)));
    assert_eq!(story.lead().first_contact_at, Some(min(5)));
    assert_eq!(story.lead().base(), base);
}

#[test]
fn lif_1_a_late_touch_newer_than_the_base_recomputes_an_at_risk_lead() {
    // At risk since 38.4 h after minute 10; a call at hour 1 comes to light: at risk since then + 38.4 h, which is later.
    let story = Story::at_risk().then(touch(2, ANA, hours(1)));
    assert_eq!(story.state(), StateName::Active);
    let story = story.at(hours(40)).then(Command::Tick);
    assert_eq!(story.state(), StateName::AtRisk);
    // One that changes nothing leaves the state.
    let before = moves(&story.journal).len();
    let story = story.then(touch(3, ANA, min(5)));
    assert_eq!((story.state(), moves(&story.journal).len()), (StateName::AtRisk, before));
}

#[test]
fn rsc_6_a_rescuers_touch_leaves_the_lead_stale_and_in_progress() {
    let story = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    assert_eq!(story.state(), StateName::Stale);
    assert_eq!(progress(&story), RescueProgress::InProgress { by: TIM });
    assert_eq!(story.automatic(), Some(CardKind::Rescue));
    assert_eq!(story.lead().last_touch_at(), Some(hours(50)));
    // A rescue that goes on is not escalated.
    assert_eq!(next_deadline(story.lead()), None);
}

#[test]
fn rsc_2_the_answer_to_a_rescuer_offers_the_hand_back_and_escalates_after_w1() {
    let story = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    let story = story.at(hours(51)).then(receive(hours(51)));
    assert_eq!(progress(&story), RescueProgress::Answered { by: TIM, at: hours(51), escalated: false });
    let escalated = story.clone().at(hours(53)).then(Command::Tick);
    assert_eq!(progress(&escalated), RescueProgress::Answered { by: TIM, at: hours(51), escalated: true });
    assert_eq!(escalated.lead().rescue().unwrap().escalations, 1);
    let again = story.clone().at(hours(51)).then(touch(3, TIM, hours(51)));
    assert_eq!(progress(&again), RescueProgress::InProgress { by: TIM });
    let back = story.at(min(51 * 60 + 30)).then(Command::HandBack { by: TIM });
    assert_eq!((back.state(), back.lead().base()), (StateName::Active, min(51 * 60 + 30)));
    // The client's answer still waits for the owner.
    assert_eq!(back.automatic(), Some(CardKind::Reply));
}

#[test]
fn rsc_6_the_owners_touch_ends_a_rescue() {
    let story = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    let story = story.at(hours(51)).then(touch(3, ANA, hours(51)));
    assert_eq!((story.state(), story.automatic()), (StateName::Active, None));
    assert_eq!(moves(&story.journal).last(), Some(&(StateName::Active, Cause::Touch, hours(51))));
    assert_eq!(story.lead().base(), hours(51));
}

#[test]
fn rsc_1_a_stale_lead_that_is_reassigned_begins_anew_as_active() {
    let story = Story::stale().at(hours(60)).then(reassign(Some(BEN)));
    assert_eq!((story.state(), story.automatic()), (StateName::Active, None));
    assert_eq!((story.lead().owner, story.lead().base()), (Some(BEN), hours(60)));
    assert_eq!(moves(&story.journal).last(), Some(&(StateName::Active, Cause::Reassigned, hours(60))));
}

#[test]
fn rsc_2_only_a_stale_lead_with_an_owner_is_handed_back() {
    assert_eq!(Story::active().rejects(Command::HandBack { by: TIM }), Rejected::NotStale);
    let unowned = Story::active().then(reassign(None)).at(hours(100)).then(Command::Tick);
    assert_eq!(unowned.state(), StateName::Stale);
    assert_eq!(unowned.rejects(Command::HandBack { by: TIM }), Rejected::NoOwner);
}

#[test]
fn lif_1_a_new_owner_gets_the_cards_and_the_clock_goes_on() {
    let story = Story::new_lead().at(min(20)).then(reassign(Some(BEN)));
    assert_eq!((story.state(), story.card().due_at), (StateName::New, min(60)));
    let mut restarting = TeamRules::default();
    restarting.owner_change_restarts_clock = true;
    let again = Story::new_lead().then(Command::ChangeRules { rules: restarting });
    let again = again.at(min(50)).then(reassign(Some(BEN)));
    assert_eq!((again.state(), again.card().due_at), (StateName::New, min(110)));
    assert_eq!(moves(&again.journal).last(), Some(&(StateName::New, Cause::ClockRestarted, min(50))));
}

#[test]
fn ing_1_an_opt_out_word_closes_the_channel_and_opens_no_card() {
    let story = Story::active().at(min(20)).then(receive_message(word(min(20), OptWord::Stop)));
    assert_eq!((story.automatic(), story.state()), (None, StateName::Active));
    assert!(story.lead().opted_out.contains(&Channel::Sms));
    let story = story.at(min(30)).then(receive(min(30)));
    let reason = Reason::OptedOut { closed: Channel::Sms, open: vec![Channel::Voice] };
    assert_eq!((story.automatic(), &story.card().reason), (Some(CardKind::Reply), &reason));
    let story = story.at(min(40)).then(receive_message(word(min(40), OptWord::Start)));
    assert!(story.lead().opted_out.is_empty());
    assert_eq!(story.card().reason, Reason::Wrote { at: min(40) });
}

#[test]
fn ing_1_a_contact_card_tells_of_an_opt_out_as_long_as_it_lasts() {
    let story = Story::new_lead().at(min(1)).then(receive_message(word(min(1), OptWord::Stop)));
    let story = story.at(min(2)).then(receive(min(2)));
    assert!(matches!(story.card().reason, Reason::OptedOut { closed: Channel::Sms, .. }));
    let story = story.at(min(3)).then(receive_message(word(min(3), OptWord::Start)));
    assert_eq!((story.card().kind, &story.card().reason), (CardKind::ContactNow, &Reason::FirstReplyDue));
}

#[test]
fn deck_5_a_call_stays_a_card_until_its_outcome_which_makes_the_touch() {
    let call = call_id(1);
    let story = Story::new_lead().at(min(30)).then(Command::StartCall { call, by: ANA, at: min(30) });
    let card = story.lead().cards_of(CardKind::CallOutcome).next().unwrap().clone();
    let done = Command::Done { task: card.task, by: ANA, expected_version: card.version };
    assert_eq!(story.rejects(done), Rejected::OutcomeMissing);
    assert_eq!(story.state(), StateName::New);
    let outcome = |told| outcome(1, told);
    let spoke = story.clone().at(min(40)).then(outcome(CallOutcome::Spoke));
    assert_eq!((spoke.state(), spoke.lead().first_contact_at), (StateName::Active, Some(min(30))));
    assert_eq!(spoke.lead().cards, []);
    let nobody = story.clone().at(min(40)).then(outcome(CallOutcome::NoAnswer));
    assert_eq!((nobody.state(), nobody.automatic()), (StateName::New, Some(CardKind::ContactNow)));
    assert_eq!(spoke.rejects(outcome(CallOutcome::Spoke)), Rejected::CallNotOpen);
    let mut counting = TeamRules::default();
    counting.no_answer_counts = true;
    let counted = story.then(Command::ChangeRules { rules: counting }).then(outcome(CallOutcome::NoAnswer));
    assert_eq!(counted.state(), StateName::Active);
}

#[test]
fn deck_1_a_lead_takes_so_many_plans_and_not_more() {
    let mut story = Story::new_lead();
    let plan = Command::Schedule { by: ANA, due_at: hours(3), title: None };
    let refused = loop {
        match story.run(plan.clone()) {
            Ok(_) => assert!(story.lead().follow_ups.len() < 100, "no end of plans"),
            Err(rejected) => break rejected,
        }
    };
    assert_eq!((refused, story.lead().follow_ups.len()), (Rejected::TooManyOpenTasks, 49));
    let call = Command::StartCall { call: call_id(1), by: ANA, at: START };
    assert_eq!(story.rejects(call), Rejected::TooManyOpenTasks);
    // The life cycle itself is never refused.
    let story = story.at(hours(50)).then(receive(hours(50)));
    assert_eq!(story.automatic(), Some(CardKind::Rescue));
}

#[test]
fn out_6_a_call_is_one_touch_whatever_is_sent_twice() {
    let call = call_id(1);
    let start = Command::StartCall { call, by: ANA, at: min(30) };
    let outcome = outcome(1, CallOutcome::Spoke);
    let story = Story::new_lead().at(min(30)).then(start.clone());
    assert_eq!(story.rejects(start.clone()), Rejected::NothingChanges);
    let story = story.then(outcome.clone());
    assert_eq!(story.rejects(outcome), Rejected::CallNotOpen);
    assert_eq!(story.rejects(start), Rejected::NothingChanges);
}

#[test]
fn lif_1_a_revoked_first_touch_makes_the_lead_new_again_and_the_card_says_why() {
    let story = Story::active().at(min(30)).then(Command::RevokeTouch { touch: touch_id(1) });
    assert_eq!((story.state(), story.lead().first_contact_at), (StateName::New, None));
    assert_eq!(story.card().kind, CardKind::ContactNow);
    assert_eq!(story.card().reason, Reason::TouchRevoked { sent_at: min(10) });
    assert!(story.lead().follow_ups.is_empty());
    // Later: what is overdue by then fires, each with its own time.
    let late = Story::active().at(min(90)).then(Command::RevokeTouch { touch: touch_id(1) });
    assert_eq!(late.lead().state, State::AtRisk(AtRiskReason::FirstContact));
    assert_eq!(late.lead().breached_at, Some(min(60)));
    assert_eq!(late.card().reason, Reason::TouchRevoked { sent_at: min(10) });
}

#[test]
fn lif_1_stale_returns_when_the_touch_that_ended_it_is_revoked() {
    let story = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    let story = story.at(hours(51)).then(touch(3, ANA, hours(51)));
    let story = story.at(hours(52)).then(Command::RevokeTouch { touch: touch_id(3) });
    assert_eq!(story.state(), StateName::Stale);
    assert_eq!(progress(&story), RescueProgress::InProgress { by: TIM });
    assert_eq!(story.card().reason, Reason::TouchRevoked { sent_at: hours(51) });
}

#[test]
fn rsc_6_a_rescue_whose_only_touch_never_arrived_waits_again() {
    let story = Story::stale().at(hours(50)).then(touch(2, TIM, hours(50)));
    let story = story.at(hours(52)).then(Command::RevokeTouch { touch: touch_id(2) });
    assert_eq!(progress(&story), RescueProgress::Waiting);
    let next = story.at(hours(101)).then(Command::Tick);
    assert_eq!(next.lead().rescue().unwrap().escalations, 1);
}

#[test]
fn lif_1_a_revoked_message_of_an_active_lead_comes_back_as_a_reply_card() {
    let story = Story::active().at(hours(1)).then(touch(2, ANA, hours(1)));
    let story = story.at(hours(2)).then(Command::RevokeTouch { touch: touch_id(2) });
    assert_eq!((story.state(), story.automatic()), (StateName::Active, Some(CardKind::Reply)));
    assert_eq!(story.card().reason, Reason::TouchRevoked { sent_at: hours(1) });
    assert_eq!(story.lead().base(), min(10));
}

#[test]
fn lif_1_the_time_of_the_first_contact_outlives_the_touches_in_between() {
    let settled = |n, at| vec![touch(n, ANA, at), Command::SettleTouch { touch: touch_id(n) }];
    let mut story = Story::active();
    for command in [settled(2, min(20)), settled(3, min(30)), settled(4, min(40))].concat() {
        story = story.at(min(50)).then(command);
    }
    assert_eq!(
        story.lead().touches.len(),
        3,
        "the one that can be revoked, the oldest and the newest settled one"
    );
    let story = story.then(Command::RevokeTouch { touch: touch_id(1) });
    assert_eq!(story.lead().first_contact_at, Some(min(20)));
    assert_eq!((story.state(), story.lead().base()), (StateName::Active, min(40)));
}

#[test]
fn lif_1_a_settled_touch_can_not_be_revoked() {
    let story = Story::active().then(Command::SettleTouch { touch: touch_id(1) });
    assert_eq!(story.rejects(Command::RevokeTouch { touch: touch_id(1) }), Rejected::TouchSettled);
    assert_eq!(story.rejects(Command::RevokeTouch { touch: touch_id(9) }), Rejected::TouchNotKnown);
}

#[test]
fn lif_2_shorter_windows_make_deadlines_overdue_at_once_in_order() {
    let story = Story::new_lead().at(min(20)).then(Command::ChangeRules { rules: rules_v(2, 600, 1_100) });
    assert_eq!(
        moves(&story.journal),
        [
            (StateName::AtRisk, Cause::Deadline(DeadlineKind::FirstContactAtRisk), min(8)),
            (StateName::Stale, Cause::Deadline(DeadlineKind::Stale), START.plus_millis(1_100_000)),
        ]
    );
    assert_eq!(story.lead().breached_at, Some(min(10)));
    // The rescue queue has it since now: nobody is told that it waited there.
    assert_eq!(story.lead().rescue().unwrap().escalations, 0);
    assert_eq!(story.lead().rescue().unwrap().clock, min(20));
}

#[test]
fn lif_2_longer_windows_take_at_risk_back_and_never_stale_and_breaches_stay() {
    let longer = Command::ChangeRules { rules: rules_v(2, 7_200, 400_000) };
    let at_risk = Story::at_risk().then(longer.clone());
    assert_eq!((at_risk.state(), at_risk.automatic()), (StateName::Active, None));
    assert_eq!(moves(&at_risk.journal).last(), Some(&(StateName::Active, Cause::RulesChanged, hours(39))));
    let stale = Story::stale().then(longer.clone());
    assert_eq!(stale.state(), StateName::Stale);
    let breached = Story::new_lead().at(min(61)).then(longer);
    assert_eq!((breached.state(), breached.lead().breached_at), (StateName::New, Some(min(60))));
    assert_eq!((breached.card().kind, breached.card().due_at), (CardKind::ContactNow, min(120)));
    // The longer window counts in full; the breach is told once.
    let later = breached.at(min(130)).then(Command::Tick);
    assert_eq!(later.lead().state, State::AtRisk(AtRiskReason::FirstContact));
    assert_eq!(later.lead().breached_at, Some(min(60)));
}

#[test]
fn lif_2_a_window_that_a_change_moves_ahead_brings_the_card_back_when_it_ends() {
    let share =
        |version, w1: u32, w2: u32| Command::ChangeRules { rules: rules_v(version, w1 * 60, w2 * 60) };
    // Still at risk under the longer window, whose end lies ahead again.
    let story = Story::new_lead().at(min(61)).then(share(2, 70, 2_880));
    let story = story.clone().then(story.done()).at(min(70)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    assert_eq!(story.lead().breached_at, Some(min(60)));
    // The same for the share of the stale window while no contact was made.
    let story = story.at(hours(39)).then(share(3, 70, 3_600));
    let story = story.clone().then(story.done()).at(hours(48)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    assert_eq!(
        story.journal[story.journal.len() - 2],
        Event::DeadlinePassed { deadline: DeadlineKind::StaleAtRisk, at: hours(48) }
    );
}

#[test]
fn lif_1_a_revoked_touch_makes_stale_now_and_nobody_is_told_that_it_waited() {
    let story = Story::active().at(hours(40)).then(touch(2, ANA, hours(40)));
    let story = story.at(hours(60)).then(Command::RevokeTouch { touch: touch_id(2) });
    let rescue = story.lead().rescue().unwrap().clone();
    assert_eq!((rescue.since, rescue.clock, rescue.escalations), (min(48 * 60 + 10), hours(60), 0));
    let story = story.at(hours(107)).then(Command::Tick);
    assert_eq!(story.lead().rescue().unwrap().escalations, 0);
}

#[test]
fn lif_1_a_touch_of_a_clock_that_runs_ahead_counts_from_now() {
    let story = Story::new_lead().at(min(10)).then(touch(1, ANA, hours(900)));
    assert_eq!(story.lead().last_touch_at(), Some(min(10)));
}

#[test]
fn rsc_1_a_stale_lead_stays_stale_when_its_owner_changes_teams_with_it() {
    let story = Story::stale().then(Command::Reassign { to: Some(ANA), team: OTHER_TEAM, by: TIM });
    assert_eq!((story.state(), story.lead().team), (StateName::Stale, OTHER_TEAM));
}

#[test]
fn lif_1_another_team_alone_restarts_no_clock() {
    let mut rules = TeamRules::default();
    rules.owner_change_restarts_clock = true;
    let story = Story::new_lead().then(Command::ChangeRules { rules }).at(min(20));
    let story = story.then(Command::Reassign { to: Some(ANA), team: OTHER_TEAM, by: TIM });
    assert_eq!((story.lead().team, story.lead().base()), (OTHER_TEAM, START));
}

#[test]
fn lif_2_changed_rules_open_nothing_that_was_done() {
    let story = Story::new_lead();
    let story = story.clone().at(min(1)).then(story.done()).at(min(2)).then(receive(min(2)));
    let reply = story.card().task;
    let story = story.then(Command::ChangeRules { rules: rules_v(2, 7_200, 400_000) });
    assert_eq!((story.card().task, story.card().due_at), (reply, min(122)));
    let revoked = Story::active().at(min(30)).then(Command::RevokeTouch { touch: touch_id(1) });
    let revoked = revoked.then(Command::ChangeRules { rules: rules_v(2, 7_200, 400_000) });
    assert_eq!(revoked.card().reason, Reason::TouchRevoked { sent_at: min(10) });
    assert_eq!(revoked.card().due_at, min(120));
}

#[test]
fn lif_2_older_rules_than_the_lead_knows_change_nothing() {
    let story = Story::new_lead().then(Command::ChangeRules { rules: rules_v(3, 600, 6_000) });
    assert_eq!(
        story.rejects(Command::ChangeRules { rules: rules_v(2, 900, 9_000) }),
        Rejected::NothingChanges
    );
    // In another team the count begins anew.
    let moved = story.then(Command::Reassign { to: Some(BEN), team: OTHER_TEAM, by: TIM });
    let moved = moved.then(Command::ChangeRules { rules: rules_v(1, 900, 9_000) });
    assert_eq!(moved.lead().rules, rules_v(1, 900, 9_000));
}

#[test]
fn deck_1_done_puts_the_card_away_and_the_next_deadline_opens_it_again() {
    let story = Story::new_lead();
    let story = story.clone().at(min(1)).then(story.done());
    assert_eq!((story.state(), story.automatic()), (StateName::New, None));
    let story = story.at(min(49)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    let story = story.clone().then(story.done()).at(min(61)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    let story = story.clone().then(story.done()).at(hours(39)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::ContactNow));
    assert_eq!(story.lead().state, State::AtRisk(AtRiskReason::FirstContact));
    let story = story.clone().then(story.done()).at(hours(48)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::Rescue));
    let story = story.clone().then(story.done()).at(hours(96)).then(Command::Tick);
    assert_eq!(story.automatic(), Some(CardKind::Rescue));
}

#[test]
fn deck_4_an_action_on_a_card_that_changed_is_refused_with_the_card_as_it_is() {
    let story = Story::new_lead();
    let seen = story.done();
    let story = story.at(min(1)).then(receive(min(1)));
    let Rejected::CardChanged { current } = story.rejects(seen) else { panic!("not refused for that") };
    assert_eq!(&*current, story.card());
    let story = story.clone().then(story.done());
    let gone = Command::Done { task: current.task, by: ANA, expected_version: current.version };
    assert_eq!(story.rejects(gone), Rejected::CardNotOpen);
}

#[test]
fn lif_6_a_snoozed_card_counts_as_open_and_comes_back_at_its_time() {
    let story = Story::active().at(min(20)).then(receive(min(20)));
    assert_eq!(story.rejects(story.snooze(min(20))), Rejected::SnoozeInThePast);
    let story = story.clone().then(story.snooze(hours(3)));
    assert_eq!(story.card().snoozed_until, Some(hours(3)));
    assert_eq!(next_deadline(story.lead()), Some((hours(3), DeadlineKind::SnoozeEnds)));
    let back = story.clone().at(hours(4)).then(Command::Tick);
    assert_eq!(back.card().snoozed_until, None);
    assert_eq!(back.journal.last(), Some(&Event::CardReturned { task: back.card().task, at: hours(3) }));
    let inbound = story.at(hours(1)).then(receive(hours(1)));
    assert_eq!((inbound.card().snoozed_until, inbound.lead().cards.len()), (None, 1));
}

#[test]
fn lif_6_the_states_deadlines_bring_a_snoozed_card_back() {
    let story = Story::new_lead();
    let story = story.clone().then(story.snooze(hours(20)));
    let story = story.at(min(48)).then(Command::Tick);
    assert_eq!((story.card().snoozed_until, story.card().kind), (None, CardKind::ContactNow));
    let story = story.clone().then(story.snooze(hours(20))).at(min(60)).then(Command::Tick);
    assert_eq!(story.card().snoozed_until, None);
}

#[test]
fn lif_7_an_archived_lead_has_no_timers_and_no_cards_and_returns_with_its_next_message() {
    let story = Story::stale().then(Command::ChangeStatus { to: Status::ActiveClient, by: ANA });
    let story = story.at(hours(50)).then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!((story.lead().cards.len(), next_deadline(story.lead())), (0, None));
    assert_eq!(story.state(), StateName::Stale);
    assert!(story.lead().rescue().is_none());
    let story = story.at(hours(90)).then(receive(hours(90)));
    assert_eq!((story.state(), story.lead().status), (StateName::Active, Status::ActiveClient));
    assert_eq!((story.automatic(), story.lead().base()), (Some(CardKind::Reply), hours(90)));
    assert_eq!(
        moves(&story.journal).last(),
        Some(&(StateName::Active, Cause::ReturnedFromArchive, hours(90)))
    );
}

#[test]
fn lif_7_what_is_no_message_does_not_bring_an_archived_lead_back() {
    let story = Story::active().then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    for message in [message(hours(1), EventKind::Reaction, None), word(hours(1), OptWord::Stop)] {
        let story = story.clone().at(hours(1)).then(receive_message(message));
        assert_eq!((story.lead().status, story.automatic()), (Status::Archived, None));
    }
}

#[test]
fn lif_7_a_deleted_lead_sends_what_is_written_to_the_review_queue() {
    let story = Story::active().then(delete());
    assert_eq!((story.lead().cards.len(), next_deadline(story.lead())), (0, None));
    let story = story.at(hours(1)).then(receive(hours(1)));
    let Some(Event::SentToReview { content, at, message: Some(message) }) = story.journal.last() else {
        panic!("it waits for review");
    };
    assert_eq!((content, *at), (&SealedRaw(vec![1, 2, 3]), hours(1)));
    assert!(story.lead().deleted);
    let event = message.event;
    let whole = hearthline_engine::message::Message { content: content.clone(), ..(**message).clone() };
    let decide = |restored| Command::Review { event, restored, by: TIM };
    let dismissed = story.clone().at(hours(2)).then(decide(None));
    assert!(dismissed.lead().deleted && dismissed.lead().in_review.is_empty());
    assert_eq!(dismissed.rejects(decide(None)), Rejected::NothingChanges);
    let back = story.clone().at(hours(2)).then(decide(Some(Box::new(whole.clone()))));
    assert!(!back.lead().deleted);
    assert_eq!((back.state(), back.lead().base()), (StateName::Active, hours(2)));
    assert_eq!(back.automatic(), Some(CardKind::Reply));
    assert_eq!(back.rejects(decide(Some(Box::new(whole)))), Rejected::NothingChanges);
    assert_eq!(story.rejects(delete()), Rejected::Deleted);
}

#[test]
fn lif_7_who_comes_back_never_contacted_has_no_first_contact_window_any_more() {
    let story = Story::new_lead().then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    let story = story.at(hours(5)).then(receive(hours(5)));
    assert_eq!(story.state(), StateName::Active);
    let story = story.at(hours(6)).then(touch(1, ANA, hours(6)));
    let story = story.at(hours(7)).then(Command::RevokeTouch { touch: touch_id(1) });
    assert_eq!(story.state(), StateName::Active);
}

#[test]
fn deck_1_a_follow_up_becomes_a_card_of_its_own_when_it_is_due() {
    let title = Some(SealedRaw(vec![9]));
    let story = Story::active().then(Command::Schedule { by: ANA, due_at: hours(5), title: title.clone() });
    let story = story.at(hours(6)).then(receive(hours(6)));
    assert_eq!(story.lead().cards.len(), 2);
    let card = story.lead().cards_of(CardKind::FollowUp).next().unwrap();
    assert_eq!((card.due_at, card.opened_at, &card.preview), (hours(5), hours(5), &title));
    // A touch closes the automatic card alone.
    let story = story.at(hours(7)).then(touch(2, ANA, hours(7)));
    assert_eq!(story.lead().cards.len(), 1);
    assert_eq!(story.lead().cards[0].kind, CardKind::FollowUp);
}

#[test]
fn lif_1_a_lead_made_by_hand_has_its_card_and_an_imported_one_only_if_asked() {
    let by_hand = Story::vacant().then(created_by_hand(true));
    assert_eq!((by_hand.state(), by_hand.automatic()), (StateName::New, Some(CardKind::ContactNow)));
    let imported = Story::vacant().then(created_by_hand(false));
    assert_eq!((imported.state(), imported.automatic()), (StateName::New, None));
    assert_eq!(by_hand.rejects(created_by_hand(true)), Rejected::AlreadyExists);
}

#[test]
fn data_2_a_name_is_learned_once_and_never_overwritten() {
    let named = |at, name: &str| Command::Receive {
        message: sms(at),
        place: place(),
        name: Some(hearthline_engine::lead::Name(name.to_owned())),
    };
    let story = Story::new_lead().at(min(1)).then(named(min(1), "Maria Oliveira"));
    let story = story.at(min(2)).then(named(min(2), "mo_1984"));
    assert_eq!(story.lead().name.as_ref().map(|name| name.0.as_str()), Some("Maria Oliveira"));
}

#[test]
fn lif_4_after_a_long_stop_escalations_stay_few_and_their_count_right() {
    let story = Story::vacant().then(Command::Receive {
        message: sms(START),
        place: place_under(rules(1, 2, 500)),
        name: None,
    });
    let story = story.at(hours(24 * 365)).then(Command::Tick);
    let escalations =
        story.journal.iter().filter(|event| matches!(event, Event::RescueEscalated { .. })).count();
    assert!(escalations <= 17, "{escalations}");
    let two_seconds = u32::try_from(24 * 365 * HOUR / 2_000).unwrap();
    assert_eq!(story.lead().rescue().unwrap().escalations, two_seconds - 1);
    let (next, _) = next_deadline(story.lead()).unwrap();
    assert!(next > story.now);
}

#[test]
fn lif_1_touches_whose_end_nobody_tells_do_not_pile_up() {
    let mut story = Story::active();
    for n in 0..500 {
        let at = START.plus_millis(HOUR + i64::try_from(n).unwrap());
        story = story.at(at).then(touch(100 + n, ANA, at));
    }
    assert!(story.lead().touches.len() <= 67, "{}", story.lead().touches.len());
    assert_eq!(story.lead().first_contact_at, Some(min(10)));
}

#[test]
fn deck_1_a_higher_card_replaces_a_lower_one() {
    let story = Story::active().at(min(20)).then(receive(min(20)));
    let reply = story.card().task;
    let story = story.at(hours(39)).then(Command::Tick);
    let replaced = Event::CardClosed {
        task: reply,
        how: CardClosed::Replaced,
        at: min(10).plus_millis(48 * HOUR * 8 / 10),
    };
    assert!(story.journal.contains(&replaced));
    assert_eq!(story.automatic(), Some(CardKind::AtRisk));
    assert_eq!(story.card().preview, sms(min(20)).preview);
}

#[test]
fn lif_1_a_merged_lead_forwards_every_command() {
    let to = OTHER_LEAD;
    let story = Story::active().then(merge_into(to));
    assert_eq!(story.rejects(receive(START)), Rejected::Forwarded { to });
    assert_eq!(story.rejects(Command::Tick), Rejected::Forwarded { to });
}

#[test]
fn lif_1_a_call_told_after_the_lead_was_archived_is_a_touch_and_comes_back_with_it() {
    let call = call_id(1);
    let story = Story::active().then(Command::StartCall { call, by: ANA, at: min(20) });
    let story = story.at(min(30)).then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    let told = story.clone().then(outcome(1, CallOutcome::Spoke));
    assert_eq!(told.lead().cards, []);
    let back = story.at(hours(2)).then(receive(hours(2)));
    assert_eq!(back.lead().cards_of(CardKind::CallOutcome).count(), 1);
}

#[test]
fn idn_1_a_name_that_a_provider_tells_is_one_short_line() {
    let told = |text: &str| Name::told(text).map(|name| name.0);
    assert_eq!(told("Maria Oliveira"), Some("Maria Oliveira".to_owned()));
    assert_eq!(told("  Maria\r\n\u{0}\tOliveira "), Some("Maria Oliveira".to_owned()));
    assert_eq!(told(" \n "), None);
    let long = told(&"é".repeat(100_000)).unwrap();
    assert_eq!(long.chars().count(), 120);
    let words = told(&"ab ".repeat(10_000)).unwrap();
    assert!(words.chars().count() <= 120 && words.starts_with("ab ab ") && !words.ends_with(' '));
}

#[test]
fn idn_6_whoever_is_written_to_on_their_own_number_is_told_of_that_message_alone() {
    let told = |story: &Story| -> Vec<(EventId, UserId, Timestamp)> {
        let told = story.journal.iter().filter_map(|event| match event {
            Event::WroteToAnother { message, to, at, .. } => Some((*message, *to, *at)),
            _ => None,
        });
        told.collect()
    };
    let story = Story::active().at(min(20)).then(receive_by(BEN, min(20)));
    assert_eq!(told(&story), [(sms(min(20)).event, BEN, min(20))]);
    assert_eq!(story.lead().owner, Some(ANA), "one lead, and it stays hers");
    // By her own number, by a team's, to a lead that nobody has, or in a reaction: nobody is told.
    assert!(told(&Story::active().at(min(20)).then(receive(min(20)))).is_empty());
    let by_team =
        Command::Receive { message: sms(min(20)), place: Placement { owner: None, ..place() }, name: None };
    assert!(told(&Story::active().at(min(20)).then(by_team)).is_empty());
    let nobodys = Story::active().then(Command::Reassign { to: None, team: TEAM, by: TIM });
    assert!(told(&nobodys.at(min(20)).then(receive_by(BEN, min(20)))).is_empty());
    let reaction = Command::Receive {
        message: message(min(20), EventKind::Reaction, None),
        place: Placement { owner: Some(BEN), ..place() },
        name: None,
    };
    assert!(told(&Story::active().at(min(20)).then(reaction)).is_empty());
    // A deleted lead's message waits for review, and is nobody else's business.
    assert!(told(&Story::active().then(delete()).at(min(20)).then(receive_by(BEN, min(20)))).is_empty());
    // Put away: it comes back, hers.
    let archive = Command::ChangeStatus { to: Status::Archived, by: TIM };
    assert_eq!(told(&Story::active().then(archive).at(min(20)).then(receive_by(BEN, min(20)))).len(), 1);
}
