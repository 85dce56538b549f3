//! Messages to clients: the same way into the lead from the deck, the socket and a lead's page.

use hearthline_actors::{Answer, Ask, AskError, Leads, SendRequest, TakeBack};
use hearthline_api::{Acted, Fault, NewMessage};
use hearthline_engine::{
    ids::{EventId, MutationId},
    lead::{Rejected, SendName},
    time::Seconds,
};
use hearthline_storage_api::rows::lead::LeadRef;

use crate::{actions::Performed, session::Person};

/// Sends a message once, however often it is asked for under the same action. Durable when it answers; it goes once its
/// time to be taken back is over, and outside of quiet hours.
///
/// # Errors
/// [`AskError`].
pub async fn send_message(
    leads: &Leads,
    person: &Person,
    lead: LeadRef,
    (mutation, event): (MutationId, Option<EventId>),
    message: NewMessage,
    undo: Seconds,
) -> Result<Answer, AskError> {
    let request = SendRequest {
        viewer: person.viewer,
        event,
        mutation,
        channel: message.channel.into(),
        text: message.body,
        attachments: message.attachments,
        connection: message.connection,
        undo: message.undo_seconds.map_or(undo, Seconds),
        follow_up_at: message.follow_up_at,
    };
    leads.ask(lead, Ask::Send(Box::new(request))).await
}

/// Takes a message back, named by the action that asked for it or by its own id. None: there is no such message.
///
/// # Errors
/// [`Fault`]: nothing is known to have happened; ask again later.
pub(crate) async fn take_back(
    leads: &Leads,
    person: &Person,
    lead: LeadRef,
    mutation: MutationId,
) -> Result<Option<Acted>, Fault> {
    for which in [SendName::Mutation(mutation), SendName::Event(EventId(mutation.0))] {
        let asked = TakeBack { viewer: person.viewer, which };
        match leads.ask(lead, Ask::TakeBack(asked)).await {
            Err(AskError::Rejected(Rejected::SendNotKnown)) => {}
            // Who may not write to the client has no message to take back; something else perhaps.
            Err(AskError::Forbidden(_) | AskError::NotFound) => return Ok(None),
            answer => return acted(lead, mutation, answer).map(Some),
        }
    }
    Ok(None)
}

/// The answer to a person.
pub(crate) fn acted(lead: LeadRef, mutation: MutationId, answer: Result<Answer, AskError>) -> Performed {
    match answer {
        Ok(_) => Ok(Acted::applied(mutation, None)),
        Err(AskError::Rejected(why)) => Ok(Acted::refused(mutation, &why, None)),
        Err(AskError::RefusedBefore(code)) => Ok(Acted::rejected(mutation, &code)),
        Err(AskError::VersionMismatch) => Ok(Acted::rejected(mutation, "version_mismatch")),
        Err(AskError::NotFound) => Ok(Acted::rejected(mutation, "lead_not_found")),
        Err(AskError::Forbidden(refusal)) => Ok(Acted::rejected(mutation, refusal.code())),
        Err(AskError::Conflict { .. }) => Ok(Acted::rejected(mutation, "card_changed")),
        Err(AskError::Busy | AskError::Away(_)) => Err(Fault::Unavailable { retry_after_s: 1 }),
        Err(error @ (AskError::Crashed | AskError::Quarantined | AskError::Damaged(_))) => {
            tracing::error!(lead = %lead.lead, %error, "a message could not be taken");
            Err(Fault::Unavailable { retry_after_s: 10 })
        }
    }
}
