//! The main run: all subjects in turn, round after round, so that whatever slows the machine down slows all of them.

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
    message::{Dress, Shot, value},
    origin::{self, Tool},
    report, start_up, weir,
    workers::{Order, Worker, Workers, root},
};

const ROWS: [Row; 2] = [Row::Call, Row::List];
const CONNECTIONS: [usize; 2] = [1, 16];

/// A subject, ready to be asked.
pub struct Asked {
    /// Who it is.
    pub subject: Subject,
    /// Its Worker, unless it is none of ours.
    pub worker: Option<Worker>,
    /// What it is asked: by row.
    shots: [Shot; 2],
    /// How much memory its workerd had before the load.
    pub memory_before: u64,
    /// How many requests were answered with a result.
    pub answered: u64,
}

impl Asked {
    /// At `address`, calling `tool`.
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
        let shot = |row: Row, params: Value| Shot::new(address, Dress::Modern, row.method(), params, &headers);
        let call = shot(Row::Call, json!({ "name": tool, "arguments": { "query": "weir", "limit": 10 } }))?;
        let list = shot(Row::List, json!({}))?;
        Ok(Self { subject, worker, shots: [call, list], memory_before: 0, answered: 0 })
    }

    /// With these requests for the two rows.
    pub const fn with(subject: Subject, shots: [Shot; 2]) -> Self {
        Self { subject, worker: None, shots, memory_before: 0, answered: 0 }
    }

    /// What it is asked for `row`.
    pub const fn shot(&self, row: Row) -> &Shot {
        match row {
            Row::Call => &self.shots[0],
            Row::List => &self.shots[1],
        }
    }

    /// Asks once for each row; an answer that is none ends the bench before it has begun. Returns the number of
    /// tools listed, and of the pages that they came on.
    pub async fn prove(&mut self) -> Result<(usize, usize), Fault> {
        let wrong = |row: Row, fault: Fault| {
            Fault::Found(format!("{} does not answer {}: {fault}", self.subject, row.method()))
        };
        load::once(self.shot(Row::Call)).await.map_err(|fault| wrong(Row::Call, fault))?;
        let (pages, _) = load::once(self.shot(Row::List)).await.map_err(|fault| wrong(Row::List, fault))?;
        self.answered += 1 + pages.len() as u64;
        Ok((pages.iter().filter_map(|page| page["tools"].as_array()).map(Vec::len).sum(), pages.len()))
    }
}

/// What runs subjects, as far as the load must know it.
pub trait Host {
    /// Before the first load of a subject that has answered already.
    fn begin(&mut self, _subject: &mut Asked) -> Result<(), Fault> {
        Ok(())
    }

    /// Waits until what the subject has put off is done, so that it doesn't work in the next one's time.
    fn settle(&mut self, subject: &Asked) -> Result<(), Fault>;
}

/// Measures the origin, both pass-throughs and Weir on workerd; the number of errors.
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
    let mut subjects = vec![Asked::new(Subject::Origin, &own, &origin::tool_name(0), None, None)?];
    let streams = Tool::Stream.at();
    let mut listeners = vec![Listener::new(Subject::Origin, &own, &origin::tool_name(streams), None)?];
    for (subject, order) in [(Subject::PassThrough, &bare), (Subject::PassThroughAudited, &audited)] {
        let worker = workers.worker(order)?;
        let address = Address::parse(&worker.url)?.at("/mcp");
        if subject == Subject::PassThrough {
            listeners.push(Listener::new(subject, &address, &origin::tool_name(streams), None)?);
        }
        subjects.push(Asked::new(subject, &address, &origin::tool_name(0), None, Some(worker))?);
    }
    let gateway_alone = Order { seed: Some(seed.clone()), ..keys.order(&folder.join("weir_alone")) };
    let batched = Order { batched: true, seed: Some(seed), ..keys.order(&folder.join("weir_batched")) };
    for (subject, order) in [(Subject::Weir, &gateway), (Subject::WeirBatched, &batched)] {
        let worker = workers.worker(order)?;
        let address = Address::parse(&worker.url)?.at("/mcp");
        if subject == Subject::Weir {
            listeners.push(Listener::new(subject, &address, &weir::exposed(streams), Some(&token))?);
        }
        subjects.push(Asked::new(subject, &address, &weir::exposed(0), Some(&token), Some(worker))?);
    }

    let outcome = measure(&mut subjects, Some(&mut workers), effort).await;
    if outcome.is_err() {
        for worker in subjects.iter().filter_map(|asked| asked.worker.as_ref()) {
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

/// The order for a pass-through of tests/bench.
pub fn pass_through(worker: &'static str, origin_url: &str, persist: &Path) -> Order {
    Order {
        worker: Some(worker),
        variables: json!({ "ORIGIN_URL": origin_url }),
        persist: Some(persist.to_owned()),
        ..Order::default()
    }
}

/// Warms everything up and runs the rounds.
pub async fn measure(
    subjects: &mut [Asked],
    mut host: Option<&mut dyn Host>,
    effort: Effort,
) -> Result<Vec<Cell>, Fault> {
    for asked in subjects.iter_mut() {
        let (tools, pages) = asked.prove().await?;
        println!("bench: {} lists {tools} tools, pages: {pages}", asked.subject);
        if let Some(host) = host.as_mut() {
            host.begin(asked)?;
        }
    }
    println!("bench: warming up");
    let mut cells: Vec<Cell> = Vec::new();
    for row in ROWS {
        for connections in CONNECTIONS {
            for asked in subjects.iter_mut() {
                cells.push(Cell::new(row, asked.subject, connections));
                let warm = Load { connections, time: effort.warm_up, most: effort.most };
                let measured = load::run(asked.shot(row), warm).await;
                asked.answered += measured.requests as u64;
                if let Some(host) = host.as_mut() {
                    host.settle(asked)?;
                }
            }
        }
    }
    let mut told = 0;
    for round in 0..effort.rounds {
        println!("bench: round {} of {}", round + 1, effort.rounds);
        for row in ROWS {
            for connections in CONNECTIONS {
                // Who comes first may find the machine in another state than who comes last.
                let turn = round % subjects.len();
                for position in 0..subjects.len() {
                    let at = (position + turn) % subjects.len();
                    let asked = &mut subjects[at];
                    let load = Load { connections, time: effort.time, most: effort.most };
                    let measured = load::run(asked.shot(row), load).await;
                    asked.answered += measured.requests as u64;
                    if let Some(error) = measured.first_error.as_ref().filter(|_| told < 10) {
                        told += 1;
                        eprintln!("bench: {} at {}: {error}", asked.subject, row.method());
                    }
                    if let Some(host) = host.as_mut() {
                        host.settle(asked)?;
                    }
                    let same = |cell: &&mut Cell| {
                        cell.row == row && cell.connections == connections && cell.subject == asked.subject
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
    fn begin(&mut self, subject: &mut Asked) -> Result<(), Fault> {
        if let Some(worker) = &subject.worker {
            subject.memory_before = self.memory(worker)?;
        }
        Ok(())
    }

    /// The queue delivers what it holds.
    fn settle(&mut self, subject: &Asked) -> Result<(), Fault> {
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
