//! After the load: everything settles, and whatever was answered 2xx stands once in its client's thread.

use hearthline_load::drive::{Client, Failed};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    brokerage::{Agent, text},
    clients::Clients,
    report::Checked,
};

/// How long a server may go on with what it has taken.
const SETTLES_WITHIN: Duration = Duration::from_secs(60);
/// How often it is looked at meanwhile.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Threads that are read, at most.
pub const THREADS: usize = 500;

/// How long it took until nothing was left to do (surface: `GET /metrics`, "both 0 means settled"). None: it did not.
pub async fn settled(server: &Client) -> Result<Option<Duration>, Failed> {
    let since = Instant::now();
    while since.elapsed() < SETTLES_WITHIN {
        if server.is_settled().await? {
            return Ok(Some(since.elapsed()));
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(None)
}

/// Compares threads with what was taken.
pub async fn threads(agents: &[Arc<Agent>], clients: &Clients) -> Result<Checked, Failed> {
    let mut checked = Checked::default();
    for (n, agent) in agents.iter().enumerate() {
        let mut taken = clients.taken_of(n);
        let client = &agent.client;
        for lead in all(client, "/v1/leads").await? {
            let Some(count) = lead["phones"][0].as_str().and_then(|phone| taken.remove(phone)) else {
                continue;
            };
            if checked.threads < THREADS as u64 {
                checked.threads += 1;
                let events = all(client, &format!("/v1/leads/{}/events", text(&lead, "id")?)).await?;
                checked.compare(count, &times(&events));
            }
        }
        // Whoever was answered and has no lead at all.
        checked.missing += taken.values().map(|count| u64::from(*count)).sum::<u64>();
    }
    Ok(checked)
}

/// How often each message stands in a thread, by its id.
fn times(events: &[serde_json::Value]) -> HashMap<&str, u64> {
    let ids = events.iter().filter(|event| event["kind"] == "message" && event["direction"] == "in");
    ids.filter_map(|event| event["provider_event_id"].as_str()).fold(HashMap::new(), |mut times, id| {
        *times.entry(id).or_default() += 1;
        times
    })
}

async fn all(client: &Client, path: &str) -> Result<Vec<serde_json::Value>, Failed> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{path}?limit=200{cursor}")).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}
