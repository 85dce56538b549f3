//! The one way to make an HTTP client: TLS is rustls with ring, and trust is the machine's own root certificates.
//!
//! reqwest is built without a TLS provider of its own, so that only one is in the binary; a client that is made past this
//! module panics when it is built, and clippy says so before (`clippy.toml`).

use reqwest::{ClientBuilder, Response, header, redirect};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

/// A builder with TLS as we want it.
#[expect(clippy::disallowed_methods, reason = "this is the module past which no client is made")]
fn with_tls(tls: ClientConfig) -> ClientBuilder {
    reqwest::Client::builder().tls_backend_preconfigured(tls)
}

/// A client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("making an HTTP client")]
pub struct NoClient(#[source] reqwest::Error);

/// Bounds of every call through one client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For a name, a connection and TLS. Shorter than `timeout`, so that a provider which can't be reached at all is told
    /// from one that may have read the request.
    pub connect_timeout: Duration,
    /// For all of a call, its answer included.
    pub timeout: Duration,
    /// Idle connections kept to one host.
    pub idle_connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            idle_connections: 16,
        }
    }
}

/// Kept shorter than servers keep theirs: a request on a connection that is just being closed is an unknown one.
const IDLE: Duration = Duration::from_secs(30);

impl Settings {
    /// A client that speaks to providers: no redirects, no repetition by itself.
    pub(crate) fn client(&self) -> Result<reqwest::Client, NoClient> {
        self.client_with(|builder| builder)
    }

    /// The same, with something more said of it.
    pub(crate) fn client_with(
        &self,
        more: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<reqwest::Client, NoClient> {
        let builder = with_tls(TRUSTING.clone())
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_max_idle_per_host(self.idle_connections)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("hearthline/", env!("CARGO_PKG_VERSION")));
        more(builder).build().map_err(NoClient)
    }
}

/// A client for plain HTTP: it trusts no certificate, and reads none when it is made. For the demo and for tests, which
/// speak to servers on the same machine.
pub fn plain() -> ClientBuilder {
    with_tls(with_roots(RootCertStore::empty()))
}

/// Read once: the machine's certificates are some hundred files.
static TRUSTING: LazyLock<ClientConfig> = LazyLock::new(|| match tls().with_platform_verifier() {
    Ok(config) => config.with_no_client_auth(),
    Err(error) => {
        tracing::warn!(%error, "no root certificates found on this machine: providers can't be reached over https");
        with_roots(RootCertStore::empty())
    }
});

fn with_roots(roots: RootCertStore) -> ClientConfig {
    tls().with_root_certificates(roots).with_no_client_auth()
}

fn tls() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
}

/// An answer's body did not come whole, or is larger than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoBody;

/// The whole body, if it comes and is not larger than that. What is too large is not read further.
pub(crate) async fn body(mut response: Response, at_most_bytes: usize) -> Result<Vec<u8>, NoBody> {
    if response.content_length().is_some_and(|stated| stated > at_most_bytes as u64) {
        return Err(NoBody);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NoBody)? {
        if body.len() + chunk.len() > at_most_bytes {
            return Err(NoBody);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What `Retry-After` asks for, in seconds; its form as a date is not used by those we speak to. At most a day, because a
/// mistake of theirs must not silence a tenant.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    const AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);
    let asked = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    asked.parse().ok().map(|seconds| Duration::from_secs(seconds).min(AT_MOST))
}
