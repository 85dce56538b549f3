//! The HTTP client by which simulators call webhooks and fetch media.

use reqwest::{Client, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use std::{io, sync::Arc, time::Duration};

/// A client that trusts what the machine trusts; on a machine without root certificates, plain HTTP alone works. Webhooks
/// that redirect are not followed: providers report them as failed.
#[expect(
    clippy::disallowed_methods,
    reason = "what makes clients elsewhere is ours, and nothing of ours is used here"
)]
///
/// # Errors
/// No client could be made.
pub fn client(connect_timeout: Duration, user_agent: &str) -> io::Result<Client> {
    let tls = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
    };
    let tls = match tls().with_platform_verifier() {
        Ok(tls) => tls.with_no_client_auth(),
        Err(_) => tls().with_root_certificates(RootCertStore::empty()).with_no_client_auth(),
    };
    let builder = Client::builder().tls_backend_preconfigured(tls);
    let builder = builder.redirect(redirect::Policy::none()).retry(reqwest::retry::never());
    builder.connect_timeout(connect_timeout).user_agent(user_agent).build().map_err(io::Error::other)
}
