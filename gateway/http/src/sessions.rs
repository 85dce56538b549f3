//! Who is signed in (TEN-1): sessions behind tokens, with what is known of them cached for a few seconds.
//!
//! A session that ends here is refused here from that moment on, and [`Sessions::ended`] tells open sockets. Other
//! processes notice within [`FRESH_MS`]. When the store is away, nobody is let in on what was true a while ago.

use hearthline_actors::Clock;
use hearthline_api::Fault;
use hearthline_engine::{
    ids::{TenantId, UserId},
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::{
    Keyring, Random, Store,
    rows::{
        session::{self, Refusal, SessionId, SessionRow, Turn},
        tenant::{Backing, Updated},
        user::{self, UserRow},
    },
};
use std::sync::Arc;
use tokio::sync::broadcast;

use crate::{
    bounded::Bounded,
    metrics::{Metrics, SignInOutcome},
    ports::Ports,
    problem::Problem,
    tokens::{AccessClaims, Tokens},
    viewer::Viewer,
};

/// How long an access token lasts.
pub const ACCESS_LASTS: Seconds = Seconds(900);
/// How long a session lasts without a refresh.
pub const IDLE_LASTS: Seconds = Seconds(30 * 86_400);
/// How long what was read of a session or user is believed, in milliseconds of wall time.
const FRESH_MS: i64 = 5_000;
const CACHED: usize = 50_000;

/// Sessions and their tokens.
pub struct Sessions {
    store: Arc<dyn Store>,
    keyring: Arc<dyn Keyring>,
    random: Arc<dyn Random>,
    wall: Arc<dyn Clock>,
    tokens: Tokens,
    sessions: Bounded<SessionId, Fresh<SessionRow>>,
    users: Bounded<UserId, Fresh<Arc<UserRow>>>,
    ended: broadcast::Sender<Ended>,
    metrics: Metrics,
}

/// What ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Session(SessionId),
    /// All sessions of a user.
    User(UserId),
    /// None, but the user's role or team is another one: what is open begins again.
    Rights(UserId),
}

impl Ended {
    /// Whether a viewer's session is among what ended.
    #[must_use]
    pub fn concerns(&self, viewer: &Viewer) -> bool {
        match self {
            Self::Session(session) => *session == viewer.session,
            Self::User(user) | Self::Rights(user) => *user == viewer.user,
        }
    }
}

#[derive(Clone)]
struct Fresh<T> {
    value: T,
    read_at: Timestamp,
}

/// A signed-in session as it is handed out.
pub(crate) struct Grant {
    pub access_token: String,
    pub refresh_token: String,
    pub user: Arc<UserRow>,
    /// Who holds it.
    pub viewer: Viewer,
}

impl Sessions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            store: ports.store.clone(),
            keyring: ports.keyring.clone(),
            random: ports.random.clone(),
            wall: ports.wall.clone(),
            tokens: Tokens::new(&*ports.keyring),
            sessions: Bounded::new(CACHED),
            users: Bounded::new(CACHED),
            ended: broadcast::channel(1_024).0,
            metrics: ports.metrics.clone(),
        }
    }

    /// Tells of every session that ends in this process. Who lags behind asks [`Sessions::still_valid`].
    #[must_use]
    pub fn ended(&self) -> broadcast::Receiver<Ended> {
        self.ended.subscribe()
    }

    /// Who comes with that access token.
    ///
    /// # Errors
    /// 401; 503 when it can't be found out.
    pub async fn authenticate(&self, token: &str) -> Result<Viewer, Problem> {
        let claims = self.tokens.read_access(token).ok_or(Fault::TokenInvalid)?;
        if claims.expires_at <= self.wall.now() {
            return Err(Fault::TokenExpired.into());
        }
        let viewer = self.viewer(claims.tenant, claims.user, claims.session, claims.generation).await?;
        self.take_up(&viewer).await?;
        Ok(viewer)
    }

    /// Whether a viewer may go on: the session stands, and role and team are what they were.
    ///
    /// # Errors
    /// 401 when not; 503 when it can't be found out.
    pub async fn still_valid(&self, viewer: &Viewer) -> Result<(), Problem> {
        let now = self.viewer(viewer.tenant, viewer.user, viewer.session, viewer.generation).await?;
        // Who holds a ticket has the answer that it came with.
        self.take_up(viewer).await?;
        if (now.role, now.team) == (viewer.role, viewer.team) {
            return Ok(());
        }
        Err(Fault::SessionEnded.into())
    }

    /// What came with a token of this generation is used: the token before it works no more.
    async fn take_up(&self, viewer: &Viewer) -> Result<(), Problem> {
        let known = self.session(viewer.session).await?;
        if known.taken_up || known.generation != viewer.generation {
            return Ok(());
        }
        let taken = session::take_up(self.backing(), viewer.session, viewer.generation).await?;
        let value = taken.ok_or(Fault::SessionEnded)?;
        self.sessions.insert(viewer.session, Fresh { value, read_at: self.wall.now() });
        Ok(())
    }

    async fn viewer(
        &self,
        tenant: TenantId,
        user: UserId,
        session: SessionId,
        generation: u32,
    ) -> Result<Viewer, Problem> {
        let row = self.session(session).await?;
        let user_row = self.user(tenant, user).await?;
        let stands = (row.tenant, row.user) == (tenant, user)
            && row.revoked_at.is_none()
            && row.epoch == user_row.session_epoch;
        if !stands {
            return Err(Fault::SessionEnded.into());
        }
        Ok(viewer_of(&user_row, session, generation))
    }

    async fn session(&self, id: SessionId) -> Result<SessionRow, Problem> {
        let now = self.wall.now();
        if let Some(known) = self.sessions.get(&id).filter(|known| is_fresh(known.read_at, now)) {
            return Ok(known.value);
        }
        let row = session::load(&*self.store, id).await?.ok_or(Fault::SessionEnded)?;
        self.sessions.insert(id, Fresh { value: row, read_at: now });
        Ok(row)
    }

    /// The user's row, at most a few seconds old.
    pub(crate) async fn user(&self, tenant: TenantId, id: UserId) -> Result<Arc<UserRow>, Problem> {
        let now = self.wall.now();
        if let Some(known) = self.users.get(&id).filter(|known| is_fresh(known.read_at, now)) {
            return Ok(known.value);
        }
        let row = user::load(&*self.store, &*self.keyring, tenant, id).await?.ok_or(Fault::SessionEnded)?;
        let value = Arc::new(row.row);
        self.users.insert(id, Fresh { value: value.clone(), read_at: now });
        Ok(value)
    }

    /// A new session for a user whose password was right.
    pub(crate) async fn begin(&self, user: UserRow) -> Result<Grant, Problem> {
        let now = self.wall.now();
        let id = SessionId(self.random.uuid_v7(now));
        let refresh = Tokens::first_refresh(&*self.random, id);
        let row = SessionRow {
            tenant: user.tenant,
            user: user.id,
            epoch: user.session_epoch,
            generation: 0,
            token_hash: self.tokens.refresh_hash(&refresh),
            created_at: now,
            expires_at: now.plus(IDLE_LASTS),
            revoked_at: None,
            turned_at: None,
            taken_up: true,
        };
        session::create(self.backing(), id, &row).await?;
        self.sessions.insert(id, Fresh { value: row, read_at: now });
        self.metrics.sign_in(SignInOutcome::SignedIn);
        Ok(self.grant(viewer_of(&user, id, 0), self.tokens.refresh(&refresh), Arc::new(user)))
    }

    /// Turns a refresh token over. One that is shown again after what it was turned into was used ends its session.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Grant, Problem> {
        let turned = self.turned(token).await;
        self.metrics.sign_in(match &turned {
            Ok(_) => SignInOutcome::Refreshed,
            Err(Problem(Fault::RefreshTokenReused)) => SignInOutcome::RefreshReused,
            Err(_) => SignInOutcome::RefreshRefused,
        });
        turned
    }

    async fn turned(&self, token: &str) -> Result<Grant, Problem> {
        let shown = self.tokens.read_refresh(token).ok_or(Fault::RefreshTokenInvalid)?;
        let (id, now) = (shown.session, self.wall.now());
        let next = self.tokens.next_refresh(&shown);
        let turn = Turn {
            generation: shown.generation,
            hash: self.tokens.refresh_hash(&shown),
            next_hash: self.tokens.refresh_hash(&next),
            expires_at: now.plus(IDLE_LASTS),
        };
        let row = match session::turn(self.backing(), id, turn, now).await? {
            Ok(row) => row,
            Err(Refusal::Unknown) => return Err(Fault::RefreshTokenInvalid.into()),
            Err(Refusal::Over) => return Err(Fault::SessionEnded.into()),
            Err(Refusal::Reused) => {
                self.end(id).await?;
                return Err(Fault::RefreshTokenReused.into());
            }
        };
        self.sessions.insert(id, Fresh { value: row, read_at: now });
        let viewer = self.viewer(row.tenant, row.user, id, row.generation).await?;
        let user = self.user(row.tenant, row.user).await?;
        Ok(self.grant(viewer, self.tokens.refresh(&next), user))
    }

    fn grant(&self, viewer: Viewer, refresh_token: String, user: Arc<UserRow>) -> Grant {
        let claims = AccessClaims {
            session: viewer.session,
            generation: viewer.generation,
            tenant: user.tenant,
            user: user.id,
            role: user.role,
            expires_at: self.wall.now().plus(ACCESS_LASTS),
        };
        Grant { access_token: self.tokens.access(&claims), refresh_token, user, viewer }
    }

    /// Ends one session, durably, then everywhere in this process.
    pub(crate) async fn end(&self, id: SessionId) -> Result<(), Problem> {
        session::revoke(self.backing(), id, self.wall.now()).await?;
        self.sessions.remove(&id);
        self.tell(Ended::Session(id));
        Ok(())
    }

    /// Ends all sessions of a user.
    pub(crate) async fn end_all(&self, tenant: TenantId, id: UserId) -> Result<(), Problem> {
        let ended = user::update(self.backing(), tenant, id, |user| {
            user.session_epoch += 1;
            Ok::<(), std::convert::Infallible>(())
        });
        match ended.await? {
            Updated::Missing | Updated::Written(_) => {}
        }
        self.users.remove(&id);
        self.tell(Ended::User(id));
        Ok(())
    }

    /// What is known of a user is another thing now; with `rights`, what they may do, too.
    pub(crate) fn changed(&self, id: UserId, rights: bool) {
        self.users.remove(&id);
        if rights {
            self.tell(Ended::Rights(id));
        }
    }

    fn tell(&self, ended: Ended) {
        // Nobody listening is fine.
        let _ = self.ended.send(ended);
    }

    fn backing(&self) -> Backing<'_> {
        Backing { store: &*self.store, keyring: &*self.keyring, random: &*self.random }
    }
}

fn viewer_of(user: &UserRow, session: SessionId, generation: u32) -> Viewer {
    Viewer {
        tenant: user.tenant,
        user: user.id,
        session,
        generation,
        role: user.role,
        team: user.team,
        language: user.language.as_str().into(),
        time_zone: user.time_zone.as_deref().map(Into::into),
    }
}

/// A wall clock that was set back makes nothing fresh for longer.
fn is_fresh(read_at: Timestamp, now: Timestamp) -> bool {
    (0..FRESH_MS).contains(&now.millis_since(read_at))
}
