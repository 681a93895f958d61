//! The identity provider as an OpenID provider: discovery, a login that a test plays, codes, and rotating refresh
//! tokens.

mod state;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    client::encode,
    issuer::Issuer,
    jose::{Token, unique},
    origin::{Received, Reply, Step},
    registry::membership,
};

use state::Code;
pub use state::OpenId;

/// Weir's client id there, and its secret.
pub const WEIR: (&str, &str) = ("weir", "weir's own: secret/1");

/// The parameters of a URL's query or of a form.
pub fn parameters(text: &str) -> BTreeMap<String, String> {
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    let read = oauth::form::parameters(query.as_bytes()).expect("a query should be well formed");
    let count = read.len();
    let all: BTreeMap<String, String> = read.into_iter().collect();
    assert_eq!(all.len(), count, "no parameter should be there twice: {text}");
    all
}

impl Issuer {
    /// Plays the login page: `person` signs in for the authentication request at `url`. The result is the path and
    /// query of the callback.
    #[track_caller]
    pub fn sign_in(&self, url: &str, person: &str) -> String {
        assert!(url.starts_with(&format!("{}/authorize?", self.url())), "Weir should send people here, not to {url}");
        let asked = parameters(url);
        for (name, value) in [("response_type", "code"), ("client_id", WEIR.0), ("code_challenge_method", "S256")] {
            assert_eq!(asked[name], value, "{name}");
        }
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"), "Weir should ask for an ID token");
        let code = unique("idp-code");
        let facts = Code {
            person: person.to_owned(),
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect_uri: asked["redirect_uri"].clone(),
        };
        self.openid(|openid| openid.codes.insert(code.clone(), facts));
        let path = asked["redirect_uri"].splitn(4, '/').nth(3).expect("a callback has a path").to_owned();
        format!("/{path}?code={code}&state={}&iss={}", encode(&asked["state"]), encode(self.url()))
    }

    /// Disables a person: their refresh tokens are refused.
    pub fn disable(&self, person: &str) {
        self.openid(|openid| openid.disabled.insert(person.to_owned()));
    }

    /// Gives a person other groups, from the next ID token on.
    pub fn regroup(&self, person: &str, groups: &[&str]) {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        self.openid(|openid| openid.groups.insert(person.to_owned(), groups));
    }

    /// Sets a claim of every ID token from now on; `null` removes it.
    pub fn set_claim(&self, name: &str, value: Value) {
        self.openid(|openid| openid.claims.insert(name.to_owned(), value));
    }

    /// Sets a member of the discovery document; `null` removes it.
    pub fn set_discovery(&self, name: &str, value: Value) {
        self.openid(|openid| openid.discovery.insert(name.to_owned(), value));
    }

    /// From now on the token endpoint answers with this status; `None` for as usual.
    pub fn set_down(&self, status: Option<u16>) {
        self.openid(|openid| openid.down = status);
    }

    /// From now on the token endpoint takes this time.
    pub fn set_token_delay(&self, delay: Duration) {
        self.openid(|openid| openid.delay = delay);
    }

    /// Issues no refresh tokens from now on.
    pub fn withhold_refresh_tokens(&self) {
        self.openid(|openid| openid.without_refresh = true);
    }

    /// The number of times that this grant was asked for.
    pub fn granted(&self, grant: &str) -> usize {
        self.openid(|openid| openid.grants.iter().filter(|one| *one == grant).count())
    }

    /// The live refresh tokens, which only Weir should see.
    pub fn refresh_tokens(&self) -> Vec<String> {
        self.openid(|openid| openid.refresh_tokens.keys().cloned().collect())
    }

    /// The response to a request of Weir's; `None` for other paths.
    pub fn serve_openid(&self, received: &Received, now: u64) -> Option<Reply> {
        match received.path.as_str() {
            "/.well-known/openid-configuration" => Some(self.discovery()),
            "/token" => {
                let (delay, down) = self.openid(|openid| (openid.delay, openid.down));
                let answer = self.token(received, now);
                let mut reply = match down {
                    Some(status) => Reply::text(status, "text/html", "<h1>down</h1>"),
                    None => Reply::text(answer.0, "application/json", answer.1.to_string()),
                };
                reply.before = Some(Step::Wait(delay)).filter(|_| !delay.is_zero());
                Some(reply)
            }
            _ => None,
        }
    }

    fn discovery(&self) -> Reply {
        let url = self.url();
        let mut document = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"), "authorization_response_iss_parameter_supported": true,
        });
        self.openid(|openid| openid.discovery.iter().for_each(|(name, value)| document[name] = value.clone()));
        Reply::json(&document)
    }

    fn token(&self, received: &Received, now: u64) -> (u16, Value) {
        let form = parameters(&String::from_utf8_lossy(&received.body));
        let pair = STANDARD.encode(format!("{}:{}", encode(WEIR.0), encode(WEIR.1)));
        assert_eq!(
            received.header("authorization"),
            Some(format!("Basic {pair}").as_str()),
            "Weir should authenticate"
        );
        let refused = (400, json!({ "error": "invalid_grant", "error_description": "no" }));
        let (person, nonce) = self.openid(|openid| {
            if openid.down.is_some() {
                return (None, None);
            }
            openid.grants.push(form["grant_type"].clone());
            match form["grant_type"].as_str() {
                "authorization_code" => {
                    let Some(code) = openid.codes.remove(&form["code"]) else { return (None, None) };
                    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
                    let right = challenge == code.challenge && form["redirect_uri"] == code.redirect_uri;
                    (right.then_some(code.person), Some(code.nonce))
                }
                // Each token counts once, so that two flights at once would be seen.
                "refresh_token" => (openid.refresh_tokens.remove(&form["refresh_token"]), None),
                other => panic!("Weir should not ask for {other}"),
            }
        });
        let Some(person) = person else { return refused };
        if self.openid(|openid| openid.disabled.contains(&person)) {
            return refused;
        }
        let refresh_token = unique("idp-refresh-token");
        let without = self.openid(|openid| {
            if !openid.without_refresh {
                openid.refresh_tokens.insert(refresh_token.clone(), person.clone());
            }
            openid.without_refresh
        });
        let mut answer =
            json!({ "id_token": self.id_token(&person, nonce, now), "access_token": "unused", "token_type": "Bearer" });
        if !without {
            answer["refresh_token"] = json!(refresh_token);
        }
        (200, answer)
    }

    fn id_token(&self, person: &str, nonce: Option<String>, now: u64) -> String {
        let own = || membership(person).0.iter().map(|group| (*group).to_owned()).collect();
        let groups: Vec<String> = self.openid(|openid| openid.groups.get(person).cloned()).unwrap_or_else(own);
        let claims = json!({
            "iss": self.url(), "sub": person, "aud": WEIR.0, "iat": now, "exp": now + 40 * 86_400, "auth_time": now, "groups": groups,
            "email": format!("{person}@example.com"), "acr": "loa2", "amr": ["pwd"],
        });
        let token = Token::new("JWT", &self.key_id(), claims);
        let token = nonce.into_iter().fold(token, |token, nonce| token.claim("nonce", nonce));
        let claims = self.openid(|openid| openid.claims.clone());
        let token = claims.into_iter().fold(token, |token, (name, value)| match value {
            Value::Null => token.without(&name),
            value => token.claim(&name, value),
        });
        self.sign(token)
    }
}
