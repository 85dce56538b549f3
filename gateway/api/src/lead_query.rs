//! What can be asked of lists of leads and of a timeline.

use hearthline_engine::{
    ids::UserId,
    lead::{Source, StateName, Status},
    message::Channel,
    time::Timestamp,
};
use utoipa::IntoParams;

use crate::{
    Form, FromForm, PageQuery,
    form::read::{self, one_of},
};

/// Which leads are asked for; everything that is set must fit. Newest first.
#[derive(Clone, Debug)]
pub struct LeadQuery {
    pub page: PageQuery,
    /// A part of a name or identity, in any case.
    pub q: Option<String>,
    pub state: Option<StateName>,
    pub status: Option<Status>,
    pub owner: Option<UserId>,
    pub tag: Option<String>,
    pub source: Option<Source>,
}

/// [`LeadQuery`] as OpenAPI shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeadParams {
    /// A part of a name or identity, in any case.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// `new`, `active`, `at_risk` or `stale`.
    pub state: Option<String>,
    /// `lead`, `active_client` or `archived`.
    pub status: Option<String>,
    pub owner_id: Option<uuid::Uuid>,
    #[param(max_length = 100)]
    pub tag: Option<String>,
    /// `sms`, `whatsapp`, `messenger`, `instagram`, `email`, `call`, `manual` or `import`.
    pub source: Option<String>,
    /// Only `newest` for now.
    pub sort: Option<String>,
}

const STATES: &[(&str, StateName)] = &[
    ("new", StateName::New),
    ("active", StateName::Active),
    ("at_risk", StateName::AtRisk),
    ("stale", StateName::Stale),
];
const STATUSES: &[(&str, Status)] =
    &[("lead", Status::Lead), ("active_client", Status::ActiveClient), ("archived", Status::Archived)];
const SOURCES: &[(&str, Source)] = &[
    ("sms", Source::Sms),
    ("whatsapp", Source::Whatsapp),
    ("messenger", Source::Messenger),
    ("instagram", Source::Instagram),
    ("email", Source::Email),
    ("call", Source::Call),
    ("manual", Source::Manual),
    ("import", Source::Import),
];
const CHANNELS: &[(&str, Channel)] = &[
    ("sms", Channel::Sms),
    ("whatsapp", Channel::Whatsapp),
    ("messenger", Channel::Messenger),
    ("instagram", Channel::Instagram),
    ("email", Channel::Email),
    ("voice", Channel::Voice),
    ("note", Channel::Note),
    ("task", Channel::Task),
    ("system", Channel::System),
];
const SORTS: &[(&str, ())] = &[("newest", ())];

impl FromForm for LeadQuery {
    fn read(form: &mut Form) -> Option<Self> {
        let page = PageQuery::read(form);
        let q = form.optional("q", read::line(200));
        let state = form.optional("state", one_of(STATES));
        let status = form.optional("status", one_of(STATUSES));
        let owner = form.optional("owner_id", read::uuid);
        let tag = form.optional("tag", read::line(100));
        let source = form.optional("source", one_of(SOURCES));
        let sort = form.optional("sort", one_of(SORTS));
        let _ = sort?;
        Some(Self {
            page: page?,
            q: q?,
            state: state?,
            status: status?,
            owner: owner?.map(UserId),
            tag: tag?,
            source: source?,
        })
    }
}

/// Which events of a timeline are asked for. Newest first.
#[derive(Clone, Debug)]
pub struct EventQuery {
    pub page: PageQuery,
    pub channel: Option<Channel>,
    /// Received at this moment or later.
    pub from: Option<Timestamp>,
    /// Received before this moment.
    pub to: Option<Timestamp>,
}

/// [`EventQuery`] as OpenAPI shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventParams {
    /// `sms`, `whatsapp`, `messenger`, `instagram`, `email`, `voice`, `note`, `task` or `system`.
    pub channel: Option<String>,
    /// RFC 3339: received at this moment or later.
    pub from: Option<String>,
    /// RFC 3339: received before this moment.
    pub to: Option<String>,
}

impl FromForm for EventQuery {
    fn read(form: &mut Form) -> Option<Self> {
        let page = PageQuery::read(form);
        let channel = form.optional("channel", one_of(CHANNELS));
        let from = form.optional("from", read::moment);
        let to = form.optional("to", read::moment);
        Some(Self { page: page?, channel: channel?, from: from?, to: to? })
    }
}
