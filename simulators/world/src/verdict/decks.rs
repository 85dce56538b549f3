//! Every deck shows exactly the cards of the leads it should, in storage and on the page that followed it by deltas
//! alone (DECK-3).

use hearthline_engine::{
    deck::{Audience, DeckCard, lead_cards},
    ids::{TaskId, TenantId, UserId},
};
use std::collections::BTreeMap;

use super::facts::Facts;
use crate::running::Durable;

pub(super) fn judge(durable: &Durable, facts: &Facts, broken: &mut Vec<String>) {
    for ((tenant, user), deck) in &facts.decks {
        let expected = expected(durable, facts, *tenant, *user);
        let stored: BTreeMap<TaskId, DeckCard> =
            deck.rows.iter().filter_map(|row| row.card.clone()).map(|card| (card.task, card)).collect();
        compare(&format!("the stored deck of {user}"), &expected, &stored, broken);
        let screen = durable.screens.of(*tenant, *user);
        compare(&format!("the page of {user}"), &expected, &screen.cards, broken);
        match (&deck.meta, screen.position) {
            (Some(meta), Some(position)) => {
                if meta.epoch != position.epoch || meta.next_offset != position.offset + 1 {
                    let (offset, next) = (position.offset, meta.next_offset);
                    broken.push(format!("the page of {user} stands at {offset}, its deck is before {next}"));
                }
                if deck.rows.iter().any(|row| row.changed_offset >= meta.next_offset) {
                    broken.push(format!("the deck of {user} has a change from the future"));
                }
            }
            (None, None) => {}
            (meta, position) => broken.push(format!("deck of {user}: {meta:?} and {position:?}")),
        }
    }
}

fn expected(durable: &Durable, facts: &Facts, tenant: TenantId, user: UserId) -> BTreeMap<TaskId, DeckCard> {
    let teams = durable.office.teams.lock();
    let leads = facts.leads.values().filter_map(|known| known.lead()).filter(|lead| lead.tenant == tenant);
    leads
        .flat_map(|lead| {
            let leads_team =
                teams.get(&(tenant, lead.team)).is_some_and(|team| team.team_leads.contains(&user));
            let audience = if lead.owner == Some(user) {
                Audience::Owner
            } else if leads_team {
                Audience::TeamLead
            } else {
                Audience::Nobody
            };
            lead_cards(lead, user, audience).cards
        })
        .map(|card| (card.task, card))
        .collect()
}

fn compare(
    whose: &str,
    expected: &BTreeMap<TaskId, DeckCard>,
    found: &BTreeMap<TaskId, DeckCard>,
    broken: &mut Vec<String>,
) {
    for (task, card) in expected {
        match found.get(task) {
            Some(shown) if shown == card => {}
            Some(_) => broken.push(format!("{whose} shows task {task} of lead {} as it was", card.lead)),
            None => broken.push(format!("{whose} lacks task {task} of lead {} ({:?})", card.lead, card.kind)),
        }
    }
    for (task, card) in found {
        if !expected.contains_key(task) {
            broken.push(format!("{whose} still shows task {task} of lead {}", card.lead));
        }
    }
}
