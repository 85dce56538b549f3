//! How a team's leads stand, in figures (RSC-4): nobody's name and no word of anybody is in them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::At;

/// `GET /v1/teams/{id}/figures`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TeamFigures {
    pub team_id: Uuid,
    /// When they were counted.
    #[schema(inline)]
    pub counted_at: At,
    /// How far back `first_contact` and `won_back` look, in seconds.
    pub window_s: u32,
    /// Who has how many leads now, put away and deleted ones aside: whoever has the most Stale ones first, then the most at
    /// risk, then the most that wait for an answer.
    pub held: Vec<Held>,
    pub first_contact: FirstContactFigures,
    pub won_back: WonBackFigures,
}

/// What somebody has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Held {
    /// None: leads that nobody has.
    pub owner_id: Option<Uuid>,
    pub new: u32,
    pub active: u32,
    pub at_risk: u32,
    pub stale: u32,
    /// Of all these, those whose client wrote and has no answer yet.
    pub awaiting_reply: u32,
}

/// How quickly new leads were contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FirstContactFigures {
    /// Leads that began in the window.
    pub leads: u32,
    /// Of these, those that were contacted.
    pub contacted: u32,
    /// Of these, those whose first-contact window ended without contact.
    pub late: u32,
    /// Of those that were contacted, the middle one's time until then, in seconds.
    pub median_s: Option<u64>,
}

/// What rescue brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WonBackFigures {
    /// Leads that left the Stale state in the window by one of these and have not been Stale since.
    pub leads: u32,
    /// Those, and the leads that are Stale now. What was put away while it was Stale is not counted.
    pub of: u32,
    /// Given back to their owners.
    pub hand_backs: u32,
    /// Given to another owner.
    pub reassignments: u32,
    /// Their owners got in touch after all.
    pub owners_touches: u32,
}
