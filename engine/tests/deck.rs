//! Which cards stand in whose deck, in what order, under what name.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod given;

use given::*;
use hearthline_engine::{
    deck::{Audience, DeckCard, deck_order, display_name, lead_cards, urgency},
    identity::{Address, IdentityKind},
    lead::{CardKind, Command, Lead, Name, Reason, StateName, Status},
    time::Timestamp,
};
use proptest::prelude::*;
use std::cmp::Ordering;

fn kinds(lead: &Lead, user: hearthline_engine::ids::UserId, audience: Audience) -> Vec<CardKind> {
    lead_cards(lead, user, audience).cards.iter().map(|card| card.kind).collect()
}

#[test]
fn deck_1_the_owner_sees_all_cards_with_previews() {
    let story = Story::active().then(Command::Schedule { by: ANA, due_at: min(30), title: None });
    let story = story.at(min(40)).then(receive(min(40)));
    let cards = lead_cards(story.lead(), ANA, Audience::Owner);
    assert_eq!((cards.lead, cards.lead_version, cards.user), (LEAD, story.lead().version, ANA));
    assert_eq!(kinds(story.lead(), ANA, Audience::Owner), [CardKind::FollowUp, CardKind::Reply]);
    assert!(cards.cards[1].preview.is_some());
    assert!(cards.cards.iter().all(|card| card.lead_name == "+1-415-555-0100"));
}

#[test]
fn deck_1_one_who_is_not_the_owner_any_more_has_no_cards() {
    let story = Story::new_lead().then(Command::Reassign { to: Some(BEN), team: TEAM, by: TIM });
    assert_eq!(kinds(story.lead(), ANA, Audience::Owner), []);
    assert_eq!(kinds(story.lead(), ANA, Audience::Nobody), []);
    assert_eq!(kinds(story.lead(), BEN, Audience::Owner), [CardKind::ContactNow]);
}

#[test]
fn rsc_1_a_team_lead_sees_the_rescue_card_of_a_stale_lead_without_preview() {
    let story = Story::stale().then(receive(hours(49)));
    assert!(story.card().preview.is_some());
    let cards = lead_cards(story.lead(), TIM, Audience::TeamLead).cards;
    let [card] = cards.as_slice() else { panic!("not one card") };
    assert_eq!((card.kind, &card.preview), (CardKind::Rescue, &None));
    for story in [Story::new_lead(), Story::active(), Story::at_risk()] {
        assert_eq!(kinds(story.lead(), TIM, Audience::TeamLead), []);
    }
    let archived = story.then(Command::ChangeStatus { to: Status::Archived, by: ANA });
    assert_eq!(kinds(archived.lead(), TIM, Audience::TeamLead), []);
}

#[test]
fn lif_6_a_snoozed_card_is_out_of_the_deck_but_nobody_hides_a_rescue_from_another() {
    let story = Story::new_lead();
    let story = story.clone().then(story.snooze(hours(1)));
    assert_eq!(kinds(story.lead(), ANA, Audience::Owner), []);
    let story = Story::stale();
    let story = story.clone().then(story.snooze(hours(60)));
    assert!(!kinds(story.lead(), ANA, Audience::Owner).contains(&CardKind::Rescue));
    assert_eq!(kinds(story.lead(), TIM, Audience::TeamLead), [CardKind::Rescue]);
}

#[test]
fn deck_1_a_lead_without_a_name_is_called_by_how_it_can_be_reached() {
    let mut lead = Story::new_lead().lead().clone();
    assert_eq!(display_name(&lead), "+1-415-555-0100");
    lead.identities = vec![phone("+351912345678")];
    assert_eq!(display_name(&lead), "+351 912 345 678");
    lead.identities = vec![Address { kind: IdentityKind::SmsSender, value: "72345".to_owned() }];
    assert_eq!(display_name(&lead), "72345");
    lead.identities = vec![
        Address { kind: IdentityKind::Whatsapp, value: "IN.20".to_owned() },
        Address { kind: IdentityKind::Email, value: "maria@example.com".to_owned() },
    ];
    assert_eq!(display_name(&lead), "maria@example.com");
    lead.identities.clear();
    assert_eq!(display_name(&lead), "");
    lead.name = Some(Name("  Maria Oliveira ".to_owned()));
    assert_eq!(display_name(&lead), "Maria Oliveira");
}

fn card(kind: CardKind, state: StateName, opened_at: Timestamp, due_at: Timestamp) -> DeckCard {
    DeckCard {
        task: task_id(1),
        lead: LEAD,
        kind,
        opened_at,
        due_at,
        reason: Reason::FollowUp,
        lead_name: String::new(),
        language: None,
        channel: None,
        preview: None,
        state,
        version: 1,
    }
}

#[test]
fn deck_1_cards_come_in_the_order_of_what_is_lost_first() {
    let now = hours(100);
    let ago = |minutes: i64| now.plus_millis(-minutes * MINUTE);
    let ahead = |minutes: i64| now.plus_millis(minutes * MINUTE);
    let in_order = [
        ("stale", card(CardKind::Rescue, StateName::Stale, ago(10), ago(10))),
        ("first contact overdue", card(CardKind::ContactNow, StateName::AtRisk, ago(61), ago(1))),
        ("first contact at risk", card(CardKind::ContactNow, StateName::AtRisk, ago(55), ahead(5))),
        ("at risk", card(CardKind::AtRisk, StateName::AtRisk, ago(60), ahead(500))),
        ("call without outcome", card(CardKind::CallOutcome, StateName::Active, ago(5), ago(5))),
        ("reply overdue", card(CardKind::Reply, StateName::Active, ago(70), ago(10))),
        ("new", card(CardKind::ContactNow, StateName::New, ago(1), ahead(59))),
        ("reply", card(CardKind::Reply, StateName::Active, ago(10), ahead(50))),
        ("follow-up due now", card(CardKind::FollowUp, StateName::Active, ago(0), ago(0))),
        ("follow-up due tomorrow", card(CardKind::FollowUp, StateName::Active, ago(0), ahead(1_400))),
    ];
    for pair in in_order.windows(2) {
        let [(first, one), (second, other)] = pair else { unreachable!("windows of two") };
        assert_eq!(deck_order(one, other, now), Ordering::Less, "{first} stands before {second}");
    }
}

fn any_card() -> impl Strategy<Value = DeckCard> {
    let kinds = prop_oneof![
        Just(CardKind::Reply),
        Just(CardKind::ContactNow),
        Just(CardKind::AtRisk),
        Just(CardKind::Rescue),
        Just(CardKind::FollowUp),
        Just(CardKind::CallOutcome)
    ];
    let states = prop_oneof![
        Just(StateName::New),
        Just(StateName::Active),
        Just(StateName::AtRisk),
        Just(StateName::Stale)
    ];
    (kinds, states, any::<i64>(), any::<i64>(), 0_u128..4).prop_map(|(kind, state, opened, due, n)| {
        DeckCard {
            task: task_id(n),
            ..card(kind, state, Timestamp::from_millis(opened), Timestamp::from_millis(due))
        }
    })
}

proptest! {
    #[test]
    fn deck_1_urgency_lies_between_0_and_1_for_any_times(card in any_card(), now in any::<i64>()) {
        let urgency = urgency(&card, Timestamp::from_millis(now));
        prop_assert!((0.0..=1.0).contains(&urgency), "{urgency}");
    }

    #[test]
    fn deck_1_waiting_never_makes_a_card_less_urgent(card in any_card(), now in 0_i64..1 << 50, later in 0_i64..1 << 40) {
        let then = Timestamp::from_millis(now + later);
        prop_assert!(urgency(&card, then) >= urgency(&card, Timestamp::from_millis(now)));
    }

    #[test]
    fn deck_1_the_order_of_a_deck_is_total(
        mut cards in prop::collection::vec(any_card(), 0..20),
        now in any::<i64>(),
    ) {
        let now = Timestamp::from_millis(now);
        // Panics where the order is not one.
        cards.sort_by(|one, other| deck_order(one, other, now));
        for pair in cards.windows(2) {
            prop_assert_ne!(deck_order(&pair[0], &pair[1], now), Ordering::Greater);
            prop_assert_eq!(deck_order(&pair[0], &pair[1], now), deck_order(&pair[1], &pair[0], now).reverse());
        }
    }
}
