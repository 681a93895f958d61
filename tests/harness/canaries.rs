//! Secrets that must not leak in any test: when a Weir ends, its events, log lines and responses are searched.
//!
//! ```text
//! secret                                         must not be in
//! of the client: tokens, assertions, cookies     events, log, responses, requests at origins
//! of Weir: keys, origins' credentials, assertions events, log, responses
//! of an origin: cookies, error pages             events, log, responses
//! ```

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use crate::{
    client::CLIENT_COOKIE,
    network::Site,
    origin::{ORIGIN_COOKIE, ORIGIN_PAGE, Received},
    target::{Exchange, Head, Running, Sqlite, Work},
};

/// Shorter texts could be anything.
const SHORTEST: usize = 16;
/// No signed token is shorter.
const TOKEN: usize = 150;
/// Bytes of a response that are searched; a longer one is a tool's result.
const SEARCHED: usize = 256 * 1024;

/// Secrets: each a part that is nowhere else, with its name.
#[derive(Default)]
struct Secrets(BTreeMap<String, &'static str>);

impl Secrets {
    /// Notes a secret. Of a signed token it is the signature's beginning: a shortened token has it too.
    fn note(&mut self, what: &'static str, secret: &str) {
        let part = match secret.rsplit_once('.') {
            Some((begun, signature)) if begun.contains('.') => signature.get(..24).unwrap_or_default(),
            _ => secret,
        };
        if part.len() >= SHORTEST {
            self.0.insert(part.to_owned(), what);
        }
    }

    /// Notes the credential of a header, without its scheme.
    fn note_credential(&mut self, what: &'static str, headers: &HeaderMap, name: &str) {
        for value in headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
            let credential = value.split_once(' ').map_or(value, |(_, credential)| credential);
            self.note(what, credential);
        }
    }

    /// Notes a client's signed token, or its id and secret: a fuzzer writes media types there, too.
    fn note_client(&mut self, headers: &HeaderMap) {
        let values = headers.get_all("authorization").iter().filter_map(|value| value.to_str().ok());
        for credential in values.filter_map(|value| value.split_once(' ')).map(|(_, credential)| credential) {
            let is_pair = || STANDARD.decode(credential).is_ok_and(|pair| pair.contains(&b':'));
            if is_token(credential) || is_pair() {
                self.note("a client's credential", credential);
            }
        }
    }

    /// Notes a secret of the deployment: a key set's private parts, or the whole text.
    fn note_deployed(&mut self, name: &str, text: &str) {
        if !["_SECRET", "_KEYS", "_TOKEN"].iter().any(|end| name.ends_with(end)) {
            return;
        }
        let set: Value = serde_json::from_str(text).unwrap_or_default();
        match set["keys"].as_array() {
            Some(keys) => {
                let parts = keys.iter().flat_map(|key| ["d", "k"].map(|part| key[part].as_str()));
                parts.flatten().for_each(|part| self.note("a key of the deployment", part));
            }
            None => self.note("a secret of the deployment", text),
        }
    }

    /// Fails the test if one of them is in `text`.
    fn should_not_be_in(&self, place: &str, text: &str) {
        for (secret, what) in &self.0 {
            assert!(!holds(text, secret), "{what} should not be in {place}: `{secret}` in {text}");
        }
    }
}

/// True for the form of a signed token: a fuzzer writes any text in its place, which may stand elsewhere, too.
fn is_token(text: &str) -> bool {
    text.starts_with("eyJ") && text.matches('.').count() == 2 && text.len() >= TOKEN
}

/// The same as `text.contains(secret)`, which takes twenty milliseconds for a long response without optimisation: the
/// search for one character is compiled in the standard library.
fn holds(text: &str, secret: &str) -> bool {
    let Some(first) = secret.chars().next() else { return true };
    text.match_indices(first).any(|(place, _)| text[place..].starts_with(secret))
}

/// All that has gone in and come out.
#[derive(Default)]
struct Seen {
    /// Of the client.
    client: Secrets,
    /// Of Weir and its origins.
    others: Secrets,
    /// Heads and bodies of responses.
    responses: Vec<String>,
}

/// A target, with all that a test sends to it and reads from it.
pub struct Watched {
    running: Box<dyn Running>,
    seen: Rc<RefCell<Seen>>,
    sites: Vec<(String, Site)>,
    ended: Cell<bool>,
}

impl Watched {
    /// Watches `running`, which was started with these secrets and servers, and has a client with this secret.
    pub fn new<'a>(
        running: Box<dyn Running>,
        client_secret: &str,
        secrets: impl Iterator<Item = (&'a String, &'a String)>,
        sites: Vec<(String, Site)>,
    ) -> Self {
        let mut seen = Seen::default();
        seen.client.note("the client's secret", client_secret);
        seen.client.note("a client's cookie", CLIENT_COOKIE);
        seen.others.note("an origin's cookie", ORIGIN_COOKIE);
        seen.others.note("an origin's error page", ORIGIN_PAGE);
        secrets.for_each(|(name, text)| seen.others.note_deployed(name, text));
        Self { running, seen: Rc::new(RefCell::new(seen)), sites, ended: Cell::new(false) }
    }

    fn note_request(&self, request: &http::Request<Bytes>, is_form: bool) {
        let mut seen = self.seen.borrow_mut();
        let client = &mut seen.client;
        client.note_client(request.headers());
        let proofs = request.headers().get_all("dpop").iter().filter_map(|value| value.to_str().ok());
        proofs.filter(|proof| proof.len() >= TOKEN).for_each(|proof| client.note("a DPoP proof", proof));
        let form = String::from_utf8_lossy(request.body());
        for (name, value) in form.split('&').filter(|_| is_form).filter_map(|field| field.split_once('=')) {
            match name {
                "assertion" if is_token(value) => client.note("an assertion", value),
                "client_assertion" if is_token(value) => client.note("a client assertion", value),
                _ => {}
            }
        }
    }

    fn at_origins(&self) -> Vec<Received> {
        let of = |(_, site): &(String, Site)| match site {
            Site::Origin(origin) => origin.received(),
            Site::Issuer(_) | Site::Documents(_) => Vec::new(),
        };
        self.sites.iter().flat_map(of).collect()
    }

    fn check(&self) {
        let mut seen = self.seen.borrow_mut();
        let received = self.at_origins();
        for request in &received {
            let told = format!("{:?} {}", request.headers, String::from_utf8_lossy(&request.body));
            seen.client.should_not_be_in("a request at an origin", &told);
            for name in ["authorization", "weir-identity"] {
                seen.others.note_credential("a credential for an origin", &request.headers, name);
            }
            let form = String::from_utf8_lossy(&request.body);
            for (name, value) in form.split('&').filter_map(|field| field.split_once('=')) {
                if [
                    "client_secret",
                    "client_assertion",
                    "subject_token",
                    "assertion",
                    "code",
                    "code_verifier",
                    "refresh_token",
                ]
                .contains(&name)
                {
                    seen.others.note("a credential for an authorization server", value);
                }
            }
        }
        let mut places = vec![("the log", self.running.log())];
        if !self.ended.get() {
            places.push(("an event", serde_json::json!(self.running.events()).to_string()));
            places.push(("the outbox", serde_json::json!(self.running.outbox()).to_string()));
        }
        places.extend(seen.responses.iter().map(|response| ("a response", response.clone())));
        for (place, text) in places {
            seen.client.should_not_be_in(place, &text);
            seen.others.should_not_be_in(place, &text);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

impl Running for Watched {
    fn begin(&self, request: http::Request<Bytes>) -> Box<dyn Exchange> {
        let issues = request.uri().path() == "/oauth/token";
        self.note_request(&request, issues);
        let (exchange, seen) = (self.running.begin(request), self.seen.clone());
        Box::new(WatchedExchange { exchange, seen, issues, told: String::new() })
    }

    fn begin_ledger(&self, request: http::Request<Bytes>) -> Box<dyn Exchange> {
        self.running.begin_ledger(request)
    }

    fn authority(&self) -> String {
        self.running.authority()
    }

    fn now(&self) -> u64 {
        self.running.now()
    }

    fn pass(&self, duration: Duration) {
        self.running.pass(duration);
    }

    fn events(&self) -> Vec<Value> {
        self.running.events()
    }

    fn break_sink(&self, broken: bool) {
        self.running.break_sink(broken);
    }

    fn outbox(&self) -> Vec<Value> {
        self.running.outbox()
    }

    fn put(&self, key: &str, value: &[u8]) {
        self.running.put(key, value);
    }

    fn delete(&self, key: &str) {
        self.running.delete(key);
    }

    fn break_store(&self, broken: bool) {
        self.running.break_store(broken);
    }

    fn break_versioned_store(&self, broken: bool) {
        self.running.break_versioned_store(broken);
    }

    fn set_variable(&self, name: &str, value: &str) {
        self.seen.borrow_mut().others.note_deployed(name, value);
        self.running.set_variable(name, value);
    }

    fn forget(&self) {
        self.running.forget();
    }

    fn sql(&self, statement: &str) -> Vec<Value> {
        self.running.sql(statement)
    }

    fn order_sqlite(&self, part: &str, fault: Sqlite) {
        self.running.order_sqlite(part, fault);
    }

    fn work(&self) -> Work {
        self.running.work()
    }

    fn trap(&self) {
        self.running.trap();
    }

    fn log(&self) -> String {
        self.running.log()
    }

    fn replica(&self) -> Box<dyn Running> {
        self.running.replica()
    }

    fn terminate(&self) {
        self.ended.set(true);
        self.running.terminate();
    }
}

struct WatchedExchange {
    exchange: Box<dyn Exchange>,
    seen: Rc<RefCell<Seen>>,
    /// True if the response is a new token, which its client may have.
    issues: bool,
    told: String,
}

impl WatchedExchange {
    fn end(&mut self) {
        let mut seen = self.seen.borrow_mut();
        let token: Value =
            self.told.find('{').map_or(Value::Null, |at| serde_json::from_str(&self.told[at..]).unwrap_or_default());
        match token["access_token"].as_str().filter(|_| self.issues) {
            Some(token) => seen.client.note("an issued token", token),
            None => seen.responses.push(std::mem::take(&mut self.told)),
        }
    }
}

impl Exchange for WatchedExchange {
    fn head(&mut self) -> Result<Head, String> {
        let head = self.exchange.head()?;
        for (name, value) in &head.headers {
            self.told += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
        Ok(head)
    }

    fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        let chunk = self.exchange.chunk();
        match &chunk {
            Ok(Some(bytes)) if self.told.len() < SEARCHED => self.told += &String::from_utf8_lossy(bytes),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => self.end(),
        }
        chunk
    }

    fn reset(self: Box<Self>) {
        self.exchange.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_in_whole_and_in_part() {
        let mut secrets = Secrets::default();
        secrets.note("a token", &format!("eyJh.eyJp.{}", "s".repeat(86)));
        secrets.note("a word", "short");
        secrets.note_deployed(
            "ACCESS_TOKEN_KEYS",
            r#"{"keys":[{"x":"public-part-of-a-key","d":"private-part-of-a-key"}]}"#,
        );
        secrets.note_deployed("TRUSTED_PROXIES", "2001:db8:1:2:3:4:5:6/128");
        let mut headers = HeaderMap::new();
        let pair = format!("Basic {}", STANDARD.encode("id:a secret of a client"));
        headers.insert("authorization", pair.parse().expect("a header value"));
        headers.append("authorization", "Bearer application/json".parse().expect("a header value"));
        secrets.note_client(&headers);
        let noted: Vec<&str> = secrets.0.keys().map(String::as_str).collect();
        let signature = "s".repeat(24);
        assert_eq!(noted, ["aWQ6YSBzZWNyZXQgb2YgYSBjbGllbnQ=", "private-part-of-a-key", signature.as_str()]);
        secrets.should_not_be_in("a text", "public-part-of-a-key");
    }

    #[test]
    #[should_panic(expected = "a token should not be in a text")]
    fn secret_in_a_text_fails_the_test() {
        let mut secrets = Secrets::default();
        secrets.note("a token", &format!("eyJh.eyJp.{}", "s".repeat(86)));
        secrets.should_not_be_in("a text", &format!("refused: {}", "s".repeat(30)));
    }
}
