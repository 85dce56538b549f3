//! Clients of the providers' APIs: what we ask of Twilio and others, as opposed to what they tell us by webhook.
//!
//! Promises: a call ends within the time-outs it was given; an answer is read up to a stated size; redirects are not
//! followed (those of files by hand, each checked) and nothing is sent twice by itself; an error says whether the provider can have acted on the request. No
//! error, no log line and no `Debug` holds text, an address, a phone number or a secret.
//!
//! Deliberately does not know: the outbox, when to try again, and what a status means for a lead. It depends on nothing of
//! ours but the engine's words for time and raw content.

pub mod http;
pub mod media;
pub mod meta;
pub mod twilio;
