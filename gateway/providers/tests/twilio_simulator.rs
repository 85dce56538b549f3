//! Our client against the simulator: what an error says is held against what the simulator took.

use hearthline_engine::raw::Raw;
use hearthline_providers::{
    http::Settings,
    twilio::{Account, Message, Query, SendError, Sender, Twilio},
};
use hearthline_simulators::twilio::{self as simulated, Fault, Number};
use std::{collections::BTreeSet, time::Duration};

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+14155550190";
const CLIENT: &str = "+14155550117";
const SENDS: usize = 300;

async fn simulator(seed: u64) -> (simulated::Twilio, Twilio, Account) {
    let twilio =
        simulated::Twilio::start("127.0.0.1:0".parse().expect("an address"), seed).await.expect("started");
    twilio.set_account(simulated::Account {
        account_sid: SID.to_owned(),
        auth_token: TOKEN.to_owned(),
        numbers: vec![Number { number: NUMBER.to_owned(), webhook_url: None }],
        services: Vec::new(),
    });
    let account = Account::new(Some(twilio.base_url()), SID, TOKEN).expect("an account");
    let settings = Settings { timeout: Duration::from_secs(10), ..Settings::default() };
    (twilio, Twilio::new(&settings).expect("a client"), account)
}

fn text(body: &str) -> Message<'_> {
    Message { sender: Sender::From(NUMBER), to: CLIENT, body, media_urls: &[], status_callback: None }
}

#[tokio::test]
async fn out_3_what_surely_was_not_sent_was_not_and_what_is_unknown_is_found_by_listing() {
    let (simulator, twilio, account) = simulator(11).await;
    simulator.turn(|knobs| {
        knobs.throttled = Fault::per_mille(80);
        knobs.unavailable = Fault::per_mille(80);
        knobs.lost_request = Fault::per_mille(80);
        knobs.lost_answer = Fault::per_mille(80);
        knobs.failed_answer = Fault::per_mille(80);
        knobs.garbled_answer = Fault::per_mille(80);
    });
    let mut outcomes = Vec::new();
    for n in 0..SENDS {
        let body = format!("number {n}");
        outcomes.push((twilio.send(&account, &text(&body)).await, body));
    }
    simulator.settled().await;

    let ledger = simulator.ledger();
    assert_eq!(ledger.asked, SENDS as u64, "one request a send");
    let times = ledger.times(|accepted| accepted.body.clone());
    assert!(times.values().all(|times| *times == 1));
    let query = Query { to: Some(CLIENT), from: Some(NUMBER), sent_after: None, page_size: 50, pages: 20 };
    let listing = twilio.list(&account, &query).await.expect("listed");
    assert!(listing.complete);
    let (mut sure, mut taken_unknown, mut lost_unknown) = (0, 0, 0);
    for (outcome, body) in outcomes {
        let taken = times.contains_key(&body);
        let raw = Raw::new(body);
        let listed = listing.messages.iter().find(|known| known.body == raw);
        assert_eq!(listed.is_some(), taken, "a list tells what was taken");
        match outcome {
            Ok(accepted) => assert_eq!(Some(accepted.sid), listed.map(|known| known.sid.clone())),
            Err(error) if error.surely_not_sent() => {
                assert!(!taken, "{error}");
                sure += 1;
            }
            Err(_) if taken => taken_unknown += 1,
            Err(_) => lost_unknown += 1,
        }
    }
    assert!(sure > 0 && taken_unknown > 0 && lost_unknown > 0, "{sure} {taken_unknown} {lost_unknown}");
}

#[tokio::test]
async fn out_3_an_answer_that_comes_too_late_is_unknown_and_known_by_its_sid_later() {
    let (simulator, _, account) = simulator(1).await;
    simulator.turn(|knobs| knobs.answer_delay_ms = 60_000);
    let settings = Settings { timeout: Duration::from_millis(500), ..Settings::default() };
    let impatient = Twilio::new(&settings).expect("a client");
    let error = impatient.send(&account, &text("slow")).await.expect_err("too late");
    assert_eq!(error, SendError::Unknown { status: None });
    simulator.settled().await;
    let sid = simulator.ledger().accepted[0].sid.clone();
    let known = impatient.fetch(&account, &sid).await.expect("known");
    assert_eq!((known.status.as_str(), known.to.as_str()), ("delivered", CLIENT));
}

#[tokio::test]
async fn out_7_refusals_come_with_twilios_codes() {
    let (simulator, twilio, account) = simulator(1).await;
    let mut codes = BTreeSet::new();
    for (to, from) in
        [("+15005550004", NUMBER), ("+15005550009", NUMBER), (CLIENT, "+14155550199"), ("x", NUMBER)]
    {
        let message = Message { sender: Sender::From(from), to, ..text("x") };
        let error = twilio.send(&account, &message).await.expect_err("refused");
        let SendError::Refused { status: 400, code: Some(code) } = error else { panic!("{error:?}") };
        codes.insert(code);
    }
    assert_eq!(codes, [21211, 21606, 21610, 21614].into());
    let stranger = Account::new(Some(simulator.base_url()), SID, "wrong").expect("an account");
    let error = twilio.send(&stranger, &text("x")).await.expect_err("refused");
    assert_eq!(error, SendError::Refused { status: 401, code: Some(20003) });
}
