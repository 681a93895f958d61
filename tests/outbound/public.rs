//! Callers without a token: Weir's own rights serve them, and nobody's rights are used for them.

use harness::{Draft, Setup, authorization_server::AuthorizationServer};
use registry::record::RecordKey;
use serde_json::{Value, json};

use super::SECRET;

const OPEN: &str = "title = \"Open\"\ndescription = \"For everybody\"\naccess = \"public\"\ncalls_per_minute = 30\n\
                    team = \"support\"\nproject = \"helpdesk\"\n\n[[tools]]\norigin = \"tickets\"\ntool = \"find\"\n";

/// With the origin `tickets` in a public virtual server.
fn open() -> (Setup, AuthorizationServer) {
    let mut setup = Setup::new();
    let server = AuthorizationServer::of(&setup.tickets);
    let issuer = AuthorizationServer::issuer(&setup.tickets);
    setup.secrets.insert("ORIGIN_TICKETS_SECRET".to_owned(), SECRET.to_owned());
    let credential = format!(
        "credential = {{ type = \"client_credentials\", issuer = \"{issuer}\", token_endpoint = \"{issuer}/token\", \
         client_id = \"weir\", scopes = [\"tickets.read\"] }}"
    );
    let header = "credential = { type = \"header\", name = \"Authorization\", prefix = \"Bearer \" }";
    let setup = setup.replace("origins/tickets.toml", header, &credential);
    let setup = setup.replace("origins/tickets.toml", "[tools.find]\n", "[tools.find]\nread_only = true\n");
    (setup.file("virtual-servers/open.toml", OPEN), server)
}

fn call() -> Draft {
    Draft::call("tickets_find", json!({ "query": "x" })).to("/mcp/open")
}

#[test]
fn rights_of_the_gateway_serve_everybody() {
    let (setup, server) = open();
    let weir = setup.start();
    assert_eq!(weir.send(call()).result()["content"][0]["text"], "find was called");
    assert_eq!(server.forms()[0]["grant_type"], "client_credentials");
}

#[test]
fn rights_of_a_user_serve_nobody() {
    let (setup, server) = open();
    let publisher = setup.publisher.clone();
    let checked = registry::folder::check(&setup.folder);
    let mut open = serde_json::to_value(&checked.snapshot().expect("the folder compiles").virtual_servers["open"])
        .expect("a record is JSON");
    // `weir registry check` refuses this: a record of another publisher.
    open["origins"]["tickets"]["credential"]["type"] = json!("token_exchange");
    let weir = setup.start_with(|epoch, records| {
        let key = RecordKey::VirtualServer { epoch, name: "open" };
        records.insert(key.to_string(), publisher.seal(&key, None, open.to_string().as_bytes()));
    });
    let answer = weir.send(call());
    assert_eq!(answer.error_code(), Some(-31503), "{}", answer.text());
    let event: Value = weir.event();
    assert_eq!(event["outcome"]["reason"], "credential_needs_user", "{event:#}");
    assert!(server.requests().is_empty() && weir.tickets.received().is_empty(), "nobody should be asked");
}
