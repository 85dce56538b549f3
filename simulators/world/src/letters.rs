//! Messages that people write to clients: what they asked for and were told. The intent is noted before it is tried, and
//! tried until somebody gives an answer, by this process or the next.

use hearthline_actors::{Answer, Ask, AskError, Made, SendRequest, TakeBack};
use hearthline_engine::{
    access::Viewer,
    ids::{ConnectionId, EventId, LeadId, MutationId, TenantId},
    lead::SendName,
    message::Channel,
    raw::Raw,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::lead::LeadRef;
use std::time::Duration;

use crate::people::People;

/// A text that a person approved.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub mutation: MutationId,
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub lead: LeadId,
    pub text: String,
    pub connection: Option<ConnectionId>,
    pub undo: Seconds,
    pub told: Reply,
    /// When the person wants it back.
    pub regrets_at: Option<Timestamp>,
    pub taken_back: Regret,
}

/// What the writer was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Nothing,
    /// It is durable, and goes under this id.
    Taken(EventId),
    /// It will not go, for this reason.
    Refused(String),
}

/// What the writer was told who wanted it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Regret {
    Nothing,
    TakenBack,
    TooLate,
}

impl Letter {
    /// Nobody waits for an answer about it.
    pub(crate) fn is_settled(&self) -> bool {
        match self.told {
            Reply::Nothing => false,
            Reply::Refused(_) => true,
            Reply::Taken(_) => self.regrets_at.is_none() || self.taken_back != Regret::Nothing,
        }
    }
}

impl People {
    /// A person writes, and perhaps wants it back.
    pub(crate) fn write(&self, mutation: MutationId) {
        let people = self.clone();
        tokio::spawn(async move {
            let Some(letter) = people.ledger.lock().letters.get(&mutation).cloned() else { return };
            if letter.told == Reply::Nothing {
                let told = people.hand_in(&letter).await;
                people.trace.note("letter", &[mutation.as_bytes(), format!("{told:?}").as_bytes()]);
                people.note(mutation, told);
            }
            let Some(at) = letter.regrets_at else { return };
            people.running.clock.sleep_until(at).await;
            if let Some(taken_back) = people.take_back(mutation).await {
                people.trace.note("regret", &[mutation.as_bytes(), format!("{taken_back:?}").as_bytes()]);
                if let Some(letter) = people.ledger.lock().letters.get_mut(&mutation) {
                    letter.taken_back = taken_back;
                }
            }
        });
    }

    /// The same letter handed in twice comes to one message: what was taken is taken, whatever else was answered before.
    /// (A refusal is not kept with the lead: what was asked again may go through.)
    fn note(&self, mutation: MutationId, told: Reply) {
        let mut ledger = self.ledger.lock();
        let Some(letter) = ledger.letters.get_mut(&mutation) else { return };
        if !matches!(letter.told, Reply::Taken(_)) {
            letter.told = told;
        } else if letter.told != told {
            ledger.contradictions.push(format!("letter {mutation} was answered in two ways"));
        }
    }

    async fn hand_in(&self, letter: &Letter) -> Reply {
        let lead = LeadRef { tenant: letter.tenant, lead: letter.lead };
        loop {
            let request = SendRequest {
                viewer: letter.viewer,
                event: None,
                mutation: letter.mutation,
                channel: Channel::Sms,
                text: Raw::new(letter.text.clone()),
                attachments: Vec::new(),
                connection: letter.connection,
                undo: letter.undo,
                follow_up_at: None,
            };
            match self.running.node.leads().ask(lead, Ask::Send(Box::new(request))).await {
                Ok(
                    Answer::Requested { event, .. } | Answer::Applied { made: Some(Made::Entry(event)), .. },
                ) => return Reply::Taken(event),
                Ok(other) => return Reply::Refused(format!("{other:?}")),
                Err(error) if may_pass(&error) => tokio::time::sleep(Duration::from_secs(1)).await,
                Err(AskError::Rejected(rejected)) => return Reply::Refused(rejected.code().to_owned()),
                Err(error) => return Reply::Refused(error.to_string()),
            }
        }
    }

    /// Nothing for a letter that was refused.
    async fn take_back(&self, mutation: MutationId) -> Option<Regret> {
        let letter = self.ledger.lock().letters.get(&mutation).cloned()?;
        if !matches!(letter.told, Reply::Taken(_)) {
            return None;
        }
        let lead = LeadRef { tenant: letter.tenant, lead: letter.lead };
        let asked = TakeBack { viewer: letter.viewer, which: SendName::Mutation(mutation) };
        loop {
            match self.running.node.leads().ask(lead, Ask::TakeBack(asked)).await {
                Ok(_) => return Some(Regret::TakenBack),
                Err(error) if may_pass(&error) => tokio::time::sleep(Duration::from_secs(1)).await,
                Err(_) => return Some(Regret::TooLate),
            }
        }
    }
}

/// Whether there was no answer yet: asking again can bring one.
pub(crate) const fn may_pass(error: &AskError) -> bool {
    match error {
        AskError::Busy
        | AskError::Away(_)
        | AskError::Crashed
        | AskError::Quarantined
        | AskError::Damaged(_) => true,
        AskError::Rejected(_)
        | AskError::Conflict { .. }
        | AskError::RefusedBefore(_)
        | AskError::VersionMismatch
        | AskError::NotFound
        | AskError::Forbidden(_) => false,
    }
}
