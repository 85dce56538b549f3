//! Sockets end with their session.

use hearthline_api::close;
use hearthline_http::{Ended, Gateway};
use hearthline_live::Hub;
use std::sync::Arc;
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle};

/// Closes the sockets of every session that ends, at once.
pub fn close_ended(gateway: &Gateway, hub: Arc<Hub>) -> JoinHandle<()> {
    let mut ended = gateway.sessions().ended();
    tokio::spawn(async move {
        loop {
            match ended.recv().await {
                Ok(Ended::Session(session)) => hub.close_session(session.0, close::SESSION_ENDED),
                Ok(Ended::User(user)) => hub.close_user(user, close::SESSION_ENDED),
                Ok(Ended::Rights(user)) => hub.close_user(user, close::DECK_MOVED),
                // Some endings were not heard: whoever is still signed in comes back at once.
                Err(RecvError::Lagged(_)) => hub.close_all(close::DECK_MOVED),
                Err(RecvError::Closed) => return,
            }
        }
    })
}
