//! Providers and people at work: each intent is noted before it is tried, and tried until somebody gives an answer, by
//! this process or the next.

use hearthline_actors::{Ask, AskError};
use hearthline_engine::{
    lead::{Command, Rejected, Touch},
    message::Channel,
};
use hearthline_storage_api::rows::{lead::LeadRef, rollout};
use parking_lot::Mutex;
use std::{sync::Arc, time::Duration};

use crate::{
    ledger::{Given, Ledger, Order},
    made::Became,
    office::Office,
    running::Running,
    trace::Trace,
};

/// Everybody outside, as one process meets them.
#[derive(Clone)]
pub(crate) struct People {
    pub running: Arc<Running>,
    pub ledger: Arc<Mutex<Ledger>>,
    pub office: Arc<Office>,
    pub trace: Arc<Trace>,
}

impl People {
    /// Whatever the last process left without an answer is tried again.
    pub(crate) fn take_up_what_was_left(&self) {
        let (sent, deeds, given, letters, rulings, made, leavings) = {
            let ledger = self.ledger.lock();
            let sent = ledger.sent.iter().filter(|(_, sent)| !sent.answered);
            let deeds = ledger.deeds.values().filter(|deed| !deed.is_settled());
            let given = ledger.given.iter().filter(|(_, given)| given.settled.is_none());
            let letters = ledger.letters.values().filter(|letter| !letter.is_settled());
            let rulings = (0..ledger.rulings.len()).filter(|n| ledger.rulings[*n].rolled_out_at.is_none());
            let made = ledger.made.values().filter(|made| made.became == Became::Open);
            let leavings = (0..ledger.leavings.len()).filter(|n| ledger.leavings[*n].settled_at.is_none());
            (
                sent.map(|(sid, _)| sid.clone()).collect::<Vec<_>>(),
                deeds.map(|deed| deed.mutation).collect::<Vec<_>>(),
                given.map(|(n, _)| *n).collect::<Vec<_>>(),
                letters.map(|letter| letter.mutation).collect::<Vec<_>>(),
                rulings.collect::<Vec<_>>(),
                made.map(|made| made.mutation).collect::<Vec<_>>(),
                leavings.collect::<Vec<_>>(),
            )
        };
        sent.into_iter().for_each(|sid| self.send(sid));
        deeds.into_iter().for_each(|mutation| self.act(mutation, true));
        given.into_iter().for_each(|n| self.order(n));
        letters.into_iter().for_each(|mutation| self.write(mutation));
        rulings.into_iter().for_each(|n| self.rule(n));
        made.into_iter().for_each(|mutation| self.make(mutation));
        leavings.into_iter().for_each(|n| self.leave(n));
        self.running.courier.exchange.unanswered().into_iter().for_each(|n| self.running.courier.deliver(n));
    }

    /// A provider delivers a message, again and again until it gets its 2xx.
    pub(crate) fn send(&self, sid: String) {
        let people = self.clone();
        tokio::spawn(async move {
            loop {
                let request = {
                    let mut ledger = people.ledger.lock();
                    ledger.counts.requests += 1;
                    let Some(sent) = ledger.sent.get_mut(&sid) else { return };
                    sent.times += 1;
                    sent.request.clone()
                };
                let Some(connection) = people.office.connections.get(&request.connection) else { return };
                if people.running.hook.post(connection, &request).await {
                    if let Some(sent) = people.ledger.lock().sent.get_mut(&sid) {
                        sent.answered = true;
                    }
                    people.trace.note("2xx", &[sid.as_bytes()]);
                    return;
                }
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
        });
    }

    /// A command is given to a lead until it holds or is refused.
    pub(crate) fn order(&self, n: u64) {
        let people = self.clone();
        tokio::spawn(async move {
            let Some(given) = people.ledger.lock().given.get(&n).cloned() else { return };
            let holds = people.give(&given).await;
            let now = people.running.clock.now();
            people.trace.note("order", &[&n.to_be_bytes(), &[u8::from(holds)]]);
            if let Some(given) = people.ledger.lock().given.get_mut(&n) {
                given.settled = Some((now, holds));
            }
        });
    }

    async fn give(&self, given: &Given) -> bool {
        let lead = LeadRef { tenant: given.tenant, lead: given.lead };
        loop {
            let command = match &given.order {
                Order::Touch { id, by, at } => Command::Touch {
                    touch: Touch { id: *id, by: *by, at: *at, channel: Channel::Sms, settled: true },
                },
                Order::Reassign { to, team, by } => Command::Reassign { to: Some(*to), team: *team, by: *by },
                Order::HandBack { by } => Command::HandBack { by: *by },
            };
            match self.running.node.leads().ask(lead, Ask::Do(Box::new(command))).await {
                // What changes nothing holds already: an earlier attempt made it true.
                Ok(_) | Err(AskError::Rejected(Rejected::NothingChanges)) => return true,
                Err(error) if error.is_retryable() || matches!(error, AskError::Crashed) => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(_) => return false,
            }
        }
    }

    /// Rules change as the API changes them: noted, made durable, rolled out.
    pub(crate) fn rule(&self, n: usize) {
        let people = self.clone();
        tokio::spawn(async move {
            let ruling = people.ledger.lock().rulings[n].clone();
            let store = &*people.running.store;
            while rollout::begin(store, ruling.tenant, ruling.team, ruling.rules.version).await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if ruling.made_at.is_none() {
                people.office.change_rules(ruling.tenant, ruling.team, ruling.rules.clone());
                people.ledger.lock().rulings[n].made_at = Some(people.running.clock.now());
            }
            while people.running.node.roll_out(ruling.tenant, ruling.team).await.is_err() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            people.ledger.lock().rulings[n].rolled_out_at = Some(people.running.clock.now());
            people.trace.note("rules", &[&(n as u64).to_be_bytes()]);
        });
    }
}
