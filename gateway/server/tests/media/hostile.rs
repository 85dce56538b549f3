//! A server that serves files as nobody should: it speaks to the socket itself, because no library would say such things.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
/// Stands in the picture, and nowhere on disk.
pub const WORD: &[u8] = b"quillwort-in-a-clients-picture";

pub fn picture() -> Vec<u8> {
    [PNG, WORD, &[7; 3_000]].concat()
}

/// A request that came: its path, and whether it showed credentials.
type Asked = Arc<Mutex<Vec<(String, bool)>>>;

pub struct Hostile {
    port: u16,
    asked: Asked,
    task: JoinHandle<()>,
}

impl Hostile {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Asked::default();
        let seen = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // Whoever breaks off has heard enough.
                tokio::spawn(answer(socket, Arc::clone(&seen)));
            }
        });
        Self { port, asked, task }
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address())
    }

    /// How often a path was asked for, and whether always with credentials.
    pub fn asked(&self, path: &str) -> (usize, bool) {
        let asked = self.asked.lock().expect("nobody panicked");
        let of: Vec<bool> =
            asked.iter().filter(|(known, _)| known == path).map(|(_, shown)| *shown).collect();
        (of.len(), of.iter().all(|shown| *shown))
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut socket: TcpStream, seen: Asked) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let times = {
        let mut seen = seen.lock().expect("nobody panicked");
        seen.push((target.clone(), head.to_ascii_lowercase().contains("\r\nauthorization: basic ")));
        seen.iter().filter(|(known, _)| *known == target).count()
    };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    match path {
        "/redirect" => say(&mut socket, "302 Found", &[&format!("Location: {query}")], b"").await,
        "/large" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999999\r\n\r\n";
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(PNG).await
        }
        "/endless" => endless(&mut socket, Duration::ZERO, &[0; 8192]).await,
        "/trickle" => endless(&mut socket, Duration::from_millis(100), b".").await,
        "/silent" => std::future::pending().await,
        "/page" => typed(&mut socket, "image/png", b"<!DOCTYPE html><html><script>alert(1)</script>").await,
        "/program" => {
            typed(&mut socket, "application/octet-stream", &[b"\x7fELF\x02\x01\x01", &[0; 60][..]].concat())
                .await
        }
        "/packed" => {
            say(
                &mut socket,
                "200 OK",
                &["Content-Type: image/png", "Content-Encoding: gzip"],
                &[0x1f, 0x8b, 8, 0],
            )
            .await
        }
        "/short" => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n";
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(PNG).await
        }
        "/nothing" => typed(&mut socket, "image/png", b"").await,
        "/missing" => say(&mut socket, "404 Not Found", &[], b"").await,
        "/closed" => say(&mut socket, "401 Unauthorized", &[], b"").await,
        "/second-time" if times == 1 => say(&mut socket, "503 Service Unavailable", &[], b"").await,
        _ => typed(&mut socket, "image/png", &picture()).await,
    }
}

async fn typed(socket: &mut TcpStream, kind: &str, body: &[u8]) -> std::io::Result<()> {
    say(socket, "200 OK", &[&format!("Content-Type: {kind}")], body).await
}

async fn say(socket: &mut TcpStream, status: &str, headers: &[&str], body: &[u8]) -> std::io::Result<()> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(body).await?;
    socket.shutdown().await
}

/// A body without an end, a chunk at a time.
async fn endless(socket: &mut TcpStream, pause: Duration, chunk: &[u8]) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    loop {
        socket.write_all(format!("{:x}\r\n", chunk.len()).as_bytes()).await?;
        socket.write_all(chunk).await?;
        socket.write_all(b"\r\n").await?;
        tokio::time::sleep(pause).await;
    }
}
