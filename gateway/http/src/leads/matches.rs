//! Two leads that may be one person (IDN-3): what is shown of them among the reviews, and a person's word on it. Nothing is
//! merged without one, and "they are one" goes the way of every merge, with its undoing.
//!
//! Shown to those who may know of both leads; decided by those who may change both: their owner, and administrators.

use hearthline_actors::{Entry, LeadMatch, MatchFilter};
use hearthline_api::{Channel, Fault, MatchedLead, QueueDeed, QueueKind, Review, Verdict, words};
use hearthline_engine::{
    access::{self, Access, Action, Refusal, Subject},
    audit::{self, Field},
    deck::display_name,
    lead::{Lead, Status},
    namesake::Pair,
    time::Timestamp,
};
use hearthline_storage_api::rows::{apart::ApartRow, codec::RowError, lead::LeadRef, reading, user::Role};
use uuid::Uuid;

use super::{Leads, listener, policy_viewer, reviews::Place};
use crate::{idempotency::Operation, problem::Problem, viewer::Viewer};

/// Pairs asked for at once while looking for those that a viewer may know of.
const READ_AT_ONCE: usize = 100;

/// A pair as both leads stand: the one that goes on if they are one person, then the other.
pub(super) struct Found {
    pair: Pair,
    since: Timestamp,
    leads: [Box<Lead>; 2],
}

/// Pairs that a viewer may know of, behind a place, up to so many.
pub(super) async fn after(
    leads: &Leads,
    viewer: &Viewer,
    mut after: Option<(Timestamp, Pair)>,
    wanted: usize,
) -> Result<Vec<(Place, Review)>, Problem> {
    let mut found = Vec::new();
    loop {
        let asked = MatchFilter { after, limit: READ_AT_ONCE, ..seen_by(viewer) };
        let pairs = leads.node.directories.matches(viewer.tenant, asked).await?;
        after = pairs.last().map(|last| (last.since, last.pair));
        for known in &pairs {
            let standing = standing(leads, viewer, known).await?;
            let shown = standing.map(|found| shown(leads, viewer, &found));
            found.extend(shown.map(|review| (Place::Match(known.since, known.pair), review)));
            if found.len() == wanted {
                return Ok(found);
            }
        }
        if pairs.len() < READ_AT_ONCE {
            return Ok(found);
        }
    }
}

/// The pair of that id, if the viewer may know of it.
pub(super) async fn with(leads: &Leads, viewer: &Viewer, id: Uuid) -> Result<Option<Found>, Problem> {
    let asked = MatchFilter { id: Some(id), limit: 1, ..seen_by(viewer) };
    let pairs = leads.node.directories.matches(viewer.tenant, asked).await?;
    match pairs.first() {
        Some(known) => Ok(standing(leads, viewer, known).await?),
        None => Ok(None),
    }
}

/// Carries a person's word out.
pub(super) async fn decide(
    leads: &Leads,
    viewer: &Viewer,
    operation: Operation,
    found: Found,
    verdict: Verdict,
) -> Result<(), Problem> {
    if deeds(viewer, &found).is_empty() {
        return Err(Fault::Refused(Refusal::RoleLacksRight).into());
    }
    let [first, second] = found.leads.each_ref().map(|lead| lead.id);
    match verdict {
        Verdict::Same => {
            let place = |lead| LeadRef { tenant: viewer.tenant, lead };
            leads.make_one(viewer, place(first), place(second)).await
        }
        Verdict::NotSame => {
            let entry = Entry::new(viewer.actor(), audit::Subject::Lead(first), "lead.told_apart")
                .fields([Field::new("lead_id", second)])
                .once(operation.id());
            let row = ApartRow { by: viewer.user, at: leads.gateway.now() };
            let directories = &leads.node.directories;
            let told = async { Ok(directories.tell_apart(viewer.tenant, found.pair, row).await?) };
            leads.gateway.recorded(viewer.tenant, entry, told).await
        }
        Verdict::Restore | Verdict::Dismiss | Verdict::Sent | Verdict::NotSent => {
            Err(Fault::DeedNotPossible.into())
        }
    }
}

/// What the directory is asked for: no more than the policy lets through.
fn seen_by(viewer: &Viewer) -> MatchFilter {
    match (viewer.role, viewer.team) {
        (Role::Admin, _) => MatchFilter::default(),
        (Role::TeamLead, Some(team)) => MatchFilter { team: Some(team), ..MatchFilter::default() },
        (Role::TeamLead, None) | (Role::Agent, _) => {
            MatchFilter { owner: Some(viewer.user), ..MatchFilter::default() }
        }
    }
}

/// Both leads as they stand now; none if one is gone since the directory heard of it, or the viewer may not know of it.
async fn standing(leads: &Leads, viewer: &Viewer, known: &LeadMatch) -> Result<Option<Found>, RowError> {
    let ports = &leads.gateway.ports;
    let mut both = Vec::with_capacity(2);
    for lead in known.pair.leads() {
        let place = LeadRef { tenant: viewer.tenant, lead };
        let stored = reading::lead(&*ports.store, &*ports.keyring, place).await?;
        let lead = stored.and_then(|stored| stored.row.slot.lead().cloned());
        both.extend(lead.filter(|lead| may(viewer, lead, Action::SeeLead)).map(Box::new));
    }
    // Whoever is put away takes nobody else in; otherwise the first to come goes on.
    both.sort_by_key(|lead| (lead.status == Status::Archived, lead.created_at, lead.id));
    let leads: Result<[Box<Lead>; 2], _> = both.try_into();
    Ok(leads.ok().map(|leads| Found { pair: known.pair, since: known.since, leads }))
}

fn may(viewer: &Viewer, lead: &Lead, action: Action) -> bool {
    let viewer: access::Viewer = policy_viewer(viewer);
    Subject::of(lead).access(&viewer, action) == Access::Allowed
}

fn deeds(viewer: &Viewer, found: &Found) -> Vec<QueueDeed> {
    match found.leads.iter().all(|lead| may(viewer, lead, Action::EditLead)) {
        true => vec![QueueDeed::Same, QueueDeed::NotSame],
        false => Vec::new(),
    }
}

fn shown(leads: &Leads, viewer: &Viewer, found: &Found) -> Review {
    let [first, second] = &found.leads;
    Review {
        id: found.pair.id(),
        kind: QueueKind::AmbiguousMatch,
        lead_id: first.id.0,
        lead_name: display_name(first),
        team_id: first.team.0,
        owner_id: first.owner.map(|owner| owner.0),
        channel: Channel::from(second.source.channel()),
        explained: listener(viewer, leads.gateway.now()).explained(&words::same_name(found.since)),
        since: found.since.into(),
        deeds: deeds(viewer, found),
        leads: found.leads.iter().map(|lead| matched(lead)).collect(),
    }
}

fn matched(lead: &Lead) -> MatchedLead {
    MatchedLead {
        lead_id: lead.id.0,
        lead_name: display_name(lead),
        team_id: lead.team.0,
        owner_id: lead.owner.map(|owner| owner.0),
        source: lead.source.into(),
        status: lead.status.into(),
        created_at: lead.created_at.into(),
        last_interaction_at: lead.last_interaction_at.map(Into::into),
    }
}
