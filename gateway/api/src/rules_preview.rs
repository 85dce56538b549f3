//! What a change of rules would do, before it is made (LIF-2): counts, and some of the leads.

use hearthline_engine::lead::{ClockMove, DeadlineKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, LeadState, Rules};

/// `POST /v1/teams/{id}/rules/preview`. Derived facts alone. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct RulesPreview {
    /// The rules as they would be.
    pub rules: Rules,
    /// How many leads were looked at.
    pub leads: u32,
    /// False: there are more leads than were looked at, and these are the newest.
    pub complete: bool,
    /// Leads whose state would change at once.
    pub states: Vec<StateMoves>,
    /// Deadlines that would move.
    pub deadlines: Vec<DeadlineMoves>,
    /// Some of the leads that would notice, those first whose state would change.
    #[schema(max_items = 20)]
    pub sample: Vec<PreviewedLead>,
}

/// How many leads would go from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StateMoves {
    pub from: LeadState,
    pub to: LeadState,
    pub leads: u32,
}

/// How many leads' deadlines of one kind would move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeadlineMoves {
    pub deadline: RulesDeadline,
    /// To an earlier time that is still to come.
    pub earlier: u32,
    /// To a later time; or it would run again.
    pub later: u32,
    /// They would be over at once.
    pub due_now: u32,
}

/// A deadline that team rules give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RulesDeadline {
    /// The at-risk share of the first-contact window.
    FirstContactAtRisk,
    /// The end of the first-contact window.
    FirstContact,
    /// The at-risk share of the stale window.
    AtRisk,
    /// The end of the stale window.
    Stale,
    /// The team is told that nobody rescues the lead, or answers its client.
    RescueEscalation,
}

impl RulesDeadline {
    /// The deadline, if it is one of a state's.
    #[must_use]
    pub const fn of(kind: DeadlineKind) -> Option<Self> {
        Some(match kind {
            DeadlineKind::FirstContactAtRisk => Self::FirstContactAtRisk,
            DeadlineKind::FirstContactBreach => Self::FirstContact,
            DeadlineKind::StaleAtRisk => Self::AtRisk,
            DeadlineKind::Stale => Self::Stale,
            DeadlineKind::RescueEscalation => Self::RescueEscalation,
            DeadlineKind::SnoozeEnds
            | DeadlineKind::FollowUpDue
            | DeadlineKind::SendDue
            | DeadlineKind::SendInDoubt => return None,
        })
    }
}

/// A lead that would notice. Not printable: names stay out of logs.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedLead {
    pub lead_id: Uuid,
    pub lead_name: String,
    pub owner_id: Option<Uuid>,
    pub from: LeadState,
    pub to: LeadState,
    pub deadlines: Vec<MovedDeadline>,
}

/// One deadline of a lead, now and then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MovedDeadline {
    pub deadline: RulesDeadline,
    /// Null: it does not run now.
    #[schema(inline)]
    pub before: Option<At>,
    /// Null: it would be over at once.
    #[schema(inline)]
    pub after: Option<At>,
}

impl MovedDeadline {
    /// As it is shown, if it is a deadline of a state.
    #[must_use]
    pub fn of(moved: &ClockMove) -> Option<Self> {
        let deadline = RulesDeadline::of(moved.clock)?;
        Some(Self { deadline, before: moved.before.map(Into::into), after: moved.after.map(Into::into) })
    }
}
