//! Tokens: access tokens that say who comes and until when, refresh tokens that work once, both signed with keys derived
//! from the master key, so that they survive a restart and nobody else makes one.
//!
//! Access: `hla_` and base64url of version, session, generation, tenant, user, role, expiry and HMAC-SHA-256 over them.
//! Refresh: `hlr_` and base64url of version, session, generation, a secret of 32 bytes, and the same kind of HMAC: a made-up
//! token can't revoke anybody's session. The first secret is random, each further one follows from the token before by a
//! key that is the server's alone: asked twice, because an answer was lost, it gives the same one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hearthline_engine::{
    ids::{TenantId, UserId},
    time::Timestamp,
};
use hearthline_storage_api::{
    DataKey, Keyring, Random,
    keys::{KeyReader, KeyWriter},
    rows::{session::SessionId, user::Role},
};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const ACCESS_VERSION: u8 = 2;
const REFRESH_VERSION: u8 = 1;
const MAC_BYTES: usize = 32;

/// What an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccessClaims {
    pub session: SessionId,
    /// Of the refresh token that came with it.
    pub generation: u32,
    pub tenant: TenantId,
    pub user: UserId,
    /// At the time it was made; what counts is the user's role now.
    pub role: Role,
    pub expires_at: Timestamp,
}

/// What a refresh token says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshClaims {
    pub session: SessionId,
    pub generation: u32,
    secret: [u8; 32],
}

/// Makes and reads tokens.
pub(crate) struct Tokens {
    access: Arc<dyn DataKey>,
    refresh: Arc<dyn DataKey>,
}

impl Tokens {
    pub(crate) fn new(keyring: &dyn Keyring) -> Self {
        Self {
            access: keyring.deployment_key("access_token"),
            refresh: keyring.deployment_key("refresh_token"),
        }
    }

    pub(crate) fn access(&self, claims: &AccessClaims) -> String {
        let payload = KeyWriter::new()
            .byte(ACCESS_VERSION)
            .fixed(claims.session.0.as_bytes())
            .fixed(&claims.generation.to_be_bytes())
            .fixed(claims.tenant.as_bytes())
            .fixed(claims.user.as_bytes())
            .byte(role_byte(claims.role))
            .number(claims.expires_at.as_millis().unsigned_abs());
        signed("hla_", &*self.access, &payload.finish())
    }

    /// What a token says, if it is one of ours; whether it has expired is for the caller.
    pub(crate) fn read_access(&self, token: &str) -> Option<AccessClaims> {
        let payload = verified("hla_", &*self.access, token)?;
        let mut reader = KeyReader::new(&payload);
        if reader.byte().ok()? != ACCESS_VERSION {
            return None;
        }
        Some(AccessClaims {
            session: SessionId(Uuid::from_bytes(reader.fixed().ok()?)),
            generation: u32::from_be_bytes(reader.fixed().ok()?),
            tenant: TenantId::from_bytes(reader.fixed().ok()?),
            user: UserId::from_bytes(reader.fixed().ok()?),
            role: role_of(reader.byte().ok()?)?,
            expires_at: Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?),
        })
    }

    /// Claims of a session's first token.
    pub(crate) fn first_refresh(random: &dyn Random, session: SessionId) -> RefreshClaims {
        let mut secret = [0; 32];
        random.fill(&mut secret);
        RefreshClaims { session, generation: 0, secret }
    }

    /// What a token is turned into.
    pub(crate) fn next_refresh(&self, shown: &RefreshClaims) -> RefreshClaims {
        let secret = self.refresh.keyed_hash("next", &Self::refresh_payload(shown));
        RefreshClaims { session: shown.session, generation: shown.generation.saturating_add(1), secret }
    }

    pub(crate) fn refresh(&self, claims: &RefreshClaims) -> String {
        signed("hlr_", &*self.refresh, &Self::refresh_payload(claims))
    }

    /// What a token says, if it is one of ours.
    pub(crate) fn read_refresh(&self, token: &str) -> Option<RefreshClaims> {
        let payload = verified("hlr_", &*self.refresh, token)?;
        let mut reader = KeyReader::new(&payload);
        if reader.byte().ok()? != REFRESH_VERSION {
            return None;
        }
        Some(RefreshClaims {
            session: SessionId(Uuid::from_bytes(reader.fixed().ok()?)),
            generation: u32::from_be_bytes(reader.fixed().ok()?),
            secret: reader.fixed().ok()?,
        })
    }

    /// What is stored instead of a refresh token.
    pub(crate) fn refresh_hash(&self, claims: &RefreshClaims) -> [u8; 32] {
        self.refresh.keyed_hash("stored", &Self::refresh_payload(claims))
    }

    fn refresh_payload(claims: &RefreshClaims) -> bytes::Bytes {
        KeyWriter::new()
            .byte(REFRESH_VERSION)
            .fixed(claims.session.0.as_bytes())
            .fixed(&claims.generation.to_be_bytes())
            .fixed(&claims.secret)
            .finish()
    }
}

pub(crate) fn signed(prefix: &str, key: &dyn DataKey, payload: &[u8]) -> String {
    let mut bytes = payload.to_vec();
    bytes.extend_from_slice(&key.keyed_hash("signature", payload));
    let mut token = prefix.to_owned();
    URL_SAFE_NO_PAD.encode_string(bytes, &mut token);
    token
}

pub(crate) fn verified(prefix: &str, key: &dyn DataKey, token: &str) -> Option<Vec<u8>> {
    if token.len() > 512 {
        return None;
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(prefix)?).ok()?;
    let payload_bytes = bytes.len().checked_sub(MAC_BYTES)?;
    let expected = key.keyed_hash("signature", &bytes[..payload_bytes]);
    let right: bool = expected.ct_eq(&bytes[payload_bytes..]).into();
    bytes.truncate(payload_bytes);
    right.then_some(bytes)
}

const fn role_byte(role: Role) -> u8 {
    match role {
        Role::Agent => 1,
        Role::TeamLead => 2,
        Role::Admin => 3,
    }
}

const fn role_of(byte: u8) -> Option<Role> {
    match byte {
        1 => Some(Role::Agent),
        2 => Some(Role::TeamLead),
        3 => Some(Role::Admin),
        _ => None,
    }
}
