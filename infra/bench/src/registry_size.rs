//! The cost of registry size: warm calls and cold starts at three sizes, in turn.

use std::{path::PathBuf, time::Duration};

use crate::{
    Effort,
    address::Address,
    fault::Fault,
    figures::{Cell, Row, Subject},
    load::{self, Load},
    origin,
    progress::step,
    report,
    run::Endpoint,
    start_up, weir,
    workers::{Order, Workers, root},
};

/// The sizes, in virtual servers.
const SIZES: [usize; 3] = [10, 1_000, 10_000];

/// The highest allowed ratio of a larger registry to the smallest.
const FLAT: f64 = 1.05;

/// Measures all sizes; returns the number of errors.
pub async fn run(effort: Effort) -> Result<usize, Fault> {
    let origin_url = format!("http://{}/mcp", origin::start()?);
    let folder = root().join("target/bench/registry-size");
    weir::empty(&folder)?;
    let keys = weir::Keys::new()?;
    let mut workers = Workers::start()?;
    let mut orders: Vec<(Order, String)> = Vec::new();
    for size in SIZES {
        let state: PathBuf = folder.join(size.to_string());
        weir::empty(&state)?;
        let seed = state.join("seed.jsonl");
        let title = format!("compiling {size} virtual servers of {} tools", weir::TOOLS_EACH);
        let records = step(&title, || keys.seal(&weir::many_virtual_servers(&origin_url, size), &seed))?;
        let order = keys.order(&state.join("stores"));
        step(&format!("storing {records} records"), || {
            let worker = workers.worker(&Order { seed: Some(seed), ..order.clone() })?;
            workers.stop(&worker)
        })?;
        orders.push((order, keys.token(&weir::team(size / 2))?));
    }

    println!("bench: start-up, {} times each", effort.starts);
    let tool = weir::exposed(0);
    let started: Vec<start_up::StartUp<'_>> =
        orders.iter().map(|(order, token)| (order, tool.as_str(), Some(token.as_str()))).collect();
    let starts = start_up::measure(&mut workers, &started, effort.starts).await?;

    let mut subjects = Vec::new();
    for (order, token) in &orders {
        let worker = workers.worker(order)?;
        let address = Address::parse(&worker.url)?.at("/mcp");
        let mut endpoint = Endpoint::new(Subject::Weir, &address, &tool, Some(token), Some(worker))?;
        endpoint.prove().await?;
        load::run(endpoint.template(Row::Call), Load { connections: 1, time: effort.warm_up, most: effort.most }).await;
        subjects.push((endpoint, Cell::new(Row::Call, Subject::Weir, 1)));
    }
    for round in 0..effort.rounds {
        println!("bench: round {} of {}", round + 1, effort.rounds);
        let turn = round % subjects.len();
        for position in 0..subjects.len() {
            let at = (position + turn) % subjects.len();
            let (endpoint, cell) = &mut subjects[at];
            let load = Load { connections: 1, time: effort.time, most: effort.most };
            cell.add(load::run(endpoint.template(Row::Call), load).await);
        }
    }
    let mut memory = Vec::new();
    for (endpoint, _) in &subjects {
        memory.push(endpoint.worker.as_ref().map_or(Ok(0), |worker| workers.memory(worker))?);
    }
    let cells: Vec<Cell> = subjects.into_iter().map(|(_, cell)| cell).collect();
    print(&cells, &starts, &memory);
    report::write(&cells, std::path::Path::new("registry-size.json"))?;
    Ok(cells.iter().map(|cell| cell.errors).sum())
}

fn print(cells: &[Cell], starts: &[Duration], memory: &[u64]) {
    println!("\ntools/call through weir, 1 connection; each figure against the smallest registry");
    println!(
        "  {:>15} {:>9} {:>10} {:>8} {:>14} {:>8} {:>12} {:>7}",
        "virtual servers", "tools", "p50 ms", "×", "first call ms", "×", "memory MiB", "errors"
    );
    let p50: Vec<f64> = cells.iter().map(|cell| cell.figures().p50_us / 1000.0).collect();
    let starts: Vec<f64> = starts.iter().map(|start| start.as_secs_f64() * 1000.0).collect();
    let ratio = |values: &[f64], at: usize| values[at] / values.first().copied().unwrap_or(1.0);
    let mut worst = [0.0_f64; 2];
    for (at, size) in SIZES.iter().enumerate() {
        let (warm, cold) = (ratio(&p50, at), ratio(&starts, at));
        worst = [worst[0].max(warm), worst[1].max(cold)];
        println!(
            "  {size:>15} {:>9} {:>10.3} {warm:>8.3} {:>14.0} {cold:>8.3} {:>12.1} {:>7}",
            size * weir::TOOLS_EACH,
            p50[at],
            starts[at],
            memory[at] as f64 / f64::from(1 << 20),
            cells[at].errors
        );
    }
    println!("\ntargets");
    for (name, worst) in ["p50 of a warm call", "start to first answered call"].into_iter().zip(worst) {
        let verdict = if worst <= FLAT { "met" } else { "MISSED" };
        println!("  {verdict:<7} {name:<30} {worst:>7.3} ×   target ≤ {FLAT:.2} × of the smallest");
    }
}
