//! Why a socket is closed. The range tells what to do, so that clients need not know each code:
//! 4000 to 4099 reconnect at once, 4100 to 4199 reconnect later, 4200 to 4299 never with this session.

/// A close code with its reason, as the close frame carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    pub code: u16,
    pub reason: &'static str,
}

/// The process stops: another one, or the same, is there in a moment.
pub const GOING_AWAY: Close = Close { code: 4000, reason: "going_away" };
/// The client read too slowly; it resumes from where it is.
pub const TOO_SLOW: Close = Close { code: 4001, reason: "too_slow" };
/// The deck moved to another owner, or was rebuilt.
pub const DECK_MOVED: Close = Close { code: 4002, reason: "deck_moved" };
/// No `hello` came in time, or a frame broke the protocol.
pub const PROTOCOL: Close = Close { code: 4003, reason: "protocol" };
/// What the deck needs is away.
pub const UNAVAILABLE: Close = Close { code: 4100, reason: "unavailable" };
/// Too many frames or sockets.
pub const RATE_LIMITED: Close = Close { code: 4101, reason: "rate_limited" };
/// The session ended: sign in again.
pub const SESSION_ENDED: Close = Close { code: 4200, reason: "session_ended" };
/// The ticket was unknown, used or too old.
pub const TICKET_INVALID: Close = Close { code: 4201, reason: "ticket_invalid" };

/// All of them, for documentation.
pub const ALL: &[Close] =
    &[GOING_AWAY, TOO_SLOW, DECK_MOVED, PROTOCOL, UNAVAILABLE, RATE_LIMITED, SESSION_ENDED, TICKET_INVALID];
