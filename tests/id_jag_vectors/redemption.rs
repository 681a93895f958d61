//! Vectors of the token endpoint: rows 1 to 14 and 16.

use harness::jose::{Key, Token};
use serde_json::{Value, json};

use super::server::{
    CLIENT, DEMANDING, GRANT, ISSUER, MANY_KEYS, SERVER, SIGNER, TENANTS, granted, id_jag, issuer_key, redeem, refused,
    request, signer_key, tenants_key,
};
use super::{Step, TIME, Vector};

const DRAFT: &str = "draft-ietf-oauth-identity-assertion-authz-grant-04";

/// The vectors, in the order of the rows.
pub fn vectors() -> Vec<Vector> {
    let mut vectors = clients();
    vectors.extend(forms());
    let mut number = 0;
    let mut one = |row, section, name: &str, change: &dyn Fn(Token) -> Token, expected: Value| {
        number += 1;
        let assertion = change(id_jag(&format!("one-{number}"))).signed(&issuer_key());
        vectors.push(Vector::new(row, section, name, [redeem(&assertion, &[], expected)]));
    };
    let grant = || refused("invalid_grant");
    one(3, "ID-JAG §3", "usual assertion", &|token| token, granted());
    for typ in ["application/oauth-id-jag+jwt", "OAUTH-ID-JAG+JWT"] {
        one(3, "RFC 7515 §4.1.9", &format!("typ {typ}"), &|token| token.header("typ", typ), granted());
    }
    for typ in ["JWT", "at+jwt", "dpop+jwt", "oauth-id-jag"] {
        one(3, "RFC 8725 §3.11", &format!("typ {typ}"), &|token| token.header("typ", typ), grant());
    }
    one(3, "RFC 8725 §3.11", "no typ", &|token| token.without_header("typ"), grant());
    for (name, header, value) in [
        ("unknown kid", "kid", json!("other")),
        ("kid that is a path", "kid", json!("../../../../dev/null")),
        ("kid that is SQL", "kid", json!("x' UNION SELECT 'key'--")),
        ("kid that is a URL", "kid", json!("https://evil.example.com/jwks")),
        ("kid of 4,000 characters", "kid", json!("k".repeat(4_000))),
        ("alg of another spelling", "alg", json!("es256")),
        ("alg none with a signature", "alg", json!("none")),
        ("alg of another kind of key", "alg", json!("EdDSA")),
        ("alg RS256 for an EC key", "alg", json!("RS256")),
        ("critical header that nobody knows", "crit", json!(["exp"])),
        ("empty critical header", "crit", json!([])),
    ] {
        one(4, "RFC 8725 §3.1", name, &|token| token.header(header, value.clone()), grant());
    }
    for (name, claim, value) in [
        ("issuer that nobody trusts", "iss", json!("https://evil.example.com")),
        ("issuer with a slash", "iss", json!("https://idp.example.com/")),
        ("issuer in upper case", "iss", json!("https://IDP.example.com")),
        ("issuer of another key (mix-up)", "iss", json!(TENANTS)),
        ("issuer that is a list", "iss", json!([ISSUER])),
    ] {
        one(5, "RFC 7521 §5.2", name, &|token| token.claim(claim, value.clone()), grant());
    }
    one(5, "RFC 7521 §5.2", "no issuer", &|token| token.without("iss"), grant());
    one(6, "ID-JAG §3", "audience in an array of one", &|token| token.claim("aud", json!([SERVER])), granted());
    for (name, value) in [
        ("audience with a slash", json!("https://mcp.example.com/")),
        ("audience that is the token endpoint", json!("https://mcp.example.com/oauth/token")),
        ("audience that is the resource", json!("https://mcp.example.com/mcp")),
        ("audience of another server", json!("https://evil.example.com")),
        ("audience of two servers", json!([SERVER, "https://evil.example.com"])),
        ("audience twice", json!([SERVER, SERVER])),
        ("no audience in an array", json!([])),
    ] {
        one(6, "ID-JAG §3", name, &|token| token.claim("aud", value.clone()), grant());
    }
    one(6, "ID-JAG §3", "no audience", &|token| token.without("aud"), grant());
    for (name, iat, exp) in [
        ("clock five minutes slow", TIME - 600, TIME - 300),
        ("clock five minutes fast", TIME + 300, TIME + 600),
        ("a day long", TIME, TIME + 86_400),
        ("ends before it begins", TIME, TIME - 1),
    ] {
        one(7, "RFC 7523 §3", name, &|token| token.claim("iat", iat).claim("exp", exp), grant());
    }
    one(7, "RFC 7523 §3", "not valid yet", &|token| token.claim("nbf", TIME + 300), grant());
    one(7, "RFC 7519 §2", "exp that is a text", &|token| token.claim("exp", (TIME + 300).to_string()), grant());
    for name in ["exp", "iat"] {
        one(7, "ID-JAG §3", &format!("no {name}"), &|token| token.without(name), grant());
    }
    one(8, "ID-JAG §4.4.1", "assertion for another client", &|token| token.claim("client_id", SIGNER), grant());
    one(8, "ID-JAG §4.4.1", "assertion for no client", &|token| token.without("client_id"), grant());
    one(9, "ID-JAG §3", "subject with a bar", &|token| token.claim("sub", "auth0|alice"), granted());
    one(9, "ID-JAG §3", "aud_sub, sub_id and email of another", &other_names, granted());
    for (name, value) in [("empty subject", json!("")), ("subject that is a number", json!(7))] {
        one(9, "ID-JAG §3", name, &|token| token.claim("sub", value.clone()), grant());
    }
    one(9, "ID-JAG §3", "no subject", &|token| token.without("sub"), grant());
    one(10, "ID-JAG §3", "no jti", &|token| token.without("jti"), grant());
    for (name, value) in [
        ("resource of another server", json!("https://evil.example.com/mcp")),
        ("one resource of another server among ours", json!([format!("{SERVER}/mcp"), "https://evil.example.com/mcp"])),
        ("resource with a slash", json!(format!("{SERVER}/mcp/"))),
        ("resource with a fragment", json!(format!("{SERVER}/mcp#x"))),
        ("resource that is no URI", json!("mcp")),
    ] {
        one(11, "RFC 8707 §2", name, &|token| token.claim("resource", value.clone()), grant());
    }
    for (name, value) in
        [("authorization details", json!([{ "type": "payment" }])), ("empty authorization details", json!([]))]
    {
        one(13, "RFC 9396 §5", name, &|token| token.claim("authorization_details", value.clone()), grant());
    }
    one(14, "ID-JAG §3", "tenant of an issuer with one", &|token| token.claim("tenant", "acme"), grant());
    one(14, "ID-JAG §3", "aud_tenant that nobody has set", &|token| token.claim("aud_tenant", "acme"), grant());
    one(16, "RFC 7521 §4.1", "user whom local policy refuses", &|token| token.claim("sub", "mallory"), grant());
    vectors.extend(keys());
    vectors.extend(replays());
    vectors.extend(narrowing());
    vectors.extend(tenants());
    vectors.sort_by_key(|vector| vector.row);
    vectors
}

fn other_names(token: Token) -> Token {
    let sub_id = json!({ "format": "saml-nameid", "nameid": "mallory" });
    token.claim("aud_sub", "mallory").claim("sub_id", sub_id).claim("email", "mallory@example.com")
}

/// Row 1: the client.
fn clients() -> Vec<Vector> {
    const SECTION: &str = "RFC 6749 §2.3, RFC 7523 §3";
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let good = |jti: &str| {
        let claims = json!({ "iss": SIGNER, "sub": SIGNER, "aud": SERVER, "jti": jti, "iat": TIME, "exp": TIME + 60 });
        Token::new("client-authentication+jwt", "signer-1", claims)
    };
    let signing = |jti: &str, client_assertion: &str, expected: Value| {
        let assertion = id_jag(jti).claim("client_id", SIGNER).signed(&issuer_key());
        let fields = [("client_assertion_type", kind), ("client_assertion", client_assertion)];
        request(&[], &[&[("grant_type", GRANT), ("assertion", &assertion)], &fields[..]].concat(), expected)
    };
    let client = || refused("invalid_client");
    let once = good("once").signed(&signer_key());
    let plain = |jti: &str| id_jag(jti).signed(&issuer_key());
    let post = |jti: &str, id: &str, secret: &str, expected: Value| {
        let fields = [("client_id", id), ("client_secret", secret)];
        request(&[], &[&[("grant_type", GRANT), ("assertion", &plain(jti))], &fields[..]].concat(), expected)
    };
    let mut vectors = vec![
        Vector::new(1, SECTION, "client_secret_post", [post("post", CLIENT.0, CLIENT.1, granted())]),
        Vector::new(1, SECTION, "wrong secret", [post("wrong", CLIENT.0, "wrong", client())]),
        Vector::new(1, SECTION, "unknown client", [post("unknown", "nobody", CLIENT.1, client())]),
        Vector::new(
            1,
            SECTION,
            "no client",
            [request(&[], &[("grant_type", GRANT), ("assertion", &plain("no"))], client())],
        ),
        Vector::new(
            1,
            SECTION,
            "client assertion counts once",
            [signing("once-1", &once, granted()), signing("once-2", &once, client())],
        ),
        Vector::new(
            1,
            "RFC 6749 §5.2",
            "grant that nobody knows",
            [redeem(&plain("grant"), &[], refused("unsupported_grant_type"))],
        ),
    ];
    if let Some(step) = vectors.last_mut().and_then(|vector| vector.steps.first_mut()) {
        step.body = step.body.replace("jwt-bearer", "saml2-bearer");
    }
    for (name, change) in [
        ("client assertion for the token endpoint", json!({ "aud": format!("{SERVER}/oauth/token") })),
        ("client assertion for an array", json!({ "aud": [SERVER] })),
        ("client assertion for another server", json!({ "aud": "https://evil.example.com" })),
        ("client assertion of another issuer", json!({ "iss": CLIENT.0 })),
        ("client assertion of another client", json!({ "iss": CLIENT.0, "sub": CLIENT.0 })),
        ("client assertion that has expired", json!({ "iat": TIME - 600, "exp": TIME - 300 })),
        ("client assertion of an hour", json!({ "exp": TIME + 3_600 })),
    ] {
        let changed = change
            .as_object()
            .into_iter()
            .flatten()
            .fold(good(name), |token, (claim, value)| token.claim(claim, value.clone()));
        vectors.push(Vector::new(1, SECTION, name, [signing(name, &changed.signed(&signer_key()), client())]));
    }
    let forged = good("forged").header("jwk", Key::ed25519([9; 32]).public_jwk()).signed(&Key::ed25519([9; 32]));
    vectors.push(Vector::new(1, SECTION, "client assertion with its own key", [signing("forged", &forged, client())]));
    vectors
}

/// Row 2: one compact JWS.
fn forms() -> Vec<Vector> {
    let inner = id_jag("nested").signed(&issuer_key());
    let nested = Token::new("oauth-id-jag+jwt", "idp-1", json!({})).header("cty", "JWT").signed(&issuer_key());
    let (head, _) = nested.split_once('.').expect("three parts");
    let nested = format!("{head}.{}.{}", inner.replace('.', "_"), "AAAA");
    let long = id_jag("long").claim("padding", "x".repeat(17 * 1024)).signed(&issuer_key());
    let mut vectors = vec![Vector::new(
        2,
        "RFC 7521 §4.1",
        "no assertion",
        [request(&[super::server::basic()], &[("grant_type", GRANT)], refused("invalid_request"))],
    )];
    for (name, text) in [
        ("two parts", "a.b".to_owned()),
        ("encrypted token", "a.b.c.d.e".to_owned()),
        ("JSON serialization", r#"{"payload":"e30","signatures":[]}"#.to_owned()),
        ("token within a token", nested),
        ("token of 17 KiB", long),
        ("padded base64", format!("{inner}=")),
    ] {
        vectors.push(Vector::new(2, "RFC 7523 §2.1", name, [redeem(&text, &[], refused("invalid_grant"))]));
    }
    vectors
}

/// Row 4: keys.
fn keys() -> Vec<Vector> {
    let evil = Key::es256([9; 32]);
    let embedded = id_jag("jwk").header("jwk", evil.public_jwk());
    let public = issuer_key().public_set("idp-1").into_bytes();
    let many = id_jag("many").claim("iss", MANY_KEYS).header("kid", "999").signed(&issuer_key());
    let mut vectors = Vec::new();
    for (name, assertion) in [
        ("alg none", id_jag("none").signed(&Key::Nothing)),
        ("HS256 with the public key", id_jag("hs256").signed(&Key::Hs256(public))),
        ("key of another", id_jag("another").signed(&evil)),
        ("key of another issuer", id_jag("mixed").header("kid", "tenants-1").signed(&tenants_key())),
        ("embedded jwk", embedded.signed(&evil)),
        ("jku", id_jag("jku").header("jku", "https://evil.example.com/jwks").signed(&evil)),
        ("x5u", id_jag("x5u").header("x5u", "https://evil.example.com/cert").signed(&evil)),
        ("algorithm that the issuer has not", id_jag("eddsa").signed(&Key::ed25519([9; 32]))),
    ] {
        vectors.push(Vector::new(4, "RFC 8725 §3", name, [redeem(&assertion, &[], refused("invalid_grant"))]));
    }
    let step = redeem(&many, &[], json!({ "status": 503 }));
    vectors.push(Vector::new(4, "RFC 8725 §3.10", "issuer with 1,000 keys", [step]));
    vectors
}

/// Row 10: single use.
fn replays() -> Vec<Vector> {
    let twice = id_jag("twice").signed(&issuer_key());
    let elsewhere = id_jag("twice").claim("iss", TENANTS).claim("tenant", "acme").claim("aud_tenant", "acme-here");
    let elsewhere = elsewhere.header("kid", "tenants-1").signed(&tenants_key());
    let later = id_jag("twice").claim("sub", "bob").signed(&issuer_key());
    let refused = || refused("invalid_grant");
    let steps: Vec<Step> = vec![
        redeem(&twice, &[], granted()),
        redeem(&twice, &[], refused()),
        redeem(&later, &[], refused()),
        redeem(&elsewhere, &[], granted()),
    ];
    vec![Vector::new(10, "RFC 7523 §3", "a jti counts once per issuer", steps)]
}

/// Rows 11 to 13: what is requested.
fn narrowing() -> Vec<Vector> {
    let (own, support) = (format!("{SERVER}/mcp"), format!("{SERVER}/mcp/support"));
    let both = |jti: &str| id_jag(jti).claim("resource", json!([own, support])).signed(&issuer_key());
    let plain = |jti: &str| id_jag(jti).signed(&issuer_key());
    let with = |name: &str, value: Value| {
        let mut granted = granted();
        granted[name] = value;
        granted
    };
    let vector = |row, name, step: Step| {
        let section = match row {
            11 => "RFC 8707 §2",
            12 => "RFC 6749 §3.3",
            _ => "RFC 9396 §5",
        };
        Vector::new(row, section, name, [step])
    };
    let unscoped = id_jag("unscoped").without("scope").signed(&issuer_key());
    vec![
        vector(
            11,
            "one of two resources",
            redeem(&both("r1"), &[("resource", &support)], with("resource", json!(support))),
        ),
        vector(11, "none of two resources", redeem(&both("r2"), &[], refused("invalid_target"))),
        vector(
            11,
            "two resources",
            redeem(&both("r3"), &[("resource", &own), ("resource", &support)], refused("invalid_target")),
        ),
        vector(
            11,
            "resource that was not asserted",
            redeem(&plain("r4"), &[("resource", &support)], refused("invalid_target")),
        ),
        vector(
            12,
            "narrower scope",
            redeem(&plain("s1"), &[("scope", "tools:list")], with("scope", json!("tools:list"))),
        ),
        vector(
            12,
            "wider scope",
            redeem(&plain("s2"), &[("scope", "tools:list prompts:get")], with("scope", json!("tools:list"))),
        ),
        vector(12, "other scope", redeem(&plain("s3"), &[("scope", "prompts:get")], refused("invalid_scope"))),
        vector(12, "malformed scope", redeem(&plain("s4"), &[("scope", "tools:list  x")], refused("invalid_scope"))),
        vector(12, "no scope where the issuer has no default", redeem(&unscoped, &[], refused("invalid_scope"))),
        vector(
            13,
            "authorization details in the request",
            redeem(&plain("d1"), &[("authorization_details", "[]")], refused("invalid_authorization_details")),
        ),
    ]
}

/// Row 14: tenants, and row 15 where no key is shown.
fn tenants() -> Vec<Vector> {
    let of = |jti: &str| id_jag(jti).claim("iss", TENANTS).header("kid", "tenants-1");
    let (tenant, here) = ("tenant", "aud_tenant");
    let cases = [
        ("both tenants as configured", of("t1").claim(tenant, "acme").claim(here, "acme-here"), granted()),
        ("no tenant", of("t2").claim(here, "acme-here"), refused("invalid_grant")),
        ("other tenant", of("t3").claim(tenant, "other").claim(here, "acme-here"), refused("invalid_grant")),
        ("no aud_tenant", of("t4").claim(tenant, "acme"), refused("invalid_grant")),
        ("other aud_tenant", of("t5").claim(tenant, "acme").claim(here, "other"), refused("invalid_grant")),
    ];
    let mut vectors: Vec<Vector> = cases
        .into_iter()
        .map(|(name, token, expected)| {
            Vector::new(14, DRAFT, name, [redeem(&token.signed(&tenants_key()), &[], expected)])
        })
        .collect();
    let demanding = id_jag("demanding").claim("iss", DEMANDING).signed(&issuer_key());
    let step = redeem(&demanding, &[], refused("invalid_grant"));
    vectors.push(Vector::new(15, DRAFT, "no key where one is demanded", [step]));
    vectors
}
