//! Fetches the files that clients send from where their providers serve them (DOC-1).
//!
//! Promises: only a provider's own hosts are asked, over https, with the connection's credentials given to those alone that
//! take them; every step of a redirect is checked as the first one was; a name that leads into a private network is refused,
//! and the connection goes to the very addresses that were checked, so that a name can't change its mind in between; the one
//! exception is the origin that the connection's own `api_base_url` names. No more is read than may be kept, no longer than
//! the time that was given, and only what is what it was said to be, by its type and by the hash that was told of it, is handed on.
//!
//! Deliberately does not know: retries, and where the bytes go.

mod address;
mod kind;

use hearthline_engine::media::{Announced, MediaRefusal};
use reqwest::{Client, Response, StatusCode, Url, header};
use serde::Deserialize;
use std::{net::SocketAddr, time::Duration};
use zeroize::Zeroizing;

use crate::http;
use address::{Grounds, Hosts};

/// Where a redirect chain ends. Twilio's takes two steps.
const REDIRECTS: usize = 5;
/// The version of the Graph API that media are asked by.
const GRAPH_VERSION: &str = "v23.0";
const GRAPH: &str = "https://graph.facebook.com";
/// What the Graph API says of a file is far smaller.
const DESCRIPTION_BYTES: usize = 64 * 1024;

/// Bounds of every file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For all of it: names, connections, redirects and the body.
    pub timeout: Duration,
    pub max_bytes: usize,
}

/// Who asks. Has no `Debug`; secrets are wiped when it is dropped.
pub enum Credentials {
    Twilio { account_sid: String, auth_token: Zeroizing<String> },
    Meta { access_token: Zeroizing<String> },
}

/// Where a connection's files may come from, and by whose leave.
pub struct Account {
    credentials: Credentials,
    grounds: Grounds,
}

/// A file that came whole and is what it was said to be.
pub struct Fetched {
    pub bytes: Vec<u8>,
    /// In lower case, without parameters.
    pub mime_type: String,
}

/// No file this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file could not be fetched: {reason}")]
pub struct Failed {
    pub reason: MediaRefusal,
    /// What the provider asks for, if it does.
    pub retry_after: Option<Duration>,
}

impl From<MediaRefusal> for Failed {
    fn from(reason: MediaRefusal) -> Self {
        Self { reason, retry_after: None }
    }
}

impl Account {
    /// A connection's account. `api_base_url`: where a simulator or a regional edge stands in for the provider.
    ///
    /// # Errors
    /// [`MediaRefusal::BadAddress`]: that is no URL.
    pub fn new(credentials: Credentials, api_base_url: Option<&str>) -> Result<Self, MediaRefusal> {
        let own =
            api_base_url.map(|url| Url::parse(url).map_err(|_| MediaRefusal::BadAddress)).transpose()?;
        let hosts = match credentials {
            Credentials::Twilio { .. } => Hosts::TWILIO,
            Credentials::Meta { .. } => Hosts::META,
        };
        Ok(Self { credentials, grounds: Grounds { own, hosts } })
    }

    /// Where the Graph API says where a file is. Whatever the id holds stays one segment of the path.
    fn description(&self, media_id: &str) -> Result<Url, MediaRefusal> {
        let usual = || Url::parse(GRAPH).expect("it is one");
        let mut url = self.grounds.own.clone().unwrap_or_else(usual);
        url.path_segments_mut()
            .map_err(|()| MediaRefusal::BadAddress)?
            .pop_if_empty()
            .extend([GRAPH_VERSION, media_id]);
        Ok(url)
    }
}

/// Fetches a file.
///
/// # Errors
/// [`Failed`], with the reason.
pub async fn fetch(account: &Account, file: &Announced, limits: Limits) -> Result<Fetched, Failed> {
    match tokio::time::timeout(limits.timeout, fetch_in_time(account, file, limits)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(MediaRefusal::TooSlow.into()),
    }
}

async fn fetch_in_time(account: &Account, file: &Announced, limits: Limits) -> Result<Fetched, Failed> {
    let (url, described) = whereabouts(account, file).await?;
    let response = follow(account, url).await?;
    if response.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(MediaRefusal::Encoded.into());
    }
    let stated = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let stated = file.mime_type.clone().or(described.mime_type).or_else(|| stated.map(str::to_owned));
    let bytes = body(response, limits.max_bytes).await?;
    if bytes.is_empty() {
        return Err(MediaRefusal::Empty.into());
    }
    let described = Announced { sha256: described.sha256, ..Announced::default() };
    if !file.is(&bytes) || !described.is(&bytes) {
        return Err(MediaRefusal::NotAsAnnounced.into());
    }
    let mime_type = kind::agreed(stated.as_deref(), &bytes)?;
    Ok(Fetched { bytes, mime_type })
}

/// What the Graph API says of a file.
#[derive(Default, Deserialize)]
struct Description {
    url: String,
    mime_type: Option<String>,
    sha256: Option<String>,
}

/// The file's address, asked for where the provider tells only an id. An address that came with an id is a short-lived one.
async fn whereabouts(account: &Account, file: &Announced) -> Result<(Url, Description), Failed> {
    let parse = |url: &str| Url::parse(url).map_err(|_| Failed::from(MediaRefusal::BadAddress));
    let (Some(id), Credentials::Meta { .. }) = (&file.media_id, &account.credentials) else {
        return Ok((parse(&file.url)?, Description::default()));
    };
    let response = follow(account, account.description(id)?).await?;
    let read = body(response, DESCRIPTION_BYTES).await?;
    let described: Description =
        serde_json::from_slice(&read).map_err(|_| Failed::from(MediaRefusal::ProviderFailed))?;
    Ok((parse(&described.url)?, described))
}

/// Asks for an address, and for those that it leads on to.
async fn follow(account: &Account, mut url: Url) -> Result<Response, Failed> {
    for _ in 0..=REDIRECTS {
        let checked = account.grounds.check(&url).await?;
        let response = ask(account, &url, checked).await?;
        if !response.status().is_redirection() {
            return answered(response);
        }
        let next = response.headers().get(header::LOCATION).and_then(|next| next.to_str().ok());
        url = next.and_then(|next| url.join(next).ok()).ok_or(MediaRefusal::BadAddress)?;
    }
    Err(MediaRefusal::TooManyRedirects.into())
}

async fn ask(account: &Account, url: &Url, checked: Vec<SocketAddr>) -> Result<Response, Failed> {
    let client = client(url, &checked).map_err(|_| MediaRefusal::Unreachable)?;
    let mut request = client.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
    if account.grounds.takes_credentials(url) {
        request = match &account.credentials {
            Credentials::Twilio { account_sid, auth_token } => {
                request.basic_auth(account_sid, Some(auth_token.as_str()))
            }
            Credentials::Meta { access_token } => request.bearer_auth(access_token.as_str()),
        };
    }
    request.send().await.map_err(|error| lost(&error).into())
}

/// A client for one address: pinned to what its name was checked to lead to, and past no proxy, which would ask anew.
fn client(url: &Url, checked: &[SocketAddr]) -> Result<Client, http::NoClient> {
    let settings = http::Settings { idle_connections: 0, ..http::Settings::default() };
    let host = url.host_str().unwrap_or_default();
    settings.client_with(|builder| match checked {
        [] => builder.no_proxy(),
        addresses => builder.no_proxy().resolve_to_addrs(host, addresses),
    })
}

fn lost(error: &reqwest::Error) -> MediaRefusal {
    if error.is_timeout() && !error.is_connect() { MediaRefusal::TooSlow } else { MediaRefusal::Unreachable }
}

fn answered(response: Response) -> Result<Response, Failed> {
    let retry_after = http::retry_after(&response);
    let reason = match response.status() {
        StatusCode::OK => return Ok(response),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => MediaRefusal::NotAuthorized,
        StatusCode::NOT_FOUND | StatusCode::GONE => MediaRefusal::Gone,
        StatusCode::TOO_MANY_REQUESTS => MediaRefusal::Throttled,
        _ => MediaRefusal::ProviderFailed,
    };
    Err(Failed { reason, retry_after })
}

/// The whole body, if it is not larger than that. What is too large is not read further.
async fn body(mut response: Response, at_most_bytes: usize) -> Result<Vec<u8>, MediaRefusal> {
    if response.content_length().is_some_and(|stated| stated > at_most_bytes as u64) {
        return Err(MediaRefusal::TooLarge);
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > at_most_bytes => {
                return Err(MediaRefusal::TooLarge);
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(MediaRefusal::TooSlow),
            Err(_) => return Err(MediaRefusal::CutShort),
        }
    }
}
