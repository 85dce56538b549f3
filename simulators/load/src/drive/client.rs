//! A person's client of the public routes: signs in again when its token has run out, and comes again when it is told to.

use hearthline_simulators::client::client as http_client;
use parking_lot::Mutex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// How often something is asked again that was answered 429 or 503.
const AGAIN: u32 = 8;
/// How long a "later" is waited for at most.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The server said no: its status, and the code of its problem. Its words are left out: they may quote.
    #[error("{method} {path} was answered {status} ({code})")]
    Refused { method: Method, path: String, status: u16, code: String },
    #[error("{method} {path} was not answered")]
    Unanswered {
        method: Method,
        path: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("an HTTP client can't be made")]
    NoClient(#[source] std::io::Error),
    #[error("{0} is not in the answer")]
    Missing(&'static str),
    #[error("{0} did not come true in time")]
    Late(&'static str),
}

impl Failed {
    /// Whether the server took it and said no, as it may to people who are late.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// Speaks for one person, or for nobody yet. Cheap to clone; clones share a session.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    base: String,
    /// E-mail address and password of whoever it is.
    sign_in: Option<(String, String)>,
    token: Mutex<String>,
}

impl Client {
    /// Nobody's, of the server at that address.
    ///
    /// # Errors
    /// [`Failed::NoClient`].
    pub fn new(base: &str) -> Result<Self, Failed> {
        let http = http_client(CONNECT_TIMEOUT, "hearthline-load").map_err(Failed::NoClient)?;
        Ok(Self(Arc::new(Inner { http, base: base.to_owned(), sign_in: None, token: Mutex::default() })))
    }

    /// The same server, with somebody's token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.of(None, token)
    }

    /// Signs in.
    ///
    /// # Errors
    /// The server's.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Self, Failed> {
        let person = self.of(Some((email.to_owned(), password.to_owned())), "");
        person.renew().await?;
        Ok(person)
    }

    fn of(&self, sign_in: Option<(String, String)>, token: &str) -> Self {
        let (http, base) = (self.0.http.clone(), self.0.base.clone());
        Self(Arc::new(Inner { http, base, sign_in, token: Mutex::new(token.to_owned()) }))
    }

    async fn renew(&self) -> Result<(), Failed> {
        let Some((email, password)) = &self.0.sign_in else { return Ok(()) };
        let body = json!({"email": email, "password": password});
        let session = self.ask(&Method::POST, "/v1/sessions", Some(&body), &[]).await?.1;
        let token = session["access_token"].as_str().ok_or(Failed::Missing("access_token"))?;
        token.clone_into(&mut self.0.token.lock());
        Ok(())
    }

    /// Reads something.
    ///
    /// # Errors
    /// The server's, after it was asked as often as makes sense.
    pub async fn get(&self, path: &str) -> Result<Value, Failed> {
        self.call(Method::GET, path, None, &[]).await
    }

    /// Makes something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    /// Makes something once, however often it is asked for under that key.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post_once(&self, key: &str, path: &str, body: &Value) -> Result<Value, Failed> {
        self.call(Method::POST, path, Some(body), &[("Idempotency-Key", key)]).await
    }

    /// Changes something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, Failed> {
        self.call(Method::PATCH, path, Some(body), &[]).await
    }

    /// Whether the server has dealt with everything that it received and has nothing more to carry out.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn is_settled(&self) -> Result<bool, Failed> {
        let path = "/metrics";
        let unanswered = |source| Failed::Unanswered { method: Method::GET, path: path.to_owned(), source };
        let asked = self.0.http.get(format!("{}{path}", self.0.base)).timeout(TIMEOUT).send().await;
        let text = asked.map_err(unanswered)?.text().await.map_err(unanswered)?;
        let is_zero = |name: &str| {
            let line =
                text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
            line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()) == Some(0.0)
        };
        Ok(is_zero("hearthline_inbound_backlog") && is_zero("hearthline_outbox_backlog"))
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<Value, Failed> {
        let mut renewed = false;
        for attempt in 1..=AGAIN {
            let (status, answer, retry_after) = self.attempt(&method, path, body, headers).await?;
            match status {
                StatusCode::UNAUTHORIZED if !renewed && self.0.sign_in.is_some() => {
                    renewed = true;
                    Box::pin(self.renew()).await?;
                }
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE if attempt < AGAIN => {
                    tokio::time::sleep(retry_after.min(LONGEST_WAIT)).await;
                }
                status if status.is_success() => return Ok(answer),
                status => return Err(refused(method, path, status, &answer)),
            }
        }
        Err(Failed::Late("an answer that is none of \"later\""))
    }

    async fn ask(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<(StatusCode, Value), Failed> {
        let (status, answer, _) = self.attempt(method, path, body, headers).await?;
        if status.is_success() {
            Ok((status, answer))
        } else {
            Err(refused(method.clone(), path, status, &answer))
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<(StatusCode, Value, Duration), Failed> {
        let unanswered = |source| Failed::Unanswered { method: method.clone(), path: route_of(path), source };
        let mut request =
            self.0.http.request(method.clone(), format!("{}{path}", self.0.base)).timeout(TIMEOUT);
        let token = self.0.token.lock().clone();
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        let later = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let later = Duration::from_secs(later.and_then(|value| value.parse().ok()).unwrap_or(1));
        let bytes = response.bytes().await.map_err(unanswered)?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null), later))
    }
}

fn refused(method: Method, path: &str, status: StatusCode, answer: &Value) -> Failed {
    let code = answer["code"].as_str().unwrap_or("no code").to_owned();
    Failed::Refused { method, path: route_of(path), status: status.as_u16(), code }
}

/// Without its query, which may hold a phone number.
fn route_of(path: &str) -> String {
    path.split('?').next().unwrap_or_default().to_owned()
}
