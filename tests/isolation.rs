//! Isolation: the response to each kind of caller at every endpoint, with every method and message, and the rules for
//! each cell.
//!
//! `isolation/table.txt` holds the responses, for people to review; the rules below hold for any table.

mod callers;
mod golden;
mod rows;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use gateway::endpoints::Endpoint;
use harness::{Answer, Draft, Setup, Weir, target::Target, weir::CLIENT};
use http::Method;
use serde_json::Value;

use callers::{Caller, ELSEWHERE};
use rows::{HIDDEN_AND_UNKNOWN, HIDDEN_MESSAGES, OWN, PUBLIC, Row, TOOL, UNKNOWN};
use table::{Cell, TABLE, is_anonymous, leaves_event};

#[test]
fn table_matches_responses() {
    golden::compare("table.txt", &golden::table(&TABLE.lines));
}

#[test]
fn request_without_row_has_a_reason() {
    golden::compare("uncovered.txt", &golden::uncovered(&TABLE.lines));
}

#[test]
fn unauthenticated_caller_gets_same_401_from_every_mcp_endpoint() {
    for caller in Caller::ALL.into_iter().filter(|caller| !caller.is_known()) {
        let of_caller = messages().filter(|(_, cell)| cell.caller == caller);
        let cells: Vec<_> = of_caller.filter(|(row, cell)| !is_anonymous(row, cell)).collect();
        for (row, cell) in &cells {
            let title = title(row, cell);
            cell.answer.should_be(401, -31403, &title);
            let challenge = cell.answer.header("www-authenticate").unwrap_or_default();
            assert!(challenge.starts_with("Bearer "), "{title}: should be challenged, not `{challenge}`");
        }
        let named = cells.iter().filter(|(row, _)| row.server().is_some());
        let answers: BTreeSet<_> = named.map(|(_, cell)| seen(&cell.answer)).collect();
        assert_eq!(answers.len(), 1, "{caller:?}: no message and no name should make a difference: {answers:#?}");
    }
}

#[test]
fn wrong_team_gets_same_refusal_for_hidden_and_unknown_virtual_server() {
    for (row, cell) in messages().filter(|(row, _)| [Some(OWN), Some(PUBLIC)].contains(&row.server())) {
        let (Caller::WrongTeam | Caller::NoTeam) = cell.caller else { continue };
        let message = row.message.as_deref().unwrap_or_default();
        let unknown = TABLE.cell(&row.path.replace(row.server().unwrap_or_default(), UNKNOWN), message, cell.caller);
        let title = title(row, cell);
        assert_eq!(seen(&cell.answer), seen(&unknown.answer), "{title}: should look like a name that nothing has");
        let refused =
            cell.answer.status.is_client_error() || is_notification(row) || cell.answer.error_code().is_some();
        assert!(refused, "{title}: should be refused, not {}", cell.answer.status);
    }
}

#[test]
fn quarantined_caller_is_refused_everywhere() {
    for (row, cell) in TABLE.cells().filter(|(row, cell)| row.asks_who() && cell.caller == Caller::Quarantined) {
        let title = title(row, cell);
        match row.redeems() {
            true => assert_eq!(cell.answer.json()["error"], "invalid_grant", "{title}: should get no token"),
            false => cell.answer.should_be(403, -31403, &title),
        }
        assert!(cell.reached.is_empty(), "{title}: should reach no origin, but reached {:?}", cell.reached);
    }
}

#[test]
fn only_the_right_team_reaches_its_origins() {
    for (row, cell) in TABLE.cells().filter(|(_, cell)| !cell.reached.is_empty()) {
        let title = title(row, cell);
        let own: &[&str] = match (cell.caller, row.path.as_str()) {
            (Caller::RightTeam, "/mcp" | "/mcp/support") => &["tickets", "people"],
            // At `/mcp` every caller gets their own virtual server, even a person of another team.
            (Caller::WrongTeam, "/mcp") => &["documents"],
            (Caller::Nobody, _) if row.is_public() => &["documents"],
            _ => &[],
        };
        let foreign: Vec<_> = cell.reached.iter().filter(|origin| !own.contains(origin)).collect();
        assert!(foreign.is_empty(), "{title}: should not have reached {foreign:?}");
    }
    for path in ["/mcp", "/mcp/support"] {
        let right = |message| &TABLE.cell(path, message, Caller::RightTeam).reached;
        assert_eq!(right("tools/call"), &["tickets"], "the right team's call of `{TOOL}` at `{path}` should arrive");
        assert_eq!(
            right("tools/list"),
            &["tickets", "people"],
            "the right team's list at `{path}` should be asked for"
        );
    }
}

#[test]
fn only_caller_with_virtual_server_gets_results() {
    for (row, cell) in messages() {
        if is_notification(row) {
            let told = cell.answer.status.is_success() && !cell.answer.body.is_empty();
            assert!(!told, "{}: a notification should get no response: {}", title(row, cell), cell.answer.text());
            continue;
        }
        let at_home = match (cell.caller, row.path.as_str()) {
            (Caller::RightTeam, path) => row.server() != Some(UNKNOWN) && path.starts_with("/mcp"),
            (Caller::WrongTeam, path) => path == "/mcp",
            (Caller::Nobody, _) => row.is_public(),
            _ => false,
        };
        let has_result = cell.answer.status.is_success() && cell.answer.error_code().is_none();
        assert!(at_home || !has_result, "{}: should get no result: {}", title(row, cell), cell.answer.text());
    }
    for path in ["/mcp", "/mcp/support"] {
        let names = TABLE.cell(path, "tools/list", Caller::RightTeam).answer.tool_names();
        assert_eq!(names, [TOOL, "people_lookup"], "the right team should see its tools at `{path}`");
    }
}

#[test]
fn hidden_and_unknown_items_get_same_response() {
    let (hidden, unknown) = HIDDEN_AND_UNKNOWN;
    for message in HIDDEN_MESSAGES {
        let unknown = message.replace(hidden, unknown);
        for (row, cell) in messages().filter(|(row, _)| row.message.as_deref() == Some(message)) {
            let unknown = TABLE.cell(&row.path, &unknown, cell.caller);
            assert_eq!(seen(&cell.answer), seen(&unknown.answer), "{}: should look unknown", title(row, cell));
        }
        let method = message.split(' ').next().unwrap_or_default();
        let foreign = &TABLE.cell("/mcp", method, Caller::WrongTeam).answer;
        let unknown = &TABLE.cell("/mcp", &unknown, Caller::WrongTeam).answer;
        assert_eq!(seen(foreign), seen(unknown), "another team's item should look like an unknown one");
    }
}

#[test]
fn anonymous_caller_has_public_servers_only() {
    let cells: Vec<_> = messages().filter(|(row, cell)| is_anonymous(row, cell)).collect();
    let tools = &TABLE.cell("/mcp/open", "tools/list", Caller::Nobody).answer;
    assert_eq!(tools.tool_names(), ["search"]);
    let resources = &TABLE.cell("/mcp/open", "resources/list", Caller::Nobody).answer;
    assert_eq!(resources.listed("resources", "uri"), ["handbook://1"]);
    for (row, cell) in cells {
        let (status, code) = (cell.answer.status.as_u16(), cell.answer.error_code());
        let refused = code.is_some_and(|code| [-32601, -32602, -32002].contains(&code));
        let fine = code.is_none() && [200, 202].contains(&status);
        assert!(refused || fine, "{}: should be served or not be there, not {status} {code:?}", title(row, cell));
    }
}

#[test]
fn token_endpoint_redeems_valid_assertions_only() {
    let mut redemptions = 0;
    for (row, cell) in TABLE.cells().filter(|(row, _)| row.redeems()) {
        let (title, answer) = (title(row, cell), &cell.answer);
        let redeemed = cell.caller.is_known() && cell.caller != Caller::Quarantined;
        assert_eq!(answer.status == 200, redeemed, "{title}: the status should not be {}", answer.status);
        assert_eq!(answer.json().get("access_token").is_some(), redeemed, "{title}: a token goes with 200 alone");
        redemptions += 1;
    }
    assert_eq!(redemptions, Caller::ALL.len(), "one row should redeem");
}

#[test]
fn public_endpoints_respond_alike_to_all_callers() {
    for line in TABLE.lines.iter().filter(|line| !line.row.asks_who()) {
        let title = line.row.title();
        for cell in &line.cells {
            assert_eq!(cell.answer.status.as_u16(), public_status(&line.row), "{title} as {:?}", cell.caller);
        }
        let answers: BTreeSet<_> = line.cells.iter().map(|cell| seen(&cell.answer)).collect();
        assert_eq!(answers.len(), 1, "{title}: who calls should make no difference: {answers:#?}");
        if line.cells[0].answer.status == 405 {
            let allow = line.row.endpoint.as_ref().map(Endpoint::allow);
            assert_eq!(line.cells[0].answer.header("allow"), allow, "{title}: 405 should have the allowed methods");
        }
    }
}

/// The status of a row that does not depend on the caller. A new endpoint does not compile without a decision here.
fn public_status(row: &Row) -> u16 {
    let Some(endpoint) = &row.endpoint else { return 404 };
    let read = if row.method == Method::HEAD { Method::GET } else { row.method.clone() };
    if row.method == Method::OPTIONS {
        return 204;
    }
    if row.browses {
        return 200;
    }
    // It serves legacy sessions only, and no caller of the table has one.
    if matches!(endpoint, Endpoint::Mcp(_)) && read == Method::GET {
        return 405;
    }
    if !endpoint.allow().split(", ").any(|allowed| allowed == read.as_str()) {
        return 405;
    }
    match endpoint {
        Endpoint::KeySet | Endpoint::ProtectedResource(_) | Endpoint::AuthorizationServer | Endpoint::Health => 200,
        Endpoint::Authorization => 400,
        // The table's registry has no `[sign_in]`.
        Endpoint::Callback
        | Endpoint::Consent
        | Endpoint::Registration
        | Endpoint::Revocation
        | Endpoint::Connect(_)
        | Endpoint::GrantCallback(_)
        | Endpoint::Me
        | Endpoint::ClientDocument(_) => 404,
        Endpoint::Mcp(_) | Endpoint::Token => panic!("{} should ask who calls", row.title()),
    }
}

#[test]
fn every_request_leaves_exactly_its_events() {
    let mut by_subject: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for event in TABLE.events.iter().filter(|event| event["kind"] == "call") {
        by_subject.entry(event["user"]["subject"].as_str().unwrap_or_default()).or_default().push(event);
    }
    let elsewhere = by_subject.remove(ELSEWHERE).unwrap_or_default();
    assert_eq!(elsewhere.len(), 2, "a token should leave events where it counts and nowhere else: {elsewhere:#?}");
    // Weir trusts no claim of a refused assertion, so these events name only the client.
    let nobodys = by_subject.remove("").unwrap_or_default();
    let anonymous = |(row, cell): &(&Row, &Cell)| is_anonymous(row, cell);
    let passed = TABLE.cells().filter(anonymous).filter(|(row, cell)| leaves_event(row, cell)).count();
    let of_anybody = by_subject.remove("anonymous").unwrap_or_default();
    assert_eq!(of_anybody.len(), passed, "public access should leave events of what passes: {of_anybody:#?}");
    let unnamed = |pair: &(&Row, &Cell)| leaves_event(pair.0, pair.1) && !pair.1.caller.is_known() && !anonymous(pair);
    assert_eq!(nobodys.len(), TABLE.cells().filter(unnamed).count(), "events without a user: {nobodys:#?}");
    for event in nobodys {
        assert_eq!(
            event["method"], "oauth/token",
            "only the token endpoint should name a client without a user: {event:#}"
        );
        assert_eq!(event["outcome"]["status"], "refused", "and it should have no effect: {event:#}");
    }
    for (row, cell) in TABLE.cells().filter(|pair| !unnamed(pair) && !anonymous(pair)) {
        let title = title(row, cell);
        let events = by_subject.remove(cell.subject.as_str()).unwrap_or_default();
        assert_eq!(events.len(), usize::from(leaves_event(row, cell)), "{title}: its events: {events:#?}");
        let Some(event) = events.first() else { continue };
        let outcome = &event["outcome"];
        assert_eq!(outcome["http_status"], cell.answer.status.as_u16(), "{title}: should be as answered: {event:#}");
        if row.message.is_some() {
            let code = cell.answer.error_code();
            assert_eq!(outcome["error_code"].as_i64(), code, "{title}: the code should be as answered: {event:#}");
            if code.is_some() {
                let message = cell.answer.message();
                let in_result = "/result/_meta/dev.weir~1refusal/event";
                let told = message.pointer("/error/data/event").or_else(|| message.pointer(in_result));
                assert_eq!(told, Some(&event["id"]), "{title}: the error should name its event: {message}");
            }
        }
    }
    assert!(by_subject.is_empty(), "no event should be of anybody else: {by_subject:#?}");
}

#[test]
fn refusals_of_unauthenticated_callers_are_counted() {
    // A failed call is answered with 200; without a known caller it is counted as a refusal.
    let is_refused = |row: &Row, cell: &Cell| {
        cell.answer.status.is_client_error() || (is_anonymous(row, cell) && cell.answer.error_code().is_some())
    };
    let refused = TABLE.cells().filter(|(row, cell)| is_refused(row, cell) && !leaves_event(row, cell));
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, cell) in refused {
        *expected.entry(cell.answer.status.as_u16().into()).or_default() += 1;
    }
    let mut counted: BTreeMap<u64, u64> = BTreeMap::new();
    for event in TABLE.events.iter().filter(|event| event["kind"] == "refusals") {
        let status = event["outcome"]["http_status"].as_u64().expect("counted refusals should have a status");
        *counted.entry(status).or_default() += event["refusals"]["count"].as_u64().expect("a count");
    }
    if Target::chosen() == Target::Memory {
        assert_eq!(counted, expected, "each refusal should be counted once, by status");
    } else {
        // The rest of a minute's count is written with the first request of a later minute; this test doesn't wait for
        // it.
        assert_eq!(counted.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "each status should show");
    }
}

#[test]
fn no_response_contains_names_of_others() {
    let of_the_right_team = ["tickets", "people", "help desk", "Search before you answer", "helpdesk"];
    let of_another_team = ["documents", "engineer", "Engineer", "tooling"];
    for (row, cell) in TABLE.cells() {
        let said = format!("{:?} {}", cell.answer.headers, String::from_utf8_lossy(&cell.answer.body));
        let secrets = TABLE.secrets.iter().map(String::as_str);
        let foreign = match cell.caller {
            Caller::RightTeam => of_another_team.to_vec(),
            Caller::WrongTeam if row.path == "/mcp" => of_the_right_team.to_vec(),
            _ => of_the_right_team.into_iter().chain(of_another_team).collect(),
        };
        for name in secrets.chain(foreign) {
            assert!(!said.contains(name), "{}: should not contain `{name}`: {said}", title(row, cell));
        }
    }
}

#[test]
fn accepted_token_still_expires() {
    let weir = Weir::usual();
    let now = weir.running.now();
    // Expired for 56 seconds: valid for four more within the tolerance of a minute.
    let token = weir.sign(weir.access_token("alice").claim("iat", now - 600).claim("exp", now - 56));
    let list = || weir.send(Draft::list().token(&token)).status;
    assert_eq!(list(), 200, "the token should count to its end");
    weir.running.pass(Duration::from_secs(5));
    assert_eq!(list(), 401, "an isolate that has taken a token should not take it for ever");
}

#[test]
fn quarantined_agent_and_foreign_page_get_no_token() {
    let weir = Setup::new().file("quarantine.toml", &format!("agents = [\"{}\"]\n", CLIENT.0)).start();
    let redeem = |weir: &Weir| weir.redeeming(&weir.issuer.sign(weir.id_jag("alice")));
    let frozen = weir.send(redeem(&weir));
    assert_eq!((frozen.status.as_u16(), &frozen.json()["error"]), (400, &"invalid_grant".into()), "a frozen agent");
    let weir = Weir::usual();
    let page = weir.send(redeem(&weir).header("origin", "https://evil.example.com"));
    assert_eq!(page.status, 403, "a page that is not listed should get no token: {}", page.text());
    assert_eq!(weir.send(redeem(&weir)).status, 200, "without a page the same client should");
}

/// The cells of rows that carry an MCP message.
fn messages() -> impl Iterator<Item = (&'static Row, &'static Cell)> {
    TABLE.cells().filter(|(row, _)| row.message.is_some())
}

fn is_notification(row: &Row) -> bool {
    row.message.as_deref().is_some_and(|message| message.starts_with("notifications/"))
}

fn title(row: &Row, cell: &Cell) -> String {
    format!("{} as {}", row.title(), cell.caller.heading())
}

/// All parts of a response that a caller can compare, without the event's id, the time, and the parts that repeat the
/// request: its id, and the name or URI.
fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let own = |text: String| text.replace(UNKNOWN, OWN).replace("/mcp/open", "/mcp/support");
    let headers = answer.headers.iter().filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()));
    let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), own(format!("{value:?}")))).collect();
    headers.sort();
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut message) => {
            message.as_object_mut().map(|message| message.remove("id"));
            if let Some(data) = message.pointer_mut("/error/data").and_then(Value::as_object_mut) {
                data.remove("event");
                data.remove("uri");
            }
            message.to_string()
        }
        Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    (answer.status.as_u16(), headers, own(body))
}
