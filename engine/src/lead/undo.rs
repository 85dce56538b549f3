//! Taking a deed back (DECK-2): what is kept of a deed for as long as it can be undone. It is kept with the answer to the
//! deed and not in the lead, so that a lead does not grow by what its people do.

use serde::{Deserialize, Serialize};

use super::{Card, CardClosed, Event, FollowUp, Lead, OpenCall, Slot, Touch, decide::touch_of};
use crate::{
    ids::{TaskId, TouchId, UserId},
    time::Timestamp,
};

/// What it takes to take a person's deed back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undoable {
    /// A card was done.
    Done {
        /// As it was.
        card: Card,
    },
    /// A card was snoozed.
    Snoozed {
        /// Which one.
        task: TaskId,
        /// Until when.
        until: Timestamp,
        /// The snooze that this one replaced, and whose it was.
        before: Option<(Timestamp, UserId)>,
    },
    /// A follow-up was planned.
    Scheduled {
        /// That one.
        plan: Plan,
    },
    /// A call's outcome was told.
    Outcome {
        /// As it waited for its outcome.
        call: OpenCall,
        /// The touch that it made.
        touch: Option<Taken>,
        /// The follow-up that was planned with it.
        plan: Option<Plan>,
    },
}

/// A deed that can be undone, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named as the deeds are")]
pub enum DeedKind {
    Done,
    Snooze,
    Schedule,
    Outcome,
}

/// A follow-up that a deed planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its task.
    pub task: TaskId,
    /// The team's default that it took the place of.
    pub replaced: Vec<FollowUp>,
}

/// A touch that a deed made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// That touch.
    pub touch: Touch,
    /// The touches that were forgotten because of it.
    pub forgotten: Vec<Touch>,
    /// Those of them that rescuers made.
    pub rescues: Vec<TouchId>,
    /// It closed a card that somebody was looking at.
    pub closed_card: bool,
}

impl Undoable {
    /// By its name alone.
    #[must_use]
    pub const fn kind(&self) -> DeedKind {
        match self {
            Self::Done { .. } => DeedKind::Done,
            Self::Snoozed { .. } => DeedKind::Snooze,
            Self::Scheduled { .. } => DeedKind::Schedule,
            Self::Outcome { .. } => DeedKind::Outcome,
        }
    }
}

/// How the deed that `events` tell of can be taken back; nothing for what is no such deed. `slot` is as it was before them.
#[must_use]
pub fn undoable(slot: &Slot, events: &[Event]) -> Option<Undoable> {
    let mut trail =
        Trail { lead: slot.lead()?.clone(), deed: None, plan: None, touch: None, replaced: Vec::new() };
    for event in events {
        trail.follow(event);
        trail.lead.apply(event);
    }
    trail.end()
}

/// What was met on the way through a deed's events.
struct Trail {
    lead: Lead,
    deed: Option<Undoable>,
    plan: Option<TaskId>,
    touch: Option<(Touch, Lead, bool)>,
    replaced: Vec<FollowUp>,
}

impl Trail {
    fn follow(&mut self, event: &Event) {
        if let Event::CardClosed { task, how: CardClosed::Done { .. }, .. } = event {
            self.deed = self.lead.card(*task).cloned().map(|card| Undoable::Done { card });
        } else if let Event::CardSnoozed { task, until, .. } = event {
            let card = self.lead.card(*task);
            let before = card.and_then(|card| card.snoozed_until.zip(card.snoozed_by));
            self.deed = Some(Undoable::Snoozed { task: *task, until: *until, before });
        } else if let Event::CallEnded { call, .. } = event {
            let open = self.lead.calls.iter().find(|known| known.id == *call).cloned();
            self.deed = open.map(|call| Undoable::Outcome { call, touch: None, plan: None });
        } else if let Event::Touched { touch, .. } = event {
            self.touch = Some((touch.clone(), self.lead.clone(), false));
        } else if let Event::CardClosed { how: CardClosed::Touched, .. } = event {
            self.touch.iter_mut().for_each(|(_, _, closed)| *closed = true);
        } else if let Event::FollowUpRemoved { task } = event {
            let removed = self.lead.follow_ups.iter().filter(|known| known.task == *task && known.by_default);
            self.replaced.extend(removed.cloned());
        } else if let Event::FollowUpScheduled { follow_up, by: Some(_) } = event {
            self.plan = Some(follow_up.task);
        }
    }

    fn end(self) -> Option<Undoable> {
        let Self { lead, deed, plan, touch, replaced } = self;
        // A default that fell due in the same moment became a card and was not replaced.
        let replaced = replaced.into_iter().filter(|follow_up| lead.card(follow_up.task).is_none()).collect();
        let plan = plan.map(|task| Plan { task, replaced });
        match (deed, plan) {
            (Some(Undoable::Outcome { call, .. }), plan) => {
                let own = touch.filter(|(touch, ..)| touch.id == touch_of(call.id));
                let touch = own.map(|(touch, before, closed_card)| taken(touch, &before, &lead, closed_card));
                Some(Undoable::Outcome { call, touch, plan })
            }
            (Some(deed), _) => Some(deed),
            (None, Some(plan)) => Some(Undoable::Scheduled { plan }),
            (None, None) => None,
        }
    }
}

fn taken(touch: Touch, before: &Lead, after: &Lead, closed_card: bool) -> Taken {
    let forgotten: Vec<Touch> =
        before.touches.iter().filter(|known| !after.knows_touch(known.id)).cloned().collect();
    let rescues = forgotten.iter().map(|touch| touch.id).filter(|id| before.rescue_touches.contains(id));
    Taken { touch, rescues: rescues.collect(), forgotten, closed_card }
}
