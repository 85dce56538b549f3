//! What is said to people, by language. A language is one file with one implementation of [`Words`] and one line in
//! [`LANGUAGES`]. Words are made here, on the way out: the engine speaks in data, and so does [`Said`] beside the words.

mod ar;
mod en;
mod es;
mod fr;
mod health;
mod pt;
mod queues;
mod said;
mod vi;

use hearthline_engine::{
    message::Channel,
    time::{Timestamp, Zone},
};
use jiff::Zoned;
use std::fmt;

use crate::Explained;

pub use health::{connection_fix, connection_health};
pub use queues::{dead_letter, deleted_lead_wrote, left_in_doubt, same_name, unassigned, wrote_to_another};
pub use said::{Param, Said, channel_standing, explanation, reason, told};

/// One language: its phrases, and how it says amounts, dates and channels.
pub trait Words: Send + Sync {
    /// BCP 47.
    fn tag(&self) -> &'static str;
    /// Short names, Monday first.
    fn weekdays(&self) -> [&'static str; 7];
    /// Short names, January first.
    fn months(&self) -> [&'static str; 12];
    /// So many seconds, minutes, hours or days, in the right plural.
    fn amount(&self, span: Span) -> String;
    /// A channel by the name people know it by.
    fn channel(&self, channel: Channel) -> &'static str;
    /// A sentence with places for its parameters: `{name}`, or `{name|span}` for how far away that moment is.
    fn phrase(&self, phrase: Phrase) -> &'static str;
}

/// By its tag.
impl fmt::Debug for dyn Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// All languages; the first is spoken to those whose own is not among them.
pub static LANGUAGES: [&dyn Words; 6] =
    [&en::English, &fr::French, &es::Spanish, &pt::Portuguese, &ar::Arabic, &vi::Vietnamese];

/// The words of a BCP 47 language, by its first part: `pt-BR` is spoken to in Portuguese; English where there are none.
#[must_use]
pub fn of(language: &str) -> &'static dyn Words {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let known = LANGUAGES.iter().find(|words| words.tag().eq_ignore_ascii_case(primary));
    *known.unwrap_or(&LANGUAGES[0])
}

macro_rules! phrases {
    ($($name:ident),* $(,)?) => {
        /// Everything that is ever said.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the English file says what each is")]
        pub enum Phrase { $($name),* }

        impl Phrase {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

phrases! {
        FirstReplyDueIn,
        FirstReplyDueNow,
        FirstReplyOverdue,
        FirstReplyAtRisk,
        NoTouch,
        StaleFor,
        Wrote,
        FollowUpDueIn,
        FollowUpDueNow,
        FollowUpOverdue,
        CallWithoutOutcome,
        TouchRevoked,
        SendRefused,
        SendUndelivered,
        SendOptedOut,
        SendGaveUp,
        SendNotSent,
        SendWindowClosed,
        SendInDoubt,
        NoMoreTexts,
        NoMoreTextsAndNothingElse,
        NoMoreMessages,
        NoMoreMessagesAndNothingElse,
        ReplyWindowClosed,
        ReplyWindowOpen,
        ChannelOpen,
        ChannelOptedOut,
        New,
        FirstContactAtRisk,
        FirstContactOverdue,
        Active,
        ActiveUntouched,
        AtRisk,
        StaleWaiting,
        StaleInProgress,
        StaleAnswered,
        Archived,
        Deleted,
        BecameAtRiskOfNoReply,
        BecameAtRiskOfStaleness,
        BecameStale,
        FirstTouch,
        Touch,
        TouchTakenBack,
        RulesChanged,
        WindowsShortened,
        HandedBack,
        Reassigned,
        BackFromArchive,
        ClockRestarted,
        Breached,
        Escalated,
        OwnerChanged,
        PutAway,
        StatusChanged,
        DetailsNoted,
        WasDeleted,
        RescueWaits,
        RescueBegan,
        RescueAnswered,
        DeadUnreadable,
        DeadSenderUnreadable,
        DeadOtherAccount,
        DeadConnectionGone,
        DeadNotApplied,
        DeadUnopened,
        Unassigned,
        DeletedLeadWrote,
        LeftInDoubt,
        WroteToAnother,
        SameName,
        WasRestored,
        IdentityLinked,
        IdentityUnlinked,
        Merged,
        MergeTakenBack,
        HealthCredentialsRejected,
        HealthSignaturesRefused,
        HealthSendsFail,
        HealthBacklogStuck,
        HealthNotDurable,
        HealthDeadLetters,
        HealthMediaRefused,
        HealthNeverCalled,
        HealthQuiet,
        FixCredentialsRejected,
        FixSignaturesRefused,
        FixSendsFail,
        FixBacklogStuck,
        FixNotDurable,
        FixDeadLetters,
        FixMediaRefused,
        FixNeverCalled,
        FixQuiet,
}

/// A span in the unit a person would use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    Seconds(i64),
    Minutes(i64),
    Hours(i64),
    Days(i64),
}

/// Rounded to the nearest of its unit: below 90 s seconds, below 90 min minutes, below 48 h hours, then days.
pub(crate) fn span(millis: i64) -> Span {
    const fn nearest(millis: i64, unit: i64) -> i64 {
        (millis + unit / 2) / unit
    }
    let millis = millis.max(0);
    match millis {
        0..90_000 => Span::Seconds(nearest(millis, 1_000)),
        90_000..5_400_000 => Span::Minutes(nearest(millis, 60_000)),
        5_400_000..172_800_000 => Span::Hours(nearest(millis, 3_600_000)),
        _ => Span::Days(nearest(millis, 86_400_000)),
    }
}

/// Who listens, and when.
#[derive(Clone)]
pub struct Listener {
    pub words: &'static dyn Words,
    pub zone: Zone,
    pub now: Timestamp,
}

impl Listener {
    /// "09:41" today, "Tue 3 May 09:41" this year, "Tue 3 May 2022 09:41" otherwise, in the listener's zone.
    fn clock(&self, moment: Timestamp) -> String {
        let (Some(then), Some(now)) = (here(&self.zone, moment), here(&self.zone, self.now)) else {
            return moment.to_string();
        };
        let time = format!("{:02}:{:02}", then.hour(), then.minute());
        if then.date() == now.date() {
            return time;
        }
        let weekday =
            self.words.weekdays()[usize::from(then.weekday().to_monday_zero_offset().unsigned_abs())];
        let month = self.words.months()[usize::from((then.month() - 1).unsigned_abs())];
        let day = then.day();
        if then.year() == now.year() {
            return format!("{weekday} {day} {month} {time}");
        }
        format!("{weekday} {day} {month} {} {time}", then.year())
    }

    fn channels(&self, channels: &[Channel]) -> String {
        let names: Vec<&str> = channels.iter().map(|channel| self.words.channel(*channel)).collect();
        let comma = if self.words.tag() == "ar" { "، " } else { ", " };
        names.join(comma)
    }

    fn param(&self, param: &Param, as_span: bool) -> String {
        match param {
            Param::Moment(at) if as_span => {
                self.words.amount(span(self.now.millis_since(*at).saturating_abs()))
            }
            Param::Moment(at) => self.clock(*at),
            Param::Channel(channel) => self.words.channel(*channel).to_owned(),
            Param::Channels(channels) => self.channels(channels),
            Param::Count(count) => count.to_string(),
            Param::Amount(amount) => self.words.amount(span(amount.millis())),
            Param::Name(name) => (*name).to_owned(),
        }
    }

    /// The sentence, with its data beside it.
    #[must_use]
    pub fn explained(&self, said: &Said) -> Explained {
        Explained {
            explanation: self.hears(said),
            explanation_key: said.key,
            explanation_params: said.params(),
        }
    }

    /// The sentence.
    #[must_use]
    pub fn hears(&self, said: &Said) -> String {
        let mut text = String::new();
        let mut rest = self.words.phrase(said.phrase(self.now));
        while let Some((before, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}').unwrap_or((after, ""));
            let (name, format) = place.split_once('|').unwrap_or((place, ""));
            text.push_str(before);
            if let Some(param) = said.param(name) {
                text.push_str(&self.param(param, format == "span"));
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

fn here(zone: &Zone, moment: Timestamp) -> Option<Zoned> {
    let zone = jiff::tz::TimeZone::get(zone.name()).ok()?;
    Some(jiff::Timestamp::from_millisecond(moment.as_millis()).ok()?.to_zoned(zone))
}
