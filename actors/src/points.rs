//! The named places on the path of a message where a process can die (architecture: "The path of a message, with every
//! gap"). Tests cut there; production passes through [`NoFailPoints`].

use async_trait::async_trait;

macro_rules! points {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// A place just after something became durable, or just before the next thing would.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Point { $($(#[$doc])* $name),* }
        impl Point {
            /// All of them, in the order of the path.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The name in test output and in settings.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$name => $text),* } }
        }
    };
}

points! {
    /// Row 1: the signature is right, nothing is durable.
    Verified = "verified",
    /// Row 2: the entry is in the stream, the provider has no answer yet.
    Appended = "append",
    /// Row 4: the identity claim is durable.
    Identified = "identify",
    /// Row 5: the inbound claim is durable.
    Claimed = "claim",
    /// Row 6: the hot row is durable.
    Hot = "hot",
    /// Row 6b: the lead's key is durable.
    Keyed = "key",
    /// Row 7: the commit is durable, nobody knows yet.
    Committed = "commit",
    /// Row 8: the timeline is durable.
    TimelineProjected = "project_timeline",
    /// Row 8: the decks are durable.
    DecksProjected = "project_decks",
    /// Row 8: the timer's hint is durable.
    TimerProjected = "project_timer",
    /// Row 8: the directory is durable.
    DirectoryProjected = "project_directory",
    /// Row 8: opt-outs are durable.
    OptOutProjected = "project_opt_out",
    /// Row 8: entries of the audit log are durable, its register does not know of them yet.
    AuditAppended = "audit_append",
    /// Row 8: the audit log is durable, the lead does not know yet.
    AuditProjected = "project_audit",
    /// Row 8: the entry of a message to the client shows what became of it.
    MessageProjected = "project_message",
    /// Row 9: `sending` is durable, the provider has not been called.
    Sending = "sending",
    /// Row 9: the provider has answered, or never will; nothing of that is durable.
    HandedOver = "handed_over",
    /// Row 9: the provider's id is known to be ours, the lead does not know it.
    OutboundReferred = "outbound_ref",
    /// Row 5: what a provider told of a message is durable, and claimed so that it is not told again.
    StatusClaimed = "claim_status",
    /// Row 10: just before the stream is acknowledged.
    Acknowledging = "acknowledge",
    /// Row 10: the stream is acknowledged.
    Acknowledged = "acknowledged",
    /// Row 10b: the claim is done.
    ClaimDone = "claim_done",
    /// Row 11: the journal is trimmed, the hot row still stands.
    Trimmed = "trim",
    /// Row 11: the hot row is gone.
    Hibernated = "hibernate",
}

/// Called at every [`Point`]. A test may never return from it.
#[async_trait]
pub trait FailPoints: Send + Sync + 'static {
    /// The process is at this point.
    async fn reach(&self, point: Point);

    /// The process is at a place that is not on the path of a message.
    async fn reach_aside(&self, _place: &'static str) {}
}

/// Nothing happens: production.
#[derive(Clone, Copy, Debug)]
pub struct NoFailPoints;

#[async_trait]
impl FailPoints for NoFailPoints {
    async fn reach(&self, _point: Point) {}
}
