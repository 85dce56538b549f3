//! Which leads may be one person (IDN-3): those that have the same name and are known on different channels. A name proves
//! nothing, so nothing follows from it but a question to a person.
//!
//! What it promises: one pair of leads is one question; a pair that was told apart is asked about no more, whatever the two
//! are merged with later; a name that many have asks nothing, so that the questions grow with the leads and not with their
//! square.
//!
//! What it deliberately does not know: who is asked, and what becomes of the answer. Phones and e-mail addresses are no hints
//! here: each is one lead's (IDN-4), whoever types it in a second time is told so at once.

use icu_normalizer::ComposingNormalizerBorrowed;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};
use uuid::{Builder, Uuid};

use crate::{
    identity::{Address, IdentityKind},
    ids::LeadId,
    lead::Source,
    message::Channel,
};

/// A name that more leads have says nothing of who they are. A lead is thus in one question less at most.
pub const MOST_NAMESAKES: usize = 8;

/// A name by which people can be told from most others, in a form that is the same however it was written: compatibility
/// forms (NFKC), case, spaces, and signs that are no letters and digits make no difference. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameKey(String);

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameKey(…)")
    }
}

impl NameKey {
    /// None for what many are called: a first name alone, initials, a number. Names of scripts that write them without
    /// spaces need three letters, as most whole Chinese, Japanese and Korean names have.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        // Upper case first: it knows pairs that lower case alone leaves apart (ß and ss).
        let folded = nfkc.normalize(name).to_uppercase().to_lowercase();
        let folded = nfkc.normalize(&folded);
        let words = folded.split_whitespace().map(|word| word.chars().filter(|c| c.is_alphanumeric()));
        let words: Vec<String> =
            words.map(Iterator::collect).filter(|word: &String| !word.is_empty()).collect();
        let letters = |word: &String| word.chars().filter(|c| c.is_alphabetic()).count();
        let whole = words.iter().filter(|word| letters(word) >= 2).count() >= 2;
        let unspaced = words.iter().any(|word| word.chars().filter(|c| is_unspaced(*c)).count() >= 3);
        (whole || unspaced).then(|| Self(words.join(" ")))
    }
}

/// Han, Kana and Hangul (Unicode, blocks of the Basic Multilingual Plane).
const fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Two leads, whichever was named first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    first: LeadId,
    second: LeadId,
}

impl Pair {
    /// These two.
    #[must_use]
    pub fn of(one: LeadId, other: LeadId) -> Self {
        Self { first: one.min(other), second: one.max(other) }
    }
    /// Both, the lower id first.
    #[must_use]
    pub const fn leads(&self) -> [LeadId; 2] {
        [self.first, self.second]
    }
    /// The pair's own id: follows from both (UUIDv8, RFC 9562).
    #[must_use]
    pub fn id(&self) -> Uuid {
        let hash = Sha256::new().chain_update(b"pair").chain_update(self.first.as_bytes());
        let hash = hash.chain_update(self.second.as_bytes()).finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// What is known of a lead, as far as it counts here.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// Which.
    pub lead: LeadId,
    /// Deleted, or merged into another: it is nobody now.
    pub gone: bool,
    /// What it is called.
    pub name: &'a str,
    /// How it came to be.
    pub source: Source,
    /// How the client can be reached.
    pub identities: &'a [Address],
    /// What was merged into it.
    pub merged: &'a [LeadId],
}

/// The channels that a lead is known on. A phone number alone says nothing of one: SMS, calls and WhatsApp share it.
fn channels(standing: &Standing<'_>) -> BTreeSet<Channel> {
    let known_by = standing.identities.iter().filter_map(|address| match address.kind {
        IdentityKind::Phone => None,
        IdentityKind::Email => Some(Channel::Email),
        IdentityKind::Whatsapp => Some(Channel::Whatsapp),
        IdentityKind::Messenger => Some(Channel::Messenger),
        IdentityKind::Instagram => Some(Channel::Instagram),
        IdentityKind::SmsSender => Some(Channel::Sms),
    });
    known_by.chain([standing.source.channel()]).collect()
}

/// The leads of a tenant by their names. As good as what it was last told: it can be made anew at any time.
#[derive(Debug, Default)]
pub struct Namesakes {
    by_name: BTreeMap<NameKey, BTreeMap<LeadId, BTreeSet<Channel>>>,
    names: BTreeMap<LeadId, NameKey>,
    merged: BTreeMap<LeadId, Vec<LeadId>>,
    apart: BTreeSet<Pair>,
}

impl Namesakes {
    /// How a lead stands now, in place of what was known of it.
    pub fn note(&mut self, standing: &Standing<'_>) {
        self.forget(standing.lead);
        if !standing.merged.is_empty() {
            // Also of what is gone itself: it may have been merged on.
            self.merged.insert(standing.lead, standing.merged.to_vec());
        }
        let Some(name) = NameKey::of(standing.name).filter(|_| !standing.gone) else { return };
        self.by_name.entry(name.clone()).or_default().insert(standing.lead, channels(standing));
        self.names.insert(standing.lead, name);
    }

    fn forget(&mut self, lead: LeadId) {
        self.merged.remove(&lead);
        let Some(name) = self.names.remove(&lead) else { return };
        if let Some(known) = self.by_name.get_mut(&name) {
            known.remove(&lead);
            if known.is_empty() {
                self.by_name.remove(&name);
            }
        }
    }

    /// A person said that they are two people.
    pub fn tell_apart(&mut self, pair: Pair) {
        self.apart.insert(pair);
    }

    /// The pairs that a person has to decide on, in no order that means anything.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        let shared = self.by_name.values().filter(|known| (2..=MOST_NAMESAKES).contains(&known.len()));
        shared.flat_map(|known| self.pairs_of(known))
    }

    fn pairs_of(&self, known: &BTreeMap<LeadId, BTreeSet<Channel>>) -> Vec<Pair> {
        let behind = |lead: LeadId| known.range(lead..).skip(1);
        let all = known.iter().flat_map(|one| behind(*one.0).map(move |other| (one, other)));
        let elsewhere = all.filter(|((_, here), (_, there))| here != there);
        let pairs = elsewhere.map(|((one, _), (other, _))| Pair::of(*one, *other));
        pairs.filter(|pair| !self.are_apart(*pair)).collect()
    }

    /// Whether somebody said so of the two, or of leads that were merged into them.
    fn are_apart(&self, pair: Pair) -> bool {
        if self.apart.is_empty() {
            return false;
        }
        let [ones, others] = pair.leads().map(|lead| self.all_of(lead));
        ones.iter().any(|one| others.iter().any(|other| self.apart.contains(&Pair::of(*one, *other))))
    }

    /// A lead and all that it goes on with.
    fn all_of(&self, lead: LeadId) -> BTreeSet<LeadId> {
        let mut all = BTreeSet::from([lead]);
        let mut ahead = vec![lead];
        while let Some(next) = ahead.pop() {
            let merged = self.merged.get(&next).into_iter().flatten();
            ahead.extend(merged.filter(|lead| all.insert(**lead)));
        }
        all
    }
}
