//! What a person does with a card: the same on the socket (`{"act": {…}}`) and over HTTP.

use hearthline_engine::{
    ids::{LeadId, MutationId, TaskId},
    lead::Rejected,
    raw::Raw,
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    CallResult, Card, Channel, Form, FromForm, NewMessage,
    form::read::{self, one_of},
};

/// One action of a person on a lead.
#[derive(Debug)]
pub struct Action {
    /// Made by the client: sent twice, it acts once (DECK-4).
    pub mutation: MutationId,
    pub lead: LeadId,
    pub deed: Deed,
}

/// What is done.
#[derive(Debug)]
pub enum Deed {
    Done {
        card: OnCard,
    },
    Snooze {
        card: OnCard,
        until: SnoozeUntil,
    },
    Send(NewMessage),
    Call,
    Outcome {
        card: OnCard,
        result: CallResult,
        note: Option<Raw<String>>,
        follow_up_at: Option<Timestamp>,
    },
    Schedule {
        due_at: Timestamp,
        title: Raw<String>,
    },
    /// Takes back the mutation that the action's `mutation_id` names: a `done`, `snooze`, `schedule` or `outcome` of at most
    /// ten seconds ago.
    Undo,
}

/// The card an action is about, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCard {
    pub task: TaskId,
    pub expected_version: u64,
}

/// When a snoozed card comes back (LIF-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnoozeUntil {
    At(Timestamp),
    LaterToday,
    Tomorrow,
    NextWeek,
}

#[derive(Clone, Copy)]
enum Kind {
    Done,
    Snooze,
    Send,
    Call,
    Outcome,
    Schedule,
    Undo,
}

const KINDS: &[(&str, Kind)] = &[
    ("done", Kind::Done),
    ("snooze", Kind::Snooze),
    ("send", Kind::Send),
    ("call", Kind::Call),
    ("outcome", Kind::Outcome),
    ("schedule", Kind::Schedule),
    ("undo", Kind::Undo),
];

const PRESETS: &[(&str, SnoozeUntil)] = &[
    ("later_today", SnoozeUntil::LaterToday),
    ("tomorrow", SnoozeUntil::Tomorrow),
    ("next_week", SnoozeUntil::NextWeek),
];

/// The longest text that is sent or kept with an action, in characters.
const LONGEST_BODY: usize = 10_000;
const LONGEST_TITLE: usize = 200;

impl FromForm for Action {
    fn read(form: &mut Form) -> Option<Self> {
        let mutation = form.required("mutation_id", read::uuid).map(MutationId);
        let lead = form.required("lead_id", read::uuid).map(LeadId);
        let kind = form.required("kind", one_of(KINDS));
        let Some(kind) = kind else {
            // Which fields belong here hangs on the kind: say nothing of those that no kind knows.
            for field in FIELDS {
                form.skip(field, false);
            }
            return None;
        };
        let deed = deed(form, kind);
        Some(Self { mutation: mutation?, lead: lead?, deed: deed? })
    }
}

const FIELDS: &[&str] = &[
    "card_id",
    "expected_version",
    "until",
    "preset",
    "channel",
    "body",
    "subject",
    "connection_id",
    "undo_seconds",
    "result",
    "note",
    "follow_up_at",
    "due_at",
    "title",
];

fn deed(form: &mut Form, kind: Kind) -> Option<Deed> {
    match kind {
        Kind::Done => Some(Deed::Done { card: on_card(form)? }),
        Kind::Snooze => {
            let (card, until) = (on_card(form), snooze_until(form));
            Some(Deed::Snooze { card: card?, until: until? })
        }
        Kind::Send => {
            about_card(form);
            Some(Deed::Send(NewMessage::read(form)?))
        }
        Kind::Call => {
            about_card(form);
            Some(Deed::Call)
        }
        Kind::Outcome => outcome(form),
        Kind::Schedule => {
            about_card(form);
            let due_at = form.required("due_at", read::moment);
            let title = form.required("title", read::body(LONGEST_TITLE));
            Some(Deed::Schedule { due_at: due_at?, title: title? })
        }
        Kind::Undo => {
            about_card(form);
            Some(Deed::Undo)
        }
    }
}

fn on_card(form: &mut Form) -> Option<OnCard> {
    let task = form.required("card_id", read::uuid).map(TaskId);
    let expected_version = form.required("expected_version", read::integer(0..=u64::MAX));
    Some(OnCard { task: task?, expected_version: expected_version? })
}

/// Clients may say which card they were looking at; these deeds do not hang on it.
fn about_card(form: &mut Form) {
    let _ = form.optional("card_id", read::uuid);
    let _ = form.optional("expected_version", read::integer(0..=u64::MAX));
}

fn snooze_until(form: &mut Form) -> Option<SnoozeUntil> {
    let until = form.optional("until", read::moment)?;
    let preset = form.optional("preset", one_of(PRESETS))?;
    match (until, preset) {
        (Some(at), None) => Some(SnoozeUntil::At(at)),
        (None, Some(preset)) => Some(preset),
        (None, None) => {
            form.error("until", "required", "is required, or preset is");
            None
        }
        (Some(_), Some(_)) => {
            form.error("preset", "not_allowed", "must be absent when until is given");
            None
        }
    }
}

fn outcome(form: &mut Form) -> Option<Deed> {
    let card = on_card(form);
    let result = form.required("result", one_of(CallResult::ALL));
    let note = form.optional("note", read::body(LONGEST_BODY));
    let follow_up_at = form.optional("follow_up_at", read::moment);
    Some(Deed::Outcome { card: card?, result: result?, note: note?, follow_up_at: follow_up_at? })
}

/// [`Action`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Action)]
pub struct ActionSchema {
    /// Made by the client (UUID): sent twice, it acts once. `undo` names the mutation to take back: the client's own `done`,
    /// `snooze`, `schedule` or `outcome` of at most ten seconds ago.
    pub mutation_id: Uuid,
    pub lead_id: Uuid,
    /// For `done`, `snooze` and `outcome`.
    pub card_id: Option<Uuid>,
    /// The card's version as the client saw it; for `done`, `snooze` and `outcome`.
    pub expected_version: Option<u64>,
    #[schema(value_type = String, example = "done", pattern = "^(done|snooze|send|call|outcome|schedule|undo)$")]
    pub kind: String,
    /// For `snooze`: until then, or a preset.
    #[schema(format = "date-time")]
    pub until: Option<String>,
    #[schema(pattern = "^(later_today|tomorrow|next_week)$")]
    pub preset: Option<String>,
    /// For `send`.
    pub channel: Option<Channel>,
    #[schema(max_length = 10_000)]
    pub body: Option<String>,
    pub subject: Option<String>,
    pub connection_id: Option<Uuid>,
    /// For `send`: how long it can be taken back; 5 if absent.
    #[schema(maximum = 600)]
    pub undo_seconds: Option<u32>,
    /// For `outcome`.
    pub result: Option<CallResult>,
    #[schema(max_length = 10_000)]
    pub note: Option<String>,
    #[schema(format = "date-time")]
    pub follow_up_at: Option<String>,
    /// For `schedule`.
    #[schema(format = "date-time")]
    pub due_at: Option<String>,
    #[schema(max_length = 200)]
    pub title: Option<String>,
}

/// What an action came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActResult {
    /// It is durable.
    Applied,
    /// The card changed in the meantime; `card` is what it is now.
    Conflict,
    /// `code` says why.
    Rejected,
}

/// The answer to an action.
#[derive(Clone, PartialEq, Serialize, ToSchema)]
pub struct Acted {
    pub mutation_id: Uuid,
    pub result: ActResult,
    /// The deck offset at which the outcome is visible.
    pub offset: Option<u64>,
    pub code: Option<String>,
    pub card: Option<Card>,
    /// What a `call` was placed as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// The task that `schedule`, or the `follow_up_at` of an `outcome`, planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_id: Option<Uuid>,
}

/// A call that was placed.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Call {
    pub id: Uuid,
    /// The task that waits for its outcome.
    pub task_id: Option<Uuid>,
    /// The number to call.
    #[schema(example = "tel:+14155550100")]
    pub tel: Option<String>,
}

impl Acted {
    /// It was done.
    #[must_use]
    pub fn applied(mutation: MutationId, offset: Option<u64>) -> Self {
        Self {
            mutation_id: mutation.0,
            result: ActResult::Applied,
            offset,
            code: None,
            card: None,
            call: None,
            task_id: None,
        }
    }
    /// It was not; `card` is the card as it is now, where there is one.
    #[must_use]
    pub fn refused(mutation: MutationId, why: &Rejected, card: Option<Card>) -> Self {
        let result = match why {
            Rejected::CardChanged { .. } => ActResult::Conflict,
            _ => ActResult::Rejected,
        };
        Self { result, card, ..Self::rejected(mutation, why.code()) }
    }
    /// It was not, because the card is another one by now.
    #[must_use]
    pub fn conflict(mutation: MutationId, card: Option<Card>) -> Self {
        Self { result: ActResult::Conflict, card, ..Self::rejected(mutation, "card_changed") }
    }
    /// It was not, for a reason outside the life cycle.
    #[must_use]
    pub fn rejected(mutation: MutationId, code: &str) -> Self {
        let code = Some(code.to_owned());
        Self { result: ActResult::Rejected, code, ..Self::applied(mutation, None) }
    }
}
