//! Listening and serving: HTTP/1.1 with upgrades, on connections that are bounded in number, in size and in patience.
//!
//! Not `axum::serve`: its listener queues 128 connections, so that a burst of 1,000 webhooks is reset by the kernel, and
//! its connections wait for a header for ever.

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Semaphore, watch},
};
use tower::ServiceExt;

/// How many connections the kernel holds until we take them (it may allow fewer: `net.core.somaxconn`).
const WAITING: u32 = 8_192;
/// How many connections are open at a time; more wait in the kernel.
const OPEN: usize = 16_384;
/// How long a client may take to send a request's head, and how long a connection may lie idle between two.
const LONGEST_HEAD: Duration = Duration::from_secs(75);
/// What one connection buffers of what it reads, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long to wait when the process has no room for a connection (file descriptors, memory).
const NO_ROOM: Duration = Duration::from_millis(100);

/// Listens with a queue that holds bursts.
///
/// # Errors
/// The operating system's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart must not wait for the connections of the process before.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `stop`, then takes no more connections, finishes the requests under way and returns. Sockets that were
/// upgraded are not waited for: who runs them closes them.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(false);
    let room = Arc::new(Semaphore::new(OPEN));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, peer, seat)) = accepted else { continue };
        let (router, stopped) = (router.clone(), stopped.clone());
        tokio::spawn(async move {
            let _seat = seat;
            connection(stream, peer, router, stopped).await;
        });
    }
    drop((listener, stopped));
    stopping.send_replace(true);
    stopping.closed().await;
}

type Seat = tokio::sync::OwnedSemaphorePermit;

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, Seat)> {
    let seat = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and whole: nothing is gained by waiting for more to send.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, seat))
        }
        Err(error) if is_the_clients(&error) => None,
        Err(error) => {
            tracing::warn!(error = %error, "no connection can be taken for now");
            tokio::time::sleep(NO_ROOM).await;
            None
        }
    }
}

/// It went away before it was taken.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut served = pin!(served);
    tokio::select! {
        // What a client does to its own connection is no news.
        _ = served.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}
