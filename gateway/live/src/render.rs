//! From a deck's cards to what a client sees: words, urgency, and the preview that only the owner's grant opens.

use hearthline_actors::{DeckOp, LeadSeal};
use hearthline_api::{Card, CardView, Op, words::Words};
use hearthline_engine::{
    access::{self, Subject, Viewer},
    deck::{DeckCard, urgency},
    ids::{TeamId, TenantId},
    time::Timestamp,
};
use hearthline_storage_api::{Sealing, rows::lead::LeadRef};

/// A card as its deck's user sees it now.
#[must_use]
pub fn render_card(
    tenant: TenantId,
    viewer: &Viewer,
    words: &'static dyn Words,
    (card, seal): (&DeckCard, &LeadSeal),
    now: Timestamp,
) -> Card {
    let view = CardView {
        urgency: urgency(card, now),
        preview: preview(tenant, viewer, card, seal, now),
        now,
        words,
    };
    Card::of(card, view)
}

/// All cards, most urgent first.
#[must_use]
pub fn render_snapshot(
    tenant: TenantId,
    viewer: &Viewer,
    words: &'static dyn Words,
    cards: &[(DeckCard, LeadSeal)],
    now: Timestamp,
) -> Vec<Card> {
    render_first(tenant, viewer, words, (cards, usize::MAX), now)
}

/// The most urgent cards, so many at most: those that stay behind are not opened.
#[must_use]
pub fn render_first(
    tenant: TenantId,
    viewer: &Viewer,
    words: &'static dyn Words,
    (cards, most): (&[(DeckCard, LeadSeal)], usize),
    now: Timestamp,
) -> Vec<Card> {
    let mut ordered: Vec<_> = cards.iter().map(|(card, seal)| (urgency(card, now), card, seal)).collect();
    ordered.sort_by(|(urgent, one, _), (other_urgent, other, _)| {
        let due = || one.due_at.cmp(&other.due_at);
        other_urgent.total_cmp(urgent).then_with(due).then_with(|| one.task.cmp(&other.task))
    });
    let first = ordered.into_iter().take(most);
    first.map(|(_, card, seal)| render_card(tenant, viewer, words, (card, seal), now)).collect()
}

pub(crate) fn render_op(
    tenant: TenantId,
    viewer: &Viewer,
    words: &'static dyn Words,
    op: &DeckOp,
    now: Timestamp,
) -> Op {
    match op {
        DeckOp::Put(card, seal) => Op::Put(Box::new(render_card(tenant, viewer, words, (card, seal), now))),
        DeckOp::Delete(task) => Op::Del(task.0),
    }
}

/// The preview, if the card has one and the policy opens it. Only an owner's deck holds previews at all.
fn preview(
    tenant: TenantId,
    viewer: &Viewer,
    card: &DeckCard,
    seal: &LeadSeal,
    now: Timestamp,
) -> Option<String> {
    let sealed = card.preview.as_ref()?;
    let subject = Subject {
        lead: card.lead,
        owner: Some(viewer.user),
        team: viewer.team.unwrap_or(TeamId::from_bytes([0; 16])),
        state: card.state,
        deleted: false,
        episode: 0,
    };
    let grant = access::raw_grant(viewer, &subject, None, now).ok()?;
    let place = LeadRef { tenant, lead: card.lead };
    let raw = Sealing { key: &*seal.0, binding: place.binding("preview") }.open_raw(sealed).ok()?;
    raw.open_text(&grant).ok()
}
