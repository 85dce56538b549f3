//! The surface through HTTP, on a real listener, over the store in memory.

#![expect(clippy::unwrap_used, reason = "a test that fails to get what it needs has failed")]

mod along;
mod client;
mod connections;
mod fields;
mod hooks;
mod idempotency;
mod isolation;
mod limits;
mod media;
mod meta;
mod openapi;
mod rows;
mod rules;
mod serving;
mod sessions;
mod tenants;
mod web_client;
mod world;
