//! What published payloads tell of messages that were sent: each is tied to a message that went from here and has the id
//! that the payload names, and the API shows what the INDEX states (ING-13).

use futures::{StreamExt, stream};
use hearthline_simulators::meta::{self as simulated, Fault, Meta, Product};
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::{
    AT_ONCE, corpus, damage,
    facts::client_of,
    file::File,
    index::{self, Row},
    server,
    support::{Account, Brokerage, LONG_ENOUGH, POLL, Server, User, conversation, event, message, whatsapp},
};

const SECRET: &str = "secret-of-the-corpus";

/// A message that a payload tells of.
struct Told {
    product: Product,
    account: String,
    client: String,
    id: String,
    /// What it comes to, in our words.
    status: &'static str,
}

/// What a row tells of a message of ours, if it names one.
fn told(file: &File, row: &Row) -> Option<Told> {
    let (client, account) = (client_of(row)?, file.accounts().swap_remove(0));
    let (product, id, status) = match (row["folder"].as_str(), row["event_type"].as_str()) {
        ("whatsapp", told) => {
            let status = match told.strip_prefix("status:")? {
                "sent" => "sent",
                "delivered" => "delivered",
                "read" | "played" => "read",
                "failed" => "failed",
                // Of calls.
                _ => return None,
            };
            (Product::Whatsapp, row["provider_message_id"].clone(), status)
        }
        // The table states no id of them: the payload does. What is told by a moment alone is older than any message here.
        ("messenger", "delivery") => {
            let mids = &file.json()?["entry"][0]["messaging"][0]["delivery"]["mids"];
            (Product::Messenger, mids[0].as_str()?.to_owned(), "delivered")
        }
        ("instagram", "read") => (Product::Instagram, row["reply_to"].clone(), "read"),
        _ => return None,
    };
    (!id.is_empty()).then_some(Told { product, account, client, id, status })
}

struct Office {
    agent: User,
    account: Account,
    lead: String,
}

/// A tenant with a connected account and a message to the client that Meta took under that id.
async fn sent(server: &Server, meta: &Meta, file: &File, told: &Told) -> Office {
    let brokerage = Brokerage::open(server).await;
    let agent = brokerage.agent().await;
    let account = Account::connect(&brokerage, &agent, &file.folder, &told.account, SECRET).await;
    let settings = json!({"settings": {"api_base_url": meta.base_url()}});
    brokerage.admin.client.patch(&format!("/v1/connections/{}", account.id), &settings).await.ok();
    let body = match file.folder.as_str() {
        "whatsapp" => whatsapp(&[(&told.account, message(&told.client, "introduction", "hello"))]),
        "messenger" => conversation("page", &[event(&told.client, &told.account, "introduction", "hello")]),
        _ => conversation("instagram", &[event(&told.client, &told.account, "introduction", "hello")]),
    };
    account.deliver(&agent.client, &body).await;
    server.settled().await;
    let lead = agent.leads().await[0]["id"].as_str().expect("an id").to_owned();
    let office = Office { agent, account, lead };
    let message = json!({"channel": file.folder, "body": "an answer"});
    let taken = office.agent.client.post(&format!("/v1/leads/{}/messages", office.lead), &message).await;
    assert_eq!(taken.status, 202, "{}: {}", file.name, taken.text);
    let looking = async {
        while office.shown().await["status"] != "sent" {
            tokio::time::sleep(POLL).await;
        }
    };
    server.log().within(LONG_ENOUGH, &format!("the message of {}", file.name), looking).await;
    office
}

impl Office {
    /// The message as the API shows it.
    async fn shown(&self) -> Value {
        let mut events = self.agent.events(&self.lead).await;
        events.retain(|event| event["direction"] == "out" && event["provider"] == "meta");
        assert_eq!(events.len(), 1, "nothing that is told of a message adds an entry");
        events.swap_remove(0)
    }
}

/// A Meta for one payload: what its accounts are called is not unique among the payloads.
async fn meta(told: &Told) -> Meta {
    let meta = Meta::start("127.0.0.1:0".parse().expect("an address"), 1).await.expect("a simulator");
    meta.set_account(simulated::Account {
        product: told.product,
        id: told.account.clone(),
        page_id: None,
        business_account_id: None,
        display_number: None,
        app_secret: SECRET.to_owned(),
        app_id: None,
        access_token: "access".to_owned(),
        webhook_url: None,
    });
    meta.turn(|knobs| knobs.lost_webhook = Fault::always());
    meta.heard(told.product, &told.account, &told.client, jiff::Timestamp::now());
    meta.name_next(told.product, &told.account, &told.id);
    meta
}

#[tokio::test(flavor = "multi_thread")]
async fn ing_13_every_published_status_of_a_message_of_ours_is_shown_as_its_index_states_in_any_order() {
    let Some(root) = corpus() else { return };
    let server = server().await;
    let cases: Vec<(File, Told)> = index::files(&root)
        .into_iter()
        .filter(|file| file.folder != "twilio")
        .filter_map(|file| {
            let told = file.rows.iter().find_map(|row| told(&file, row))?;
            Some((file, told))
        })
        .collect();
    let counted: Vec<(String, &str, usize)> = stream::iter(cases)
        .map(|(file, told)| async move {
            let meta = meta(&told).await;
            let office = sent(server, &meta, &file, &told).await;
            let deliver =
                |body: Vec<u8>| async { office.account.deliver_bytes(&office.agent.client, body).await };
            // Damaged before and after, and the whole one twice: what is left of a status says the same or nothing.
            let damaged = damage::bodies(&file);
            let (before, after) = damaged.split_at(damaged.len() / 2);
            for body in before {
                deliver(body.clone()).await;
            }
            deliver(file.body.clone()).await;
            deliver(file.body.clone()).await;
            for body in after {
                deliver(body.clone()).await;
            }
            if told.product == Product::Whatsapp {
                // Late words of how it began.
                let status =
                    json!({"id": told.id, "status": "sent", "timestamp": "1", "recipient_id": told.client});
                let value = json!({"messaging_product": "whatsapp", "statuses": [status],
                    "metadata": {"display_phone_number": "1", "phone_number_id": told.account}});
                let entry = json!({"id": "WABA", "changes": [{"field": "messages", "value": value}]});
                let body = json!({"object": "whatsapp_business_account", "entry": [entry]});
                deliver(body.to_string().into_bytes()).await;
            }
            server.settled().await;
            let shown = office.shown().await;
            assert_eq!(shown["provider_event_id"], told.id.as_str(), "{}", file.name);
            assert_eq!(shown["status"], told.status, "{}", file.name);
            (file.folder, told.status, damaged.len() + 2)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut counts = BTreeMap::<(String, &str), usize>::new();
    for (folder, status, _) in &counted {
        *counts.entry((folder.clone(), status)).or_default() += 1;
    }
    let requests: usize = counted.iter().map(|(.., requests)| requests).sum();
    println!("{} statuses tied to messages, by {requests} requests", counted.len());
    counts.iter().for_each(|((folder, status), count)| println!("  {count:4} {folder} {status}"));
    assert!(counted.len() >= 20, "only {} statuses found", counted.len());
    assert!(!server.log().text().contains("panicked"), "something panicked");
}
