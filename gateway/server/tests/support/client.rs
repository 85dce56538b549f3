//! HTTP as a client of ours speaks it.

use hearthline_providers::http::plain;
use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
};
use serde_json::Value;

use super::{LONG_ENOUGH, Log, Server};

/// Speaks with one server, as somebody or as nobody.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    pub(super) log: Log,
}

/// An HTTP client with nothing of ours in it.
pub fn bare_client() -> reqwest::Client {
    plain().build().expect("an HTTP client")
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    request: String,
    log: Log,
}

impl Client {
    /// Nobody, or whoever the token belongs to.
    pub fn new(server: &Server, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..Self::at(&server.address(), server.log().clone()) }
    }

    /// Nobody, at any address.
    pub fn at(base: &str, log: Log) -> Self {
        let http = plain().timeout(LONG_ENOUGH).build().expect("an HTTP client");
        Self { http, base: base.to_owned(), token: None, log }
    }

    /// The same connections, with another token.
    #[must_use]
    pub fn with(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same connections, as nobody.
    #[must_use]
    pub fn nobody(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Where the server is.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// A request to be completed and sent with [`Self::send`].
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A request to any address, without a token.
    pub fn raw(&self, method: Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sends a request; no answer at all fails the test.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        match self.try_send(request).await {
            Ok(answer) => answer,
            Err(error) => self.log.fail(&format!("no answer: {error:?}")),
        }
    }

    /// Sends a request to a server that may be gone.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let request = request.build()?;
        let asked = format!("{} {}", request.method(), request.url());
        let answer = self.http.execute(request).await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Ok(Answer { status, headers, text: answer.text().await?, request: asked, log: self.log.clone() })
    }

    /// Every page of a list, with so many items to a page.
    pub async fn pages(&self, path: &str, limit: usize) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{joint}limit={limit}{cursor}")).await.ok();
            pages.push(page["items"].as_array().expect("a list has items").clone());
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                other => {
                    assert_eq!(other, &Value::Null, "next_cursor is a text or null");
                    return pages;
                }
            }
            assert!(pages.len() < 1_000, "{path} never ends");
        }
    }

    /// All items of a list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        self.pages(path, 200).await.concat()
    }
}

impl Answer {
    /// The JSON of a good answer.
    #[track_caller]
    pub fn ok(self) -> Value {
        if !(200..300).contains(&self.status) {
            self.log.fail(&format!("{}: {}: {}", self.request, self.status, self.text));
        }
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The JSON of any answer.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.request, self.text))
    }

    /// Checks status and stable code of a problem, and its media type.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        let kind = self.headers.get("content-type").map(HeaderValue::as_bytes);
        assert_eq!(kind, Some(&b"application/problem+json"[..]), "{}: {}", self.request, self.text);
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}: {}", self.request, self.text);
        problem
    }

    /// Checks that the thing does not exist as far as this client may know.
    #[track_caller]
    pub fn not_found(&self) {
        self.problem(404, "not_found");
    }

    /// What was wrong with the fields: `(field, code)` in the order of their names.
    #[track_caller]
    pub fn wrong_fields(&self) -> Vec<(String, String)> {
        let problem = self.problem(422, "validation_failed");
        let errors = problem["errors"].as_array().expect("a list of errors");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let mut wrong: Vec<_> =
            errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect();
        wrong.sort();
        wrong
    }
}
