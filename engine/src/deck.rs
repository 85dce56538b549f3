//! The Task Deck: which cards a user has, in what order, and what changed (DECK-1, DECK-3).

use serde::{Deserialize, Serialize};

use crate::{
    identity::{self, IdentityKind},
    ids::{LeadId, TaskId, UserId},
    lead::{Card, CardKind, Lead, Reason, StateName},
    message::Channel,
    raw::SealedRaw,
    time::Timestamp,
};

/// A card as it stands in one user's deck: a projection of a lead's open card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeckCard {
    /// The card's id is its task's.
    pub task: TaskId,
    /// Whose card it is.
    pub lead: LeadId,
    /// What it asks for.
    pub kind: CardKind,
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// By when it asks for it.
    pub due_at: Timestamp,
    /// Why it is there.
    pub reason: Reason,
    /// See [`display_name`].
    pub lead_name: String,
    /// BCP 47, where known.
    pub language: Option<String>,
    /// The channel of the message it is about.
    pub channel: Option<Channel>,
    /// Only in the owner's deck.
    pub preview: Option<SealedRaw>,
    /// The lead's state.
    pub state: StateName,
    /// The lead's version when this task or its preview last changed.
    pub version: u64,
}

/// All cards of one lead for one user: what the lead's projection hands to the deck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadCards {
    /// The lead.
    pub lead: LeadId,
    /// The lead's version that this was made from; a deck ignores what is not newer than it holds.
    pub lead_version: u64,
    /// Whose deck this is for.
    pub user: UserId,
    /// All of them: what is not here leaves the deck.
    pub cards: Vec<DeckCard>,
}

/// Who a deck belongs to, seen from a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Its owner: all visible cards, with previews.
    Owner,
    /// A team lead of its team: the rescue card while it is Stale, without preview.
    TeamLead,
    /// One who has nothing to do with it any more: no cards.
    Nobody,
}

/// The cards of `lead` that belong into the deck of `user`. A snoozed card is left out; a rescue card that another one
/// snoozed is not, because nobody may hide a Stale lead from somebody else.
#[must_use]
pub fn lead_cards(lead: &Lead, user: UserId, audience: Audience) -> LeadCards {
    let shown = lead.cards.iter().filter(|_| lead.merged_into.is_none()).filter(|card| match audience {
        Audience::Owner => lead.owner == Some(user),
        Audience::TeamLead => card.kind == CardKind::Rescue && lead.rescue().is_some(),
        Audience::Nobody => false,
    });
    let visible = shown.filter(|card| {
        card.snoozed_until.is_none() || (card.kind == CardKind::Rescue && card.snoozed_by != Some(user))
    });
    let name = display_name(lead);
    let cards = visible.map(|card| deck_card(lead, &name, card, audience)).collect();
    LeadCards { lead: lead.id, lead_version: lead.version, user, cards }
}

fn deck_card(lead: &Lead, name: &str, card: &Card, audience: Audience) -> DeckCard {
    DeckCard {
        task: card.task,
        lead: lead.id,
        kind: card.kind,
        opened_at: card.opened_at,
        due_at: card.due_at,
        reason: card.reason.clone(),
        lead_name: name.to_owned(),
        language: lead.language.clone(),
        channel: card.channel,
        preview: card.preview.clone().filter(|_| audience == Audience::Owner),
        state: lead.state_name(),
        version: card.version,
    }
}

/// What a lead is called: its name, else how it can be reached (phones as people read them), else nothing.
#[must_use]
pub fn display_name(lead: &Lead) -> String {
    if let Some(name) = lead.name.as_ref().map(|name| name.0.trim()).filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let best = lead.identities.iter().min_by_key(|address| address.kind);
    best.map_or_else(String::new, |address| match address.kind {
        IdentityKind::Phone => identity::display_phone(&address.value),
        IdentityKind::Email
        | IdentityKind::Whatsapp
        | IdentityKind::Messenger
        | IdentityKind::Instagram
        | IdentityKind::SmsSender => address.value.clone(),
    })
}

/// How urgent a card is at `now`, from 0 (no hurry) to 1.
///
/// Each concern has a band. Within it a card rises as its time comes, and afterwards ever more slowly, so that waiting
/// never lowers a card and what has waited for months does not drown what is about to be lost now.
///
/// | from | to | card |
/// | --- | --- | --- |
/// | 0.95 | 1.00 | rescue |
/// | 0.85 | 0.95 | first contact, overdue |
/// | 0.70 | 0.85 | first contact at risk; at risk for want of a touch |
/// | 0.60 | 0.70 | call without its outcome |
/// | 0.50 | 0.60 | reply, overdue |
/// | 0.40 | 0.70 | first contact of a new lead, rising to its due time |
/// | 0.30 | 0.50 | reply, rising to its due time |
/// | 0.10 | 0.50 | follow-up, rising over the day before and the day after its due time |
#[must_use]
pub fn urgency(card: &DeckCard, now: Timestamp) -> f64 {
    let waited = now.millis_since(card.due_at);
    let total = card.due_at.millis_since(card.opened_at).max(1);
    let elapsed = share(now.millis_since(card.opened_at), total);
    match card.kind {
        CardKind::Rescue => band(0.95, 1.0, overdue(waited)),
        CardKind::ContactNow if waited >= 0 => band(0.85, 0.95, overdue(waited)),
        CardKind::ContactNow => match card.state {
            StateName::New => band(0.40, 0.70, elapsed),
            StateName::Active | StateName::AtRisk | StateName::Stale => band(0.70, 0.85, elapsed),
        },
        CardKind::AtRisk => band(0.70, 0.85, elapsed),
        CardKind::CallOutcome => band(0.60, 0.70, overdue(waited)),
        CardKind::Reply if waited >= 0 => band(0.50, 0.60, overdue(waited)),
        CardKind::Reply => band(0.30, 0.50, elapsed),
        CardKind::FollowUp => band(0.10, 0.50, share(waited.saturating_add(DAY_MS), 2 * DAY_MS)),
    }
}

const DAY_MS: i64 = 86_400_000;

/// Half of the band after six hours, ever closer to its end afterwards: two cards that are overdue never tie by being
/// clipped.
fn overdue(waited_ms: i64) -> f64 {
    let hours = waited_ms.max(0) as f64 / 3_600_000.0;
    hours / (hours + 6.0)
}

fn share(part_ms: i64, whole_ms: i64) -> f64 {
    (part_ms as f64 / whole_ms as f64).clamp(0.0, 1.0)
}

fn band(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}

/// The order of a deck: the most urgent first, then what is due earlier, then what is there longer, then by id, so that
/// two cards never compare equal unless they are the same.
#[must_use]
pub fn deck_order(a: &DeckCard, b: &DeckCard, now: Timestamp) -> std::cmp::Ordering {
    urgency(b, now)
        .total_cmp(&urgency(a, now))
        .then_with(|| a.due_at.cmp(&b.due_at))
        .then_with(|| a.opened_at.cmp(&b.opened_at))
        .then_with(|| (a.lead, a.task).cmp(&(b.lead, b.task)))
}
