//! The table filled in: one Weir, every row as every caller, and the events that were left.

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

/// One request and what came of it.
pub struct Cell {
    pub caller: Caller,
    pub subject: String,
    pub answer: Answer,
    /// The origins that were asked meanwhile.
    pub reached: Vec<&'static str>,
}

/// A row with its cells, one per caller.
pub struct Line {
    pub row: Row,
    pub cells: Vec<Cell>,
}

/// Everything that happened.
pub struct Table {
    pub lines: Vec<Line>,
    pub events: Vec<Value>,
    /// What no answer may say to anybody.
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

/// Whether the cell should leave an audit event of its own: somebody is known to have called. At the token endpoint
/// that is the client at least, who shows its secret before the assertion is read. Of the anonymous, what passes leaves
/// one.
pub fn leaves_event(row: &Row, cell: &Cell) -> bool {
    if row.redeems() {
        return cell.caller != Caller::Nobody;
    }
    let passed = cell.answer.status == 200 && cell.answer.error_code().is_none();
    row.asks_who() && (cell.caller.is_known() || (is_anonymous(row, cell) && passed))
}

/// Whether it is public access.
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
    // Two more are of the tokens that were taken elsewhere.
    wait_for_events(&weir, lines.iter().map(known).sum::<usize>() + 2);
    if Target::chosen() == Target::Memory {
        // What a minute has counted is written with the first request of a later one.
        weir.running.pass(Duration::from_secs(61));
        weir.send(Draft::bare(Method::GET, "/healthz"));
    }
    let secrets = origins.iter().map(|(_, origin)| origin.url().to_owned()).chain(
        ["tickets-own-secret", "correct horse", "reader", "keeper", "everyone", "corporate", weir.issuer.url()]
            .map(str::to_owned),
    );
    Table { lines, events: weir.running.events(), secrets: secrets.collect() }
}

/// Gives the events their time: five seconds at most. Which of them are missing is for the rules to say.
fn wait_for_events(weir: &Weir, count: usize) {
    const STEP: Duration = Duration::from_millis(20);
    let calls = || weir.running.events().iter().filter(|event| event["kind"] == "call").count();
    for _ in 0..250 {
        weir.running.pass(STEP);
        if calls() >= count {
            break;
        }
    }
    // One too many would come soon after the others.
    weir.running.pass(3 * STEP);
}

/// The standard registry, but with nothing that two teams share, one tool that nobody may see, and each row's
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

/// What the right team has besides its tools, and what nobody sees.
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

/// What everybody has, with more calls than there are rows.
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

/// A list that Weir keeps would make a cell depend on those before it.
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
