//! From a route to the lead's own actor and back: the write's operation is the mutation that acts once, whatever is
//! repeated under its key.

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header::ETAG},
};
use hearthline_actors::{Act, ActKind, Answer, Ask, AskError, Create, Made};
use hearthline_api::{Fault, Lead};
use hearthline_engine::{access::Action, ids::MutationId};
use hearthline_storage_api::rows::lead::LeadRef;

use super::{Leads, one, policy_viewer};
use crate::{
    idempotency::Operation,
    input::{IfMatch, etag},
    problem::Problem,
    viewer::Viewer,
};

/// A lead with its version.
pub(super) type Shown = (StatusCode, HeaderMap, Json<Lead>);

impl Leads {
    /// Has a lead do it, once for this operation. Durable, and shown by lists, decks and the timeline, when it answers.
    pub(super) async fn act(
        &self,
        viewer: &Viewer,
        lead: LeadRef,
        operation: Operation,
        if_match: &IfMatch,
        kind: ActKind,
    ) -> Result<Option<Made>, Problem> {
        let seen = match if_match {
            IfMatch::Any => None,
            IfMatch::Versions(versions) => Some(versions.clone()),
        };
        let mutation = MutationId(operation.id());
        let act = Act { mutation, viewer: policy_viewer(viewer), kind, keep_refusal: false, seen };
        made(lead, self.node.leads.ask(lead, Ask::Act(Box::new(act))).await)
    }

    /// Has a lead be made.
    pub(super) async fn make(&self, lead: LeadRef, create: Create) -> Result<(), AskError> {
        self.node.leads.ask(lead, Ask::Create(Box::new(create))).await.map(drop)
    }

    /// The lead as it is now, for whoever may know of it.
    pub(super) async fn show(
        &self,
        viewer: &Viewer,
        place: LeadRef,
        status: StatusCode,
    ) -> Result<Shown, Problem> {
        let (_, lead) = one::visible(self, viewer, place, Action::SeeLead).await?;
        let mut headers = HeaderMap::new();
        if let Ok(tag) = HeaderValue::from_str(&etag(lead.version)) {
            headers.insert(ETAG, tag);
        }
        Ok((status, headers, Json(one::shown(&lead, viewer, self.gateway.now()))))
    }
}

pub(super) fn made(lead: LeadRef, answer: Result<Answer, AskError>) -> Result<Option<Made>, Problem> {
    match answer {
        Ok(Answer::Applied { made, .. }) => Ok(made),
        Ok(Answer::Requested { .. } | Answer::Duplicate | Answer::Nothing) => Ok(None),
        Err(error) => Err(problem(lead, error)),
    }
}

/// Why a lead did not do it.
pub(super) fn problem(lead: LeadRef, error: AskError) -> Problem {
    Problem(match error {
        AskError::Rejected(rejected) => rejected.into(),
        AskError::NotFound => Fault::NotFound,
        AskError::Forbidden(refusal) => Fault::Refused(refusal),
        AskError::VersionMismatch => Fault::VersionMismatch,
        AskError::Busy | AskError::Away(_) => Fault::Unavailable { retry_after_s: 1 },
        // Routes act on no card and keep no refusals; a conflict between two writers is for the next attempt.
        AskError::Conflict { .. } | AskError::RefusedBefore(_) => Fault::Unavailable { retry_after_s: 1 },
        error @ (AskError::Crashed | AskError::Quarantined | AskError::Damaged(_)) => {
            tracing::error!(lead = %lead.lead, %error, "a lead could not do what was asked");
            Fault::Unavailable { retry_after_s: 10 }
        }
    })
}
