//! Weir from a test's point of view: the setup, the start, and the requests.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};

use crate::{
    canaries::Watched,
    client::{Answer, Draft},
    issuer::Issuer,
    jose::{Key, Token, unique},
    network::Site,
    openid::WEIR,
    origin::{Origin, tool},
    places::Places,
    registry::{self, Publisher, membership},
    target::{Exchange, Running, Target},
};

pub use crate::registry::{CLIENT, URL};
pub use crate::wanted::{LEDGER_DRAIN_TOKEN, LEDGER_READ_TOKEN, Queue, Store, Wanted};

/// The configuration before the start, which a test changes.
pub struct Setup {
    /// The registry folder: text by path.
    pub folder: BTreeMap<String, String>,
    /// The corporate identity provider.
    pub issuer: Issuer,
    /// The origin `documents`: credential `none`, tools `search`, `delete` and `export`.
    pub documents: Origin,
    /// The origin `tickets`: credential `header`, tool `find`.
    pub tickets: Origin,
    /// The origin `people`: credential `signed_identity`, tool `lookup`.
    pub people: Origin,
    /// The behaviour of the audit queue.
    pub queue: Queue,
    /// The behaviour of the store for one-time claims.
    pub once: Store,
    /// The behaviour of the store for quotas.
    pub quota: Store,
    /// The behaviour of the store for values with revisions.
    pub versioned_store: Store,
    /// True if the test will call [`Running::break_store`].
    pub store_may_fail: bool,
    /// True if background work outlives its response. Only in memory can a test choose; hosts differ in it.
    pub background_outlives: bool,
    /// A variable, or the stores of a kind, that the deployment's manifest does not grant; only on Spin.
    pub withheld: Option<&'static str>,
    /// True if the test will call [`Running::trap`]; only on workerd.
    pub may_trap: bool,
    /// Secrets by name.
    pub secrets: BTreeMap<String, String>,
    /// The key pair that signs the registry's records.
    pub publisher: Publisher,
    /// `REGISTRY_KEYS` in place of the publisher's own.
    pub publisher_keys: Option<String>,
    port: Option<u16>,
    sites: Vec<(String, Site)>,
    access_token_key: Key,
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Setup {
    /// With a browser sign-in at the identity provider; `more` are further lines of `[sign_in]`. The client `desk` is
    /// public.
    pub fn with_sign_in(mut self, more: &str) -> Self {
        let key = json!({ "kty": "oct", "kid": "sealing-1", "k": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE" });
        self.secrets.insert("SEALING_KEYS".to_owned(), json!({ "keys": [key] }).to_string());
        self.secrets.insert("SIGN_IN_CLIENT_SECRET".to_owned(), WEIR.1.to_owned());
        let text = self.folder.entry("gateway.toml".to_owned()).or_default();
        text.push_str(
            "\n[[clients]]\nid = \"desk\"\ntitle = \"Desk\"\npublic = true\nredirect_uris = [\"http://localhost/callback\", \
             \"https://desk.example.com/callback\", \"desk-app://callback\"]\n\n[sign_in]\nissuer = \"corporate\"\n",
        );
        text.push_str(&format!("client_id = \"{}\"\n{more}", WEIR.0));
        self
    }
}

impl Setup {
    /// The registry, servers and secrets that most tests use.
    pub fn new() -> Self {
        let mut places = Places::new();
        let issuer = Issuer::new(&format!("http://{}", places.next()));
        places.put(Site::Issuer(issuer.clone()));
        let mut origin = |tools: Value| {
            let origin = Origin::new(&format!("http://{}/mcp", places.next()), tools);
            places.put(Site::Origin(origin.clone()));
            origin
        };
        let documents = origin(json!([
            tool("search", "Searches the documents"),
            tool("delete", "Deletes a document"),
            tool("export", "Exports all documents"),
            tool("secret_tool", "Nobody has listed this one"),
        ]));
        let tickets = origin(json!([tool("find", "Finds tickets")]));
        let people = origin(json!([tool("lookup", "Looks people up")]));
        let access_token_key = Key::ed25519(hmac_sha256::Hash::hash(unique("access").as_bytes()));
        let identity_key = Key::ed25519(hmac_sha256::Hash::hash(unique("identity").as_bytes()));
        let secrets = [
            ("ACCESS_TOKEN_KEYS", access_token_key.private_set("access-1")),
            ("SIGNED_IDENTITY_KEYS", identity_key.private_set("identity-1")),
            ("ORIGIN_TICKETS_SECRET", "tickets-own-secret".to_owned()),
        ];
        Self {
            folder: registry::standard_folder(&issuer, &documents, &tickets, &people),
            issuer,
            documents,
            tickets,
            people,
            queue: Queue::Collect,
            once: Store::Real,
            quota: Store::Real,
            versioned_store: Store::Real,
            store_may_fail: false,
            background_outlives: true,
            withheld: None,
            may_trap: false,
            secrets: secrets.map(|(name, value)| (name.to_owned(), value)).into(),
            publisher: Publisher::new(),
            publisher_keys: None,
            port: None,
            sites: places.taken(),
            access_token_key,
        }
    }

    /// Replaces `from` by `to` in the file at `path`, which must hold it exactly once.
    #[track_caller]
    pub fn replace(mut self, path: &str, from: &str, to: &str) -> Self {
        let text = self.folder.get_mut(path).unwrap_or_else(|| panic!("the folder should have `{path}`"));
        assert_eq!(text.matches(from).count(), 1, "`{from}` should stand once in `{path}`");
        *text = text.replace(from, to);
        self
    }

    /// Makes a server reachable under this `HOST:PORT` or name; only in memory.
    pub fn site(mut self, authority: &str, site: Site) -> Self {
        self.sites.push((authority.to_owned(), site));
        self
    }

    /// Adds this file to the folder.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.folder.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Listens on this port of loopback and makes it the gateway's own address, for clients that compare the two.
    pub fn served_at(mut self, port: u16) -> Self {
        self.port = Some(port);
        self.replace("gateway.toml", URL, &format!("http://127.0.0.1:{port}"))
    }

    /// Compiles and signs the folder, and starts Weir on the target under test.
    pub fn start(self) -> Weir {
        self.start_with(|_, _| ())
    }

    /// Like [`Setup::start`]; `change` gets the epoch and may change the records before they are stored.
    pub fn start_with(self, change: impl FnOnce(u64, &mut BTreeMap<String, Vec<u8>>)) -> Weir {
        let now = match Target::chosen() {
            Target::Memory => crate::memory::BEGINNING,
            Target::Workers | Target::Spin => crate::sockets::now(),
        };
        // An hour ago, so that no cache still waits for records of this epoch.
        let epoch = (now - 3600) * 1000;
        let mut records = self.publisher.records(&self.folder, epoch, now);
        change(epoch, &mut records);
        let publisher_keys = self.publisher_keys.unwrap_or_else(|| self.publisher.public_set());
        let running = Target::chosen().start(Wanted {
            sites: self.sites.clone(),
            key_value: records.into_iter().collect(),
            secrets: self.secrets.clone().into_iter().collect(),
            variables: vec![("REGISTRY_KEYS".to_owned(), publisher_keys)],
            queue: self.queue,
            once: self.once,
            quota: self.quota,
            versioned_store: self.versioned_store,
            store_may_fail: self.store_may_fail,
            background_outlives: self.background_outlives,
            withheld: self.withheld,
            port: self.port,
            may_trap: self.may_trap,
        });
        Weir {
            running: Box::new(Watched::new(running, CLIENT.1, self.secrets.iter(), self.sites)),
            folder: self.folder,
            issuer: self.issuer,
            documents: self.documents,
            tickets: self.tickets,
            people: self.people,
            publisher: self.publisher,
            access_token_key: self.access_token_key,
            epoch,
        }
    }
}

/// A running Weir.
pub struct Weir {
    /// The target, for functions that few tests need.
    pub running: Box<dyn Running>,
    /// The registry folder that it was started with.
    pub folder: BTreeMap<String, String>,
    /// The corporate identity provider.
    pub issuer: Issuer,
    /// See [`Setup::documents`].
    pub documents: Origin,
    /// See [`Setup::tickets`].
    pub tickets: Origin,
    /// See [`Setup::people`].
    pub people: Origin,
    /// The key pair that signs records.
    pub publisher: Publisher,
    /// The epoch that it was started with.
    pub epoch: u64,
    access_token_key: Key,
}

impl Weir {
    /// Starts Weir with the usual setup.
    pub fn usual() -> Self {
        Setup::new().start()
    }

    /// Sends the request and reads the response to its end.
    pub fn send(&self, draft: Draft) -> Answer {
        Answer::read(self.begin(draft))
    }

    /// Sends the request.
    pub fn begin(&self, draft: Draft) -> Box<dyn Exchange> {
        self.running.begin(draft.request(&self.running.authority()))
    }

    /// The ledger's response to `GET path` with this bearer token.
    pub fn ask_ledger(&self, path: &str, token: Option<&str>) -> Answer {
        let draft = Draft::bare(http::Method::GET, path);
        let draft = token.map_or_else(|| draft.clone(), |token| draft.clone().token(token));
        Answer::read(self.running.begin_ledger(draft.request("ledger")))
    }

    /// The key that signs access tokens.
    pub fn access_token_key(&self) -> &Key {
        &self.access_token_key
    }

    /// An unsigned access token for `https://HOST/mcp`, with the claims that Weir sets.
    pub fn access_token(&self, person: &str) -> Token {
        let now = self.running.now();
        let (groups, team, project) = membership(person);
        let mut claims = json!({
            "iss": URL, "sub": person, "aud": format!("{URL}/mcp"), "client_id": CLIENT.0, "iat": now, "exp": now + 600,
            "jti": unique("access-token"), "scope": oauth::scope::KNOWN.join(" "), "groups": groups, "idp": self.issuer.url(),
        });
        if let (Some(team), Some(project)) = (team, project) {
            claims["team"] = json!(team);
            claims["project"] = json!(project);
        }
        Token::new("at+jwt", "access-1", claims)
    }

    /// A valid access token of `person`: alice of support, bob of engineering, or carol without a virtual server.
    pub fn token(&self, person: &str) -> String {
        self.sign(self.access_token(person))
    }

    /// The token, signed with Weir's key.
    pub fn sign(&self, token: Token) -> String {
        token.signed(&self.access_token_key)
    }

    /// An unsigned ID-JAG of `person` for Weir.
    pub fn id_jag(&self, person: &str) -> Token {
        let (groups, ..) = membership(person);
        self.issuer.id_jag(person, groups, CLIENT.0, URL, self.running.now())
    }

    /// The token request for `assertion`, with `client_secret_basic`.
    pub fn redeeming(&self, assertion: &str) -> Draft {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
        Draft::form(&[("grant_type", grant), ("assertion", assertion)]).basic(CLIENT.0, CLIENT.1)
    }

    /// Sends `tools/call` as `person`.
    pub fn call(&self, person: &str, tool: &str, arguments: Value) -> Answer {
        self.send(Draft::call(tool, arguments).token(&self.token(person)))
    }

    /// Sends `tools/list` as `person`.
    pub fn list(&self, person: &str) -> Answer {
        self.send(Draft::list().token(&self.token(person)))
    }

    /// Waits until `condition` holds, at most five seconds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        const STEP: Duration = Duration::from_millis(20);
        for _ in 0..250 {
            if condition() {
                return;
            }
            self.running.pass(STEP);
        }
        panic!("{what} within five seconds");
    }

    /// The last event with this `method`, once there is one: a queue delivers after the response.
    #[track_caller]
    pub fn last_event(&self, method: &str) -> Value {
        let found = || self.running.events().into_iter().rfind(|event| event["method"] == method);
        self.wait_until(&format!("there should be an event of {method}"), || found().is_some());
        found().expect("an event does not go away")
    }

    /// Waits for the audit events of calls; fails the test if there are more or fewer than `count`.
    #[track_caller]
    pub fn events(&self, count: usize) -> Vec<Value> {
        let calls =
            || -> Vec<Value> { self.running.events().into_iter().filter(|event| event["kind"] == "call").collect() };
        self.wait_until(&format!("there should be {count} audit events"), || calls().len() >= count);
        // A second event for the same request would come soon after the first.
        self.running.pass(Duration::from_millis(50));
        let events = calls();
        assert_eq!(events.len(), count, "there should be one audit event per request: {events:#?}");
        events
    }

    /// The only audit event so far.
    #[track_caller]
    pub fn event(&self) -> Value {
        self.events(1).remove(0)
    }
}
