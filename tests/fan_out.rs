//! One deadline for the requests to many origins: however many are silent, the answers of the others come in time.

use std::fmt::Write as _;

use harness::legacy::LegacyServer;
use harness::origin::Received;
use harness::target::{Target, skipped_if};
use harness::{Answer, Draft, Reply, Setup, Weir};
use serde_json::{Value, json};

/// A virtual server of `count` more origins of this era, named from `o01` on. `documents` plays all of them and tells
/// them apart by the path. Each has one tool, and half a minute for an answer.
pub fn many(count: usize, era: &str) -> Setup {
    let mut setup = Setup::new();
    let mut server = setup.folder["virtual-servers/support.toml"].clone();
    let names: Vec<String> = (1..=count).map(|number| format!("o{number:02}")).collect();
    for name in &names {
        let origin = format!(
            "url = \"{}/{name}\"\nowner = \"x\"\nera = \"{era}\"\ntimeout_ms = 30000\nrisk = \"low\"\n\
             credential = {{ type = \"none\" }}\n\n[tools.search]\narguments = {{ query = \"string\" }}\n",
            setup.documents.url()
        );
        setup = setup.file(&format!("origins/{name}.toml"), &origin);
        write!(server, "\n[[tools]]\norigin = \"{name}\"\ntool = \"search\"\n").expect("text can be written");
    }
    let reader = "tools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]";
    let quoted = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    setup.file("virtual-servers/support.toml", &server).replace(
        "gateway.toml",
        reader,
        &format!("origins = [{quoted}]"),
    )
}

/// From now on these of the many are silent, and the others answer as they do now.
fn silence(weir: &Weir, silent: &[usize]) {
    let others = weir.documents.scripted();
    let silent: Vec<String> = silent.iter().map(|number| format!("/mcp/o{number:02}")).collect();
    weir.documents.script(move |received: &Received| match silent.contains(&received.path) {
        true => Some(Reply::hang()),
        false => others.as_ref().and_then(|others| others(received)),
    });
}

/// The names `FORMAT` of 1 to `count`, without the silent ones.
fn left(count: usize, silent: &[usize], suffix: &str) -> Vec<String> {
    let heard = (1..=count).filter(|number| !silent.contains(number));
    heard.map(|number| format!("o{number:02}{suffix}")).collect()
}

fn named(silent: &[usize]) -> Value {
    silent.iter().map(|number| json!({ "origin": format!("o{number:02}"), "reason": "origin_too_slow" })).collect()
}

/// The answer, and the seconds that it took.
fn timed(weir: &Weir, draft: Draft) -> (Answer, u64) {
    let began = weir.running.now();
    let answer = weir.send(draft);
    (answer, weir.running.now() - began)
}

const SILENT: [usize; 3] = [1, 8, 15];

#[test]
fn lists_go_without_silent_origins_within_one_deadline() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    // The last row has more silent origins than are asked at once, all of them before the others.
    let silent_ones: [&[usize]; 3] = [&SILENT, &[20], &[1, 2, 3, 4, 5, 6, 7, 8, 9]];
    for silent in silent_ones {
        let weir = many(20, "modern").start();
        silence(&weir, silent);
        let (list, seconds) = timed(&weir, Draft::list().token(&weir.token("alice")));
        assert!(seconds <= 10, "{silent:?}: the list took {seconds} s");
        assert_eq!(list.tool_names(), left(20, silent, "_search"), "{silent:?}: the order is the registry's");
        let missing = silent.iter().map(|number| format!("o{number:02}")).collect::<Vec<_>>();
        assert_eq!(list.result()["_meta"]["dev.weir/unavailable"], json!(missing));
        assert_eq!(weir.event()["unavailable"], named(silent), "{silent:?}");
    }
}

#[test]
fn every_list_method_has_the_deadline() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let methods = ["resources/list", "resources/templates/list", "prompts/list"];
    let (mut setup, mut server) = (many(20, "modern"), String::new());
    for name in left(20, &[], "") {
        let origin = setup.folder[&format!("origins/{name}.toml")].clone();
        let origin = origin.replace("risk =", &format!("resources = [\"{name}://*\"]\nrisk ="));
        setup = setup.file(&format!("origins/{name}.toml"), &format!("{origin}\n[prompts.ask]\n"));
        write!(server, "\n[[resources]]\norigin = \"{name}\"\nuri = \"{name}://*\"\n").expect("text can be written");
        write!(server, "\n[[prompts]]\norigin = \"{name}\"\nprompt = \"ask\"\n").expect("text can be written");
    }
    let weir = setup.append("virtual-servers/support.toml", &server).start();
    weir.documents.script(|received| {
        let name = received.path.trim_start_matches("/mcp/").to_owned();
        let (uri, template) = (format!("{name}://1"), format!("{name}://{{n}}"));
        let (member, item) = match received.message()["method"].as_str() {
            Some("resources/list") => ("resources", json!({ "uri": uri, "name": uri })),
            Some("resources/templates/list") => ("resourceTemplates", json!({ "uriTemplate": template, "name": uri })),
            Some("prompts/list") => ("prompts", json!({ "name": "ask" })),
            _ => return None,
        };
        Some(Reply::result(received, json!({ "resultType": "complete", member: [item] })))
    });
    silence(&weir, &SILENT);
    for (number, method) in methods.into_iter().enumerate() {
        let (list, seconds) = timed(&weir, Draft::modern(method, json!({})).token(&weir.token("alice")));
        assert!(seconds <= 10, "`{method}` took {seconds} s");
        let result = list.result();
        let items = ["resources", "resourceTemplates", "prompts"].map(|member| result[member].as_array().map(Vec::len));
        assert_eq!(items.into_iter().flatten().collect::<Vec<_>>(), [17], "`{method}`: {result}");
        let event = weir.events(number + 1).pop().expect("an event");
        assert_eq!(event["unavailable"], named(&SILENT), "`{method}`");
    }
}

#[test]
fn openings_go_without_silent_origins_within_one_deadline() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "old-client", "version": "1" } });
    let initialize = Draft::legacy(None, "initialize", opening);
    let cases = [
        ("modern", Draft::modern("server/discover", json!({})), 3),
        ("auto", Draft::modern("server/discover", json!({})), 3),
        ("legacy", Draft::modern("server/discover", json!({})), 3),
        ("modern", initialize.clone(), 5),
        ("auto", initialize.clone(), 5),
        ("legacy", initialize, 5),
    ];
    for (era, draft, limit) in cases {
        let mut setup = many(20, era);
        let key = json!({ "kty": "oct", "kid": "7", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
        setup.secrets.insert("SEALING_KEYS".to_owned(), json!({ "keys": [key] }).to_string());
        let weir = setup.start();
        if era == "legacy" {
            LegacyServer::play(&weir.documents, true);
        }
        silence(&weir, &SILENT);
        let (opened, seconds) = timed(&weir, draft.token(&weir.token("alice")));
        assert!(seconds <= limit, "{era}: it took {seconds} s");
        assert!(opened.result()["capabilities"]["tools"].is_object(), "{era}: {}", opened.text());
        assert_eq!(weir.event()["unavailable"], named(&SILENT), "{era}");
    }
}

#[test]
fn notices_to_silent_origins_have_one_deadline() {
    if skipped_if(Target::chosen() != Target::Memory, "elsewhere it would take minutes") {
        return;
    }
    let mut setup = many(20, "legacy");
    let key = json!({ "kty": "oct", "kid": "7", "k": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc" });
    setup.secrets.insert("SEALING_KEYS".to_owned(), json!({ "keys": [key] }).to_string());
    let weir = setup.start();
    LegacyServer::play(&weir.documents, true);
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "old-client", "version": "1" } });
    let alice = weir.token("alice");
    let opened = weir.send(Draft::legacy(None, "initialize", opening).token(&alice));
    let session = opened.header("mcp-session-id").expect("a session").to_owned();
    silence(&weir, &SILENT);
    let draft = Draft::legacy(Some("2025-11-25"), "logging/setLevel", json!({ "level": "info" }));
    let (answer, seconds) = timed(&weir, draft.header("mcp-session-id", &session).token(&alice));
    assert_eq!(answer.result(), json!({}));
    assert!(seconds <= 5, "it took {seconds} s");
    assert_eq!(weir.documents.asked("logging/setLevel").len(), 20, "each origin of the session should be asked");
}
