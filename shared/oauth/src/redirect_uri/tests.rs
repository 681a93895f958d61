//! Tests of redirect URIs: the kinds, and each spelling that has sent a code elsewhere somewhere.

use proptest::prelude::*;

use super::*;

const LISTED: [&str; 2] = ["cursor://anysphere.cursor-mcp/oauth/callback", "com.example.app:/callback"];

fn parse(text: &str) -> Result<RedirectUri, RedirectUriError> {
    RedirectUri::parse(text, &LISTED)
}

#[test]
fn uris_of_known_clients_are_taken() {
    for (text, host, source) in [
        ("http://localhost:3118/callback", "localhost", "http://localhost:3118"),
        ("http://127.0.0.1:33418", "127.0.0.1", "http://127.0.0.1:33418"),
        ("http://127.0.0.1:19876/mcp/oauth/callback", "127.0.0.1", "http://127.0.0.1:19876"),
        ("http://[::1]:5000/cb", "[::1]", "http://[::1]:5000"),
        ("https://vscode.dev/redirect", "vscode.dev", "https://vscode.dev"),
        ("https://claude.ai/api/mcp/auth_callback", "claude.ai", "https://claude.ai"),
        (LISTED[0], "cursor:", "cursor:"),
        (LISTED[1], "com.example.app:", "com.example.app:"),
    ] {
        let uri = parse(text).unwrap_or_else(|error| panic!("`{text}` should be taken: {error}"));
        assert_eq!((uri.as_str(), uri.host(), uri.source().as_str()), (text, host, source));
    }
}

/// Cases 4 and 5 of the list of attacks on brokers, and their relatives.
#[test]
fn uri_that_leads_elsewhere_than_it_seems_is_refused() {
    use RedirectUriError::{Malformed, NotListed, NotLoopback};
    for (text, error) in [
        ("http://localhost:80@evil.com/cb", Malformed),
        ("http://user@localhost/cb", Malformed),
        ("https://claude.ai@evil.com/cb", Malformed),
        ("http://localhost\\@evil.com/cb", Malformed),
        ("http://localhost:5/cb#fragment", Malformed),
        ("http://local%68ost:5/cb", Malformed),
        ("http://LOCALHOST:5/cb", Malformed),
        ("http://localhost.:5/cb", Malformed),
        (" http://localhost:5/cb", Malformed),
        ("http://localhost:5/c\tb", Malformed),
        ("http://localhost:5/c\nb", Malformed),
        ("http://localhost:5/c\u{0}b", Malformed),
        ("/cb", Malformed),
        ("", Malformed),
        ("http://evil.com/cb", NotLoopback),
        ("http://localhost.evil:1/cb", NotLoopback),
        ("http://127.0.0.1.evil.com/cb", NotLoopback),
        ("http://127.0.0.2/cb", NotLoopback),
        ("http://[::2]/cb", NotLoopback),
        ("http://2130706433/cb", Malformed),
        ("http://0.0.0.0/cb", NotLoopback),
        ("http://[::ffff:127.0.0.1]/cb", NotLoopback),
        ("javascript:alert(1)", Malformed),
        (" JaVaScript:alert(1)", Malformed),
        ("java\tscript:alert(1)", Malformed),
        ("JAVASCRIPT:alert(1)", Malformed),
        ("data:text/html,x", Malformed),
        ("vbscript:x", Malformed),
        ("file:///etc/passwd", Malformed),
        ("cursor://other/oauth/callback", NotListed),
        ("cursor://anysphere.cursor-mcp/oauth/callback?x=1", NotListed),
        ("evil-app:/callback", NotListed),
    ] {
        assert_eq!(parse(text), Err(error), "{text:?}");
    }
    let long = format!("https://claude.ai/{}", "a".repeat(600));
    assert_eq!(parse(&long), Err(Malformed), "the length should be bounded");
}

#[test]
fn registry_can_list_no_scheme_that_browsers_act_upon() {
    for text in [
        "javascript:alert(1)",
        "https://claude.ai/cb",
        "http://evil.com/cb",
        "data:x",
        "cursor:",
        "cursor",
        "Cursor:x",
        "c d:x",
        "cursor:x#y",
    ] {
        assert!(!is_private_use(text), "{text:?} should not be listed");
        assert!(RedirectUri::parse(text, &[text]).is_err() || text.starts_with("https:"), "{text:?} though listed");
    }
}

/// Cases 6 and 7: what a registered URI allows.
#[test]
fn registered_uri_permits_itself_and_other_loopback_ports() {
    for (registered, requested, permitted) in [
        ("http://localhost/callback", "http://localhost:49152/callback", true),
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback", true),
        ("http://127.0.0.1:33418", "http://127.0.0.1:50000/", true),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:50000", true),
        ("http://[::1]/cb", "http://[::1]:1/cb", true),
        ("http://localhost/cb?a=1", "http://localhost:2/cb?a=1", true),
        ("http://localhost/cb", "http://127.0.0.1:5/cb", false),
        ("http://localhost/cb", "http://[::1]:5/cb", false),
        ("http://localhost/cb", "http://localhost:5/cb2", false),
        ("http://localhost/cb", "http://localhost:5/cb/", false),
        ("http://localhost/cb", "http://localhost:5/cb?a=1", false),
        ("http://localhost/cb?a=1", "http://localhost:5/cb?a=2", false),
        ("http://localhost/cb", "http://localhost:5/CB", false),
        ("http://localhost/cb", "http://localhost:5/c%62", false),
        ("http://localhost/cb", "http://localhost:5/x/../cb", false),
        ("https://claude.ai/cb", "https://claude.ai/cb", true),
        ("https://claude.ai/cb", "https://claude.ai:443/cb", false),
        ("https://claude.ai/cb", "https://claude.ai/cb?x=1", false),
        ("https://claude.ai/cb", "https://claude.ai.evil/cb", false),
        ("https://claude.ai/cb", "https://evil.claude.ai/cb", false),
        ("https://claude.ai/", "https://claude.ai", false),
        ("https://localhost/cb", "https://localhost:5/cb", false),
        ("https://localhost/cb", "http://localhost:5/cb", false),
        (LISTED[0], LISTED[0], true),
        (LISTED[0], LISTED[1], false),
    ] {
        let (own, other) = (parse(registered).unwrap(), parse(requested).unwrap());
        assert_eq!(own.permits(&other), permitted, "{registered} and {requested}");
    }
}

proptest! {
    #[test]
    fn parse_never_panics(text in any::<String>()) {
        if let Ok(uri) = parse(&text) {
            prop_assert!(uri.permits(&uri), "a URI should permit itself");
            let _ = (uri.host(), uri.source());
        }
    }
}
