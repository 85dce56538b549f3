//! An account at Meta, and the address of its messages.

use reqwest::{RequestBuilder, Url};
use zeroize::Zeroizing;

use super::VERSION;

/// Which of Meta's hosts serves an account, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// Numbers of WhatsApp's, pages, and Instagram accounts by the page that they are linked to.
    Facebook,
    /// Instagram accounts that were connected without a page ("Instagram API with Instagram Login").
    Instagram,
}

impl Host {
    const fn usual(self) -> &'static str {
        match self {
            Self::Facebook => "https://graph.facebook.com",
            Self::Instagram => "https://graph.instagram.com",
        }
    }
}

/// Who asks, and where. Has no `Debug`; the token is wiped when it is dropped. (Copies that go into a request's head are
/// not: they live as long as the request.)
#[derive(Clone)]
pub struct Account {
    base: Url,
    id: String,
    access_token: Zeroizing<String>,
}

/// The account can't be used. The wrong values are not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAccount {
    /// No URL, or one with a user, a query or a fragment.
    #[error("the API's base URL must be http:// or https:// with a host and no user, query or fragment")]
    BaseUrl,
    /// Empty.
    #[error("the account's id must not be empty")]
    Id,
}

impl Account {
    /// An account; `base_url` is the usual host if there is none, else where a simulator or a proxy is.
    ///
    /// # Errors
    /// [`BadAccount`].
    pub fn new(
        base_url: Option<&str>,
        host: Host,
        id: impl Into<String>,
        access_token: impl Into<String>,
    ) -> Result<Self, BadAccount> {
        let access_token = Zeroizing::new(access_token.into());
        let base = Url::parse(base_url.unwrap_or(host.usual())).map_err(|_| BadAccount::BaseUrl)?;
        let bare = base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !bare {
            return Err(BadAccount::BaseUrl);
        }
        let id = id.into();
        if id.is_empty() { Err(BadAccount::Id) } else { Ok(Self { base, id, access_token }) }
    }

    pub(super) fn sign_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(self.access_token.as_str())
    }

    /// Where its messages are asked for. Whatever the id holds stays one segment of the path.
    pub(super) fn messages(&self) -> Url {
        self.below(&["messages"])
    }

    /// Where it is itself, by its id alone.
    pub(super) fn itself(&self) -> Url {
        let mut url = self.below(&[]);
        url.set_query(Some("fields=id"));
        url
    }

    fn below(&self, rest: &[&str]) -> Url {
        let mut url = self.base.clone();
        let mut path = url.path_segments_mut().expect("http and https have paths");
        path.pop_if_empty().extend([VERSION, &self.id]).extend(rest);
        drop(path);
        url
    }
}
