//! What people do with cards and leads: what they asked for and were told. Noted before it is tried, and tried until
//! somebody gives an answer, by this process or the next.

use hearthline_actors::{Act, ActKind, Answer, Ask, Made, OfCall, OnCard};
use hearthline_engine::{
    access::Viewer,
    ids::{CallId, LeadId, MutationId, TeamId, TenantId, UserId},
    lead::{CallOutcome, ProfileChange, Status},
    raw::Raw,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::rows::lead::LeadRef;
use std::time::Duration;
use uuid::Uuid;

use crate::{drive::PLANTED, letters::may_pass, people::People};

/// A person's deed.
#[derive(Clone, Debug)]
pub(crate) struct Deed {
    pub mutation: MutationId,
    pub tenant: TenantId,
    pub viewer: Viewer,
    pub lead: LeadId,
    pub does: Does,
    pub told: Told,
    /// The call, task or entry that it made.
    pub made: Option<Uuid>,
    /// When the person wants it back, and what came of that: from when to when it was asked for, and whether it was done.
    pub regrets_at: Option<Timestamp>,
    pub undone: Option<(Timestamp, Timestamp, bool)>,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Does {
    Done(OnCard),
    Snooze(OnCard, Timestamp),
    Call,
    Outcome(CallId, CallOutcome),
    Schedule(Timestamp),
    /// True: it tells of contact with the client.
    Note(bool),
    /// The lead is given to somebody, or to nobody, of that team.
    Reassign(Option<UserId>, TeamId),
    /// It is put away, or brought back.
    Status(Status),
    /// It is deleted, if it has been quiet for so long.
    Delete(Seconds),
}

/// What a person was told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing yet.
    Nothing,
    Applied {
        version: u64,
    },
    /// `certain`: no earlier attempt went without an answer.
    Refused {
        certain: bool,
    },
}

impl Does {
    /// Whether a card is put away by it.
    pub(crate) const fn is_on_a_card(self) -> bool {
        matches!(self, Self::Done(_) | Self::Snooze(..))
    }

    /// Whether it can be taken back (DECK-2).
    pub(crate) const fn can_be_undone(self) -> bool {
        match self {
            Self::Done(_) | Self::Snooze(..) | Self::Outcome(..) | Self::Schedule(_) => true,
            Self::Call | Self::Note(_) | Self::Reassign(..) | Self::Status(_) | Self::Delete(_) => false,
        }
    }

    fn kind(self) -> ActKind {
        let text = |n: usize| Raw::new(format!("{}, they said", PLANTED[n]));
        match self {
            Self::Done(card) => ActKind::Done(card),
            Self::Snooze(card, until) => ActKind::Snooze { card, until },
            Self::Call => ActKind::Call,
            Self::Outcome(call, outcome) => {
                ActKind::Outcome { of: OfCall::Call(call), outcome, note: Some(text(0)), follow_up_at: None }
            }
            Self::Schedule(due_at) => ActKind::Schedule { due_at, title: text(1) },
            Self::Note(client_interaction) => ActKind::Note { body: text(2), client_interaction },
            Self::Reassign(to, team) => ActKind::Reassign { to, team },
            Self::Status(status) => {
                ActKind::Edit { change: Box::new(ProfileChange::default()), status: Some(status) }
            }
            Self::Delete(quiet_for) => ActKind::Delete { quiet_for },
        }
    }
}

impl Deed {
    /// Nobody waits for an answer about it.
    pub(crate) fn is_settled(&self) -> bool {
        match self.told {
            Told::Nothing => false,
            Told::Refused { .. } => true,
            Told::Applied { .. } => self.regrets_at.is_none() || self.undone.is_some(),
        }
    }

    /// It was done, and not taken back.
    pub(crate) fn stands(&self) -> bool {
        matches!(self.told, Told::Applied { .. }) && self.undone.is_none_or(|(_, _, undone)| !undone)
    }
}

impl People {
    /// A person does something, and perhaps wants it back. `asked_before`: without having heard of it.
    pub(crate) fn act(&self, mutation: MutationId, asked_before: bool) {
        let people = self.clone();
        tokio::spawn(async move {
            let Some(deed) = people.ledger.lock().deeds.get(&mutation).cloned() else { return };
            if deed.told == Told::Nothing {
                let (told, made) = people.ask(&deed, deed.does.kind(), asked_before).await;
                people.trace.note("told", &[mutation.as_bytes(), format!("{told:?}").as_bytes()]);
                people.hear(mutation, told, made);
            }
            let told = people.ledger.lock().deeds.get(&mutation).map(|deed| deed.told.clone());
            let (Some(at), Some(Told::Applied { .. })) = (deed.regrets_at, told) else { return };
            people.running.clock.sleep_until(at).await;
            let (told, _) = people.ask(&deed, ActKind::Undo, true).await;
            people.trace.note("undo", &[mutation.as_bytes(), format!("{told:?}").as_bytes()]);
            let now = people.running.clock.now();
            if let Some(deed) = people.ledger.lock().deeds.get_mut(&mutation) {
                let before = deed.undone.is_some_and(|(_, _, undone)| undone);
                deed.undone = Some((at, now, before || matches!(told, Told::Applied { .. })));
            }
        });
    }

    async fn ask(&self, deed: &Deed, kind: ActKind, asked_before: bool) -> (Told, Option<Uuid>) {
        let lead = LeadRef { tenant: deed.tenant, lead: deed.lead };
        let mut uncertain = asked_before;
        loop {
            let act = Act {
                mutation: deed.mutation,
                viewer: deed.viewer,
                kind: kind.clone(),
                keep_refusal: true,
                seen: None,
            };
            match self.running.node.leads().ask(lead, Ask::Act(Box::new(act))).await {
                Ok(Answer::Applied { version, made, .. }) => {
                    let made = made.map(|made| match made {
                        Made::Call { call, .. } => call.0,
                        Made::Task(task) => task.0,
                        Made::Entry(event) => event.0,
                    });
                    return (Told::Applied { version }, made);
                }
                Err(error) if may_pass(&error) => {
                    uncertain = true;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Ok(Answer::Requested { .. } | Answer::Duplicate | Answer::Nothing) | Err(_) => {
                    return (Told::Refused { certain: !uncertain }, None);
                }
            }
        }
    }

    /// The same action sent twice at once must come to one answer.
    fn hear(&self, mutation: MutationId, told: Told, made: Option<Uuid>) {
        let mut ledger = self.ledger.lock();
        let Some(deed) = ledger.deeds.get_mut(&mutation) else { return };
        let contradiction = match (&deed.told, &told) {
            (Told::Applied { version: one }, Told::Applied { version: other }) => {
                one != other || deed.made != made
            }
            _ => false,
        };
        if contradiction {
            let line = format!("action {mutation} was answered in two ways");
            ledger.contradictions.push(line);
        } else if !matches!(deed.told, Told::Applied { .. }) {
            (deed.told, deed.made) = (told, made);
        }
    }
}
