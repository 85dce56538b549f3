//! From an action to a command: the texts that people write are sealed under the lead's key before anything is decided,
//! and large ones become blobs.

use hearthline_engine::{
    ids::{CallId, EventId},
    lead::{Command, Written},
    raw::{Raw, SealedRaw},
};
use hearthline_storage_api::{Sealing, keys::placement_hash};

use super::{Act, ActKind, AskError, OfCall, OnCard, actor::LeadActorState};

impl LeadActorState {
    /// What the person asks of the engine. Ids are our own: a client's could name what stands already.
    pub(super) async fn command(&mut self, act: &Act) -> Result<Command, AskError> {
        let by = act.viewer.user;
        Ok(match &act.kind {
            ActKind::Done(OnCard { task, expected_version }) => {
                Command::Done { task: *task, by, expected_version: *expected_version }
            }
            ActKind::Snooze { card: OnCard { task, expected_version }, until } => {
                Command::Snooze { task: *task, by, until: *until, expected_version: *expected_version }
            }
            ActKind::Call => {
                let now = self.ports.clock.now();
                Command::StartCall { call: CallId(self.ports.random.uuid_v7(now)), by, at: now }
            }
            ActKind::Outcome { of, outcome, note, follow_up_at } => {
                let (call, seen) = self.call_of(*of)?;
                let note = match note {
                    Some(text) => Some(self.written(text).await?),
                    None => None,
                };
                Command::RecordOutcome {
                    call,
                    by,
                    outcome: *outcome,
                    note,
                    follow_up_at: *follow_up_at,
                    seen,
                }
            }
            ActKind::Schedule { due_at, title } => {
                Command::Schedule { by, due_at: *due_at, title: Some(self.title(title).await?) }
            }
            ActKind::Note { body, client_interaction } => Command::WriteNote {
                text: self.written(body).await?,
                by,
                client_interaction: *client_interaction,
            },
            ActKind::Reassign { to, team } => Command::Reassign { to: *to, team: *team, by },
            ActKind::Edit { change, status } => {
                Command::Edit { change: (**change).clone(), status: *status, by }
            }
            ActKind::Link { address } => Command::LinkIdentity { address: address.clone(), by },
            ActKind::Unlink { address } => Command::UnlinkIdentity { address: address.clone(), by },
            ActKind::Delete { quiet_for } => Command::Delete { by, quiet_for: *quiet_for },
            ActKind::Undo => return Err(AskError::Crashed),
        })
    }

    /// A text as the content of an entry of the timeline, under an id of its own.
    async fn written(&mut self, text: &Raw<String>) -> Result<Written, AskError> {
        self.prepare_key().await?;
        let key = self.awake()?.key.clone().ok_or(AskError::Crashed)?;
        let event = EventId(self.ports.random.uuid_v7(self.ports.clock.now()));
        let content = text.clone().into_content().encode();
        let content = content.seal(&Sealing { key: &*key, binding: self.me.binding("content") });
        Ok(Written { event, content: self.keep(content, event).await? })
    }

    /// A title, as the card will show it.
    async fn title(&mut self, title: &Raw<String>) -> Result<SealedRaw, AskError> {
        self.prepare_key().await?;
        let key = self.awake()?.key.clone().ok_or(AskError::Crashed)?;
        Ok(title.seal(&Sealing { key: &*key, binding: self.me.binding("preview") }))
    }
}

/// Names what an action asks for, texts aside.
pub(super) fn asked(kind: &ActKind) -> u64 {
    let on = |card: &OnCard| [card.task.as_bytes().as_slice(), &card.expected_version.to_be_bytes()].concat();
    let (name, about) = match kind {
        ActKind::Done(card) => ("done", on(card)),
        ActKind::Snooze { card, until } => {
            ("snooze", [on(card), until.as_millis().to_be_bytes().to_vec()].concat())
        }
        ActKind::Outcome { of: OfCall::Card(card), outcome, .. } => {
            ("outcome", [on(card), format!("{outcome:?}").into_bytes()].concat())
        }
        ActKind::Outcome { of: OfCall::Call(call), .. } => ("outcome of a call", call.as_bytes().to_vec()),
        ActKind::Schedule { due_at, .. } => ("schedule", due_at.as_millis().to_be_bytes().to_vec()),
        ActKind::Call => ("call", Vec::new()),
        ActKind::Note { .. } => ("note", Vec::new()),
        ActKind::Undo => ("undo", Vec::new()),
        ActKind::Reassign { .. } => ("reassign", Vec::new()),
        ActKind::Edit { .. } => ("edit", Vec::new()),
        ActKind::Link { .. } => ("link", Vec::new()),
        ActKind::Unlink { .. } => ("unlink", Vec::new()),
        ActKind::Delete { .. } => ("delete", Vec::new()),
    };
    placement_hash(&[name.as_bytes(), &about])
}
