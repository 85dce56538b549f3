//! A person's action: at most once by its mutation id, by one who may, on a card as they saw it.

use hearthline_engine::{
    access::{self, Access, Relation, Viewer},
    lead::{Command, Lead, Rejected, Slot},
};
use hearthline_storage_api::{
    KeyRange,
    rows::{
        codec::decode,
        lead::{MutationRow, mutation_key},
    },
};

use super::{Act, ActKind, Answer, AskError, actor::LeadActorState, commit::Beside};

impl LeadActorState {
    /// Answers with the version that the action made, now or when it first came.
    pub(crate) async fn act(&mut self, act: Act) -> Result<Answer, AskError> {
        self.may(&act.viewer, action_of(act.kind))?;
        if let Some(done) = self.answered(&act).await? {
            return Ok(Answer::Applied { version: done.version, offset: None });
        }
        let command = command_of(&act);
        let events = match self.decide(command) {
            Ok(events) => events,
            Err(Rejected::CardChanged { current }) => {
                return Err(AskError::Conflict { current: Some(current) });
            }
            Err(rejected) => return Err(rejected.into()),
        };
        let result = MutationRow {
            user: act.viewer.user,
            at: self.ports.clock.now(),
            version: self.awake()?.version + 1,
        };
        let beside = Beside { recent: None, mutation: Some((act.mutation, result)) };
        let version = self.commit(events, beside).await?;
        Ok(Answer::Applied { version, offset: None })
    }

    /// Whether the person may do this to the lead as it is now.
    fn may(&self, viewer: &Viewer, action: access::Action) -> Result<(), AskError> {
        let lead = self.present()?;
        let relation = Relation::of(viewer, lead.owner, lead.team);
        match access::decide(viewer.role, relation, lead.state_name(), action) {
            Access::Allowed => Ok(()),
            Access::NotFound => Err(AskError::NotFound),
            Access::Forbidden(refusal) => Err(AskError::Forbidden(refusal.code())),
        }
    }

    /// What the same action came to when it was first sent.
    async fn answered(&self, act: &Act) -> Result<Option<MutationRow>, AskError> {
        let range = KeyRange::exactly(&mutation_key(act.mutation));
        let slice = self.ports.store.read(&self.me.partition(), &range).await?;
        let Some(row) = slice.rows.first() else { return Ok(None) };
        let result: MutationRow = decode("mutation", &row.value)?;
        if result.user == act.viewer.user {
            Ok(Some(result))
        } else {
            Err(AskError::Rejected(Rejected::CardNotOpen))
        }
    }

    fn present(&self) -> Result<&Lead, AskError> {
        match &self.awake()?.row.slot {
            Slot::Present(lead) if lead.deleted => Err(AskError::NotFound),
            Slot::Present(lead) => Ok(lead),
            Slot::Vacant => Err(AskError::NotFound),
            Slot::Forwarded { to } => Err(Rejected::Forwarded { to: *to }.into()),
        }
    }
}

const fn action_of(kind: ActKind) -> access::Action {
    match kind {
        ActKind::Done | ActKind::Snooze { .. } => access::Action::ActOnCard,
    }
}

fn command_of(act: &Act) -> Command {
    let (task, by, expected_version) = (act.card, act.viewer.user, act.expected_version);
    match act.kind {
        ActKind::Done => Command::Done { task, by, expected_version },
        ActKind::Snooze { until } => Command::Snooze { task, by, until, expected_version },
    }
}
