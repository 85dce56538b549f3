//! What an entry of a timeline tells beside its text: types, times, ids and names of fields, which are derived (PRV-1).

use hearthline_engine::{
    ids::UserId,
    lead::{CardClosed, DeedKind, Event as Fact, ProfileField, RescueProgress as Progress},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{At, CallResult, HandleKind, LeadState, LeadStatus, Recap, RescueProgress};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum EventDetail {
    /// A note; as an interaction with the client it counts as a touch.
    Note {
        client_interaction: bool,
    },
    /// A call was placed; `task_id` waits for its outcome.
    CallPlaced {
        call_id: Uuid,
        task_id: Uuid,
    },
    CallEnded {
        call_id: Uuid,
        result: CallResult,
    },
    TaskPlanned {
        task_id: Uuid,
        #[schema(inline)]
        due_at: At,
    },
    TaskDone {
        task_id: Uuid,
    },
    /// A deed was taken back.
    Undone {
        deed: UndoneDeed,
    },
    StateChanged {
        state: LeadState,
    },
    StatusChanged {
        from: LeadStatus,
        to: LeadStatus,
    },
    OwnerChanged {
        from_owner_id: Option<Uuid>,
        to_owner_id: Option<Uuid>,
        from_team_id: Uuid,
        to_team_id: Uuid,
    },
    RecordChanged {
        fields: Vec<RecordField>,
    },
    Deleted,
    /// A rescuer gave the lead back to its owner.
    HandedBack {
        recap: Option<Recap>,
    },
    /// The team's rules changed, and there is less time now.
    WindowsShortened {
        first_contact_s: u32,
        first_contact_was_s: u32,
        stale_after_s: u32,
        stale_after_was_s: u32,
    },
    /// The team was told, for the `count`-th time, that nothing happens about a Stale lead.
    RescueEscalated {
        count: u32,
    },
    /// A deleted lead came back.
    Restored,
    /// An address became the client's too.
    IdentityLinked {
        handle_kind: HandleKind,
    },
    /// An address is the client's no more.
    IdentityUnlinked {
        handle_kind: HandleKind,
    },
    /// Another lead was merged into this one: its events stand here too.
    Merged {
        lead_id: Uuid,
    },
    /// That one is a lead of its own again.
    MergeTakenBack {
        lead_id: Uuid,
    },
    /// This lead was merged into another one.
    MergedInto {
        lead_id: Uuid,
    },
    /// It is a lead of its own again.
    CameBack {
        from_lead_id: Uuid,
    },
    /// A rescue began, was answered, or went on.
    RescueMoved {
        progress: RescueProgress,
    },
}

/// A deed that was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoneDeed {
    Done,
    Snooze,
    Schedule,
    Outcome,
}

impl From<DeedKind> for UndoneDeed {
    fn from(deed: DeedKind) -> Self {
        match deed {
            DeedKind::Done => Self::Done,
            DeedKind::Snooze => Self::Snooze,
            DeedKind::Schedule => Self::Schedule,
            DeedKind::Outcome => Self::Outcome,
        }
    }
}

/// A field of a lead's record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordField {
    Name,
    FirstName,
    LastName,
    Birthday,
    Address,
    Language,
    Tags,
}

impl From<ProfileField> for RecordField {
    fn from(field: ProfileField) -> Self {
        match field {
            ProfileField::Name => Self::Name,
            ProfileField::FirstName => Self::FirstName,
            ProfileField::LastName => Self::LastName,
            ProfileField::Birthday => Self::Birthday,
            ProfileField::Address => Self::Address,
            ProfileField::Language => Self::Language,
            ProfileField::Tags => Self::Tags,
        }
    }
}

impl EventDetail {
    /// Of a fact that is no message, and who did it.
    #[must_use]
    pub fn of(fact: &Fact) -> (Option<Uuid>, Option<Self>) {
        let person = |by: &UserId| Some(by.0);
        match fact {
            Fact::NoteWritten { by, client_interaction, .. } => {
                (person(by), Some(Self::Note { client_interaction: *client_interaction }))
            }
            Fact::CallStarted { call, by, card, .. } => {
                (person(by), Some(Self::CallPlaced { call_id: call.0, task_id: card.0 }))
            }
            Fact::CallEnded { call, by, outcome, .. } => {
                (person(by), Some(Self::CallEnded { call_id: call.0, result: (*outcome).into() }))
            }
            Fact::FollowUpScheduled { follow_up, by } => {
                let due_at = follow_up.due_at.into();
                (by.map(|by| by.0), Some(Self::TaskPlanned { task_id: follow_up.task.0, due_at }))
            }
            Fact::CardClosed { task, how: CardClosed::Done { by }, .. } => {
                (person(by), Some(Self::TaskDone { task_id: task.0 }))
            }
            Fact::DeedUndone { deed, by, .. } => (person(by), Some(Self::Undone { deed: (*deed).into() })),
            Fact::StateChanged { to, .. } => (None, Some(Self::StateChanged { state: state(to) })),
            Fact::StatusChanged { from, to, by, .. } => {
                let detail = Self::StatusChanged { from: (*from).into(), to: (*to).into() };
                (by.map(|by| by.0), Some(detail))
            }
            Fact::OwnerChanged { from, to, from_team, team, by, .. } => {
                let detail = Self::OwnerChanged {
                    from_owner_id: from.map(|user| user.0),
                    to_owner_id: to.map(|user| user.0),
                    from_team_id: from_team.0,
                    to_team_id: team.0,
                };
                (person(by), Some(detail))
            }
            Fact::ProfileChanged { fields, by, .. } => {
                let fields = fields.iter().map(|field| (*field).into()).collect();
                (by.map(|by| by.0), Some(Self::RecordChanged { fields }))
            }
            Fact::Deleted { by, .. } => (person(by), Some(Self::Deleted)),
            Fact::Restored { by, .. } => (person(by), Some(Self::Restored)),
            Fact::IdentityLinked { address, by, .. } => {
                (person(by), Some(Self::IdentityLinked { handle_kind: address.kind.into() }))
            }
            Fact::IdentityUnlinked { address, by, .. } => {
                (person(by), Some(Self::IdentityUnlinked { handle_kind: address.kind.into() }))
            }
            Fact::HandedBack { by, recap, .. } => {
                (person(by), Some(Self::HandedBack { recap: recap.as_ref().map(Recap::from) }))
            }
            Fact::RulesChanged { rules, shortened: Some(was), .. } => {
                let detail = Self::WindowsShortened {
                    first_contact_s: rules.first_contact().0,
                    first_contact_was_s: was.first_contact_was.0,
                    stale_after_s: rules.stale_after().0,
                    stale_after_was_s: was.stale_after_was.0,
                };
                (None, Some(detail))
            }
            Fact::RescueEscalated { count, .. } => (None, Some(Self::RescueEscalated { count: *count })),
            Fact::RescueMoved { progress, .. } => {
                let by = match progress {
                    Progress::Waiting | Progress::Answered { .. } => None,
                    Progress::InProgress { by } => person(by),
                };
                (by, Some(Self::RescueMoved { progress: progress.into() }))
            }
            other => Self::of_merge(other),
        }
    }

    /// Of two leads that became one, or two again.
    fn of_merge(fact: &Fact) -> (Option<Uuid>, Option<Self>) {
        let (by, detail) = match fact {
            Fact::Absorbed { lead, by, .. } => (by, Self::Merged { lead_id: lead.0 }),
            Fact::LetGo { lead, by, .. } => (by, Self::MergeTakenBack { lead_id: lead.0 }),
            Fact::MergedInto { into, by, .. } => (by, Self::MergedInto { lead_id: into.0 }),
            Fact::CameBack { from, by, .. } => (by, Self::CameBack { from_lead_id: from.0 }),
            _ => return (None, None),
        };
        (Some(by.0), Some(detail))
    }
}

const fn state(state: &hearthline_engine::lead::State) -> LeadState {
    use hearthline_engine::lead::State;
    match state {
        State::New => LeadState::New,
        State::Active => LeadState::Active,
        State::AtRisk(_) => LeadState::AtRisk,
        State::Stale(_) => LeadState::Stale,
    }
}
