//! What must hold for any bytes whatever at the readers of what providers send: [`TARGETS`], each a function that panics
//! when it does not.
//!
//! `cargo xtask fuzz` lets libFuzzer look for bytes that break one (`libfuzzer/`, a workspace of its own, so that nobody
//! else builds libFuzzer); what it found stays in `cases/` and is tried in every test run.
//!
//! Deliberately does not know: how bytes are found, and what a provider means by them: that is said by the tests of the
//! engine.

#![allow(clippy::expect_used, clippy::panic, reason = "a target fails by panicking")]

mod handshake;
mod reading;
mod signatures;

/// A thing to try bytes on.
pub struct Target {
    /// Its name: a binary of `libfuzzer/`, a folder of `cases/`.
    pub name: &'static str,
    /// Panics when something does not hold.
    pub check: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 7] = [
    Target { name: "twilio_sms", check: reading::twilio_sms },
    Target { name: "twilio_signature", check: signatures::twilio },
    Target { name: "whatsapp", check: reading::whatsapp },
    Target { name: "messenger", check: reading::messenger },
    Target { name: "instagram", check: reading::instagram },
    Target { name: "meta_signature", check: signatures::meta },
    Target { name: "meta_handshake", check: handshake::meta },
];

/// The check of a target.
///
/// # Panics
/// There is none of this name.
#[must_use]
pub fn check_of(name: &str) -> fn(&[u8]) {
    TARGETS.iter().find(|target| target.name == name).expect("a target of this name").check
}
