//! A person's action, from the socket or over HTTP: the same way into the lead, the same answer.

use async_trait::async_trait;
use hearthline_actors::{
    Act, ActKind, Answer, Ask, AskError, Attached, Clock, Decks, Leads, Made, OfCall, OnCard,
};
use hearthline_api::{Acted, Action, Call, Card, DECK_UNDO_SECONDS, Deed, Fault, NewMessage, SnoozeUntil};
use hearthline_engine::{
    ids::{MutationId, TaskId, TenantId, UserId},
    lead::SnoozePreset,
    time::{Seconds, Timestamp, Zone},
};
use hearthline_storage_api::rows::{codec::RowError, lead::LeadRef};

use std::sync::Arc;

use crate::{
    render::render_card,
    sending::{acted, send_message, take_back},
    session::Person,
};

/// Does what people ask.
#[derive(Clone)]
pub struct Actions {
    leads: Leads,
    decks: Decks,
    clock: Arc<dyn Clock>,
    zones: Arc<dyn TimeZones>,
}

/// Knows in which time zone people live: their own, else their team's, else UTC. Asked at every use, because a socket may
/// outlast a journey.
#[async_trait]
pub trait TimeZones: Send + Sync + 'static {
    /// That person's zone.
    ///
    /// # Errors
    /// It can't be read just now.
    async fn zone_of(&self, tenant: TenantId, user: UserId) -> Result<Zone, RowError>;
}

/// What became of an action: an answer to show, or a fault of the request or of the machine, after which the client may
/// send it again.
pub type Performed = Result<Acted, Fault>;

impl Actions {
    /// Through these leads; what a conflict shows comes from these decks.
    #[must_use]
    pub fn new(leads: Leads, decks: Decks, clock: Arc<dyn Clock>, zones: Arc<dyn TimeZones>) -> Self {
        Self { leads, decks, clock, zones }
    }

    /// Does it once, however often it is sent. Durable when it answers.
    ///
    /// # Errors
    /// [`Fault`]: nothing is known to have happened; send it again later.
    pub async fn perform(&self, person: &Person, action: Action) -> Performed {
        let Action { mutation, lead, deed } = action;
        let lead = LeadRef { tenant: person.tenant, lead };
        let card = card_of(&deed);
        let kind = match self.kind(person, deed).await? {
            Wanted::Send(message) => return self.send(person, lead, mutation, message).await,
            // A message that still waits is taken back; else what was done to a card.
            Wanted::Act(ActKind::Undo) => match take_back(&self.leads, person, lead, mutation).await? {
                Some(acted) => return Ok(acted),
                None => ActKind::Undo,
            },
            Wanted::Act(kind) => kind,
        };
        let act = Act { mutation, viewer: person.viewer, kind, keep_refusal: true, seen: None };
        match self.leads.ask(lead, Ask::Act(Box::new(act))).await {
            Ok(Answer::Applied { offset, made, .. }) => Ok(told(Acted::applied(mutation, offset), made)),
            Ok(Answer::Requested { .. } | Answer::Duplicate | Answer::Nothing) => {
                Ok(Acted::applied(mutation, None))
            }
            Err(AskError::Conflict { .. }) => {
                Ok(Acted::conflict(mutation, self.shown(person, card.map(|card| card.task)).await))
            }
            Err(AskError::Rejected(why)) => Ok(Acted::refused(mutation, &why, None)),
            Err(AskError::RefusedBefore(code)) => Ok(Acted::rejected(mutation, &code)),
            Err(AskError::VersionMismatch) => Ok(Acted::rejected(mutation, "version_mismatch")),
            Err(AskError::NotFound) => Ok(Acted::rejected(mutation, "lead_not_found")),
            Err(AskError::Forbidden(refusal)) => Ok(Acted::rejected(mutation, refusal.code())),
            Err(AskError::Busy | AskError::Away(_)) => Err(Fault::Unavailable { retry_after_s: 1 }),
            Err(error @ (AskError::Crashed | AskError::Quarantined | AskError::Damaged(_))) => {
                tracing::error!(lead = %lead.lead, %error, "an action could not be carried out");
                Err(Fault::Unavailable { retry_after_s: 10 })
            }
        }
    }

    async fn send(
        &self,
        person: &Person,
        lead: LeadRef,
        mutation: MutationId,
        message: NewMessage,
    ) -> Performed {
        let undo = Seconds(DECK_UNDO_SECONDS);
        let sent = send_message(&self.leads, person, lead, (mutation, None), message, undo).await;
        acted(lead, mutation, sent)
    }

    /// What is asked of the lead.
    async fn kind(&self, person: &Person, deed: Deed) -> Result<Wanted, Fault> {
        Ok(Wanted::Act(match deed {
            Deed::Done { card } => ActKind::Done(on(card)),
            Deed::Snooze { card, until } => {
                ActKind::Snooze { card: on(card), until: self.until(person, until).await? }
            }
            Deed::Call => ActKind::Call,
            Deed::Outcome { card, result, note, follow_up_at } => {
                ActKind::Outcome { of: OfCall::Card(on(card)), outcome: result.into(), note, follow_up_at }
            }
            Deed::Schedule { due_at, title } => ActKind::Schedule { due_at, title },
            Deed::Undo => ActKind::Undo,
            Deed::Send(message) => return Ok(Wanted::Send(message)),
        }))
    }

    /// When a snoozed card comes back (LIF-6).
    async fn until(&self, person: &Person, until: SnoozeUntil) -> Result<Timestamp, Fault> {
        let preset = match until {
            SnoozeUntil::At(at) => return Ok(at),
            SnoozeUntil::LaterToday => SnoozePreset::LaterToday,
            SnoozeUntil::Tomorrow => SnoozePreset::Tomorrow,
            SnoozeUntil::NextWeek => SnoozePreset::NextWeek,
        };
        let zone = self.zones.zone_of(person.tenant, person.viewer.user).await;
        let zone = zone.map_err(|error| {
            tracing::warn!(%error, "a time zone could not be read");
            Fault::Unavailable { retry_after_s: 1 }
        })?;
        let never = || Fault::field("preset", "not_available", "must be a time that calendars have");
        preset.until(self.clock.now(), &zone).ok_or_else(never)
    }

    /// The card as the person's deck shows it now; none if it is gone, or the deck can't be read.
    async fn shown(&self, person: &Person, task: Option<TaskId>) -> Option<Card> {
        let task = task?;
        let attached = self.decks.attach(person.tenant, person.viewer.user, None).await.ok()?;
        let Attached::Snapshot { cards, .. } = attached else { return None };
        let (card, seal) = cards.iter().find(|(card, _)| card.task == task)?;
        Some(render_card(person.tenant, &person.viewer, person.words, (card, seal), self.clock.now()))
    }
}

/// A message for the client, or something to be done to the lead's tasks.
enum Wanted {
    Send(NewMessage),
    Act(ActKind),
}

const fn on(card: hearthline_api::OnCard) -> OnCard {
    OnCard { task: card.task, expected_version: card.expected_version }
}

const fn card_of(deed: &Deed) -> Option<hearthline_api::OnCard> {
    match deed {
        Deed::Done { card } | Deed::Snooze { card, .. } | Deed::Outcome { card, .. } => Some(*card),
        Deed::Send(_) | Deed::Call | Deed::Schedule { .. } | Deed::Undo => None,
    }
}

/// The answer with what the action made.
fn told(acted: Acted, made: Option<Made>) -> Acted {
    match made {
        Some(Made::Call { call, task, phone }) => {
            let tel = phone.map(|phone| format!("tel:{}", phone.value));
            Acted { call: Some(Call { id: call.0, task_id: task.map(|task| task.0), tel }), ..acted }
        }
        Some(Made::Task(task)) => Acted { task_id: Some(task.0), ..acted },
        Some(Made::Entry(_)) | None => acted,
    }
}
