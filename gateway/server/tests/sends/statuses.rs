//! Status callbacks in every order, each twice: the final status is the same (ING-13).

use hearthline_simulators::twilio::{Accepted, Fault};
use reqwest::Method;

use crate::{
    desk::{Client, Desk, twilio},
    server,
    support::{Brokerage, sign},
};

/// What Twilio may tell of one message, and what it comes to. `undelivered` and `failed` are the same to us; a message that
/// was delivered was not undelivered, whatever else is told.
const HISTORIES: &[(&[&str], &str)] = &[
    (&["queued", "sent", "delivered"], "delivered"),
    (&["queued", "sent", "undelivered"], "failed"),
    (&["queued", "failed"], "failed"),
    (&["queued", "sent", "undelivered", "delivered"], "delivered"),
];

fn permutations<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let starting_with = |n: usize| {
        let mut rest = items.to_vec();
        let first = rest.remove(n);
        permutations(&rest).into_iter().map(move |tail| [vec![first], tail].concat())
    };
    (0..items.len()).flat_map(starting_with).collect()
}

/// The callback as Twilio makes it.
async fn tell(desk: &Desk, accepted: &Accepted, status: &str) {
    let url = accepted.status_callback.as_deref().expect("it was asked to be told");
    let (url, _) = url.split_once('#').expect("with how often it is to be tried");
    let fields: Vec<(String, String)> = [
        ("MessageSid", accepted.sid.as_str()),
        ("SmsSid", accepted.sid.as_str()),
        ("AccountSid", accepted.account_sid.as_str()),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("From", accepted.from.as_deref().expect("it has a sender")),
        ("To", accepted.to.as_str()),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into_iter()
    .chain((status == "undelivered").then(|| ("ErrorCode".to_owned(), "30003".to_owned())))
    .collect();
    let signature = sign(&desk.number.auth_token, url, &fields);
    let request =
        desk.ana.client.raw(Method::POST, url).header("X-Twilio-Signature", signature).form(&fields);
    desk.ana.client.send(request).await.accepted();
}

#[tokio::test]
async fn ing_13_callbacks_in_every_order_and_twice_give_the_same_final_status() {
    let server = server().await;
    let brokerage = Brokerage::open(server).await;
    let twilio = twilio(1).await;
    // Twilio says nothing by itself: the test tells in its place.
    twilio.turn(|knobs| knobs.lost_callback = Fault::always());
    let desk = Desk::open(server, &brokerage, &twilio).await;
    let mut told: Vec<(Client, String, &str)> = Vec::new();
    for (history, last) in HISTORIES {
        for order in permutations(history) {
            let client = desk.client(server).await;
            let text = format!("Told in the order {}", order.join(", "));
            desk.send(&client, &text).await;
            desk.until(&client, &text, &["sent"]).await;
            let ledger = twilio.ledger();
            let accepted =
                ledger.accepted.iter().find(|accepted| accepted.body == text).expect("it was taken");
            for status in order {
                tell(&desk, accepted, status).await;
                tell(&desk, accepted, status).await;
            }
            told.push((client, text, last));
        }
    }
    server.settled().await;
    assert_eq!(told.len(), 6 + 6 + 2 + 24);
    for (client, text, last) in &told {
        let sent = desk.sent(client).await;
        assert_eq!(sent.len(), 1, "a callback adds no entry: {text}");
        assert_eq!((&sent[0]["body"], &sent[0]["status"]), (&text.as_str().into(), &(*last).into()));
        // The touch stands or falls with it.
        let state = if *last == "delivered" { "active" } else { "new" };
        assert_eq!(desk.state(client).await, state, "{text}");
    }
}
