//! From the inbound stream to the lead: path rows 4 to 6 and 10.
//!
//! What it is for: 16 consumers read what providers were answered 2xx for, normalize it, find out whose it is, claim it,
//! and hand it to the lead.
//!
//! What it promises: every message of every entry becomes one event, however often and in whatever order it comes;
//! messages of one sender keep their order; one sender's trouble holds back nobody else; an entry is acknowledged only
//! after all of its messages are committed or stand among the dead letters.
//!
//! What it deliberately does not know: HTTP, signatures, and what a lead does with a message.

mod claim;
mod consumer;
mod dead_letter;
mod echo;
mod lanes;
mod media;
mod metrics;
mod ports;
mod read;
mod status;

pub use consumer::Ingest;
pub use media::{FetchedFile, MediaDesk, MediaPorts, MediaQueue, MediaSettings, MediaSource, NotFetched};
pub use metrics::Metrics;
pub use ports::{ConnectionBook, ConnectionFacts, ConnectionKind, Ports};
