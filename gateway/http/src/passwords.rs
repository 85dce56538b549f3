//! Passwords: argon2id (TEN-1), a few at a time and never on an async thread.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use hearthline_api::Fault;
use hearthline_storage_api::Random;
use std::{num::NonZeroUsize, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

use crate::{problem::Problem, settings::PasswordCost};

/// How long a sign-in waits for its turn before it is told to come again.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const SALT_BYTES: usize = 16;

/// Hashes and compares passwords.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    /// One for each processor: each takes a core and 19 MiB for tens of milliseconds.
    turns: Arc<Semaphore>,
    /// Compared with when there is no user, so that the answer takes as long.
    nobodys: Arc<str>,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost, random: &dyn Random) -> Self {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None)
            .expect("the cost of passwords is within argon2's bounds");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let turns = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let nobodys = hash(&argon2, "nobody's password", fresh_salt(random));
        Self { argon2, turns: Arc::new(Semaphore::new(turns)), nobodys: nobodys.into() }
    }

    /// The PHC string to store.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: String, random: &dyn Random) -> Result<String, Problem> {
        let salt = fresh_salt(random);
        self.in_turn(move |argon2| hash(argon2, &password, salt)).await
    }

    /// Whether a password is the one behind a stored hash. With no hash, it takes as long and the answer is no.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Problem> {
        let nobodys = self.nobodys.clone();
        self.in_turn(move |argon2| {
            let hash = stored.as_deref().unwrap_or(&nobodys);
            let matches = PasswordHash::new(hash)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok());
            matches && stored.is_some()
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(LONGEST_WAIT, self.turns.clone().acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(Fault::Unavailable { retry_after_s: 5 }.into()) };
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&argon2)
        });
        done.await.map_err(|_| Fault::Internal.into())
    }
}

fn fresh_salt(random: &dyn Random) -> [u8; SALT_BYTES] {
    let mut salt = [0; SALT_BYTES];
    random.fill(&mut salt);
    salt
}

fn hash(argon2: &Argon2<'static>, password: &str, salt: [u8; SALT_BYTES]) -> String {
    argon2
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("a salt of 16 bytes and a password of at most 1 KiB are within argon2's bounds")
        .to_string()
}
