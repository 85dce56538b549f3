//! The engine's closed lists by their names on the wire.

use hearthline_engine::{identity, lead, message};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! mirrored {
    ($($(#[$doc:meta])* $name:ident = $engine:path { $($variant:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($variant),* }

        impl From<$engine> for $name {
            fn from(engine: $engine) -> Self {
                use $engine as Engine;
                match engine { $(Engine::$variant => Self::$variant),* }
            }
        }
        impl From<$name> for $engine {
            fn from(name: $name) -> Self {
                use $engine as Engine;
                match name { $($name::$variant => Engine::$variant),* }
            }
        }
    )*};
}

mirrored! {
    /// Where an event took place.
    Channel = message::Channel { Sms, Whatsapp, Messenger, Instagram, Email, Voice, Note, Task, System }
    /// Seen from the business.
    Direction = message::Direction { In, Out, Internal }
    /// What happened.
    EventKind = message::EventKind {
        Message, Reaction, Unsend, Edit, Location, Contacts, Call, Note, StateChange, Task, Outcome, Unsupported,
    }
    /// How far a message got.
    Delivery = message::Delivery { Received, Pending, Sending, Sent, Delivered, Read, Failed, Canceled, Unknown }
    /// A provider.
    Provider = message::Provider { Twilio, Meta, Google, Microsoft, Hearthline }
    /// The follow-up state of a lead.
    LeadState = lead::StateName { New, Active, AtRisk, Stale }
    /// The relationship with a lead.
    LeadStatus = lead::Status { Lead, ActiveClient, Archived }
    /// How a lead came to be.
    LeadSource = lead::Source { Sms, Whatsapp, Messenger, Instagram, Email, Call, Manual, Import }
    /// What a card asks for.
    CardKind = lead::CardKind { Reply, ContactNow, AtRisk, Rescue, FollowUp, CallOutcome }
    /// How a call ended.
    CallResult = lead::CallOutcome { Spoke, LeftMessage, NoAnswer, WrongNumber }
    /// What kind of handle an identity is.
    HandleKind = identity::IdentityKind { Phone, Email, Whatsapp, Messenger, Instagram, SmsSender }
}

impl Channel {
    /// The channels a message can be sent on.
    pub const SENDABLE: &'static [(&'static str, Self)] = &[
        ("sms", Self::Sms),
        ("whatsapp", Self::Whatsapp),
        ("messenger", Self::Messenger),
        ("instagram", Self::Instagram),
        ("email", Self::Email),
    ];
}

impl HandleKind {
    /// Those that a person can link, by name.
    pub const LINKABLE: &'static [(&'static str, Self)] = &[
        ("phone", Self::Phone),
        ("email", Self::Email),
        ("whatsapp", Self::Whatsapp),
        ("messenger", Self::Messenger),
        ("instagram", Self::Instagram),
        ("sms_sender", Self::SmsSender),
    ];
}

impl CallResult {
    /// All of them, by name.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("spoke", Self::Spoke),
        ("left_message", Self::LeftMessage),
        ("no_answer", Self::NoAnswer),
        ("wrong_number", Self::WrongNumber),
    ];
}
