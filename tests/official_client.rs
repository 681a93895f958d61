//! End to end: the official TypeScript clients of both eras sign in with an ID-JAG and call a tool, through the real
//! artefact.

use std::process::Command;

use harness::{
    Draft, Setup, Weir,
    network::Place,
    target::{Target, skipped_if},
    weir::{CLIENT, URL},
    workers,
};
use http::Method;
use serde_json::Value;

#[test]
fn client_finds_its_way_from_challenge_to_call() {
    let weir = Weir::usual();
    let path = |url: &str| url.strip_prefix(URL).unwrap_or_else(|| panic!("`{url}` should be on this host")).to_owned();
    let get = |url: &str| weir.send(Draft::bare(Method::GET, &path(url))).json();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value} should be text")).to_owned();

    let challenged = weir.send(Draft::list());
    let challenge = challenged.header("www-authenticate").expect("401 should carry a challenge").to_owned();
    let metadata_url = challenge.split("resource_metadata=\"").nth(1).and_then(|rest| rest.split('"').next());
    let resource = get(metadata_url.expect("the challenge should lead to the metadata"));
    let server = text(&resource["authorization_servers"][0]);
    let server = get(&format!("{server}/.well-known/oauth-authorization-server"));

    let id_jag =
        weir.id_jag("alice").claim("aud", text(&server["issuer"])).claim("resource", text(&resource["resource"]));
    let redeeming = weir.redeeming(&weir.issuer.sign(id_jag)).to(&path(&text(&server["token_endpoint"])));
    let token = text(&weir.send(redeeming).json()["access_token"]);
    let called = weir.send(Draft::call("documents_search", serde_json::json!({ "query": "x" })).token(&token));
    assert_eq!(called.result()["content"][0]["text"], "search was called", "each document should lead to the next");
}

#[test]
fn official_client_signs_in_and_calls_tool() {
    // Redemption, discovery, list and three calls; requests before the token are counted, not written.
    signs_in_and_calls_a_tool("official_client.mjs", 6);
}

#[test]
fn official_legacy_client_signs_in_and_calls_tool() {
    // The same, with `initialize` and `notifications/initialized`.
    signs_in_and_calls_a_tool("official_legacy_client.mjs", 7);
}

fn signs_in_and_calls_a_tool(script: &str, events: usize) {
    // The other stages assert that the client's requests are understood.
    if skipped_if(Target::chosen() == Target::Memory, "nothing listens in memory") {
        return;
    }
    // The official client requires that a resource's URL is the address that it connected to, so the registry has that
    // address.
    let port = Place::free().port();
    let url = format!("http://127.0.0.1:{port}");
    let weir = Setup::new().served_at(port).start();
    let id_jag =
        weir.issuer.sign(weir.id_jag("alice").claim("aud", url.clone()).claim("resource", format!("{url}/mcp")));
    let output = Command::new(workers::node())
        .arg(harness::in_tests("harness").join(script))
        .args([&format!("{url}/mcp"), &id_jag, CLIENT.0, CLIENT.1])
        .output()
        .expect("node should start");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the official client should get through: {errors}");
    let seen: Value = serde_json::from_slice(&output.stdout).expect("the script should print what it saw");
    assert_eq!(seen["tools"], serde_json::json!(["documents_search", "tickets_find", "people_lookup"]));
    assert_eq!(seen["called"]["content"][0]["text"], "search was called", "a permitted call should work: {seen}");
    let refused = &seen["refused"];
    assert_eq!(refused["isError"], true, "a refused call should be a result for the model: {seen}");
    assert_eq!(refused["_meta"]["dev.weir/refusal"]["code"], -31403, "a refused call should be read as such: {seen}");
    assert_eq!(seen["hidden"]["code"], -32602, "a hidden tool should be unknown: {seen}");
    let events = weir.events(events);
    assert!(
        events.iter().all(|event| event["user"]["subject"] == "alice"),
        "each event should name alice: {events:#?}"
    );
}
