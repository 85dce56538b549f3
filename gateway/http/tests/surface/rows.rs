//! Administration rows where only time, races and other processes tell right from wrong.

use hearthline_engine::{
    ids::{TenantId, UserId},
    time::Timestamp,
};
use hearthline_sealing::{MasterKey, StoredKeyring};
use hearthline_storage_api::{
    Random, Store,
    rows::{
        expiry,
        idempotency::{self, Answer, Begun, KEPT_FOR, OperationIds, Scope, Use},
        roster::{Listed, enroll, enrolled, strike},
        session::{self, Refusal, SessionId, SessionRow, Turn},
        tenant::Backing,
        user::{self, Created, Role, UserRow},
    },
};
use hearthline_storage_memory::SeededRandom;
use std::sync::Arc;
use uuid::Uuid;

use crate::world::Breakable;

struct Rows {
    store: Breakable,
    keyring: StoredKeyring,
    random: Arc<SeededRandom>,
}

impl Rows {
    async fn new() -> Self {
        let store = Breakable::new();
        let random = Arc::new(SeededRandom::new(1));
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        let keyring = StoredKeyring::open(shared, MasterKey::from_bytes([7; 32]), random.clone());
        Self { keyring: keyring.await.unwrap(), store, random }
    }
    fn backing(&self) -> Backing<'_> {
        Backing { store: &self.store, keyring: &self.keyring, random: &*self.random }
    }
    fn id(&self) -> Uuid {
        self.random.uuid_v7(at(0))
    }
    fn user(&self, email: &str) -> UserRow {
        UserRow {
            id: UserId(self.id()),
            tenant: TenantId(Uuid::from_u128(1)),
            email: email.to_owned(),
            name: "Ana".to_owned(),
            role: Role::Agent,
            team: None,
            language: "en".to_owned(),
            time_zone: None,
            password_hash: None,
            session_epoch: 0,
            moves: user::Moves::default(),
            created_at: at(0),
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
}

fn is_user(created: &Created) -> bool {
    matches!(created, Created::User(_))
}

#[tokio::test]
async fn an_address_that_a_dead_create_left_claimed_is_free_again_after_ten_minutes() {
    let rows = Rows::new().await;
    // The tenant's key, and the claim; the cut comes before the user's row.
    is_user(&user::create(rows.backing(), rows.user("first@example.com"), at(0)).await.unwrap());
    rows.store.allow_writes(1);
    user::create(rows.backing(), rows.user("ana@example.com"), at(0)).await.unwrap_err();
    rows.store.allow_writes(u64::MAX);

    let second = rows.user("ANA@example.com ");
    assert_eq!(user::create(rows.backing(), second.clone(), at(599)).await.unwrap(), Created::EmailTaken);
    assert!(is_user(&user::create(rows.backing(), second.clone(), at(600)).await.unwrap()));
    let found = user::find_by_email(&rows.store, &rows.keyring, "ana@example.com").await.unwrap().unwrap();
    assert_eq!(found.id, second.id);
    let third = rows.user("ana@example.com");
    assert_eq!(user::create(rows.backing(), third, at(100_000)).await.unwrap(), Created::EmailTaken);
}

#[tokio::test]
async fn of_many_who_want_one_address_at_once_one_gets_it() {
    let rows = Arc::new(Rows::new().await);
    let mut creates = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let rows = rows.clone();
        creates.spawn(async move {
            let user = rows.user("ana@example.com");
            user::create(rows.backing(), user, at(0)).await.unwrap()
        });
    }
    assert_eq!(creates.join_all().await.iter().filter(|created| is_user(created)).count(), 1);
}

#[tokio::test]
async fn what_left_the_roster_stays_off_it() {
    let rows = Rows::new().await;
    let (tenant, id) = (TenantId(Uuid::from_u128(1)), rows.id());
    for _ in 0..2 {
        enroll(&rows.store, tenant, Listed::Connection, id).await.unwrap();
    }
    assert_eq!(enrolled(&rows.store, tenant, Listed::Connection, None, 9).await.unwrap(), [id]);
    assert!(enrolled(&rows.store, tenant, Listed::User, None, 9).await.unwrap().is_empty());
    strike(&rows.store, tenant, Listed::Connection, id).await.unwrap();
    // A create that is repeated late.
    enroll(&rows.store, tenant, Listed::Connection, id).await.unwrap();
    assert!(enrolled(&rows.store, tenant, Listed::Connection, None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_is_worked_on_with_the_same_ids_until_it_is_answered_and_forgotten_after_a_day() {
    let rows = Rows::new().await;
    let scope = Scope::User { tenant: TenantId(Uuid::from_u128(1)), user: UserId(Uuid::from_u128(2)) };
    let used = Use { scope, route: "POST /v1/teams", key: "k", request_hash: [1; 32] };
    let ids = || OperationIds(std::array::from_fn(|_| rows.id()));
    let begin =
        async |used: &Use<'_>, now| idempotency::begin(rows.backing(), used, ids(), now).await.unwrap();
    let Begun::Work(first) = begin(&used, at(0)).await else { panic!("the key is new") };
    assert!(matches!(begin(&used, at(1)).await, Begun::Work(again) if again == first));
    let other = Use { request_hash: [2; 32], ..used.clone() };
    assert!(matches!(begin(&other, at(1)).await, Begun::OtherRequest));

    let answer = |status| Answer { status, etag: None, body: b"PLANTED".to_vec() };
    let stored = idempotency::finish(rows.backing(), &used, first, answer(201)).await.unwrap();
    assert_eq!(stored.status, 201);
    let late = idempotency::finish(rows.backing(), &used, first, answer(200)).await.unwrap();
    assert_eq!(late.status, 201, "the first answer counts");
    idempotency::release(rows.backing(), &used, first).await.unwrap();
    assert!(matches!(begin(&used, at(2)).await, Begun::Answered(answer) if answer.status == 201));
    for (_, row) in rows.store.dump() {
        assert!(!row.value.windows(7).any(|window| window == b"PLANTED"));
    }
    let next_day = at(i64::from(KEPT_FOR.0));
    assert!(matches!(begin(&other, next_day).await, Begun::Work(ids) if ids != first));
}

#[tokio::test]
async fn of_many_who_show_one_refresh_token_at_once_one_turns_it_over() {
    let rows = Arc::new(Rows::new().await);
    let id = SessionId(rows.id());
    let row = SessionRow {
        tenant: TenantId(Uuid::from_u128(1)),
        user: UserId(Uuid::from_u128(2)),
        epoch: 0,
        generation: 0,
        token_hash: [1; 32],
        created_at: at(0),
        expires_at: at(100),
        revoked_at: None,
        turned_at: None,
        taken_up: true,
    };
    session::create(rows.backing(), id, &row).await.unwrap();
    let mut turns = tokio::task::JoinSet::new();
    for n in 0..20 {
        let rows = rows.clone();
        turns.spawn(async move {
            let turn = Turn { generation: 0, hash: [1; 32], next_hash: [n; 32], expires_at: at(200) };
            session::turn(rows.backing(), id, turn, at(1)).await.unwrap()
        });
    }
    let turned = turns.join_all().await;
    assert_eq!(turned.iter().filter(|turned| turned.is_ok()).count(), 1);
    assert_eq!(turned.iter().filter(|turned| **turned == Err(Refusal::Reused)).count(), 19);
    let over = Turn { generation: 1, hash: [0; 32], next_hash: [0; 32], expires_at: at(300) };
    assert_eq!(session::turn(rows.backing(), id, over, at(200)).await.unwrap(), Err(Refusal::Over));
}

#[tokio::test]
async fn prv_5_expired_sessions_and_idempotency_keys_are_swept_and_what_was_extended_stays() {
    const DAY: i64 = 86_400;
    let rows = Rows::new().await;
    let tenant = TenantId(Uuid::from_u128(1));
    let scope = Scope::User { tenant, user: UserId(Uuid::from_u128(2)) };
    let used = |key| Use { scope, route: "POST /v1/teams", key, request_hash: [1; 32] };
    let ids = || OperationIds(std::array::from_fn(|_| rows.id()));
    let begin = async |used: &Use<'_>, now| {
        idempotency::begin(rows.backing(), used, ids(), now).await.unwrap();
    };
    let operator = Use { scope: Scope::Operator, ..used("operator") };
    let session = |expires_at| SessionRow {
        tenant,
        user: UserId(Uuid::from_u128(2)),
        epoch: 0,
        generation: 0,
        token_hash: [7; 32],
        created_at: at(0),
        expires_at,
        revoked_at: None,
        turned_at: None,
        taken_up: true,
    };
    let [short, extended, ended] = std::array::from_fn(|_| SessionId(rows.id()));
    for (id, lasts) in [(short, 2), (extended, 2), (ended, 30)] {
        session::create(rows.backing(), id, &session(at(lasts * DAY))).await.unwrap();
    }
    let turn = Turn { generation: 0, hash: [7; 32], next_hash: [8; 32], expires_at: at(20 * DAY) };
    session::turn(rows.backing(), extended, turn, at(DAY)).await.unwrap().unwrap();
    session::revoke(rows.backing(), ended, at(DAY)).await.unwrap();
    for used in [&used("once"), &used("again"), &operator] {
        begin(used, at(0)).await;
    }
    let sweep = async |day: i64| expiry::sweep(rows.backing(), at(day * DAY)).await.unwrap();
    let stands = async |id| session::load(&rows.store, id).await.unwrap().is_some();
    assert_eq!(sweep(1).await, 0, "a moment before their time");
    // The same key for something else, after its day.
    begin(&used("again"), at(3 * DAY)).await;
    assert_eq!(sweep(4).await, 3, "two keys and a session");
    assert!(!stands(short).await && stands(extended).await && stands(ended).await);
    assert_eq!(sweep(4).await, 0);
    assert_eq!(sweep(6).await, 1, "the key that was used again");
    assert_eq!(sweep(40).await, 2, "the sessions that were extended and ended");
    assert!(!stands(extended).await && !stands(ended).await);
}
