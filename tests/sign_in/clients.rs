//! The kinds of client: in the registry, registered by itself, described by a metadata document.

use harness::{
    Answer, Draft, Reply, Setup, Weir,
    client::encode,
    jose::{Key, Token, unique},
    network::{Documents, Site},
    target::{Target, skipped_if},
    weir::URL,
};
use http::Method;
use serde_json::{Value, json};

use super::browser::{App, Browser, sign_in};
use super::should_be_page;

fn register(weir: &Weir, metadata: &Value) -> Answer {
    let draft = Draft::bare(Method::POST, "/oauth/register").header("content-type", "application/json");
    weir.send(draft.body(metadata.to_string()))
}

fn registered(weir: &Weir, metadata: &Value) -> String {
    let answer = register(weir, metadata);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["client_id"].as_str().expect("a client id").to_owned()
}

/// Weir with registration, and the scheme of Cursor.
fn open() -> Weir {
    let more = "registration = true\nredirect_uris = [\"cursor://anysphere.cursor-mcp/oauth/callback\"]\n";
    Setup::new().with_sign_in(more).start()
}

#[test]
fn registered_client_signs_in_and_refreshes() {
    let weir = open();
    let id = registered(
        &weir,
        &json!({ "client_name": "Opencode", "redirect_uris": ["http://127.0.0.1:19876/mcp/oauth/callback"] }),
    );
    assert!(id.len() <= 300, "a client id should be short: {}", id.len());
    let app = App::new(&id, "http://127.0.0.1:5000/mcp/oauth/callback");
    let question = Browser::default().question(&weir, &app, "alice");
    assert!(question.text().contains("Opencode") && question.text().contains("Not proven"), "{}", question.text());
    let tokens = sign_in(&weir, &app, "alice");
    let refreshed = weir.send(app.refresh(tokens["refresh_token"].as_str().expect("a refresh token")));
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    let list = weir.send(Draft::list().token(refreshed.json()["access_token"].as_str().expect("a token")));
    assert_eq!(list.status, 200, "a token of a client that no file names should count");
}

/// Cursor registers three redirect URIs at once.
#[test]
fn set_with_one_private_use_scheme_is_taken() {
    let cursor = "cursor://anysphere.cursor-mcp/oauth/callback";
    let web = "https://www.cursor.com/agents/mcp/oauth/callback";
    let set = json!({ "client_name": "Cursor", "redirect_uris": [cursor, web, "evil-app://x", "http://localhost:8787/callback"] });
    let weir = open();
    let answer = register(&weir, &set).json();
    assert_eq!(answer["redirect_uris"], json!([cursor, web, "http://localhost:8787/callback"]), "{answer}");
    assert!(answer.as_object().is_some_and(|members| members.values().all(|value| !value.is_null())), "{answer}");
    let id = answer["client_id"].as_str().expect("a client id");
    sign_in(&weir, &App::new(id, cursor), "alice");
    let page = weir.send(Draft::bare(Method::GET, &App::new(id, "evil-app://x").authorize()));
    should_be_page(&page, 400, "redirect_uri_not_listed", "a scheme that the registry doesn't list");
}

#[test]
fn registration_is_off_by_default_and_refuses_with_words() {
    let closed = Setup::new().with_sign_in("").start();
    assert_eq!(register(&closed, &json!({ "redirect_uris": ["http://localhost/cb"] })).status, 404);
    let weir = open();
    for (metadata, error) in [
        (json!({ "redirect_uris": ["http://evil.example/cb"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": [format!("https://a.example/{}", "a".repeat(480))] }), "invalid_redirect_uri"),
        (
            json!({ "redirect_uris": ["http://localhost/cb"], "token_endpoint_auth_method": "private_key_jwt" }),
            "invalid_client_metadata",
        ),
        (json!([]), "invalid_client_metadata"),
    ] {
        let answer = register(&weir, &metadata);
        assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str()), (400, Some(error)), "{metadata}");
    }
}

/// After the registry ends registration, tokens of registered clients end too.
#[test]
fn client_of_another_gateway_or_kind_is_unknown() {
    let weir = open();
    let id = registered(&weir, &json!({ "redirect_uris": ["http://localhost/cb"] }));
    let mut broken = id.clone();
    broken.pop();
    for unknown in [broken.as_str(), "registered.", "registered.AAAA", "nobody", "claude-code"] {
        let page = weir.send(Draft::bare(Method::GET, &App::new(unknown, "http://localhost:1/cb").authorize()));
        let reason = if unknown == "claude-code" { "redirect_uri_unregistered" } else { "client_unknown" };
        should_be_page(&page, 400, reason, unknown);
    }
}

const DOCUMENT: &str = "https://claude.ai/oauth/claude-code-client-metadata";

fn document(redirect_uris: Value) -> Reply {
    Reply::json(&json!({
        "client_id": DOCUMENT, "client_name": "Claude Code", "token_endpoint_auth_method": "none",
        "redirect_uris": redirect_uris,
    }))
}

/// Weir that reaches `claude.ai`; only in memory has a test such a name.
fn with_documents() -> Option<(Weir, Documents)> {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory does `claude.ai` belong to the test") {
        return None;
    }
    let documents = Documents::default();
    let setup = Setup::new().with_sign_in("").site("claude.ai", Site::Documents(documents.clone()));
    Some((setup.start(), documents))
}

const PATH: &str = "/oauth/claude-code-client-metadata";

#[test]
fn client_of_a_document_signs_in() {
    let Some((weir, documents)) = with_documents() else { return };
    documents.set(PATH, document(json!(["http://localhost/callback", "http://127.0.0.1/callback"])));
    let app = App::new(DOCUMENT, "http://localhost:49152/callback");
    let question = Browser::default().question(&weir, &app, "alice");
    for part in ["Claude Code", "claude.ai", "Proven"] {
        assert!(question.text().contains(part), "the page should show {part}: {}", question.text());
    }
    let tokens = sign_in(&weir, &app, "alice");
    let refreshed = weir.send(app.refresh(tokens["refresh_token"].as_str().expect("a refresh token")));
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    assert_eq!(documents.requests(PATH), 1, "a document should be kept");
    assert_eq!(weir.send(Draft::list().token(tokens["access_token"].as_str().expect("a token"))).status, 200);
}

/// Cases 10 and 11: documents that redirect, are too large, of another client, or have a secret; one text for all.
#[test]
fn document_that_cannot_be_used_looks_like_an_unknown_client() {
    let redirect = json!(["http://localhost/callback"]);
    let changed = |name: &str, value: Value| {
        let mut document = json!({ "client_id": DOCUMENT, "redirect_uris": redirect });
        document[name] = value;
        Reply::json(&document)
    };
    let mut pages = Vec::new();
    for reply in [
        Reply::redirect("http://169.254.169.254/latest/meta-data"),
        Reply::text(404, "text/plain", "not found"),
        Reply::text(200, "text/html", "<html>"),
        Reply::refuse(),
        Reply::break_off(),
        Reply::hang(),
        changed("padding", json!("x".repeat(6_000))),
        changed("client_name", json!("Claude Code")).header("content-encoding", "gzip"),
        changed("client_id", json!("https://claude.ai/oauth/other")),
        changed("client_secret", json!("s")),
        changed("jwks", json!({ "keys": [{ "kty": "OKP", "d": "x" }] })),
        changed("redirect_uris", json!(["http://evil.example/cb"])),
    ] {
        let Some((weir, documents)) = with_documents() else { return };
        documents.set(PATH, reply);
        let app = App::new(DOCUMENT, "http://localhost:1/callback");
        let page = weir.send(Draft::bare(Method::GET, &app.authorize()));
        should_be_page(&page, 400, "client_unknown", "a document that can't be used");
        weir.send(Draft::bare(Method::GET, &app.authorize()));
        assert!(documents.requests(PATH) <= 1, "a failure should be kept: an anonymous caller must not make Weir send");
        // All but the time.
        pages.push(page.text().split("<pre").next().unwrap_or_default().to_owned());
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "all failures should have the same page");
}

#[test]
fn host_that_is_not_listed_is_never_asked() {
    if skipped_if(Target::chosen() != Target::Memory, "only in memory do such names belong to the test") {
        return;
    }
    for host in ["evil.example", "claude.ai.evil.example", "evil-claude.ai"] {
        let (documents, id) = (Documents::default(), format!("https://{host}/client"));
        let good =
            json!({ "client_id": id, "client_name": "Claude Code", "redirect_uris": ["http://localhost/callback"] });
        documents.set("/client", Reply::json(&good));
        let weir = Setup::new().with_sign_in("").site(host, Site::Documents(documents.clone())).start();
        let page = weir.send(Draft::bare(Method::GET, &App::new(&id, "http://localhost:1/callback").authorize()));
        should_be_page(&page, 400, "client_host_not_listed", host);
        assert!(!page.text().contains(host), "the page should repeat nothing");
        assert_eq!(documents.requests("/client"), 0, "{host} should not be asked");
    }
    let Some((weir, documents)) = with_documents() else { return };
    for id in ["https://169.254.169.254/client", "https://localhost/client", "http://claude.ai/client"] {
        let page = weir.send(Draft::bare(Method::GET, &App::new(id, "http://localhost:1/callback").authorize()));
        should_be_page(&page, 400, "client_unknown", id);
    }
    assert_eq!(documents.requests(PATH), 0);
}

/// Case 12: a document that changes after the code was sent.
#[test]
fn document_counts_as_it_was_at_consent() {
    let Some((weir, documents)) = with_documents() else { return };
    documents.set(PATH, document(json!(["http://localhost/callback"])));
    let app = App::new(DOCUMENT, "http://localhost:49152/callback");
    let code = Browser::default().code(&weir, &app, "alice");
    documents.set(PATH, document(json!(["https://evil.example/cb"])));
    assert_eq!(weir.send(app.redeem(&code)).status, 200, "the code holds its own facts");
    assert_eq!(documents.requests(PATH), 0, "a public client needs no second look");
}

/// Signed by the client of the document.
fn signed(weir: &Weir, draft: &Draft, key: &Key) -> Answer {
    signed_by(DOCUMENT, weir, draft, key)
}

fn signed_by(client: &str, weir: &Weir, draft: &Draft, key: &Key) -> Answer {
    let now = weir.running.now();
    let claims = json!({ "iss": client, "sub": client, "aud": URL, "jti": unique("cimd"), "exp": now + 60 });
    let assertion = Token::new("client-authentication+jwt", "one", claims).signed(key);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let body = String::from_utf8_lossy(&draft.body).into_owned();
    let more = format!("client_assertion={}&client_assertion_type={}", encode(&assertion), encode(kind));
    weir.send(draft.clone().body(format!("{body}&{more}")))
}

#[test]
fn client_whose_document_has_keys_must_sign() {
    let key = Key::es256([7; 32]);
    let set: Value = serde_json::from_str(&key.public_set("one")).expect("a JWK set");
    let base = json!({
        "client_id": DOCUMENT, "client_name": "Claude Code", "token_endpoint_auth_method": "private_key_jwt",
        "redirect_uris": ["http://localhost/callback"],
    });
    for (member, value) in [("jwks", set.clone()), ("jwks_uri", json!("https://claude.ai/oauth/jwks.json"))] {
        let Some((weir, documents)) = with_documents() else { return };
        let mut metadata = base.clone();
        metadata[member] = value;
        documents.set(PATH, Reply::json(&metadata));
        documents.set("/oauth/jwks.json", Reply::json(&set));
        let app = App::new(DOCUMENT, "http://localhost:49152/callback");
        let code = Browser::default().code(&weir, &app, "alice");
        let bare = weir.send(app.redeem(&code));
        assert_eq!((bare.status.as_u16(), &bare.json()["error"]), (401, &json!("invalid_client")), "{member}");
        let forged = signed(&weir, &app.redeem(&code), &Key::es256([8; 32]));
        assert_eq!(forged.json()["error"], "invalid_client", "{member}: {}", forged.text());
        let answer = signed(&weir, &app.redeem(&code), &key);
        assert_eq!(answer.status, 200, "{member}: neither should have ended the code: {}", answer.text());
        let refresh = app.refresh(answer.json()["refresh_token"].as_str().expect("a refresh token"));
        assert_eq!(weir.send(refresh.clone()).json()["error"], "invalid_client", "{member}");
        let refreshed = signed(&weir, &refresh, &key);
        assert_eq!(refreshed.status, 200, "{member}: {}", refreshed.text());
    }
}

#[test]
fn listed_client_with_keys_must_sign() {
    let key = Key::ed25519([7; 32]);
    let more = format!(
        "\n[[clients]]\nid = \"studio\"\ntitle = \"Studio\"\njwks = '{}'\nredirect_uris = [\"http://localhost/callback\"]\n",
        key.public_set("one")
    );
    let weir = Setup::new().with_sign_in(&more).start();
    let app = App::new("studio", "http://localhost:49152/callback");
    let code = Browser::default().code(&weir, &app, "alice");
    for refused in
        [weir.send(app.redeem(&code)), signed_by("studio", &weir, &app.redeem(&code), &Key::ed25519([8; 32]))]
    {
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]), (401, &json!("invalid_client")));
    }
    let answer = signed_by("studio", &weir, &app.redeem(&code), &key);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let refresh = app.refresh(answer.json()["refresh_token"].as_str().expect("a refresh token"));
    assert_eq!(weir.send(refresh.clone()).status, 401, "a refresh without a signature");
    assert_eq!(signed_by("studio", &weir, &refresh, &key).status, 200);
}

#[test]
fn keys_of_a_document_are_public_and_on_its_own_host() {
    let key = Key::es256([7; 32]);
    let mut private: Value = serde_json::from_str(&key.public_set("one")).expect("a JWK set");
    private["keys"][0]["d"] = json!("x");
    for (name, value) in [
        ("jwks_uri", json!("https://evil.example/jwks.json")),
        ("jwks_uri", json!("https://claude.ai.evil.example/jwks.json")),
        ("jwks_uri", json!("http://claude.ai/oauth/jwks.json")),
        ("jwks_uri", json!("https://169.254.169.254/latest")),
        ("jwks", private),
        ("jwks", json!({ "keys": [] })),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
    ] {
        let Some((weir, documents)) = with_documents() else { return };
        let mut metadata = json!({
            "client_id": DOCUMENT, "token_endpoint_auth_method": "private_key_jwt",
            "redirect_uris": ["http://localhost/callback"],
        });
        metadata[name] = value.clone();
        documents.set(PATH, Reply::json(&metadata));
        let page = weir.send(Draft::bare(Method::GET, &App::new(DOCUMENT, "http://localhost:1/callback").authorize()));
        should_be_page(&page, 400, "client_unknown", &format!("{name} {value}"));
    }
}

#[test]
fn pinned_document_is_never_fetched() {
    let more = format!(
        "\n[[clients]]\nid = \"{DOCUMENT}\"\ntitle = \"Claude Code\"\npublic = true\nredirect_uris = [\"http://localhost/callback\"]\n"
    );
    let weir = Setup::new().with_sign_in(&more).start();
    let app = App::new(DOCUMENT, "http://localhost:49152/callback");
    let question = Browser::default().question(&weir, &app, "alice");
    assert!(question.text().contains("known to those who run this gateway"), "{}", question.text());
    sign_in(&weir, &app, "alice");
}
