//! `private_key_jwt`: a client that signs, with two live keys, instead of a secret.

use harness::{
    Answer, Draft, Setup, Weir,
    client::encode,
    jose::{Key, Token, unique},
    weir::URL,
};
use serde_json::{Value, json};

use super::{GRANT, should_refuse};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SIGNER: &str = "build-agent";

fn keys() -> [(&'static str, Key); 2] {
    [("new", Key::ed25519([5; 32])), ("old", Key::es256([6; 32]))]
}

/// Weir with a client that has both keys.
fn weir() -> Weir {
    let jwk = |(kid, key): &(&str, Key)| {
        let mut jwk = key.public_jwk();
        jwk["kid"] = json!(kid);
        jwk
    };
    let set = json!({ "keys": keys().iter().map(jwk).collect::<Vec<Value>>() });
    let clients = format!(
        "[[clients]]\nid = \"{SIGNER}\"\ntitle = \"Build agent\"\njwks = '{set}'\n\n[[roles]]\nname = \"reader\""
    );
    Setup::new().replace("gateway.toml", "[[roles]]\nname = \"reader\"", &clients).start()
}

fn client_assertion(weir: &Weir) -> Token {
    let now = weir.running.now();
    let claims =
        json!({ "iss": SIGNER, "sub": SIGNER, "aud": URL, "jti": unique("client"), "iat": now, "exp": now + 120 });
    let mut token = Token::new("JWT", "new", claims);
    token.header.remove("typ");
    token
}

fn redeeming(weir: &Weir, client_assertion: &str) -> Draft {
    let assertion = weir.issuer.sign(weir.id_jag("alice").claim("client_id", SIGNER));
    Draft::form(&[
        ("grant_type", GRANT),
        ("assertion", &assertion),
        ("client_assertion_type", TYPE),
        ("client_assertion", client_assertion),
    ])
}

fn redeem(weir: &Weir, client_assertion: &str) -> Answer {
    weir.send(redeeming(weir, client_assertion))
}

#[test]
fn signature_of_each_live_key_authenticates_once() {
    let weir = weir();
    for (kid, key) in keys() {
        let signed = client_assertion(&weir).header("kid", kid).signed(&key);
        let answer = redeem(&weir, &signed);
        assert_eq!(answer.status, 200, "`{kid}`: {}", answer.text());
        let token = Token::read(answer.json()["access_token"].as_str().expect("a token"));
        assert_eq!(token.text("client_id"), Some(SIGNER));
        should_refuse(&redeem(&weir, &signed), 401, "invalid_client", "a second use");
    }
    let beside = redeeming(&weir, &client_assertion(&weir).signed(&keys()[0].1));
    let named = |name: &str| {
        let body = String::from_utf8_lossy(&beside.body).into_owned();
        weir.send(beside.clone().body(format!("{body}&client_id={}", encode(name))))
    };
    should_refuse(&named("claude-code"), 400, "invalid_request", "another client beside it");
    assert_eq!(named(SIGNER).status, 200, "its own name beside it");
}

#[test]
fn of_many_at_once_one_client_assertion_counts() {
    let weir = weir();
    let signed = client_assertion(&weir).signed(&keys()[0].1);
    let exchanges: Vec<_> = (0..8).map(|_| weir.begin(redeeming(&weir, &signed))).collect();
    let answers: Vec<Answer> = exchanges.into_iter().map(Answer::read).collect();
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1, "exactly one of eight should win");
}

#[test]
fn every_broken_client_assertion_is_invalid_client() {
    let weir = weir();
    let [(_, new), (_, old)] = keys();
    let now = weir.running.now();
    let good = || client_assertion(&weir);
    let evil = Key::ed25519([9; 32]);
    let mut embedded = evil.public_jwk();
    embedded["kid"] = json!("new");
    let cases = [
        ("of another client in `iss`", good().claim("iss", "claude-code").signed(&new)),
        ("of an unknown client", good().claim("iss", "nobody").claim("sub", "nobody").signed(&new)),
        ("of a client with a secret", good().claim("iss", "claude-code").claim("sub", "claude-code").signed(&new)),
        ("for the token endpoint", good().claim("aud", format!("{URL}/oauth/token")).signed(&new)),
        ("for an array of one", good().claim("aud", json!([URL])).signed(&new)),
        ("for another server", good().claim("aud", "https://evil.example.com").signed(&new)),
        ("without jti", good().without("jti").signed(&new)),
        ("without exp", good().without("exp").signed(&new)),
        ("that lasts an hour", good().claim("exp", now + 3_600).signed(&new)),
        ("that has expired", good().claim("iat", now - 600).claim("exp", now - 300).signed(&new)),
        ("of the future", good().claim("iat", now + 300).claim("exp", now + 400).signed(&new)),
        ("not valid yet", good().claim("nbf", now + 300).signed(&new)),
        ("of somebody else's key", good().signed(&evil)),
        ("with a key of its own", good().header("jwk", embedded).signed(&evil)),
        ("with an address of a key", good().header("jku", "https://evil.example.com/jwks").signed(&evil)),
        ("with a key id that is a path", good().header("kid", "../../dev/null").signed(&evil)),
        ("of the other key under this name", good().signed(&old)),
        ("with alg none", good().signed(&Key::Nothing)),
        ("signed with HS256 and the public key", good().signed(&Key::Hs256(new.public_set("new").into_bytes()))),
        ("with a critical header", good().header("crit", json!(["exp"])).signed(&new)),
        ("of the type of an ID-JAG", good().header("typ", "oauth-id-jag+jwt").signed(&new)),
        ("of the type of a DPoP proof", good().header("typ", "dpop+jwt").signed(&new)),
        ("that is no token", "a.b.c".to_owned()),
        ("that is an encrypted token", "a.b.c.d.e".to_owned()),
    ];
    let mut unknown = Vec::new();
    for (name, signed) in cases {
        let answer = redeem(&weir, &signed);
        should_refuse(&answer, 401, "invalid_client", &format!("a client assertion {name}"));
        if name.starts_with("of an unknown") || name.starts_with("of a client with") || name.starts_with("of somebody")
        {
            unknown.push(answer.text().to_owned());
        }
    }
    unknown.dedup();
    assert_eq!(unknown.len(), 1, "an unknown client should look like a wrong key: {unknown:?}");
    assert_eq!(weir.issuer.fetches(), 0, "an unauthenticated client should cost no request to the issuer");
    let other_type = redeeming(&weir, &good().signed(&new));
    let body = String::from_utf8_lossy(&other_type.body)
        .replace("jwt-bearer&client_assertion=", "saml2-bearer&client_assertion=");
    should_refuse(&weir.send(other_type.body(body)), 401, "invalid_client", "another type of assertion");
    let twice = redeeming(&weir, &good().signed(&new)).basic(SIGNER, "secret");
    should_refuse(&weir.send(twice), 400, "invalid_request", "two methods");
    let secret = Draft::form(&[("grant_type", GRANT), ("assertion", "a.b.c")]).basic(SIGNER, "secret");
    assert_eq!(weir.send(secret).status, 401, "a client that signs has no secret");
    assert_eq!(redeem(&weir, &good().signed(&new)).status, 200, "the unbroken one should count");
}
