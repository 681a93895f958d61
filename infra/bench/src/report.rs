//! The report for people: a table, and the ratios with their targets.

use std::{fs, path::Path, time::Duration};

use crate::{
    fault::Fault,
    figures::{Cell, Figures, Row, Subject},
    run::Endpoint,
    workers::{Workers, root},
};

/// The measurements besides latencies.
pub struct Resources {
    /// The start-up times of the pass-through and of Weir.
    starts: Vec<Duration>,
    /// The resident set of workerd before and after the load, by subject, bytes.
    memory: Vec<(Subject, u64, u64)>,
    /// Weir's good responses and delivered events; then the same for batches.
    events: [(u64, u64); 2],
}

impl Resources {
    /// Reads them from the Workers.
    pub fn read(subjects: &[Endpoint], workers: &mut Workers, starts: Vec<Duration>) -> Result<Self, Fault> {
        let (mut memory, mut events) = (Vec::new(), [(0, 0); 2]);
        for endpoint in subjects {
            let Some(worker) = &endpoint.worker else { continue };
            memory.push((endpoint.subject, endpoint.memory_before, workers.memory(worker)?));
            let at = match endpoint.subject {
                Subject::Weir => 0,
                Subject::WeirBatched => 1,
                _ => continue,
            };
            events[at] = (endpoint.answered, workers.events(worker)?);
        }
        Ok(Self { starts, memory, events })
    }
}

/// Prints the measurements under load.
pub fn print(cells: &[Cell], resources: &Resources) {
    let figures: Vec<Figures> = cells.iter().map(Cell::figures).collect();
    table(&figures);
    println!("\nmemory: resident set of each subject's workerd, before and after the load");
    for (subject, before, after) in &resources.memory {
        println!("  {subject:<21} {:>6.1} MiB {:>6.1} MiB", mebibytes(*before), mebibytes(*after));
    }
}

/// The targets on Workers.
pub fn targets(cells: &[Cell], resources: &Resources) -> Vec<Target> {
    let figures: Vec<Figures> = cells.iter().map(Cell::figures).collect();
    targets_on_workers(&figures, resources)
}

/// Prints a run on Spin; `events` are Weir's good responses and the events that its ledger stored.
pub fn print_spin(cells: &[Cell], events: (u64, u64)) {
    let figures: Vec<Figures> = cells.iter().map(Cell::figures).collect();
    table(&figures);
    verdicts(targets_on_spin(&figures, events));
}

/// Prints targets, each met or missed.
pub fn verdicts(targets: impl IntoIterator<Item = Target>) {
    println!("\ntargets; only ratios and differences within this run are comparable with another machine");
    for target in targets {
        let verdict = if target.met { "met" } else { "MISSED" };
        println!("  {verdict:<7} {:<76} {:>12}   target {}", target.name, target.value, target.bound);
    }
}

/// Prints the figures, grouped by row and connections.
pub fn table(figures: &[Figures]) {
    let mut group = None;
    for figure in figures {
        let this = (figure.row, figure.connections);
        if group != Some(this) {
            group = Some(this);
            let title = match figure.row {
                row if figure.subject == Subject::Url => row.method(),
                Row::Call => "tools/call, result of 1 KiB",
                Row::List => "tools/list of 500 tools, all pages (weir: the half that the caller may see)",
            };
            let plural = if figure.connections == 1 { "" } else { "s" };
            println!("\n{title}, {} connection{plural}", figure.connections);
            println!(
                "  {:<21} {:>10} {:>14} {:>10} {:>10} {:>10} {:>7}",
                "subject", "requests/s", "× pass_through", "p50 ms", "p90 ms", "p99 ms", "errors"
            );
        }
        let bare = find(figures, figure.row, Subject::PassThrough, figure.connections);
        let share = bare
            .map_or_else(String::new, |bare| format!("{:.2}", figure.requests_per_second / bare.requests_per_second));
        println!(
            "  {:<21} {:>10.0} {share:>14} {:>10.2} {:>10.2} {:>10.2} {:>7}",
            figure.subject,
            figure.requests_per_second,
            figure.p50_us / 1000.0,
            figure.p90_us / 1000.0,
            figure.p99_us / 1000.0,
            figure.errors
        );
    }
}

/// Writes the figures to `target/bench/NAME`, without `weir_batched`, which readers of the file don't know.
pub fn write(cells: &[Cell], name: &Path) -> Result<(), Fault> {
    let known = cells.iter().filter(|cell| cell.subject != Subject::WeirBatched);
    let figures: Vec<Figures> = known.map(Cell::figures).collect();
    let folder = root().join("target/bench");
    let path = folder.join(name);
    let text = serde_json::to_string_pretty(&figures).map_err(|error| Fault::Found(error.to_string()))?;
    let result = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, text + "\n"));
    result.map_err(|source| Fault::File { path: path.clone(), source })?;
    println!("\nbench: wrote target/bench/{}", name.display());
    Ok(())
}

/// A target and its measurement.
pub struct Target {
    /// The measured quantity.
    pub name: &'static str,
    /// The measured value.
    pub value: String,
    /// The bound.
    pub bound: &'static str,
    /// True if the value is within the bound.
    pub met: bool,
}

fn targets_on_workers(figures: &[Figures], resources: &Resources) -> Vec<Target> {
    let of = |row, subject, connections| find(figures, row, subject, connections);
    let mut targets = Vec::new();
    let mut add = |name, value: String, bound, met| targets.push(Target { name, value, bound, met });
    if let (Some(weir), Some(audited)) =
        (of(Row::Call, Subject::Weir, 16), of(Row::Call, Subject::PassThroughAudited, 16))
    {
        let ratio = weir.requests_per_second / audited.requests_per_second;
        add(
            "tools/call, 16 connections: requests/s against pass_through_audited",
            format!("{ratio:.2} ×"),
            "≥ 0.60 ×",
            ratio >= 0.60,
        );
    }
    if let (Some(weir), Some(audited)) =
        (of(Row::Call, Subject::Weir, 1), of(Row::Call, Subject::PassThroughAudited, 1))
    {
        let (half, tail) = ((weir.p50_us - audited.p50_us) / 1000.0, (weir.p99_us - audited.p99_us) / 1000.0);
        add(
            "tools/call, 1 connection: added to pass_through_audited at p50",
            format!("{half:.2} ms"),
            "≤ 0.5 ms",
            half <= 0.5,
        );
        add(
            "tools/call, 1 connection: added to pass_through_audited at p99",
            format!("{tail:.2} ms"),
            "≤ 2 ms",
            tail <= 2.0,
        );
    }
    if let (Some(batched), Some(bare)) =
        (of(Row::Call, Subject::WeirBatched, 16), of(Row::Call, Subject::PassThrough, 16))
    {
        let ratio = batched.requests_per_second / bare.requests_per_second;
        add(
            "tools/call, 16 connections: requests/s of weir_batched against pass_through",
            format!("{ratio:.2} ×"),
            "≥ 0.50 ×",
            ratio >= 0.50,
        );
    }
    targets.extend(list_target(figures));
    let mut add = |name, value: String, bound, met| targets.push(Target { name, value, bound, met });
    if let [bare, weir] = resources.starts[..] {
        let beyond = (weir.as_secs_f64() - bare.as_secs_f64()) * 1000.0;
        add(
            "isolate start to first answered call, beyond pass_through's",
            format!("{beyond:.0} ms"),
            "≤ 50 ms",
            beyond <= 50.0,
        );
    }
    let names = ["audit events of weir for its good responses", "audit events of weir_batched for its good responses"];
    targets.extend(names.into_iter().zip(resources.events).map(|(name, events)| event_target(name, events)));
    targets
}

fn targets_on_spin(figures: &[Figures], events: (u64, u64)) -> Vec<Target> {
    let mut targets = Vec::new();
    for (connections, name) in [
        (16, "tools/call, 16 connections: requests/s against pass_through"),
        (1, "tools/call, 1 connection: requests/s against pass_through"),
    ] {
        let of = |subject| find(figures, Row::Call, subject, connections);
        let (Some(weir), Some(bare)) = (of(Subject::Weir), of(Subject::PassThrough)) else { continue };
        let ratio = weir.requests_per_second / bare.requests_per_second;
        targets.push(Target { name, value: format!("{ratio:.2} ×"), bound: "≥ 0.60 ×", met: ratio >= 0.60 });
    }
    targets.extend(list_target(figures));
    targets.push(event_target("audit events of weir for its good responses", events));
    targets
}

fn list_target(figures: &[Figures]) -> Option<Target> {
    let weir = find(figures, Row::List, Subject::Weir, 1)?;
    let ratio = weir.p50_us / find(figures, Row::List, Subject::PassThrough, 1)?.p50_us;
    let name = "tools/list, 1 connection: p50 against pass_through";
    Some(Target { name, value: format!("{ratio:.2} ×"), bound: "≤ 3 ×", met: ratio <= 3.0 })
}

fn event_target(name: &'static str, (answered, events): (u64, u64)) -> Target {
    Target { name, value: format!("{events}/{answered}"), bound: "one each", met: events == answered }
}

fn find(figures: &[Figures], row: Row, subject: Subject, connections: usize) -> Option<&Figures> {
    figures.iter().find(|one| one.row == row && one.subject == subject && one.connections == connections)
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(row: Row, subject: Subject, connections: usize, requests_per_second: f64, p50_us: f64) -> Figures {
        let (p90_us, p99_us) = (p50_us, p50_us);
        Figures { row, subject, connections, requests_per_second, p50_us, p90_us, p99_us, errors: 0 }
    }

    #[test]
    fn targets_are_met_at_their_bounds_and_missed_beyond() {
        let measured = |weir: f64, p50: f64, list: f64| {
            [
                figures(Row::Call, Subject::PassThrough, 16, 1200.0, 1000.0),
                figures(Row::Call, Subject::PassThroughAudited, 16, 1000.0, 1000.0),
                figures(Row::Call, Subject::Weir, 16, weir, 1000.0),
                figures(Row::Call, Subject::WeirBatched, 16, weir, 1000.0),
                figures(Row::Call, Subject::PassThroughAudited, 1, 1000.0, 500.0),
                figures(Row::Call, Subject::Weir, 1, 500.0, p50),
                figures(Row::List, Subject::PassThrough, 1, 100.0, 1000.0),
                figures(Row::List, Subject::Weir, 1, 100.0, list),
            ]
        };
        let resources = |start, events| Resources {
            starts: vec![Duration::from_millis(300), Duration::from_millis(start)],
            memory: Vec::new(),
            events: [(7, events); 2],
        };
        let met = |figures: &[Figures], resources: &Resources| -> Vec<bool> {
            targets_on_workers(figures, resources).iter().map(|target| target.met).collect()
        };
        assert_eq!(met(&measured(600.0, 1000.0, 3000.0), &resources(350, 7)), [true; 8]);
        assert_eq!(met(&measured(590.0, 2600.0, 3100.0), &resources(352, 6)), [false; 8]);
    }

    #[test]
    fn targets_on_spin_compare_with_bare_pass_through() {
        let measured = |weir: f64, list: f64| {
            [
                figures(Row::Call, Subject::PassThrough, 16, 1000.0, 1000.0),
                figures(Row::Call, Subject::Weir, 16, weir, 1000.0),
                figures(Row::Call, Subject::PassThrough, 1, 1000.0, 1000.0),
                figures(Row::Call, Subject::Weir, 1, weir, 1000.0),
                figures(Row::List, Subject::PassThrough, 1, 100.0, 1000.0),
                figures(Row::List, Subject::Weir, 1, 100.0, list),
            ]
        };
        let met = |figures: &[Figures], events| -> Vec<bool> {
            targets_on_spin(figures, events).iter().map(|target| target.met).collect()
        };
        assert_eq!(met(&measured(600.0, 3000.0), (7, 7)), [true; 4]);
        assert_eq!(met(&measured(590.0, 3100.0), (7, 6)), [false; 4]);
    }
}
