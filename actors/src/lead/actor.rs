//! The actor itself: which message leads to which part, and when a reply goes out.

use hearthline_engine::{
    audit,
    ids::UserId,
    lead::{self, Command, Context, Event, Rejected, Slot},
};
use hearthline_storage_api::rows::lead::LeadRef;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{
    Answer, Ask, AskError, LeadObservation, Made,
    backlog::Backlog,
    carry::{Calls, Carried},
    commit::Beside,
    hot::HotRow,
    wake::{Awake, wake},
};
use crate::{
    leads::Handles,
    ports::{Ports, Standing},
    shard::ShardMsg,
};

/// A command with its reply, and the place in the queues that it holds until it is answered.
pub(crate) struct Work {
    pub ask: Ask,
    pub reply: oneshot::Sender<Result<Answer, AskError>>,
    pub _places: [OwnedSemaphorePermit; 2],
}

/// What a lead's actor is told.
pub(crate) enum LeadMsg {
    Work(Box<Work>),
    /// Carry out what is due.
    Drain,
    /// A call to a provider came back.
    Carried(Box<Carried>),
    /// The shard would like the lead to leave memory.
    Hibernate,
    Observe(oneshot::Sender<LeadObservation>),
}

/// The actor's behaviour; all data is in its state.
pub(crate) struct LeadActor;

/// What a lead's actor starts from.
pub(crate) struct LeadStart {
    pub me: LeadRef,
    pub ports: Arc<Ports>,
    pub handles: Handles,
    pub shard: ActorRef<ShardMsg>,
    pub epoch: u64,
    /// Its hot row may stand already in this epoch.
    pub hot: bool,
}

/// One lead, awake or about to wake.
pub(crate) struct LeadActorState {
    pub me: LeadRef,
    pub ports: Arc<Ports>,
    pub handles: Handles,
    pub shard: ActorRef<ShardMsg>,
    pub epoch: u64,
    pub hot: HotRow,
    pub awake: Option<Awake>,
    /// The owner who is known to stand where this lead is.
    owner_followed: Option<UserId>,
    pub backlog: Backlog,
    /// Who gave the command that is being carried out: for the audit log.
    pub acting: audit::Actor,
    /// Actions whose answer waits until the person's deck shows them.
    pub waiting: Vec<Waiting>,
    /// Calls to providers.
    pub calls: Calls,
    draining: bool,
    failures: u32,
}

/// An answer held back until a deck shows it.
pub(crate) struct Waiting {
    pub user: UserId,
    pub version: u64,
    pub made: Option<Made>,
    pub work: Box<Work>,
}

impl Actor for LeadActor {
    type Msg = LeadMsg;
    type State = LeadActorState;
    type Arguments = LeadStart;

    async fn pre_start(
        &self,
        _: ActorRef<LeadMsg>,
        start: LeadStart,
    ) -> Result<LeadActorState, ActorProcessingErr> {
        start.ports.metrics.hot_leads.inc();
        Ok(LeadActorState {
            me: start.me,
            backlog: Backlog::new(&start.ports.metrics.outbox_backlog),
            ports: start.ports,
            handles: start.handles,
            shard: start.shard,
            epoch: start.epoch,
            hot: HotRow::at_start(start.hot),
            awake: None,
            owner_followed: None,
            acting: audit::Actor::System,
            waiting: Vec::new(),
            calls: Calls::default(),
            draining: false,
            failures: 0,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<LeadMsg>,
        message: LeadMsg,
        state: &mut LeadActorState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            LeadMsg::Work(work) => state.work(*work).await,
            LeadMsg::Drain => {
                state.draining = false;
                if state.ensure_awake().await.is_err()
                    || !state.drain().await
                    || state.doubt_orphans().await.is_err()
                {
                    state.drain_later(&myself);
                }
                state.follow_rules().await;
                state.follow_owner().await;
            }
            LeadMsg::Carried(carried) => state.carried(*carried, &myself).await,
            LeadMsg::Hibernate => state.rest(&myself).await,
            LeadMsg::Observe(reply) => {
                let _ = reply.send(state.observe());
            }
        }
        state.carry(&myself);
        state.drain_soon(&myself);
        Ok(())
    }
}

impl Drop for LeadActorState {
    fn drop(&mut self) {
        self.ports.metrics.hot_leads.dec();
    }
}

impl LeadActorState {
    async fn work(&mut self, work: Work) {
        let Work { ask, reply, _places } = work;
        let (watching, answer) = self.answer(ask).await;
        let held = match (&answer, watching) {
            (Ok(Answer::Applied { version, made, .. }), Some(user)) => Some((user, *version, made.clone())),
            (_, Some(_) | None) => None,
        };
        match held {
            Some((user, version, made)) => {
                // The ask is spent; a tick stands in its place while the reply waits for the deck.
                let work = Box::new(Work { ask: Ask::Tick, reply, _places });
                self.waiting.push(Waiting { user, version, made, work });
                // Even where the commit was an earlier one, the deck is asked for its offset.
                if let Some(awake) = &mut self.awake {
                    awake.row.pending.decks = true;
                }
            }
            None => {
                let _ = reply.send(answer);
            }
        }
    }

    /// Who waits for a deck to show it, and the answer.
    async fn answer(&mut self, ask: Ask) -> (Option<UserId>, Result<Answer, AskError>) {
        if let Err(error) = self.ensure_awake().await {
            return (None, Err(error));
        }
        self.acting = acting(&ask);
        let (user, answer) = match ask {
            Ask::Receive(receipt) => (None, self.receive(*receipt).await),
            Ask::Act(act) => (Some(act.viewer.user), self.act(*act).await),
            Ask::Create(create) => (Some(create.by), self.create(*create).await),
            Ask::Show { user } => (None, self.show(user).await),
            Ask::Send(request) => (None, self.request_send(*request).await),
            Ask::TakeBack(asked) => (None, self.take_back(asked).await),
            Ask::Status(report) => (None, self.status(*report).await),
            Ask::Echo(report) => (None, self.echo(*report).await),
            Ask::Reached(report) => (None, self.reached(*report).await),
            Ask::Do(command) => (None, self.run(*command).await),
            Ask::FollowRules => (None, self.take_rules().await),
            Ask::FollowOwner { owner, by } => (None, self.take_place_of(owner, by).await),
            Ask::Tick => (None, self.tick().await),
            Ask::Wake => (None, Ok(Answer::Nothing)),
        };
        if matches!(answer, Err(AskError::Rejected(_))) {
            self.ports.metrics.rejected_commands.inc();
        }
        (user, answer)
    }

    pub(crate) async fn run(&mut self, command: Command) -> Result<Answer, AskError> {
        let events = self.decide_with_rules(command).await?;
        if events.is_empty() {
            return Ok(Answer::Nothing);
        }
        let version = self.commit(events, Beside::default()).await?;
        Ok(Answer::Applied { version, offset: None, made: None })
    }

    /// Whatever fell due. A hint whose lead has moved on only arms the timer again.
    async fn tick(&mut self) -> Result<Answer, AskError> {
        let answer = match self.run(Command::Tick).await {
            Err(AskError::Rejected(_)) => Answer::Nothing,
            other => other?,
        };
        if answer == Answer::Nothing
            && let Some(awake) = &mut self.awake
            && awake.key.is_some()
        {
            awake.row.pending.timer = true;
        }
        Ok(answer)
    }

    /// Takes over rules that changed while this lead came in. It is listed by now: whoever rolls rules out finds it, or
    /// it finds the rules here.
    async fn follow_rules(&mut self) {
        self.acting = audit::Actor::System;
        if self.present_lead().is_ok()
            && let Err(error) = self.take_rules().await
            && error.is_retryable()
        {
            tracing::warn!(lead = %self.me.lead, %error, "a lead could not follow its team's rules yet");
        }
    }

    /// Takes over the rules of the team that it is in now, if they are newer than those it has.
    async fn take_rules(&mut self) -> Result<Answer, AskError> {
        let (team, version) = self.present_lead().map(|lead| (lead.team, lead.rules.version))?;
        let facts = self.ports.teams.team(self.me.tenant, team).await?;
        match facts.filter(|facts| facts.rules.version > version) {
            Some(facts) => self.run(Command::ChangeRules { rules: facts.rules }).await,
            None => Ok(Answer::Nothing),
        }
    }

    /// Goes where its owner's leads go, if the owner left or moved while this lead came in. It is listed by now: whoever
    /// settles that finds it, or it finds the owner's row here. Asked once for each owner that it has in memory.
    async fn follow_owner(&mut self) {
        let Some(owner) = self.present_lead().ok().and_then(|lead| lead.owner) else { return };
        if self.owner_followed == Some(owner) {
            return;
        }
        match self.take_place_of(owner, owner).await {
            Ok(Answer::Nothing) => self.owner_followed = Some(owner),
            Err(error) if error.is_retryable() => {
                tracing::warn!(lead = %self.me.lead, %error, "a lead could not follow its owner yet");
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// Goes where somebody's leads go, as long as it is theirs: whoever was given it meanwhile keeps it.
    async fn take_place_of(&mut self, owner: UserId, by: UserId) -> Result<Answer, AskError> {
        let lead = self.present_lead()?;
        if lead.owner != Some(owner) {
            return Ok(Answer::Nothing);
        }
        let team = lead.team;
        let command = match self.ports.teams.standing(self.me.tenant, owner).await? {
            Standing::Member { team: theirs } if theirs != team => {
                Command::Reassign { to: Some(owner), team: theirs, by }
            }
            Standing::Gone { heir, by } => Command::Reassign { to: heir, team, by },
            Standing::Member { .. } | Standing::Unknown => return Ok(Answer::Nothing),
        };
        self.run(command).await
    }

    /// Notes durably that decks are due, and that of this user among them.
    async fn show(&mut self, user: UserId) -> Result<Answer, AskError> {
        let awake = self.awake_mut()?;
        if !matches!(awake.row.slot, Slot::Present(_)) {
            return Ok(Answer::Nothing);
        }
        (awake.row.pending.decks, awake.row.pending.team_decks) = (true, true);
        awake.row.pending.also.insert(user);
        let version = self.commit(Vec::new(), Beside::default()).await?;
        Ok(Answer::Applied { version, offset: None, made: None })
    }

    /// Decides on the lead as it is.
    pub(crate) fn decide(&self, command: Command) -> Result<Vec<Event>, Rejected> {
        self.decide_after(&[], command)
    }

    /// Decides on the lead as it will be after events that go into the same commit.
    pub(crate) fn decide_after(&self, events: &[Event], command: Command) -> Result<Vec<Event>, Rejected> {
        let clock = &self.ports.clock;
        let context = Context { lead: self.me.lead, now: clock.now(), pace: clock.pace() };
        let Some(awake) = &self.awake else { return Err(Rejected::NoSuchLead) };
        if events.is_empty() {
            return lead::decide(&awake.row.slot, command, &context);
        }
        let mut slot: Slot = awake.row.slot.clone();
        events.iter().for_each(|event| lead::apply(&mut slot, event));
        lead::decide(&slot, command, &context)
    }

    pub(crate) async fn ensure_awake(&mut self) -> Result<(), AskError> {
        if self.awake.is_none() {
            let awake = wake(&self.ports, self.me).await?;
            self.backlog.set(awake.runnable());
            // The hint may have fired or be buried: in memory the deadline is right from the first moment.
            if let Slot::Present(lead) = &awake.row.slot {
                self.handles.timers.arm(self.me, lead::next_deadline(lead).map(|(at, _)| at));
            }
            self.awake = Some(awake);
        }
        Ok(())
    }

    /// Memory can't be trusted any more: the next command reads again.
    pub(crate) fn forget(&mut self) {
        self.awake = None;
    }

    pub(crate) fn awake(&self) -> Result<&Awake, AskError> {
        self.awake.as_ref().ok_or_else(|| AskError::Away("the lead was read by nobody yet".to_owned()))
    }

    pub(crate) fn awake_mut(&mut self) -> Result<&mut Awake, AskError> {
        self.awake.as_mut().ok_or_else(|| AskError::Away("the lead was read by nobody yet".to_owned()))
    }

    /// Sends the answers that waited for these decks.
    pub(crate) fn answer_projected(&mut self, offsets: &BTreeMap<UserId, u64>) {
        for waiting in std::mem::take(&mut self.waiting) {
            let offset = offsets.get(&waiting.user).copied();
            let answer = Answer::Applied { version: waiting.version, offset, made: waiting.made };
            let _ = waiting.work.reply.send(Ok(answer));
        }
        self.failures = 0;
    }

    fn drain_soon(&mut self, myself: &ActorRef<LeadMsg>) {
        // A lead that lost its memory to a conflict may have effects due: it reads again.
        let due = match &self.awake {
            Some(awake) => awake.key.is_some() && awake.due() > 0,
            None => !self.hot.is_absent(),
        };
        if due && !self.draining {
            self.draining = true;
            let _ = myself.cast(LeadMsg::Drain);
        }
    }

    fn drain_later(&mut self, myself: &ActorRef<LeadMsg>) {
        self.draining = true;
        let wait = self.ports.settings.retry_after.saturating_mul(1 << self.failures.min(6));
        self.failures += 1;
        // Who waited for the deck is told that it is done; the deck follows when it can.
        self.answer_projected_without_decks();
        after(myself, wait);
    }

    fn answer_projected_without_decks(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let answer = Answer::Applied { version: waiting.version, offset: None, made: waiting.made };
            let _ = waiting.work.reply.send(Ok(answer));
        }
    }

    async fn rest(&mut self, myself: &ActorRef<LeadMsg>) {
        let may_go = match self.hibernate().await {
            Ok(may_go) => may_go,
            Err(error) => {
                tracing::warn!(lead = %self.me.lead, %error, "a lead could not hibernate");
                false
            }
        };
        let _ = self.shard.cast(ShardMsg::Rested { lead: self.me, gone: may_go });
        if may_go {
            myself.stop(None);
        }
    }

    fn observe(&self) -> LeadObservation {
        let lead = self.awake.as_ref().and_then(|awake| match &awake.row.slot {
            Slot::Present(lead) => Some(lead),
            Slot::Vacant => None,
        });
        LeadObservation {
            lead: self.me.lead,
            version: self.awake.as_ref().map_or(0, |awake| awake.version),
            state: lead.map(|lead| lead.state_name()),
            open_cards: lead.map_or(0, |lead| lead.cards.len()),
            pending_effects: self.awake.as_ref().map_or(0, Awake::due),
            recent_messages: self.awake.as_ref().map_or(0, |awake| awake.row.recent.len()),
            hot_row: self.hot.stands(),
        }
    }
}

/// Who gives a command, as far as no event says it itself.
fn acting(ask: &Ask) -> audit::Actor {
    match ask {
        Ask::Receive(_) => audit::Actor::Client,
        Ask::Act(act) => audit::Actor::User(act.viewer.user),
        Ask::Create(create) => audit::Actor::User(create.by),
        Ask::Send(request) => audit::Actor::User(request.viewer.user),
        Ask::TakeBack(asked) => audit::Actor::User(asked.viewer.user),
        Ask::Status(_) | Ask::Echo(_) | Ask::Reached(_) => audit::Actor::System,
        Ask::Do(command) => command.by().map_or(audit::Actor::System, audit::Actor::User),
        Ask::FollowOwner { by, .. } => audit::Actor::User(*by),
        Ask::Tick => audit::Actor::Clock,
        Ask::Wake | Ask::Show { .. } | Ask::FollowRules => audit::Actor::System,
    }
}

fn after(actor: &ActorRef<LeadMsg>, wait: Duration) {
    drop(actor.send_after(wait, || LeadMsg::Drain));
}
