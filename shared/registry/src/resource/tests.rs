//! Tests of URI patterns: the URIs that they match, and those that they must never match.

use proptest::prelude::*;

use super::*;

#[test]
fn pattern_is_uri_or_prefix_and_star() {
    for text in [
        "docs://index",
        "handbook://*",
        "file:///srv/docs/*",
        "https://docs.example.com/a%20b",
        "urn:isbn:*",
        "h2+x.y:*",
    ] {
        assert!(is_pattern(text), "`{text}` should be a pattern");
    }
    for text in [
        "",
        "*",
        "index",
        "docs*",
        "docs://*/x",
        "docs://**",
        "docs://a b",
        "docs://a\n",
        "docs://a/../*",
        "docs://a%2*",
        "docs://a%2Fb*",
        "docs://A*",
        "docs://a;*",
        "://x",
        "7up://x",
        "do/cs:x",
        &format!("docs://{}", "a".repeat(2048)),
    ] {
        assert!(!is_pattern(text), "`{text}` should not be a pattern");
    }
}

#[test]
fn star_matches_plain_text_only() {
    for uri in [
        "handbook://leave",
        "handbook://leave/",
        "handbook://leave/a%20b?x=1&y=..a",
        "handbook://leave/%C3%A9t%C3%A9",
        "handbook://leave/100%25",
        "handbook://leave/a:b@c",
    ] {
        assert!(matches("handbook://*", uri), "`{uri}` should match");
    }
    for uri in [
        "handbook://",
        "handbook:/leave",
        "handbook://SECRET/x",
        "handbook://secret./x",
        "handbook://ｓecret/x",
        "handbook:///secret/x",
        "handbook://secret;a/x",
        "handbook://secret?x",
        "handbook://docs/secret%2Fx",
        "handbook://docs/secret%2fx",
        "handbook://docs/team%3Asecret",
        "handbook://docs/team%3asecret",
        "handbook://docs/café",
        "handbook://docs/caf%c3%a9",
        "handbook://docs/caf%C3",
        "handbook://docs/%C0%AFsecret",
        "handbook://docs/%C2%85",
        "handbook://docs/secret;v=1/x",
        "handbook://docs/salaries#x",
        "handbook://docs/salaries?",
        "handbook://docs/{id}",
        "HANDBOOK://leave",
        "handbook://a/../secret",
        "handbook://a/./b",
        "handbook://..",
        "handbook://a/%2e%2e/secret",
        "handbook://a/.%2E/secret",
        "handbook://a%2f..%2fsecret",
        "handbook://a%252e%252e",
        "handbook://%73ecret/x",
        "handbook://a%5Fb",
        "handbook://a\\secret",
        "handbook://a%5csecret",
        "handbook://a%00",
        "handbook://a%zz",
        "handbook://a%",
        "handbook://a b",
        "handbook://a\tb",
        "handbook://a\u{a0}b",
        "handbook://a\u{85}b",
        "handbook://a//secret",
        "handbook://a%2F/secret",
        "handbook:////secret",
        "handbook://x@secret/y",
        "handbook://secret:80/y",
        "handbook://se%c3%a9cret/y",
        "handbook://a?path=..",
    ] {
        assert!(!matches("handbook://*", uri), "`{uri}` should not match");
    }
}

#[test]
fn star_after_opaque_prefix_matches_no_host() {
    assert!(matches("handbook:*", "handbook:leave/x"), "an opaque URI should match");
    assert!(!matches("handbook:*", "handbook://secret/x"), "a host should not");
    assert!(!matches("handbook:/*", "handbook://secret/x"), "nor one whose slashes the pattern begins");
    assert!(!covers("handbook:*", "handbook://*"), "so it should not cover patterns of hosts");
    assert!(!covers_template("handbook:*", "handbook://{page}"), "nor templates of them");
}

#[test]
fn exact_pattern_matches_its_own_text_only() {
    assert!(matches("docs://a/../b", "docs://a/../b"), "what is written out was seen");
    assert!(!matches("docs://index", "docs://index/"));
    assert!(!matches("docs://index", "docs://inde"));
    assert!(
        matches("https://x@docs.example.com:80/*", "https://x@docs.example.com:80/a"),
        "the pattern names the user and the port"
    );
}

#[test]
fn template_is_covered_by_its_literal_prefix() {
    assert!(covers_template("handbook://*", "handbook://{page}"));
    assert!(covers_template("handbook://team/*", "handbook://team/{team}/{page}"));
    assert!(covers_template("handbook://*", "handbook://page/{number}{?format}"));
    assert!(covers_template("handbook://page/*", "handbook://page/{number}{?format}"));
    for (pattern, template) in [
        ("handbook://team/*", "handbook://{team}/{page}"),
        ("handbook://team/*", "{+uri}"),
        ("handbook://*", "handbook://a/../{page}"),
        ("docs://index", "docs://{page}"),
        ("docs://{page}", "docs://{page}"),
        ("data://*", "data://{id}{?format}"),
        ("data://*", "data://x/{id}{#part}"),
        ("data://*", "data://x/{id}{;v}"),
        ("data://*", "data://x/{id"),
        ("data://*", "data://x/{}"),
        ("docs://index", "docs://index{?x}"),
    ] {
        assert!(!covers_template(pattern, template), "`{template}` should not be covered by `{pattern}`");
    }
}

#[test]
fn mismatch_names_its_reason() {
    for (uri, expected) in [
        ("data://doc", None),
        ("data://My%20Doc", Some(Mismatch::Host)),
        ("data://r1?format=xml", Some(Mismatch::Host)),
        ("data://x/my doc", Some(Mismatch::Encoding)),
        ("data://x/%2F", Some(Mismatch::Encoding)),
        ("data://x/?", Some(Mismatch::Query)),
        ("data://x/../y", Some(Mismatch::Segment)),
        ("docs://x", Some(Mismatch::Other)),
    ] {
        assert_eq!(mismatch("data://*", uri), expected, "{uri}");
        assert_eq!(matches("data://*", uri), expected.is_none(), "{uri}");
    }
    for (template, expected) in [
        ("data://{id}", None),
        ("data://{id}{?format}", Some(Mismatch::Host)),
        ("data://x/{id", Some(Mismatch::Template)),
    ] {
        assert_eq!(template_mismatch("data://*", template), expected, "{template}");
    }
}

#[test]
fn prefix_with_empty_query_is_not_covered() {
    assert!(matches("b:?*", "b:?") && !matches("b:*", "b:?"));
    assert!(!covers("b:*", "b:?*"), "the pattern has a URI that the other does not match");
    assert!(covers("b:*", "b:a*") && covers("a://*", "a://b/*"));
}

/// URIs that are often similar to each other.
fn uri() -> impl Strategy<Value = String> {
    "(a|b):(//)?(a|/|\\.|%2e|%41|%20|@|:|\\?|\\\\| ){0,6}"
}

fn pattern() -> impl Strategy<Value = String> {
    let literal = "(a|b):(//)?(a|b|/|@|\\.|%20|\\?){0,5}";
    (literal, any::<bool>())
        .prop_map(|(literal, many)| if many { literal + "*" } else { literal })
        .prop_filter("a pattern", |text| is_pattern(text))
}

proptest! {
    #[test]
    fn patterns_that_match_one_uri_overlap(a in pattern(), b in pattern(), uri in uri()) {
        if matches(&a, &uri) && matches(&b, &uri) {
            prop_assert!(overlaps(&a, &b), "`{uri}` is of both");
        }
        prop_assert_eq!(overlaps(&a, &b), overlaps(&b, &a));
        prop_assert!(overlaps(&a, &a));
    }

    #[test]
    fn covering_pattern_matches_every_uri_of_other(a in pattern(), b in pattern(), uri in "(a|/|\\.|%20|@){0,3}") {
        let uri = b.trim_end_matches('*').to_owned() + &uri;
        if covers(&a, &b) {
            prop_assert!(overlaps(&a, &b));
            prop_assert!(!matches(&b, &uri) || matches(&a, &uri));
        }
    }

    #[test]
    fn star_never_matches_uri_that_url_parser_would_rewrite(rest in "(a|secret|/|\\.|%2e|%2E|%2F|%73|%20|%c3%a9|é|@|:|;|\\?|#|\\\\|\t| ){0,8}") {
        let uri = format!("https://docs.example.com/{rest}");
        if matches("https://docs.example.com/*", &uri) {
            let parsed = url::Url::parse(&uri).map(String::from);
            prop_assert_eq!(parsed.as_deref(), Ok(uri.as_str()));
        }
    }

    #[test]
    fn matching_uri_starts_with_prefix(prefix in "[a-z]{1,3}:[a-z/]{0,3}", uri in "\\PC{0,12}") {
        let pattern = format!("{prefix}*");
        prop_assert!(!matches(&pattern, &uri) || uri.starts_with(&prefix));
        prop_assert!(!covers_template(&pattern, &uri) || uri.starts_with(&prefix));
    }
}
