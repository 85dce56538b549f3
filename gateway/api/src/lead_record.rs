//! A lead's record as people write it (CRM-1).

use hearthline_engine::{
    ids::{TeamId, UserId},
    lead::{Birthday, Change, Name, PostalAddress, ProfileChange, Source, Status},
};
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Form, FromForm, LeadStatus,
    form::{
        self,
        read::{self, one_of},
    },
};

const LONGEST_NAME: usize = 100;
const LONGEST_ADDRESS: usize = 300;
const MOST_TAGS: usize = 32;
const LONGEST_TAG: usize = 50;

/// How a lead that is made by hand can have come.
const SOURCES: &[(&str, Source)] = &[
    ("manual", Source::Manual),
    ("sms", Source::Sms),
    ("whatsapp", Source::Whatsapp),
    ("messenger", Source::Messenger),
    ("instagram", Source::Instagram),
    ("email", Source::Email),
    ("call", Source::Call),
];

const STATUSES: &[(&str, Status)] =
    &[("lead", Status::Lead), ("active_client", Status::ActiveClient), ("archived", Status::Archived)];

/// `POST /v1/leads`. Not printable: it is about a person.
pub struct NewLead {
    pub first_name: Name,
    pub last_name: Name,
    /// As it was written.
    pub email: String,
    /// E.164.
    pub phone: Option<String>,
    pub birthday: Option<Birthday>,
    pub address: Option<PostalAddress>,
    pub source: Source,
    pub language: Option<String>,
    pub tags: BTreeSet<String>,
    pub owner: Option<UserId>,
    pub team: Option<TeamId>,
}

/// [`NewLead`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLead)]
pub struct NewLeadSchema {
    #[schema(max_length = 100)]
    pub first_name: String,
    #[schema(max_length = 100)]
    pub last_name: String,
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// E.164. Required where the tenant says so.
    #[schema(example = "+14155550100")]
    pub phone: Option<String>,
    #[schema(format = "date", example = "1984-02-29")]
    pub birthday: Option<String>,
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// How they came: `manual` if absent.
    #[schema(pattern = "^(manual|sms|whatsapp|messenger|instagram|email|call)$")]
    pub source: Option<String>,
    /// BCP 47.
    pub language: Option<String>,
    #[schema(max_items = 32)]
    pub tags: Option<Vec<String>>,
    /// Whoever makes the lead, if absent. Administrators name an owner or a team.
    pub owner_id: Option<Uuid>,
    /// Without an owner, the lead waits in this team to be assigned.
    pub team_id: Option<Uuid>,
}

impl FromForm for NewLead {
    fn read(form: &mut Form) -> Option<Self> {
        let first_name = form.required("first_name", read::line(LONGEST_NAME)).map(Name);
        let last_name = form.required("last_name", read::line(LONGEST_NAME)).map(Name);
        let email = form.required("email", read::email);
        let phone = form.optional("phone", read::phone);
        let birthday = form.optional("birthday", read::birthday);
        let address = form.optional("address", read::line(LONGEST_ADDRESS));
        let source = form.optional("source", one_of(SOURCES));
        let language = form.optional("language", read::language);
        let tags = form.optional("tags", read::lines(MOST_TAGS, LONGEST_TAG));
        let owner = form.optional("owner_id", read::uuid);
        let team = form.optional("team_id", read::uuid);
        Some(Self {
            first_name: first_name?,
            last_name: last_name?,
            email: email?,
            phone: phone?,
            birthday: birthday?,
            address: address?.map(PostalAddress),
            source: source?.unwrap_or(Source::Manual),
            language: language?,
            tags: tags?.unwrap_or_default(),
            owner: owner?.map(UserId),
            team: team?.map(TeamId),
        })
    }
}

impl NewLead {
    /// What is written into the record.
    #[must_use]
    pub fn profile(&self) -> ProfileChange {
        let set = |value: &Option<PostalAddress>| value.clone().map_or(Change::Keep, Change::Set);
        ProfileChange {
            name: Change::Keep,
            first_name: Change::Set(self.first_name.clone()),
            last_name: Change::Set(self.last_name.clone()),
            birthday: self.birthday.map_or(Change::Keep, Change::Set),
            address: set(&self.address),
            language: self.language.clone().map_or(Change::Keep, Change::Set),
            tags: Some(self.tags.clone()),
        }
    }
}

/// `PATCH /v1/leads/{id}`: what is absent stays, null takes away. Not printable.
pub struct LeadChange {
    pub profile: ProfileChange,
    pub status: Option<Status>,
}

/// [`LeadChange`] as OpenAPI shows it.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeadChange)]
pub struct LeadChangeSchema {
    /// The whole name, where its parts are not known: setting it forgets them.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// Either part makes `name` anew.
    #[schema(max_length = 100)]
    pub first_name: Option<String>,
    #[schema(max_length = 100)]
    pub last_name: Option<String>,
    #[schema(format = "date")]
    pub birthday: Option<String>,
    #[schema(max_length = 300)]
    pub address: Option<String>,
    pub language: Option<String>,
    /// All of them.
    #[schema(max_items = 32)]
    pub tags: Option<Vec<String>>,
    /// `archived` puts the lead away; another one brings it back, or converts it.
    pub status: Option<LeadStatus>,
}

impl FromForm for LeadChange {
    fn read(form: &mut Form) -> Option<Self> {
        let name = form.change("name", read::line(2 * LONGEST_NAME));
        let first_name = form.change("first_name", read::line(LONGEST_NAME));
        let last_name = form.change("last_name", read::line(LONGEST_NAME));
        let birthday = form.change("birthday", read::birthday);
        let address = form.change("address", read::line(LONGEST_ADDRESS));
        let language = form.change("language", read::language);
        let tags = form.change("tags", read::lines(MOST_TAGS, LONGEST_TAG));
        let status = form.optional("status", one_of(STATUSES));
        let parts = [&first_name, &last_name].into_iter().flatten().any(|part| !part.is_keep());
        if parts && name.as_ref().is_some_and(|name| !name.is_keep()) {
            form.error("name", "not_allowed", "must be absent when a part of it is given");
            return None;
        }
        let profile = ProfileChange {
            name: change(name?, Name),
            first_name: change(first_name?, Name),
            last_name: change(last_name?, Name),
            birthday: change(birthday?, |day| day),
            address: change(address?, PostalAddress),
            language: change(language?, |language| language),
            tags: match tags? {
                form::Change::Keep => None,
                form::Change::Remove => Some(BTreeSet::new()),
                form::Change::Set(tags) => Some(tags),
            },
        };
        Some(Self { profile, status: status? })
    }
}

fn change<T, U>(change: form::Change<T>, with: impl FnOnce(T) -> U) -> Change<U> {
    match change {
        form::Change::Keep => Change::Keep,
        form::Change::Remove => Change::Remove,
        form::Change::Set(value) => Change::Set(with(value)),
    }
}
