//! The plan's events, one after another: the dice choose what happens next, and to whom.

use hearthline_actors::{LeadFilter, OnCard};
use hearthline_engine::identity::Address;
use hearthline_engine::{
    ids::{CallId, LeadId, MutationId, TenantId, TouchId, UserId},
    lead::CallOutcome,
    time::{Seconds, Timestamp},
};
use hearthline_storage_api::{
    KeyRange, Purpose, Store,
    rows::{
        codec::decode,
        inbound::{IDENTITY_ROW, IdentityRow, identity_partition},
        lead::LeadRef,
        reading,
    },
};
use std::time::Duration;

use crate::{
    deeds::{Deed, Does, Told},
    dice::Dice,
    ledger::{Given, Kind, Order, Ruling, Sent},
    letters::{Letter, Regret, Reply},
    office::{Client, User, random_rules},
    people::People,
    plan::Plan,
    provider::Request,
    running::Durable,
};

/// Text that must never be found outside of its seal. Every message carries one of these.
pub const PLANTED: [&str; 3] = ["zinnoberrot", "quittengelee", "moosgruen"];

/// What the dice show when somebody writes to a client.
const LETTER: usize = 680;

/// Drives one incarnation.
pub(crate) struct Driver<'a> {
    pub durable: &'a Durable,
    pub people: People,
    pub dice: &'a mut Dice,
    pub plan: &'a Plan,
}

impl Driver<'_> {
    /// Goes on with the plan until `until` events have happened.
    pub(crate) async fn drive(&mut self, until: u64) {
        while self.count() < until {
            let by_plan = self.plan.letters > 0 && self.dice.chance(self.plan.letters);
            match if by_plan { LETTER } else { self.dice.below(1_000) } {
                0..480 => self.message().await,
                480..560 => self.repeat(),
                560..LETTER => self.deed().await,
                LETTER..800 => self.letter().await,
                800..820 => self.touch().await,
                820..830 => self.reassign().await,
                830..835 => self.rules(),
                835..840 => self.word_to_the_carrier(),
                840..858 => self.look().await,
                858..874 => self.rescue().await,
                874..898 => self.administer().await,
                898..908 => self.by_hand(),
                908..911 => self.leave(),
                _ => self.wait().await,
            }
            if self.dice.chance(400) {
                tokio::time::sleep(Duration::from_millis(self.dice.between(1, 60))).await;
            }
        }
    }

    fn count(&self) -> u64 {
        self.durable.ledger.lock().counts.events
    }

    pub(crate) fn counted(&self) {
        self.durable.ledger.lock().counts.events += 1;
    }

    /// One message, or a burst of them.
    async fn message(&mut self) {
        let burst = if self.dice.chance(100) { self.dice.between(2, 6) } else { 1 };
        for _ in 0..burst {
            let Some(client) = self.dice.pick(&self.durable.office.clients).cloned() else { return };
            self.one_message(&client).await;
        }
    }

    async fn one_message(&mut self, client: &Client) {
        let Some(&id) = self.dice.pick(&client.connections) else { return };
        let Some(connection) = self.durable.office.connections.get(&id) else { return };
        let kind = if self.dice.chance(self.plan.words) {
            if self.dice.chance(500) { Kind::Stop } else { Kind::Start }
        } else if self.dice.chance(20) {
            Kind::Broken
        } else {
            Kind::Text
        };
        let sid = format!("SM{:032x}", self.dice.uuid().as_u128());
        let word = PLANTED[self.dice.below(PLANTED.len())];
        let text = match kind {
            Kind::Stop => "Stop".to_owned(),
            Kind::Start => "START".to_owned(),
            Kind::Text | Kind::Broken => {
                format!("Hello, {word}: is {} still free?", self.dice.between(1, 999))
            }
        };
        let from = if self.dice.chance(100) { &client.phone[2..] } else { &client.phone };
        let mut form = vec![
            ("MessageSid", sid.as_str()),
            ("AccountSid", &connection.account),
            ("To", &connection.facts.address),
            ("Body", &text),
        ];
        if kind != Kind::Broken {
            form.push(("From", from));
        }
        let request = Request::signed(id, connection, &form, None);
        let sent = Sent {
            tenant: client.tenant,
            phone: client.phone.clone(),
            connection: id,
            kind,
            request,
            known: matches!(kind, Kind::Stop | Kind::Start) && self.has_lead(client).await,
            answered: false,
            times: 0,
        };
        // The carrier hears the word first.
        match kind {
            Kind::Stop => self.durable.exchange.heard(client.tenant, &client.phone, true),
            Kind::Start => self.durable.exchange.heard(client.tenant, &client.phone, false),
            Kind::Text | Kind::Broken => {}
        }
        {
            let mut ledger = self.durable.ledger.lock();
            ledger.sent.insert(sid.clone(), sent);
            ledger.counts.events += 1;
            ledger.counts.messages += 1;
        }
        self.people.send(sid);
    }

    /// Whether the sender's lead stands already, by storage as it is. Only of words is it asked: without a lead they make
    /// none.
    async fn has_lead(&self, client: &Client) -> bool {
        let keyring = &*self.people.running.hook.keyring;
        let Ok(lookup) = keyring.tenant_key(client.tenant, Purpose::Lookup).await else { return false };
        let Ok(address) = Address::phone(&client.phone, None) else { return false };
        let partition = identity_partition(&*lookup, client.tenant, &address);
        let slice = self.durable.store.read(&partition, &KeyRange::exactly(IDENTITY_ROW)).await;
        let row = slice.ok().and_then(|slice| slice.rows.first().cloned());
        let Some(Ok(IdentityRow { lead, .. })) = row.map(|row| decode("identity", &row.value)) else {
            return false;
        };
        let place = LeadRef { tenant: client.tenant, lead };
        let stored = reading::lead(&self.durable.store, keyring, place).await;
        stored.is_ok_and(|stored| stored.is_some_and(|stored| stored.row.slot.lead().is_some()))
    }

    /// A provider delivers again what it delivered before: just now, or long ago.
    fn repeat(&mut self) {
        let sid = {
            let ledger = self.durable.ledger.lock();
            let sids: Vec<&String> = ledger.sent.keys().collect();
            self.dice.pick(&sids).map(|sid| (*sid).clone())
        };
        let Some(sid) = sid else { return };
        self.counted();
        for _ in 0..self.dice.between(1, 3) {
            self.people.send(sid.clone());
        }
    }

    /// Anybody who has not left.
    pub(crate) fn somebody(&mut self) -> Option<User> {
        let office = &self.durable.office;
        let here: Vec<User> =
            office.users.iter().filter(|user| office.is_here(user.viewer.user)).copied().collect();
        self.dice.pick(&here).copied()
    }

    /// Somebody with cards, and one of their cards.
    fn someone_with_a_card(&mut self) -> Option<(User, hearthline_engine::deck::DeckCard)> {
        let user = self.somebody()?;
        let screen = self.durable.screens.of(user.tenant, user.viewer.user);
        let cards: Vec<_> = screen.cards.into_values().collect();
        Some((user, self.dice.pick(&cards)?.clone()))
    }

    async fn deed(&mut self) {
        if self.dice.chance(600) {
            self.deed_on_a_card();
        } else {
            self.deed_on_a_lead().await;
        }
    }

    fn deed_on_a_card(&mut self) {
        let Some((user, card)) = self.someone_with_a_card() else { return };
        let stale = u64::from(self.dice.chance(100));
        let card_seen = OnCard { task: card.task, expected_version: card.version - stale.min(card.version) };
        let does = if self.dice.chance(250) {
            Does::Snooze(card_seen, self.in_seconds(60, 7_200))
        } else {
            Does::Done(card_seen)
        };
        self.does(user, card.lead, does);
    }

    /// A call, its outcome, a plan, or a note.
    async fn deed_on_a_lead(&mut self) {
        if self.dice.chance(350)
            && let Some((user, lead, call)) = self.open_call()
        {
            let outcomes = [
                CallOutcome::Spoke,
                CallOutcome::LeftMessage,
                CallOutcome::NoAnswer,
                CallOutcome::WrongNumber,
            ];
            let outcome = outcomes[self.dice.below(outcomes.len())];
            return self.does(user, lead, Does::Outcome(call, outcome));
        }
        let Some((user, lead)) = self.someone_to_write_to().await else { return };
        let does = match self.dice.below(100) {
            0..50 => Does::Call,
            50..75 => Does::Schedule(self.in_seconds(30, 14_400)),
            _ => Does::Note(self.dice.chance(500)),
        };
        self.does(user, lead, does);
    }

    fn in_seconds(&mut self, from: u64, to: u64) -> Timestamp {
        let millis = i64::try_from(self.dice.between(from * 1_000, to * 1_000)).unwrap_or(0);
        self.people.running.clock.now().plus_millis(millis)
    }

    /// A call that was placed, and who placed it: mostly one whose outcome nobody has told.
    fn open_call(&mut self) -> Option<(User, LeadId, CallId)> {
        let ledger = self.durable.ledger.lock();
        let told = |call: CallId| {
            ledger.deeds.values().any(|deed| matches!(deed.does, Does::Outcome(of, _) if of == call))
        };
        let calls = ledger.deeds.values().filter(|deed| deed.does == Does::Call);
        let calls: Vec<_> = calls
            .filter_map(|deed| {
                let call = CallId(deed.made?);
                let user = User { tenant: deed.tenant, viewer: deed.viewer };
                Some((user, deed.lead, call))
            })
            .collect();
        let again = self.dice.chance(50);
        let open: Vec<_> = calls.into_iter().filter(|(_, _, call)| again || !told(*call)).collect();
        self.dice.pick(&open).copied()
    }

    pub(crate) fn does(&mut self, user: User, lead: LeadId, does: Does) {
        let mutation = MutationId(self.dice.uuid());
        let regrets = does.can_be_undone() && self.dice.chance(150);
        let regrets_at = regrets.then(|| self.in_seconds(0, 14));
        let deed = Deed {
            mutation,
            tenant: user.tenant,
            viewer: user.viewer,
            lead,
            does,
            told: Told::Nothing,
            made: None,
            regrets_at,
            undone: None,
        };
        {
            let mut ledger = self.durable.ledger.lock();
            ledger.deeds.insert(mutation, deed);
            ledger.counts.events += 1;
            ledger.counts.deeds += 1;
        }
        self.people.act(mutation, false);
        if self.dice.chance(200) {
            self.people.act(mutation, true);
        }
    }

    /// Somebody writes to a client: mostly the owner, about a card; sometimes a team lead, or somebody who may not.
    async fn letter(&mut self) {
        let Some((user, lead)) = self.someone_to_write_to().await else { return };
        let mutation = MutationId(self.dice.uuid());
        let word = PLANTED[self.dice.below(PLANTED.len())];
        // Some texts are the same as others: in doubt they can be taken for one another.
        let text = match self.dice.below(5) {
            0 => "OK".to_owned(),
            _ => format!("It is, {word} {}", self.dice.between(1, 9_999)),
        };
        let undo = Seconds(if self.dice.chance(500) {
            0
        } else {
            u32::try_from(self.dice.between(1, 30)).unwrap_or(1)
        });
        let now = self.people.running.clock.now();
        let regrets_at = self
            .dice
            .chance(150)
            .then(|| now.plus_millis(i64::try_from(self.dice.between(0, 20_000)).unwrap_or(0)));
        let own = self
            .durable
            .office
            .connections
            .iter()
            .find(|(_, known)| known.facts.owner == Some(user.viewer.user));
        let connection = own.map(|(id, _)| *id).filter(|_| self.dice.chance(200));
        let letter = Letter {
            mutation,
            tenant: user.tenant,
            viewer: user.viewer,
            lead,
            text,
            connection,
            undo,
            told: Reply::Nothing,
            regrets_at,
            taken_back: Regret::Nothing,
        };
        {
            let mut ledger = self.durable.ledger.lock();
            ledger.letters.insert(mutation, letter);
            ledger.counts.events += 1;
            ledger.counts.letters += 1;
        }
        self.people.write(mutation);
        if self.dice.chance(200) {
            self.people.write(mutation);
        }
    }

    async fn someone_to_write_to(&mut self) -> Option<(User, LeadId)> {
        if self.dice.chance(600) {
            return self.someone_with_a_card().map(|(user, card)| (user, card.lead));
        }
        let (tenant, lead, by) = self.someones_lead().await?;
        let mut users = self.durable.office.users.iter();
        let user = users.find(|user| user.tenant == tenant && user.viewer.user == by)?;
        Some((*user, lead))
    }

    async fn touch(&mut self) {
        let Some((tenant, lead, by)) = self.someones_lead().await else { return };
        let at = self.people.running.clock.now();
        let id = TouchId(self.dice.uuid());
        self.give(tenant, lead, Order::Touch { id, by, at });
    }

    async fn reassign(&mut self) {
        let Some((tenant, lead, by)) = self.someones_lead().await else { return };
        let office = &self.durable.office;
        let users = office.users.iter().filter(|user| office.is_here(user.viewer.user));
        let Some(team) = users.clone().find(|user| user.viewer.user == by).and_then(|user| user.viewer.team)
        else {
            return;
        };
        let colleagues: Vec<UserId> =
            users.filter(|user| user.viewer.team == Some(team)).map(|user| user.viewer.user).collect();
        let Some(&to) = self.dice.pick(&colleagues) else { return };
        self.give(tenant, lead, Order::Reassign { to, team, by });
    }

    /// A lead that nobody has given an order to just now, and who works on it.
    pub(crate) async fn someones_lead(&mut self) -> Option<(TenantId, LeadId, UserId)> {
        let user = self.somebody()?;
        let filter = LeadFilter { team: user.viewer.team, limit: 50, ..LeadFilter::default() };
        let page = self.people.running.node.directories().list(user.tenant, filter).await.ok()?;
        let row = self.dice.pick(&page.leads)?;
        let busy = {
            let ledger = self.durable.ledger.lock();
            ledger.given.values().any(|given| given.lead == row.lead && given.settled.is_none())
        };
        // Mostly the owner; sometimes the team lead, or a colleague.
        let owner = row.owner.filter(|owner| self.durable.office.is_here(*owner));
        let by = owner.filter(|_| self.dice.chance(800)).unwrap_or(user.viewer.user);
        (!busy).then_some((user.tenant, row.lead, by))
    }

    pub(crate) fn give(&self, tenant: TenantId, lead: LeadId, order: Order) {
        let n = {
            let mut ledger = self.durable.ledger.lock();
            let n = ledger.given.len() as u64;
            let given_at = self.people.running.clock.now();
            ledger.given.insert(n, Given { tenant, lead, order, given_at, settled: None });
            ledger.counts.events += 1;
            ledger.counts.orders += 1;
            n
        };
        self.people.order(n);
    }

    fn rules(&mut self) {
        let teams: Vec<_> = self.durable.office.teams.lock().keys().copied().collect();
        let Some(&(tenant, team)) = self.dice.pick(&teams) else { return };
        let n = {
            let mut ledger = self.durable.ledger.lock();
            let earlier = ledger.rulings.iter().filter(|ruling| ruling.team == team);
            if earlier.clone().any(|ruling| ruling.rolled_out_at.is_none()) {
                return;
            }
            let version = 2 + earlier.count() as u64;
            let rules = random_rules(self.dice, version, self.plan.hours);
            ledger.rulings.push(Ruling { tenant, team, rules, made_at: None, rolled_out_at: None });
            ledger.counts.events += 1;
            ledger.counts.rulings += 1;
            ledger.rulings.len() - 1
        };
        self.people.rule(n);
    }

    /// Time passes: mostly seconds, sometimes enough for a window to end.
    async fn wait(&mut self) {
        self.counted();
        let seconds = match self.dice.below(100) {
            0..70 => self.dice.between(1, 60),
            70..95 => self.dice.between(60, 900),
            _ => self.dice.between(900, 14_400),
        };
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}
