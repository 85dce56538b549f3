//! Files on their way to the provider: addresses that work, and those that do not.

use hearthline_engine::{
    ids::{AttachmentId, LeadId, TenantId, UserId},
    raw::Raw,
    time::Timestamp,
};
use hearthline_http::media::{LINK_LIVES, link};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Keyring, Random,
    rows::{
        attachment::{self, Fate, FileInfo, NewAttachment, Origin},
        content::{self, Shelf},
        lead::LeadRef,
    },
};
use hearthline_storage_memory::SeededRandom;
use std::sync::Arc;

use crate::{
    client::{Answer, ask},
    world::World,
};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

struct Rig {
    world: World,
    keyring: StoredKeyring,
    random: Arc<SeededRandom>,
}

impl Rig {
    async fn new() -> Self {
        let world = World::start().await;
        let random = Arc::new(SeededRandom::new(4711));
        let store = Arc::new(world.ground.store.clone());
        let keyring =
            StoredKeyring::open(store, MasterKey::from_bytes([7; 32]), random.clone()).await.unwrap();
        Self { world, keyring, random }
    }

    fn id(&self) -> uuid::Uuid {
        self.random.uuid_v7(NOW)
    }

    /// A file of some lead of some tenant.
    async fn file(&self, bytes: &[u8]) -> (TenantId, AttachmentId) {
        let place = LeadRef { tenant: TenantId(self.id()), lead: LeadId(self.id()) };
        let id = AttachmentId(self.id());
        let key = self.keyring.lead_key(place.tenant, place.lead).await.unwrap();
        let filename = Some("plan of the house.png".to_owned());
        let info = &FileInfo { filename, mime_type: "image/png".to_owned(), announced: None };
        let (bytes, size_bytes) = (&Raw::new(bytes.to_vec()), bytes.len() as u64);
        let (store, blobs) = (&self.world.ground.store, &self.world.ground.blobs);
        let shelf = Shelf { store, keyring: &self.keyring, blobs, random: &*self.random };
        let content = content::keep(shelf, place.tenant, (place.lead, id), bytes, NOW).await.unwrap();
        let (from, fate) = (Origin::User(UserId(self.id())), Fate::Kept { content, size_bytes });
        let new = NewAttachment { id, place, from, created_at: NOW, fate, info };
        attachment::keep(store, &*key, new).await.unwrap();
        (place.tenant, id)
    }

    fn path(&self, (tenant, id): (TenantId, AttachmentId)) -> String {
        let link = link(&self.keyring, "https://crm.example", tenant, id, NOW);
        link.strip_prefix("https://crm.example").unwrap().to_owned()
    }

    async fn fetch(&self, path: &str) -> Answer {
        self.world.send(ask("GET", path)).await
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn out_2_a_provider_fetches_a_file_without_credentials_and_learns_its_type_alone() {
    let rig = Rig::new().await;
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
    let path = rig.path(rig.file(&bytes).await);
    let answer = rig.fetch(&path).await;
    assert_eq!((answer.status, answer.body.len()), (200, bytes.len()));
    assert!(answer.body == bytes);
    assert_eq!(header(&answer, "content-type"), Some("image/png"));
    assert_eq!(header(&answer, "content-disposition"), Some("attachment"));
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
    let head = rig.world.send(ask("HEAD", &path)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn prv_5_an_address_with_any_change_is_none() {
    let rig = Rig::new().await;
    let path = rig.path(rig.file(b"bytes").await);
    assert_eq!(rig.fetch(&path).await.status, 200);
    let token = path.strip_prefix("/media/").unwrap();
    for at in 0..token.len() {
        let other = if token.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("/media/{}{other}{}", &token[..at], &token[at + 1..]);
        let answer = rig.fetch(&changed).await;
        assert_eq!(answer.status, 404, "{at}");
    }
    for changed in
        [format!("{path}A"), format!("{path}AAAA"), path[..path.len() - 4].to_owned(), "/media/x".to_owned()]
    {
        assert_eq!(rig.fetch(&changed).await.status, 404, "{changed}");
    }
}

#[tokio::test]
async fn prv_5_an_address_ends_and_is_of_one_file_of_one_tenant() {
    let rig = Rig::new().await;
    let (tenant, id) = rig.file(b"ours").await;
    let (other_tenant, other_id) = rig.file(b"theirs").await;
    assert_eq!(rig.fetch(&rig.path((tenant, other_id))).await.status, 404);
    assert_eq!(rig.fetch(&rig.path((other_tenant, id))).await.status, 404);

    let path = rig.path((tenant, id));
    rig.world.ground.wall.pass(i64::from(LINK_LIVES.0) - 1);
    assert_eq!(rig.fetch(&path).await.body, b"ours");
    rig.world.ground.wall.pass(1);
    assert_eq!(rig.fetch(&path).await.status, 404);
}

#[tokio::test]
async fn a_file_that_can_not_be_read_for_now_is_to_be_asked_for_again() {
    let rig = Rig::new().await;
    let path = rig.path(rig.file(b"bytes").await);
    rig.world.ground.store.go_away(true);
    let answer = rig.fetch(&path).await;
    assert_eq!(answer.status, 503);
    assert!(header(&answer, "retry-after").is_some());
    rig.world.ground.store.go_away(false);
    assert_eq!(rig.fetch(&path).await.body, b"bytes");
}
