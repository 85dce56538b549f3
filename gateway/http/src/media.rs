//! The way of an uploaded file to the provider that carries it (OUT-2): a public address that nobody can guess, for one
//! file, signed and valid for some hours. A provider fetches media without credentials, after it accepted the message.
//!
//! The address holds the tenant, the file, the time it expires, and an HMAC of the three under a key of the deployment: an
//! address that we never gave is told from one that we did without asking the store. It names neither lead nor file name.

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hearthline_api::{Fault, ProblemDetails};
use hearthline_engine::{
    access::{ProviderLink, provider_grant},
    ids::{AttachmentId, TenantId},
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::{
    DataKey, Keyring,
    keys::{KeyReader, KeyWriter},
    rows::{
        attachment::{self, Fate},
        content,
        lead::LeadRef,
    },
};
use subtle::ConstantTimeEq;

use crate::{gateway::Gateway, leads::as_download, problem::Problem};

/// How long an address works: Twilio keeps a message in its queue for up to ten hours before it fetches.
pub const LINK_LIVES: Seconds = Seconds(12 * 60 * 60);

/// What an address stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link {
    tenant: TenantId,
    attachment: AttachmentId,
    expires_at: Timestamp,
}

/// The public address of a file, for the provider that the message with it is handed to now (wall time).
#[must_use]
pub fn link(
    keyring: &dyn Keyring,
    public_url: &str,
    tenant: TenantId,
    attachment: AttachmentId,
    now: Timestamp,
) -> String {
    let link = Link { tenant, attachment, expires_at: now.plus(LINK_LIVES) };
    format!("{public_url}/media/{}", link.sign(&*keyring.deployment_key(KEY)))
}

/// What the deployment's key is for.
const KEY: &str = "media_link";

impl Link {
    fn plain(&self) -> Vec<u8> {
        let key = KeyWriter::new().fixed(self.tenant.as_bytes()).fixed(self.attachment.as_bytes());
        key.number(self.expires_at.as_millis().unsigned_abs()).finish().to_vec()
    }

    fn mac(&self, key: &dyn DataKey) -> [u8; 32] {
        key.keyed_hash(KEY, &self.plain())
    }

    fn sign(&self, key: &dyn DataKey) -> String {
        URL_SAFE_NO_PAD.encode([&self.plain()[..], &self.mac(key)].concat())
    }

    /// What a token says, and the signature beside it; nothing of it is believed yet.
    fn read(token: &str) -> Option<(Self, [u8; 32])> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let mut reader = KeyReader::new(&bytes);
        let tenant = TenantId::from_bytes(reader.fixed().ok()?);
        let attachment = AttachmentId::from_bytes(reader.fixed().ok()?);
        let expires_at = Timestamp::from_millis(i64::try_from(reader.number().ok()?).ok()?);
        let mac = reader.fixed().ok()?;
        let link = Self { tenant, attachment, expires_at };
        // Nothing may stand behind it: one address, one spelling.
        (bytes.len() == link.plain().len() + 32).then_some((link, mac))
    }
}

/// A file for a provider
///
/// The address is the permission: it is handed to the provider with the message, and expires.
#[utoipa::path(
    get, path = "/media/{token}", tag = "hooks",
    params(("token" = String, Path)),
    responses(
        (status = 200, description = "The file", body = String, content_type = "application/octet-stream"),
        (status = 404, description = "Never was an address, or is none any more", body = ProblemDetails),
    )
)]
pub(crate) async fn fetch(
    State(gateway): State<Gateway>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let ports = &gateway.ports;
    let (link, mac) = Link::read(&token).ok_or(Fault::NotFound)?;
    if !bool::from(link.mac(&*ports.keyring.deployment_key(KEY)).ct_eq(&mac)) {
        return Err(Fault::NotFound.into());
    }
    let grant =
        provider_grant(ProviderLink::signed(link.expires_at), gateway.wall()).ok_or(Fault::NotFound)?;
    let row = attachment::load(&*ports.store, link.tenant, link.attachment).await?.ok_or(Fault::NotFound)?;
    let place = LeadRef { tenant: link.tenant, lead: row.lead };
    let key = ports.keyring.lead_key(place.tenant, place.lead).await?;
    let mut info = row.info(&*key, place.tenant, link.attachment)?;
    let Fate::Kept { content, .. } = row.fate else { return Err(Fault::NotFound.into()) };
    let file = content::open(&*ports.keyring, &*ports.blobs, place.tenant, content).await?.open(&grant);
    // What the sender calls it is no business of the carrier's.
    info.filename = None;
    let mut response = as_download(&info, file);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
