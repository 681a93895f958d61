//! *receive*: method, web origin, size, media types, one value per header, and no trust in `Host`.

use gateway::Limits;
use harness::{Answer, Draft, Weir, weir::URL};
use http::Method;

#[test]
fn get_and_delete_are_405() {
    let weir = Weir::usual();
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let answer = weir.send(Draft::bare(method.clone(), "/mcp").token(&weir.token("alice")));
        assert_eq!(answer.status, 405, "{method} should not be answered by an MCP endpoint");
        let allow = answer.header("allow").unwrap_or_default();
        assert!(allow.contains("POST"), "405 should say that POST is allowed, not `{allow}`");
    }
    assert!(weir.documents.received().is_empty(), "nothing should reach an origin");
}

#[test]
fn an_unknown_path_is_404() {
    let weir = Weir::usual();
    for path in ["/", "/mcp/", "/mcp/Support", "/mcp/support/x", "/oauth", "/.well-known/nothing", "/mcp%2Fsupport"] {
        let answer = weir.send(Draft::list().to(path).token(&weir.token("alice")));
        assert_eq!(answer.status, 404, "`{path}` should be no endpoint");
    }
}

#[test]
fn a_body_over_the_limit_is_413() {
    let weir = Weir::usual();
    let draft = Draft::list().token(&weir.token("alice"));
    let padded = |length: usize| {
        let mut body = draft.body.to_vec();
        body.resize(length, b' ');
        weir.send(draft.clone().body(body))
    };
    assert_eq!(padded(Limits::REQUEST_BODY_BYTES + 1).status, 413, "one byte more than the limit should be refused");
    assert_eq!(padded(Limits::REQUEST_BODY_BYTES).status, 200, "the limit itself should pass");
}

#[test]
fn a_large_body_is_413_for_anybody() {
    let weir = Weir::usual();
    let answer = weir.send(Draft::list().body(vec![b' '; Limits::REQUEST_BODY_BYTES + 1]));
    assert_eq!(answer.status, 413, "the size should be judged before anybody is authenticated");
}

#[test]
fn a_foreign_web_origin_is_403() {
    let weir = Weir::usual();
    let evil = [
        "https://evil.example.com",
        "null",
        "https://inspector.example.com.evil.example",
        "http://inspector.example.com",
        "https://inspector.example.com, https://evil.example.com",
    ];
    for origin in evil {
        let answer = weir.send(Draft::list().header("origin", origin).token(&weir.token("alice")));
        assert_eq!(answer.status, 403, "a page of `{origin}` should be refused");
        assert_eq!(answer.header("access-control-allow-origin"), None, "a refused page should not read the refusal");
    }
}

#[test]
fn a_listed_web_origin_may_call_and_read_the_challenge() {
    let weir = Weir::usual();
    let page = "https://inspector.example.com";
    let answer = weir.send(Draft::list().header("origin", page).token(&weir.token("alice")));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(page));
    assert!(
        answer.header("vary").unwrap_or_default().to_lowercase().contains("origin"),
        "caches should tell pages apart"
    );

    let challenged = weir.send(Draft::list().header("origin", page));
    assert_eq!(challenged.status, 401);
    assert_eq!(challenged.header("access-control-allow-origin"), Some(page));
    let exposed = challenged.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
    assert!(exposed.contains("www-authenticate"), "a page should be able to read the challenge");
}

#[test]
fn preflight_allows_what_mcp_needs() {
    let weir = Weir::usual();
    let preflight = |origin: &str, path: &str| {
        weir.send(
            Draft::bare(Method::OPTIONS, path)
                .header("origin", origin)
                .header("access-control-request-method", "POST")
                .header(
                    "access-control-request-headers",
                    "authorization,content-type,mcp-method,mcp-name,mcp-protocol-version",
                ),
        )
    };
    for path in ["/mcp", "/mcp/support", "/oauth/token"] {
        let answer = preflight("https://inspector.example.com", path);
        assert!(
            answer.status.is_success(),
            "a listed page's preflight for `{path}` should succeed, not {}",
            answer.status
        );
        let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
        for name in ["authorization", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"] {
            assert!(allowed.contains(name), "`{name}` should be allowed for `{path}`, not only `{allowed}`");
        }
        let methods = answer.header("access-control-allow-methods").unwrap_or_default();
        assert!(methods.contains("POST"), "POST should be allowed for `{path}`");
    }
    let foreign = preflight("https://evil.example.com", "/mcp");
    assert_eq!(foreign.header("access-control-allow-origin"), None, "a foreign page's preflight should fail");
}

#[test]
fn content_type_must_be_json() {
    let weir = Weir::usual();
    let send =
        |content_type: &str| weir.send(Draft::list().header("content-type", content_type).token(&weir.token("alice")));
    for wrong in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"] {
        assert_eq!(send(wrong).status, 415, "`{wrong}` should not be taken for JSON");
    }
    assert_eq!(send("application/json; charset=utf-8").status, 200, "a charset should be fine");
    let without = weir.send(Draft::list().without("content-type").token(&weir.token("alice")));
    assert_eq!(without.status, 415, "a body of no type should not be taken for JSON");
}

#[test]
fn accept_must_list_both_answers() {
    let weir = Weir::usual();
    let send = |accept: &str| weir.send(Draft::list().header("accept", accept).token(&weir.token("alice")));
    for wrong in ["application/json", "text/event-stream", "text/html"] {
        assert_eq!(send(wrong).status, 406, "`{wrong}` leaves one answer out");
    }
    for right in ["text/event-stream, application/json", "application/json;q=0.9, text/event-stream;q=0.1", "*/*"] {
        assert_eq!(send(right).status, 200, "`{right}` allows both");
    }
}

#[test]
fn a_header_that_comes_twice_is_400() {
    let weir = Weir::usual();
    let draft = Draft::call("documents_search", serde_json::json!({ "query": "x" })).token(&weir.token("alice"));
    for (name, value) in
        [("mcp-method", "tools/call"), ("mcp-name", "documents_search"), ("mcp-protocol-version", "2026-07-28")]
    {
        let answer = weir.send(draft.clone().also(name, value));
        answer.should_be(400, -32020, &format!("two `{name}`"));
    }
    let two_tokens = weir.send(draft.also("authorization", &format!("Bearer {}", weir.token("bob"))));
    // A host may join both into one value, which is no bearer token.
    assert!(
        [400, 401].contains(&two_tokens.status.as_u16()),
        "two tokens should be refused, not {}",
        two_tokens.status
    );
    assert!(weir.documents.calls().is_empty(), "nothing should reach the origin");
}

#[test]
fn a_forged_host_changes_nothing() {
    let weir = Weir::usual();
    let forged = |draft: Draft| -> Answer { weir.send(draft.header("host", "evil.example.com")) };

    let challenged = forged(Draft::list());
    assert_eq!(challenged.status, 401);
    let challenge = challenged.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains(URL), "the challenge should name the configured host: {challenge}");

    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"] {
        let document = forged(Draft::bare(Method::GET, path));
        assert_eq!(document.status, 200);
        assert!(!document.text().contains("evil"), "`{path}` should not name a forged host: {}", document.text());
    }

    let evil = weir.access_token("alice").claim("aud", "http://evil.example.com/mcp");
    assert_eq!(
        forged(Draft::list().token(&weir.sign(evil))).status,
        401,
        "a token for the forged host should not count"
    );
    assert_eq!(forged(Draft::list().token(&weir.token("alice"))).status, 200, "a token for the real host should count");
}

#[test]
fn retired_session_headers_are_ignored() {
    let weir = Weir::usual();
    let draft = Draft::list().header("mcp-session-id", "abc").header("last-event-id", "7").token(&weir.token("alice"));
    let answer = weir.send(draft);
    assert_eq!(answer.status, 200, "old headers should be ignored");
    assert_eq!(answer.header("mcp-session-id"), None, "no session should be minted or echoed");
}
