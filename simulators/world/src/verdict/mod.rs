//! The verdict: what must hold of storage, pages and answers once everything has settled. Read from storage as it is and
//! held against the world's own ledger; nothing here asks the engine what it would decide.

mod audit;
mod decks;
mod door;
mod facts;
mod history;
mod leads;
mod messages;
mod model;
mod moves;
mod news;
mod privacy;
mod sends;

use std::time::Duration;

use crate::{
    made::Became,
    running::{Durable, Running},
};
use facts::Facts;
use hearthline_storage_api::Table;

/// How often it is looked whether everything has settled.
const LOOK: Duration = Duration::from_secs(1);
/// So long a lead may stay in memory without work: its rest, and the sweep that finds it.
const REST: Duration = Duration::from_secs(900);

/// Waits until everybody has an answer and nothing is due, and then until every lead has left memory.
pub(crate) async fn settled(durable: &Durable, running: &Running, within: Duration) -> Vec<String> {
    if !comes_true(within, || waiting_for(durable, running).is_empty()).await {
        return waiting_for(durable, running).iter().map(|what| format!("never settled: {what}")).collect();
    }
    if !comes_true(REST, || running.metrics.hot_leads.get() == 0).await {
        return vec![format!("{} leads never left memory", running.metrics.hot_leads.get())];
    }
    Vec::new()
}

async fn comes_true(within: Duration, holds: impl Fn() -> bool) -> bool {
    let deadline = tokio::time::Instant::now() + within;
    while !holds() {
        if tokio::time::Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(LOOK).await;
    }
    true
}

fn waiting_for(durable: &Durable, running: &Running) -> Vec<String> {
    let ledger = durable.ledger.lock();
    let counts = [
        ("messages without 2xx", ledger.sent.values().filter(|sent| !sent.answered).count()),
        ("actions without an answer", ledger.deeds.values().filter(|deed| !deed.is_settled()).count()),
        ("orders without an answer", ledger.given.values().filter(|given| given.settled.is_none()).count()),
        ("letters without an answer", ledger.letters.values().filter(|letter| !letter.is_settled()).count()),
        ("leads not made", ledger.made.values().filter(|made| made.became == Became::Open).count()),
        ("users not gone", ledger.leavings.iter().filter(|leaving| leaving.settled_at.is_none()).count()),
        ("statuses without 2xx", durable.exchange.unanswered().len()),
        ("rules not rolled out", ledger.rulings.iter().filter(|rules| rules.rolled_out_at.is_none()).count()),
        ("entries in the stream", usize::try_from(running.stream.backlog()).unwrap_or(usize::MAX)),
        ("effects due", usize::try_from(running.metrics.outbox_backlog.get()).unwrap_or(usize::MAX)),
    ];
    counts.into_iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{n} {what}")).collect()
}

/// Leads that are at rest have no hot row: whoever starts next has nothing to read.
fn judge_hot_rows(facts: &Facts, broken: &mut Vec<String>) {
    let rows = facts.dump.iter().filter(|(place, _)| place.table == Table::HotLead).count();
    if rows != 0 {
        broken.push(format!("{rows} hot rows still stand"));
    }
}

/// Everything that must hold.
pub(crate) async fn judge(durable: &Durable, running: &Running) -> Vec<String> {
    let facts = match at_rest(durable, running).await {
        Ok(facts) => facts,
        Err(why) => return vec![why],
    };
    let mut broken = Vec::new();
    judge_hot_rows(&facts, &mut broken);
    messages::judge(durable, &facts, &mut broken);
    let pasts = history::all(durable, &facts);
    leads::judge(durable, &facts, &pasts, &mut broken);
    sends::judge(durable, &facts, &pasts, &mut broken);
    moves::judge(durable, &facts, &mut broken);
    door::judge(durable, &facts, &pasts, &mut broken);
    decks::judge(durable, &facts, &mut broken);
    audit::judge(&facts, &mut broken);
    privacy::judge(durable, &facts, &mut broken);
    broken
}

/// The facts of one moment at which nothing was under way: a deadline may fire while they are gathered.
async fn at_rest(durable: &Durable, running: &Running) -> Result<Facts, String> {
    for _ in 0..100 {
        let facts = Facts::gather(durable, running)
            .await
            .map_err(|error| format!("storage can't be read: {error}"))?;
        let goes_on_at = facts.next_of_sends();
        if running.metrics.hot_leads.get() == 0 && goes_on_at.is_none() {
            return Ok(facts);
        }
        if let Some(at) = goes_on_at {
            running.clock.sleep_until(at.plus_millis(1_000)).await;
        }
        comes_true(REST, || running.metrics.hot_leads.get() == 0 && durable.exchange.unanswered().is_empty())
            .await;
    }
    Err("it never came to rest".to_owned())
}
