//! The table filled in: one Weir, every row as every caller, and the audit events.

use std::{sync::LazyLock, time::Duration};

use harness::{
    Answer, Draft, Reply, Setup, Weir,
    offers::{prompt, resource},
    origin::{Origin, tool},
    target::Target,
};
use http::Method;
use serde_json::{Value, json};

use super::{
    callers::{self, Caller, Elsewhere},
    rows::{self, Row},
};

/// One request and its response.
pub struct Cell {
    pub caller: Caller,
    pub subject: String,
    pub answer: Answer,
    /// The origins that got a request meanwhile.
    pub reached: Vec<&'static str>,
}

/// A row with its cells, one per caller.
pub struct Line {
    pub row: Row,
    pub cells: Vec<Cell>,
}

/// All responses and events.
pub struct Table {
    pub lines: Vec<Line>,
    pub events: Vec<Value>,
    /// Texts that no response may contain.
    pub secrets: Vec<String>,
}

impl Table {
    /// Every cell with its row.
    pub fn cells(&self) -> impl Iterator<Item = (&Row, &Cell)> {
        self.lines.iter().flat_map(|line| line.cells.iter().map(|cell| (&line.row, cell)))
    }

    /// The cell of `caller` in the row of this message at this path.
    #[track_caller]
    pub fn cell(&self, path: &str, message: &str, caller: Caller) -> &Cell {
        let found = self
            .cells()
            .find(|(row, cell)| row.path == path && row.message.as_deref() == Some(message) && cell.caller == caller);
        found.unwrap_or_else(|| panic!("there should be a row for `{message}` at `{path}`")).1
    }
}

/// True if the cell should leave an audit event of its own: the caller is known. At the token endpoint the client is
/// known at least, by its secret, before the assertion is read. Without a credential, an accepted request of public
/// access leaves one.
pub fn leaves_event(row: &Row, cell: &Cell) -> bool {
    if row.redeems() {
        return cell.caller != Caller::Nobody;
    }
    let passed = cell.answer.status == 200 && cell.answer.error_code().is_none();
    row.asks_who() && (cell.caller.is_known() || (is_anonymous(row, cell) && passed))
}

/// True for public access without a credential.
pub fn is_anonymous(row: &Row, cell: &Cell) -> bool {
    row.is_public() && cell.caller == Caller::Nobody
}

/// One run for all tests: on workerd a host takes half a second to start, and the rows some seconds more.
pub static TABLE: LazyLock<Table> = LazyLock::new(fill);

fn fill() -> Table {
    let rows = rows::rows();
    let weir = start(rows.len());
    let origins = [("documents", &weir.documents), ("tickets", &weir.tickets), ("people", &weir.people)];
    keep_no_lists(&origins);
    let elsewhere = Elsewhere::new(&weir);
    let mut lines = Vec::new();
    for (number, row) in rows.into_iter().enumerate() {
        let cell = |caller: Caller| {
            let subject = caller.subject(number);
            let before = origins.map(|(_, origin)| origin.received().len());
            let answer = weir.send(callers::draft(&weir, &elsewhere, &row, caller, &subject));
            let asked = origins.iter().zip(before).filter(|((_, origin), before)| origin.received().len() > *before);
            let reached = asked.map(|((name, _), _)| *name).collect();
            Cell { caller, subject, answer, reached }
        };
        let cells = Caller::ALL.map(cell).into();
        lines.push(Line { row, cells });
    }
    let known = |line: &Line| line.cells.iter().filter(|cell| leaves_event(&line.row, cell)).count();
    // Two more events belong to the tokens that were accepted at their own resource.
    wait_for_events(&weir, lines.iter().map(known).sum::<usize>() + 2);
    if Target::chosen() == Target::Memory {
        // A minute's count of refusals is written with the first request of a later minute.
        weir.running.pass(Duration::from_secs(61));
        weir.send(Draft::bare(Method::GET, "/healthz"));
    }
    let secrets = origins.iter().map(|(_, origin)| origin.url().to_owned()).chain(
        ["tickets-own-secret", "correct horse", "reader", "keeper", "everyone", "corporate", weir.issuer.url()]
            .map(str::to_owned),
    );
    Table { lines, events: weir.running.events(), secrets: secrets.collect() }
}

/// Waits at most five seconds for the events; the rules find the missing ones.
fn wait_for_events(weir: &Weir, count: usize) {
    const STEP: Duration = Duration::from_millis(20);
    let calls = || weir.running.events().iter().filter(|event| event["kind"] == "call").count();
    for _ in 0..250 {
        weir.running.pass(STEP);
        if calls() >= count {
            break;
        }
    }
    // A surplus event would come soon after the others.
    weir.running.pass(3 * STEP);
}

/// The standard registry without an item that two teams share, with items that no caller may see, and with each row's
/// quarantined person in quarantine.
fn start(rows: usize) -> Weir {
    let shared = "[[tools]]\norigin = \"documents\"\ntool = \"search\"\ntitle = \"Search the handbook\"\n\n[[tools]]\n\
                  origin = \"documents\"\ntool = \"delete\"\n";
    let own = "[[tools]]\norigin = \"tickets\"\ntool = \"close\"\n";
    let setup = Setup::new()
        .replace("virtual-servers/support.toml", shared, own)
        .append("virtual-servers/support.toml", OFFERS)
        .file("virtual-servers/open.toml", OPEN)
        .replace(
            "gateway.toml",
            "tools = [\"documents_search\", \"tickets_find\", \"people_lookup\"]",
            "tools = [\"tickets_find\", \"people_lookup\"]\nresources = [\"queue://open/*\"]\n\
             prompts = [\"tickets_triage\"]",
        )
        .replace("origins/documents.toml", "risk = \"low\"\n", "risk = \"low\"\nresources = [\"handbook://*\"]\n")
        .replace("origins/tickets.toml", "risk = \"low\"\n", "risk = \"low\"\nresources = [\"queue://*\"]\n")
        .replace(
            "origins/tickets.toml",
            "[tools.find]",
            "[prompts.triage]\n\n[prompts.leak]\n\n[tools.close]\ndestructive = true\n\n[tools.find]",
        );
    let frozen = (0..rows).map(|row| format!("\"{}|{}\"", setup.issuer.url(), Caller::Quarantined.subject(row)));
    let quarantine = format!("principals = [{}]\n", frozen.collect::<Vec<_>>().join(", "));
    setup.file("quarantine.toml", &quarantine).start()
}

/// The right team's resources and prompts, and those that no caller may see.
const OFFERS: &str = r#"
[[resources]]
origin = "tickets"
uri = "queue://open/*"

[[resources]]
origin = "tickets"
uri = "queue://closed/*"

[[prompts]]
origin = "tickets"
prompt = "triage"

[[prompts]]
origin = "tickets"
prompt = "leak"
"#;

/// The virtual server with public access; its limit exceeds the number of rows.
const OPEN: &str = r#"title = "Open"
description = "What everybody may know"
access = "public"
calls_per_minute = 100000

[[tools]]
origin = "documents"
tool = "search"
name = "search"

[[resources]]
origin = "documents"
uri = "handbook://*"
"#;

/// Responses to lists that Weir must not keep, because a kept one would make a cell depend on earlier cells.
fn keep_no_lists(origins: &[(&str, &Origin)]) {
    for (name, origin) in origins {
        let names: &[&str] = match *name {
            "documents" => &["search", "delete", "export"],
            "tickets" => &["find", "close"],
            _ => &["lookup"],
        };
        let tools: Vec<Value> = names.iter().map(|name| tool(name, "What it does")).collect();
        let scheme = if *name == "documents" { "handbook://" } else { "queue://open/" };
        let resources = json!([resource(&format!("{scheme}1"))]);
        let prompts = json!([prompt("triage", "ticket"), prompt("leak", "all")]);
        origin.offer("resources", resources.clone());
        origin.offer("prompts", prompts.clone());
        origin.script(move |received| {
            let (member, items) = match received.message()["method"].as_str()? {
                "tools/list" => ("tools", json!(tools)),
                "resources/list" => ("resources", resources.clone()),
                "resources/templates/list" => ("resourceTemplates", json!([])),
                "prompts/list" => ("prompts", prompts.clone()),
                _ => return None,
            };
            let mut list = json!({ "resultType": "complete", "ttlMs": 0, "cacheScope": "private" });
            list[member] = items;
            Some(Reply::result(received, list))
        });
    }
}
