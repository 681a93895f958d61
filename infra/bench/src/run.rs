//! The main run: all subjects in turn, round after round, so that a disturbance of the machine affects all of them.

use std::{path::Path, thread, time::Duration};

use http::{HeaderName, header};
use serde_json::{Value, json};

use crate::{
    Effort,
    address::Address,
    fault::Fault,
    figures::{Cell, Row, Subject},
    first_byte::{self, Listener},
    load::{self, Load},
    long_result,
    message::{Protocol, RequestTemplate, value},
    origin::{self, Tool},
    report, start_up, weir,
    workers::{Order, Worker, Workers, root},
};

const ROWS: [Row; 2] = [Row::Call, Row::List];
const CONNECTIONS: [usize; 2] = [1, 16];

/// A subject with its requests and counts.
pub struct Endpoint {
    /// The subject.
    pub subject: Subject,
    /// Its Worker; `None` for the origin, `--url` and Spin.
    pub worker: Option<Worker>,
    /// The requests, by row.
    templates: [RequestTemplate; 2],
    /// The resident set of its workerd before the load, bytes.
    pub memory_before: u64,
    /// The number of good responses so far.
    pub answered: u64,
}

impl Endpoint {
    /// The subject at `address`, whose `tool` is called.
    pub fn new(
        subject: Subject,
        address: &Address,
        tool: &str,
        token: Option<&str>,
        worker: Option<Worker>,
    ) -> Result<Self, Fault> {
        let mut headers: Vec<(HeaderName, _)> = Vec::new();
        if let Some(token) = token {
            headers.push((header::AUTHORIZATION, value(&format!("Bearer {token}"))?));
        }
        let template =
            |row: Row, params: Value| RequestTemplate::new(address, Protocol::Modern, row.method(), params, &headers);
        let call = template(Row::Call, json!({ "name": tool, "arguments": { "query": "weir", "limit": 10 } }))?;
        let list = template(Row::List, json!({}))?;
        Ok(Self { subject, worker, templates: [call, list], memory_before: 0, answered: 0 })
    }

    /// The subject with these requests for the two rows.
    pub const fn with(subject: Subject, templates: [RequestTemplate; 2]) -> Self {
        Self { subject, worker: None, templates, memory_before: 0, answered: 0 }
    }

    /// The request of `row`.
    pub const fn template(&self, row: Row) -> &RequestTemplate {
        match row {
            Row::Call => &self.templates[0],
            Row::List => &self.templates[1],
        }
    }

    /// Sends the request of each row once; a faulty response ends the bench. Returns the number of listed tools and of
    /// their pages.
    pub async fn prove(&mut self) -> Result<(usize, usize), Fault> {
        let wrong = |row: Row, fault: Fault| {
            Fault::Found(format!("{} gives no result for {}: {fault}", self.subject, row.method()))
        };
        load::once(self.template(Row::Call)).await.map_err(|fault| wrong(Row::Call, fault))?;
        let (pages, _) = load::once(self.template(Row::List)).await.map_err(|fault| wrong(Row::List, fault))?;
        self.answered += 1 + pages.len() as u64;
        Ok((pages.iter().filter_map(|page| page["tools"].as_array()).map(Vec::len).sum(), pages.len()))
    }
}

/// The hooks of a platform between loads.
pub trait Host {
    /// Runs before the first load of a subject, after its first responses.
    fn begin(&mut self, _subject: &mut Endpoint) -> Result<(), Fault> {
        Ok(())
    }

    /// Waits until the subject's deferred work is done, so that it doesn't disturb the next subject.
    fn settle(&mut self, subject: &Endpoint) -> Result<(), Fault>;
}

/// Measures the origin, both pass-throughs and Weir on workerd; returns the number of errors.
pub async fn run(effort: Effort) -> Result<usize, Fault> {
    let origin = origin::start()?;
    let origin_url = format!("http://{origin}/mcp");
    let folder = root().join("target/bench/run");
    weir::empty(&folder)?;
    let keys = weir::Keys::new()?;
    let seed = folder.join("seed.jsonl");
    keys.seal(&weir::one_virtual_server(&origin_url), &seed)?;
    let token = keys.token("half")?;
    let gateway = keys.order(&folder.join("weir"));
    let bare = pass_through("pass_through.mjs", &origin_url, &folder.join("pass_through"));
    let audited = pass_through("pass_through_audited.mjs", &origin_url, &folder.join("pass_through_audited"));

    let mut workers = Workers::start()?;
    println!("bench: filling the stores");
    for order in [&Order { seed: Some(seed.clone()), ..gateway.clone() }, &bare, &audited] {
        let worker = workers.worker(order)?;
        workers.stop(&worker)?;
    }

    println!("bench: start-up, {} times each", effort.starts);
    let starts = start_up::measure(
        &mut workers,
        &[(&bare, &origin::tool_name(0), None), (&gateway, &weir::exposed(0), Some(&token))],
        effort.starts,
    )
    .await?;

    let own = Address::parse(&origin_url)?;
    let mut subjects = vec![Endpoint::new(Subject::Origin, &own, &origin::tool_name(0), None, None)?];
    let streams = Tool::Stream.at();
    let mut listeners = vec![Listener::new(Subject::Origin, &own, &origin::tool_name(streams), None)?];
    for (subject, order) in [(Subject::PassThrough, &bare), (Subject::PassThroughAudited, &audited)] {
        let worker = workers.worker(order)?;
        let address = Address::parse(&worker.url)?.at("/mcp");
        if subject == Subject::PassThrough {
            listeners.push(Listener::new(subject, &address, &origin::tool_name(streams), None)?);
        }
        subjects.push(Endpoint::new(subject, &address, &origin::tool_name(0), None, Some(worker))?);
    }
    let gateway_alone = Order { seed: Some(seed.clone()), ..keys.order(&folder.join("weir_alone")) };
    let batched = Order { batched: true, seed: Some(seed), ..keys.order(&folder.join("weir_batched")) };
    for (subject, order) in [(Subject::Weir, &gateway), (Subject::WeirBatched, &batched)] {
        let worker = workers.worker(order)?;
        let address = Address::parse(&worker.url)?.at("/mcp");
        if subject == Subject::Weir {
            listeners.push(Listener::new(subject, &address, &weir::exposed(streams), Some(&token))?);
        }
        subjects.push(Endpoint::new(subject, &address, &weir::exposed(0), Some(&token), Some(worker))?);
    }

    let outcome = measure(&mut subjects, Some(&mut workers), effort).await;
    if outcome.is_err() {
        for worker in subjects.iter().filter_map(|endpoint| endpoint.worker.as_ref()) {
            eprint!("{}", workers.log(worker));
        }
    }
    let cells = outcome?;
    let resources = report::Resources::read(&subjects, &mut workers, starts)?;
    println!("bench: streams");
    let mut errors = first_byte::measure(&mut listeners, effort.streams).await;
    println!("bench: results of 10 MB");
    let mut costs = Vec::new();
    let mut targets = vec![first_byte::target(&listeners)];
    for tool in [Tool::LongEvent, Tool::LongJson] {
        let cost = long_result::measure(&mut workers, &gateway_alone, &token, tool).await;
        if let Err(fault) = &cost {
            eprintln!("bench: a result of 10 MB: {fault}");
            errors += 1;
        }
        targets.push(long_result::target(tool, &cost));
        costs.push(cost);
    }
    report::print(&cells, &resources);
    first_byte::print(&listeners);
    long_result::print(&costs);
    report::verdicts(report::targets(&cells, &resources).into_iter().chain(targets));
    report::write(&cells, Path::new("workers.json"))?;
    Ok(errors + cells.iter().map(|cell| cell.errors).sum::<usize>())
}

/// The order of a pass-through in tests/bench.
pub fn pass_through(worker: &'static str, origin_url: &str, persist: &Path) -> Order {
    Order {
        worker: Some(worker),
        variables: json!({ "ORIGIN_URL": origin_url }),
        persist: Some(persist.to_owned()),
        ..Order::default()
    }
}

/// Checks and warms up all subjects, then runs the rounds.
pub async fn measure(
    subjects: &mut [Endpoint],
    mut host: Option<&mut dyn Host>,
    effort: Effort,
) -> Result<Vec<Cell>, Fault> {
    for endpoint in subjects.iter_mut() {
        let (tools, pages) = endpoint.prove().await?;
        println!("bench: {} lists {tools} tools, pages: {pages}", endpoint.subject);
        if let Some(host) = host.as_mut() {
            host.begin(endpoint)?;
        }
    }
    println!("bench: warming up");
    let mut cells: Vec<Cell> = Vec::new();
    for row in ROWS {
        for connections in CONNECTIONS {
            for endpoint in subjects.iter_mut() {
                cells.push(Cell::new(row, endpoint.subject, connections));
                let warm = Load { connections, time: effort.warm_up, most: effort.most };
                let measured = load::run(endpoint.template(row), warm).await;
                endpoint.answered += measured.requests as u64;
                if let Some(host) = host.as_mut() {
                    host.settle(endpoint)?;
                }
            }
        }
    }
    let mut printed = 0;
    for round in 0..effort.rounds {
        println!("bench: round {} of {}", round + 1, effort.rounds);
        for row in ROWS {
            for connections in CONNECTIONS {
                // The order rotates, because the machine's state may change within a turn.
                let turn = round % subjects.len();
                for position in 0..subjects.len() {
                    let at = (position + turn) % subjects.len();
                    let endpoint = &mut subjects[at];
                    let load = Load { connections, time: effort.time, most: effort.most };
                    let measured = load::run(endpoint.template(row), load).await;
                    endpoint.answered += measured.requests as u64;
                    if let Some(error) = measured.first_error.as_ref().filter(|_| printed < 10) {
                        printed += 1;
                        eprintln!("bench: {} at {}: {error}", endpoint.subject, row.method());
                    }
                    if let Some(host) = host.as_mut() {
                        host.settle(endpoint)?;
                    }
                    let same = |cell: &&mut Cell| {
                        cell.row == row && cell.connections == connections && cell.subject == endpoint.subject
                    };
                    if let Some(cell) = cells.iter_mut().find(same) {
                        cell.add(measured);
                    }
                }
            }
        }
    }
    Ok(cells)
}

impl Host for Workers {
    fn begin(&mut self, subject: &mut Endpoint) -> Result<(), Fault> {
        if let Some(worker) = &subject.worker {
            subject.memory_before = self.memory(worker)?;
        }
        Ok(())
    }

    /// Waits until the queue has delivered every event, 5 s at most.
    fn settle(&mut self, subject: &Endpoint) -> Result<(), Fault> {
        const STEP: Duration = Duration::from_millis(20);
        const STEPS: usize = 250;
        let audits = matches!(subject.subject, Subject::PassThroughAudited | Subject::Weir | Subject::WeirBatched);
        let Some(worker) = subject.worker.as_ref().filter(|_| audits) else { return Ok(()) };
        for _ in 0..STEPS {
            if self.events(worker)? >= subject.answered {
                break;
            }
            thread::sleep(STEP);
        }
        Ok(())
    }
}
