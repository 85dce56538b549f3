//! The rarer events of a plan: rescues, what people do with leads as a whole, leads by hand, people who leave.

use hearthline_actors::LeadFilter;
use hearthline_engine::{
    access::Role,
    ids::{LeadId, MutationId, UserId},
    lead::Status,
    time::Seconds,
};
use std::time::Duration;

use crate::{
    deeds::Does,
    drive::Driver,
    leaving::Leaving,
    ledger::Order,
    made::{Became, ByHand},
    office::{Gone, User},
};

impl Driver<'_> {
    /// A client tells their carrier alone that they want no more messages.
    pub(crate) fn word_to_the_carrier(&mut self) {
        let Some(client) = self.dice.pick(&self.durable.office.clients) else { return };
        self.counted();
        self.durable.exchange.heard(client.tenant, &client.phone, true);
    }

    /// Somebody wants to read a lead: mostly their own or their team's, sometimes one that is none of their business.
    pub(crate) async fn look(&mut self) {
        let Some((tenant, lead, by)) = self.someones_lead().await else { return };
        let office = &self.durable.office;
        let of_tenant = |user: &&User| user.tenant == tenant && office.is_here(user.viewer.user);
        let anybody: Vec<User> =
            office.users.iter().chain(&office.admins).filter(of_tenant).copied().collect();
        let owner = anybody.iter().find(|user| user.viewer.user == by).copied();
        let owner = owner.filter(|_| self.dice.chance(400));
        let Some(user) = owner.or_else(|| self.dice.pick(&anybody).copied()) else { return };
        self.counted();
        self.people.look((tenant, user.viewer), lead, self.dice.chance(300));
    }

    /// A team lead takes a Stale lead up: reads it, with a reason given now or before, or gives it back.
    pub(crate) async fn rescue(&mut self) {
        let Some((user, lead)) = self.someone_to_rescue().await else { return };
        match self.dice.below(100) {
            0..65 => {
                self.counted();
                self.people.look((user.tenant, user.viewer), lead, self.dice.chance(600));
            }
            65..88 => {
                // Mostly they have just read it.
                if self.dice.chance(600) {
                    self.counted();
                    self.people.look((user.tenant, user.viewer), lead, true);
                    tokio::time::sleep(Duration::from_millis(self.dice.between(1, 20_000))).await;
                }
                self.give(user.tenant, lead, Order::HandBack { by: user.viewer.user });
                // And tries whether the door is still open.
                tokio::time::sleep(Duration::from_millis(self.dice.between(1, 20_000))).await;
                self.counted();
                self.people.look((user.tenant, user.viewer), lead, false);
            }
            _ => self.hand_over(user, lead),
        }
    }

    /// Who gave a reason a short while ago, and for which lead.
    fn lately_read(&self) -> Vec<(User, LeadId)> {
        let now = self.people.running.clock.now();
        let ledger = self.durable.ledger.lock();
        let lately = ledger.reasons.iter().filter(|reason| now.millis_since(reason.asked_at) < 900_000);
        let user = |user: UserId| self.durable.office.users.iter().find(|known| known.viewer.user == user);
        lately.filter_map(|reason| Some((*user(reason.viewer.user)?, reason.lead))).collect()
    }

    /// A team lead, and a lead of their team's rescue queue; often one that somebody looked into a moment ago.
    async fn someone_to_rescue(&mut self) -> Option<(User, LeadId)> {
        let leads: Vec<User> = self.durable.office.users.clone();
        let leads: Vec<User> = leads.into_iter().filter(|user| user.viewer.role == Role::TeamLead).collect();
        let user = *self.dice.pick(&leads)?;
        if self.dice.chance(500) {
            let known = self.lately_read();
            return self.dice.pick(&known).copied();
        }
        let directories = self.people.running.node.directories();
        let page = directories.rescues(user.tenant, user.viewer.team, None, 20).await.ok()?;
        self.dice.pick(&page.leads).map(|row| (user, row.lead))
    }

    /// What people do with a lead as a whole.
    pub(crate) async fn administer(&mut self) {
        let Some(user) = self.somebody() else { return };
        let admins = self.durable.office.admins.iter();
        let admin = admins.copied().find(|admin| admin.tenant == user.tenant);
        let by = admin.filter(|_| self.dice.chance(400)).unwrap_or(user);
        let status = self.dice.chance(300).then_some(Status::Archived);
        // Agents mostly ask for what is theirs.
        let owner = (by.viewer.role == Role::Agent && self.dice.chance(900)).then_some(by.viewer.user);
        let filter = LeadFilter { team: user.viewer.team, owner, status, limit: 50, ..LeadFilter::default() };
        let directories = self.people.running.node.directories();
        let Ok(page) = directories.list(user.tenant, filter).await else { return };
        let Some(lead) = self.dice.pick(&page.leads).map(|row| row.lead) else { return };
        match (status, self.dice.below(100)) {
            (Some(_), 0..50) => self.does(by, lead, Does::Status(Status::Lead)),
            (Some(_), 50..70) => self.does(by, lead, Does::Status(Status::ActiveClient)),
            (None, 0..35) => self.does(by, lead, Does::Status(Status::Archived)),
            (None, 35..45) => self.does(by, lead, Does::Status(Status::ActiveClient)),
            (_, 45..75) => {
                let quiet_for = [0, 60, 3_600][self.dice.below(3)];
                self.does(by, lead, Does::Delete(Seconds(quiet_for)));
            }
            (_, _) => self.hand_over(by, lead),
        }
    }

    /// To anybody of the tenant, in their team; or to nobody, in one's own.
    fn hand_over(&mut self, by: User, lead: LeadId) {
        let office = &self.durable.office;
        let here = |user: &&User| user.tenant == by.tenant && office.is_here(user.viewer.user);
        let anybody: Vec<User> = office.users.iter().filter(here).copied().collect();
        let Some(to) = self.dice.pick(&anybody).copied() else { return };
        let Some(team) = to.viewer.team else { return };
        let to = self.dice.chance(900).then_some(to.viewer.user);
        self.does(by, lead, Does::Reassign(to, team));
    }

    /// Somebody writes a client down: mostly one that nobody knows, sometimes one who has written before, or will.
    pub(crate) fn by_hand(&mut self) {
        let Some(user) = self.somebody() else { return };
        let office = &self.durable.office;
        let clients = office.clients.iter().filter(|client| client.tenant == user.tenant);
        let phones: Vec<&String> = clients.map(|client| &client.phone).collect();
        let known = self.dice.chance(500).then(|| self.dice.pick(&phones).map(|phone| (*phone).clone()));
        let mutation = MutationId(self.dice.uuid());
        let n = self.dice.between(3_000_000, 3_999_999);
        let made = ByHand {
            mutation,
            tenant: user.tenant,
            viewer: user.viewer,
            owner: Some(user.viewer.user),
            team: user.viewer.team.expect("agents and team leads have one"),
            phone: known.flatten().unwrap_or_else(|| format!("+1646{n}")),
            // Now and then somebody is written down twice.
            email: format!("ada{}@example.org", self.dice.below(60)),
            own: LeadId(self.dice.uuid()),
            asked_at: self.people.running.clock.now(),
            became: Became::Open,
        };
        self.counted();
        self.durable.ledger.lock().made.insert(mutation, made);
        self.people.make(mutation);
    }

    /// An agent leaves, if another one stays; their leads go to the team lead, or to nobody.
    pub(crate) fn leave(&mut self) {
        let office = &self.durable.office;
        let agents = |user: &&User| user.viewer.role == Role::Agent && office.is_here(user.viewer.user);
        let agents: Vec<User> = office.users.iter().filter(agents).copied().collect();
        let Some(user) = self.dice.pick(&agents).copied() else { return };
        let same_team = |other: &&User| other.viewer.team == user.viewer.team;
        if agents.iter().filter(same_team).count() < 2 {
            return;
        }
        let heir = office.users.iter().filter(same_team).find(|other| other.viewer.role == Role::TeamLead);
        let heir: Option<UserId> = heir.filter(|_| self.dice.chance(700)).map(|heir| heir.viewer.user);
        let admin = office.admins.iter().find(|admin| admin.tenant == user.tenant);
        let (Some(admin), Some(team)) = (admin, user.viewer.team) else { return };
        let leaving = Leaving {
            tenant: user.tenant,
            user: user.viewer.user,
            team,
            gone: Gone { heir, by: admin.viewer.user },
            made_at: None,
            settled_at: None,
        };
        let n = {
            let mut ledger = self.durable.ledger.lock();
            if ledger.leavings.iter().any(|other| other.user == leaving.user) {
                return;
            }
            ledger.leavings.push(leaving);
            ledger.counts.events += 1;
            ledger.leavings.len() - 1
        };
        self.people.leave(n);
    }
}
