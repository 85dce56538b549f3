//! What `/metrics` says of this crate. Labels are closed lists; no path, address or id of a request becomes one.

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use std::fmt::{self, Write as _};

macro_rules! label_values {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $variant:ident = $value:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $variant),* }

        impl EncodeLabelValue for $name {
            fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
                encoder.write_str(match self { $(Self::$variant => $value),* })
            }
        }
    )*};
}

label_values! {
    /// How a webhook was answered.
    HookOutcome {
        /// Durable, 2xx.
        Accepted = "accepted",
        UnknownConnection = "unknown_connection",
        SignatureMissing = "signature_missing",
        SignatureWrong = "signature_wrong",
        TooLarge = "too_large",
        RateLimited = "rate_limited",
        /// The stream did not take it, 503.
        NotDurable = "not_durable",
    }
    /// What was refused for its rate.
    LimitKind {
        User = "user",
        Tenant = "tenant",
        Address = "address",
        Password = "password",
    }
    /// How a sign-in ended.
    SignInOutcome {
        SignedIn = "signed_in",
        Refused = "refused",
        Refreshed = "refreshed",
        RefreshRefused = "refresh_refused",
        /// An old refresh token was shown; its session was revoked.
        RefreshReused = "refresh_reused",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct HookLabels {
    pub outcome: HookOutcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct LimitLabels {
    pub limit: LimitKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct SignInLabels {
    pub outcome: SignInOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct StatusLabels {
    /// `2xx` …
    pub status: &'static str,
}

/// Counters of this crate.
#[derive(Clone, Default)]
pub struct Metrics {
    hooks: Family<HookLabels, Counter>,
    limited: Family<LimitLabels, Counter>,
    sign_ins: Family<SignInLabels, Counter>,
    responses: Family<StatusLabels, Counter>,
    /// The hottest of them, found once.
    accepted: Counter,
}

impl Metrics {
    /// Registers the counters.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let accepted = metrics.hooks.get_or_create(&HookLabels { outcome: HookOutcome::Accepted }).clone();
        registry.register("hearthline_hook_requests", "Webhooks by outcome", metrics.hooks.clone());
        registry.register(
            "hearthline_http_limited",
            "Requests refused for their rate",
            metrics.limited.clone(),
        );
        registry.register(
            "hearthline_sign_ins",
            "Sign-ins and refreshes by outcome",
            metrics.sign_ins.clone(),
        );
        registry.register("hearthline_http_responses", "API answers by class", metrics.responses.clone());
        Self { accepted, ..metrics }
    }
    pub(crate) fn hook(&self, outcome: HookOutcome) {
        if outcome == HookOutcome::Accepted {
            self.accepted.inc();
            return;
        }
        self.hooks.get_or_create(&HookLabels { outcome }).inc();
    }
    pub(crate) fn limited(&self, limit: LimitKind) {
        self.limited.get_or_create(&LimitLabels { limit }).inc();
    }
    pub(crate) fn sign_in(&self, outcome: SignInOutcome) {
        self.sign_ins.get_or_create(&SignInLabels { outcome }).inc();
    }
    pub(crate) fn response(&self, status: u16) {
        let status = match status {
            100..200 => "1xx",
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.responses.get_or_create(&StatusLabels { status }).inc();
    }
}
