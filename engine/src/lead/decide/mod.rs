//! Deciding: a state and a command in, events or the broken rule out.
//!
//! Every decision works on a copy of the lead: an event is applied to it as soon as it is decided, so that the rules
//! after it see what it made true. Before a command is looked at, every deadline that has passed by then fires, so a
//! command meets the lead as a punctual [`Command::Tick`] would have left it; afterwards those fire that the command
//! itself brought into the past. Nothing depends on when the timers came round.

mod administration;
mod calls;
mod cards;
mod deadlines;
mod merging;
mod receiving;
mod sends;
mod tasks;
mod touches;
mod undo;

pub(super) use calls::touch_of;

use super::{Card, Command, Context, Event, Lead, Rejected, Slot, StateName};
use crate::{
    ids::{TaskId, derived},
    time::Timestamp,
};

/// What follows from `command` for what stands in `slot`: the events to make durable together, in order. An empty list
/// means that nothing happens and nothing is to be committed.
///
/// The same input gives the same output. Nothing of `slot` changes: [`super::apply`] does that.
///
/// # Errors
/// The rule that forbids it; then nothing happened, deadlines included.
pub fn decide(slot: &Slot, command: Command, ctx: &Context) -> Result<Vec<Event>, Rejected> {
    match slot {
        Slot::Vacant => vacant(command, ctx),
        Slot::Present(lead) => {
            if let Some(to) = lead.merged_into {
                return merging::merged_away(lead, to, command, ctx);
            }
            let mut decision = Decision::on(lead, ctx);
            decision.catch_up();
            decision.handle(command)?;
            decision.catch_up();
            Ok(decision.events)
        }
    }
}

/// Nobody stands here yet: only what creates a lead, or needs none, has an effect.
fn vacant(command: Command, ctx: &Context) -> Result<Vec<Event>, Rejected> {
    match command {
        Command::Receive { message, place, name } => receiving::first_message(message, place, name, ctx),
        Command::Create { place, source, name, identities, profile, by, with_card } => {
            let created = Event::Created { id: ctx.lead, place, source, name, identities, at: ctx.now };
            administration::create(created, &profile, by, with_card, ctx)
        }
        Command::Touch { .. }
        | Command::RevokeTouch { .. }
        | Command::SettleTouch { .. }
        | Command::StartCall { .. }
        | Command::RecordOutcome { .. }
        | Command::WriteNote { .. }
        | Command::Schedule { .. }
        | Command::Done { .. }
        | Command::Snooze { .. }
        | Command::Undo { .. }
        | Command::ChangeRules { .. }
        | Command::Reassign { .. }
        | Command::HandBack { .. }
        | Command::ChangeStatus { .. }
        | Command::Edit { .. }
        | Command::LinkIdentity { .. }
        | Command::UnlinkIdentity { .. }
        | Command::Review { .. }
        | Command::MergeInto { .. }
        | Command::Absorb { .. }
        | Command::LetGo { .. }
        | Command::ComeBack { .. }
        | Command::Delete { .. }
        | Command::Send(_)
        | Command::Tick => Err(Rejected::NoSuchLead),
    }
}

/// A decision in the making.
struct Decision<'a> {
    ctx: &'a Context,
    /// The lead as the events so far leave it.
    lead: Lead,
    events: Vec<Event>,
    /// How many ids were derived.
    made: u32,
    /// Escalations are not counted from before this moment: what a change of rules or a revoked touch makes Stale
    /// enters the rescue queue only now, however long ago its window ended.
    rescue_counts_from: Option<Timestamp>,
    /// Escalations in this decision; see [`deadlines`].
    escalations: u32,
}

impl<'a> Decision<'a> {
    fn on(lead: &Lead, ctx: &'a Context) -> Self {
        Self {
            ctx,
            lead: lead.clone(),
            events: Vec::new(),
            made: 0,
            rescue_counts_from: None,
            escalations: 0,
        }
    }

    /// A decision that begins with the lead's creation.
    fn creating(event: Event, ctx: &'a Context) -> Result<Self, Rejected> {
        let lead = Lead::created(&event).ok_or(Rejected::NoSuchLead)?;
        let mut decision = Self::on(&lead, ctx);
        decision.events.push(event);
        Ok(decision)
    }

    fn handle(&mut self, command: Command) -> Result<(), Rejected> {
        match command {
            Command::Receive { message, place, name } => self.receive(message, place.owner, name),
            Command::Create { .. } => Err(Rejected::AlreadyExists),
            Command::Touch { touch } => self.touch(touch),
            Command::RevokeTouch { touch } => self.revoke_touch(touch),
            Command::SettleTouch { touch } => self.settle_touch(touch),
            Command::StartCall { call, by, at } => self.start_call(call, by, at),
            Command::RecordOutcome { call, by, outcome, note, follow_up_at, seen } => {
                self.check_call_card(call, seen)?;
                self.record_outcome(call, by, outcome, note)?;
                self.plan_follow_up(by, follow_up_at)
            }
            Command::WriteNote { text, by, client_interaction } => {
                self.write_note(text, by, client_interaction)
            }
            Command::Schedule { by, due_at, title } => self.schedule(by, due_at, title),
            Command::Done { task, by, expected_version } => self.done(task, by, expected_version),
            Command::Snooze { task, by, until, expected_version } => {
                self.snooze(task, by, until, expected_version)
            }
            Command::Undo { deed, by } => self.undo(deed, by),
            Command::ChangeRules { rules } => self.change_rules(rules),
            Command::Reassign { to, team, by } => self.reassign(to, team, by),
            Command::HandBack { by } => self.hand_back(by),
            Command::ChangeStatus { to, by } => self.change_status(to, by),
            Command::Edit { change, status, by } => self.edit(&change, status, by),
            Command::LinkIdentity { address, by } => self.link_identity(address, by),
            Command::UnlinkIdentity { address, by } => self.unlink_identity(address, by),
            Command::Review { event, restored, by } => {
                self.review(event, restored.map(|message| *message), by)
            }
            Command::MergeInto { into, by } => self.merge_into(into, by),
            Command::Absorb { lead, brought, by } => self.absorb(lead, *brought, by),
            Command::LetGo { lead, by } => self.let_go(lead, by),
            // It is back, or never went.
            Command::ComeBack { .. } => Ok(()),
            Command::Delete { by, quiet_for } => self.delete(by, quiet_for),
            Command::Send(command) => self.send(command),
            Command::Tick => Ok(()),
        }
    }

    /// Decides `event`: whatever is decided after it sees it done.
    fn push(&mut self, event: Event) {
        self.lead.apply(&event);
        self.events.push(event);
    }

    /// The version that this decision's commit will make.
    const fn next_version(&self) -> u64 {
        self.lead.version.saturating_add(1)
    }

    /// A task id of its own, the same one whenever this decision is made again.
    fn fresh_task(&mut self, at: Timestamp) -> TaskId {
        let id = derived(self.ctx.lead, self.next_version(), self.made, at);
        self.made += 1;
        TaskId(id)
    }

    fn is(&self, state: StateName) -> bool {
        self.lead.state_name() == state
    }

    /// Refuses what needs a lead that is worked on.
    fn awake(&self) -> Result<(), Rejected> {
        if self.lead.deleted {
            return Err(Rejected::Deleted);
        }
        if self.lead.is_dormant() {
            return Err(Rejected::Archived);
        }
        Ok(())
    }

    /// The open card, as the person saw it.
    fn seen_card(&self, task: TaskId, expected_version: u64) -> Result<Card, Rejected> {
        let card = self.lead.card(task).ok_or(Rejected::CardNotOpen)?;
        if card.version == expected_version {
            Ok(card.clone())
        } else {
            Err(Rejected::CardChanged { current: Box::new(card.clone()) })
        }
    }
}
