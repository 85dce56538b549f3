//! Two leads that are one person (IDN-3): what the one brings into the other, and what the other remembers of it, so that
//! it can be taken back.
//!
//! The lead that is merged away keeps everything it has, cards and clocks included, and rests: taken back, it is as it was.
//! Its history stays its own and is read with the other's. The other one takes what is needed to go on with the person:
//! addresses, plans, what awaits an answer, the latest contact.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{CardKind, Conversation, FollowUp, KEPT_CONVERSATIONS, LastInbound, Lead, Name, Touch};
use crate::{
    identity::Address,
    ids::{LeadId, TaskId, TouchId, UserId},
    message::Channel,
    time::Timestamp,
};

/// What a lead brings into another. Texts in it are sealed for the other one by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// None: not known.
    pub name: Option<Name>,
    /// BCP 47, where known.
    pub language: Option<String>,
    /// How the client can be reached.
    pub identities: Vec<Address>,
    /// Made by users.
    pub tags: BTreeSet<String>,
    /// Channels on which the client asked not to be written to.
    pub opted_out: BTreeSet<Channel>,
    /// The latest contact that counts.
    pub last_touch: Option<Touch>,
    /// The client's latest message.
    pub last_inbound: Option<LastInbound>,
    /// Reply windows.
    pub conversations: Vec<Conversation>,
    /// What somebody planned, due or not.
    pub follow_ups: Vec<FollowUp>,
    /// The latest message or touch.
    pub last_interaction_at: Option<Timestamp>,
}

impl Brought {
    /// What a lead brings. Its texts are still sealed for itself.
    #[must_use]
    pub fn by(lead: &Lead) -> Self {
        let planned = lead.follow_ups.iter().filter(|follow_up| !follow_up.by_default).cloned();
        let due = lead.cards.iter().filter(|card| card.kind == CardKind::FollowUp).map(|card| FollowUp {
            task: card.task,
            due_at: card.snoozed_until.unwrap_or(card.due_at),
            title: card.preview.clone(),
            by_default: false,
        });
        Self {
            name: lead.name.clone(),
            language: lead.language.clone(),
            identities: lead.identities.clone(),
            tags: lead.tags.clone(),
            opted_out: lead.opted_out.clone(),
            last_touch: lead.own_touches().max_by_key(|touch| (touch.at, touch.id)).cloned(),
            last_inbound: lead.last_inbound.clone(),
            conversations: lead.conversations.clone(),
            follow_ups: planned.chain(due).collect(),
            last_interaction_at: lead.last_interaction_at,
        }
    }
}

/// A lead that was merged into this one, and what came with it that was not here before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedLead {
    /// Which one.
    pub lead: LeadId,
    /// Who said that they are one person.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// Its name became this one's.
    pub name: bool,
    /// Its language did.
    pub language: bool,
    /// Addresses.
    pub identities: Vec<Address>,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Channels that were open here.
    pub closed: BTreeSet<Channel>,
    /// A contact that was not known here.
    pub touch: Option<TouchId>,
    /// Plans.
    pub tasks: Vec<TaskId>,
    /// The client's latest message here before, if that lead's is later.
    pub wrote_before: Option<Option<LastInbound>>,
}

impl Lead {
    /// Whether that lead was merged into this one.
    #[must_use]
    pub fn has_merged(&self, lead: LeadId) -> bool {
        self.merged.iter().any(|merged| merged.lead == lead)
    }

    pub(super) fn absorb(&mut self, lead: LeadId, brought: &Brought, by: UserId, at: Timestamp) {
        let later = brought
            .last_inbound
            .as_ref()
            .filter(|theirs| self.last_inbound.as_ref().is_none_or(|ours| ours.at < theirs.at));
        let new = |address: &&Address| !self.identities.contains(address);
        let touch = brought.last_touch.as_ref().map(|touch| touch.id);
        let merged = MergedLead {
            lead,
            by,
            at,
            name: self.name.is_none() && brought.name.is_some(),
            language: self.language.is_none() && brought.language.is_some(),
            identities: brought.identities.iter().filter(new).cloned().collect(),
            tags: brought.tags.difference(&self.tags).cloned().collect(),
            closed: brought.opted_out.difference(&self.opted_out).copied().collect(),
            touch: touch.filter(|touch| !self.knows_touch(*touch)),
            tasks: brought.follow_ups.iter().map(|follow_up| follow_up.task).collect(),
            wrote_before: later.map(|_| self.last_inbound.clone()),
        };
        if let Some(later) = later.cloned() {
            self.last_inbound = Some(later);
        }
        self.name = self.name.take().or_else(|| brought.name.clone());
        self.language = self.language.take().or_else(|| brought.language.clone());
        self.identities.extend(merged.identities.iter().cloned());
        self.tags.extend(merged.tags.iter().cloned());
        self.opted_out.extend(&merged.closed);
        self.follow_ups.extend(brought.follow_ups.iter().cloned());
        self.conversations.extend(brought.conversations.iter().cloned());
        self.conversations.sort_by_key(|known| known.heard_at);
        let many = self.conversations.len().saturating_sub(KEPT_CONVERSATIONS);
        self.conversations.drain(..many);
        self.last_interaction_at = self.last_interaction_at.max(brought.last_interaction_at);
        self.merged.push(merged);
    }

    /// What came with that lead goes with it; what was changed here since stays.
    pub(super) fn let_go(&mut self, lead: LeadId) {
        let Some(place) = self.merged.iter().position(|merged| merged.lead == lead) else { return };
        let gone = self.merged.remove(place);
        self.name = self.name.take().filter(|_| !gone.name);
        self.language = self.language.take().filter(|_| !gone.language);
        self.identities.retain(|address| !gone.identities.contains(address));
        self.tags.retain(|tag| !gone.tags.contains(tag));
        self.opted_out.retain(|channel| !gone.closed.contains(channel));
        self.follow_ups.retain(|follow_up| !gone.tasks.contains(&follow_up.task));
        self.cards.retain(|card| !gone.tasks.contains(&card.task));
        self.conversations.retain(|known| !gone.identities.contains(&known.client));
        let from = self.last_inbound.as_ref().and_then(|last| last.from.as_ref());
        if let Some(before) = gone.wrote_before
            && from.is_some_and(|from| gone.identities.contains(from))
        {
            self.last_inbound = before;
        }
    }
}
