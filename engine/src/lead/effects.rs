//! What an event asks of the world outside the lead: which projections have to be made anew (path row 8).

use super::{CardClosed, Effect, Event, SendEvent};

/// Whether an event is an entry of the timeline, for those who read it there.
#[must_use]
pub fn enters_timeline(event: &Event) -> bool {
    effects(event).contains(&Effect::Timeline)
}

/// The projections that `event` asks for.
///
/// Cards that the life cycle opens and closes by itself are no entries of the timeline: the message or the change of
/// state that caused them is. What a person did to a card or planned is one.
#[must_use]
pub fn effects(event: &Event) -> Vec<Effect> {
    use Effect::{Directory, Message, Notice, Review, Timeline, Timer};
    let decks = Effect::Decks { also: None };
    match event {
        Event::Created { .. } => vec![Timer, Directory],
        Event::MessageReceived { .. } => vec![Timeline, Directory],
        Event::NameLearned { .. } => vec![decks, Directory],
        Event::StateChanged { .. } | Event::StatusChanged { .. } | Event::Deleted { .. } => {
            vec![Timeline, decks, Timer, Directory]
        }
        Event::DeadlinePassed { .. } => vec![Timer],
        Event::FirstContactMade { .. } | Event::FirstContactUndone => vec![Directory],
        Event::FirstContactBreached { .. } | Event::RescueEscalated { .. } => {
            vec![Timeline, Timer, Directory]
        }
        Event::Touched { .. } | Event::TouchRevoked { .. } | Event::ClockRestarted { .. } => {
            vec![Timer, Directory]
        }
        Event::TouchUndone { .. } => vec![Timer, Directory],
        Event::TouchSettled { .. } => Vec::new(),
        Event::HandedBack { .. } => vec![Timeline],
        Event::RescueMoved { .. } => vec![Timeline, decks, Timer, Directory],
        Event::CardOpened { .. } | Event::CardChanged { .. } => vec![decks, Directory],
        Event::CardClosed { how, .. } => match how {
            CardClosed::Done { .. } => vec![Timeline, decks, Timer, Directory],
            CardClosed::Undone { .. }
            | CardClosed::Replaced
            | CardClosed::Touched
            | CardClosed::StateLeft
            | CardClosed::OutcomeRecorded
            | CardClosed::LeadGone => vec![decks, Timer, Directory],
        },
        Event::CardSnoozed { .. } | Event::CardReturned { .. } => vec![decks, Timer, Directory],
        Event::FollowUpScheduled { .. } => vec![Timeline, Timer, Directory],
        Event::FollowUpRemoved { .. } => vec![Timer, Directory],
        Event::CallStarted { .. } | Event::CallEnded { .. } | Event::NoteWritten { .. } => vec![Timeline],
        // A card comes back with the snooze that it had.
        Event::DeedUndone { .. } => vec![Timeline, Timer],
        Event::CallReopened { .. } => Vec::new(),
        Event::ProfileChanged { .. } => vec![Timeline, decks, Directory],
        Event::OptedOut { channel, .. } => vec![Effect::OptOut { channel: *channel, out: true }, Directory],
        Event::OptedIn { channel, .. } => vec![Effect::OptOut { channel: *channel, out: false }, Directory],
        Event::OwnerChanged { from, .. } => vec![Timeline, Effect::Decks { also: *from }, Directory],
        Event::RulesChanged { shortened: Some(_), .. } => vec![Timeline, Timer, Directory],
        Event::RulesChanged { shortened: None, .. } => vec![Timer, Directory],
        Event::SentToReview { .. } | Event::Reviewed { .. } => vec![Review],
        Event::WroteToAnother { .. } => vec![Notice],
        Event::Restored { .. } => vec![Timeline, decks, Timer, Directory],
        Event::MergedInto { .. } | Event::CameBack { .. } | Event::Absorbed { .. } | Event::LetGo { .. } => {
            vec![Timeline, decks, Timer, Directory]
        }
        Event::IdentityLinked { .. } | Event::IdentityUnlinked { .. } => vec![Timeline, decks, Directory],
        // What it says of each message, an event of that message says.
        Event::Reached { .. } => Vec::new(),
        Event::Send(event) => match event {
            SendEvent::Requested { .. } => vec![Timeline, Timer],
            SendEvent::Accepted { .. } => vec![Message, Timer, Directory],
            SendEvent::StatusRaised { .. } => vec![Message],
            SendEvent::Asked { next: Some(_), .. } => vec![Timer],
            SendEvent::Asked { next: None, .. } => vec![Timer, Review],
            SendEvent::Resolved { .. } => vec![Review],
            SendEvent::Started { .. }
            | SendEvent::PutOff { .. }
            | SendEvent::Failed { .. }
            | SendEvent::Doubted { .. }
            | SendEvent::TakenBack { .. } => vec![Message, Timer],
        },
    }
}
