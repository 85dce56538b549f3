//! Which addresses may be asked for a file, and which of them with credentials.

use hearthline_engine::media::MediaRefusal;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A provider's hosts; a name that starts with a dot stands for all below it.
pub(super) struct Hosts {
    /// Where files are.
    files: &'static [&'static str],
    /// Of these, those that take the connection's credentials.
    with_credentials: &'static [&'static str],
}

impl Hosts {
    /// Media are asked for at the API, which sends on to Twilio's CDN or to a signed address of S3 (Twilio documentation,
    /// "Media resource").
    pub const TWILIO: &'static Self = &Self {
        files: &[".twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com", ".s3.amazonaws.com"],
        with_credentials: &["api.twilio.com", ".api.twilio.com"],
    };
    /// WhatsApp's files need the token at every step (Meta: "Media, download"); addresses of Messenger's and Instagram's
    /// carry their own permission.
    pub const META: &'static Self = &Self {
        files: &[
            ".facebook.com",
            ".instagram.com",
            ".fbsbx.com",
            ".fbcdn.net",
            ".cdninstagram.com",
            ".whatsapp.net",
        ],
        with_credentials: &["graph.facebook.com", "graph.instagram.com", "lookaside.fbsbx.com"],
    };
}

fn is_one_of(hosts: &[&str], host: &str) -> bool {
    hosts.iter().any(|known| if known.starts_with('.') { host.ends_with(known) } else { host == *known })
}

/// Where one connection's files may come from.
pub(super) struct Grounds {
    /// What the connection's `api_base_url` names: its origin may be asked as it is, wherever it is.
    pub own: Option<Url>,
    pub hosts: &'static Hosts,
}

impl Grounds {
    fn is_own(&self, url: &Url) -> bool {
        self.own.as_ref().is_some_and(|own| own.origin() == url.origin())
    }

    pub fn takes_credentials(&self, url: &Url) -> bool {
        self.is_own(url) || url.host_str().is_some_and(|host| is_one_of(self.hosts.with_credentials, host))
    }

    /// Whether the address may be asked, and to which addresses its name leads; none: it needs no pinning.
    pub async fn check(&self, url: &Url) -> Result<Vec<SocketAddr>, MediaRefusal> {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(MediaRefusal::BadAddress);
        }
        if self.is_own(url) {
            return Ok(Vec::new());
        }
        let host = url.host_str().ok_or(MediaRefusal::BadAddress)?;
        if let Ok(literal) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            let public = is_public(literal);
            return Err(if public { MediaRefusal::HostNotAllowed } else { MediaRefusal::PrivateAddress });
        }
        if url.scheme() != "https" || url.port().is_some() || !is_one_of(self.hosts.files, host) {
            return Err(MediaRefusal::HostNotAllowed);
        }
        let found = tokio::net::lookup_host((host, 443)).await.map_err(|_| MediaRefusal::Unreachable)?;
        let found: Vec<SocketAddr> = found.collect();
        match found.as_slice() {
            [] => Err(MediaRefusal::Unreachable),
            found if found.iter().all(|address| is_public(address.ip())) => Ok(found.to_vec()),
            _ => Err(MediaRefusal::PrivateAddress),
        }
    }
}

/// Whether an address is one of the public network's (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || matches!((a, b, c), (0 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _));
    !special
}

/// Only global unicast is; what carries an IPv4 address inside is what that is.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let inside = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inside(high, low),
        [0x2002, high, low, ..] => inside(high, low),
        // Teredo, benchmarking, ORCHID and documentation.
        [0x2001, 0 | 2 | 0x10..=0x3f | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_1_no_special_address_counts_as_public() {
        let public = |text: &str| is_public(text.parse().expect("an address"));
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::127.0.0.1",
        ] {
            assert!(!public(special), "{special}");
        }
        for plain in ["3.5.140.2", "157.240.1.1", "2a03:2880:f12f:83:face:b00c::25de", "::ffff:157.240.1.1"] {
            assert!(public(plain), "{plain}");
        }
    }

    async fn checked(own: Option<&str>, url: &str) -> Result<Vec<SocketAddr>, MediaRefusal> {
        let own = own.map(|own| Url::parse(own).expect("a URL"));
        Grounds { own, hosts: Hosts::TWILIO }.check(&Url::parse(url).expect("a URL")).await
    }

    #[tokio::test]
    async fn doc_1_only_a_providers_hosts_are_asked_and_the_connections_own() {
        let own = Some("http://127.0.0.1:4010/base");
        assert_eq!(checked(own, "http://127.0.0.1:4010/any").await, Ok(Vec::new()));
        for (url, reason) in [
            ("http://127.0.0.1:4011/any", MediaRefusal::PrivateAddress),
            ("https://127.0.0.1:4010/any", MediaRefusal::PrivateAddress),
            ("http://[::1]:4010/any", MediaRefusal::PrivateAddress),
            ("http://2130706433/any", MediaRefusal::PrivateAddress),
            ("http://0x7f.1/any", MediaRefusal::PrivateAddress),
            ("http://169.254.169.254/latest/meta-data", MediaRefusal::PrivateAddress),
            ("https://localhost/any", MediaRefusal::HostNotAllowed),
            ("https://example.com/any", MediaRefusal::HostNotAllowed),
            ("https://eviltwilio.com/any", MediaRefusal::HostNotAllowed),
            ("https://api.twilio.com.example.com/any", MediaRefusal::HostNotAllowed),
            ("http://api.twilio.com/any", MediaRefusal::HostNotAllowed),
            ("https://api.twilio.com:8443/any", MediaRefusal::HostNotAllowed),
            ("https://157.240.1.1/any", MediaRefusal::HostNotAllowed),
            ("https://user:word@api.twilio.com/any", MediaRefusal::BadAddress),
            ("file:///etc/passwd", MediaRefusal::BadAddress),
        ] {
            assert_eq!(checked(own, url).await, Err(reason), "{url}");
        }
    }

    #[test]
    fn doc_1_credentials_are_given_to_those_hosts_that_take_them() {
        let grounds =
            Grounds { own: Some(Url::parse("http://127.0.0.1:4010").expect("a URL")), hosts: Hosts::META };
        let takes = |url: &str| grounds.takes_credentials(&Url::parse(url).expect("a URL"));
        assert!(takes("https://graph.facebook.com/v23.0/7") && takes("https://lookaside.fbsbx.com/file"));
        assert!(takes("http://127.0.0.1:4010/file"));
        assert!(!takes("https://scontent.xx.fbcdn.net/file") && !takes("http://127.0.0.1:4011/file"));
        assert!(!takes("https://graph.facebook.com.example.com/"));
    }
}
