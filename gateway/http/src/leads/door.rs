//! The door to a lead's raw content as one request, or one watched thread, finds it: open for the owner, open for a team
//! lead with a grant while the lead is Stale, for one message for whom it was written to (IDN-6), and closed for everybody
//! else. What is read through it is recorded: an owner's reading with the next batch, anybody else's durably before the
//! first byte.

use axum::http::HeaderMap;
use hearthline_actors::{Entry, Reading};
use hearthline_engine::{
    access::{self, AuditedReason, Refusal, Relation, Subject, Viewer as PolicyViewer},
    audit::{Actor, Field, Subject as Of},
    ids::{LeadId, TenantId, UserId},
    lead::Lead,
    raw::RawGrant,
    time::Timestamp,
};
use hearthline_storage_api::rows::session::SessionId;

use crate::{gateway::Gateway, grants::GrantClaims, problem::Problem};

/// The header that carries a grant.
pub(crate) const GRANT_HEADER: &str = "raw-access-grant";
/// Says on a reading why its grant opened nothing.
pub(crate) const REFUSED_HEADER: &str = "raw-access-refused";

/// Who stands at the door.
#[derive(Clone, Copy)]
pub(crate) struct AtDoor {
    pub tenant: TenantId,
    pub viewer: PolicyViewer,
    pub session: SessionId,
}

/// The door for one person and one lead.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    who: AtDoor,
    lead: LeadId,
    /// The grant that was shown, if it is one of this person's, for this lead and of this session.
    claims: Option<GrantClaims>,
    shown: bool,
}

impl Door {
    /// Before a lead, with or without a grant.
    pub(crate) fn before(gateway: &Gateway, who: AtDoor, lead: LeadId, grant: Option<&str>) -> Self {
        let ours = |claims: &GrantClaims| {
            (claims.tenant, claims.user, claims.session, claims.lead)
                == (who.tenant, who.viewer.user, who.session, lead)
        };
        let claims = grant.and_then(|grant| gateway.grants.read(grant)).filter(ours);
        Self { who, lead, claims, shown: grant.is_some() }
    }

    /// What the header of a request shows.
    pub(crate) fn of_request(gateway: &Gateway, who: AtDoor, lead: LeadId, headers: &HeaderMap) -> Self {
        let grant = headers.get(GRANT_HEADER).map(|value| value.to_str().unwrap_or_default());
        Self::before(gateway, who, lead, grant)
    }

    /// Leave to read the lead as it stands now.
    pub(crate) fn open(&self, gateway: &Gateway, lead: &Lead) -> Result<RawGrant, Refusal> {
        self.open_for(gateway, &Subject::of(lead))
    }

    /// Leave to read a lead of which only this is known.
    pub(crate) fn open_for(&self, gateway: &Gateway, subject: &Subject) -> Result<RawGrant, Refusal> {
        access::raw_grant(&self.who.viewer, subject, self.reason().as_ref(), gateway.wall())
    }

    /// Leave to read the one message of somebody else's client that came to this person (IDN-6).
    pub(crate) fn open_as_addressee(&self, addressee: Option<UserId>) -> Result<RawGrant, Refusal> {
        access::connection_grant(&self.who.viewer, addressee)
    }

    /// Whether somebody else than the owner would read: that takes a durable record first.
    pub(crate) fn is_rescue(&self, lead: &Lead) -> bool {
        Relation::of(&self.who.viewer, lead.owner, lead.team) != Relation::Owner
    }

    /// Whether a grant was shown.
    pub(crate) const fn was_shown_a_grant(&self) -> bool {
        self.shown
    }

    /// The reason that the grant stands for.
    pub(crate) fn reason(&self) -> Option<AuditedReason> {
        self.claims.map(|claims| claims.reason())
    }

    /// When the grant ends, if there is one.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        self.reason().map(|reason| reason.expires_at())
    }

    /// Records that raw content is about to be read. A team lead's reading is durable when this answers.
    pub(crate) async fn record(
        &self,
        gateway: &Gateway,
        rescue: bool,
        events: &[String],
    ) -> Result<(), Problem> {
        if !rescue {
            return Ok(self.saw(gateway, "raw.read")?);
        }
        let grant = self.claims.map(|claims| Field::new("grant_id", claims.entry));
        let fields = [Field::new("events", events.len()), Field::new("event_ids", events.join(" "))];
        let entry = Entry::new(Actor::User(self.who.viewer.user), Of::Lead(self.lead), "raw.read")
            .fields(fields.into_iter().chain(grant));
        gateway.record(self.who.tenant, entry).await?;
        Ok(())
    }

    /// Notes a reading for the next batch.
    pub(crate) fn saw(
        &self,
        gateway: &Gateway,
        action: &'static str,
    ) -> Result<(), hearthline_actors::TooManyReadings> {
        gateway.ports.audit.saw(Reading {
            tenant: self.who.tenant,
            reader: self.who.viewer.user,
            subject: Of::Lead(self.lead),
            action,
            query: None,
        })
    }
}
