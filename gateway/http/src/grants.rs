//! Raw-access grants (PRV-2): tokens that say whose reason for reading which lead stands in the audit log. They hold nothing
//! secret and grant nothing by themselves: at every use the access policy looks at the lead as it is then.
//!
//! `hlg_` and base64url of version, session, tenant, user, lead, how often the lead had become Stale, the time of the audit
//! row, its id, and HMAC-SHA-256 over them.

use hearthline_engine::{
    access::AuditedReason,
    ids::{LeadId, TenantId, UserId},
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::{
    DataKey, Keyring,
    keys::{KeyReader, KeyWriter},
    rows::session::SessionId,
};
use std::sync::Arc;
use uuid::Uuid;

use crate::tokens::{signed, verified};

const VERSION: u8 = 1;
const PREFIX: &str = "hlg_";

/// What a grant says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GrantClaims {
    pub session: SessionId,
    pub tenant: TenantId,
    pub user: UserId,
    pub lead: LeadId,
    pub episode: u32,
    /// Wall time of the audit row.
    pub audited_at: Timestamp,
    /// Its id: readings refer to it.
    pub entry: Uuid,
    /// For how long, as it is configured now: no part of the token.
    pub lasts: Seconds,
}

impl GrantClaims {
    /// The reason as the access policy asks for it.
    pub(crate) fn reason(&self) -> AuditedReason {
        let reason = AuditedReason::durable(self.lead, self.episode, self.user, self.audited_at);
        reason.until(self.audited_at.plus(self.lasts))
    }
}

/// Makes and reads grants.
pub(crate) struct Grants {
    key: Arc<dyn DataKey>,
    lasts: Seconds,
}

impl Grants {
    pub(crate) fn new(keyring: &dyn Keyring, lasts: Seconds) -> Self {
        Self { key: keyring.deployment_key("raw_access"), lasts }
    }

    /// For how long a grant that is made now will last.
    pub(crate) const fn lasts(&self) -> Seconds {
        self.lasts
    }

    pub(crate) fn issue(&self, claims: &GrantClaims) -> String {
        let payload = KeyWriter::new()
            .byte(VERSION)
            .fixed(claims.session.0.as_bytes())
            .fixed(claims.tenant.as_bytes())
            .fixed(claims.user.as_bytes())
            .fixed(claims.lead.as_bytes())
            .fixed(&claims.episode.to_be_bytes())
            .number(claims.audited_at.as_millis().unsigned_abs())
            .fixed(claims.entry.as_bytes());
        signed(PREFIX, &*self.key, &payload.finish())
    }

    /// What a grant says, if it is one of ours; whether it still opens anything is for the access policy.
    pub(crate) fn read(&self, token: &str) -> Option<GrantClaims> {
        let payload = verified(PREFIX, &*self.key, token)?;
        let mut reader = KeyReader::new(&payload);
        if reader.byte().ok()? != VERSION {
            return None;
        }
        Some(GrantClaims {
            session: SessionId(Uuid::from_bytes(reader.fixed().ok()?)),
            tenant: TenantId::from_bytes(reader.fixed().ok()?),
            user: UserId::from_bytes(reader.fixed().ok()?),
            lead: LeadId::from_bytes(reader.fixed().ok()?),
            episode: u32::from_be_bytes(reader.fixed().ok()?),
            audited_at: Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?),
            entry: Uuid::from_bytes(reader.fixed().ok()?),
            lasts: self.lasts,
        })
    }
}
