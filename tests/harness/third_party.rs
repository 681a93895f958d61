//! An authorization server for users' grants, at an origin's own host: metadata, consent that a test gives, codes,
//! rotating refresh tokens, registration and revocation. Only requests with its tokens reach the origin.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    client::encode,
    jose::unique,
    openid::parameters,
    origin::{Origin, Received, Reply, Step},
};

/// A third party. Clones share its state.
#[derive(Clone)]
pub struct ThirdParty {
    issuer: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The unredeemed codes, each with its authorization request.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The account of each live refresh token.
    refresh_tokens: BTreeMap<String, String>,
    /// The account of each live access token.
    live: BTreeMap<String, String>,
    /// Members of the metadata that replace its own; `null` removes one.
    metadata: BTreeMap<String, Value>,
    /// Each token request.
    forms: Vec<BTreeMap<String, String>>,
    /// Each revoked token.
    revoked: Vec<String>,
    /// The ids of registered clients.
    registered: BTreeSet<String>,
    /// The account of each call of the origin.
    calls: Vec<String>,
    /// The paths of all other requests.
    paths: Vec<String>,
    lifetime: Value,
    delay: Duration,
    down: Option<u16>,
    without_refresh: bool,
}

impl ThirdParty {
    /// Starts the third party of `origin`, which from now on requires its tokens.
    pub fn of(origin: &Origin) -> Self {
        let issuer = origin.url().trim_end_matches("/mcp").to_owned();
        let party = Self { issuer, state: Arc::default() };
        party.lock().lifetime = json!(3600);
        let serving = party.clone();
        origin.script(move |received| serving.reply(received));
        party
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Lets `account` consent to the authorization request at `url`. Returns the path and query of the callback.
    #[track_caller]
    pub fn consent(&self, url: &str, account: &str) -> String {
        assert!(url.starts_with(&format!("{}/authorize?", self.issuer)), "Weir should send people here, not to {url}");
        let mut asked = parameters(url);
        for (name, value) in [("response_type", "code"), ("code_challenge_method", "S256")] {
            assert_eq!(asked[name], value, "{name}");
        }
        let code = unique("third-party-code");
        let path = asked["redirect_uri"].splitn(4, '/').nth(3).expect("a callback has a path").to_owned();
        let callback = format!("/{path}?code={code}&state={}&iss={}", encode(&asked["state"]), encode(&self.issuer));
        asked.insert("account".to_owned(), account.to_owned());
        self.lock().codes.insert(code, asked);
        callback
    }

    /// Sets a member of its metadata; `null` removes it.
    pub fn set_metadata(&self, name: &str, value: Value) {
        self.lock().metadata.insert(name.to_owned(), value);
    }

    /// Sets `expires_in` from now on; `null` leaves it out.
    pub fn set_lifetime(&self, lifetime: Value) {
        self.lock().lifetime = lifetime;
    }

    /// Lets its endpoints answer with this status from now on; `None` restores them.
    pub fn set_down(&self, status: Option<u16>) {
        self.lock().down = status;
    }

    /// Delays each response of its token endpoint by this time from now on.
    pub fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// Issues no refresh tokens from now on.
    pub fn withhold_refresh_tokens(&self) {
        self.lock().without_refresh = true;
    }

    /// Ends all access tokens; with `grants` the refresh tokens, too.
    pub fn revoke_all(&self, grants: bool) {
        let mut state = self.lock();
        state.live.clear();
        if grants {
            state.refresh_tokens.clear();
        }
    }

    /// The parameters of every token request so far.
    pub fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.lock().forms.clone()
    }

    /// The number of token requests with this grant.
    pub fn granted(&self, grant: &str) -> usize {
        self.lock().forms.iter().filter(|form| form["grant_type"] == grant).count()
    }

    /// The tokens that its revocation endpoint has received.
    pub fn revoked(&self) -> Vec<String> {
        self.lock().revoked.clone()
    }

    /// The ids of the clients that have registered.
    pub fn registered(&self) -> Vec<String> {
        self.lock().registered.iter().cloned().collect()
    }

    /// The account of each call that the origin has accepted.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    /// The paths of all requests except calls of the origin.
    pub fn paths(&self) -> Vec<String> {
        self.lock().paths.clone()
    }

    /// All live tokens, which nobody but Weir may see.
    pub fn tokens(&self) -> Vec<String> {
        let state = self.lock();
        state.live.keys().chain(state.refresh_tokens.keys()).cloned().collect()
    }

    fn reply(&self, received: &Received) -> Option<Reply> {
        if received.path != "/mcp" {
            self.lock().paths.push(received.path.clone());
            if let Some(status) = self.lock().down {
                return Some(Reply::text(status, "text/html", "<h1>down</h1>"));
            }
            let mut reply = match received.path.as_str() {
                "/.well-known/oauth-authorization-server" => self.metadata(),
                "/token" => self.token(received),
                "/register" => self.register(received),
                "/revoke" => self.revoke(received),
                _ => Reply::text(404, "text/plain", "not found"),
            };
            let delay = self.lock().delay;
            reply.before = Some(Step::Wait(delay)).filter(|_| !delay.is_zero());
            return Some(reply);
        }
        let bearer = received.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let account = bearer.and_then(|token| self.lock().live.get(token).cloned());
        match account {
            Some(account) => {
                self.lock().calls.push(account);
                None
            }
            None => {
                Some(Reply::text(401, "text/plain", "no").header("www-authenticate", "Bearer error=\"invalid_token\""))
            }
        }
    }

    fn metadata(&self) -> Reply {
        let url = &self.issuer;
        let mut document = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "registration_endpoint": format!("{url}/register"), "revocation_endpoint": format!("{url}/revoke"),
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": true,
        });
        let members = document.as_object_mut().expect("an object");
        for (name, value) in &self.lock().metadata {
            match value {
                Value::Null => drop(members.remove(name)),
                value => drop(members.insert(name.clone(), value.clone())),
            }
        }
        Reply::json(&document)
    }

    fn register(&self, received: &Received) -> Reply {
        let asked = received.message();
        assert_eq!(asked["token_endpoint_auth_method"], "none", "{asked}");
        assert!(asked.get("client_id").is_none(), "the server chooses the id: {asked}");
        let id = unique("registered-weir");
        self.lock().registered.insert(id.clone());
        Reply::text(201, "application/json", json!({ "client_id": id }).to_string())
    }

    fn revoke(&self, received: &Received) -> Reply {
        let form = parameters(&String::from_utf8_lossy(&received.body));
        let mut state = self.lock();
        state.refresh_tokens.remove(&form["token"]);
        state.revoked.push(form["token"].clone());
        Reply::text(200, "application/json", "")
    }

    fn token(&self, received: &Received) -> Reply {
        let form = parameters(&String::from_utf8_lossy(&received.body));
        let mut state = self.lock();
        state.forms.push(form.clone());
        let account = match form["grant_type"].as_str() {
            "authorization_code" => state.codes.remove(&form["code"]).filter(|asked| {
                let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
                challenge == asked["code_challenge"]
                    && ["redirect_uri", "resource"].iter().all(|name| form.get(*name) == asked.get(*name))
            }),
            // A refresh token is accepted once, so that a second refresh at the same time would fail.
            "refresh_token" => state
                .refresh_tokens
                .remove(&form["refresh_token"])
                .map(|account| BTreeMap::from([("account".to_owned(), account)])),
            other => panic!("Weir should not ask for {other}"),
        };
        let Some(account) = account.map(|asked| asked["account"].clone()) else {
            return Reply::text(400, "application/json", json!({ "error": "invalid_grant" }).to_string());
        };
        let (access, refresh) = (unique("canary-grant-access"), unique("canary-grant-refresh"));
        let mut answer = json!({ "access_token": access, "token_type": "Bearer", "scope": "tickets.read" });
        if !state.lifetime.is_null() {
            answer["expires_in"] = state.lifetime.clone();
        }
        if !state.without_refresh {
            answer["refresh_token"] = json!(refresh);
            state.refresh_tokens.insert(refresh, account.clone());
        }
        state.live.insert(access, account);
        Reply::json(&answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics inside")
    }
}
