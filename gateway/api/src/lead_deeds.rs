//! What people do with a lead beside its cards: notes, follow-ups, calls, and giving it to somebody else.

use hearthline_engine::{identity::Address, ids::UserId, raw::Raw, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    At, CallResult, FieldError, Form, FromForm, HandleKind,
    form::read::{self, one_of},
};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 10_000;
/// The longest title of a task, in characters.
const LONGEST_TITLE: usize = 200;

/// `POST /v1/leads/{id}/notes`
#[derive(Debug)]
pub struct NewNote {
    pub body: Raw<String>,
    pub client_interaction: bool,
}

/// [`NewNote`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNote)]
pub struct NewNoteSchema {
    #[schema(max_length = 10_000)]
    pub body: String,
    /// The note tells of contact with the client: it counts as a touch. False if absent.
    pub client_interaction: Option<bool>,
}

impl FromForm for NewNote {
    fn read(form: &mut Form) -> Option<Self> {
        let body = form.required("body", read::body(LONGEST_NOTE));
        let client_interaction = form.optional("client_interaction", read::boolean);
        Some(Self { body: body?, client_interaction: client_interaction?.unwrap_or(false) })
    }
}

/// A note that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoteWritten {
    /// Its entry of the timeline.
    pub event_id: Uuid,
}

/// `POST /v1/leads/{id}/follow-ups`
#[derive(Debug)]
pub struct NewFollowUp {
    pub due_at: Timestamp,
    pub title: Raw<String>,
}

/// [`NewFollowUp`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFollowUp)]
pub struct NewFollowUpSchema {
    #[schema(format = "date-time")]
    pub due_at: String,
    #[schema(max_length = 200)]
    pub title: String,
}

impl FromForm for NewFollowUp {
    fn read(form: &mut Form) -> Option<Self> {
        let due_at = form.required("due_at", read::moment);
        let title = form.required("title", read::body(LONGEST_TITLE));
        Some(Self { due_at: due_at?, title: title? })
    }
}

/// A follow-up that was planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FollowUpPlanned {
    /// The task, which is the card's id once it is due.
    pub id: Uuid,
    #[schema(inline)]
    pub due_at: At,
}

/// `POST /v1/leads/{id}/calls`
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCall {}

impl FromForm for NewCall {
    fn read(_: &mut Form) -> Option<Self> {
        Some(Self {})
    }
}

/// `POST /v1/leads/{id}/calls/{call_id}/outcome`
#[derive(Debug)]
pub struct NewOutcome {
    pub result: CallResult,
    pub note: Option<Raw<String>>,
    pub follow_up_at: Option<Timestamp>,
}

/// [`NewOutcome`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOutcome)]
pub struct NewOutcomeSchema {
    pub result: CallResult,
    #[schema(max_length = 10_000)]
    pub note: Option<String>,
    /// When to follow up.
    #[schema(format = "date-time")]
    pub follow_up_at: Option<String>,
}

impl FromForm for NewOutcome {
    fn read(form: &mut Form) -> Option<Self> {
        let result = form.required("result", one_of(CallResult::ALL));
        let note = form.optional("note", read::body(LONGEST_NOTE));
        let follow_up_at = form.optional("follow_up_at", read::moment);
        Some(Self { result: result?, note: note?, follow_up_at: follow_up_at? })
    }
}

/// `POST` and `DELETE /v1/leads/{id}/identities`. Not printable: it is about a person.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityLink {
    /// A WhatsApp id that is a phone number is a `phone`, whichever of the two it is called.
    pub kind: HandleKind,
    /// A phone number in E.164, an e-mail address, or the provider's id of somebody.
    #[schema(max_length = 254, example = "+14155550100")]
    pub value: String,
}

impl FromForm for IdentityLink {
    fn read(form: &mut Form) -> Option<Self> {
        let kind = form.required("kind", one_of(HandleKind::LINKABLE));
        let value = form.required("value", read::line(254));
        Some(Self { kind: kind?, value: value? })
    }
}

impl IdentityLink {
    /// The address in normal form: the one that messages from it are found by.
    ///
    /// # Errors
    /// What is allowed in `value`.
    pub fn address(&self) -> Result<Address, FieldError> {
        let wrong = |code: &str, message: &str| FieldError::new("value", code, message);
        match self.kind {
            HandleKind::Phone => Address::phone(&self.value, None)
                .map_err(|_| wrong("invalid_phone", "must be E.164, such as +14155550100")),
            HandleKind::Email => Address::email(&self.value)
                .map_err(|_| wrong("invalid_email", "must be an e-mail address, such as ana@example.com")),
            HandleKind::Whatsapp => Address::whatsapp_id(&self.value)
                .map_err(|_| wrong("not_allowed", "must be an id of WhatsApp's")),
            HandleKind::Messenger | HandleKind::Instagram | HandleKind::SmsSender => {
                Address::opaque(self.kind.into(), &self.value)
                    .map_err(|_| wrong("not_allowed", "must be the provider's id of somebody"))
            }
        }
    }
}

/// `POST /v1/leads/{id}/reassign`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reassignment {
    /// An agent or team lead; null: nobody, and the lead waits to be assigned.
    #[schema(value_type = Option<Uuid>, required = true)]
    pub owner_id: Option<Uuid>,
}

impl Reassignment {
    /// The new owner.
    #[must_use]
    pub fn owner(&self) -> Option<UserId> {
        self.owner_id.map(UserId)
    }
}

impl FromForm for Reassignment {
    fn read(form: &mut Form) -> Option<Self> {
        let given = form.has("owner_id");
        let owner_id = form.optional("owner_id", read::uuid);
        if !given {
            form.error("owner_id", "required", "is required; null takes the lead from everybody");
            return None;
        }
        Some(Self { owner_id: owner_id? })
    }
}
