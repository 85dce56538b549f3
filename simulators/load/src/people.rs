//! Who is in a brokerage, and who writes to it. A client is made from the seed and a number alone.

use crate::{
    dice::Dice,
    voice::{Voice, voice, voices},
};

/// Clients that there are. Whoever comes after the last one is the first one again, so that no brokerage grows for ever.
pub const CLIENTS: u32 = 4_000;

/// Somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    pub role: Role,
    pub name: &'static str,
    pub email: &'static str,
}

/// What they are in the brokerage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Agent,
    TeamLead,
    Admin,
}

impl Role {
    /// As the API calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::TeamLead => "team_lead",
            Self::Admin => "admin",
        }
    }
}

/// The agents.
pub const AGENTS: usize = 3;
/// Everybody who works there: the agents first, and of them the one whose deck a visitor opens.
pub const STAFF: [Person; 5] = [
    Person { role: Role::Agent, name: "Ana Moreau", email: "ana@demo.hearthline.example" },
    Person { role: Role::Agent, name: "Leo Petit", email: "leo@demo.hearthline.example" },
    Person { role: Role::Agent, name: "Sofia Rossi", email: "sofia@demo.hearthline.example" },
    Person { role: Role::TeamLead, name: "Tom Baker", email: "tom@demo.hearthline.example" },
    Person { role: Role::Admin, name: "Admin", email: "admin@demo.hearthline.example" },
];
/// Where the team lead stands in [`STAFF`].
pub const TEAM_LEAD: usize = 3;
/// And the administrator.
pub const ADMIN: usize = 4;
/// The agent who has a WhatsApp number beside the other one.
pub const ON_WHATSAPP: usize = 2;

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    pub n: u32,
    pub given: String,
    pub family: String,
    /// E.164, of a range that is kept for fiction.
    pub phone: String,
    pub language: &'static str,
    /// Whose number they found: an index of [`STAFF`].
    pub agent: usize,
    pub whatsapp: bool,
}

/// Area codes of North America; each has a hundred numbers that belong to nobody (555-0100 to 555-0199).
const AREAS: [u32; 40] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229,
    231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302,
];
/// How many of a hundred clients speak the languages, in the order of [`voices`].
const SHARES: [u64; 6] = [36, 17, 17, 10, 9, 11];

impl Client {
    /// The client of that number; they repeat after [`CLIENTS`].
    #[must_use]
    pub fn of(seed: u64, n: u32) -> Self {
        let n = n % CLIENTS;
        let mut dice = Dice::new(seed, 1_000_000 + u64::from(n));
        let voice = speaker(&mut dice);
        let agent = match dice.below(10) {
            0..=2 => 0,
            3..=5 => 1,
            _ => 2,
        };
        Self {
            n,
            given: dice.pick(&voice.given).clone(),
            family: dice.pick(&voice.family).clone(),
            phone: phone(n, &voice.language),
            language: &voice.language,
            agent,
            whatsapp: agent == ON_WHATSAPP && dice.percent(50),
        }
    }

    /// How they speak.
    #[must_use]
    pub fn voice(&self) -> &'static Voice {
        voice(self.language)
    }

    /// Their number as WhatsApp writes it: digits alone.
    #[must_use]
    pub fn whatsapp_id(&self) -> &str {
        self.phone.trim_start_matches('+')
    }
}

fn speaker(dice: &mut Dice) -> &'static Voice {
    let mut thrown = dice.below(SHARES.iter().sum());
    for (share, voice) in SHARES.iter().zip(voices()) {
        match thrown.checked_sub(*share) {
            Some(left) => thrown = left,
            None => return voice,
        }
    }
    &voices()[0]
}

/// French clients have numbers of the range that France keeps for films (06 39 98), the others North American ones.
fn phone(n: u32, language: &str) -> String {
    if language == "fr" {
        return format!("+3363998{n:04}");
    }
    let area = AREAS[(n / 100) as usize % AREAS.len()];
    format!("+1{area}5550{:03}", 100 + n % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_client_has_a_number_of_their_own_and_all_languages_are_spoken() {
        let clients: Vec<Client> = (0..CLIENTS).map(|n| Client::of(7, n)).collect();
        let phones: BTreeSet<&str> = clients.iter().map(|client| client.phone.as_str()).collect();
        assert_eq!(phones.len(), CLIENTS as usize);
        let languages: BTreeSet<&str> = clients.iter().map(|client| client.language).collect();
        assert_eq!(languages.len(), voices().len());
        assert!(clients.iter().any(|client| client.whatsapp));
        assert!((0..AGENTS).all(|agent| clients.iter().any(|client| client.agent == agent)));
    }

    #[test]
    fn a_client_is_the_same_by_the_same_seed_and_comes_again_after_the_last() {
        assert_eq!(Client::of(3, 17), Client::of(3, 17));
        assert_eq!(Client::of(3, 17), Client::of(3, 17 + CLIENTS));
        assert!((0..50).any(|n| Client::of(3, n) != Client::of(4, n)));
    }
}
