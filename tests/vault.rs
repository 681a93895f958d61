//! `vault`: each user has a grant of their own at the origin's authorization server. `vault/attacks.rs` has the attacks
//! on it, `vault/keeping.rs` refreshes and their end, `vault/clients.rs` Weir as a client, `vault/me.rs` the page.

mod attacks;
mod clients;
mod keeping;
mod me;

use harness::{
    Answer, Draft, Setup, Weir,
    target::{Target, skipped_if},
    third_party::ThirdParty,
    weir::URL,
};
use registry::record::RecordKey;
use serde_json::{Value, json};

use super::sign_in::browser::Browser;

const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const SCOPES: &str = ", scopes = [\"tickets.read\"]";

/// A Weir whose origin `tickets` needs a grant of each user.
struct Vault {
    weir: Weir,
    party: ThirdParty,
}

impl Vault {
    fn start() -> Self {
        Self::start_with(SCOPES, |setup| setup)
    }

    /// With the keys `more` in the credential.
    fn start_with(more: &str, change: impl FnOnce(Setup) -> Setup) -> Self {
        let (setup, party) = Self::setup(more);
        Self { weir: change(setup).start(), party }
    }

    /// With another URL of the gateway in its record. The folder can't say so: a public gateway may not have origins on
    /// loopback.
    fn start_at(url: &str) -> Self {
        let (setup, party) = Self::setup(SCOPES);
        let publisher = setup.publisher.clone();
        let checked = registry::folder::check(&setup.folder);
        let gateway = &checked.snapshot().expect("the folder compiles").gateway;
        let mut record = serde_json::to_value(gateway).expect("a record is JSON");
        record["url"] = json!(url);
        let weir = setup.start_with(|epoch, records| {
            let key = RecordKey::Gateway { epoch };
            records.insert(key.to_string(), publisher.seal(&key, None, record.to_string().as_bytes()));
        });
        Self { weir, party }
    }

    fn setup(more: &str) -> (Setup, ThirdParty) {
        let setup = Setup::new().with_sign_in("");
        let party = ThirdParty::of(&setup.tickets);
        let credential = format!("credential = {{ type = \"vault\", issuer = \"{}\"{more} }}", party.issuer());
        let header = "credential = { type = \"header\", name = \"Authorization\", prefix = \"Bearer \" }";
        (setup.replace("origins/tickets.toml", header, &credential), party)
    }

    /// Sends a call of a modern client with the capability `elicitation.url`.
    fn call(&self) -> Answer {
        self.call_with(&self.weir.token("alice"))
    }

    fn call_with(&self, token: &str) -> Answer {
        let capabilities = json!({ "elicitation": { "url": {} } });
        let call = Draft::call("tickets_find", json!({ "query": "x" })).meta(CAPABILITIES, capabilities);
        self.weir.send(call.token(token))
    }

    /// The path and query of the link in the response to a call.
    #[track_caller]
    fn link(&self) -> String {
        let result = self.call().result();
        let asked = &result["inputRequests"]["grant"]["params"];
        let url = asked["url"].as_str().unwrap_or_else(|| panic!("there should be a link: {result}"));
        url.strip_prefix(URL).expect("a page of Weir's own").to_owned()
    }

    /// The address of the third party's consent page after the link at `path` and the sign-in of `person`.
    #[track_caller]
    fn lead(&self, browser: &mut Browser, path: &str, person: &str) -> String {
        let arrived = self.arrive(browser, path, person);
        assert_eq!(arrived.status, 302, "{}", arrived.text());
        arrived.header("location").expect("a redirect names its target").to_owned()
    }

    /// The response to the callback after the link at `path` and the sign-in of `person`.
    #[track_caller]
    fn arrive(&self, browser: &mut Browser, path: &str, person: &str) -> Answer {
        let to_provider = browser.location(&self.weir, path);
        browser.get(&self.weir, &self.weir.issuer.sign_in(&to_provider, person))
    }

    /// Lets alice give a grant.
    #[track_caller]
    fn connect(&self) {
        let (mut browser, link) = (Browser::default(), self.link());
        let consent = self.lead(&mut browser, &link, "alice");
        let connected = browser.get(&self.weir, &self.party.consent(&consent, "alice-at-tickets"));
        assert_eq!(connected.status, 200, "{}", connected.text());
    }

    #[track_caller]
    fn succeeds(&self) {
        let result = self.call().result();
        assert_eq!(result["content"][0]["text"], "find was called", "{result}");
    }

    /// The reason of the last event of a call.
    #[track_caller]
    fn last_reason(&self) -> Value {
        let call = || self.weir.running.events().into_iter().rfind(|event| event["tool"] == "tickets_find");
        self.weir.wait_until("the event should come", || call().is_some());
        call().expect("an event")["outcome"]["reason"].clone()
    }
}

/// True where a test can't move the clock, or where the next request may go to another instance.
fn has_real_clock() -> bool {
    skipped_if(Target::chosen() != Target::Memory, "only in memory can a test move the clock")
}

#[test]
fn user_connects_account_and_calls() {
    let vault = Vault::start();
    let result = vault.call().result();
    assert_eq!(result["resultType"], "input_required", "{result}");
    let request = &result["inputRequests"]["grant"];
    assert_eq!((&request["method"], &request["params"]["mode"]), (&json!("elicitation/create"), &json!("url")));
    assert!(request["params"]["message"].as_str().is_some_and(|text| text.contains("`tickets`")), "{result}");
    let url = request["params"]["url"].as_str().expect("a link").to_owned();
    assert!(url.starts_with(&format!("{URL}/connect/tickets?ticket=")) && url.len() < 800, "{url}");
    assert!(!url.contains("alice"), "a link names nobody: {url}");
    assert!(vault.party.calls().is_empty(), "nothing should be sent without a grant");
    assert!(vault.party.paths().is_empty(), "and no server asked");
    let event = vault.weir.event();
    assert_eq!(
        (&event["outcome"]["status"], &event["outcome"]["reason"]),
        (&json!("refused"), &json!("origin_grant_needed"))
    );
    assert!(event["cost"].is_null() && !event.to_string().contains("ticket="), "{event:#}");

    let mut browser = Browser::default();
    let consent = vault.lead(&mut browser, url.strip_prefix(URL).expect("ours"), "alice");
    let asked = harness::openid::parameters(&consent);
    assert_eq!(asked["redirect_uri"], format!("{URL}/oauth/grants/callback/tickets"));
    assert_eq!((asked["scope"].as_str(), asked["resource"].as_str()), ("tickets.read", vault.weir.tickets.url()));
    assert!(!consent.contains("alice") && consent.len() < 3_000, "the state is sealed: {consent}");
    let connected = browser.get(&vault.weir, &vault.party.consent(&consent, "alice-at-tickets"));
    assert_eq!(connected.status, 200, "{}", connected.text());
    assert!(connected.text().contains("tickets") && connected.text().contains("is connected"), "{}", connected.text());

    vault.succeeds();
    assert_eq!(vault.party.calls(), ["alice-at-tickets"]);
    let methods: Vec<Value> = vault.weir.events(4).into_iter().map(|event| event["method"].clone()).collect();
    assert_eq!(methods, ["tools/call", "oauth/callback", "oauth/grants/callback", "tools/call"]);
    let given = &vault.weir.events(4)[2];
    assert_eq!((&given["user"]["subject"], &given["origin"]), (&json!("alice"), &json!("tickets")), "{given:#}");
    assert_eq!(given["outcome"]["status"], "success", "{given:#}");

    let tokens = vault.party.tokens();
    for (place, text) in [("log", vault.weir.running.log()), ("page", connected.text().to_owned())] {
        assert!(!tokens.iter().any(|token| text.contains(token)), "no token should be in the {place}: {text}");
    }
}

#[test]
fn warm_call_reads_no_store_and_asks_nobody() {
    if has_real_clock() {
        return;
    }
    let vault = Vault::start();
    vault.connect();
    vault.succeeds();
    let (before, asked) = (vault.weir.running.work(), vault.party.paths().len());
    vault.succeeds();
    assert_eq!(vault.weir.running.work().reads, before.reads, "no store should be read");
    vault.weir.running.break_versioned_store(true);
    vault.succeeds();
    assert_eq!(vault.party.paths().len(), asked, "nor the third party asked");
}

#[test]
fn client_that_shows_no_pages_gets_words() {
    let vault = Vault::start();
    let answer = vault.weir.call("alice", "tickets_find", json!({ "query": "x" }));
    assert_eq!(answer.refusal()["reason"], "origin_grant_needed");
    let words = answer.refusal_text();
    assert!(
        words.contains("`tickets_find` was not called") && words.contains(&format!("{URL}/connect/tickets?ticket=")),
        "{words}"
    );

    let token = vault.weir.token("alice");
    let call = json!({ "name": "tickets_find", "arguments": { "query": "x" } });
    let without = vault.weir.send(Draft::legacy(Some("2025-11-25"), "tools/call", call.clone()).token(&token));
    assert!(without.refusal_text().contains("/connect/tickets?ticket="), "{}", without.text());
    for (capabilities, asks) in [(json!({ "elicitation": {} }), false), (json!({ "elicitation": { "url": {} } }), true)]
    {
        let client = json!({ "name": "old-client", "version": "1" });
        let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": client });
        let opened = vault.weir.send(Draft::legacy(None, "initialize", opening).token(&token));
        let session = opened.header("mcp-session-id").map(str::to_owned);
        assert_eq!(session.is_some(), asks, "a session is for what the client can be asked");
        let Some(session) = session else { continue };
        let draft = Draft::legacy(Some("2025-11-25"), "tools/call", call.clone()).header("mcp-session-id", &session);
        let answer = vault.weir.send(draft.token(&token));
        let error = &answer.message()["error"];
        assert_eq!((answer.status.as_u16(), &error["code"]), (200, &json!(-32042)), "{}", answer.text());
        let asked = &error["data"]["elicitations"][0];
        assert_eq!(asked["mode"], "url", "{error}");
        assert!(asked["elicitationId"].as_str().is_some_and(|id| id.len() > 16), "{error}");
        assert!(
            asked["url"].as_str().is_some_and(|url| url.starts_with(&format!("{URL}/connect/tickets?"))),
            "{error}"
        );
    }
}

#[test]
fn tools_are_listed_before_grant() {
    let vault = Vault::start();
    let listed = vault.weir.list("alice").result();
    let tool = listed["tools"].as_array().expect("tools").iter().find(|tool| tool["name"] == "tickets_find");
    let tool = tool.unwrap_or_else(|| panic!("a tool that asks for the grant should be listed: {listed}"));
    assert!(tool["description"].as_str().is_some_and(|text| text.contains("not connected yet")), "{tool}");
    vault.connect();
    let listed = vault.weir.list("alice").result();
    assert!(listed.to_string().contains("Finds tickets"), "then the origin's own definition: {listed}");
}
