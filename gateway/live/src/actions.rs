//! A person's action, from the socket or over HTTP: the same way into the lead, the same answer.

use hearthline_actors::{Act, ActKind, Answer, Ask, AskError, Attached, Clock, Decks, Leads};
use hearthline_api::{Acted, Action, Card, Deed, Fault, SnoozeUntil};
use hearthline_engine::{ids::TaskId, lead::Rejected};
use hearthline_storage_api::rows::lead::LeadRef;

use std::sync::Arc;

use crate::{render::render_card, session::Person};

/// Does what people ask.
#[derive(Clone)]
pub struct Actions {
    leads: Leads,
    decks: Decks,
    clock: Arc<dyn Clock>,
}

/// What became of an action: an answer to show, or a fault of the request or of the machine, after which the client may
/// send it again.
pub type Performed = Result<Acted, Fault>;

impl Actions {
    /// Through these leads; what a conflict shows comes from these decks.
    #[must_use]
    pub fn new(leads: Leads, decks: Decks, clock: Arc<dyn Clock>) -> Self {
        Self { leads, decks, clock }
    }

    /// Does it once, however often it is sent. Durable when it answers.
    ///
    /// # Errors
    /// [`Fault`]: nothing is known to have happened; send it again later.
    pub async fn perform(&self, person: &Person, action: Action) -> Performed {
        let mutation = action.mutation;
        let lead = LeadRef { tenant: person.tenant, lead: action.lead };
        let Some((card, kind)) = supported(&action.deed) else {
            return Ok(Acted::rejected(mutation, "not_available_yet"));
        };
        let act = Act {
            mutation,
            viewer: person.viewer,
            card: card.task,
            expected_version: card.expected_version,
            kind,
        };
        match self.leads.ask(lead, Ask::Act(Box::new(act))).await {
            Ok(Answer::Applied { offset, .. }) => Ok(Acted::applied(mutation, offset)),
            Ok(Answer::Duplicate | Answer::Nothing) => Ok(Acted::applied(mutation, None)),
            Err(AskError::Conflict { current: Some(current) }) => {
                let shown = self.shown(person, card.task).await;
                Ok(Acted::refused(mutation, &Rejected::CardChanged { current }, shown))
            }
            Err(AskError::Conflict { current: None }) => Ok(Acted::rejected(mutation, "card_changed")),
            Err(AskError::Rejected(why)) => Ok(Acted::refused(mutation, &why, None)),
            Err(AskError::NotFound) => Ok(Acted::rejected(mutation, "lead_not_found")),
            Err(AskError::Forbidden(code)) => Ok(Acted::rejected(mutation, code)),
            Err(AskError::Busy | AskError::Away(_)) => Err(Fault::Unavailable { retry_after_s: 1 }),
            Err(error @ (AskError::Crashed | AskError::Quarantined | AskError::Damaged(_))) => {
                tracing::error!(lead = %lead.lead, %error, "an action could not be carried out");
                Err(Fault::Unavailable { retry_after_s: 10 })
            }
        }
    }
}

impl Actions {
    /// The card as the person's deck shows it now; none if it is gone, or the deck can't be read.
    async fn shown(&self, person: &Person, task: TaskId) -> Option<Card> {
        let attached = self.decks.attach(person.tenant, person.viewer.user, None).await.ok()?;
        let Attached::Snapshot { cards, .. } = attached else { return None };
        let (card, seal) = cards.iter().find(|(card, _)| card.task == task)?;
        Some(render_card(person.tenant, &person.viewer, card, seal, self.clock.now()))
    }
}

/// What can be done today. The others are answered so that a client keeps them out of its deck.
const fn supported(deed: &Deed) -> Option<(hearthline_api::OnCard, ActKind)> {
    match deed {
        Deed::Done { card } => Some((*card, ActKind::Done)),
        Deed::Snooze { card, until: SnoozeUntil::At(until) } => {
            Some((*card, ActKind::Snooze { until: *until }))
        }
        Deed::Snooze { .. }
        | Deed::Send { .. }
        | Deed::Call
        | Deed::Outcome { .. }
        | Deed::Schedule { .. }
        | Deed::Undo => None,
    }
}
