//! Weir as an OAuth client of its origins' authorization servers: tokens are asked for once, kept, and renewed when
//! they are refused; and nothing that a server answers harms anybody.

mod client_credentials;
mod hostile;
mod id_jag;
mod public;
mod token_exchange;

use harness::{
    Answer, Draft, Setup, Weir,
    authorization_server::AuthorizationServer,
    jose::Key,
    target::{Target, skipped_if},
};
use serde_json::json;

/// The secret of Weir's client.
const SECRET: &str = "weir's secret at tickets: 1/2";

/// A Weir whose origin `tickets` wants an access token of its own authorization server.
struct Outbound {
    weir: Weir,
    server: AuthorizationServer,
}

impl Outbound {
    /// With this `type`, and `more` keys of the credential.
    fn start(kind: &str, more: &str) -> Self {
        Self::start_with(kind, more, |setup| setup)
    }

    fn start_with(kind: &str, more: &str, change: impl FnOnce(Setup) -> Setup) -> Self {
        let mut setup = Setup::new();
        let server = AuthorizationServer::of(&setup.tickets);
        let issuer = AuthorizationServer::issuer(&setup.tickets);
        let credential = format!(
            "credential = {{ type = \"{kind}\", issuer = \"{issuer}\", token_endpoint = \"{issuer}/token\", \
             client_id = \"weir:1\"{more} }}"
        );
        setup.secrets.insert("ORIGIN_TICKETS_SECRET".to_owned(), SECRET.to_owned());
        let keys = Key::ed25519([5; 32]).private_set("subject-1");
        setup.secrets.insert("SUBJECT_TOKEN_KEYS".to_owned(), keys);
        let header = "credential = { type = \"header\", name = \"Authorization\", prefix = \"Bearer \" }";
        let setup = setup.replace("origins/tickets.toml", header, &credential);
        Self { weir: change(setup).start(), server }
    }

    fn call(&self) -> Answer {
        self.call_with(&self.weir.token("alice"))
    }

    fn call_with(&self, token: &str) -> Answer {
        self.weir.send(Draft::call("tickets_find", json!({ "query": "x" })).token(token))
    }

    #[track_caller]
    fn succeeds(&self) {
        assert_eq!(self.call().result()["content"][0]["text"], "find was called");
    }

    /// The failure of a call, in the code for programs, the words for the model and the event's reason.
    #[track_caller]
    fn fails(&self, events: usize) -> (i64, String, serde_json::Value) {
        let answer = self.call();
        let code = answer.refusal()["code"].as_i64().expect("a refusal has a code");
        let event = self.weir.events(events).remove(events - 1);
        (code, answer.refusal_text(), event)
    }
}

/// True on Spin, where the next request may go to another instance, which has no token.
fn forgets() -> bool {
    skipped_if(Target::chosen() == Target::Spin, "the next request may go to another instance")
}

/// True where a test can't move the clock.
fn has_real_clock() -> bool {
    skipped_if(Target::chosen() != Target::Memory, "only in memory can a test move the clock")
}
