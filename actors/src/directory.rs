//! A tenant's directory: every lead as lists show it, in memory, made from its 16 partitions when it is first asked for.
//! The rows are written by the leads themselves; here the newest version of each is kept, and which of them may be one
//! person.

use futures::{StreamExt, future::join_all, stream};
use hearthline_engine::{
    ids::{LeadId, TeamId, TenantId, UserId},
    lead::{RescueProgress, Source, StateName, Status},
    namesake::Pair,
    time::Timestamp,
};
use hearthline_storage_api::{
    KeyRange,
    rows::{
        apart::{self, ApartRow},
        codec::{RowError, open_row},
        directory::{DIRECTORY_SHARDS, DirectoryRow, partition},
        lead::LeadRef,
    },
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};
use std::{collections::BTreeMap, sync::Arc};
use tokio::sync::oneshot;

use crate::{
    figures::TeamFigures,
    listed::Listed,
    matches::{LeadMatch, MatchFilter},
    observe::DirectoryObservation,
    ports::Ports,
    routing::Loads,
};

/// Which leads are asked for. Everything that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadFilter {
    pub owner: Option<UserId>,
    pub team: Option<TeamId>,
    pub state: Option<StateName>,
    pub status: Option<Status>,
    pub source: Option<Source>,
    pub tag: Option<String>,
    /// Only those that wait to be assigned: without an owner, and not put away. Then the oldest come first.
    pub unassigned: bool,
    /// A part of the name or of an identity, in any case.
    pub query: Option<String>,
    /// Behind this one: creation time and id of the last lead of the page before.
    pub after: Option<(Timestamp, LeadId)>,
    pub limit: usize,
}

/// Leads, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadPage {
    pub leads: Vec<DirectoryRow>,
    /// There are more behind the last one.
    pub more: bool,
}

/// A place in the rescue queue: what is most pressing, since when, and which lead.
pub type RescuePlace = (u8, Timestamp, LeadId);

/// Where a lead stands in the rescue queue, if it does: first those whose client has answered, then those that nobody
/// has touched, then those that are being rescued; each longest Stale first.
#[must_use]
pub fn rescue_place(row: &DirectoryRow) -> Option<RescuePlace> {
    let rescue = row.rescue.as_ref().filter(|_| !row.deleted)?;
    let rank = match rescue.progress {
        RescueProgress::Answered { .. } => 0,
        RescueProgress::Waiting => 1,
        RescueProgress::InProgress { .. } => 2,
    };
    Some((rank, rescue.since, row.lead))
}

/// Finds leads. Cheap to clone.
#[derive(Clone)]
pub struct Directories(ActorRef<RootMsg>);

impl Directories {
    pub(crate) async fn start(ports: Arc<Ports>) -> Result<Self, SpawnErr> {
        Ok(Self(Actor::spawn(None, Root, ports).await?.0))
    }

    /// A page of a tenant's leads.
    ///
    /// # Errors
    /// The directory can't be read just now.
    pub async fn list(&self, tenant: TenantId, filter: LeadFilter) -> Result<LeadPage, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::List(Box::new(filter), reply)));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    /// A page of the rescue queue of a team, or of all teams, behind a place.
    ///
    /// # Errors
    /// The directory can't be read just now.
    pub async fn rescues(
        &self,
        tenant: TenantId,
        team: Option<TeamId>,
        after: Option<RescuePlace>,
        limit: usize,
    ) -> Result<LeadPage, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::Rescues { team, after, limit, reply }));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    /// How a team's leads stand now, and what became of those that began or were Stale since a moment.
    ///
    /// # Errors
    /// The directory can't be read just now.
    pub async fn figures(
        &self,
        tenant: TenantId,
        team: TeamId,
        since: Timestamp,
    ) -> Result<TeamFigures, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::Figures { team, since, reply }));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    /// How many live leads everybody has, and which of these are listed.
    pub(crate) async fn loads(&self, tenant: TenantId, asked: Vec<LeadId>) -> Result<Loads, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::Loads(asked, reply)));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    /// A page of the pairs of leads that may be one person (IDN-3), the longest known first.
    ///
    /// # Errors
    /// The directory can't be read just now.
    pub async fn matches(&self, tenant: TenantId, filter: MatchFilter) -> Result<Vec<LeadMatch>, RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::Matches(filter, reply)));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    /// Keeps that two leads are two people: they are asked about no more. Durable when it answers.
    ///
    /// # Errors
    /// It can't be written just now. Repeat it.
    pub async fn tell_apart(&self, tenant: TenantId, pair: Pair, row: ApartRow) -> Result<(), RowError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::TellApart(pair, row, reply)));
        answer.await.unwrap_or(Err(RowError::Contended("directory")))
    }

    pub(crate) fn updated(&self, tenant: TenantId, row: DirectoryRow) {
        let _ = self.0.cast(RootMsg::To(tenant, DirectoryMsg::Updated(Box::new(row))));
    }

    /// What each directory in memory holds.
    pub(crate) async fn observe(&self) -> Vec<DirectoryObservation> {
        let (reply, answer) = oneshot::channel();
        let _ = self.0.cast(RootMsg::Observe(reply));
        join_all(answer.await.unwrap_or_default()).await.into_iter().flatten().collect()
    }

    pub(crate) fn stop(&self) {
        self.0.stop(None);
    }
}

enum DirectoryMsg {
    Observe(oneshot::Sender<DirectoryObservation>),
    Updated(Box<DirectoryRow>),
    List(Box<LeadFilter>, oneshot::Sender<Result<LeadPage, RowError>>),
    Loads(Vec<LeadId>, oneshot::Sender<Result<Loads, RowError>>),
    Matches(MatchFilter, oneshot::Sender<Result<Vec<LeadMatch>, RowError>>),
    TellApart(Pair, ApartRow, oneshot::Sender<Result<(), RowError>>),
    Figures {
        team: TeamId,
        since: Timestamp,
        reply: oneshot::Sender<Result<TeamFigures, RowError>>,
    },
    Rescues {
        team: Option<TeamId>,
        after: Option<RescuePlace>,
        limit: usize,
        reply: oneshot::Sender<Result<LeadPage, RowError>>,
    },
}

enum RootMsg {
    To(TenantId, DirectoryMsg),
    Observe(oneshot::Sender<Vec<oneshot::Receiver<DirectoryObservation>>>),
}

/// Finds a tenant's directory actor, or starts it.
struct Root;

struct RootState {
    ports: Arc<Ports>,
    tenants: BTreeMap<TenantId, ActorRef<DirectoryMsg>>,
}

impl Actor for Root {
    type Msg = RootMsg;
    type State = RootState;
    type Arguments = Arc<Ports>;

    async fn pre_start(
        &self,
        _: ActorRef<RootMsg>,
        ports: Arc<Ports>,
    ) -> Result<RootState, ActorProcessingErr> {
        Ok(RootState { ports, tenants: BTreeMap::new() })
    }

    async fn handle(
        &self,
        myself: ActorRef<RootMsg>,
        message: RootMsg,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        let (tenant, message) = match message {
            RootMsg::To(tenant, message) => (tenant, message),
            RootMsg::Observe(reply) => {
                let _ = reply.send(state.tenants.values().map(ask_to_observe).collect());
                return Ok(());
            }
        };
        if !state.tenants.contains_key(&tenant) {
            let start = (Arc::clone(&state.ports), tenant);
            let (actor, _) = Actor::spawn_linked(None, Directory, start, myself.get_cell()).await?;
            state.tenants.insert(tenant, actor);
        }
        let _ = state.tenants[&tenant].cast(message);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<RootMsg>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(cell, _) = event {
            tracing::error!("a directory failed; it is read again when it is next asked for");
            state.tenants.retain(|_, actor| actor.get_id() != cell.get_id());
        }
        Ok(())
    }
}

fn ask_to_observe(actor: &ActorRef<DirectoryMsg>) -> oneshot::Receiver<DirectoryObservation> {
    let (reply, answer) = oneshot::channel();
    let _ = actor.cast(DirectoryMsg::Observe(reply));
    answer
}

struct Directory;

struct DirectoryState {
    ports: Arc<Ports>,
    tenant: TenantId,
    /// None until it is first asked for.
    leads: Option<Listed>,
}

impl Actor for Directory {
    type Msg = DirectoryMsg;
    type State = DirectoryState;
    type Arguments = (Arc<Ports>, TenantId);

    async fn pre_start(
        &self,
        _: ActorRef<DirectoryMsg>,
        (ports, tenant): (Arc<Ports>, TenantId),
    ) -> Result<DirectoryState, ActorProcessingErr> {
        Ok(DirectoryState { ports, tenant, leads: None })
    }

    async fn handle(
        &self,
        _: ActorRef<DirectoryMsg>,
        message: DirectoryMsg,
        state: &mut DirectoryState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            // Before it is loaded there is nothing to update: the row is durable and will be read.
            DirectoryMsg::Updated(row) => {
                if let Some(leads) = &mut state.leads {
                    leads.update(*row);
                }
            }
            DirectoryMsg::Observe(reply) => {
                let leads = state.leads.as_ref().map(Listed::len);
                let _ = reply.send(DirectoryObservation { tenant: state.tenant, leads });
            }
            DirectoryMsg::Loads(asked, reply) => {
                let loads = state.loads(asked).await;
                let _ = reply.send(loads);
            }
            DirectoryMsg::Matches(filter, reply) => {
                let found = state.loaded().await.map(|leads| leads.matches(&filter));
                let _ = reply.send(found);
            }
            DirectoryMsg::TellApart(pair, row, reply) => {
                let told = state.tell_apart(pair, &row).await;
                let _ = reply.send(told);
            }
            DirectoryMsg::Figures { team, since, reply } => {
                let figures = state.loaded().await.map(|leads| TeamFigures::of(leads.rows(), team, since));
                let _ = reply.send(figures);
            }
            DirectoryMsg::Rescues { team, after, limit, reply } => {
                let page = state.rescues(team, after, limit).await;
                let _ = reply.send(page);
            }
            DirectoryMsg::List(filter, reply) => {
                let page = state.list(&filter).await;
                let _ = reply.send(page);
            }
        }
        Ok(())
    }
}

impl DirectoryState {
    async fn loaded(&mut self) -> Result<&mut Listed, RowError> {
        let standing = match self.leads.take() {
            Some(leads) => leads,
            None => load(&self.ports, self.tenant).await?,
        };
        Ok(self.leads.insert(standing))
    }

    /// Durable before it is known here.
    async fn tell_apart(&mut self, pair: Pair, row: &ApartRow) -> Result<(), RowError> {
        apart::tell_apart(&*self.ports.store, self.tenant, pair, row).await?;
        if let Some(leads) = &mut self.leads {
            leads.tell_apart(pair);
        }
        Ok(())
    }

    async fn loads(&mut self, asked: Vec<LeadId>) -> Result<Loads, RowError> {
        let mut loads = Loads::default();
        let leads = self.loaded().await?;
        for row in leads.rows().filter(|row| !row.deleted && row.status != Status::Archived) {
            if let Some(owner) = row.owner {
                *loads.live.entry(owner).or_default() += 1;
            }
        }
        loads.listed = asked.into_iter().filter(|lead| leads.knows(*lead)).collect();
        Ok(loads)
    }

    async fn rescues(
        &mut self,
        team: Option<TeamId>,
        after: Option<RescuePlace>,
        limit: usize,
    ) -> Result<LeadPage, RowError> {
        let leads = self.loaded().await?.rows().filter(|row| team.is_none_or(|team| row.team == team));
        let placed = leads.filter_map(|row| Some((rescue_place(row)?, row)));
        let mut found: Vec<_> =
            placed.filter(|(place, _)| after.is_none_or(|after| *place > after)).collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        let more = found.len() > limit;
        Ok(LeadPage { leads: found.into_iter().take(limit).map(|(_, row)| row.clone()).collect(), more })
    }

    async fn list(&mut self, filter: &LeadFilter) -> Result<LeadPage, RowError> {
        let leads = self.loaded().await?.rows();
        let query = filter.query.as_deref().map(str::to_lowercase);
        let mut found: Vec<&DirectoryRow> = leads.filter(|row| fits(row, filter, query.as_deref())).collect();
        found.sort_unstable_by_key(|row| (row.created_at, row.lead));
        if !filter.unassigned {
            found.reverse();
        }
        let more = found.len() > filter.limit;
        Ok(LeadPage { leads: found.into_iter().take(filter.limit).cloned().collect(), more })
    }
}

fn fits(row: &DirectoryRow, filter: &LeadFilter, query: Option<&str>) -> bool {
    !row.deleted
        && filter.owner.is_none_or(|owner| row.owner == Some(owner))
        && filter.team.is_none_or(|team| row.team == team)
        && filter.state.is_none_or(|state| row.state == state)
        && filter.status.is_none_or(|status| row.status == status)
        && filter.source.is_none_or(|source| row.source == source)
        && filter.tag.as_ref().is_none_or(|tag| row.tags.contains(tag))
        && (!filter.unassigned || (row.owner.is_none() && row.status != Status::Archived))
        && filter.after.is_none_or(|after| match filter.unassigned {
            true => (row.created_at, row.lead) > after,
            false => (row.created_at, row.lead) < after,
        })
        && query.is_none_or(|query| matches_query(row, query))
}

fn matches_query(row: &DirectoryRow, query: &str) -> bool {
    row.name.to_lowercase().contains(query)
        || row.identities.iter().any(|identity| identity.value.to_lowercase().contains(query))
}

async fn load(ports: &Ports, tenant: TenantId) -> Result<Listed, RowError> {
    let mut leads = Listed::default();
    for shard in 0..DIRECTORY_SHARDS {
        let slice = ports.store.read(&partition(tenant, shard), &KeyRange::all()).await?;
        let rows: Vec<Result<DirectoryRow, RowError>> = stream::iter(slice.rows)
            .map(|row| async move {
                let id: [u8; 16] =
                    row.key.as_ref().try_into().map_err(|_| RowError::Form { column: "directory" })?;
                let lead = LeadRef { tenant, lead: LeadId::from_bytes(id) };
                let key = ports.keyring.lead_key(tenant, lead.lead).await?;
                open_row(&*key, lead.binding("directory"), &row.value)
            })
            .buffered(32)
            .collect()
            .await;
        for row in rows {
            leads.update(row?);
        }
    }
    for pair in apart::told_apart(&*ports.store, tenant).await? {
        leads.tell_apart(pair);
    }
    Ok(leads)
}
