//! The surface through HTTP, on a real listener, over the store in memory.

mod client;
mod connections;
mod fields;
mod hooks;
mod idempotency;
mod isolation;
mod limits;
mod openapi;
mod rules;
mod sessions;
mod tenants;
mod web_client;
mod world;
