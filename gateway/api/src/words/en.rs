//! English.

use hearthline_engine::message::Channel;

use super::{Phrase, Span, Words};

/// English.
pub(super) struct English;

impl Words for English {
    fn tag(&self) -> &'static str {
        "en"
    }
    fn weekdays(&self) -> [&'static str; 7] {
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    }
    fn months(&self) -> [&'static str; 12] {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    }
    fn amount(&self, span: Span) -> String {
        match span {
            Span::Seconds(n) => format!("{n} s"),
            Span::Minutes(n) => format!("{n} min"),
            Span::Hours(n) => format!("{n} h"),
            // Below 48 hours there are no days: never one alone.
            Span::Days(n) => format!("{n} days"),
        }
    }
    fn channel(&self, channel: Channel) -> &'static str {
        match channel {
            Channel::Sms => "SMS",
            Channel::Whatsapp => "WhatsApp",
            Channel::Messenger => "Messenger",
            Channel::Instagram => "Instagram",
            Channel::Email => "email",
            Channel::Voice => "phone",
            Channel::Note => "note",
            Channel::Task => "task",
            Channel::System => "system",
        }
    }
    #[expect(clippy::too_many_lines, reason = "one arm for each phrase")]
    fn phrase(&self, phrase: Phrase) -> &'static str {
        match phrase {
            Phrase::FirstReplyDueIn => "First reply due in {due_at|span}",
            Phrase::FirstReplyDueNow => "First reply due now",
            Phrase::FirstReplyOverdue => "First reply overdue by {due_at|span}",
            Phrase::FirstReplyAtRisk => "At risk: first reply due in {due_at|span}",
            Phrase::NoTouch => "At risk: no touch for {since|span}",
            Phrase::StaleFor => "Stale for {since|span}",
            Phrase::Wrote => "Wrote {at|span} ago",
            Phrase::FollowUpDueIn => "Follow-up due in {due_at|span}",
            Phrase::FollowUpDueNow => "Follow-up due now",
            Phrase::FollowUpOverdue => "Follow-up overdue by {due_at|span}",
            Phrase::CallWithoutOutcome => "How did the call {at|span} ago go?",
            Phrase::TouchRevoked => "The message of {sent_at|span} ago did not arrive",
            Phrase::SendRefused => "Your message of {asked_at|span} ago was refused by the provider",
            Phrase::SendUndelivered => "Your message of {asked_at|span} ago did not arrive",
            Phrase::SendOptedOut => {
                "Your message of {asked_at|span} ago was not sent: the client wants no more"
            }
            Phrase::SendNotSent => "Your message of {asked_at|span} ago was not sent",
            Phrase::SendGaveUp => {
                "Your message of {asked_at|span} ago was not sent: the provider could not be reached"
            }
            Phrase::SendWindowClosed => {
                "Your message of {asked_at|span} ago was not sent: the client's last message there is too long ago"
            }
            Phrase::SendInDoubt => "Nobody can say whether your message of {tried_at|span} ago was sent",
            Phrase::NoMoreTexts => "Asked for no more texts; still open: {open}",
            Phrase::NoMoreTextsAndNothingElse => "Asked for no more texts; no other channel is open",
            Phrase::NoMoreMessages => "Asked for no more messages by {closed}; still open: {open}",
            Phrase::NoMoreMessagesAndNothingElse => {
                "Asked for no more messages by {closed}; no other channel is open"
            }
            Phrase::ReplyWindowClosed => {
                "Can't be answered by {channel} now: the client's last message there is too long ago"
            }
            Phrase::ChannelOpen => "Can be answered by {channel}",
            Phrase::ReplyWindowOpen => "Can be answered by {channel} until {until}",
            Phrase::ChannelOptedOut => "The client wants no more messages by {channel}",
            Phrase::New => "New since {since}; first reply due by {due_by}.",
            Phrase::FirstContactAtRisk => "At risk since {since}; first reply due by {due_by}.",
            Phrase::FirstContactOverdue => "At risk since {since}; the first reply was due by {due_by}.",
            Phrase::Active => "Active; last touch {last_touch_at}; at risk from {at_risk_at}.",
            Phrase::ActiveUntouched => "Active; no touch yet; at risk from {at_risk_at}.",
            Phrase::AtRisk => {
                "At risk since {since}; no touch since {no_touch_since}; stale from {stale_at}."
            }
            Phrase::StaleWaiting => "Stale since {since}; waits for rescue.",
            Phrase::StaleInProgress => "Stale since {since}; rescue in progress.",
            Phrase::StaleAnswered => {
                "Stale since {since}; the client answered {answered_at}; hand-back is possible."
            }
            Phrase::Archived => "Archived; no clock runs.",
            Phrase::Deleted => "Deleted; no clock runs.",
            Phrase::BecameAtRiskOfNoReply => "At risk: the time for a first reply is nearly over.",
            Phrase::BecameAtRiskOfStaleness => "At risk: no touch for a long time.",
            Phrase::BecameStale => "Stale: too long without a touch.",
            Phrase::FirstTouch => "Active: first contact was made.",
            Phrase::Touch => "Active: contact was made.",
            Phrase::TouchTakenBack => "A message did not arrive; counted again without it.",
            Phrase::RulesChanged => "The team's rules changed; there is more time now.",
            Phrase::WindowsShortened => {
                "The team's rules changed; there is less time now: first reply within {first_contact_s}, stale {stale_after_s} after the last touch."
            }
            Phrase::HandedBack => "Active: handed back to the owner.",
            Phrase::Reassigned => "Active: reassigned; the clock starts again.",
            Phrase::BackFromArchive => "Active: back from the archive.",
            Phrase::ClockRestarted => "A new owner; the clock starts again.",
            Phrase::Breached => "The first reply was due and did not come.",
            Phrase::Escalated => "Nobody has taken this lead up; reminder {count}.",
            Phrase::OwnerChanged => "The lead changed hands.",
            Phrase::PutAway => "Archived.",
            Phrase::StatusChanged => "The relationship changed.",
            Phrase::DetailsNoted => "Details noted.",
            Phrase::WasDeleted => "Deleted.",
            Phrase::RescueWaits => "Waits for rescue again.",
            Phrase::RescueBegan => "A rescue began.",
            Phrase::RescueAnswered => "The client answered the rescuer.",
            Phrase::WasRestored => "Back from the deleted.",
            Phrase::IdentityLinked => "An address was added.",
            Phrase::Merged => "Two leads were merged.",
            Phrase::MergeTakenBack => "A merge was taken back.",
            Phrase::IdentityUnlinked => "An address was taken away.",
            Phrase::DeadUnreadable => "What came in at {received_at} could not be read.",
            Phrase::DeadSenderUnreadable => {
                "Nobody can tell who wrote the message that came in at {received_at}."
            }
            Phrase::DeadOtherAccount => {
                "What came in at {received_at} is for an account that no connection here speaks for."
            }
            Phrase::DeadConnectionGone => {
                "What came in at {received_at} came through a connection that is not there any more."
            }
            Phrase::DeadNotApplied => {
                "What came in at {received_at} was read, and its lead could not take it."
            }
            Phrase::DeadUnopened => "What came in at {received_at} could not be opened.",
            Phrase::Unassigned => "Nobody has had this lead since {since}.",
            Phrase::LeftInDoubt => "Nobody can say whether the message by {channel} of {tried_at} was sent.",
            Phrase::SameName => "Two leads have had the same name since {since}. They may be one person.",
            Phrase::WroteToAnother => "A client of somebody else wrote to you by {channel} at {at}.",
            Phrase::HealthCredentialsRejected => {
                "The provider has refused this connection’s credentials since {since}."
            }
            Phrase::HealthSignaturesRefused => "Requests came with a wrong signature; in 24 hours: {count}.",
            Phrase::HealthSendsFail => "Messages that were sent failed; in 24 hours: {count}.",
            Phrase::HealthBacklogStuck => "What came in has been waiting since {since}.",
            Phrase::HealthNotDurable => {
                "Requests of the provider could not be stored; the last one came at {since}."
            }
            Phrase::HealthDeadLetters => "Some of what came in was not taken: {count}.",
            Phrase::HealthMediaRefused => {
                "Files of clients could not be fetched; the last one was refused at {since}."
            }
            Phrase::HealthNeverCalled => {
                "The provider has not called this connection since it was made at {since}."
            }
            Phrase::HealthQuiet => "The provider has not called this connection since {since}.",
            Phrase::FixCredentialsRejected => "Renew the token at the provider and save it here.",
            Phrase::FixSignaturesRefused => {
                "Compare the secret and the webhook address with those at the provider."
            }
            Phrase::FixSendsFail => {
                "Look the code up at the provider, and at the standing of the account there."
            }
            Phrase::FixBacklogStuck => {
                "Nothing is lost. Whoever runs this server should look at its store and its log."
            }
            Phrase::FixNotDurable => {
                "The provider sends them again. Whoever runs this server should look at its disk."
            }
            Phrase::FixDeadLetters => {
                "Read why among the dead letters, and send them through again after a fix."
            }
            Phrase::FixMediaRefused => {
                "Check what the token permits, and whether the provider can be reached."
            }
            Phrase::FixNeverCalled => {
                "Enter the webhook address at the provider and subscribe it to messages."
            }
            Phrase::FixQuiet => {
                "Write to this number or account, and check the webhook address at the provider."
            }
            Phrase::DeletedLeadWrote => "This lead was deleted, and wrote again by {channel} at {at}.",
        }
    }
}
