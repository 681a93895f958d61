//! Tests of addresses.

use super::*;

#[test]
fn public_https_urls_are_accepted() {
    for text in [
        "https://documents.example.com/mcp",
        "https://documents.example.com:8443/mcp?tenant=1",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://172.32.0.1/",
        "https://100.128.0.1/",
        "https://panip.io/",
        "https://nip.io.example.com/",
        "https://svc.example.com/",
        "https://mail.example.com/",
    ] {
        assert!(parse(text, Reach::Public).is_ok(), "`{text}` should be taken");
    }
}

#[test]
fn addresses_of_private_networks_are_refused_in_every_spelling() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:8.8.8.8]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::1]",
        "[fc00::1]",
        "[fdff::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2001::1]",
        "[2002:7f00:1::]",
        "[3fff::1]",
        "[100::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "intranet",
        "printer.local",
        "metadata.google.internal",
        "router.home.arpa",
        "nas.lan",
        "crm.default.svc",
        "crm.default.svc.cluster.local",
        "crm.service.consul",
        "crm.corp",
        "crm.intranet",
        "crm.test.",
        "127.0.0.1.nip.io",
        "10-0-0-1.sslip.io",
        "nip.io",
        "NIP.IO",
        "localtest.me",
        "crm.localtest.me.",
        "7f000001.c0a80001.rbndr.us",
    ] {
        let text = format!("https://{host}/mcp");
        assert!(parse(&text, Reach::Public).is_err(), "`{text}` should be refused");
    }
}

#[test]
fn malformed_urls_are_refused() {
    for text in [
        "http://documents.example.com/mcp",
        "ftp://documents.example.com/",
        "documents.example.com/mcp",
        "/mcp",
        "",
        "https://",
        "https://alice@documents.example.com/",
        "https://:secret@documents.example.com/",
        "https://documents.example.com/mcp#part",
        "https://documents.example.com/a b",
        "https:\\\\documents.example.com",
        "https://docu\tments.example.com/",
        "https://documents.example.com:99999/",
        "data:text/plain,hello",
        "https://*.example.com/mcp",
        "https://{{redis_url}}.example.com/mcp",
        "https://documents,tickets.example.com/mcp",
    ] {
        assert!(parse(text, Reach::Public).is_err(), "`{text}` should be refused");
    }
    let long = format!("https://documents.example.com/{}", "a".repeat(URL_BYTES));
    assert!(parse(&long, Reach::Public).is_err(), "a URL should be bounded");
}

#[test]
fn local_reach_accepts_loopback_and_refuses_credentials() {
    assert!(parse("http://127.0.0.1:9000/mcp", Reach::Local).is_ok());
    assert!(parse("https://10.0.0.1/mcp", Reach::Local).is_ok());
    assert!(parse("http://documents_server:9000/mcp", Reach::Local).is_ok());
    assert!(parse("http://*:9000/mcp", Reach::Local).is_err());
    assert!(parse("http://alice@127.0.0.1/mcp", Reach::Local).is_err());
    assert!(parse("file:///etc/passwd", Reach::Local).is_err());
}

#[test]
fn gateway_url_has_no_path() {
    for text in [
        "https://mcp.example.com",
        "https://mcp.example.com:8443",
        "http://127.0.0.1:8787",
        "http://localhost:8787",
        "http://[::1]:8787",
    ] {
        assert!(parse_gateway(text).is_ok(), "`{text}` should be taken");
    }
    for text in [
        "https://mcp.example.com/",
        "https://MCP.example.com",
        "https://mcp.example.com:443",
        "https://mcp.example.com/weir",
        "https://mcp.example.com?a",
        "http://mcp.example.com",
        "http://192.168.1.1",
    ] {
        assert!(parse_gateway(text).is_err(), "`{text}` should be refused");
    }
}

#[test]
fn same_origin_is_seen_in_every_spelling() {
    let url = |text: &str| parse(text, Reach::Local).ok();
    for (one, other, same) in [
        ("https://mcp.example.com", "https://MCP.example.com:443/a", true),
        ("https://mcp.example.com", "https://mcp.example.com./", true),
        ("http://127.0.0.1:8787", "http://localhost:8787/jwks", true),
        ("http://127.0.0.1:8787", "http://[::1]:8787/", true),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8789", false),
        ("https://mcp.example.com", "https://idp.example.com", false),
        ("https://mcp.example.com", "https://mcp.example.com:8443", false),
    ] {
        let is_same = url(one).zip(url(other)).map(|(one, other)| is_same_origin(&one, &other));
        assert_eq!(is_same, Some(same), "{one} and {other}");
    }
}

#[test]
fn issuer_with_query_is_refused() {
    assert!(parse_issuer("https://idp.example.com/tenant", Reach::Public).is_ok());
    assert!(parse_issuer("https://idp.example.com?tenant", Reach::Public).is_err());
    assert!(parse_issuer("https://idp.example.com/a|b", Reach::Public).is_err());
}
