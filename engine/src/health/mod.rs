//! Health of connections (ING-12): what is counted of one, and what is to be made of it.
//!
//! What it promises: everything here adds up. What several writers saw of one connection, each for itself, makes the whole
//! in whatever order it is put together ([`Health::add`]); counts are sums, moments are the latest. It is bounded: a day of
//! hours, so many codes an hour, so many names of what a provider told.
//!
//! What it deliberately does not hold: a client's words, names and addresses. Codes and reasons are the provider's and ours.

mod hour;
mod notices;
mod verdict;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::{
    media::MediaRefusal,
    time::{Seconds, Timestamp},
};

pub use hour::Hour;
pub use notices::{NoticeSeen, facts};
pub use verdict::{Cause, CauseKind, Sight, State, judge};

/// Rates are those of so long before now, in whole hours: the one that has begun and the 23 before it.
pub const WINDOW: Seconds = Seconds(24 * 3_600);

const HOUR_MS: i64 = 3_600_000;
const HOURS: i64 = 24;
/// How often something happened, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    #[serde(rename = "n")]
    pub count: u64,
    /// When last.
    #[serde(rename = "at")]
    pub last_at: Option<Timestamp>,
}

impl Tally {
    fn note(&mut self, at: Timestamp) {
        self.add(Self { count: 1, last_at: Some(at) });
    }
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.last_at = self.last_at.max(other.last_at);
    }
}

/// What a provider said to a message, as far as it tells about the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It has it.
    Accepted,
    /// It never will, with its code.
    Refused {
        /// The provider's.
        code: Option<String>,
    },
    /// The client's last message is too long ago (OUT-2): nothing is wrong with the connection.
    WindowClosed,
    /// The client does not want it (OUT-7): nothing is wrong with the connection.
    OptedOut,
    /// Later.
    Throttled,
    /// The provider could not be reached.
    Unreachable,
    /// The answer was lost.
    Unknown,
}

/// Something that tells how a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A request of the provider was made durable.
    Received,
    /// A request without a signature, or with a wrong one (ING-6).
    SignatureFailed {
        /// It names another account than the settings do.
        other_account: bool,
    },
    /// A request could not be made durable.
    NotDurable,
    /// A message became an event.
    Event {
        /// When a client wrote it, from which the hours of the reply window count; none: it opens no window.
        heard_at: Option<Timestamp>,
    },
    /// Something came among the dead letters, for a cause of that code.
    DeadLetter {
        /// Stable.
        cause: &'static str,
    },
    /// The provider was asked to send.
    Sent(Sent),
    /// A message that the provider had accepted did not arrive.
    Undelivered {
        /// The provider's.
        code: Option<String>,
    },
    /// The provider does not know the connection's credentials, or not any more.
    CredentialsRejected {
        /// The provider's code.
        code: String,
    },
    /// The provider took the credentials, for something else than a message.
    CredentialsTaken,
    /// Somebody changed the connection's settings: what was said of the old ones counts no more.
    SettingsChanged,
    /// A file was fetched.
    FileKept,
    /// A file is not taken (DOC-1).
    FileRefused(MediaRefusal),
    /// The provider told something of the account and of no message.
    Told {
        /// The provider's name for it.
        name: String,
        /// What of it can be shown ([`facts`]).
        facts: BTreeMap<String, String>,
    },
}

/// What is known of a connection, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Requests that were made durable.
    pub received: Tally,
    /// Messages that became an event.
    pub events: Tally,
    /// Requests with a missing or wrong signature.
    pub signature_failures: Tally,
    /// Of these, those that name another account.
    pub other_account: u64,
    /// Requests that could not be made durable.
    pub not_durable: Tally,
    /// What came among the dead letters, ever.
    pub dead_letters: Tally,
    /// Why the last of them did.
    pub last_dead_letter: Option<(Timestamp, String)>,
    /// Messages that the provider took.
    pub accepted: Tally,
    /// Attempts to send that failed, and messages that did not arrive.
    pub failed: Tally,
    /// Messages that came too late after the client's.
    pub window_closed: Tally,
    /// When the credentials were refused last, and with which code.
    pub rejected: Option<(Timestamp, String)>,
    /// When they were taken last, for something else than a message.
    pub taken_at: Option<Timestamp>,
    /// When the settings were changed last.
    pub settings_changed_at: Option<Timestamp>,
    /// Files that were fetched.
    pub files_kept: Tally,
    /// Files that are not taken, by the reason.
    pub files_refused: BTreeMap<MediaRefusal, Tally>,
    /// When a client wrote the last message that opens a reply window.
    pub heard_at: Option<Timestamp>,
    /// What the provider told of the account, by its name.
    pub notices: BTreeMap<String, NoticeSeen>,
    /// By hours since 1970-01-01 UTC: the last of them.
    pub hours: BTreeMap<i64, Hour>,
}

impl Health {
    /// Counts one thing that was seen at that moment.
    pub fn note(&mut self, seen: Seen, at: Timestamp) {
        match seen {
            Seen::Received => {
                self.received.note(at);
                self.hour(at).received += 1;
            }
            Seen::SignatureFailed { other_account } => {
                self.signature_failures.note(at);
                self.other_account += u64::from(other_account);
                self.hour(at).signature_failures += 1;
            }
            Seen::NotDurable => {
                self.not_durable.note(at);
                self.hour(at).not_durable += 1;
            }
            Seen::Event { heard_at } => {
                self.events.note(at);
                self.heard_at = self.heard_at.max(heard_at);
            }
            Seen::DeadLetter { cause } => {
                self.dead_letters.note(at);
                latest(&mut self.last_dead_letter, Some((at, cause.to_owned())));
            }
            Seen::Sent(sent) => self.note_sent(sent, at),
            Seen::Undelivered { code } => {
                self.hour(at).undelivered += 1;
                self.note_failed(code.as_deref(), at);
            }
            Seen::CredentialsRejected { code } => latest(&mut self.rejected, Some((at, code))),
            Seen::CredentialsTaken => self.taken_at = self.taken_at.max(Some(at)),
            Seen::SettingsChanged => self.settings_changed_at = self.settings_changed_at.max(Some(at)),
            Seen::FileKept => self.files_kept.note(at),
            Seen::FileRefused(reason) => self.files_refused.entry(reason).or_default().note(at),
            Seen::Told { name, facts } => self.note_told(name, NoticeSeen { count: 1, at, facts }),
        }
    }

    fn note_sent(&mut self, sent: Sent, at: Timestamp) {
        match sent {
            Sent::Accepted => {
                self.accepted.note(at);
                self.hour(at).accepted += 1;
            }
            Sent::Refused { code } => {
                self.hour(at).refused += 1;
                self.note_failed(code.as_deref(), at);
            }
            Sent::WindowClosed => {
                self.window_closed.note(at);
                self.hour(at).window_closed += 1;
            }
            Sent::OptedOut => {}
            Sent::Throttled => self.hour(at).throttled += 1,
            Sent::Unreachable => {
                self.hour(at).unreachable += 1;
                self.failed.note(at);
            }
            Sent::Unknown => {
                self.hour(at).unknown += 1;
                self.failed.note(at);
            }
        }
    }

    fn note_failed(&mut self, code: Option<&str>, at: Timestamp) {
        self.failed.note(at);
        if let Some(code) = code {
            self.hour(at).note_code(code, 1);
        }
    }

    fn hour(&mut self, at: Timestamp) -> &mut Hour {
        self.hours.entry(hour_of(at)).or_default()
    }

    /// Takes in what another writer saw.
    pub fn add(&mut self, other: &Self) {
        self.received.add(other.received);
        self.events.add(other.events);
        self.signature_failures.add(other.signature_failures);
        self.other_account += other.other_account;
        self.not_durable.add(other.not_durable);
        self.dead_letters.add(other.dead_letters);
        latest(&mut self.last_dead_letter, other.last_dead_letter.clone());
        self.accepted.add(other.accepted);
        self.failed.add(other.failed);
        self.window_closed.add(other.window_closed);
        latest(&mut self.rejected, other.rejected.clone());
        self.taken_at = self.taken_at.max(other.taken_at);
        self.settings_changed_at = self.settings_changed_at.max(other.settings_changed_at);
        self.files_kept.add(other.files_kept);
        for (reason, tally) in &other.files_refused {
            self.files_refused.entry(*reason).or_default().add(*tally);
        }
        self.heard_at = self.heard_at.max(other.heard_at);
        for (name, told) in &other.notices {
            self.note_told(name.clone(), told.clone());
        }
        for (hour, seen) in &other.hours {
            self.hours.entry(*hour).or_default().add(seen);
        }
    }

    /// Lets go of hours that no window of now's reaches.
    pub fn forget_before(&mut self, now: Timestamp) {
        let oldest = hour_of(now) - HOURS + 1;
        self.hours.retain(|hour, _| *hour >= oldest);
    }

    /// The hours of [`WINDOW`] as one.
    #[must_use]
    pub fn window(&self, now: Timestamp) -> Hour {
        let newest = hour_of(now);
        let mut whole = Hour::default();
        for (_, hour) in self.hours.range(newest - HOURS + 1..=newest) {
            whole.add(hour);
        }
        whole
    }

    /// Since when the credentials are refused, and with which code; nothing once they were taken or changed.
    #[must_use]
    pub fn credentials_rejected(&self) -> Option<(Timestamp, &str)> {
        let (at, code) = self.rejected.as_ref()?;
        let over = self.credentials_taken_at().max(self.settings_changed_at);
        over.is_none_or(|over| over < *at).then_some((*at, code.as_str()))
    }

    /// When the provider took the credentials last, as far as it was asked.
    #[must_use]
    pub fn credentials_taken_at(&self) -> Option<Timestamp> {
        self.accepted.last_at.max(self.taken_at)
    }

    /// The last file that was not taken, and why.
    #[must_use]
    pub fn last_file_refused(&self) -> Option<(Timestamp, MediaRefusal)> {
        let latest = self.files_refused.iter().filter_map(|(reason, tally)| Some((tally.last_at?, *reason)));
        latest.max()
    }
}

/// Of two things that were seen, the later one; under one moment the greater.
fn latest(standing: &mut Option<(Timestamp, String)>, other: Option<(Timestamp, String)>) {
    if other > *standing {
        *standing = other;
    }
}

const fn hour_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(n: i64) -> Timestamp {
        Timestamp::from_millis(1_777_885_200_000 + n * 60_000)
    }

    fn refused(code: &str) -> Seen {
        Seen::Sent(Sent::Refused { code: Some(code.to_owned()) })
    }

    /// One of each, with some that compete.
    fn story() -> Vec<(Seen, Timestamp)> {
        let told = |limit: &str| Seen::Told {
            name: "phone_number_quality_update".to_owned(),
            facts: BTreeMap::from([("current_limit".to_owned(), limit.to_owned())]),
        };
        let seen = [
            Seen::Received,
            Seen::SignatureFailed { other_account: true },
            Seen::SignatureFailed { other_account: false },
            Seen::NotDurable,
            Seen::Event { heard_at: Some(minute(9)) },
            Seen::Event { heard_at: None },
            Seen::Event { heard_at: Some(minute(3)) },
            Seen::DeadLetter { cause: "unreadable" },
            Seen::DeadLetter { cause: "not_applied" },
            Seen::Sent(Sent::Accepted),
            refused("131026"),
            Seen::Sent(Sent::WindowClosed),
            Seen::Sent(Sent::OptedOut),
            Seen::Sent(Sent::Throttled),
            Seen::Sent(Sent::Unreachable),
            Seen::Sent(Sent::Unknown),
            Seen::Undelivered { code: Some("131049".to_owned()) },
            Seen::CredentialsRejected { code: "190".to_owned() },
            Seen::CredentialsTaken,
            Seen::SettingsChanged,
            Seen::FileKept,
            Seen::FileRefused(MediaRefusal::TooLarge),
            Seen::FileRefused(MediaRefusal::PrivateAddress),
            told("TIER_1K"),
            told("TIER_10K"),
        ];
        (0..).zip(seen).map(|(n, seen)| (seen, minute(n * 7))).collect()
    }

    #[test]
    fn ing_12_what_several_writers_saw_makes_the_whole_in_any_order() {
        let mut whole = Health::default();
        for (seen, at) in story() {
            whole.note(seen, at);
        }
        for split in 1..7_usize {
            let mut parts = vec![Health::default(); split];
            for (n, (seen, at)) in story().into_iter().enumerate() {
                parts[n * 5 % split].note(seen, at);
            }
            let (mut forth, mut back) = (Health::default(), Health::default());
            parts.iter().for_each(|part| forth.add(part));
            parts.iter().rev().for_each(|part| back.add(part));
            assert_eq!(forth, whole, "{split} writers");
            assert_eq!(back, whole, "{split} writers, the other way round");
        }
    }

    #[test]
    fn ing_12_rates_are_of_the_last_day_and_older_hours_are_let_go() {
        let mut health = Health::default();
        health.note(refused("old"), minute(-60 * 24));
        for _ in 0..3 {
            health.note(Seen::Sent(Sent::Accepted), minute(-60 * 23));
        }
        health.note(refused("190"), minute(0));
        let window = health.window(minute(0));
        assert_eq!((window.attempts(), window.errors()), (4, 1));
        assert_eq!(window.codes, BTreeMap::from([("190".to_owned(), 1)]));
        health.forget_before(minute(0));
        assert_eq!(health.hours.len(), 2);
        assert_eq!(health.failed.count, 2, "what is counted for ever stays");
    }

    #[test]
    fn ing_12_codes_are_bounded_and_nothing_but_codes() {
        let mut health = Health::default();
        for code in ["a text with spaces", "+14155550100", "", &"9".repeat(33)] {
            health.note(refused(code), minute(0));
        }
        assert_eq!(health.window(minute(0)).codes, BTreeMap::from([("other".to_owned(), 4)]));
        for n in 0..100 {
            health.note(refused(&n.to_string()), minute(0));
        }
        let codes = health.window(minute(0)).codes;
        assert!(codes.len() <= hour::CODES + 1, "{codes:?}");
        assert_eq!(codes.values().sum::<u64>(), 104);
    }

    #[test]
    fn ing_12_credentials_are_good_again_once_they_are_taken_or_changed() {
        let rejected = || {
            let mut health = Health::default();
            health.note(Seen::CredentialsRejected { code: "190".to_owned() }, minute(5));
            health
        };
        assert_eq!(rejected().credentials_rejected(), Some((minute(5), "190")));
        for good in [Seen::Sent(Sent::Accepted), Seen::SettingsChanged, Seen::CredentialsTaken] {
            let (mut before, mut after) = (rejected(), rejected());
            before.note(good.clone(), minute(4));
            assert!(before.credentials_rejected().is_some(), "{good:?}");
            after.note(good.clone(), minute(6));
            assert_eq!(after.credentials_rejected(), None, "{good:?}");
        }
    }

    #[test]
    fn ing_12_an_hour_that_nobody_fills_takes_no_more_than_its_row_may() {
        let mut health = Health::default();
        for hour in 0..24 {
            for n in 0..40 {
                health.note(refused(&format!("{:0>32}", n * 1_000 + hour)), minute(-60 * hour));
            }
        }
        let hours = health.hours.values();
        let bytes: usize =
            hours.map(|hour| hour.codes.keys().map(|code| code.len() + 10).sum::<usize>() + 120).sum();
        assert!(bytes < 24 * 1_024, "{bytes} bytes of a batch of 40 KiB");
    }
}
