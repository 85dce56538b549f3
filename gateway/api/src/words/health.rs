//! What is said of a connection's health (ING-12): why it is not well, and what can be done.

use hearthline_engine::health::{Cause, CauseKind};

use super::{Param, Phrase, Said};

/// Why a connection is not as it should be.
#[must_use]
pub fn connection_health(cause: &Cause) -> Said {
    use Phrase as P;
    match cause.kind {
        CauseKind::CredentialsRejected => {
            since(cause, "health_credentials_rejected", P::HealthCredentialsRejected)
        }
        CauseKind::SignaturesRefused => {
            counted(cause, "health_signatures_refused", P::HealthSignaturesRefused)
        }
        CauseKind::SendsFail => counted(cause, "health_sends_fail", P::HealthSendsFail),
        CauseKind::BacklogStuck => since(cause, "health_backlog_stuck", P::HealthBacklogStuck),
        CauseKind::NotDurable => since(cause, "health_not_durable", P::HealthNotDurable),
        CauseKind::DeadLetters => counted(cause, "health_dead_letters", P::HealthDeadLetters),
        CauseKind::MediaRefused => since(cause, "health_media_refused", P::HealthMediaRefused),
        CauseKind::NeverCalled => since(cause, "health_never_called", P::HealthNeverCalled),
        CauseKind::Quiet => since(cause, "health_quiet", P::HealthQuiet),
    }
}

fn since(cause: &Cause, key: &'static str, phrase: Phrase) -> Said {
    match cause.since {
        Some(since) => Said::always(key, phrase, [("since", Param::Moment(since))]),
        None => Said::always(key, phrase, []),
    }
}

fn counted(cause: &Cause, key: &'static str, phrase: Phrase) -> Said {
    let count = u32::try_from(cause.count.unwrap_or_default()).unwrap_or(u32::MAX);
    Said::always(key, phrase, [("count", Param::Count(count))])
}

/// What can be done about it.
#[must_use]
pub fn connection_fix(kind: CauseKind) -> Said {
    let (key, phrase) = match kind {
        CauseKind::CredentialsRejected => ("fix_credentials_rejected", Phrase::FixCredentialsRejected),
        CauseKind::SignaturesRefused => ("fix_signatures_refused", Phrase::FixSignaturesRefused),
        CauseKind::SendsFail => ("fix_sends_fail", Phrase::FixSendsFail),
        CauseKind::BacklogStuck => ("fix_backlog_stuck", Phrase::FixBacklogStuck),
        CauseKind::NotDurable => ("fix_not_durable", Phrase::FixNotDurable),
        CauseKind::DeadLetters => ("fix_dead_letters", Phrase::FixDeadLetters),
        CauseKind::MediaRefused => ("fix_media_refused", Phrase::FixMediaRefused),
        CauseKind::NeverCalled => ("fix_never_called", Phrase::FixNeverCalled),
        CauseKind::Quiet => ("fix_quiet", Phrase::FixQuiet),
    };
    Said::always(key, phrase, [])
}
