//! An account of Twilio's, and the addresses of its messages.

use reqwest::{RequestBuilder, Url};
use zeroize::Zeroizing;

/// Where Twilio's API is, unless an account says otherwise.
const USUAL: &str = "https://api.twilio.com";
/// The one version of the API that has messages.
const VERSION: &str = "2010-04-01";

/// Who asks, and where. Has no `Debug`; the token is wiped when it is dropped. (Copies that go into a request's head are
/// not: they live as long as the request.)
#[derive(Clone)]
pub struct Account {
    base: Url,
    account_sid: String,
    auth_token: Zeroizing<String>,
}

/// The account can't be used. The wrong values are not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAccount {
    /// No URL, or one with a user, a query or a fragment.
    #[error("the API's base URL must be http:// or https:// with a host and no user, query or fragment")]
    BaseUrl,
    /// Letters and digits are all that Twilio's ids have.
    #[error("the account SID must be letters and digits")]
    AccountSid,
}

impl Account {
    /// An account; `base_url` is Twilio's own if there is none, else where a simulator or a regional edge is.
    ///
    /// # Errors
    /// [`BadAccount`].
    pub fn new(
        base_url: Option<&str>,
        account_sid: impl Into<String>,
        auth_token: impl Into<String>,
    ) -> Result<Self, BadAccount> {
        let auth_token = Zeroizing::new(auth_token.into());
        let base = Url::parse(base_url.unwrap_or(USUAL)).map_err(|_| BadAccount::BaseUrl)?;
        let bare = base.username().is_empty()
            && base.password().is_none()
            && base.query().is_none()
            && base.fragment().is_none();
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() || !bare {
            return Err(BadAccount::BaseUrl);
        }
        let account_sid = account_sid.into();
        if account_sid.is_empty() || !account_sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadAccount::AccountSid);
        }
        Ok(Self { base, account_sid, auth_token })
    }

    /// Who asks.
    #[must_use]
    pub fn account_sid(&self) -> &str {
        &self.account_sid
    }

    pub(super) fn sign_in(&self, request: RequestBuilder) -> RequestBuilder {
        request.basic_auth(&self.account_sid, Some(self.auth_token.as_str()))
    }

    /// All messages of the account.
    pub(super) fn messages(&self) -> Url {
        self.at(&["Messages.json"])
    }

    /// One message. Whatever the sid holds stays one segment of the path.
    pub(super) fn message(&self, sid: &str) -> Url {
        self.at(&["Messages", &format!("{sid}.json")])
    }

    /// What Twilio calls `uri`: a path on its own host. Another host is never asked, whatever an answer says.
    pub(super) fn resolve(&self, uri: &str) -> Option<Url> {
        let base = self.base.as_str().trim_end_matches('/');
        uri.starts_with('/').then(|| Url::parse(&[base, uri].concat()).ok())?
    }

    fn at(&self, below: &[&str]) -> Url {
        let mut url = self.base.clone();
        let mut path = url.path_segments_mut().expect("http and https have paths");
        path.pop_if_empty().extend([VERSION, "Accounts", &self.account_sid]).extend(below);
        drop(path);
        url
    }
}
