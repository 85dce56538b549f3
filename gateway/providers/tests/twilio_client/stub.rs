//! A server that answers every request with bytes of the test's choice, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One request, as it came over the wire.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /path HTTP/1.1` and the headers.
    pub head: String,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub struct Stub {
    pub base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Answers the n-th request with the n-th of these, and closes the connection; the last one goes on answering.
    /// Nothing is said if it is empty, and the connection stays open.
    pub async fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let known = asked.clone();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                let Some(request) = read(&mut connection).await else { continue };
                let n = {
                    let mut known = known.lock().expect("a list");
                    known.push(request);
                    known.len() - 1
                };
                match answers.get(n.min(answers.len() - 1)).filter(|answer| !answer.is_empty()) {
                    Some(answer) => connection.write_all(answer.as_bytes()).await.expect("a reader"),
                    None => silent.push(connection),
                }
            }
        });
        Self { base, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("a list").clone()
    }
}

async fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let asked = Asked { head: head.to_owned(), body: body.to_owned() };
            let length = asked.header("content-length").map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return Some(asked);
            }
        }
        let mut chunk = [0_u8; 4096];
        match connection.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}

/// An answer with its length.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    )
}
