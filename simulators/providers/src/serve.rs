//! Serving a router on a connection that can also be broken off: some answers of a provider never arrive.

use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::io;
use tokio::{net::TcpListener, task::JoinSet};
use tower::ServiceExt;

/// Marks a response that must not arrive: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vanishes;

/// An answer that never arrives.
pub(crate) fn vanishing() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Vanishes);
    response
}

/// Serves for ever; whoever drops the future ends all connections with it.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // What a client does to its own connection is no news.
                let Ok((stream, _)) = accepted else { continue };
                let _ = stream.set_nodelay(true);
                let router = router.clone();
                connections.spawn(async move {
                    let service = service_fn(move |request| answer(router.clone(), request));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn answer(router: Router, request: hyper::Request<Incoming>) -> io::Result<Response> {
    let request: Request = request.map(Body::new);
    let response = match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    if response.extensions().get::<Vanishes>().is_some() {
        return Err(io::Error::other("this answer was to be lost"));
    }
    Ok(response)
}
