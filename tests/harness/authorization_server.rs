//! The authorization server of an origin, at the origin's own host: it issues access tokens, and only their bearers may
//! call the origin.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    jose::unique,
    openid::parameters,
    origin::{Origin, Received, Reply, Step},
};

/// The path of its token endpoint.
const TOKEN: &str = "/token";

/// An authorization server. Clones share its state.
#[derive(Clone, Default)]
pub struct AuthorizationServer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requests: Vec<Received>,
    /// The responses to the next requests, in place of a token.
    next: VecDeque<Reply>,
    /// `expires_in` of the tokens; `null` leaves it out.
    lifetime: Value,
    delay: Duration,
    live: BTreeSet<String>,
    issued: Vec<String>,
    issues_id_jags: Option<Signed>,
}

/// Signs an ID-JAG with these claims.
type Signed = Arc<dyn Fn(Value) -> String + Send + Sync>;

impl AuthorizationServer {
    /// The authorization server of `origin`, which from now on wants its tokens.
    pub fn of(origin: &Origin) -> Self {
        let server = Self::default();
        server.lock().lifetime = json!(3600);
        let serving = server.clone();
        origin.script(move |received| serving.reply(received));
        server
    }

    /// Its issuer identifier, at the host of `origin`.
    pub fn issuer(origin: &Origin) -> String {
        origin.url().trim_end_matches("/mcp").to_owned()
    }

    /// Answers the next token request so, instead of with a token.
    pub fn answer_next(&self, reply: Reply) {
        self.lock().next.push_back(reply);
    }

    /// Sets `expires_in` from now on.
    pub fn set_lifetime(&self, lifetime: Value) {
        self.lock().lifetime = lifetime;
    }

    /// Ends all tokens so far.
    pub fn revoke_all(&self) {
        self.lock().live.clear();
    }

    /// From now on it issues ID-JAGs, signed so.
    pub fn issue_id_jags(&self, sign: impl Fn(Value) -> String + Send + Sync + 'static) {
        self.lock().issues_id_jags = Some(Arc::new(sign));
    }

    /// Every token request so far.
    pub fn requests(&self) -> Vec<Received> {
        self.lock().requests.clone()
    }

    /// The parameters of every token request so far.
    pub fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.requests().iter().map(|request| parameters(&String::from_utf8_lossy(&request.body))).collect()
    }

    /// Every token and ID-JAG that it has issued.
    pub fn issued(&self) -> Vec<String> {
        self.lock().issued.clone()
    }

    /// From now on its token endpoint takes this time.
    pub fn delay(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    /// Its response to a token request; `None` to any other request.
    pub fn serve(&self, received: &Received) -> Option<Reply> {
        let mut reply = (received.path == TOKEN).then(|| self.token(received))?;
        let delay = self.lock().delay;
        reply.before = reply.before.or(Some(Step::Wait(delay)).filter(|_| !delay.is_zero()));
        Some(reply)
    }

    fn reply(&self, received: &Received) -> Option<Reply> {
        if let Some(reply) = self.serve(received) {
            return Some(reply);
        }
        let bearer = received.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let is_live = bearer.is_some_and(|token| self.lock().live.contains(token));
        (!is_live)
            .then(|| Reply::text(401, "text/plain", "no").header("www-authenticate", "Bearer error=\"invalid_token\""))
    }

    fn token(&self, received: &Received) -> Reply {
        let form = parameters(&String::from_utf8_lossy(&received.body));
        let mut state = self.lock();
        state.requests.push(received.clone());
        if let Some(reply) = state.next.pop_front() {
            return reply;
        }
        let wants_id_jag = form.get("requested_token_type").is_some_and(|wanted| wanted.ends_with(":id-jag"));
        let (token, mut answer) = match state.issues_id_jags.clone().filter(|_| wants_id_jag) {
            Some(sign) => {
                let claims = json!({ "aud": form["audience"], "resource": form["resource"] });
                let kind = "urn:ietf:params:oauth:token-type:id-jag";
                (sign(claims), json!({ "token_type": "N_A", "issued_token_type": kind }))
            }
            None => (unique("canary-outbound-token"), json!({ "token_type": "bearer" })),
        };
        answer["access_token"] = json!(token);
        if !state.lifetime.is_null() {
            answer["expires_in"] = state.lifetime.clone();
        }
        state.live.insert(token.clone());
        state.issued.push(token);
        Reply::json(&answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no test panics inside")
    }
}
