//! *receive*: method, web origin, size, media types, one value per header, and no trust in `Host`.

use gateway::Limits;
use harness::{
    Answer, Draft, Weir, sockets,
    target::{Target, skipped_if},
    weir::URL,
};
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
fn unknown_path_is_404() {
    let weir = Weir::usual();
    for path in ["/", "/mcp//", "/mcp/Support", "/mcp/support/x", "/oauth", "/.well-known/nothing", "/mcp%2Fsupport"] {
        let answer = weir.send(Draft::list().to(path).token(&weir.token("alice")));
        assert_eq!(answer.status, 404, "`{path}` should be no endpoint");
    }
}

#[test]
fn slash_at_end_leads_to_same_endpoint() {
    let weir = Weir::usual();
    let listed = weir.send(Draft::list().to("/mcp/").token(&weir.token("alice")));
    assert_eq!(listed.tool_names(), weir.list("alice").tool_names(), "people add a slash, and mean the same");
    let challenged = weir.send(Draft::list().to("/mcp/support/"));
    assert_eq!(challenged.status, 401);
    let challenge = challenged.header("www-authenticate").unwrap_or_default();
    let metadata = format!("resource_metadata=\"{URL}/.well-known/oauth-protected-resource/mcp/support\"");
    assert!(challenge.contains(&metadata), "the challenge should lead to the resource without it: {challenge}");
    let document = weir.send(Draft::bare(Method::GET, "/.well-known/oauth-protected-resource/mcp/support/"));
    assert_eq!(document.json()["resource"], format!("{URL}/mcp/support"));
}

#[test]
fn request_that_is_refused_unread_is_answered_under_its_id() {
    let weir = Weir::usual();
    let token = weir.token("alice");
    let cases = [
        ("no token", 401, Draft::list()),
        ("a token that is none", 401, Draft::list().token("x")),
        ("another media type", 415, Draft::list().header("content-type", "text/plain").token(&token)),
        ("half an `Accept`", 406, Draft::list().header("accept", "application/json").token(&token)),
        ("a foreign page", 403, Draft::list().header("origin", "https://evil.example.com").token(&token)),
        ("another method", 405, Draft { method: Method::PUT, ..Draft::list().token(&token) }),
        ("no endpoint", 404, Draft::list().to("/else")),
        (
            "a repeated member",
            400,
            Draft::list().body(r#"{"id":7,"method":"x","params":{},"params":{}}"#).token(&token),
        ),
    ];
    for (name, status, draft) in cases {
        let answer = weir.send(draft);
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.message()["id"], 7, "{name}: the response should have the request's id: {}", answer.text());
    }
    for (name, body) in [
        ("a batch", r#"[{"jsonrpc":"2.0","id":7,"method":"ping"}]"#),
        ("a notification", r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"id":7}}"#),
        ("a response", r#"{"jsonrpc":"2.0","id":7,"result":{}}"#),
        ("broken JSON", r#"{"jsonrpc":"2.0","id":7,"method":"ping""#),
    ] {
        let answer = weir.send(Draft::list().body(body));
        assert_eq!(answer.status, 401, "{name}");
        assert!(answer.message().get("id").is_none(), "{name} has no id to answer: {}", answer.text());
    }
    // The size is known before the body is read, so only a host that has read the body can look for the id.
    let large = Draft::list().body(vec![b' '; Limits::REQUEST_BODY_BYTES + 1]);
    assert!(weir.send(large).message().get("id").is_none(), "an id that is not there should not be made up");
}

#[test]
fn body_over_limit_is_413() {
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
fn connection_goes_on_after_413() {
    if skipped_if(Target::chosen() == Target::Memory, "nothing listens in memory") {
        return;
    }
    let weir = Weir::usual();
    let (authority, draft) = (weir.running.authority(), Draft::list().token(&weir.token("alice")));
    let large = draft.clone().body(vec![b' '; 2 * Limits::REQUEST_BODY_BYTES]);
    let chunked = large.clone().header("transfer-encoding", "chunked");
    for large in [large, chunked] {
        let answered = sockets::in_turn(&authority, [large.request(&authority), draft.clone().request(&authority)]);
        assert_eq!(answered, [Ok(413), Ok(200)], "the next request should find its connection");
    }
}

#[test]
fn large_body_is_413_for_anybody() {
    let weir = Weir::usual();
    let answer = weir.send(Draft::list().body(vec![b' '; Limits::REQUEST_BODY_BYTES + 1]));
    assert_eq!(answer.status, 413, "the size should be checked before the caller is authenticated");
}

#[test]
fn foreign_web_origin_is_403() {
    let weir = Weir::usual();
    let evil = [
        "https://evil.example.com",
        "null",
        // An empty value differs from a missing header.
        "",
        "https://inspector.example.com.evil.example",
        "http://inspector.example.com",
        "https://inspector.example.com, https://evil.example.com",
    ];
    for origin in evil {
        // workerd hands on an empty header as a missing one, so Weir can't tell them apart; no browser sends an empty
        // one.
        if origin.is_empty() && Target::chosen() == Target::Workers {
            continue;
        }
        let answer = weir.send(Draft::list().header("origin", origin).token(&weir.token("alice")));
        assert_eq!(answer.status, 403, "a page of `{origin}` should be refused");
        assert_eq!(answer.header("access-control-allow-origin"), None, "a refused page should not read the refusal");
    }
}

#[test]
fn listed_web_origin_may_call_and_read_challenge() {
    let weir = Weir::usual();
    let page = "https://inspector.example.com";
    let answer = weir.send(Draft::list().header("origin", page).token(&weir.token("alice")));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(page));
    assert!(
        answer.header("vary").unwrap_or_default().to_lowercase().contains("origin"),
        "caches should tell web origins apart"
    );

    let challenged = weir.send(Draft::list().header("origin", page));
    assert_eq!(challenged.status, 401);
    assert_eq!(challenged.header("access-control-allow-origin"), Some(page));
    let exposed = challenged.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
    assert!(exposed.contains("www-authenticate"), "a page should be able to read the challenge");
    assert!(exposed.contains("dpop-nonce"), "and the nonce of the next proof");
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
    for path in ["/mcp", "/mcp/support", "/oauth/token", "/oauth/revoke"] {
        let answer = preflight("https://inspector.example.com", path);
        assert!(
            answer.status.is_success(),
            "a listed page's preflight for `{path}` should succeed, not {}",
            answer.status
        );
        let allowed = answer.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
        for name in ["authorization", "dpop", "content-type", "mcp-protocol-version", "mcp-method", "mcp-name"] {
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
    for utf_8 in
        ["application/json; charset=utf-8", "application/json;charset=utf8", "application/json; charset=\"UTF8\""]
    {
        assert_eq!(send(utf_8).status, 200, "`{utf_8}` should be JSON in UTF-8");
    }
    let without = weir.send(Draft::list().without("content-type").token(&weir.token("alice")));
    assert_eq!(without.status, 415, "a body of no type should not be taken for JSON");
}

#[test]
fn compressed_body_is_415() {
    let weir = Weir::usual();
    let assertion = weir.issuer.sign(weir.id_jag("alice"));
    for (coding, accepted) in
        [("gzip", false), ("br", false), ("identity, gzip", false), ("Identity", true), ("", true)]
    {
        for draft in [Draft::list().token(&weir.token("alice")), weir.redeeming(&assertion)] {
            let path = draft.path.clone();
            let answer = weir.send(draft.header("content-encoding", coding));
            // The assertion can be redeemed once.
            assert_eq!(answer.status != 415, accepted, "`{coding}` to {path}: {}", answer.status);
        }
    }
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
fn header_that_comes_twice_is_400() {
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
fn forged_host_changes_nothing() {
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
