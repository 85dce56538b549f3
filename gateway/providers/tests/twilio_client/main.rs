//! The client of Twilio against servers that answer, answer wrongly, break off or say nothing.

mod failures;
mod listing;
mod requests;
mod stub;

use hearthline_providers::{
    http::Settings,
    twilio::{Account, Message, Sender, Twilio},
};
use std::time::Duration;

const SID: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-nobody-may-see";
const TO: &str = "+14155550117";
const TEXT: &str = "the text nobody may see & more = 1+1 ☂";

fn account(base: &str) -> Account {
    Account::new(Some(base), SID, TOKEN).expect("an account")
}

fn twilio() -> Twilio {
    let (connect_timeout, timeout) = (Duration::from_millis(700), Duration::from_millis(1500));
    let settings = Settings { connect_timeout, timeout, ..Settings::default() };
    Twilio::new(&settings).expect("a client")
}

fn message() -> Message<'static> {
    Message {
        sender: Sender::From("+14155550190"),
        to: TO,
        body: TEXT,
        media_urls: &[],
        status_callback: Some("https://crm.example/hooks/twilio_sms/1?outbox=7#rc=5&rp=all"),
    }
}
