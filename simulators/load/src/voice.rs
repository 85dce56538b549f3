//! What people say, by language. A language is one file in `voices/` and one line in [`FILES`].

use serde::Deserialize;
use std::sync::LazyLock;

/// Every language, by the code that its file is named after.
const FILES: [(&str, &str); 6] = [
    ("en", include_str!("../voices/en.toml")),
    ("fr", include_str!("../voices/fr.toml")),
    ("es", include_str!("../voices/es.toml")),
    ("pt", include_str!("../voices/pt.toml")),
    ("ar", include_str!("../voices/ar.toml")),
    ("vi", include_str!("../voices/vi.toml")),
];

/// One language: lists to draw from. `{name}`, `{agent}`, `{street}`, `{day}`, `{price}` and `{rooms}` are filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voice {
    /// BCP 47.
    pub language: String,
    pub given: Vec<String>,
    pub family: Vec<String>,
    pub streets: Vec<String>,
    pub days: Vec<String>,
    pub prices: Vec<String>,
    pub rooms: Vec<String>,
    /// What clients write first, and in a burst behind it.
    pub inquiry: Vec<String>,
    pub more: Vec<String>,
    pub question: Vec<String>,
    /// To a viewing.
    pub agrees: Vec<String>,
    pub offer: Vec<String>,
    pub thanks: Vec<String>,
    /// After an agent's silence.
    pub nudge: Vec<String>,
    /// Somebody who was put away comes back.
    pub returns: Vec<String>,
    pub wrong: Vec<String>,
    /// Beside a picture.
    pub picture: Vec<String>,
    pub stop: Vec<String>,
    /// What agents write: first, of viewings, to questions, of offers, after a client's silence.
    pub greets: Vec<String>,
    pub shows: Vec<String>,
    pub answers: Vec<String>,
    pub negotiates: Vec<String>,
    pub chases: Vec<String>,
    /// What agents write down.
    pub notes: Vec<String>,
    /// What they plan.
    pub tasks: Vec<String>,
}

/// A moment of a conversation, and with it the list that its words come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    Inquiry,
    More,
    Question,
    Agrees,
    Offer,
    Thanks,
    Nudge,
    Returns,
    Wrong,
    Picture,
    Stop,
    Greets,
    Shows,
    Answers,
    Negotiates,
    Chases,
    Note,
    Task,
}

impl Line {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Inquiry,
        Self::More,
        Self::Question,
        Self::Agrees,
        Self::Offer,
        Self::Thanks,
        Self::Nudge,
        Self::Returns,
        Self::Wrong,
        Self::Picture,
        Self::Stop,
        Self::Greets,
        Self::Shows,
        Self::Answers,
        Self::Negotiates,
        Self::Chases,
        Self::Note,
        Self::Task,
    ];

    /// Whether a client says it, in a hurry and on a phone.
    #[must_use]
    pub const fn is_clients(self) -> bool {
        matches!(
            self,
            Self::Inquiry
                | Self::More
                | Self::Question
                | Self::Agrees
                | Self::Offer
                | Self::Thanks
                | Self::Nudge
                | Self::Returns
                | Self::Wrong
                | Self::Picture
        )
    }
}

impl Voice {
    /// What can be said at that moment. Never empty.
    #[must_use]
    pub fn of(&self, line: Line) -> &[String] {
        match line {
            Line::Inquiry => &self.inquiry,
            Line::More => &self.more,
            Line::Question => &self.question,
            Line::Agrees => &self.agrees,
            Line::Offer => &self.offer,
            Line::Thanks => &self.thanks,
            Line::Nudge => &self.nudge,
            Line::Returns => &self.returns,
            Line::Wrong => &self.wrong,
            Line::Picture => &self.picture,
            Line::Stop => &self.stop,
            Line::Greets => &self.greets,
            Line::Shows => &self.shows,
            Line::Answers => &self.answers,
            Line::Negotiates => &self.negotiates,
            Line::Chases => &self.chases,
            Line::Note => &self.notes,
            Line::Task => &self.tasks,
        }
    }

    fn read(code: &str, text: &str) -> Self {
        let voice: Self = toml::from_str(text).unwrap_or_else(|error| panic!("voices/{code}.toml: {error}"));
        let lists = [&voice.given, &voice.family, &voice.streets, &voice.days, &voice.prices, &voice.rooms];
        let full = lists.iter().all(|list| !list.is_empty())
            && Line::ALL.iter().all(|line| !voice.of(*line).is_empty());
        assert!(full, "voices/{code}.toml: a list is empty");
        assert_eq!(voice.language, code, "voices/{code}.toml names another language");
        voice
    }
}

/// All voices, in the order of [`FILES`].
static VOICES: LazyLock<Vec<Voice>> =
    LazyLock::new(|| FILES.iter().map(|(code, text)| Voice::read(code, text)).collect());

/// Every language there is.
#[must_use]
pub fn voices() -> &'static [Voice] {
    &VOICES
}

/// The voice of a language, or the first one.
#[must_use]
pub fn voice(language: &str) -> &'static Voice {
    VOICES.iter().find(|voice| voice.language == language).unwrap_or(&VOICES[0])
}
