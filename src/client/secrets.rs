//! What proves a user: from the configuration, else from `auth.query`, remembered for a while.
//!
//! Made once per process and shared by all workers; the configuration comes with each question, so a reload
//! changes nothing here. A password in clear is turned into a verifier once, not per login: PBKDF2 is slow
//! by design, and a verifier that stays the same keeps its salt.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::asked::Asked;
use super::error::LoginError;
use super::lookup::{Lookup, LookupError, Question};
use crate::auth::Secret;
use crate::auth::scram::{Candidate, Mock};
use crate::config::{AuthQuery, Config, Database, DatabaseName, UserName, UserSecret};

/// How long an answer that found nobody, or an error, is believed; and how old an answer must be before a
/// failed login doubts it.
const DOUBT: Duration = Duration::from_secs(1);
/// Answers remembered; beyond this all are forgotten, which costs a query each.
const MAX_ANSWERS: usize = 10_000;
/// PostgreSQL's names are no longer (`NAMEDATALEN`), in bytes; nobody has a longer one.
const MAX_NAME: usize = 63;
/// The part of `client_login_timeout` that a look-up may take.
const LOOKUP_SHARE: f64 = 0.9;

/// See the module.
pub struct Secrets {
    lookup: Arc<dyn Lookup>,
    mock: Mock,
    derived: Mutex<HashMap<UserName, (UserSecret, Arc<Secret>)>>,
    answers: Mutex<HashMap<Key, Slot>>,
}

type Key = (DatabaseName, UserName);
/// Held while the query runs, so that whoever wants the same waits for its answer.
type Slot = Arc<tokio::sync::Mutex<Option<Answer>>>;

#[derive(Clone, Debug)]
struct Answer {
    result: Result<Option<Arc<Secret>>, Arc<LookupError>>,
    at: Instant,
}

/// Who is looked up, where, and for how long.
struct Inquiry<'a> {
    config: &'a Config,
    query: &'a AuthQuery,
    database: &'a Arc<Database>,
    user: &'a UserName,
    patience: Option<Instant>,
}

/// What is known of a user.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// None: nothing is.
    pub(super) secret: Option<Arc<Secret>>,
    /// When it was looked up; none when it is from the configuration.
    looked_up: Option<Instant>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("answers", &self.answers.lock().len()).finish_non_exhaustive()
    }
}

impl Secrets {
    /// Nothing is known yet; `lookup` runs `auth.query`, where there is one.
    pub fn new(lookup: Arc<dyn Lookup>) -> Self {
        Self { lookup, mock: Mock::random(), derived: Mutex::default(), answers: Mutex::default() }
    }

    /// Forgets what has been looked up: another configuration may look elsewhere.
    pub fn forget(&self) {
        self.answers.lock().clear();
    }

    /// Somebody to run a SCRAM exchange with in place of a user who is not known.
    pub(super) fn mock(&self, user: &str) -> Candidate {
        self.mock.candidate(user)
    }

    /// What is known of the user.
    ///
    /// # Errors
    /// A look-up that failed; it has been logged.
    pub(super) async fn find(&self, config: &Config, asked: &Asked) -> Result<Found, LoginError> {
        let of_user = config.users.get(&asked.user).and_then(|user| user.secret.as_ref());
        if let Some(secret) = of_user {
            return Ok(Found { secret: self.derive(&asked.user, secret), looked_up: None });
        }
        let places = places(config, asked);
        let (Some(query), Some(first)) = (&config.auth.query, places.first()) else {
            return Ok(Found { secret: None, looked_up: None });
        };
        let now = Instant::now();
        let ask = async |database, patience| {
            let inquiry = Inquiry { config, query, database, user: &asked.user, patience };
            self.ask(inquiry, |a| a.is_believed(query, now)).await
        };
        // Only the console has several: the first that answers is believed.
        for database in places.iter().filter(|_| places.len() > 1) {
            if let Answer { result: Ok(secret), at } = ask(database, Some(now)).await {
                return Ok(Found { secret, looked_up: Some(at) });
            }
        }
        let answer = ask(first, patience(config, first, now)).await;
        match answer.result {
            Ok(secret) => Ok(Found { secret, looked_up: Some(answer.at) }),
            Err(source) => Err(LoginError::Lookup { user: asked.user.clone(), source }),
        }
    }

    /// Another secret than `found`, if that was looked up a while ago and has changed since.
    pub(super) async fn find_newer(
        &self,
        config: &Config,
        asked: &Asked,
        found: &Found,
    ) -> Option<Arc<Secret>> {
        let looked_up = found.looked_up.filter(|at| at.elapsed() >= DOUBT)?;
        let query = config.auth.query.as_ref()?;
        let now = Instant::now();
        // The client waits for a refusal: no time to lose over servers that are away.
        for database in &places(config, asked) {
            let inquiry = Inquiry { config, query, database, user: &asked.user, patience: Some(now) };
            if let Ok(secret) = self.ask(inquiry, |a| a.at > looked_up).await.result {
                return secret;
            }
        }
        None
    }

    /// The remembered answer if it will `do`, else a new one.
    async fn ask(&self, inquiry: Inquiry<'_>, will_do: impl Fn(&Answer) -> bool) -> Answer {
        let Inquiry { config, query, database, user, patience } = inquiry;
        let slot = self.slot((database.name.clone(), user.clone()));
        let mut slot = slot.lock().await;
        if let Some(answer) = slot.as_ref().filter(|answer| will_do(answer)) {
            return answer.clone();
        }
        let of_query_user = config.users.get(&query.user).and_then(|user| match &user.secret {
            Some(UserSecret::Password(password)) => Some(password),
            _ => None,
        });
        let password = query.password.as_ref().or(of_query_user);
        let result = self.lookup.look_up(Question { query, password, database, user, patience }).await;
        if let Err(error) = &result {
            tracing::error!(%user, database = %database.name, %error, "cannot look up a user's secret");
        }
        let result = result.map_err(Arc::new).map(|secret| secret.and_then(|s| parse(user, &s)));
        let answer = Answer { result, at: Instant::now() };
        *slot = Some(answer.clone());
        answer
    }

    fn slot(&self, key: Key) -> Slot {
        let mut answers = self.answers.lock();
        if answers.len() >= MAX_ANSWERS && !answers.contains_key(&key) {
            answers.clear();
        }
        answers.entry(key).or_default().clone()
    }

    fn derive(&self, user: &UserName, secret: &UserSecret) -> Option<Arc<Secret>> {
        if let Some((of, derived)) = self.derived.lock().get(user)
            && of == secret
        {
            return Some(derived.clone());
        }
        let fresh = parse(user, secret)?;
        let mut derived = self.derived.lock();
        match derived.get(user) {
            // Another worker was faster: its salt stands.
            Some((of, theirs)) if of == secret => Some(theirs.clone()),
            _ => {
                derived.insert(user.clone(), (secret.clone(), fresh.clone()));
                Some(fresh)
            }
        }
    }
}

impl Answer {
    /// Whether it is fresh enough for a login that began `since`: given while that waited, or young.
    fn is_believed(&self, query: &AuthQuery, since: Instant) -> bool {
        let believed = match &self.result {
            // Somebody else's patience came to its end.
            Err(error) if error.is_transient() => return false,
            Ok(Some(_)) => query.cache,
            Ok(None) | Err(_) => query.cache.min(DOUBT),
        };
        self.at >= since || since - self.at < believed
    }
}

fn parse(user: &UserName, secret: &UserSecret) -> Option<Arc<Secret>> {
    match Secret::try_from(secret) {
        Ok(secret) => Some(Arc::new(secret)),
        Err(error) => {
            tracing::error!(%user, %error, "the user's secret cannot be used");
            None
        }
    }
}

/// How long a login waits for a backend that is away: as long as for a connection, and so that it can still
/// be told why.
fn patience(config: &Config, database: &Database, now: Instant) -> Option<Instant> {
    let login = config.server.client_login_timeout.map(|limit| limit.mul_f64(LOOKUP_SHARE));
    let wait = database.pool.timeouts.query_wait;
    let limit = login.into_iter().chain(wait).min()?;
    now.checked_add(limit)
}

/// The databases to run the query in, the next where one is away; none where nobody could be found.
fn places(config: &Config, asked: &Asked) -> Vec<Arc<Database>> {
    let Some(query) = &config.auth.query else { return Vec::new() };
    if asked.user.as_str().len() > MAX_NAME || asked.database.as_str().len() > MAX_NAME {
        return Vec::new();
    }
    // The console has no server of its own: any will do, always in the same order.
    let console = || {
        let mut all: Vec<_> = config.databases.named.values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    };
    let of_client = || {
        if asked.is_virtual() {
            console()
        } else {
            config.databases.find(&asked.database).into_iter().collect()
        }
    };
    match &query.database {
        None => of_client(),
        Some(name) => match config.databases.find(name) {
            Some(database) => vec![database],
            None => of_client().iter().map(|known| beside(known, name)).collect(),
        },
    }
}

/// A database that is not one of ours, on the same servers as one that is.
fn beside(database: &Database, name: &DatabaseName) -> Arc<Database> {
    let mut beside = Database { name: name.clone(), ..database.clone() };
    beside.primary.database = Some(name.to_string());
    beside.replicas.iter_mut().for_each(|url| url.database = Some(name.to_string()));
    Arc::new(beside)
}
