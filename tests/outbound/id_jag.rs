//! `id_jag`: the user's rights at an origin, by an ID-JAG that the identity provider issues to Weir. The host of the
//! origin `documents` plays the identity provider.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use harness::{
    Reply,
    authorization_server::AuthorizationServer,
    client::encode,
    jose::{Key, Token},
    weir::URL,
};
use serde_json::{Value, json};

use super::{Outbound, SECRET, forgets};

/// The secret of Weir's client at the identity provider.
const IDP_SECRET: &str = "weir's secret at the identity provider";

/// Weir as the requesting client, and the identity provider; `more` keys of the credential.
pub(super) fn start(more: &str) -> (Outbound, AuthorizationServer) {
    let mut idp = AuthorizationServer::default();
    let outbound = Outbound::start_with("id_jag", &format!(", HERE{more}"), |mut setup| {
        let issuer = AuthorizationServer::issuer(&setup.documents);
        let provider = format!(
            "scopes = [\"tickets.read\"], identity_provider = {{ issuer = \"{issuer}\", token_endpoint = \"{issuer}/token\", \
             client_id = \"weir-at-idp\" }}"
        );
        idp = AuthorizationServer::of(&setup.documents);
        idp.issue_id_jags(|claims| id_jag(claims, "weir:1"));
        setup.secrets.insert("IDP_TICKETS_SECRET".to_owned(), IDP_SECRET.to_owned());
        setup.replace("origins/tickets.toml", "HERE", &provider)
    });
    (outbound, idp)
}

/// An ID-JAG with these claims for this client.
fn id_jag(claims: Value, client_id: &str) -> String {
    Token::new("oauth-id-jag+jwt", "idp-1", claims).claim("client_id", client_id).signed(&Key::ed25519([6; 32]))
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(id), encode(secret))))
}

#[test]
fn both_legs_are_asked_once() {
    if forgets() {
        return;
    }
    let (outbound, idp) = start("");
    for _ in 0..2 {
        outbound.succeeds();
    }
    let [provider, server] = [&outbound.weir.documents, &outbound.weir.tickets].map(AuthorizationServer::issuer);
    let mut first = idp.forms().remove(0);
    let subject = first.remove("subject_token").expect("there should be a subject token");
    let token = Token::read(&subject);
    assert_eq!((token.text("iss"), token.text("aud"), token.text("sub")), (Some(URL), Some(&*provider), Some("alice")));
    let resource = outbound.weir.tickets.url();
    let expected = [
        ("audience", server.as_str()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:id-jag"),
        ("resource", resource),
        ("scope", "tickets.read"),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ];
    let sent: Vec<(&str, &str)> = first.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent, expected, "the first leg");
    let (second, issued) = (outbound.server.forms().remove(0), idp.issued());
    let expected = [
        ("assertion", issued[0].as_str()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("resource", resource),
        ("scope", "tickets.read"),
    ];
    let sent: Vec<(&str, &str)> = second.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(sent.as_slice(), expected, "the second leg");
    assert_eq!(idp.requests()[0].header("authorization"), Some(basic("weir-at-idp", IDP_SECRET).as_str()));
    assert_eq!(outbound.server.requests()[0].header("authorization"), Some(basic("weir:1", SECRET).as_str()));
    assert_eq!((idp.requests().len(), outbound.server.requests().len()), (1, 1), "one token should serve both calls");
    outbound.server.revoke_all();
    outbound.succeeds();
    assert_eq!((idp.requests().len(), outbound.server.requests().len()), (2, 2), "an ID-JAG is used once");
    assert_ne!(idp.issued()[0], outbound.server.issued()[0]);
}

#[test]
fn resource_can_be_named() {
    let (outbound, idp) = start(", resource = \"https://tickets.example.com/mcp\"");
    outbound.succeeds();
    for form in [idp.forms().remove(0), outbound.server.forms().remove(0)] {
        assert_eq!(form["resource"], "https://tickets.example.com/mcp");
    }
}

#[test]
fn only_an_id_jag_for_that_server_is_passed_on() {
    let usual = |token: String| {
        let kind = "urn:ietf:params:oauth:token-type:id-jag";
        Reply::json(&json!({ "access_token": token, "token_type": "N_A", "issued_token_type": kind }))
    };
    let foreign = json!({ "aud": "https://other.example.com" });
    for (name, reply) in [
        ("another audience", usual(id_jag(foreign, "weir:1"))),
        ("an opaque token", usual("canary-token-of-the-identity-provider".to_owned())),
        (
            "a bearer token",
            Reply::json(&json!({ "access_token": "canary-access-token-of-idp", "token_type": "Bearer" })),
        ),
    ] {
        let (outbound, idp) = start("");
        idp.answer_next(reply);
        let (code, _, event) = outbound.fails(1);
        assert_eq!((code, &event["outcome"]["reason"]), (-31502, &json!("origin_token_unusable")), "{name}");
        assert!(outbound.server.requests().is_empty(), "{name}: the origin's server should not get it");
        assert!(event["detail"].as_str().is_some_and(|detail| detail.starts_with("id_jag, identity provider: ")));
    }
}

#[test]
fn refusal_of_either_leg_ends_the_call_with_its_reason() {
    let refused = |error: &str| Reply::text(400, "application/json", json!({ "error": error }).to_string());
    for (first, error, reason, detail) in [
        (true, "invalid_grant", "origin_user_refused", "id_jag, identity provider: status 400 invalid_grant"),
        (true, "invalid_target", "origin_token_refused", "id_jag, identity provider: status 400 invalid_target"),
        (
            true,
            "insufficient_user_authentication",
            "origin_consent_needed",
            "id_jag, identity provider: status 400 insufficient_user_authentication",
        ),
        (false, "invalid_grant", "origin_user_refused", "id_jag: status 400 invalid_grant"),
        (false, "invalid_client", "origin_token_refused", "id_jag: status 400 invalid_client"),
    ] {
        let (outbound, idp) = start("");
        let asked = if first { &idp } else { &outbound.server };
        asked.answer_next(refused(error));
        let (_, _, event) = outbound.fails(1);
        assert_eq!((&event["outcome"]["reason"], &event["detail"]), (&json!(reason), &json!(detail)));
        assert!(outbound.weir.tickets.calls().is_empty(), "{detail}");
    }
}

#[test]
fn both_legs_share_the_deadline_of_the_call() {
    let (outbound, idp) = start("");
    idp.delay(Duration::from_millis(1700));
    outbound.server.delay(Duration::from_millis(1700));
    let (_, _, event) = outbound.fails(1);
    assert_eq!(event["outcome"]["reason"], "origin_token_unavailable");
    assert!(outbound.weir.tickets.calls().is_empty() && outbound.server.requests().len() == 1);
}
