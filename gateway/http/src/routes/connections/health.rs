//! Health of connections (ING-12), as it is shown: what was counted, what waits, and what is to be made of it.

use hearthline_actors::Backlog;
use hearthline_api::{
    At, CodeCount, ConnectionHealth, HealthBacklog, HealthCause, HealthCredentials, HealthDeadLetters,
    HealthFact, HealthMedia, HealthNotice, HealthReplyWindow, HealthSends, HealthState, HealthWindowState,
    ReasonCount, words,
};
use hearthline_engine::{
    health::{Health, Sight, State, WINDOW, judge},
    ids::ConnectionId,
    lead::{ReplyWindow, STANDARD_WINDOW, by_hand_window, reply_window},
    message::Channel,
    time::Timestamp,
};
use hearthline_storage_api::{
    Purpose,
    rows::{
        connection::{ConnectionRow, Settings},
        queues::{DeadLetterCause, list_dead_letters},
    },
};
use std::collections::BTreeMap;

use crate::{
    gateway::Gateway, leads::listener, problem::Problem, routes::dead_letters::cause_of, viewer::Viewer,
};

/// Dead letters read at once, and how many of a tenant are looked through.
const PAGE: usize = 100;
const LOOKED_THROUGH: usize = 1_000;

/// What it takes to show the health of a tenant's connections.
pub(super) struct Infirmary<'a> {
    gateway: &'a Gateway,
    viewer: &'a Viewer,
    dead: BTreeMap<ConnectionId, u64>,
    more: bool,
}

impl<'a> Infirmary<'a> {
    /// Looks through the tenant's dead letters.
    pub(super) async fn open(gateway: &'a Gateway, viewer: &'a Viewer) -> Result<Self, Problem> {
        let ports = &gateway.ports;
        let key = ports.keyring.tenant_key(viewer.tenant, Purpose::DeadLetter).await?;
        let (mut dead, mut after, mut read) = (BTreeMap::new(), None, 0);
        let more = loop {
            let page = list_dead_letters(&*ports.store, &*key, viewer.tenant, after, PAGE).await?;
            page.iter().for_each(|letter| *dead.entry(letter.connection).or_default() += 1);
            after = page.last().map(|letter| letter.id);
            read += page.len();
            if page.len() < PAGE || read >= LOOKED_THROUGH {
                break page.len() == PAGE;
            }
        };
        Ok(Self { gateway, viewer, dead, more })
    }

    /// How a connection is.
    pub(super) async fn of(&self, row: &ConnectionRow) -> Result<ConnectionHealth, Problem> {
        let ports = &self.gateway.ports;
        let known = ports.health.of(row.tenant, row.id).await?;
        let seen = Seen {
            health: &known,
            backlog: ports.health.backlog(row.tenant, row.id),
            files: ports.files.of_connection(row.id),
            dead: self.dead.get(&row.id).copied().unwrap_or_default(),
            more: self.more,
            now: self.gateway.now(),
        };
        let causes = self.causes(row, &seen);
        Ok(seen.shown(row, causes))
    }

    fn causes(&self, row: &ConnectionRow, seen: &Seen<'_>) -> Vec<HealthCause> {
        let sight = Sight {
            health: seen.health,
            created_at: row.created_at,
            waits_since: seen.backlog.since,
            dead_letters: seen.dead,
            now: seen.now,
        };
        let listener = listener(self.viewer, seen.now);
        let told = |cause: hearthline_engine::health::Cause| HealthCause {
            code: cause.kind.into(),
            state: cause.state.into(),
            since: cause.since.map(At),
            explained: listener.explained(&words::connection_health(&cause)),
            fix: listener.hears(&words::connection_fix(cause.kind)),
            detail: cause.detail,
        };
        judge(&sight).into_iter().map(told).collect()
    }
}

/// What is known of a connection at a moment.
struct Seen<'a> {
    health: &'a Health,
    backlog: Backlog,
    files: u64,
    dead: u64,
    more: bool,
    now: Timestamp,
}

impl Seen<'_> {
    fn shown(&self, row: &ConnectionRow, causes: Vec<HealthCause>) -> ConnectionHealth {
        let health = self.health;
        let at = |at: Option<Timestamp>| at.map(At);
        ConnectionHealth {
            state: causes.first().map_or(HealthState::from(State::Ok), |worst| worst.state),
            causes,
            received: health.received.count,
            last_received_at: at(health.received.last_at),
            events: health.events.count,
            last_event_at: at(health.events.last_at),
            signature_failures: health.signature_failures.count,
            last_signature_failure_at: at(health.signature_failures.last_at),
            signed_for_other_account: health.other_account,
            not_durable: health.not_durable.count,
            last_not_durable_at: at(health.not_durable.last_at),
            backlog: HealthBacklog {
                waiting: self.backlog.waiting,
                oldest_received_at: at(self.backlog.since),
                exact: self.backlog.exact,
                files: self.files,
            },
            dead_letters: self.dead_letters(),
            sends: self.sends(),
            credentials: self.credentials(),
            media: self.media(),
            reply_window: self.reply_window(&row.settings),
            notices: self.notices(),
        }
    }

    fn dead_letters(&self) -> HealthDeadLetters {
        let last = self.health.last_dead_letter.as_ref();
        HealthDeadLetters {
            waiting: self.dead,
            more: self.more,
            ever: self.health.dead_letters.count,
            last_at: self.health.dead_letters.last_at.map(At),
            last_cause: last.and_then(|(_, cause)| DeadLetterCause::of_code(cause)).map(cause_of),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a share of messages of a day")]
    fn sends(&self) -> HealthSends {
        let window = self.health.window(self.now);
        let attempts = window.attempts();
        let mut codes: Vec<CodeCount> = window
            .codes
            .iter()
            .map(|(code, count)| CodeCount { code: code.clone(), count: *count })
            .collect();
        codes.sort_by(|a, b| b.count.cmp(&a.count).then(a.code.cmp(&b.code)));
        HealthSends {
            window_s: WINDOW.0,
            attempts,
            accepted: window.accepted,
            refused: window.refused,
            unreachable: window.unreachable,
            unknown: window.unknown,
            undelivered: window.undelivered,
            window_closed: window.window_closed,
            throttled: window.throttled,
            error_rate: (attempts > 0).then(|| window.errors() as f64 / attempts as f64),
            codes,
            last_accepted_at: self.health.accepted.last_at.map(At),
            last_failed_at: self.health.failed.last_at.map(At),
        }
    }

    fn credentials(&self) -> HealthCredentials {
        let last = self.health.rejected.as_ref();
        HealthCredentials {
            rejected: self.health.credentials_rejected().is_some(),
            taken_at: self.health.credentials_taken_at().map(At),
            rejected_at: last.map(|(at, _)| At(*at)),
            code: last.map(|(_, code)| code.clone()),
        }
    }

    fn media(&self) -> HealthMedia {
        let refused = &self.health.files_refused;
        let mut reasons: Vec<ReasonCount> = refused
            .iter()
            .map(|(reason, tally)| ReasonCount { reason: reason.code().to_owned(), count: tally.count })
            .collect();
        reasons.sort_by(|a, b| b.count.cmp(&a.count).then(a.reason.cmp(&b.reason)));
        let last = self.health.last_file_refused();
        HealthMedia {
            kept: self.health.files_kept.count,
            refused: reasons.iter().map(|reason| reason.count).sum(),
            reasons,
            last_refused_at: last.map(|(at, _)| At(at)),
            last_refused_reason: last.map(|(_, reason)| reason.code().to_owned()),
        }
    }

    fn reply_window(&self, settings: &Settings) -> Option<HealthReplyWindow> {
        let channel = match settings {
            Settings::TwilioSms(_) => return None,
            Settings::Whatsapp(_) => Channel::Whatsapp,
            Settings::Messenger(_) => Channel::Messenger,
            Settings::Instagram(_) => Channel::Instagram,
        };
        let heard_at = self.health.heard_at;
        let (state, until) = match reply_window(channel, heard_at, self.now) {
            _ if heard_at.is_none() => (HealthWindowState::NeverWritten, None),
            ReplyWindow::Always => return None,
            ReplyWindow::Open { .. } => {
                (HealthWindowState::Open, heard_at.map(|heard_at| heard_at.plus(STANDARD_WINDOW)))
            }
            ReplyWindow::ByHand { until } => (HealthWindowState::ByHand, Some(until)),
            ReplyWindow::Closed => (HealthWindowState::Closed, None),
        };
        Some(HealthReplyWindow {
            state,
            until: until.map(At),
            last_heard_at: heard_at.map(At),
            standard_s: STANDARD_WINDOW.0,
            by_hand_s: by_hand_window(channel).map(|window| window.0),
            refused: self.health.window(self.now).window_closed,
            last_refused_at: self.health.window_closed.last_at.map(At),
        })
    }

    fn notices(&self) -> Vec<HealthNotice> {
        let fact =
            |(name, value): (&String, &String)| HealthFact { name: name.clone(), value: value.clone() };
        let shown = self.health.notices.iter().map(|(name, told)| HealthNotice {
            name: name.clone(),
            at: At(told.at),
            count: told.count,
            facts: told.facts.iter().map(fact).collect(),
        });
        let mut notices: Vec<HealthNotice> = shown.collect();
        notices.sort_by(|a, b| b.at.cmp(&a.at).then(a.name.cmp(&b.name)));
        notices
    }
}
