//! Meta: the Graph API's messages and media for WhatsApp Cloud API, Messenger and Instagram messaging, and the webhooks
//! that tell of them (Meta documentation: "Cloud API, Messages", "Cloud API, Media", "Send API", "Instagram messaging",
//! "Graph API, Handling errors", "Cloud API error codes", "Webhooks").
//!
//! One server stands for graph.facebook.com, graph.instagram.com and the hosts that serve files. Any version of the API is
//! taken, and none. Who may write to whom and when is kept as Meta keeps it: 24 hours after the client's last message, and
//! with the tag `HUMAN_AGENT` seven days for Messenger and Instagram.
//!
//! Not simulated, and refused where asked for: interactive messages, locations, contacts and templates of Messenger;
//! permissions, app review and pages' other resources do not exist. What stands in a template is not looked up: any name
//! is an approved one.

mod account;
mod answers;
mod cdn;
mod control;
mod delivery;
mod handle;
mod inbound;
mod knobs;
mod ledger;
mod media;
mod messaging;
mod multipart;
mod objects;
mod payloads;
mod refusal;
mod signature;
mod state;
mod webhook;
mod whatsapp;

pub use self::{
    account::{Account, Product},
    handle::Meta,
    inbound::{Inbound, InboundFile, NoSuchAccount},
    knobs::{Knobs, Outcome},
    ledger::{Accepted, FetchedMedia, Ledger, WebhookAttempt},
};
pub use crate::chance::Fault;
