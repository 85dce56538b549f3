//! Twilio: messages (SMS and MMS) of its REST API 2010-04-01, their status callbacks, and inbound webhooks (Twilio
//! documentation: "Messages resource", "Media subresource", "Track outbound message status", "Validating requests",
//! "Webhook connection overrides", "Error and warning dictionary").
//!
//! Not simulated, and refused where asked for rather than ignored: scheduling, content templates, link shortening,
//! applications, rich actions. Prices stay null, automatic answers to STOP are not written, API keys and subaccounts do
//! not exist, and media are answered at once instead of by a redirect to a content network.

mod account;
mod answers;
mod control;
mod create;
mod delivery;
mod handle;
mod knobs;
mod ledger;
mod list;
mod media;
mod message;
mod refusal;
mod segments;
mod signature;
mod state;
mod webhook;

pub use self::{
    account::{Account, Number, Service},
    handle::{Inbound, InboundMedia, NoSuchNumber, Twilio},
    knobs::{Knobs, Outcome},
    ledger::{Accepted, FetchedMedia, Ledger, WebhookAttempt},
};
pub use crate::chance::Fault;
