//! The door to raw content (PRV-2, PRV-3): who gets a grant, and the proof of an audited reason that a team lead needs.

use super::{Access, Action, Refusal, Relation, Role, Subject, Viewer};
use crate::{
    ids::{LeadId, UserId},
    lead::Outgoing,
    raw::Raw,
    time::Timestamp,
};

/// How long an audited reason opens the door at most (surface: 15 minutes).
pub const RAW_ACCESS_MS: i64 = 15 * 60_000;

/// That somebody's reason for reading a lead stands durably in the audit log. The shell makes one only after that row
/// is durable (PRV-2); it holds for that person, that lead, that time of being Stale, and a quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedReason {
    lead: LeadId,
    episode: u32,
    reader: UserId,
    expires_at: Timestamp,
}

impl AuditedReason {
    /// To be called after the audit row with the reason is durable, with the time of that row and the lead's
    /// [`Subject::episode`] that it was about.
    #[must_use]
    pub const fn durable(lead: LeadId, episode: u32, reader: UserId, audited_at: Timestamp) -> Self {
        Self { lead, episode, reader, expires_at: audited_at.plus_millis(RAW_ACCESS_MS) }
    }
    /// The same reason for less time: it ends then, if it does not end before.
    #[must_use]
    pub fn until(self, at: Timestamp) -> Self {
        Self { expires_at: self.expires_at.min(at), ..self }
    }
    /// When it ends, if the Stale state does not end before.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }
}

/// That a link to a file was made for the provider that is to carry it to the client, of a message that a person approved
/// (OUT-4). The shell makes one only after it found the link's signature right; it holds until the link expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderLink {
    expires_at: Timestamp,
}

impl ProviderLink {
    /// To be called after the signature was found right, with the time that it covers.
    #[must_use]
    pub const fn signed(expires_at: Timestamp) -> Self {
        Self { expires_at }
    }
}

/// Leave to hand a file to the provider that carries it. Nothing of the link says who fetches it: it is the provider's.
#[must_use]
pub fn provider_grant(link: ProviderLink, now: Timestamp) -> Option<RawGrant> {
    (now < link.expires_at).then_some(RawGrant(()))
}

/// Leave to open raw values ([`crate::raw::Raw::open`]). It has no constructor: [`raw_grant`] is the only way to one for a
/// reader, and [`text_to_send`] for the provider of a message that a person approved.
#[derive(Debug)]
pub struct RawGrant(());

/// Leave to open a lead's raw content. There is none for the system itself.
///
/// # Errors
/// Why not. To one who may not know of the lead that is [`Refusal::NotVisible`].
pub fn raw_grant(
    viewer: &Viewer,
    subject: &Subject,
    reason: Option<&AuditedReason>,
    now: Timestamp,
) -> Result<RawGrant, Refusal> {
    match subject.access(viewer, Action::ReadRaw) {
        Access::NotFound => return Err(Refusal::NotVisible),
        Access::Forbidden(refusal) => return Err(refusal),
        Access::Allowed => {}
    }
    match Relation::of(viewer, subject.owner, subject.team) {
        Relation::Owner => Ok(RawGrant(())),
        Relation::Team | Relation::Tenant => match reason {
            Some(reason)
                if reason.lead == subject.lead
                    && reason.episode == subject.episode
                    && reason.reader == viewer.user
                    && now < reason.expires_at =>
            {
                Ok(RawGrant(()))
            }
            Some(_) | None => Err(Refusal::ReasonMissing),
        },
    }
}

/// Leave to read what came through a connection and is no lead's (ING-10, PRV-8): its owner's, who would have had it. Or
/// that one message of somebody else's client that came to them (IDN-6).
///
/// # Errors
/// Why not. Nobody reads for a connection that is a team's.
pub fn connection_grant(viewer: &Viewer, owner: Option<UserId>) -> Result<RawGrant, Refusal> {
    match viewer.role {
        Role::Admin => Err(Refusal::AdminReadsNoContent),
        Role::Agent | Role::TeamLead if owner == Some(viewer.user) => Ok(RawGrant(())),
        Role::Agent | Role::TeamLead => Err(Refusal::RoleLacksRight),
    }
}

/// The text of a message to the client, on its way to the provider. Somebody who may write to this client approved it for
/// them (OUT-4), and nobody else reads it here: it is given only while the provider is called, or asked what became of it.
#[derive(Debug)]
pub struct TextToSend {
    text: Raw<String>,
    grant: RawGrant,
}

impl TextToSend {
    /// Whether the provider's text is this one.
    #[must_use]
    pub fn is(&self, other: &Raw<String>) -> bool {
        self.text == *other
    }
    /// For the request to the provider.
    #[must_use]
    pub fn into_request(self) -> String {
        self.text.open(&self.grant)
    }
}

/// Leave to hand a text over; none for a message that is neither under way nor in doubt.
#[must_use]
pub fn text_to_send(outgoing: &Outgoing, text: Raw<String>) -> Option<TextToSend> {
    outgoing.is_in_doubt().then_some(TextToSend { text, grant: RawGrant(()) })
}
