//! Users, and the claim that keeps their e-mail addresses unique in a deployment.

use bytes::Bytes;
pub use hearthline_engine::access::Role;
use hearthline_engine::{
    ids::{TeamId, TenantId, UserId},
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt};
use uuid::Uuid;

use super::{
    codec::{self, RowError},
    roster::{self, Listed},
    team,
    tenant::{self, Backing, Place, Updated, Versioned},
};
use crate::{Binding, KeyRange, Keyring, Partition, Store, Table, Write, keys::KeyWriter};

/// A person who signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub id: UserId,
    pub tenant: TenantId,
    /// As it was typed, without spaces around it.
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Admins may have none.
    pub team: Option<TeamId>,
    /// BCP 47.
    pub language: String,
    /// IANA name; none: the team's.
    pub time_zone: Option<String>,
    /// PHC string of argon2id; none: invited, can't sign in yet.
    pub password_hash: Option<String>,
    /// Grows when all sessions of the user end at once; a session of a lower one is over.
    pub session_epoch: u64,
    pub created_at: Timestamp,
    /// How they came to where they are.
    #[serde(default)]
    pub moves: Moves,
}

/// How a user's place in the tenant changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// How often role, team or standing did.
    pub count: u64,
    /// They signed out for good then; their row stays, because history names them.
    pub left_at: Option<Timestamp>,
    /// Who has the leads of one who left or became an administrator; none: nobody, they wait to be assigned.
    pub heir: Option<UserId>,
    /// Who changed it last.
    pub by: Option<UserId>,
    /// The operation that changed the user last: repeated under its idempotency key, it finds itself done.
    pub changed_by: Option<Uuid>,
}

impl UserRow {
    /// Whether leads can be theirs.
    #[must_use]
    pub const fn can_own_leads(&self) -> bool {
        let role = matches!(self.role, Role::Agent | Role::TeamLead);
        role && self.team.is_some() && self.moves.left_at.is_none()
    }
    /// Whether new leads of their team are given to them (IDN-1): active agents, not those who were only invited.
    #[must_use]
    pub const fn takes_new_leads(&self) -> bool {
        matches!(self.role, Role::Agent) && self.can_own_leads() && self.password_hash.is_some()
    }
}

/// Ids and role only: names, addresses and hashes stay out of logs.
impl fmt::Debug for UserRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRow").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

fn place<'a>(tenant: TenantId, user: &'a UserId) -> Place<'a> {
    let key = KeyWriter::new().fixed(tenant.as_bytes()).fixed(user.as_bytes()).finish();
    let binding = Binding { tenant, subject: user.as_bytes(), column: "user" };
    Place { partition: Partition { table: Table::User, key }, binding }
}

/// The user, if this tenant has them.
///
/// # Errors
/// [`RowError`].
pub async fn load(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    user: UserId,
) -> Result<Option<Versioned<UserRow>>, RowError> {
    tenant::load(store, keyring, &place(tenant, &user)).await
}

/// Changes a user by compare-and-set; `change` may be called again on a newer row.
///
/// # Errors
/// [`RowError`].
pub async fn update<E>(
    backing: Backing<'_>,
    tenant: TenantId,
    user: UserId,
    change: impl FnMut(&mut UserRow) -> Result<(), E>,
) -> Result<Updated<UserRow, E>, RowError> {
    tenant::update(backing, &place(tenant, &user), change).await
}

/// A page of the tenant's users, oldest first, after `after`.
///
/// # Errors
/// [`RowError`].
pub async fn list(
    store: &dyn Store,
    keyring: &dyn Keyring,
    tenant: TenantId,
    after: Option<Uuid>,
    limit: usize,
) -> Result<Vec<UserRow>, RowError> {
    let mut users = Vec::new();
    for id in roster::enrolled(store, tenant, Listed::User, after, limit).await? {
        if let Some(user) = load(store, keyring, tenant, UserId(id)).await? {
            users.push(user.row);
        }
    }
    Ok(users)
}

/// What became of a create.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Created {
    /// The user stands.
    User(Box<UserRow>),
    /// Another user of the deployment has that e-mail address.
    EmailTaken,
}

/// Claims the e-mail address, writes the user, appoints a team lead and puts the user on the roster, in this order.
/// Repeated with the same id, it finishes what was begun. `now` is wall time.
///
/// # Errors
/// [`RowError`]; repeat it with the same id.
pub async fn create(backing: Backing<'_>, row: UserRow, now: Timestamp) -> Result<Created, RowError> {
    if !claim_email(backing, &row, now).await? {
        return Ok(Created::EmailTaken);
    }
    let (tenant, id) = (row.tenant, row.id);
    let row = tenant::create(backing, &place(tenant, &id), row).await?;
    if let (Role::TeamLead, Some(team)) = (row.role, row.team) {
        appoint(backing, tenant, team, id).await?;
    }
    roster::enroll(backing.store, tenant, Listed::User, id.0).await?;
    Ok(Created::User(Box::new(row)))
}

/// Puts a user on the list of those who lead their team, or takes them off, and off the lists of these other teams: as the
/// row says.
///
/// # Errors
/// [`RowError`]; repeat it.
pub async fn lead_as_they_stand(
    backing: Backing<'_>,
    row: &UserRow,
    teams: &[TeamId],
) -> Result<(), RowError> {
    let leads = row.team.filter(|_| row.role == Role::TeamLead && row.can_own_leads());
    for team in teams.iter().filter(|team| Some(**team) != leads) {
        dismiss(backing, row.tenant, *team, row.id).await?;
    }
    match leads {
        Some(team) => appoint(backing, row.tenant, team, row.id).await,
        None => Ok(()),
    }
}

async fn appoint(backing: Backing<'_>, tenant: TenantId, team: TeamId, user: UserId) -> Result<(), RowError> {
    let appointed = team::update(backing, tenant, team, |team| {
        if !team.team_leads.contains(&user) {
            team.team_leads.push(user);
        }
        Ok::<(), Infallible>(())
    });
    match appointed.await? {
        Updated::Missing | Updated::Written(_) => Ok(()),
    }
}

async fn dismiss(backing: Backing<'_>, tenant: TenantId, team: TeamId, user: UserId) -> Result<(), RowError> {
    let dismissed = team::update(backing, tenant, team, |team| {
        team.team_leads.retain(|lead| *lead != user);
        Ok::<(), Infallible>(())
    });
    match dismissed.await? {
        Updated::Missing | Updated::Written(_) => Ok(()),
    }
}

/// Whose an e-mail address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct EmailClaim {
    tenant: TenantId,
    user: UserId,
    /// Wall time.
    claimed_at: Timestamp,
}

const CLAIM_ROW: &[u8] = b"e";

/// A claim whose user never came can be taken over after that long: far beyond the time-out of any request.
const CLAIM_STANDS_FOR: Seconds = Seconds(600);

/// Lower case and without spaces around it: the form in which addresses are compared.
#[must_use]
pub fn normalized_email(email: &str) -> String {
    email.trim().to_lowercase()
}

fn email_partition(keyring: &dyn Keyring, email: &str) -> Partition {
    let key = keyring.deployment_key("user_email");
    let hash = key.keyed_hash("user_email", normalized_email(email).as_bytes());
    Partition { table: Table::UserEmail, key: Bytes::copy_from_slice(&hash) }
}

/// The user with that e-mail address, in whichever tenant.
///
/// # Errors
/// [`RowError`].
pub async fn find_by_email(
    store: &dyn Store,
    keyring: &dyn Keyring,
    email: &str,
) -> Result<Option<UserRow>, RowError> {
    let (_, claim) = read_claim(store, &email_partition(keyring, email)).await?;
    let Some(claim) = claim else { return Ok(None) };
    Ok(load(store, keyring, claim.tenant, claim.user).await?.map(|found| found.row))
}

async fn read_claim(store: &dyn Store, partition: &Partition) -> Result<(u64, Option<EmailClaim>), RowError> {
    let slice = store.read(partition, &KeyRange::exactly(CLAIM_ROW)).await?;
    let claim = slice.rows.first().map(|row| codec::decode("user_email", &row.value)).transpose()?;
    Ok((slice.version, claim))
}

/// Whether the address is now this user's.
async fn claim_email(backing: Backing<'_>, row: &UserRow, now: Timestamp) -> Result<bool, RowError> {
    let partition = email_partition(backing.keyring, &row.email);
    let ours = EmailClaim { tenant: row.tenant, user: row.id, claimed_at: now };
    for _ in 0..4 {
        let (version, claim) = read_claim(backing.store, &partition).await?;
        match claim {
            Some(claim) if (claim.tenant, claim.user) == (row.tenant, row.id) => return Ok(true),
            Some(claim) if !is_abandoned(backing, &claim, now).await? => return Ok(false),
            Some(_) | None => {}
        }
        let value = codec::encode(&ours).into();
        let write = Write::Put { key: Bytes::from_static(CLAIM_ROW), value };
        if tenant::commit(backing, &partition, version, vec![write]).await? {
            return Ok(true);
        }
    }
    Err(RowError::Contended("user_email"))
}

async fn is_abandoned(backing: Backing<'_>, claim: &EmailClaim, now: Timestamp) -> Result<bool, RowError> {
    if now < claim.claimed_at.plus(CLAIM_STANDS_FOR) {
        return Ok(false);
    }
    Ok(load(backing.store, backing.keyring, claim.tenant, claim.user).await?.is_none())
}
