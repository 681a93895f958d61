//! Vectors of proof of possession at the token endpoint: row 15.

use harness::{
    dpop::Holder,
    jose::{Key, Token},
};
use serde_json::{Value, json};

use super::server::{GRANT, SERVER, basic, granted, id_jag, issuer_key, nonce, refused, request};
use super::{Step, TIME, Vector};

const DRAFT: &str = "draft-ietf-oauth-identity-assertion-authz-grant-04";

/// The client's key: P-256, the seed is 32 times 21.
pub fn holder() -> Holder {
    Holder::new(21)
}

/// Another key: P-256, 32 times 22.
pub fn thief() -> Holder {
    Holder::new(22)
}

/// An unsigned proof with this `jti`, method, URL and the server's nonce.
pub fn proof(holder: &Holder, jti: &str, method: &str, url: &str) -> Token {
    let claims = json!({ "jti": jti, "htm": method, "htu": url, "iat": TIME, "nonce": nonce() });
    let mut token = Token::new("dpop+jwt", "", claims).header("jwk", holder.key.public_jwk());
    token.header.remove("kid");
    token
}

fn token_proof(holder: &Holder, jti: &str) -> Token {
    proof(holder, jti, "POST", &format!("{SERVER}/oauth/token"))
}

fn redeem(grant: &str, assertion: &str, proof: Option<&str>, expected: Value) -> Step {
    let mut headers = vec![basic()];
    headers.extend(proof.map(|proof| ("dpop", proof.to_owned())));
    request(&headers, &[("grant_type", grant), ("assertion", assertion)], expected)
}

fn bound() -> Value {
    let mut granted = granted();
    granted["token_type"] = json!("DPoP");
    granted
}

/// The vectors.
pub fn vectors() -> Vec<Vector> {
    let (holder, thief) = (holder(), thief());
    let with_key = |jti: &str, cnf: Value| id_jag(jti).claim("cnf", cnf).signed(&issuer_key());
    let jkt = || json!({ "jkt": holder.thumbprint() });
    let plain = |jti: &str| id_jag(jti).signed(&issuer_key());
    let sign = |jti: &str| holder.sign(token_proof(&holder, jti));
    let grant = || refused("invalid_grant");
    let row = |name: &str, steps: Vec<Step>| Vector::new(15, DRAFT, name, steps);
    let dpop = "urn:ietf:params:oauth:grant-type:jwt-dpop";
    let stolen = thief.sign(token_proof(&thief, "p2"));
    let mut vectors = vec![
        row("cnf and its proof", vec![redeem(GRANT, &with_key("c1", jkt()), Some(&sign("p1")), bound())]),
        row(
            "cnf and the grant type of the draft's example",
            vec![redeem(dpop, &with_key("c1b", jkt()), Some(&sign("p1b")), bound())],
        ),
        row("cnf and the proof of another key", vec![redeem(GRANT, &with_key("c2", jkt()), Some(&stolen), grant())]),
        row("cnf and no proof", vec![redeem(GRANT, &with_key("c3", jkt()), None, grant())]),
        row("no cnf and a proof", vec![redeem(GRANT, &plain("c4"), Some(&sign("p4")), bound())]),
        row("no cnf and no proof", vec![redeem(GRANT, &plain("c5"), None, granted())]),
        row(
            "cnf of a certificate",
            vec![redeem(GRANT, &with_key("c6", json!({ "x5t#S256": "AAAA" })), Some(&sign("p6")), grant())],
        ),
        row(
            "proof that is used again",
            vec![
                redeem(GRANT, &plain("c7"), Some(&sign("p7")), bound()),
                redeem(GRANT, &plain("c8"), Some(&sign("p7")), refused("invalid_dpop_proof")),
            ],
        ),
    ];
    let without = holder.sign(token_proof(&holder, "n1").without("nonce"));
    let invented = holder.sign(token_proof(&holder, "n2").claim("nonce", "invented"));
    for (name, proof) in [("proof without a nonce", without), ("proof with an invented nonce", invented)] {
        let step = redeem(GRANT, &plain(name), Some(&proof), refused("use_dpop_nonce"));
        vectors.push(Vector::new(15, "RFC 9449 §8", name, [step]));
    }
    for (name, proof) in broken(&holder, &|jti| token_proof(&holder, jti)) {
        let step = redeem(GRANT, &plain(&name), Some(&proof), refused("invalid_dpop_proof"));
        vectors.push(Vector::new(15, "RFC 9449 §4.3", &name, [step]));
    }
    let ahead = holder.sign(token_proof(&holder, "ahead").claim("iat", TIME + 240));
    let step = redeem(GRANT, &plain("ahead"), Some(&ahead), bound());
    vectors.push(Vector::new(15, "RFC 9449 §11.1", "proof of a clock four minutes fast", [step]));
    vectors
}

/// The broken forms of a good proof, by name.
pub fn broken(holder: &Holder, good: &dyn Fn(&str) -> Token) -> Vec<(String, String)> {
    let other = Key::es256([9; 32]);
    let mut private = holder.key.public_jwk();
    private["d"] = json!("AAAA");
    let sign = |token: Token| token.signed(&holder.key);
    let public = holder.key.public_set("x").into_bytes();
    let named = [
        ("of another method", sign(good("b1").claim("htm", "GET"))),
        ("of another URL", sign(good("b2").claim("htu", "https://evil.example.com/oauth/token"))),
        ("of a clock six minutes slow", sign(good("b3").claim("iat", TIME - 360))),
        ("of a clock six minutes fast", sign(good("b4").claim("iat", TIME + 360))),
        ("without jti", sign(good("b5").without("jti"))),
        ("without htm", sign(good("b6").without("htm"))),
        ("without htu", sign(good("b7").without("htu"))),
        ("without iat", sign(good("b8").without("iat"))),
        ("without a key", sign(good("b9").without_header("jwk"))),
        ("with a private key", sign(good("b10").header("jwk", private))),
        ("with the key of another", sign(good("b11").header("jwk", other.public_jwk()))),
        ("with alg none", good("b12").signed(&Key::Nothing)),
        ("with HS256 and the public key", good("b13").signed(&Key::Hs256(public))),
        ("of the type of a JWT", sign(good("b14").header("typ", "JWT"))),
        ("with a critical header", sign(good("b15").header("crit", json!(["exp"])))),
        ("that is no token", "x".to_owned()),
    ];
    named.into_iter().map(|(name, proof)| (format!("proof {name}"), proof)).collect()
}
