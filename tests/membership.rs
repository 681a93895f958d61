//! Groups, team and project from claims, by the rules of an issuer: alike for an ID-JAG, for an access token of the
//! identity provider, and after a browser sign-in.

use harness::{
    Draft, Setup, Weir,
    jose::Token,
    weir::{CLIENT, URL},
};
use serde_json::{Value, json};

use crate::sign_in::browser::{App, Browser, sign_in};

/// A Weir whose issuer has these rules, with every way to get a token.
fn weir(rules: &str) -> Weir {
    let lines = format!("modes = [\"id_jag\", \"access_token\"]\n{rules}");
    Setup::new().replace("gateway.toml", "groups_claim = \"groups\"", &lines).with_sign_in("").start()
}

/// The token with these claims in place of its groups.
fn changed(token: Token, claims: &Value) -> Token {
    let claims = claims.as_object().expect("an object").iter();
    claims.fold(token.without("groups"), |token, (name, value)| token.claim(name, value.clone()))
}

fn id_jag(weir: &Weir, claims: &Value) -> String {
    weir.issuer.sign(changed(weir.id_jag("alice"), claims))
}

fn access_token(weir: &Weir, claims: &Value) -> String {
    let resource = format!("{URL}/mcp");
    let token = weir.issuer.access_token("alice", &[], CLIENT.0, &resource, weir.running.now());
    weir.issuer.sign(changed(token, claims))
}

/// Lets the ID tokens of the next sign-in have these claims.
fn set_claims(weir: &Weir, claims: &Value) {
    weir.issuer.set_claim("groups", Value::Null);
    for (name, value) in claims.as_object().expect("an object") {
        weir.issuer.set_claim(name, value.clone());
    }
}

/// Groups, team and project of a token of Weir's.
fn read(compact: &Value) -> Value {
    let claims = Token::read(compact.as_str().expect("a token")).claims;
    let member = |name: &str| claims.get(name).cloned().unwrap_or(Value::Null);
    json!([claims.get("groups").cloned().unwrap_or_else(|| json!([])), member("team"), member("project")])
}

#[test]
fn rules_of_issuer_map_claims_on_every_way_in() {
    let mapped = "groups_claim = \"realm_access.roles\"\ngroup_names = { \"9a7c-guid\" = \"support\", \"/eu/eng\" = \"engineering\" }\n\
         default_groups = [\"engineering\"]\nteam_claim = \"org.team\"\nproject_claim = \"cost_center\"";
    let texts = "groups_claim = \"roles\"\ngroups_separator = \",\"";
    let usual = "groups_claim = \"https://acme.example.com/groups\"";
    for (rules, cases) in [
        (
            mapped,
            vec![
                (
                    json!({ "realm_access": { "roles": ["9a7c-guid", "support"] } }),
                    json!([["support"], "support", "helpdesk"]),
                ),
                (
                    json!({ "realm_access": { "roles": ["/eu/eng"] }, "org": { "team": "field" }, "cost_center": "4711" }),
                    json!([["engineering"], "field", "4711"]),
                ),
                (
                    json!({ "realm_access": { "roles": ["support"] }, "org": {} }),
                    json!([["engineering"], "platform", "4711"]),
                ),
            ],
        ),
        (
            texts,
            vec![(json!({ "roles": "everyone, support" }), json!([["everyone", "support"], "support", "helpdesk"]))],
        ),
        (
            usual,
            vec![
                (
                    json!({ "https://acme.example.com/groups": ["support"], "team": "x" }),
                    json!([["support"], "support", "helpdesk"]),
                ),
                (json!({ "https://acme.example.com/groups": [] }), json!([[], null, null])),
            ],
        ),
    ] {
        let weir = weir(rules);
        let mut known = json!({});
        for (claims, expected) in cases {
            // The provider of a browser sign-in keeps a claim that was set; the others follow.
            for (name, value) in claims.as_object().expect("an object") {
                known[name] = value.clone();
            }
            set_claims(&weir, &claims);
            let redeemed = weir.send(weir.redeeming(&id_jag(&weir, &known)));
            assert_eq!(read(&redeemed.json()["access_token"]), expected, "an ID-JAG: {claims}");
            let browser = sign_in(&weir, &App::desk(), "alice");
            assert_eq!(read(&browser["access_token"]), expected, "a browser: {claims}");
            let before = weir.running.events().len();
            weir.send(Draft::list().token(&access_token(&weir, &known)));
            weir.wait_until("there should be an event", || weir.running.events().len() > before);
            let event = weir.running.events().pop().expect("an event");
            let groups = event.get("groups").cloned().unwrap_or_else(|| json!([]));
            let found = json!([groups, event["team"], event["project"]]);
            assert_eq!(found, expected, "an access token: {claims}");
        }
    }
}

#[test]
fn user_without_group_gets_default_or_nothing() {
    for (rules, status) in [("", 403), ("default_groups = [\"support\"]", 200)] {
        let weir = weir(rules);
        let answer = weir.send(Draft::list().token(&access_token(&weir, &json!({}))));
        assert_eq!(answer.status, status, "`{rules}`: {}", answer.text());
    }
}

#[test]
fn groups_that_stand_elsewhere_refuse_every_way_in() {
    let weir = weir("default_groups = [\"support\"]");
    let overage = json!({
        "_claim_names": { "groups": "src1" },
        "_claim_sources": { "src1": { "endpoint": "https://graph.example.com/users/1/getMemberObjects" } },
    });
    for claims in [overage, json!({ "hasgroups": true })] {
        let redeemed = weir.send(weir.redeeming(&id_jag(&weir, &claims)));
        assert_eq!(redeemed.json()["error"], "invalid_grant", "{}", redeemed.text());
        assert!(redeemed.text().contains("too many groups"), "{}", redeemed.text());
        let shown = weir.send(Draft::list().token(&access_token(&weir, &claims)));
        assert_eq!(
            (shown.status.as_u16(), &shown.json()["error"]["data"]["reason"]),
            (401, &json!("token_groups_elsewhere"))
        );
        assert!(shown.text().contains("too many groups"), "{}", shown.text());
        set_claims(&weir, &claims);
        let (app, mut browser) = (App::desk(), Browser::default());
        let location = browser.location(&weir, &app.authorize());
        let page = browser.get(&weir, &weir.issuer.sign_in(&location, "alice"));
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains("id_token_groups_elsewhere") && page.text().contains("too many groups"));
    }
    let is_told = |event: &Value| event["outcome"]["reason"] == "assertion_groups_elsewhere";
    weir.wait_until("an event should tell the reason", || weir.running.events().iter().any(is_told));
}
