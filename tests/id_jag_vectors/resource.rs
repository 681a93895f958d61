//! Vectors of the protected resource: tokens that are bound to a key, and tokens that are none.

use harness::{
    dpop::{Holder, hash},
    jose::Token,
};
use serde_json::{Value, json};

use super::possession::{broken, holder, proof, thief};
use super::server::{CLIENT, ISSUER, SERVER, id_jag, issuer_key, server_key};
use super::{Step, TIME, Vector};

fn access_token(cnf: Option<&Holder>) -> Token {
    let claims = json!({
        "iss": SERVER, "sub": "alice", "aud": format!("{SERVER}/mcp"), "client_id": CLIENT.0, "iat": TIME,
        "exp": TIME + 600, "jti": "access", "scope": "tools:list tools:call", "groups": ["support"], "idp": ISSUER,
    });
    let token = Token::new("at+jwt", "access-1", claims);
    cnf.into_iter().fold(token, |token, holder| token.claim("cnf", json!({ "jkt": holder.thumbprint() })))
}

/// A call with this `Authorization` and this proof.
fn call(authorization: String, proof: Option<&str>, expected: Value) -> Step {
    let mut headers = vec![("authorization", authorization)];
    headers.extend(proof.map(|proof| ("dpop", proof.to_owned())));
    Step { headers, body: String::new(), expected }
}

/// The vectors.
pub fn vectors() -> Vec<Vector> {
    let (holder, thief) = (holder(), thief());
    let bound = access_token(Some(&holder)).signed(&server_key());
    let unbound = access_token(None).signed(&server_key());
    let good = |jti: &str| proof(&holder, jti, "POST", &format!("{SERVER}/mcp")).claim("ath", hash(&bound));
    let sign = |token: Token| holder.sign(token);
    let refused = |error: &str| json!({ "status": 401, "challenge": error });
    let served = || json!({ "accepted": true });
    let dpop = |token: &str| format!("DPoP {token}");
    let bearer = |token: &str| format!("Bearer {token}");
    let stolen = thief.sign(proof(&thief, "s1", "POST", &format!("{SERVER}/mcp")).claim("ath", hash(&bound)));
    let id_jag = id_jag("as-a-token").claim("aud", format!("{SERVER}/mcp")).signed(&issuer_key());
    let elsewhere = access_token(None).claim("aud", format!("{SERVER}/mcp/support")).signed(&server_key());
    let certificate = access_token(None).claim("cnf", json!({ "x5t#S256": "AAAA" })).signed(&server_key());
    let cases = [
        ("bound token and its proof", dpop(&bound), Some(sign(good("g1"))), served()),
        ("token without a key", bearer(&unbound), None, served()),
        ("bound token as bearer", bearer(&bound), None, refused("invalid_token")),
        ("bound token as bearer with its proof", bearer(&bound), Some(sign(good("g2"))), refused("invalid_token")),
        (
            "token without a key as DPoP",
            dpop(&unbound),
            Some(sign(good("g3").claim("ath", hash(&unbound)))),
            refused("invalid_token"),
        ),
        ("bound token without a proof", dpop(&bound), None, refused("invalid_dpop_proof")),
        ("stolen bound token", dpop(&bound), Some(stolen), refused("invalid_dpop_proof")),
        (
            "call proof of another token",
            dpop(&bound),
            Some(sign(good("g4").claim("ath", hash(&unbound)))),
            refused("invalid_dpop_proof"),
        ),
        ("call proof of no token", dpop(&bound), Some(sign(good("g5").without("ath"))), refused("invalid_dpop_proof")),
        (
            "call proof of another resource",
            dpop(&bound),
            Some(sign(good("g6").claim("htu", format!("{SERVER}/mcp/support")))),
            refused("invalid_dpop_proof"),
        ),
        (
            "call proof without a nonce",
            dpop(&bound),
            Some(sign(good("g7").without("nonce"))),
            refused("use_dpop_nonce"),
        ),
        ("ID-JAG as an access token", bearer(&id_jag), None, json!({ "status": 401 })),
        ("token of another resource", bearer(&elsewhere), None, json!({ "status": 401 })),
        ("token bound to a certificate", bearer(&certificate), None, json!({ "status": 401 })),
    ];
    let mut vectors: Vec<Vector> = cases
        .into_iter()
        .map(|(name, authorization, proof, expected)| {
            Vector::new(15, "RFC 9449 §7", name, [call(authorization, proof.as_deref(), expected)])
        })
        .collect();
    for (name, proof) in broken(&holder, &good) {
        let step = call(dpop(&bound), Some(&proof), refused("invalid_dpop_proof"));
        vectors.push(Vector::new(15, "RFC 9449 §4.3", &format!("call {name}"), [step]));
    }
    vectors
}
