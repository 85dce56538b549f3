//! What all handlers share.

use std::{ops::Deref, sync::Arc};

use hearthline_engine::time::{Pace, Timestamp};
use hearthline_storage_api::{DataKey, rows::idempotency::OperationIds};
use tokio::sync::Semaphore;

use crate::{
    grants::Grants, hooks::Hooks, limits::Limits, passwords::Passwords, ports::Ports, sessions::Sessions,
    tickets::Tickets, turns::Turns,
};

/// Files that are uploaded at a time; more are asked to come again.
const UPLOADS_AT_A_TIME: usize = 16;

/// The surface's state: cheap to clone, the same for every route.
#[derive(Clone)]
pub struct Gateway(Arc<Shared>);

/// What stands behind a [`Gateway`].
pub struct Shared {
    pub(crate) ports: Ports,
    pub(crate) limits: Limits,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) tickets: Tickets,
    pub(crate) hooks: Hooks,
    /// Room for files that are being uploaded: each is in memory as a whole.
    pub(crate) uploads: Semaphore,
    pub(crate) grants: Grants,
    /// Held by whoever verifies the audit log.
    pub(crate) verifying: tokio::sync::Mutex<()>,
    /// Of idempotency keys that are being worked on.
    pub(crate) in_flight: Turns<[u8; 32]>,
    email_key: Arc<dyn DataKey>,
}

impl Deref for Gateway {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Gateway {
    /// Builds the state; nothing is read yet.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        let sessions = Arc::new(Sessions::new(&ports));
        Self(Arc::new(Shared {
            limits: Limits::new(&ports.settings.limits, ports.metrics.clone()),
            passwords: Passwords::new(ports.settings.password_cost, &*ports.random),
            tickets: Tickets::new(&ports),
            hooks: Hooks::new(&ports),
            uploads: Semaphore::new(UPLOADS_AT_A_TIME),
            grants: Grants::new(&*ports.keyring, ports.settings.raw_access),
            verifying: tokio::sync::Mutex::default(),
            in_flight: Turns::default(),
            email_key: ports.keyring.deployment_key("sign_in"),
            sessions,
            ports,
        }))
    }

    /// Sessions: for sockets, which must end when a session does.
    #[must_use]
    pub fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// Socket tickets: for the route that redeems them.
    #[must_use]
    pub fn tickets(&self) -> &Tickets {
        &self.tickets
    }

    /// Forgets what is cached of a connection, after somebody else changed it.
    pub fn forget_connection(&self, connection: hearthline_engine::ids::ConnectionId) {
        self.hooks.forget(connection);
    }

    /// The engine's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// How fast the engine's time runs.
    pub(crate) fn pace(&self) -> Pace {
        self.ports.clock.pace()
    }

    /// Wall time.
    pub(crate) fn wall(&self) -> Timestamp {
        self.ports.wall.now()
    }

    /// What an e-mail address is limited by, so that none is kept in memory.
    pub(crate) fn hashed_email(&self, normalized: &str) -> [u8; 32] {
        self.email_key.keyed_hash("limit", normalized.as_bytes())
    }

    pub(crate) fn fresh_ids(&self) -> OperationIds {
        let now = self.now();
        OperationIds(std::array::from_fn(|_| self.ports.random.uuid_v7(now)))
    }
}
