//! What is to be made of a connection's health: one state, and why.
//!
//! The causes are independent of each other; the state is the worst of theirs. Each says since when, and what a person can
//! do about it hangs on the kind alone.

use super::{Health, Hour};
use crate::{media::MediaRefusal, time::Timestamp};

/// How a connection is, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing is known to be wrong.
    Ok,
    /// Nothing comes in: it may be wrong, or quiet.
    Silent,
    /// Part of what should work does not.
    Degraded,
    /// It does not work, in or out.
    Failing,
}

/// Why a connection is not [`State::Ok`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CauseKind {
    /// The provider refuses its credentials.
    CredentialsRejected,
    /// Requests come with wrong signatures.
    SignaturesRefused,
    /// Too much of what is sent fails.
    SendsFail,
    /// What came in waits for long.
    BacklogStuck,
    /// What came in could not be made durable.
    NotDurable,
    /// Something came in that was not taken.
    DeadLetters,
    /// Files are not taken, for a reason that lies with the connection or its provider.
    MediaRefused,
    /// Nothing ever came.
    NeverCalled,
    /// Nothing came for long.
    Quiet,
}

/// One reason for a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Which.
    pub kind: CauseKind,
    /// What it makes of the connection.
    pub state: State,
    /// Since when, or when last.
    pub since: Option<Timestamp>,
    /// How often, where that is what matters.
    pub count: Option<u64>,
    /// A code of the provider's, or a reason's.
    pub detail: Option<String>,
}

/// What there is to judge by.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// What was counted.
    pub health: &'a Health,
    /// When the connection was made.
    pub created_at: Timestamp,
    /// Of what waits in the stream, when the longest waiting was received.
    pub waits_since: Option<Timestamp>,
    /// Dead letters that wait for somebody.
    pub dead_letters: u64,
    /// Now.
    pub now: Timestamp,
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// What came in is a matter of milliseconds: so long, and something is in the way; so much longer, and nothing gets through.
const SLOW_MS: i64 = 2 * MINUTE_MS;
const STUCK_MS: i64 = 15 * MINUTE_MS;
/// So long without a request: a page may have a quiet week.
const QUIET_MS: i64 = 7 * DAY_MS;
/// So many attempts, none of which went through, are no accident.
const ALL_FAILED: u64 = 3;
/// From so many errors on, a tenth of all is too much.
const SOME_FAILED: u64 = 2;
const TOLERATED_SHARE: u64 = 10;

/// Why a connection is not as it should be, the worst first; nothing: all is well.
#[must_use]
pub fn judge(sight: &Sight<'_>) -> Vec<Cause> {
    let window = sight.health.window(sight.now);
    let found = [
        credentials(sight),
        signatures(sight, &window),
        sends(sight, &window),
        backlog(sight),
        durability(sight),
        dead_letters(sight),
        media(sight),
        silence(sight),
    ];
    let mut causes: Vec<Cause> = found.into_iter().flatten().collect();
    causes.sort_by(|a, b| b.state.cmp(&a.state).then(a.kind.cmp(&b.kind)));
    causes
}

fn cause(kind: CauseKind, state: State, since: Option<Timestamp>) -> Cause {
    Cause { kind, state, since, count: None, detail: None }
}

fn credentials(sight: &Sight<'_>) -> Option<Cause> {
    let (since, code) = sight.health.credentials_rejected()?;
    let detail = Some(code.to_owned());
    Some(Cause { detail, ..cause(CauseKind::CredentialsRejected, State::Failing, Some(since)) })
}

/// Anybody may call an address with a wrong signature: only where nothing else comes, it is the connection that fails.
fn signatures(sight: &Sight<'_>, window: &Hour) -> Option<Cause> {
    let failures = sight.health.signature_failures;
    let settled = sight.health.settings_changed_at >= failures.last_at;
    if window.signature_failures == 0 || settled {
        return None;
    }
    let state = if window.received == 0 { State::Failing } else { State::Degraded };
    let count = Some(window.signature_failures);
    Some(Cause { count, ..cause(CauseKind::SignaturesRefused, state, failures.last_at) })
}

fn sends(sight: &Sight<'_>, window: &Hour) -> Option<Cause> {
    let (attempts, errors) = (window.attempts(), window.errors());
    let state = if attempts >= ALL_FAILED && errors == attempts {
        State::Failing
    } else if errors >= SOME_FAILED && errors * TOLERATED_SHARE >= attempts {
        State::Degraded
    } else {
        return None;
    };
    let often = window.codes.iter().max_by_key(|(_, count)| **count);
    let detail = often.map(|(code, _)| code.clone());
    Some(Cause {
        detail,
        count: Some(errors),
        ..cause(CauseKind::SendsFail, state, sight.health.failed.last_at)
    })
}

fn backlog(sight: &Sight<'_>) -> Option<Cause> {
    let since = sight.waits_since?;
    let state = match sight.now.millis_since(since) {
        ..SLOW_MS => return None,
        SLOW_MS..STUCK_MS => State::Degraded,
        STUCK_MS.. => State::Failing,
    };
    Some(cause(CauseKind::BacklogStuck, state, Some(since)))
}

fn durability(sight: &Sight<'_>) -> Option<Cause> {
    let last = sight.health.not_durable.last_at?;
    let recent = sight.now.millis_since(last) < HOUR_MS;
    recent.then(|| cause(CauseKind::NotDurable, State::Degraded, Some(last)))
}

fn dead_letters(sight: &Sight<'_>) -> Option<Cause> {
    let count = sight.dead_letters;
    let last = sight.health.dead_letters.last_at;
    (count > 0).then(|| Cause { count: Some(count), ..cause(CauseKind::DeadLetters, State::Degraded, last) })
}

/// The last one that tells of the connection, if it was today.
fn media(sight: &Sight<'_>) -> Option<Cause> {
    let refused = sight.health.files_refused.iter();
    let of_connection = refused.filter(|(reason, _)| lies_with_connection(**reason));
    let (last, reason) = of_connection.filter_map(|(reason, tally)| Some((tally.last_at?, *reason))).max()?;
    if sight.now.millis_since(last) >= DAY_MS {
        return None;
    }
    let detail = Some(reason.code().to_owned());
    Some(Cause { detail, ..cause(CauseKind::MediaRefused, State::Degraded, Some(last)) })
}

/// Whether a reason says something of the connection or its provider, and not of one client's file.
const fn lies_with_connection(reason: MediaRefusal) -> bool {
    match reason {
        MediaRefusal::BadAddress
        | MediaRefusal::HostNotAllowed
        | MediaRefusal::PrivateAddress
        | MediaRefusal::TooManyRedirects
        | MediaRefusal::NotAuthorized
        | MediaRefusal::CutShort
        | MediaRefusal::TooSlow
        | MediaRefusal::Unreachable
        | MediaRefusal::Throttled
        | MediaRefusal::ProviderFailed
        | MediaRefusal::NotAsAnnounced => true,
        MediaRefusal::TooLarge
        | MediaRefusal::WrongType
        | MediaRefusal::Encoded
        | MediaRefusal::Empty
        | MediaRefusal::Gone
        | MediaRefusal::Disconnected => false,
    }
}

fn silence(sight: &Sight<'_>) -> Option<Cause> {
    let Some(last) = sight.health.received.last_at else {
        return Some(cause(CauseKind::NeverCalled, State::Silent, Some(sight.created_at)));
    };
    (sight.now.millis_since(last) >= QUIET_MS).then(|| cause(CauseKind::Quiet, State::Silent, Some(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Seen, Sent};

    /// What was seen, and how long ago.
    type Story = Vec<(Seen, i64)>;

    const NOW: i64 = 1_777_885_200_000;

    fn ago(millis: i64) -> Timestamp {
        Timestamp::from_millis(NOW - millis)
    }

    fn of(story: &[(Seen, i64)]) -> Health {
        let mut health = Health::default();
        for (seen, millis) in story {
            health.note(seen.clone(), ago(*millis));
        }
        health
    }

    fn judged(story: &[(Seen, i64)], waits_ms: Option<i64>, dead_letters: u64) -> Vec<(CauseKind, State)> {
        let health = of(story);
        let sight = Sight {
            health: &health,
            created_at: ago(30 * DAY_MS),
            waits_since: waits_ms.map(ago),
            dead_letters,
            now: ago(0),
        };
        judge(&sight).into_iter().map(|cause| (cause.kind, cause.state)).collect()
    }

    #[test]
    fn ing_12_each_cause_makes_of_a_connection_what_the_table_says() {
        use CauseKind as K;
        use State::{Degraded, Failing, Silent};
        let fine = || vec![(Seen::Received, HOUR_MS)];
        let with = |more: &[(Seen, i64)]| [fine(), more.to_vec()].concat();
        let refused = || Seen::Sent(Sent::Refused { code: Some("131026".to_owned()) });
        let accepted = || Seen::Sent(Sent::Accepted);
        let forged = || Seen::SignatureFailed { other_account: false };
        let rejected = || Seen::CredentialsRejected { code: "190".to_owned() };
        let file = |reason| Seen::FileRefused(reason);
        let table: Vec<(Story, Vec<(K, State)>)> = vec![
            (fine(), vec![]),
            (vec![], vec![(K::NeverCalled, Silent)]),
            (vec![(Seen::Received, QUIET_MS)], vec![(K::Quiet, Silent)]),
            (vec![(Seen::Received, QUIET_MS - 1)], vec![]),
            (with(&[(rejected(), 5)]), vec![(K::CredentialsRejected, Failing)]),
            (with(&[(rejected(), 5), (accepted(), 4)]), vec![]),
            (with(&[(forged(), 5)]), vec![(K::SignaturesRefused, Degraded)]),
            (with(&[(forged(), 5), (Seen::SettingsChanged, 4)]), vec![]),
            (vec![(Seen::Received, 2 * DAY_MS), (forged(), 5)], vec![(K::SignaturesRefused, Failing)]),
            (with(&[(forged(), 2 * DAY_MS)]), vec![]),
            (with(&[(refused(), 5), (accepted(), 4)]), vec![]),
            (with(&[(refused(), 5), (refused(), 4)]), vec![(K::SendsFail, Degraded)]),
            (with(&[(refused(), 5), (refused(), 4), (refused(), 3)]), vec![(K::SendsFail, Failing)]),
            (
                with(&[(refused(), 5), (refused(), 4), (refused(), 3), (accepted(), 2)]),
                vec![(K::SendsFail, Degraded)],
            ),
            (with(&vec![(Seen::Sent(Sent::WindowClosed), 5); 9]), vec![]),
            (with(&[(Seen::NotDurable, 5)]), vec![(K::NotDurable, Degraded)]),
            (with(&[(Seen::NotDurable, HOUR_MS)]), vec![]),
            (with(&[(file(MediaRefusal::TooLarge), 5)]), vec![]),
            (with(&[(file(MediaRefusal::PrivateAddress), 5)]), vec![(K::MediaRefused, Degraded)]),
            (with(&[(file(MediaRefusal::PrivateAddress), DAY_MS)]), vec![]),
        ];
        for (story, expected) in table {
            assert_eq!(judged(&story, None, 0), expected, "{story:?}");
        }
        assert_eq!(judged(&fine(), Some(SLOW_MS - 1), 0), []);
        assert_eq!(judged(&fine(), Some(SLOW_MS), 0), [(K::BacklogStuck, Degraded)]);
        assert_eq!(judged(&fine(), Some(STUCK_MS), 0), [(K::BacklogStuck, Failing)]);
        assert_eq!(judged(&fine(), None, 1), [(K::DeadLetters, Degraded)]);
    }

    #[test]
    fn ing_12_the_worst_cause_stands_first_and_names_its_code() {
        let refused = |code: &str| (Seen::Sent(Sent::Refused { code: Some(code.to_owned()) }), 5);
        let health = of(&[
            refused("131026"),
            refused("190"),
            refused("190"),
            (Seen::CredentialsRejected { code: "190".to_owned() }, 5),
            (Seen::FileRefused(MediaRefusal::NotAuthorized), 5),
        ]);
        let sight =
            Sight { health: &health, created_at: ago(9), waits_since: None, dead_letters: 2, now: ago(0) };
        let causes = judge(&sight);
        let told: Vec<_> =
            causes.iter().map(|cause| (cause.kind, cause.count, cause.detail.as_deref())).collect();
        assert_eq!(
            told,
            [
                (CauseKind::CredentialsRejected, None, Some("190")),
                (CauseKind::SendsFail, Some(3), Some("190")),
                (CauseKind::DeadLetters, Some(2), None),
                (CauseKind::MediaRefused, None, Some("not_authorized")),
                (CauseKind::NeverCalled, None, None),
            ]
        );
    }
}
