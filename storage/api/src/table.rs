//! The tables, a closed list. A table is written either by conditional commits or by stamped puts, never by both.

/// How rows of a table are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// Only by [`crate::Store::commit`], conditional on the partition's version.
    Conditional,
    /// Only by [`crate::Store::put`] and [`crate::Store::clear`]: the higher stamp wins, row by row.
    Stamped,
}

macro_rules! tables {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal, $discipline:ident, $key_space:ident;)*) => {
        /// A table. The numbers are part of the embedded format and are never used again for another table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Table { $($(#[$doc])* $variant = $id),* }

        impl Table {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The name in CQL, logs and documentation.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),* } }
            /// How its rows are written.
            #[must_use]
            pub const fn discipline(self) -> Discipline { match self { $(Self::$variant => Discipline::$discipline),* } }
            /// Where it lives: keys are kept apart from data, so that backups of data hold no key.
            #[must_use]
            pub const fn key_space(self) -> KeySpace { match self { $(Self::$variant => KeySpace::$key_space),* } }
        }
    };
}

/// Data, or the keys that seal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySpace {
    Data,
    Keys,
}

tables! {
    /// `(tenant, lead)`: state, journal, outbox, mutation results.
    LeadCore = 1, "lead_core", Conditional, Data;
    /// `(partition)`: which leads have unfinished effects; rows by epoch and lead.
    HotLead = 2, "hot_lead", Stamped, Data;
    /// `(tenant, lead, month)`: newest first.
    Timeline = 3, "timeline", Stamped, Data;
    /// `(tenant, user)`: cards and tombstones.
    Deck = 4, "deck", Conditional, Data;
    /// `(five minutes, partition group)`: hints of deadlines.
    TimerDue = 5, "timer_due", Stamped, Data;
    /// `(tenant, provider, account, event id)`: whose message it is.
    InboundClaim = 6, "inbound_claim", Conditional, Data;
    /// `(tenant, provider, account, provider id)`: so that a status finds its message.
    OutboundRef = 7, "outbound_ref", Conditional, Data;
    /// `(tenant, kind, HMAC(value))`: which lead an identity points to.
    Identity = 8, "identity", Conditional, Data;
    /// `(tenant, one of 16)`: what lists and filters show.
    Directory = 9, "directory", Stamped, Data;
    /// `(tenant, channel, HMAC(address))`: who asked not to be written to.
    OptOut = 10, "opt_out", Conditional, Data;
    /// `(partition)`: the owner's epoch.
    Ownership = 11, "ownership", Conditional, Data;
    /// `(partition group)`: up to where timers were read.
    TimerWatermark = 12, "timer_watermark", Conditional, Data;
    /// `(tenant)`: messages that nobody could read.
    DeadLetter = 13, "dead_letter", Stamped, Data;
    /// `(tenant)`: messages that wait for a person's decision.
    ReviewQueue = 14, "review_queue", Stamped, Data;
    /// `(tenant, lead, blob)`: bodies that are too large for a row.
    Blob = 15, "blob", Stamped, Data;
    /// `()`: the tenants of this deployment, and `(tenant)`: its own row.
    Tenant = 16, "tenant", Conditional, Data;
    /// `(tenant, team)`.
    Team = 17, "team", Conditional, Data;
    /// `(tenant, user)`.
    User = 18, "user", Conditional, Data;
    /// `(HMAC(e-mail))`: unique in a deployment.
    UserEmail = 19, "user_email", Conditional, Data;
    /// `(session)`.
    Session = 20, "session", Conditional, Data;
    /// `(connection)`.
    Connection = 21, "connection", Conditional, Data;
    /// `(tenant, user, key)`: what a write with an Idempotency-Key answered.
    Idempotency = 22, "idempotency", Conditional, Data;
    /// `(tenant)`: which teams, users and connections there are.
    Roster = 23, "roster", Stamped, Data;
    /// `(tenant, team)`: rule changes that have not reached every lead yet.
    Rollout = 24, "rollout", Stamped, Data;
    /// `(tenant, month, one of 16)`: a hash chain of audit entries; `(tenant, 0, 255)`: how far each chain had got.
    Audit = 25, "audit", Conditional, Data;
    /// `(tenant, attachment)`: what a file is and what became of it; its bytes are a content's.
    Attachment = 26, "attachment", Stamped, Data;
    /// `(day)`: which sessions and idempotency keys expire then; and up to which day they were swept.
    Expiry = 27, "expiry", Stamped, Data;
    /// `(tenant, team)`: which agent got a new lead last.
    Turn = 28, "turn", Conditional, Data;
    /// `(tenant, HMAC(bytes))`: under which name equal bytes stand among the blobs, and which files are made of them.
    Content = 29, "content", Conditional, Data;
    /// `(one of 16)`: files that are still to be fetched.
    MediaDue = 30, "media_due", Stamped, Data;
    /// `(tenant, user)`: messages of somebody else's clients that came to this user.
    Notice = 31, "notice", Stamped, Data;
    /// `(connection)`: what was counted of it, added up every few seconds.
    ConnectionHealth = 32, "connection_health", Conditional, Data;
    /// `(tenant)`: pairs of leads that somebody said are two people.
    Apart = 33, "apart", Stamped, Data;
    /// `(tenant, purpose)`: wrapped.
    TenantKey = 64, "tenant_key", Conditional, Keys;
    /// `(tenant, day)`: wrapped.
    IngestKey = 65, "ingest_key", Conditional, Keys;
    /// `(tenant, lead)`: wrapped.
    LeadKey = 66, "lead_key", Conditional, Keys;
    /// `(tenant, content)`: wrapped.
    ContentKey = 67, "content_key", Conditional, Keys;
}
