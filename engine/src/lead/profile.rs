//! What people write down about a client (CRM-1): derived data in the sense of PRV-1, sealed at rest with the lead.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

use super::{Lead, Name};

/// What is known of the person beside identities, name, language and tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// As in "Maria".
    pub first_name: Option<Name>,
    /// As in "Oliveira".
    pub last_name: Option<Name>,
    /// The day they were born.
    pub birthday: Option<Birthday>,
    /// Where they live, as it is written on an envelope.
    pub address: Option<PostalAddress>,
}

/// A calendar day of the Gregorian calendar. Its `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Birthday {
    year: i16,
    month: i8,
    day: i8,
}

impl Birthday {
    /// That day, if the calendar has it, from the year 1800 on.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        let exists = jiff::civil::Date::new(year, month, day).is_ok();
        (exists && year >= 1_800).then_some(Self { year, month, day })
    }
    /// From `YYYY-MM-DD` (RFC 3339, `full-date`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str, n| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }
}

impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Birthday(…)")
    }
}

/// A postal address in the words of whoever wrote it down. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostalAddress(pub String);

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostalAddress(…)")
    }
}

/// All that people can change of a lead's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the lead is called.
    pub name: Option<Name>,
    /// See [`Details`].
    pub details: Details,
    /// BCP 47.
    pub language: Option<String>,
    /// Made by users.
    pub tags: BTreeSet<String>,
}

/// One part of a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named as the fields of a profile are")]
pub enum ProfileField {
    Name,
    FirstName,
    LastName,
    Birthday,
    Address,
    Language,
    Tags,
}

/// What becomes of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// Nothing is known of it any more.
    Remove,
    /// It is this.
    Set(T),
}

impl<T: Clone> Change<T> {
    fn of(&self, standing: &Option<T>) -> Option<T> {
        match self {
            Self::Keep => standing.clone(),
            Self::Remove => None,
            Self::Set(value) => Some(value.clone()),
        }
    }
}

/// A change of a profile; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The whole name, where its parts are not known: setting it forgets them.
    pub name: Change<Name>,
    /// Either part that is set makes the name anew.
    pub first_name: Change<Name>,
    /// As `first_name`.
    pub last_name: Change<Name>,
    /// See [`Details::birthday`].
    pub birthday: Change<Birthday>,
    /// See [`Details::address`].
    pub address: Change<PostalAddress>,
    /// See [`Profile::language`].
    pub language: Change<String>,
    /// All of them.
    pub tags: Option<BTreeSet<String>>,
}

impl ProfileChange {
    /// Whether it changes nothing, whatever stands.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Profile {
    /// The profile after a change, and the fields that differ.
    #[must_use]
    pub fn changed_by(&self, change: &ProfileChange) -> (Self, Vec<ProfileField>) {
        let mut after = self.clone();
        if change.name != Change::Keep {
            after.name = change.name.of(&self.name);
            (after.details.first_name, after.details.last_name) = (None, None);
        }
        let parts =
            (change.first_name.of(&after.details.first_name), change.last_name.of(&after.details.last_name));
        if parts != (after.details.first_name.clone(), after.details.last_name.clone()) {
            (after.details.first_name, after.details.last_name) = parts;
            after.name = after.details.whole_name();
        }
        after.details.birthday = change.birthday.of(&self.details.birthday);
        after.details.address = change.address.of(&self.details.address);
        after.language = change.language.of(&self.language);
        after.tags = change.tags.clone().unwrap_or_else(|| self.tags.clone());
        let fields = self.differences(&after);
        (after, fields)
    }

    fn differences(&self, other: &Self) -> Vec<ProfileField> {
        let (one, two) = (&self.details, &other.details);
        let differs = [
            (ProfileField::Name, self.name != other.name),
            (ProfileField::FirstName, one.first_name != two.first_name),
            (ProfileField::LastName, one.last_name != two.last_name),
            (ProfileField::Birthday, one.birthday != two.birthday),
            (ProfileField::Address, one.address != two.address),
            (ProfileField::Language, self.language != other.language),
            (ProfileField::Tags, self.tags != other.tags),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

impl Details {
    /// The parts of the name as one, if any is known.
    #[must_use]
    pub fn whole_name(&self) -> Option<Name> {
        let parts = [&self.first_name, &self.last_name];
        let parts: Vec<&str> = parts.into_iter().flatten().map(|name| name.0.as_str()).collect();
        (!parts.is_empty()).then(|| Name(parts.join(" ")))
    }
}

impl Lead {
    /// What people can change of its record.
    #[must_use]
    pub fn profile(&self) -> Profile {
        Profile {
            name: self.name.clone(),
            details: self.details.clone(),
            language: self.language.clone(),
            tags: self.tags.clone(),
        }
    }

    pub(super) fn take_profile(&mut self, profile: &Profile) {
        let Profile { name, details, language, tags } = profile.clone();
        (self.name, self.details, self.language, self.tags) = (name, details, language, tags);
    }
}
