//! The page at `GET /mcp`: for browsers only, and the same for everybody; other GETs get no page.

use harness::{
    Answer, Draft, Setup, Weir,
    target::{Target, skipped_if},
    weir::URL,
};
use http::Method;

/// The `Accept` header of Chromium for an opened link.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

fn opened(path: &str) -> Draft {
    Draft::bare(Method::GET, path).header("accept", BROWSER)
}

#[track_caller]
fn should_be_page(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let policy = answer.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("form-action 'none'; frame-ancestors 'none'; base-uri 'none'"), "{policy}");
    assert!(answer.text().starts_with("<!doctype html>"), "{}", answer.text());
}

#[test]
fn browser_gets_the_line_for_each_client() {
    let weir = Weir::usual();
    for (path, name) in [("/mcp", "weir"), ("/mcp/", "weir"), ("/mcp/support", "support")] {
        let page = weir.send(opened(path));
        should_be_page(&page, 200);
        let url = format!("{URL}{}", path.trim_end_matches('/'));
        for line in [
            format!("claude mcp add --transport http {name} {url}<"),
            format!("codex mcp add {name} --url {url}<"),
            format!("copilot mcp add --transport http {name} {url}<"),
            format!("npx -y mcp-remote {url}<"),
            format!(
                "{{&quot;name&quot;:&quot;{name}&quot;,&quot;type&quot;:&quot;http&quot;,&quot;url&quot;:&quot;{url}&quot;}}"
            ),
        ] {
            assert!(page.text().contains(&line), "`{path}` should say `{line}`: {}", page.text());
        }
    }
    let head = weir.send(Draft { method: Method::HEAD, ..opened("/mcp") });
    assert_eq!((head.status.as_u16(), head.header("content-type")), (200, Some("text/html; charset=utf-8")));
}

#[test]
fn page_says_whether_the_gateway_is_well() {
    // A usual Weir has no sealing keys, so it is degraded.
    let weir = Weir::usual();
    assert!(weir.send(opened("/mcp")).text().contains("Serves, with something missing"));
    let sealing = r#"{"keys":[{"kty":"oct","kid":"sealing-1","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}"#;
    let mut setup = Setup::new();
    setup.secrets.insert("SEALING_KEYS".to_owned(), sealing.to_owned());
    let weir = setup.start();
    assert!(weir.send(opened("/mcp")).text().contains("Well</span>"));
    if skipped_if(Target::chosen() == Target::Spin, "there a component that is not set up answers by itself") {
        return;
    }
    let mut setup = Setup::new();
    setup.secrets.remove("ACCESS_TOKEN_KEYS");
    let weir = setup.start();
    let page = weir.send(opened("/mcp"));
    should_be_page(&page, 503);
    assert!(page.text().contains("Does not serve now"), "{}", page.text());
    for name in ["ACCESS_TOKEN_KEYS", "secret_missing"] {
        assert!(!page.text().contains(name), "the page is for anybody, and names nothing: {}", page.text());
    }
}

#[test]
fn page_says_how_people_sign_in() {
    let managed = Weir::usual().send(opened("/mcp"));
    assert!(managed.text().contains("has no sign-in page"), "{}", managed.text());
    let sign_in = "\n[sign_in]\nissuer = \"corporate\"\nclient_id = \"weir\"\n";
    let browser = Setup::new().append("gateway.toml", sign_in).start().send(opened("/mcp"));
    should_be_page(&browser, 200);
    assert!(browser.text().contains("You sign in once, in the browser."), "{}", browser.text());
}

#[test]
fn page_of_a_gateway_without_registry_says_so() {
    if skipped_if(Target::chosen() != Target::Memory, "only memory's clock can be moved to a record's end") {
        return;
    }
    let weir = Weir::usual();
    weir.running.pass(std::time::Duration::from_secs(25 * 3600));
    let page = weir.send(opened("/mcp"));
    should_be_page(&page, 503);
    assert_eq!(page.header("retry-after"), Some("5"));
    assert!(page.text().contains("record_expired"), "{}", page.text());
}

#[test]
fn page_is_the_same_for_everybody_and_of_every_name() {
    let weir = Weir::usual();
    let page = weir.send(opened("/mcp/support"));
    let unknown = weir.send(opened("/mcp/nothing-here"));
    assert_eq!(unknown.text().replace("nothing-here", "support"), page.text(), "names should not be probed");
    let known = weir.send(opened("/mcp/support").token(&weir.token("alice")));
    assert_eq!(known.text(), page.text(), "the page should be the same with and without a token");
    let foreign = weir.send(opened("/mcp/support").header("origin", "https://evil.example.com"));
    assert_eq!(foreign.header("access-control-allow-origin"), None, "no page of another site should read it");
    assert!(weir.documents.received().is_empty() && weir.tickets.received().is_empty(), "it should cost no origin");
}

#[test]
fn program_gets_no_page() {
    let weir = Weir::usual();
    // Codex and mcp-remote open with a GET that takes anything; a modern client has no GET, a legacy one has its
    // stream.
    for accept in ["*/*", "text/*", "text/event-stream", "application/json, text/event-stream", "text/html;q=0"] {
        let answer = weir.send(Draft::bare(Method::GET, "/mcp").header("accept", accept));
        assert_eq!(answer.status, 405, "`{accept}`: {}", answer.text());
        assert_eq!(answer.header("allow"), Some("GET, POST, OPTIONS"), "`{accept}`");
    }
    assert_eq!(weir.send(Draft::bare(Method::GET, "/mcp")).status, 405, "without `Accept`");
    let in_session = weir.send(opened("/mcp").header("mcp-session-id", "s"));
    assert_eq!(in_session.status, 401, "a session's stream is no page: {}", in_session.text());
    let posted = weir.send(Draft::list().header("accept", BROWSER));
    assert_eq!(posted.header("content-type"), Some("application/json"), "a POST is no page: {}", posted.text());
    let deleted = weir.send(Draft { method: Method::DELETE, ..opened("/mcp") });
    assert_eq!(deleted.status, 405, "{}", deleted.text());
}
