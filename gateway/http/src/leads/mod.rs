//! Leads, their timelines, the deck, actions on it, and the socket: what stands on a running node.
//!
//! Leads and timelines are read from the store, which is the truth, without waking an actor; lists come from the
//! directory; decks from their actors; actions go to the lead.

mod ask;
mod attachments;
mod deck;
mod deeds;
pub(crate) mod door;
mod figures;
mod identities;
mod list;
mod matches;
mod merges;
mod messages;
mod nobodys;
mod notices;
mod one;
mod readers;
mod record;
mod rescue;
mod reviews;
mod rules_preview;
mod socket;
mod threads;
mod timeline;
mod unassigned;

use hearthline_actors::{Decks, Directories};
use hearthline_api::words::{self, Listener};
use hearthline_engine::{
    access,
    time::{Timestamp, Zone},
};
use hearthline_live::{Actions, Hub, Person, Sessions};
use hearthline_storage_api::rows::user::Role;
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{gateway::Gateway, router::Extra, viewer::Viewer};

pub(crate) use attachments::answer as as_download;

/// What a running node gives to the surface.
#[derive(Clone)]
pub struct NodePorts {
    pub leads: hearthline_actors::Leads,
    pub directories: Directories,
    pub decks: Decks,
    pub actions: Actions,
    pub hub: Arc<Hub>,
}

/// The state of these routes.
#[derive(Clone)]
pub(crate) struct Leads {
    pub gateway: Gateway,
    pub node: NodePorts,
    /// Held by whoever foretells what rules would do: that reads a whole team's leads.
    previews: Arc<Semaphore>,
}

impl Leads {
    fn sockets(&self) -> Sessions {
        Sessions {
            hub: self.node.hub.clone(),
            decks: self.node.decks.clone(),
            actions: self.node.actions.clone(),
            threads: Arc::new(self.clone()),
        }
    }
}

/// The routes of a running node, for [`crate::router`].
#[must_use]
pub fn extra(gateway: &Gateway, node: NodePorts) -> Extra {
    let previews = Arc::new(Semaphore::new(rules_preview::AT_A_TIME));
    let leads = Leads { gateway: gateway.clone(), node, previews };
    let api = OpenApiRouter::new()
        .routes(routes!(list::list_leads, record::create_lead))
        .routes(routes!(one::get_lead, record::change_lead, record::delete_lead))
        .routes(routes!(deeds::write_note))
        .routes(routes!(deeds::plan_follow_up))
        .routes(routes!(deeds::place_call))
        .routes(routes!(deeds::tell_outcome))
        .routes(routes!(deeds::reassign))
        .routes(routes!(timeline::list_events))
        .routes(routes!(attachments::upload))
        .routes(routes!(attachments::download))
        .routes(routes!(rescue::list_rescues))
        .routes(routes!(rescue::open_raw_access))
        .routes(routes!(rescue::hand_back))
        .routes(routes!(unassigned::list_unassigned))
        .routes(routes!(unassigned::assign))
        .routes(routes!(reviews::list_reviews))
        .routes(routes!(reviews::decide))
        .routes(routes!(identities::link, identities::unlink))
        .routes(routes!(merges::merge_leads))
        .routes(routes!(merges::take_merge_back))
        .routes(routes!(rules_preview::preview_rules))
        .routes(routes!(figures::team_figures))
        .routes(routes!(readers::list_readers))
        .routes(routes!(messages::send))
        .routes(routes!(messages::tell_message_outcome))
        .routes(routes!(notices::list_notices))
        .routes(routes!(notices::read_notice, notices::dismiss_notice))
        .routes(routes!(deck::get_deck))
        .routes(routes!(deck::act));
    let open = OpenApiRouter::new().routes(routes!(socket::live));
    Extra {
        api: api.with_state(leads.clone()),
        open: open.with_state(leads.clone()),
        decks: Some(Arc::new(leads)),
    }
}

/// How sentences are said to a viewer: in their language, with times of day in their zone.
pub(crate) fn listener(viewer: &Viewer, now: Timestamp) -> Listener {
    let zone = viewer.time_zone.as_deref().and_then(Zone::named).unwrap_or(Zone::UTC);
    Listener { words: words::of(&viewer.language), zone, now }
}

/// The policy's viewer.
pub(crate) fn policy_viewer(viewer: &Viewer) -> access::Viewer {
    let role = match viewer.role {
        Role::Agent => access::Role::Agent,
        Role::TeamLead => access::Role::TeamLead,
        Role::Admin => access::Role::Admin,
    };
    access::Viewer { user: viewer.user, team: viewer.team, role }
}

/// Who stands at the door to a lead's content.
fn at_door(viewer: &Viewer) -> door::AtDoor {
    door::AtDoor { tenant: viewer.tenant, viewer: policy_viewer(viewer), session: viewer.session }
}

fn person(viewer: &Viewer) -> Person {
    Person {
        tenant: viewer.tenant,
        viewer: policy_viewer(viewer),
        session: viewer.session.0,
        words: words::of(&viewer.language),
    }
}
