//! Every page with hostile text in every member that others write: the markup stays that of harmless text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use ports::Timestamp;
use proptest::prelude::*;
use registry::legible::is_hidden;
use sha2::{Digest, Sha256};

use super::*;

const DESTINATIONS: [&str; 4] =
    ["http://127.0.0.1:4711/cb", "https://client.example/cb?a=1&b=2", "cursor://cb", "http://[::1]:1/cb"];

/// All pages in all their forms, with this text wherever a client, a person or a registry may have written it.
fn pages(text: &str) -> Vec<Page> {
    let scopes = ["tools:list", "tools:call", "resources:read", "prompts:get", text].map(str::to_owned);
    let mut pages = Vec::new();
    for destination in DESTINATIONS.map(|uri| Destination::read(uri).unwrap_or_else(|| panic!("`{uri}`"))) {
        for proof in [Proof::Document { host: text }, Proof::Registry, Proof::Nothing] {
            for (offers, idle_seconds) in
                [(None, None), (Some(Offers { tools: 1, resources: 2, prompts: 1 }), Some(28_800))]
            {
                let consent = Consent {
                    client: text,
                    proof,
                    destination,
                    person: text,
                    identity_provider: text,
                    service: text,
                    scopes: &scopes,
                    offers,
                    idle_seconds,
                    action: "/oauth/consent",
                    transaction: text,
                };
                pages.push(consent.page());
            }
        }
        pages.extend([true, false].map(|allowed| Onward { client: text, destination, allowed }.page()));
    }
    let at = Timestamp::from_millis(1_795_000_000_000);
    for event in [None, Some(text)] {
        pages.push(ErrorPage { title: "Not now", happened: text, help: text, event, reason: text, at }.page());
    }
    pages.push(Connected { origin: text, issuer: text }.page());
    let (origin, issuer, proof) = (text.to_owned(), text.to_owned(), text.to_owned());
    let scope = scopes.to_vec();
    let grant = ShownGrant { origin, issuer, scope, since: 1_795_000_000, renewed_at: 1_795_000_001, proof };
    for (grants, revoked) in [(&[][..], None), (&[grant][..], Some((text, true))), (&[][..], Some((text, false)))] {
        pages.push(Me { person: text, own: "https://mcp.example.com/me", grants, revoked }.page());
    }
    for (sign_in, health) in
        [(SignIn::Browser, Health::Ok), (SignIn::Managed, Health::Degraded), (SignIn::Managed, Health::Fault)]
    {
        for name in [None, Some(text)] {
            pages.push(Connect { gateway: text, url: text, name, sign_in, health }.page());
        }
    }
    pages
}

/// The tags of a document, with the names of their attributes and the values that are not others' text.
fn skeleton(html: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("a tag should end: {tag}"));
        // Odd pieces are values in double quotes.
        let names: Vec<&str> = tag.split('"').step_by(2).collect();
        tags.push(names.join("\"\""));
    }
    tags
}

fn header(page: Page, name: &str) -> String {
    let response = page.response(StatusCode::OK);
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[track_caller]
fn check(text: &str, harmless: &[Vec<String>]) {
    for (page, harmless) in pages(text).into_iter().zip(harmless) {
        let html = page.html();
        assert_eq!(&skeleton(html), harmless, "{text:?} should change no markup");
        let hidden: String = html.chars().filter(|one| is_hidden(*one) && *one != '\n').collect();
        assert_eq!(hidden, "", "{text:?} should hide nothing");
    }
}

#[test]
fn hostile_text_changes_no_markup() {
    let harmless: Vec<Vec<String>> = pages("x").iter().map(|page| skeleton(page.html())).collect();
    for text in [
        "</title><script>alert(1)</script>",
        "\" autofocus onfocus=\"alert(1)",
        "' style='position:fixed",
        "<!--",
        "]]>",
        "</style><meta http-equiv=refresh content=0;url=https://evil.example>",
        "&lt;b&gt;&#60;",
        "Claude\u{202e}edoC\u{2066}\u{200b}\u{feff}\u{e0041}",
        "a\0b\u{1b}[2J\u{7f}\u{85}\u{2028}\r\n",
        "\u{202e} שלום",
        "",
    ] {
        check(text, &harmless);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_others_write_changes_no_markup(text in "(\\PC|[<>&\"'`=/ \u{0}-\u{20}\u{7f}-\u{a0}\u{200b}-\u{206f}\u{e0000}-\u{e007f}]){0,40}") {
        let harmless: Vec<Vec<String>> = pages("x").iter().map(|page| skeleton(page.html())).collect();
        check(&text, &harmless);
    }
}

#[test]
fn policy_allows_the_style_of_the_page_and_nothing_else() {
    for page in pages("x") {
        let html = page.html().to_owned();
        let (_, style) = html.split_once("<style>").unwrap_or_else(|| panic!("a style: {html}"));
        let (style, rest) = style.split_once("</style>").unwrap_or_else(|| panic!("its end: {html}"));
        let digest = STANDARD.encode(Sha256::digest(style));
        let policy = header(page, "content-security-policy");
        let start = format!("default-src 'none'; style-src 'sha256-{digest}'; form-action ");
        assert!(policy.starts_with(&start), "{policy}");
        assert!(policy.ends_with("; frame-ancestors 'none'; base-uri 'none'"), "{policy}");
        for (bad, why) in
            [("<script", "a script"), (" style=", "inline style"), ("<style", "a second style"), (" src=", "a load")]
        {
            assert!(!rest.contains(bad), "no page should have {why}: {rest}");
        }
        assert!(html.len() < 16 * 1024, "a page should be small: {} bytes", html.len());
    }
}

#[test]
fn form_may_lead_to_its_redirect_uri_alone() {
    let sources = ["http://127.0.0.1:4711", "https://client.example", "cursor:", ""];
    for (uri, source) in DESTINATIONS.into_iter().zip(sources) {
        let destination = Destination::read(uri).unwrap_or_else(|| panic!("`{uri}`"));
        let consent = Consent {
            client: "Claude Code",
            proof: Proof::Nothing,
            destination,
            person: "alice",
            identity_provider: "idp.example.com",
            service: "support",
            scopes: &[],
            offers: None,
            idle_seconds: Some(300),
            action: "/oauth/consent",
            transaction: "t",
        };
        let policy = header(consent.page(), "content-security-policy");
        let wanted = format!("; form-action {};", format!("'self' {source}").trim_end());
        assert!(policy.contains(&wanted), "`{uri}`: {policy}");
        assert_eq!(header(consent.page(), "referrer-policy"), "same-origin", "else the form has `Origin: null`");
        let onward = Onward { client: "Claude Code", destination, allowed: true }.page();
        let target = format!("content=\"0;url={}\"", uri.replace('&', "&amp;"));
        assert!(onward.html().contains(&target), "the page should go there by itself: {}", onward.html());
        assert!(onward.html().contains(&format!("href=\"{}\"", uri.replace('&', "&amp;"))), "and have a link");
        assert!(header(onward.clone(), "content-security-policy").contains("form-action 'none'"), "and no form");
        assert_eq!(header(onward, "referrer-policy"), "no-referrer");
    }
}

#[test]
fn page_is_neither_kept_nor_framed_nor_sniffed() {
    for page in pages("x") {
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(header(page.clone(), name), value, "{name}");
        }
    }
}

#[test]
fn consent_says_who_asks_and_where_it_leads() {
    let consent = |proof, uri, idle_seconds| {
        let destination = Destination::read(uri).unwrap_or_else(|| panic!("`{uri}`"));
        let consent = Consent {
            client: "Claude Code",
            proof,
            destination,
            person: "alice@example.com",
            identity_provider: "idp.example.com",
            service: "support",
            scopes: &["tools:call".to_owned(), "odd:scope".to_owned()],
            offers: Some(Offers { tools: 10, ..Offers::default() }),
            idle_seconds,
            action: "/oauth/consent",
            transaction: "t",
        };
        consent.page().html().to_owned()
    };
    let document = Proof::Document { host: "claude.ai" };
    for (proof, uri, told) in [
        (document, "http://localhost:1/cb", "described at <bdi>claude.ai</bdi>"),
        (document, "https://claude.ai/cb", "<code>claude.ai</code><span class=\"sub\">a web site"),
        (document, "https://evil.example/cb", "Another site</span> than the one that describes the program"),
        (Proof::Registry, "https://evil.example/cb", "known to those who run this gateway"),
        (Proof::Nothing, "cursor://cb", "Nobody vouches for this name."),
        (Proof::Nothing, "cursor://cb", "<code>cursor:</code>"),
        (Proof::Nothing, "cursor://cb", "10 tools"),
        (Proof::Nothing, "cursor://cb", "<code>odd:scope</code>"),
        (Proof::Nothing, "cursor://cb", "after 30 days without use"),
    ] {
        let html = consent(proof, uri, Some(30 * 86_400));
        assert!(html.contains(told), "{proof:?}, `{uri}`: should say `{told}`: {html}");
    }
    let quiet = consent(document, "http://localhost:1/cb", None);
    assert!(!quiet.contains("Nobody vouches"), "a proven name needs no warning: {quiet}");
    for (seconds, told) in
        [(300, "after 5 min"), (28_800, "after 8 h"), (86_400, "after 24 h"), (172_800, "after 2 days")]
    {
        let html = consent(Proof::Registry, "cursor://cb", Some(seconds));
        assert!(html.contains(told), "{seconds} s: should say `{told}`: {html}");
    }
}
