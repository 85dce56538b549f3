//! Our client of Meta against the simulator: what an error says is held against what the simulator took.

use hearthline_providers::{
    http::Settings,
    meta::{
        Account, BadAccount, Host, Meta, Request, SendError, instagram,
        messenger::{self, Answers},
        whatsapp::{self, FileKind, Recipient},
    },
};
use hearthline_simulators::meta::{self as simulated, Fault, Product};
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeMap, time::Duration};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const CLIENT: &str = "14155550117";
const SENDS: usize = 300;
const PRODUCTS: [(Product, &str); 3] =
    [(Product::Whatsapp, "106540352242922"), (Product::Messenger, "100001"), (Product::Instagram, "178414")];

async fn simulator(seed: u64) -> (simulated::Meta, Meta) {
    let meta =
        simulated::Meta::start("127.0.0.1:0".parse().expect("an address"), seed).await.expect("started");
    for (product, id) in PRODUCTS {
        meta.set_account(simulated::Account {
            product,
            id: id.to_owned(),
            page_id: None,
            business_account_id: None,
            display_number: None,
            app_secret: "secret".to_owned(),
            app_id: None,
            access_token: TOKEN.to_owned(),
            webhook_url: None,
        });
        meta.heard(product, id, CLIENT, Timestamp::now());
    }
    let settings = Settings { timeout: Duration::from_secs(10), ..Settings::default() };
    (meta, Meta::new(&settings).expect("a client"))
}

fn account(simulator: &simulated::Meta, id: &str) -> Account {
    Account::new(Some(simulator.base_url()), Host::Facebook, id, TOKEN).expect("an account")
}

fn request(product: Product, text: &str, answers: Answers) -> Request {
    match product {
        Product::Whatsapp => {
            let content = whatsapp::Content::Text(text);
            whatsapp::Message { to: Recipient::Phone("+14155550117"), content, reference: "ours" }.request()
        }
        Product::Messenger => {
            let content = messenger::Content::Text(text);
            messenger::Message { to: CLIENT, content, answers, reference: "ours" }.request()
        }
        Product::Instagram => {
            instagram::Message { to: CLIENT, content: messenger::Content::Text(text), answers }.request()
        }
    }
}

#[tokio::test]
async fn out_3_what_surely_was_not_sent_was_not_and_nothing_is_sent_twice_by_itself() {
    let (simulator, meta) = simulator(11).await;
    simulator.turn(|knobs| {
        knobs.throttled = Fault::per_mille(80);
        knobs.unavailable = Fault::per_mille(80);
        knobs.expired_token = Fault::per_mille(80);
        knobs.lost_request = Fault::per_mille(80);
        knobs.lost_answer = Fault::per_mille(80);
        knobs.failed_answer = Fault::per_mille(80);
        knobs.garbled_answer = Fault::per_mille(80);
    });
    let mut outcomes = Vec::new();
    for n in 0..SENDS {
        let (product, id) = PRODUCTS[n % PRODUCTS.len()];
        let text = format!("number {n}");
        let sent = meta.send(&account(&simulator, id), &request(product, &text, Answers::Standard)).await;
        outcomes.push((sent, text));
    }
    let ledger = simulator.ledger();
    assert_eq!(ledger.asked, SENDS as u64, "one request a send");
    let taken: BTreeMap<String, (String, bool)> = ledger
        .accepted
        .iter()
        .map(|accepted| (accepted.text.clone(), (accepted.id.clone(), accepted.answered)))
        .collect();
    assert_eq!(taken.len(), ledger.accepted.len());
    let (mut sure, mut taken_unknown, mut lost_unknown) = (0, 0, 0);
    for (outcome, text) in &outcomes {
        match (outcome, taken.get(text)) {
            (Ok(accepted), Some((id, true))) => assert_eq!(&accepted.id, id),
            (Err(error), None) if error.surely_not_sent() => sure += 1,
            (Err(SendError::Unknown { .. }), Some((_, false))) => taken_unknown += 1,
            (Err(SendError::Unknown { .. }), None) => lost_unknown += 1,
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(sure > 20 && taken_unknown > 20 && lost_unknown > 20, "{sure} {taken_unknown} {lost_unknown}");
}

#[tokio::test]
async fn out_2_each_refusal_says_what_it_is() {
    let (simulator, meta) = simulator(1).await;
    let send = async |product: Product, answers: Answers| {
        let (_, id) = PRODUCTS.into_iter().find(|(known, _)| *known == product).expect("one of three");
        meta.send(&account(&simulator, id), &request(product, "hello", answers)).await
    };
    let hours_ago = |hours: i64| {
        for (product, id) in PRODUCTS {
            simulator.heard(product, id, CLIENT, Timestamp::now() - SignedDuration::from_hours(hours));
        }
    };
    // Outside of the standard window: by hand, for a week.
    simulator.turn(|knobs| knobs.window_at_once = true);
    hours_ago(25);
    let closed = |code, subcode| Err(SendError::WindowClosed { code, subcode });
    assert_eq!(send(Product::Whatsapp, Answers::Standard).await, closed(131_047, None));
    assert_eq!(send(Product::Messenger, Answers::Standard).await, closed(10, Some(2_018_278)));
    assert_eq!(send(Product::Instagram, Answers::Standard).await, closed(10, Some(2_534_022)));
    for product in [Product::Messenger, Product::Instagram] {
        send(product, Answers::HumanAgent).await.expect("taken");
    }
    let tags: Vec<_> = simulator.ledger().accepted.iter().map(|taken| taken.tag.clone()).collect();
    assert_eq!(tags, [Some("HUMAN_AGENT".to_owned()), Some("HUMAN_AGENT".to_owned())]);
    hours_ago(7 * 24);
    assert_eq!(send(Product::Messenger, Answers::HumanAgent).await, closed(10, Some(2_018_278)));

    hours_ago(0);
    for code in [4, 613, 80_007, 130_429, 131_056] {
        simulator.turn(|knobs| {
            (knobs.throttled, knobs.throttled_code, knobs.retry_after_seconds) = (Fault::once(), code, 7);
        });
        let retry_after = Some(Duration::from_secs(7));
        let refused = send(Product::Whatsapp, Answers::Standard).await;
        assert_eq!(refused, Err(SendError::Throttled { retry_after }), "{code}");
    }
    simulator.turn(|knobs| knobs.expired_token = Fault::once());
    let expired = SendError::Refused { status: 401, code: Some(190), subcode: Some(463) };
    assert_eq!(send(Product::Whatsapp, Answers::Standard).await, Err(expired));
    assert_eq!(
        expired.to_string(),
        "Meta refused the message: status 401, code 190, subcode 463",
        "no text, address or secret"
    );
    let nowhere = Account::new(Some("http://127.0.0.1:1"), Host::Facebook, "1", TOKEN).expect("an account");
    let unreached = meta.send(&nowhere, &request(Product::Whatsapp, "hello", Answers::Standard)).await;
    assert_eq!(unreached, Err(SendError::NotSent));
}

#[tokio::test]
async fn out_2_somebody_without_a_phone_is_written_to_by_their_id_and_a_file_goes_by_its_address() {
    let (simulator, meta) = simulator(1).await;
    let (_, number) = PRODUCTS[0];
    let id = "US.13491208655302741918";
    simulator.heard(Product::Whatsapp, number, id, Timestamp::now());
    let file =
        simulator.keep(Product::Messenger, PRODUCTS[1].1, "application/pdf", vec![7; 9]).expect("kept");
    let link = simulator.file_url(Product::Messenger, &file);
    let (kind, caption, filename) = (FileKind::of("application/pdf"), Some("the plan"), Some("plan.pdf"));
    let content = whatsapp::Content::File { kind, link: &link, caption, filename };
    let message = whatsapp::Message { to: Recipient::UserId(id), content, reference: "ours" };
    meta.send(&account(&simulator, number), &message.request()).await.expect("taken");
    simulator.settled().await;
    let ledger = simulator.ledger();
    let taken = &ledger.accepted[0];
    assert_eq!((taken.to.as_str(), taken.kind.as_str(), taken.text.as_str()), (id, "document", "the plan"));
    assert_eq!(
        ledger.media.iter().filter(|row| row.how == "fetched").map(|row| row.size_bytes).sum::<usize>(),
        9
    );
}

#[test]
fn an_account_that_can_not_be_used_is_refused_without_repeating_it() {
    let bad = |base: Option<&str>, id: &str| Account::new(base, Host::Instagram, id, TOKEN).err();
    assert_eq!(bad(Some("ftp://example.com"), "1"), Some(BadAccount::BaseUrl));
    assert_eq!(bad(Some("https://user@example.com"), "1"), Some(BadAccount::BaseUrl));
    assert_eq!(bad(None, ""), Some(BadAccount::Id));
    assert_eq!(bad(None, "../1"), None, "whatever it holds stays one segment of the path");
}
