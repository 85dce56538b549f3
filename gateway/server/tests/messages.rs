//! From a provider's webhook to a lead, its timeline and a card, through HTTP alone.

mod support;

use support::{Brokerage, Options, Server, Sms, stranger};
use tokio::sync::OnceCell;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::start(Options::default())).await
}

#[tokio::test]
async fn ing_8_one_message_delivered_50_times_at_once_makes_one_lead_one_event_and_one_card() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let ana = brokerage.agent().await;
    let number = brokerage.connect(&ana).await;
    let sms = Sms::new(&stranger(), "Is the house on Elm Street still for sale?");
    futures::future::join_all((0..50).map(|_| number.deliver(&ana.client, &sms))).await;
    server.settled().await;

    let leads = ana.leads().await;
    assert_eq!(leads.len(), 1);
    let messages = ana.messages(leads[0]["id"].as_str().expect("an id")).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["provider_event_id"], sms.sid());
    let cards = ana.cards().await;
    assert_eq!(cards.len(), 1);
    assert_eq!((&cards[0]["kind"], &cards[0]["lead_id"]), (&"contact_now".into(), &leads[0]["id"]));
}
