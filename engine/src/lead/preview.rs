//! What a change of rules would do to a lead, without doing it (LIF-2): the same decision, on a copy.
//!
//! Promises: a lead that is told these rules at `now` ends in the state, and with the clocks, that are foretold here.

use std::collections::BTreeMap;

use super::{Command, Context, DeadlineKind, Lead, Slot, StateName, apply, deadline, decide};
use crate::{
    rules::TeamRules,
    time::{Pace, Timestamp},
};

/// What rules would do to one lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesEffect {
    /// Its state as it stands at that moment: what is overdue has fired.
    pub from: StateName,
    /// Its state right after the change.
    pub to: StateName,
    /// The clocks of its state that would end at another time, in the order of [`DeadlineKind`].
    pub clocks: Vec<ClockMove>,
}

/// One clock of a lead's state under other rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockMove {
    /// Which one.
    pub clock: DeadlineKind,
    /// When it ends; none: it does not run.
    pub before: Option<Timestamp>,
    /// When it would end; none: it would be over at once.
    pub after: Option<Timestamp>,
}

impl RulesEffect {
    /// Whether the lead would notice.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.from == self.to && self.clocks.is_empty()
    }
}

/// What telling a lead these rules at `now` would do. Archived and deleted leads run no clocks: nothing.
#[must_use]
pub fn preview_rules(lead: &Lead, rules: &TeamRules, now: Timestamp) -> RulesEffect {
    let context = Context { lead: lead.id, now, pace: Pace::WALL };
    let before = after(lead, Command::Tick, &context);
    let told = after(&before, Command::ChangeRules { rules: rules.clone() }, &context);
    let (was, is) = (deadline::state_clocks(&before), deadline::state_clocks(&told));
    let mut moves: BTreeMap<DeadlineKind, ClockMove> = BTreeMap::new();
    for (clock, at) in was {
        moves.insert(clock, ClockMove { clock, before: Some(at), after: None });
    }
    for (clock, at) in is {
        moves.entry(clock).or_insert(ClockMove { clock, before: None, after: None }).after = Some(at);
    }
    let clocks = moves.into_values().filter(|moved| moved.before != moved.after).collect();
    RulesEffect { from: before.state_name(), to: told.state_name(), clocks }
}

/// The lead after a command; a refused one leaves it as it is.
fn after(lead: &Lead, command: Command, context: &Context) -> Lead {
    let mut slot = Slot::Present(Box::new(lead.clone()));
    for event in decide(&slot, command, context).unwrap_or_default() {
        apply(&mut slot, &event);
    }
    match slot {
        Slot::Present(lead) => *lead,
        Slot::Vacant => lead.clone(),
    }
}
