//! A person's action: at most once by its mutation id, by one who may, on a card as they saw it; and taking it back.
//!
//! The answer is kept with the lead (architecture: "Results are kept 30 days with the lead"), refusals too where the id is
//! the client's own: an answer that was given holds, whichever of two deliveries comes last. What the access policy
//! refuses is not kept: it says nothing of the lead, and rights change.

use hearthline_engine::{
    access::{self, Access, Viewer},
    ids::CallId,
    lead::{self, Command, Event, Lead, Rejected, Slot},
};
use hearthline_storage_api::{
    KeyRange,
    rows::{
        codec::decode,
        lead::{MadeRow, MutationRow, RefusedRow, mutation_key},
    },
};

use super::{
    Act, ActKind, Answer, AskError, Create, Made, OfCall, OnCard, actor::LeadActorState, commit::Beside,
    texts::asked,
};

/// How long a deed can be taken back, in milliseconds of wall time (DECK-2: "a few seconds"): twice what a page shows its
/// button for, so that a tap at the last moment survives a slow line.
pub const UNDO_MS: i64 = 10_000;

impl LeadActorState {
    /// Answers with the version that the action made, now or when it first came.
    pub(crate) async fn act(&mut self, act: Act) -> Result<Answer, AskError> {
        let standing = self.mutation(&act).await?;
        if let ActKind::Undo = act.kind {
            return self.undo(&act, standing).await;
        }
        let own = standing.as_ref().filter(|row| row.user == act.viewer.user);
        if let Some(answer) = own.and_then(|row| self.replayed(&act, row)) {
            return answer;
        }
        self.may(&act.viewer, &act.kind)?;
        if standing.is_some() && own.is_none() {
            return Err(Rejected::CardNotOpen.into());
        }
        self.unchanged_since(act.seen.as_deref())?;
        let decided = match self.command(&act).await {
            Ok(command) => self.decide_with_rules(command).await,
            Err(error) => Err(error),
        };
        match decided {
            Ok(events) if events.is_empty() => Ok(Answer::Nothing),
            Ok(events) => self.carry_through(&act, events).await,
            Err(AskError::Rejected(rejected)) => Err(self.refuse(&act, rejected).await?),
            Err(error) => Err(error),
        }
    }

    /// A lead made by hand, once by its mutation id.
    pub(crate) async fn create(&mut self, create: Create) -> Result<Answer, AskError> {
        let Create { mutation, by, place, source, identities, profile } = create;
        if let Some(row) = self.stored_mutation(mutation).await?.filter(|row| row.user == by) {
            return Ok(Answer::Applied { version: row.version, offset: None, made: None });
        }
        let command =
            Command::Create { place, source, name: None, identities, profile, by: Some(by), with_card: true };
        let events = self.decide(command)?;
        let row = self.result(by, None)?;
        let version = self.commit(events, Beside { recent: None, mutation: Some((mutation, row)) }).await?;
        Ok(Answer::Applied { version, offset: None, made: None })
    }

    async fn carry_through(&mut self, act: &Act, events: Vec<Event>) -> Result<Answer, AskError> {
        let made = events.iter().find_map(made_by);
        let undo = lead::undoable(&self.awake()?.row.slot, &events);
        let row = MutationRow { made, undo, ..self.result(act.viewer.user, None)? };
        let version =
            self.commit(events, Beside { recent: None, mutation: Some((act.mutation, row)) }).await?;
        Ok(Answer::Applied { version, offset: None, made: self.made(made) })
    }

    /// A lead that moves to another team moves under its rules in the same commit.
    pub(super) async fn decide_with_rules(&self, command: Command) -> Result<Vec<Event>, AskError> {
        let mut events = self.decide(command)?;
        let moved = events.iter().find_map(|event| match event {
            Event::OwnerChanged { from_team, team, .. } if from_team != team => Some(*team),
            _ => None,
        });
        let Some(team) = moved else { return Ok(events) };
        if let Some(facts) = self.ports.teams.team(self.me.tenant, team).await? {
            match self.decide_after(&events, Command::ChangeRules { rules: facts.rules }) {
                Ok(more) => events.extend(more),
                // The same windows under another name, or a lead that no clock runs for.
                Err(Rejected::NothingChanges | Rejected::Deleted | Rejected::Archived) => {}
                Err(rejected) => return Err(rejected.into()),
            }
        }
        Ok(events)
    }

    /// Keeps a refusal, if it is to be kept, and gives it back as the answer.
    async fn refuse(&mut self, act: &Act, rejected: Rejected) -> Result<AskError, AskError> {
        if act.keep_refusal && !matches!(rejected, Rejected::NoSuchLead | Rejected::Forwarded { .. }) {
            let refused = RefusedRow {
                code: rejected.code().to_owned(),
                conflict: matches!(rejected, Rejected::CardChanged { .. }),
                asked: asked(&act.kind),
            };
            let row = self.result(act.viewer.user, Some(refused))?;
            self.commit(Vec::new(), Beside { recent: None, mutation: Some((act.mutation, row)) }).await?;
        }
        Ok(match rejected {
            Rejected::CardChanged { current } => AskError::Conflict { current: Some(current) },
            rejected => AskError::Rejected(rejected),
        })
    }

    /// Takes back the deed of the action's own id. Sent twice, it acts once.
    async fn undo(&mut self, act: &Act, standing: Option<MutationRow>) -> Result<Answer, AskError> {
        self.may(&act.viewer, &act.kind)?;
        let own = standing.filter(|row| row.user == act.viewer.user && row.refused.is_none());
        let row = own.ok_or(Rejected::NothingToUndo)?;
        if row.undone {
            return Ok(Answer::Applied { version: row.version, offset: None, made: None });
        }
        let deed = row.undo.clone().ok_or(Rejected::NothingToUndo)?;
        if self.ports.wall.now().millis_since(row.wall_at) > UNDO_MS {
            return Err(Rejected::TooLateToUndo.into());
        }
        let events = self.decide(Command::Undo { deed, by: act.viewer.user })?;
        let row = MutationRow { undo: None, undone: true, ..row };
        let version =
            self.commit(events, Beside { recent: None, mutation: Some((act.mutation, row)) }).await?;
        Ok(Answer::Applied { version, offset: None, made: None })
    }

    /// The result of what is about to be committed.
    pub(super) fn result(
        &self,
        user: hearthline_engine::ids::UserId,
        refused: Option<RefusedRow>,
    ) -> Result<MutationRow, AskError> {
        Ok(MutationRow {
            user,
            at: self.ports.clock.now(),
            version: self.awake()?.version + 1,
            wall_at: self.ports.wall.now(),
            refused,
            made: None,
            undo: None,
            undone: false,
        })
    }

    /// What the same action came to when it was first sent. A refusal is no answer to an action that asks for something
    /// else under the same id: nothing was done under it.
    fn replayed(&self, act: &Act, row: &MutationRow) -> Option<Result<Answer, AskError>> {
        let Some(refused) = &row.refused else {
            let made = self.made(row.made);
            return Some(Ok(Answer::Applied { version: row.version, offset: None, made }));
        };
        if refused.asked != asked(&act.kind) {
            return None;
        }
        Some(Err(match &act.kind {
            ActKind::Done(card)
            | ActKind::Snooze { card, .. }
            | ActKind::Outcome { of: OfCall::Card(card), .. }
                if refused.conflict =>
            {
                let lead = self.present().ok();
                let current = lead.and_then(|lead| lead.card(card.task)).cloned().map(Box::new);
                AskError::Conflict { current }
            }
            _ => AskError::RefusedBefore(refused.code.clone()),
        }))
    }

    /// What an action made, with what is known of it now.
    fn made(&self, row: Option<MadeRow>) -> Option<Made> {
        Some(match row? {
            MadeRow::Task(task) => Made::Task(task),
            MadeRow::Entry(event) => Made::Entry(event),
            MadeRow::Call(call) => {
                let lead = self.present().ok();
                let phone = lead.and_then(|lead| {
                    let is_phone = hearthline_engine::identity::IdentityKind::Phone;
                    lead.identities.iter().find(|address| address.kind == is_phone).cloned()
                });
                let open = lead.and_then(|lead| lead.calls.iter().find(|known| known.id == call));
                Made::Call { call, task: open.map(|open| open.card), phone }
            }
        })
    }

    /// Whether the person may do this to the lead as it is now.
    fn may(&self, viewer: &Viewer, kind: &ActKind) -> Result<(), AskError> {
        let lead = self.present()?;
        for action in actions_of(kind) {
            match access::on_lead(viewer, lead, *action) {
                Access::Allowed => {}
                Access::NotFound => return Err(AskError::NotFound),
                Access::Forbidden(refusal) => return Err(AskError::Forbidden(refusal)),
            }
        }
        Ok(())
    }

    fn unchanged_since(&self, seen: Option<&[u64]>) -> Result<(), AskError> {
        match seen {
            Some(versions) if !versions.contains(&self.present()?.version) => Err(AskError::VersionMismatch),
            Some(_) | None => Ok(()),
        }
    }

    async fn mutation(&self, act: &Act) -> Result<Option<MutationRow>, AskError> {
        self.stored_mutation(act.mutation).await
    }

    async fn stored_mutation(
        &self,
        mutation: hearthline_engine::ids::MutationId,
    ) -> Result<Option<MutationRow>, AskError> {
        let range = KeyRange::exactly(&mutation_key(mutation));
        let slice = self.ports.store.read(&self.me.partition(), &range).await?;
        Ok(slice.rows.first().map(|row| decode("mutation", &row.value)).transpose()?)
    }

    pub(super) fn present(&self) -> Result<&Lead, AskError> {
        match &self.awake()?.row.slot {
            Slot::Present(lead) if lead.deleted => Err(AskError::NotFound),
            Slot::Present(lead) => Ok(lead),
            Slot::Vacant => Err(AskError::NotFound),
        }
    }

    /// The call that an outcome is told of.
    pub(super) fn call_of(&self, of: OfCall) -> Result<(CallId, Option<u64>), AskError> {
        let OnCard { task, expected_version } = match of {
            OfCall::Call(call) => return Ok((call, None)),
            OfCall::Card(card) => card,
        };
        let lead = self.present()?;
        let call = lead.calls.iter().find(|call| call.card == task);
        match (call, lead.card(task)) {
            (Some(call), _) => Ok((call.id, Some(expected_version))),
            (None, Some(_)) => Err(Rejected::CallNotOpen.into()),
            (None, None) => Err(Rejected::CardNotOpen.into()),
        }
    }
}

/// What the policy calls it; all of them must be allowed.
fn actions_of(kind: &ActKind) -> &'static [access::Action] {
    use access::Action;
    match kind {
        ActKind::Done(_) | ActKind::Snooze { .. } | ActKind::Undo => &[Action::ActOnCard],
        ActKind::Call | ActKind::Outcome { .. } => &[Action::Call],
        ActKind::Schedule { .. } => &[Action::Schedule],
        ActKind::Note { .. } => &[Action::WriteNote],
        ActKind::Reassign { .. } => &[Action::Reassign],
        ActKind::Edit { change, status: None } if !change.is_empty() => &[Action::EditLead],
        ActKind::Edit { change, status: Some(_) } if change.is_empty() => &[Action::ChangeStatus],
        ActKind::Edit { .. } => &[Action::EditLead, Action::ChangeStatus],
        ActKind::Link { .. } | ActKind::Unlink { .. } => &[Action::EditLead],
        ActKind::Delete { .. } => &[Action::Delete],
    }
}

fn made_by(event: &Event) -> Option<MadeRow> {
    match event {
        Event::CallStarted { call, .. } => Some(MadeRow::Call(*call)),
        Event::FollowUpScheduled { follow_up, by: Some(_) } => Some(MadeRow::Task(follow_up.task)),
        Event::NoteWritten { text, .. } => Some(MadeRow::Entry(text.event)),
        _ => None,
    }
}
