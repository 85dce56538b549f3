//! What the provider tells of the messages that it took (ING-13): late, twice, in any order, and not always. It is told by
//! the same way as messages of clients: signed, through the hook, until there is a 2xx.

use hearthline_engine::{ids::EventId, message::Delivery, time::Timestamp};
use hearthline_storage_api::rows::outbound::OutboundRef;
use std::{sync::Arc, time::Duration};

use crate::{
    carrier::{Exchange, Taken},
    dice::Dice,
    office::Office,
    plan::Temper,
    provider::{Hook, Request},
    trace::Trace,
};

/// One word about a message.
#[derive(Clone, Debug)]
pub(crate) struct Callback {
    pub event: EventId,
    pub status: Delivery,
    pub request: Request,
    pub due_at: Timestamp,
    /// It got its 2xx.
    pub answered: bool,
}

impl Callback {
    /// Its address names the message: it is brought there however early it comes.
    pub(crate) const fn names_its_message(&self) -> bool {
        self.request.about.is_some()
    }
}

/// A message's way, by what is told of it.
const DELIVERED: [&str; 2] = ["sent", "delivered"];
const READ: [&str; 4] = ["queued", "sent", "delivered", "read"];
const UNDELIVERED: [&str; 2] = ["sent", "undelivered"];
const FAILED: [&str; 1] = ["failed"];
const SENT: [&str; 2] = ["queued", "sent"];

/// Everything that will be told of a message, as the provider plans it when it takes it.
pub(crate) fn callbacks_of(taken: &Taken, office: &Office, temper: Temper, dice: &mut Dice) -> Vec<Callback> {
    let way: &[&str] = match dice.below(1_000) {
        0..600 => &DELIVERED,
        600..700 => &READ,
        700..800 => &UNDELIVERED,
        800..860 => &FAILED,
        860..940 => &SENT,
        _ => &[],
    };
    let mut told = Vec::new();
    let mut at_ms = 0;
    for status in way {
        if dice.chance(temper.forgets) {
            continue;
        }
        // Mostly one after the other, sometimes in any order, sometimes long after.
        at_ms += dice.between(20, 4_000);
        let delay_ms = if dice.chance(temper.late) { dice.between(20, 900_000) } else { at_ms };
        let names = !dice.chance(temper.nameless);
        let times = 1 + u64::from(dice.chance(temper.repeats));
        for time in 0..times {
            let delay_ms = delay_ms + time * dice.between(0, 60_000);
            let due_at = taken.listed_from.plus_millis(i64::try_from(delay_ms).unwrap_or(0));
            told.extend(callback(taken, office, status, names, due_at));
        }
    }
    told
}

fn callback(
    taken: &Taken,
    office: &Office,
    status: &str,
    names: bool,
    due_at: Timestamp,
) -> Option<Callback> {
    let connection = office.connections.get(&taken.connection)?;
    let mut form = vec![
        ("MessageSid", taken.sid.as_str()),
        ("AccountSid", &connection.account),
        ("From", &taken.from),
        ("To", &taken.to),
        ("MessageStatus", status),
    ];
    let delivery = match status {
        "queued" => Delivery::Pending,
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "read" => Delivery::Read,
        _ => {
            form.push(("ErrorCode", if status == "failed" { "30006" } else { "30003" }));
            Delivery::Failed
        }
    };
    let about = names.then_some(OutboundRef { lead: taken.lead, event: taken.event });
    let request = Request::signed(taken.connection, connection, &form, about);
    Some(Callback { event: taken.event, status: delivery, request, due_at, answered: false })
}

/// Brings callbacks to the hook of one incarnation.
#[derive(Clone)]
pub(crate) struct Courier {
    pub exchange: Arc<Exchange>,
    pub hook: Arc<Hook>,
    pub office: Arc<Office>,
    pub trace: Arc<Trace>,
}

impl Courier {
    /// When it is due, and again until it is taken.
    pub(crate) fn deliver(&self, n: usize) {
        let courier = self.clone();
        tokio::spawn(async move {
            let Some(callback) = courier.exchange.callback(n) else { return };
            let Some(connection) = courier.office.connections.get(&callback.request.connection) else {
                return;
            };
            courier.hook.clock.sleep_until(callback.due_at).await;
            while !courier.hook.post(connection, &callback.request).await {
                tokio::time::sleep(Duration::from_secs(3)).await;
            }
            courier.exchange.answered(n);
            courier.trace.note("told of", &[callback.event.as_bytes(), &n.to_be_bytes()]);
        });
    }
}
