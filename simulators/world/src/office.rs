//! What brokerages there are, and the two books in which actors and consumers look teams and connections up. The books
//! stand for administration rows: they outlive every incarnation.

use async_trait::async_trait;
use hearthline_actors::{LineWanted, Standing, TeamBook, TeamFacts};
use hearthline_engine::{
    access::{Role, Viewer},
    ids::{ConnectionId, TeamId, TenantId, UserId},
    rules::{Share, TeamRules},
    time::Seconds,
};
use hearthline_ingest::{ConnectionBook, ConnectionFacts, ConnectionKind};
use hearthline_storage_api::rows::codec::RowError;
use parking_lot::Mutex;
use std::{collections::BTreeMap, sync::Arc};

use crate::{calendar::random_hours, dice::Dice, plan::Plan, storage::Sky};

/// A person who signs in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub tenant: TenantId,
    pub viewer: Viewer,
}

/// A client of a brokerage, with a phone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub tenant: TenantId,
    /// E.164.
    pub phone: String,
    /// The connections they write to: their agent's first.
    pub connections: Vec<ConnectionId>,
}

/// A number that clients write to.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub facts: ConnectionFacts,
    pub account: String,
    pub auth_token: String,
}

/// A user who left: who has their leads and numbers now, and who saw to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone {
    pub heir: Option<UserId>,
    pub by: UserId,
}

/// Everything that is set up before a world begins.
pub(crate) struct Office {
    /// Agents and team leads.
    pub users: Vec<User>,
    /// One of each tenant.
    pub admins: Vec<User>,
    gone: Mutex<BTreeMap<UserId, Gone>>,
    pub clients: Vec<Client>,
    pub connections: BTreeMap<ConnectionId, Connection>,
    pub teams: Mutex<BTreeMap<(TenantId, TeamId), TeamFacts>>,
    /// The rules that each team began with.
    pub first_rules: BTreeMap<TeamId, TeamRules>,
}

impl Office {
    /// Tenants with their teams; in each a team lead, agents with a number each, and a number of the team; clients.
    pub(crate) fn set_up(dice: &mut Dice, plan: &Plan) -> Self {
        let mut office = Self {
            users: Vec::new(),
            admins: Vec::new(),
            gone: Mutex::default(),
            clients: Vec::new(),
            connections: BTreeMap::new(),
            teams: Mutex::new(BTreeMap::new()),
            first_rules: BTreeMap::new(),
        };
        for t in 0..plan.tenants {
            let tenant = TenantId(dice.uuid());
            let admin = Viewer { user: UserId(dice.uuid()), team: None, role: Role::Admin };
            office.admins.push(User { tenant, viewer: admin });
            let mut numbers = Vec::new();
            for _ in 0..plan.teams {
                numbers.extend(office.add_team(dice, plan, tenant));
            }
            for n in 0..plan.clients {
                office.add_client(dice, tenant, (t, n), &numbers);
            }
        }
        office
    }

    fn add_team(&mut self, dice: &mut Dice, plan: &Plan, tenant: TenantId) -> Vec<ConnectionId> {
        let team = TeamId(dice.uuid());
        let leader = self.add_user(dice, tenant, team, Role::TeamLead);
        let facts = TeamFacts { rules: random_rules(dice, 1, plan.hours), team_leads: vec![leader] };
        self.first_rules.insert(team, facts.rules.clone());
        self.teams.lock().insert((tenant, team), facts);
        let owned: Vec<Option<UserId>> =
            (0..plan.agents).map(|_| Some(self.add_user(dice, tenant, team, Role::Agent))).collect();
        owned.into_iter().chain([None]).map(|owner| self.add_number(dice, tenant, team, owner)).collect()
    }

    fn add_user(&mut self, dice: &mut Dice, tenant: TenantId, team: TeamId, role: Role) -> UserId {
        let user = UserId(dice.uuid());
        self.users.push(User { tenant, viewer: Viewer { user, team: Some(team), role } });
        user
    }

    fn add_number(
        &mut self,
        dice: &mut Dice,
        tenant: TenantId,
        team: TeamId,
        owner: Option<UserId>,
    ) -> ConnectionId {
        let id = ConnectionId(dice.uuid());
        let address = format!("+1415{:07}", 1_000_000 + self.connections.len());
        let account = format!("AC{:032x}", tenant.0.as_u128());
        let kind = ConnectionKind::TwilioSms;
        let accounts = vec![account.clone()];
        let facts = ConnectionFacts { tenant, kind, owner, team, address, accounts };
        let auth_token = format!("{:032x}", dice.uuid().as_u128());
        self.connections.insert(id, Connection { facts, account, auth_token });
        id
    }

    fn add_client(
        &mut self,
        dice: &mut Dice,
        tenant: TenantId,
        (t, n): (usize, usize),
        numbers: &[ConnectionId],
    ) {
        let first = dice.below(numbers.len());
        let mut connections = vec![numbers[first]];
        if dice.chance(200) {
            connections.push(numbers[dice.below(numbers.len())]);
        }
        // One client in eight is known to every brokerage: the same phone, and a lead in each.
        let number = 2_000_000 + n + if n.is_multiple_of(8) { 0 } else { t * 10_000 };
        let phone = format!("+1646{number:07}");
        self.clients.push(Client { tenant, phone, connections });
    }

    pub(crate) fn rules_of(&self, tenant: TenantId, team: TeamId) -> Option<TeamRules> {
        self.teams.lock().get(&(tenant, team)).map(|facts| facts.rules.clone())
    }

    /// The number that a message goes through: the one that is wished or none, the one that the client wrote to last, the
    /// sender's own, their team's; never another person's (OUT-10).
    pub(crate) fn line(&self, wanted: &LineWanted) -> Option<(ConnectionId, String)> {
        let theirs = |known: &Connection| match self.owner_now(&known.facts) {
            Some(owner) => owner == wanted.sender,
            None => known.facts.team == wanted.team,
        };
        let usable = |id: ConnectionId| {
            let known = self.connections.get(&id)?;
            let serves = known.facts.tenant == wanted.tenant && theirs(known);
            serves.then(|| (id, known.facts.address.clone()))
        };
        if let Some(wished) = wanted.wished {
            return usable(wished);
        }
        let own = || {
            let mut ids: Vec<ConnectionId> = self.connections.keys().copied().collect();
            ids.sort_by_key(|id| self.connections.get(id).is_none_or(|known| known.facts.owner.is_none()));
            ids.into_iter().find_map(usable)
        };
        wanted.last.and_then(usable).or_else(own)
    }

    /// Whether somebody still signs in.
    pub(crate) fn is_here(&self, user: UserId) -> bool {
        !self.gone.lock().contains_key(&user)
    }

    /// Who left, and who has what was theirs.
    pub(crate) fn gone(&self) -> BTreeMap<UserId, Gone> {
        self.gone.lock().clone()
    }

    /// From now on somebody is known to have left.
    pub(crate) fn leave(&self, user: UserId, gone: Gone) {
        self.gone.lock().insert(user, gone);
    }

    /// Whose a number is by now.
    fn owner_now(&self, facts: &ConnectionFacts) -> Option<UserId> {
        let owner = facts.owner?;
        self.gone.lock().get(&owner).map_or(Some(owner), |gone| gone.heir)
    }

    /// The book has the rules, unless it has newer ones.
    pub(crate) fn change_rules(&self, tenant: TenantId, team: TeamId, rules: TeamRules) {
        if let Some(facts) = self.teams.lock().get_mut(&(tenant, team))
            && facts.rules.version < rules.version
        {
            facts.rules = rules;
        }
    }
}

/// Windows short enough to pass within a world, and long enough for what people do to lie clearly on one side.
pub(crate) fn random_rules(dice: &mut Dice, version: u64, hours: u16) -> TeamRules {
    const FIRST_CONTACT: [u32; 4] = [300, 1_800, 3_600, 7_200];
    const STALE: [u32; 4] = [9_000, 10_800, 21_600, 86_400];
    const SHARES: [u16; 3] = [500, 800, 900];
    let pick = |dice: &mut Dice, from: &[u32]| Seconds(from[dice.below(from.len())]);
    let share = Share::from_permille(SHARES[dice.below(SHARES.len())]).expect("within 50 to 950");
    let rules = TeamRules::new(pick(dice, &FIRST_CONTACT), pick(dice, &STALE), share);
    let rules = rules.expect("every stale window is longer than every first-contact window");
    let hours = dice.chance(hours).then(|| random_hours(dice));
    let mut rules = rules.with_hours(hours).expect("no window is as long as a year of these hours");
    rules.version = version;
    rules
}

/// The books as one incarnation looks things up in them: now and then that panics.
pub(crate) struct Books {
    pub office: Arc<Office>,
    pub sky: Arc<Sky>,
}

impl Books {
    fn may_panic(&self) {
        if self.sky.panics() {
            // Without the hook's noise.
            std::panic::resume_unwind(Box::new("simulated"));
        }
    }
}

#[async_trait]
impl TeamBook for Books {
    async fn team(&self, tenant: TenantId, team: TeamId) -> Result<Option<TeamFacts>, RowError> {
        self.may_panic();
        Ok(self.office.teams.lock().get(&(tenant, team)).cloned())
    }

    async fn standing(&self, _: TenantId, user: UserId) -> Result<Standing, RowError> {
        self.may_panic();
        if let Some(Gone { heir, by }) = self.office.gone.lock().get(&user).copied() {
            return Ok(Standing::Gone { heir, by });
        }
        let team = self.office.users.iter().find(|known| known.viewer.user == user);
        Ok(team.and_then(|user| user.viewer.team).map_or(Standing::Unknown, |team| Standing::Member { team }))
    }
}

#[async_trait]
impl ConnectionBook for Books {
    async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionFacts>, RowError> {
        self.may_panic();
        let facts = self.office.connections.get(&id).map(|connection| &connection.facts);
        Ok(facts.map(|facts| ConnectionFacts { owner: self.office.owner_now(facts), ..facts.clone() }))
    }

    /// Twilio's requests are never of another connection.
    async fn of_account(
        &self,
        _: ConnectionId,
        _: ConnectionKind,
        _: &str,
    ) -> Result<Option<(ConnectionId, ConnectionFacts)>, RowError> {
        Ok(None)
    }
}
